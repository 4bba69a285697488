"""``remit design``: sizes, bounds and calendars of trials, from assumptions."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

import remit
from remit.cli.design_group_sequential import group_sequential
from remit.cli.design_options import (
    Accrual,
    Alpha,
    Cap,
    ControlHazard,
    Delay,
    Dropout,
    FollowUp,
    Median,
    Page,
    Patients,
    Power,
    Ramp,
    Ratio,
    answer,
    numbers,
    pairs,
)
from remit.cli.terminal import AsJson

if TYPE_CHECKING:
    from remit.stats.planning.proportions import Variance
    from remit.stats.planning.survival import Method

design_app = typer.Typer(no_args_is_help=True, help="Design a trial: bounds, sizes, calendar, decisions.")

Uninteresting = Annotated[float, typer.Option(help="Response rate that does not warrant interest.")]
Interesting = Annotated[float, typer.Option(help="Response rate of the alternative.")]

design_app.command("group-sequential")(group_sequential)


@design_app.command("survival")
def survival(
    hr: Annotated[float, typer.Option(help="Hazard ratio of the alternative, below 1.")],
    accrual: Accrual,
    median: Median = None,
    control_hazard: ControlHazard = None,
    patients: Patients = None,
    follow_up: FollowUp = None,
    ramp: Ramp = 0.0,
    delay: Delay = 0.0,
    dropout: Dropout = 0.0,
    ratio: Ratio = 1.0,
    cap: Cap = None,
    method: Annotated[
        str | None, typer.Option(metavar="NAME", help="Formula of the size; an unknown name lists all.")
    ] = None,
    alpha: Alpha = 0.025,
    power: Power = 0.9,
    out: Page = None,
    as_json: AsJson = False,
) -> None:
    """Events, patients, duration and calendar of two arms with a time to event and one look."""
    from remit.design.calendar import Assumptions  # noqa: PLC0415 - all load SciPy
    from remit.design.survival import survival as designed  # noqa: PLC0415
    from remit.stats.planning.requirement import Requirement  # noqa: PLC0415

    given = Assumptions(
        median=median,
        control=() if control_hazard is None else pairs(control_hazard, "--control-hazard"),
        hazard_ratio=hr,
        accrual=accrual or 0.0,
        patients=patients,
        follow_up=follow_up,
        ramp=ramp,
        delay=delay,
        dropout=dropout,
        ratio=ratio,
        cap=cap,
    )
    answer(designed(given, Requirement(alpha, power), cast("Method | None", method)), out, as_json=as_json)


@design_app.command("proportions")
def proportions(
    experimental: Annotated[float, typer.Option(help="Response rate of the experimental arm.")],
    control: Annotated[float, typer.Option(help="Response rate of the control arm.")],
    ratio: Ratio = 1.0,
    margin: Annotated[
        float, typer.Option(help="Difference that is tested; below 0 for non-inferiority.")
    ] = 0.0,
    variance: Annotated[
        str, typer.Option(metavar="NAME", help="restricted (pooled at a margin of 0) or unrestricted.")
    ] = "restricted",
    alpha: Alpha = 0.025,
    power: Power = 0.9,
    out: Page = None,
    as_json: AsJson = False,
) -> None:
    """Patients of two arms compared by response rates, with the exact power at these sizes."""
    from remit.design.proportions import proportions as designed  # noqa: PLC0415 - loads SciPy
    from remit.stats.planning.requirement import Requirement  # noqa: PLC0415

    required, how = Requirement(alpha, power), cast("Variance", variance)
    design = designed(experimental, control, required, ratio=ratio, margin=margin, variance=how)
    answer(design, out, as_json=as_json)


@design_app.command("single-arm")
def single_arm(
    p0: Uninteresting,
    p1: Interesting,
    alpha: Alpha = 0.025,
    power: Power = 0.9,
    level: Annotated[float, typer.Option(help="Level of the Clopper-Pearson interval shown.")] = 0.95,
    out: Page = None,
    as_json: AsJson = False,
) -> None:
    """Patients and responders of one arm in one stage, exact."""
    from remit.design.single_arm import single_arm as designed  # noqa: PLC0415 - loads SciPy
    from remit.stats.planning.requirement import Requirement  # noqa: PLC0415

    answer(designed(p0, p1, Requirement(alpha, power), level), out, as_json=as_json)


@design_app.command("simon")
def simon(
    p0: Uninteresting,
    p1: Interesting,
    alpha: Alpha = 0.05,
    power: Power = 0.8,
    most: Annotated[int, typer.Option(help="Largest number of patients that is looked at.")] = 150,
    out: Page = None,
    as_json: AsJson = False,
) -> None:
    """Two-stage designs of one arm: optimal, minimax, and what lies between; exact."""
    from remit.design.simon import simon as designed  # noqa: PLC0415 - loads SciPy
    from remit.stats.planning.requirement import Requirement  # noqa: PLC0415

    answer(designed(p0, p1, Requirement(alpha, power), most), out, as_json=as_json)


@design_app.command("boin")
def boin(
    target: Annotated[float, typer.Option(help="Rate of dose-limiting toxicity (DLT) that is sought.")],
    patients: Annotated[int, typer.Option(help="Patients of the whole trial.")] = 30,
    cohort: Annotated[int, typer.Option(help="Patients of a cohort.")] = 3,
    enough: Annotated[
        int | None, typer.Option(help="Patients at a dose at which the trial stops there.")
    ] = None,
    first_dose: Annotated[int, typer.Option(help="Number of the first dose, from 1.")] = 1,
    too_low: Annotated[float | None, typer.Option(help="Rate that is too low; 0.6 of the target.")] = None,
    too_high: Annotated[float | None, typer.Option(help="Rate that is too high; 1.4 of the target.")] = None,
    eliminate_above: Annotated[
        float, typer.Option(help="Posterior probability of exceeding the target that eliminates a dose.")
    ] = 0.95,
    stricter_by: Annotated[
        float, typer.Option(help="What is taken off it at the lowest dose, to stop the trial earlier.")
    ] = 0.0,
    rates: Annotated[
        str | None, typer.Option(metavar="P,P,...", help="True rates by dose: trials are simulated.")
    ] = None,
    trials: Annotated[int, typer.Option(help="Simulated trials.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of simulated trials.")] = 1,
    out: Page = None,
    as_json: AsJson = False,
) -> None:
    """Dose finding by BOIN: boundaries, decision table and, with true rates, what trials do."""
    from remit.design.boin import Truth  # noqa: PLC0415 - loads SciPy
    from remit.design.boin import boin as designed  # noqa: PLC0415
    from remit.stats.planning.boin import DoseFinding  # noqa: PLC0415
    from remit.stats.planning.boin_operation import DoseFindingConduct  # noqa: PLC0415

    rules = DoseFinding(
        target=target,
        too_low=too_low,
        too_high=too_high,
        eliminate_above=eliminate_above,
        stricter_by=stricter_by,
    )
    if first_dose < 1:
        found = [remit.Finding("--first-dose", str(first_dose), "the number of a dose, from 1")]
        raise remit.InputError(found)
    conduct = DoseFindingConduct(most=patients, cohort=cohort, first_dose=first_dose - 1, enough=enough)
    truth = None if rates is None else Truth(rates=numbers(rates, "--rates"), trials=trials, seed=seed)
    answer(designed(rules, conduct, truth), out, as_json=as_json)

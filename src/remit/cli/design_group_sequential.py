"""``remit design group-sequential``: bounds, events, calendar, and bounds at looks as they were."""

from typing import TYPE_CHECKING, Annotated

import typer

import remit
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
    from remit.design.effect import Effect

if TYPE_CHECKING:
    pass


def group_sequential(
    looks: Annotated[
        str, typer.Option(metavar="F,F,...", help="Information at each look over that at the last, 1.")
    ] = "0.5,1",
    boundary: Annotated[
        str, typer.Option(metavar="NAME", help="Family of efficacy bounds; an unknown name lists all.")
    ] = "lan-demets-obrien-fleming",
    parameter: Annotated[
        float | None, typer.Option(help="Delta, gamma, rho or the early bound of the family.")
    ] = None,
    levels: Annotated[
        str | None, typer.Option(metavar="A,A,...", help="Cumulative alpha at each look, for `user`.")
    ] = None,
    hr: Annotated[float | None, typer.Option(help="Hazard ratio of the alternative, below 1.")] = None,
    rates: Annotated[
        str | None, typer.Option(metavar="P,P", help="Or response rates: experimental, control.")
    ] = None,
    ratio: Ratio = 1.0,
    alpha: Alpha = 0.025,
    power: Power = 0.9,
    sides: Annotated[int, typer.Option(help="1, or 2 for a symmetric two-sided test.")] = 1,
    futility: Annotated[
        str | None, typer.Option(metavar="NAME", help="Spending function of futility bounds.")
    ] = None,
    futility_parameter: Annotated[float | None, typer.Option(help="Its gamma or rho.")] = None,
    futility_z: Annotated[
        str | None,
        typer.Option(metavar="Z,Z,...", help="Futility bounds at each look but the last; -inf: none."),
    ] = None,
    futility_hr: Annotated[
        str | None,
        typer.Option(
            metavar="H,H,...", help="Or observed hazard ratios at each look but the last; inf: none."
        ),
    ] = None,
    binding: Annotated[
        bool, typer.Option("--binding", help="Efficacy bounds count on futility stops.")
    ] = False,
    harm: Annotated[
        str | None, typer.Option(metavar="NAME", help="Spending function of a bound of harm.")
    ] = None,
    harm_parameter: Annotated[float | None, typer.Option(help="Its gamma or rho.")] = None,
    alpha_harm: Annotated[float, typer.Option(help="One-sided error spent on harm.")] = 0.025,
    median: Median = None,
    control_hazard: ControlHazard = None,
    accrual: Accrual = None,
    patients: Patients = None,
    follow_up: FollowUp = None,
    ramp: Ramp = 0.0,
    delay: Delay = 0.0,
    dropout: Dropout = 0.0,
    cap: Cap = None,
    observed: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Events at the looks so far: bounds follow them.")
    ] = None,
    z: Annotated[
        str | None, typer.Option(metavar="Z,Z,...", help="Statistic at each of them: what it says so far.")
    ] = None,
    maximum: Annotated[
        float | None, typer.Option(help="Events planned for the last look; those of the design if absent.")
    ] = None,
    stopped: Annotated[
        bool, typer.Option("--stopped", help="The trial ended at the last look of --observed, at its bound.")
    ] = False,
    final: Annotated[
        bool, typer.Option("--final", help="The last look of --observed is the last of the trial.")
    ] = False,
    simulate: Annotated[
        int | None, typer.Option(metavar="N", help="Simulate so many trials of each scenario.")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:KEY=X,...", help="A scenario, as late:delay=6,hr=0.7; again for each."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of simulated trials.")] = 1,
    threads: Annotated[int, typer.Option(help="Threads; the result does not depend on it.")] = 1,
    out: Page = None,
    as_json: AsJson = False,
) -> None:
    """Bounds at each look, what they spend, how often trials stop, events and, with enrolment, a calendar."""
    from remit.design.as_it_went import Observed  # noqa: PLC0415 - all load SciPy
    from remit.design.calendar import Assumptions  # noqa: PLC0415
    from remit.design.group_sequential import group_sequential as designed  # noqa: PLC0415
    from remit.design.operation import Simulation  # noqa: PLC0415
    from remit.stats.sequential.boundaries import Boundary  # noqa: PLC0415
    from remit.stats.sequential.futility_scales import with_hazard_ratios  # noqa: PLC0415
    from remit.stats.sequential.plan import Plan  # noqa: PLC0415

    given = None if futility_z is None else numbers(futility_z, "--futility-z")
    asked = {"--futility": futility, "--futility-z": futility_z, "--futility-hr": futility_hr}
    named = [option for option, value in asked.items() if value is not None]
    if len(named) > 1:
        found, needed = " and ".join(named), "one of them"
        raise remit.InputError([remit.Finding("futility", found, needed, "leave the others out")])
    plan = Plan(
        fractions=numbers(looks, "--looks"),
        alpha=alpha,
        power=power,
        sides=sides,
        efficacy=Boundary(boundary, parameter, () if levels is None else numbers(levels, "--levels")),
        futility=given if futility is None else Boundary(futility, futility_parameter),
        binding=binding,
        harm=None if harm is None else Boundary(harm, harm_parameter),
        alpha_harm=alpha_harm,
    )
    if futility_hr is not None:
        if delay:
            found, needed = "--futility-hr with --delay", "bounds as z, since the events depend on the delay"
            raise remit.InputError([remit.Finding("futility", found, needed, "--futility-z 0,0.5")])
        plan = with_hazard_ratios(plan, numbers(futility_hr, "--futility-hr"), _needed(hr))
    enrolment = (median, control_hazard, accrual, patients, follow_up, cap)
    trial = None
    if any(each is not None for each in enrolment) or ramp or delay or dropout:
        absent = [
            remit.Finding(option, "nothing", "a number, for a calendar", f"{option} {such}")
            for option, value, such in (("--hr", hr, "0.65"), ("--accrual", accrual, "24"))
            if value is None
        ]
        if absent:
            raise remit.InputError(absent)
        trial = Assumptions(
            median=median,
            control=() if control_hazard is None else pairs(control_hazard, "--control-hazard"),
            hazard_ratio=hr or 0.0,
            accrual=accrual or 0.0,
            patients=patients,
            follow_up=follow_up,
            ramp=ramp,
            delay=delay,
            dropout=dropout,
            ratio=ratio,
            cap=cap,
        )
    if observed is None and (final or stopped or maximum is not None or z is not None):
        found, needed = "--z, --final, --stopped or --maximum alone", "the events at looks so far"
        raise remit.InputError([remit.Finding("--observed", found, needed, "--observed 152")])
    went = (
        None
        if observed is None
        else Observed(
            information=numbers(observed, "--observed"),
            final=final,
            stopped=stopped,
            maximum=maximum,
            z=() if z is None else numbers(z, "--z"),
        )
    )
    if simulate is None and scenario:
        found, needed = "--scenario without --simulate", "a number of trials"
        raise remit.InputError([remit.Finding("--simulate", found, needed, "--simulate 10000")])
    trials = (
        None
        if simulate is None
        else Simulation(
            replicates=simulate,
            seed=seed,
            scenarios=tuple(_scenario(each) for each in scenario or ()),
            threads=threads,
        )
    )
    answer(designed(plan, _effect(hr, rates, ratio), trial, went, trials), out, as_json=as_json)


def _scenario(text: str) -> tuple[str, dict[str, float]]:
    """Name and changes of a scenario."""
    name, _, changes = text.partition(":")
    try:
        named = (
            (key.strip(), float(value)) for key, value in (each.split("=") for each in changes.split(","))
        )
        given = {"hazard_ratio" if key == "hr" else key: value for key, value in named}
    except ValueError:
        needed, remedy = "a name, a colon and key=number between commas", "late:delay=6,hr=0.7"
        raise remit.InputError([remit.Finding("--scenario", f"'{text}'", needed, remedy)]) from None
    return name, given


def _needed(hr: float | None) -> float:
    """The hazard ratio, without which one at a bound says nothing."""
    if hr is None:
        needed = "the hazard ratio of the alternative"
        raise remit.InputError([remit.Finding("--futility-hr", "no --hr", needed, "--hr 0.65")])
    return hr


def _effect(hr: float | None, rates: str | None, ratio: float) -> "Effect | None":
    """The alternative, if one is given."""
    from remit.design.effect import HazardRatio, Rates  # noqa: PLC0415 - loads SciPy

    if hr is not None and rates is not None:
        raise remit.InputError([remit.Finding("effect", "--hr and --rates", "one of them", "leave one out")])
    if rates is None:
        return None if hr is None else HazardRatio(value=hr, ratio=ratio)
    given = numbers(rates, "--rates")
    if len(given) != 2:
        found, needed = f"{len(given)} rates", "two: experimental, control"
        raise remit.InputError([remit.Finding("--rates", found, needed, "--rates 0.6,0.4")])
    return Rates(experimental=given[0], control=given[1], ratio=ratio)

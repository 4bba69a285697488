"""What a group-sequential design does over simulated trials: the check of what was calculated, and more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from remit.design.calendar import Assumptions, trial_of
from remit.design.designed import Column, Section
from remit.errors import Finding, InputError
from remit.stats.estimate import MonteCarlo
from remit.stats.monte_carlo import proportion_error
from remit.stats.operating.characteristics import EstimateQuality, OperatingCharacteristics
from remit.stats.operating.scenarios import (
    Conduct,
    Scenario,
    log_hazard_ratio_of,
    looks_at_events,
    simulated,
)
from remit.stats.operating.survival_trials import model_of
from remit.stats.planning.survival import SurvivalSize
from remit.stats.sequential.boundaries import FAMILIES
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.scales import share_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Trials to simulate, under the alternative, no effect, and named scenarios.

    Parameters
    ----------
    replicates
        Trials of each scenario.
    seed
        Their seed; all scenarios have the same patients, as far as they may be.
    scenarios
        What differs from the assumptions, by name: any of ``hazard_ratio``, ``median``, ``accrual``,
        ``ramp``, ``delay`` and ``dropout``.
    threads
        Threads; the result does not depend on it.
    """

    replicates: int = 10_000
    seed: int = 1
    scenarios: tuple[tuple[str, dict[str, float]], ...] = ()
    threads: int = 1


FUTILITY = (Column("FUTILITY", "for futility", "statistic"), Column("FUTILITYMCSE", "MCSE", "probability"))
CHANGEABLE = ("hazard_ratio", "median", "accrual", "ramp", "delay", "dropout")
NO_EFFECT = 1.0


def operation_sections(
    found: GroupSequentialDesign, size: SurvivalSize, given: Assumptions, simulation: Simulation
) -> list[Section]:
    """Operating characteristics with Monte Carlo standard errors: as a whole, and by look.

    Trials have the whole patients and events of the design. Their looks wait for their events, and come at
    the cap of the calendar at the latest; with spending functions bounds then follow the events there are.

    Raises
    ------
    InputError
        Fewer than two replicates, scenarios with unknown names or impossible values.
    """
    if simulation.replicates < 2:
        raise InputError([Finding("replicates", str(simulation.replicates), "at least 2 trials", "10000")])
    patients = int(size.n_experimental + size.n_control)
    fixed = replace(given, patients=patients, follow_up=None)
    scenarios = {name: _scenario(each) for name, each in _assumptions(fixed, simulation)}
    calendars = () if given.cap is None else (given.cap,) * found.n_looks
    conduct = Conduct(
        design=found,
        looks=looks_at_events(found, size.events, calendars),
        experimental_share=share_of(given.ratio),
        as_observed=given.cap is not None and FAMILIES[found.plan.efficacy.family].spends,
    )
    did = simulated(scenarios, conduct, simulation.replicates, simulation.seed, simulation.threads)
    return [_whole(did, simulation, found, capped=given.cap is not None), _by_look(did)]


def _assumptions(given: Assumptions, simulation: Simulation) -> Iterator[tuple[str, Assumptions]]:
    """Each scenario by name, the alternative first."""
    yield "alternative", given
    yield "no effect", replace(given, hazard_ratio=NO_EFFECT)
    for name, changes in simulation.scenarios:
        unknown = [Finding(f"scenario {name}", each, "one of " + ", ".join(CHANGEABLE)) for each in changes
                   if each not in CHANGEABLE]  # fmt: skip
        if unknown:
            raise InputError(unknown)
        other = {"control": ()} if "median" in changes else {}
        yield name, replace(given, **changes, **other)


def _scenario(given: Assumptions) -> Scenario:
    """The simulated counterpart of assumptions, of any hazard ratio above zero."""
    model = model_of(trial_of(given, benefit=False))
    return Scenario(model, log_hazard_ratio_of(model))


def _whole(
    did: dict[str, OperatingCharacteristics],
    simulation: Simulation,
    design: GroupSequentialDesign,
    *,
    capped: bool,
) -> Section:
    """Rows of scenario and measure."""
    rows = [
        {"SCENARIO": name, "MEASURE": measure, "VALUE": each.value, "MCSE": each.mcse}
        for name, found in did.items()
        for measure, each in _measures(found)
    ]
    columns = (
        Column("SCENARIO", "scenario", "text"),
        Column("MEASURE", "", "text"),
        Column("VALUE", "value", "statistic"),
        Column("MCSE", "MCSE", "probability"),
    )
    notes = [
        f"{simulation.replicates:,} trials each, seed {simulation.seed}; MCSE: Monte Carlo standard error.",
        "The error of a share of 0 or 1 is that of half a trial.",
        "Bias and coverage are of minus the log hazard ratio, above zero in favour of the experimental arm.",
        "Where hazards are not proportional there is no true hazard ratio to compare an estimate with.",
    ]
    if capped and not FAMILIES[design.plan.efficacy.family].spends:
        notes.append(
            f"Bounds of {design.plan.efficacy.family} stay as planned where the calendar cuts a trial short: "
            "its type I error is then not exactly alpha."
        )
    if design.plan.futility is not None:
        notes.append("Trials stop at futility bounds.")
        if not design.binding:
            notes.append(
                "The median-unbiased estimate does not count on futility that does not bind: where trials "
                "stop for it, it is below the truth more often than not."
            )
    return Section(
        "operating", "Simulated trials", columns, pl.DataFrame(rows, infer_schema_length=None), tuple(notes)
    )


def _measures(found: OperatingCharacteristics) -> Iterator[tuple[str, MonteCarlo]]:
    def share(value: float) -> MonteCarlo:
        return proportion_error(round(value * found.n_replicates), found.n_replicates)

    early = sum(look.futility.value for look in found.looks[:-1])
    last = found.looks[-1].futility.value + found.nothing.value
    yield "benefit shown", found.power
    if early > 0:
        yield "stopped early for futility", share(early)
    yield "last look, benefit not shown", share(last)
    if found.harm.value > 0:
        yield "harm shown", found.harm
    yield "expected events", found.events
    yield "expected patients", found.patients
    yield "expected duration, months", found.duration
    for what, quality in (("estimate", found.naive), ("median-unbiased estimate", found.median_unbiased)):
        if quality is not None:
            yield from _qualities(what, quality)


def _qualities(what: str, quality: EstimateQuality) -> Iterator[tuple[str, MonteCarlo]]:
    yield f"{what}: bias", quality.bias
    yield (
        f"{what}: probability of being above the truth",
        MonteCarlo(quality.median_bias.value + 0.5, quality.median_bias.mcse),
    )
    yield f"{what}: coverage of its interval", quality.coverage


def _by_look(did: dict[str, OperatingCharacteristics]) -> Section:
    """Where trials stop, and when looks come."""
    rows = [
        {
            "SCENARIO": name,
            "LOOK": k,
            **_both("EFFICACY", look.efficacy),
            **({} if k == len(found.looks) else _both("FUTILITY", look.futility)),
            **_both("EVENTS", look.events),
            **_both("MONTH", look.calendar),
            **_both("PATIENTS", look.patients),
        }
        for name, found in did.items()
        for k, look in enumerate(found.looks, 1)
    ]
    columns = (
        Column("SCENARIO", "scenario", "text"),
        Column("LOOK", "look", "count"),
        Column("EFFICACY", "stops for benefit", "statistic"),
        Column("EFFICACYMCSE", "MCSE", "probability"),
        *(
            FUTILITY
            if any(look.futility.value > 0 for found in did.values() for look in found.looks[:-1])
            else ()
        ),
        Column("EVENTS", "events", "time"),
        Column("MONTH", "month", "time"),
        Column("MONTHMCSE", "MCSE", "probability"),
        Column("PATIENTS", "enrolled", "time"),
    )
    note = "Events, month and enrolled are means over trials that hold the look."
    return Section("operatinglooks", "Simulated trials, by look", columns,
                   pl.DataFrame(rows, infer_schema_length=None), (note,))  # fmt: skip


def _both(name: str, value: MonteCarlo) -> dict[str, float]:
    return {name: value.value, f"{name}MCSE": value.mcse}

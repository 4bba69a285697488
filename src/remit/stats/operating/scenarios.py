"""One design under several scenarios: what is assumed changes, the looks and the bounds do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.operating.analyses import Analyses, Test, analyse, simulate_analyses
from remit.stats.operating.characteristics import OperatingCharacteristics, operating_characteristics
from remit.stats.operating.decisions import bounds_at, bounds_of, decide
from remit.stats.operating.survival_trials import TrialModel
from remit.stats.planning.allocation import rounded_up
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.looks import Looks, looks
from remit.stats.sequential.scales import event_information
from remit.stats.survival.log_rank_rows import Look, Replicates
from remit.stats.survival.log_rank_weights import LOG_RANK, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a design with a time to event is carried out.

    Parameters
    ----------
    design
        Bounds and fractions.
    looks
        When data are cut, one for each look of the design.
    experimental_share
        Share of patients in the experimental arm, for the information of the median-unbiased estimate.
    weights, test
        Of the log-rank tests, and how they are used; see ``analyses``.
    as_observed
        Whether bounds follow the events that each trial had, by spending functions, as where the
        calendar cuts; if not they are as planned, which is the same where every trial has the events of
        every look.
    futility_obeyed
        Whether trials stop for futility before their last look.
    futility_counted
        Whether the stage-wise order counts on that, as it always does where futility binds. If not, the lower
        limit holds whether or not futility is obeyed, and the upper one is missed more often than its level
        says.
    level
        Confidence level of the intervals.
    """

    design: GroupSequentialDesign
    looks: tuple[Look, ...]
    experimental_share: float = 0.5
    weights: tuple[Weight, ...] = (LOG_RANK,)
    test: Test = "log-rank"
    as_observed: bool = False
    futility_obeyed: bool = True
    futility_counted: bool = False
    level: float = 0.95


def looks_at_events(
    design: GroupSequentialDesign, maximum: int, calendars: Sequence[float] = ()
) -> tuple[Look, ...]:
    """Looks of a design at its fractions of a number of events, rounded up, none after its calendar time.

    Without ``calendars`` the trial waits for its events; a target that is never reached is then a cut when
    the last patient has had the event or has dropped out.

    Raises
    ------
    InputError
        If there are no events to wait for, or calendar times do not fit the looks.
    """
    n = design.n_looks
    found: list[Finding] = []
    if maximum < n:
        found.append(Finding("maximum", str(maximum), f"events for {n} looks"))
    if len(calendars) not in (0, n):
        found.append(Finding("calendars", f"{len(calendars)} times", f"none, or one for each of {n} looks"))
    if found:
        raise InputError(found)
    events = rounded_up(design.fractions * maximum).tolist()
    times = calendars or (np.inf,) * n
    return tuple(Look(each, at) for each, at in zip(events, times, strict=True))


def planned_looks(conduct: Conduct) -> Looks:
    """Bounds with the information planned at each look, for inference on minus the log hazard ratio."""
    events = np.array([look.events for look in conduct.looks], dtype=float)
    bounds = bounds_of(conduct.design, conduct.futility_obeyed)
    binding = conduct.design.binding or conduct.design.sides == 2 or conduct.futility_counted
    return looks(
        event_information(events, conduct.experimental_share),
        bounds.upper,
        np.maximum(bounds.futility, bounds.harm),
        binding=binding,
    )


def characteristics_of(
    analyses: Analyses, conduct: Conduct, log_hazard_ratio: float = np.nan
) -> OperatingCharacteristics:
    """Apply the bounds of a design to trials that were analysed at every look.

    Parameters
    ----------
    analyses
        One column for each look of the design.
    conduct
        Of the design.
    log_hazard_ratio
        True, of the experimental arm against control; NaN where there is no one number.

    Returns
    -------
    Estimates are of minus the log hazard ratio. The median-unbiased one is there for the log-rank test at
    planned numbers of events.

    Raises
    ------
    InputError
        If the looks do not fit the design; as ``bounds_at``.
    """
    _check(conduct, analyses.n_looks)
    counted = all(look.events > 0 for look in conduct.looks)
    maximum = conduct.looks[-1].events
    if conduct.as_observed:
        bounds = bounds_at(conduct.design, analyses.events, maximum, conduct.futility_obeyed)
    else:
        bounds = bounds_of(conduct.design, conduct.futility_obeyed)
    plain = conduct.test == "log-rank" and conduct.weights[0] == LOG_RANK
    whole = planned_looks(conduct) if plain and counted and not conduct.as_observed else None
    decided = decide(analyses.z, bounds)
    return operating_characteristics(analyses, decided, -log_hazard_ratio, whole, conduct.level)


def _check(conduct: Conduct, analysed: int) -> None:
    n, at = conduct.design.n_looks, conduct.looks
    found: list[Finding] = []
    if len(at) != n or analysed != n:
        found.append(Finding("looks", f"{len(at)} looks, analyses of {analysed}", f"{n}, as the design has"))
    targets = [each.events for each in at if each.events > 0]
    if sorted(set(targets)) != targets:
        found.append(
            Finding("looks", f"targets {targets}", "more events at each look than at the one before")
        )
    ends = [each.calendar for each in at]
    if sorted(ends) != ends:
        remedy = "give earlier looks the calendar time of later ones"
        found.append(
            Finding("looks", f"calendar times {ends}", "no look that may come after a later one", remedy)
        )
    if conduct.as_observed and (not at or at[-1].events == 0):
        needed = "the events planned for the last look, of which fractions are taken"
        found.append(Finding("as_observed", "a last look without events", needed, "Look(events, calendar)"))
    if found:
        raise InputError(found)


def replicated(
    patients: Replicates, conduct: Conduct, log_hazard_ratio: float = np.nan, threads: int = 1
) -> OperatingCharacteristics:
    """Operating characteristics over trials produced elsewhere, such as those of a mechanistic model.

    Raises
    ------
    InputError
        If arrays do not fit one another or the looks do not fit the design.
    """
    found = analyse(patients, conduct.looks, conduct.weights, conduct.test, threads)
    return characteristics_of(found, conduct, log_hazard_ratio)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is assumed of a trial, and the log hazard ratio in it; NaN where there is no one number."""

    model: TrialModel
    log_hazard_ratio: float = np.nan


def simulated(
    scenarios: Mapping[str, Scenario], conduct: Conduct, n: int, seed: int, threads: int = 1
) -> dict[str, OperatingCharacteristics]:
    """Operating characteristics of a design under each scenario, by its name, from ``n`` trials each.

    All scenarios have one seed: those with as many patients have the same patients, as far as they may be.

    Raises
    ------
    InputError
        If a model cannot be, or the looks do not fit the design.
    """
    found: dict[str, OperatingCharacteristics] = {}
    for name, scenario in scenarios.items():
        analyses = simulate_analyses(
            scenario.model, conduct.looks, n, seed, conduct.weights, conduct.test, threads
        )
        found[name] = characteristics_of(analyses, conduct, scenario.log_hazard_ratio)
    return found


def log_hazard_ratio_of(model: TrialModel) -> float:
    """Log hazard ratio of a model, where it is one in all strata and at all times and nobody crosses over.

    NaN where it is not.
    """
    ratios: list[Floats] = []
    for stratum in model.strata:
        if stratum.control.starts != stratum.experimental.starts:
            return np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.divide(stratum.experimental.rates, stratum.control.rates))
    every = np.concatenate(ratios)
    # Pieces in which no arm has a hazard say nothing.
    some = every[~np.isnan(every)]
    one = some.size and max(model.crossover.rates) == 0 and np.allclose(some, some[0], rtol=1e-12)
    return float(np.log(some[0])) if one else np.nan

"""What a design does over many trials, each number with its Monte Carlo standard error."""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.monte_carlo import mean_error, proportion_error
from remit.stats.operating.analyses import Analyses
from remit.stats.operating.decisions import Decisions, Outcome
from remit.stats.operating.stagewise_rows import covers, median_unbiased, stagewise_p_values
from remit.stats.sequential.looks import Looks

NOT_KNOWN = MonteCarlo(np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Stops:
    """Of one look: share of all trials that hold it, that stop there by each bound, and what it comes with.

    ``events``, ``patients`` and ``calendar`` are means over trials that hold the look; NaN where none does.
    """

    held: MonteCarlo
    efficacy: MonteCarlo
    futility: MonteCarlo
    harm: MonteCarlo
    events: MonteCarlo
    patients: MonteCarlo
    calendar: MonteCarlo


@dataclass(frozen=True, slots=True)
class EstimateQuality:
    """How an estimate at the stop of a trial behaves, on the scale of ``Analyses.estimate``.

    Parameters
    ----------
    mean, bias
        Over trials with a finite estimate, and the mean less the truth.
    median_bias
        Probability that the estimate is above the truth, less one half; half of one that equals it.
    root_mean_square_error
        About the truth.
    coverage
        Probability that the interval holds the truth; trials without an interval do not count.
    without
        Share of trials without a finite estimate.
    """

    mean: MonteCarlo
    bias: MonteCarlo
    median_bias: MonteCarlo
    root_mean_square_error: MonteCarlo
    coverage: MonteCarlo
    without: MonteCarlo


@dataclass(frozen=True, slots=True)
class OperatingCharacteristics:
    """What a design does under one scenario.

    Parameters
    ----------
    n_replicates
        Trials.
    power
        Probability of showing benefit: power, or type I error where there is none.
    futility, harm, nothing
        Probability of stopping by each bound at any look, and of a last look at which no bound is reached.
    events, patients, duration
        Expected at the stop. Patients are those enrolled by the cut, and duration is the calendar time of the
        cut: neither cleaning of the data nor enrolment meanwhile is in them.
    looks
        By look.
    naive
        The estimate at the stop with its interval, as if the trial had had one look; None without a truth.
    median_unbiased
        The stage-wise estimate and interval; None without a truth or without ``Looks``.
    level
        Of the intervals.
    """

    n_replicates: int
    power: MonteCarlo
    futility: MonteCarlo
    harm: MonteCarlo
    nothing: MonteCarlo
    events: MonteCarlo
    patients: MonteCarlo
    duration: MonteCarlo
    looks: tuple[Stops, ...]
    naive: EstimateQuality | None
    median_unbiased: EstimateQuality | None
    level: float


def operating_characteristics(
    analyses: Analyses,
    decisions: Decisions,
    truth: float = np.nan,
    whole: Looks | None = None,
    level: float = 0.95,
) -> OperatingCharacteristics:
    """Summarise trials that were analysed at every look and stopped by a design.

    Parameters
    ----------
    analyses
        At each look.
    decisions
        Where each stopped.
    truth
        The effect on the scale of the estimates, such as minus the log hazard ratio; NaN if there is no one
        number, as where hazards are not proportional: nothing is said of estimates then.
    whole
        Bounds with the information planned at each look, per unit of the estimate: events times r (1 - r) for
        a hazard ratio. For trials whose looks are as planned; None leaves out the median-unbiased estimate.
        Its ``binding`` says whether the intervals count on futility stops.
    level
        Confidence level of the intervals.

    Raises
    ------
    InputError
        If arrays do not fit one another.
    """
    _check(analyses, decisions, whole, level)
    rows, at = np.arange(analyses.n_replicates), decisions.look
    z, estimate, se = (each[rows, at] for each in (analyses.z, analyses.estimate, analyses.se))
    known = np.isfinite(truth)
    return OperatingCharacteristics(
        n_replicates=analyses.n_replicates,
        power=share(decisions.rejects),
        futility=share(decisions.outcome == Outcome.FUTILITY),
        harm=share(decisions.outcome == Outcome.HARM),
        nothing=share(decisions.outcome == Outcome.NOTHING),
        events=mean(analyses.events[rows, at]),
        patients=mean(analyses.patients[rows, at]),
        duration=mean(analyses.cut[rows, at]),
        looks=tuple(_stops(analyses, decisions, k) for k in range(analyses.n_looks)),
        naive=_naive(estimate, se, truth, level) if known else None,
        median_unbiased=_stagewise(whole, decisions, z, truth, level) if known and whole else None,
        level=level,
    )


def share(of: Booleans) -> MonteCarlo:
    """Share of trials; NaN of none."""
    return proportion_error(int(of.sum()), of.size) if of.size else NOT_KNOWN


def mean(of: Floats | Integers) -> MonteCarlo:
    """Mean over trials; NaN of none."""
    return mean_error(np.asarray(of, dtype=float)) if of.size else NOT_KNOWN


def _stops(analyses: Analyses, decisions: Decisions, k: int) -> Stops:
    here, held = decisions.look == k, decisions.look >= k
    return Stops(
        share(held),
        share(here & (decisions.outcome == Outcome.EFFICACY)),
        share(here & (decisions.outcome == Outcome.FUTILITY)),
        share(here & (decisions.outcome == Outcome.HARM)),
        mean(analyses.events[held, k]),
        mean(analyses.patients[held, k]),
        mean(analyses.cut[held, k]),
    )


def _naive(estimate: Floats, se: Floats, truth: float, level: float) -> EstimateQuality:
    half = critical_value(level) * se
    there = np.isfinite(estimate) & np.isfinite(se)
    return quality(estimate, truth, (np.abs(estimate - truth) <= half)[there])


def _stagewise(whole: Looks, decisions: Decisions, z: Floats, truth: float, level: float) -> EstimateQuality:
    estimate = median_unbiased(whole, decisions.look, z)
    p_value = stagewise_p_values(whole, decisions.look, z, truth)
    return quality(estimate, truth, covers(p_value, level)[~np.isnan(p_value)])


def quality(estimate: Floats, truth: float, covered: Booleans) -> EstimateQuality:
    """How an estimate behaves about a truth.

    Parameters
    ----------
    estimate
        Of each trial, shape (n_replicates,).
    truth
        What is estimated.
    covered
        Whether the interval holds the truth, of the trials that have one.
    """
    there = estimate[np.isfinite(estimate)]
    off = there - truth
    about, squared = mean(off), mean(off**2)
    root = float(np.sqrt(squared.value))
    above = mean(np.where(off == 0, 0.5, off > 0))
    return EstimateQuality(
        mean=MonteCarlo(about.value + truth, about.mcse),
        bias=about,
        median_bias=MonteCarlo(above.value - 0.5, above.mcse),
        # The delta method.
        root_mean_square_error=MonteCarlo(root, squared.mcse / (2 * root) if root > 0 else squared.mcse),
        coverage=share(covered),
        without=share(~np.isfinite(estimate)),
    )


def _check(analyses: Analyses, decisions: Decisions, whole: Looks | None, level: float) -> None:
    shape = analyses.z.shape
    found: list[Finding] = []
    arrays = {
        "estimate": analyses.estimate,
        "se": analyses.se,
        "events": analyses.events,
        "patients": analyses.patients,
        "cut": analyses.cut,
    }
    for name, each in arrays.items():
        if each.shape != shape:
            found.append(Finding(name, f"shape {each.shape}", f"that of z, {shape}"))
    if analyses.z.ndim != 2 or not analyses.z.size:
        found.append(Finding("z", f"shape {shape}", "(n_replicates, n_looks), one or more of each"))
    elif decisions.look.shape != shape[:1] or decisions.outcome.shape != shape[:1]:
        needed = f"one look and outcome for each trial, {shape[:1]}"
        found.append(Finding("decisions", f"shape {decisions.look.shape}", needed))
    elif whole is not None and whole.n_looks != shape[1]:
        found.append(Finding("whole", f"{whole.n_looks} looks", f"{shape[1]}, as the analyses have"))
    if not 0 < level < 1:
        found.append(Finding("level", f"{level:g}", "a confidence level between 0 and 1", "0.95"))
    if found:
        raise InputError(found)

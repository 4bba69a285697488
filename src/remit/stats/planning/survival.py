r"""Sizes and durations of trials with a time to event: patients, enrolment and follow-up that give the power.

Each method says what part of the information that is needed a trial has at a calendar time; with all rates of
enrolment multiplied by a factor it is multiplied by that factor too. The size is where it is one.

``schoenfeld``, ``freedman``, ``hsieh-freedman``
    Expected events over the events that ``survival_events.events_needed`` asks for a hazard ratio. That is
    one of the trial where its hazards are proportional, and has to be given where they are not.
``log-rank drift``
    Squared expected statistic over what the power asks for, for any hazards; see ``log_rank_moments``.
``lachin-foulkes``
    The test of a difference of two constant hazards, after Lachin and Foulkes (1986), with variances
    under the null and under the alternative:

    .. math:: \frac{|\lambda_1 - \lambda_0|}{z_{1-\alpha}\sqrt{\bar\lambda^2/E_1(\bar\lambda) +
        \bar\lambda^2/E_0(\bar\lambda)} + z_{1-\beta}\sqrt{\lambda_1^2/E_1(\lambda_1) +
        \lambda_0^2/E_0(\lambda_0)}}

    squared, where :math:`E_j(\lambda)` are the expected events of arm :math:`j` with hazard :math:`\lambda`,
    and :math:`\bar\lambda` is the mean of both over patients.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding
from remit.stats.estimate import Integers
from remit.stats.planning.accrual import accrued, with_duration, with_patients
from remit.stats.planning.allocation import Rounding, allocation_findings, rounded_up, whole_arms
from remit.stats.planning.log_rank_moments import largest_difference, log_rank_moments
from remit.stats.planning.piecewise import Hazard, rate_at
from remit.stats.planning.requirement import Requirement, check, requirement_findings
from remit.stats.planning.survival_events import Formula, drift_per_root_event
from remit.stats.planning.survival_trial import (
    SurvivalTrial,
    events_at,
    events_without_end,
    expected,
    trial_findings,
    typical_time,
)
from remit.stats.roots import root

Method = Literal["schoenfeld", "freedman", "hsieh-freedman", "log-rank drift", "lachin-foulkes"]

FARTHEST = 1e6
"""Duration, over the typical time of the trial, beyond which the power counts as out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """How a trial is analysed, as far as its size depends on it.

    Parameters
    ----------
    required
        Type I error and power.
    method
        See the module.
    hazard_ratio
        Hazard ratio of the event formulas; None for that of proportional hazards.
    null
        Hazard ratio that is tested, of Schoenfeld's formula: 1, or the margin of non-inferiority.
    inflation
        Maximum information of a group-sequential design over that of one look.
    """

    required: Requirement = field(default_factory=Requirement)
    method: Method = "schoenfeld"
    hazard_ratio: float | None = None
    null: float = 1.0
    inflation: float = 1.0


@dataclass(frozen=True, slots=True)
class SurvivalSize:
    """A trial whose expected information at its end is what the power asks for.

    Parameters
    ----------
    trial
        Assumptions with the enrolment that was found.
    analysis
        What was asked.
    duration
        Calendar time of the final look.
    exact_patients, exact_events
        Of both arms, as real numbers: enrolled by then, and expected under the assumptions.
    n_experimental, n_control
        Whole patients of each arm.
    events
        Next whole number of events, at which the final look is made.
    rounding
        Rule by which patients are whole.
    """

    trial: SurvivalTrial
    analysis: Analysis
    duration: float
    exact_patients: float
    exact_events: float
    n_experimental: Integers
    n_control: Integers
    events: int
    rounding: Rounding

    @property
    def accrual_duration(self) -> float:
        """Time at which enrolment ends."""
        return min(self.trial.accrual.duration, self.duration)

    @property
    def follow_up(self) -> float:
        """Time from the last patient's enrolment to the final look."""
        return self.duration - self.accrual_duration


def information_share(trial: SurvivalTrial, time: float, analysis: Analysis) -> float:
    """Expected information at a calendar time over what the power asks for; see the module.

    Raises
    ------
    InputError
        Impossible assumptions or requirement; a method that does not fit the hazards; no benefit to be shown.
    """
    _check(trial, analysis)
    return _share(trial, analysis)(trial, time)


def power_at(trial: SurvivalTrial, time: float, analysis: Analysis) -> float:
    """Power of a single look at a calendar time, by the method of the analysis, whose power and inflation are
    not used.

    Raises
    ------
    InputError
        As ``information_share``.
    """
    _check(trial, analysis)
    z = analysis.required.z_alpha
    if analysis.method == "lachin-foulkes":
        difference, null, alternative = _lachin_foulkes(trial, time)
        return float(ndtr((difference - z * null) / alternative))
    if analysis.method == "log-rank drift":
        return float(ndtr(float(log_rank_moments(trial, time).drift) - z))
    drift = float(_drift_per_root_event(trial, analysis)) * np.sqrt(float(events_at(trial, time)))
    return float(ndtr(drift - z))


def patients_for_duration(
    trial: SurvivalTrial, duration: float, analysis: Analysis, *, rounding: Rounding = "allocation kept"
) -> SurvivalSize:
    """Patients for a given duration of the trial: all rates of enrolment are multiplied by one factor.

    Parameters
    ----------
    trial
        Assumptions; only the shape of the enrolment counts.
    duration
        Calendar time of the final look.
    analysis
        How it is analysed.
    rounding
        See ``allocation.Rounding``.

    Raises
    ------
    InputError
        As ``information_share``; a duration not above zero.
    """
    wrong = [] if duration > 0 else [Finding("duration", f"{duration:g}", "a calendar time above 0")]
    _check(trial, analysis, [*wrong, *allocation_findings(trial.ratio, rounding)])
    factor = 1 / _share(trial, analysis)(trial, duration)
    sized = replace(trial, accrual=with_patients(trial.accrual, trial.accrual.patients * factor))
    return _size(sized, duration, analysis, rounding)


def duration_for_patients(
    trial: SurvivalTrial, analysis: Analysis, *, rounding: Rounding = "allocation kept"
) -> SurvivalSize:
    """Duration for a given enrolment: the first calendar time with the required information.

    Raises
    ------
    InputError
        As ``information_share``; an enrolment with which the power is never reached.
    """
    _check(trial, analysis, allocation_findings(trial.ratio, rounding))
    share = _share(trial, analysis)
    what = f"{trial.accrual.patients:g} patients"
    time = _crossing(lambda t: share(trial, t), trial, what, "more patients")
    return _size(trial, time, analysis, rounding)


def accrual_for_follow_up(
    trial: SurvivalTrial, follow_up: float, analysis: Analysis, *, rounding: Rounding = "allocation kept"
) -> SurvivalSize:
    """Duration of enrolment, at given rates, after which a follow-up of all patients gives the required
    information.

    Parameters
    ----------
    trial
        Assumptions; the last rate of enrolment goes on as long as needed.
    follow_up
        Time from the end of enrolment to the final look, at least 0.
    analysis, rounding
        As in ``patients_for_duration``.

    Raises
    ------
    InputError
        As ``information_share``; a negative follow-up; rates with which the power is not reached.
    """
    wrong = [] if follow_up >= 0 else [Finding("follow_up", f"{follow_up:g}", "a duration of at least 0")]
    _check(trial, analysis, [*wrong, *allocation_findings(trial.ratio, rounding)])
    share = _share(trial, analysis)

    def until(duration: float) -> SurvivalTrial:
        return replace(trial, accrual=with_duration(trial.accrual, duration))

    end = _crossing(
        lambda t: share(until(t), t + follow_up),
        trial,
        "the rates of enrolment",
        "higher rates",
    )
    return _size(until(end), end + follow_up, analysis, rounding)


def detectable_effect(
    trial: SurvivalTrial,
    time: float,
    analysis: Analysis,
    experimental: Callable[[float], Hazard],
) -> float:
    """Largest hazard ratio below 1 that a trial as it is shows with the required power: the minimum
    detectable effect.

    Parameters
    ----------
    trial
        Assumptions; the hazard of the experimental arm is replaced.
    time
        Calendar time of the final look.
    analysis
        How it is analysed; ``hazard_ratio`` of it is replaced where it is given.
    experimental
        Hazard of the experimental arm for a hazard ratio, such as
        ``lambda h: delayed_effect(control, delay, h)``.

    Returns
    -------
    The hazard ratio; NaN if none above 1e-6 is enough.

    Raises
    ------
    InputError
        As ``information_share``.
    """

    def missing(log_ratio: float) -> float:
        h = float(np.exp(log_ratio))
        arm = replace(trial, experimental=experimental(h))
        how = analysis if analysis.hazard_ratio is None else replace(analysis, hazard_ratio=h)
        return information_share(arm, time, how) - 1

    # As events are lost with a larger effect, information may fall again at very small hazard ratios.
    grid = np.linspace(-1e-6, np.log(1e-6), 60)
    last = grid[0]
    for each in grid[1:]:
        if missing(float(each)) >= 0:
            return float(np.exp(root(missing, float(last), float(each))))
        last = each
    return np.nan


def _size(trial: SurvivalTrial, duration: float, analysis: Analysis, rounding: Rounding) -> SurvivalSize:
    """The record of a trial that was found."""
    at = expected(trial, duration)
    n1, n0 = whole_arms(at.accrued, trial.ratio, rounding)
    events = int(rounded_up(at.events))
    patients = float(accrued(trial.accrual, duration))
    return SurvivalSize(trial, analysis, duration, patients, float(at.events), n1, n0, events, rounding)


def _crossing(share: Callable[[float], float], trial: SurvivalTrial, what: str, remedy: str) -> float:
    """First time at which the share of information is one."""
    low, high = 0.0, trial.accrual.duration
    while share(high) < 1:
        low, high = high, 2 * high
        if high > FARTHEST * typical_time(trial):
            found = f"{share(high):.3g} of the information that the power asks for, however long it takes"
            check([Finding(what, found, "all of it", remedy)])
    return root(lambda t: share(t) - 1, low, high)


def _share(trial: SurvivalTrial, analysis: Analysis) -> Callable[[SurvivalTrial, float], float]:
    """Share of the required information, as a function of a trial (with other enrolment) and a time."""
    required, inflation = analysis.required, analysis.inflation
    if analysis.method == "log-rank drift":

        def by_drift(of: SurvivalTrial, time: float) -> float:
            at = log_rank_moments(of, time)
            score, variance = float(at.score), float(at.variance)
            return (
                np.sign(score) * score**2 / variance / required.drift**2 / inflation if variance > 0 else 0.0
            )

        return by_drift
    if analysis.method == "lachin-foulkes":

        def by_hazards(of: SurvivalTrial, time: float) -> float:
            if not time > 0:
                return 0.0
            difference, null, alternative = _lachin_foulkes(of, time)
            return (difference / (required.z_alpha * null + required.z_power * alternative)) ** 2 / inflation

        return by_hazards
    needed = inflation * (required.drift / _drift_per_root_event(trial, analysis)) ** 2
    return lambda of, time: float(events_at(of, time)) / needed


def _drift_per_root_event(trial: SurvivalTrial, analysis: Analysis) -> float:
    """Drift of the event formulas."""
    h = analysis.hazard_ratio if analysis.hazard_ratio is not None else proportional_hazard_ratio(trial)
    formula = cast(Formula, analysis.method)
    return float(drift_per_root_event(h, ratio=trial.ratio, formula=formula, null=analysis.null))


def _lachin_foulkes(trial: SurvivalTrial, time: float) -> tuple[float, float, float]:
    """Difference of the hazards in favour of experimental, and its SD under null and alternative."""
    rate1, rate0 = trial.experimental.rates[0], trial.control.rates[0]
    share1, share0 = trial.shares
    mean = share1 * rate1 + share0 * rate0
    same = Hazard((0.0,), (mean,))
    null = expected(replace(trial, experimental=same, control=same), time)
    alternative = expected(trial, time)
    sd_null = mean * np.sqrt(1 / null.events_experimental + 1 / null.events_control)
    sd = np.sqrt(rate1**2 / alternative.events_experimental + rate0**2 / alternative.events_control)
    return rate0 - rate1, float(sd_null), float(sd)


def proportional_hazard_ratio(trial: SurvivalTrial) -> float:
    """Hazard ratio, experimental over control, if it is one at all times; else NaN."""
    starts = np.union1d(trial.experimental.starts, trial.control.starts)
    rate1, rate0 = rate_at(trial.experimental, starts), rate_at(trial.control, starts)
    both = (rate1 > 0) | (rate0 > 0)
    if not both.any() or not (rate0[both] > 0).all():
        return np.nan
    ratios = rate1[both] / rate0[both]
    return float(ratios[0]) if np.ptp(ratios) <= 1e-9 * ratios[0] else np.nan


def _check(trial: SurvivalTrial, analysis: Analysis, more: list[Finding] | None = None) -> None:
    """Refuse impossible assumptions, then what no size can be found for."""
    found = [*trial_findings(trial), *requirement_findings(analysis.required), *(more or [])]
    if analysis.method not in get_args(Method):
        found.append(Finding("method", analysis.method, " or ".join(get_args(Method))))
    if not (np.isfinite(analysis.inflation) and analysis.inflation > 0):
        found.append(Finding("inflation", f"{analysis.inflation:g}", "a factor above 0", "1"))
    check(found)
    if analysis.method == "lachin-foulkes":
        check(_constant_findings(trial))
    elif analysis.method == "log-rank drift":
        if largest_difference(trial.experimental, trial.control) <= 0:
            needed = "a hazard below that of control at some time"
            check([Finding("experimental", "no benefit at any time", needed, "swap the arms")])
    else:
        check(_ratio_findings(trial, analysis))
    if analysis.method != "schoenfeld" and analysis.null != 1:
        needed = f"1 for the method {analysis.method}"
        check([Finding("null", f"{analysis.null:g}", needed, 'method="schoenfeld"')])
    if events_without_end(trial) <= 0:
        check([Finding("hazards", "no event in either arm", "a hazard above 0")])


def _constant_findings(trial: SurvivalTrial) -> list[Finding]:
    """What keeps a trial from the method of Lachin and Foulkes."""
    rates1, rates0 = np.asarray(trial.experimental.rates), np.asarray(trial.control.rates)
    if rates1.size > 1 or rates0.size > 1:
        return [
            Finding("method", "lachin-foulkes", "constant hazards in both arms", 'method="log-rank drift"')
        ]
    if not 0 < rates1[0] < rates0[0]:
        needed = f"a hazard in (0, {rates0[0]:g})"
        return [Finding("experimental", f"{rates1[0]:g}", needed, "swap the arms")]
    return []


def _ratio_findings(trial: SurvivalTrial, analysis: Analysis) -> list[Finding]:
    """What is wrong with the hazard ratio of an event formula."""
    h = analysis.hazard_ratio if analysis.hazard_ratio is not None else proportional_hazard_ratio(trial)
    if np.isnan(h):
        needed = "proportional hazards, or a hazard_ratio for the formula"
        return [Finding("hazards", "hazards that are not proportional", needed, 'method="log-rank drift"')]
    if not 0 < h < analysis.null:
        needed = f"a hazard ratio above 0 and below the tested {analysis.null:g}"
        return [Finding("hazard_ratio", f"{h:g}", needed, "swap the arms")]
    return []

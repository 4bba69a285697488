r"""A trial of two arms with a time to event: expected patients, events and dropouts over calendar time.

Patients enrolled at rate :math:`a_i` between :math:`u_i` and :math:`u_{i+1}` have, by calendar time
:math:`t`, in expectation

.. math:: E(t) = \sum_i a_i \int_{t - u_{i+1}}^{t - u_i} F(x)\,dx

observed events, with :math:`F` of ``piecewise``, zero before 0. No numerical integration is made.
"""

from dataclasses import dataclass, replace

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Floats
from remit.stats.planning.accrual import Accrual, accrual_findings, accrued
from remit.stats.planning.allocation import allocation_findings
from remit.stats.planning.piecewise import (
    NONE,
    Hazard,
    Observed,
    event_area,
    event_probability,
    hazard_findings,
    observed,
)
from remit.stats.planning.requirement import check
from remit.stats.roots import root

LATEST = 1e9
"""Over the typical time of a trial, when no more events are waited for."""
NO_RATE = 1e-100
"""Hazard up to which no event is ever waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalTrial:
    """Assumptions about two arms; one unit of time throughout.

    Parameters
    ----------
    accrual
        Enrolment of both arms together.
    control, experimental
        Hazard of the event in each arm.
    dropout_control, dropout_experimental
        Hazard of loss to follow-up, independent of the event.
    ratio
        Patients of the experimental arm for each of control, at any time of enrolment.
    """

    accrual: Accrual
    control: Hazard
    experimental: Hazard
    dropout_control: Hazard = NONE
    dropout_experimental: Hazard = NONE
    ratio: float = 1.0

    @property
    def shares(self) -> tuple[float, float]:
        """Share of patients in the experimental and in the control arm."""
        return self.ratio / (1 + self.ratio), 1 / (1 + self.ratio)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected at calendar times, arrays of their shape, as real numbers of both arms or of each.

    ``accrued`` patients are enrolled by then in both arms together; of each arm, ``events`` are observed and
    ``dropouts`` lost, and those that remain are followed.
    """

    time: Floats
    accrued: Floats
    events_experimental: Floats
    events_control: Floats
    dropouts_experimental: Floats
    dropouts_control: Floats

    @property
    def events(self) -> Floats:
        """Events of both arms."""
        return self.events_experimental + self.events_control

    @property
    def followed(self) -> Floats:
        """Patients of both arms who are enrolled, without event and not lost."""
        return self.accrued - self.events - self.dropouts_experimental - self.dropouts_control


def under_null(trial: SurvivalTrial) -> SurvivalTrial:
    """The trial if the treatment had no effect: both arms have the hazard of control."""
    return replace(trial, experimental=trial.control)


def mirrored(trial: SurvivalTrial) -> SurvivalTrial:
    """The trial with its arms swapped."""
    return SurvivalTrial(
        accrual=trial.accrual,
        control=trial.experimental,
        experimental=trial.control,
        dropout_control=trial.dropout_experimental,
        dropout_experimental=trial.dropout_control,
        ratio=1 / trial.ratio,
    )


def expected(trial: SurvivalTrial, time: Floats | float) -> Expected:
    """Expected patients, events and dropouts at calendar times, of their shape.

    Raises
    ------
    InputError
        Impossible accrual, hazards or ratio.
    """
    check(trial_findings(trial))
    at = np.asarray(time, dtype=np.float64)
    events = _events(trial)
    lost = (
        observed(trial.dropout_experimental, trial.experimental),
        observed(trial.dropout_control, trial.control),
    )
    counts = [
        share * _counted(trial.accrual, of, at)
        for of, share in zip((*events, *lost), trial.shares * 2, strict=True)
    ]
    return Expected(at, accrued(trial.accrual, at), *counts)


def _events(trial: SurvivalTrial) -> tuple[Observed, Observed]:
    """Closed forms for observed events of the experimental and of the control arm."""
    return (
        observed(trial.experimental, trial.dropout_experimental),
        observed(trial.control, trial.dropout_control),
    )


def _counted(accrual: Accrual, of: Observed, time: Floats) -> Floats:
    """Observed events if all patients of an accrual were of one arm, by calendar time."""
    follow_up = time[..., None] - np.asarray(accrual.times)
    return event_area(of, follow_up[..., 1:], follow_up[..., :-1]) @ np.asarray(accrual.rates)


def events_at(trial: SurvivalTrial, time: Floats | float) -> Floats:
    """Expected events of both arms at calendar times, of their shape; as ``expected``, without checks."""
    at = np.asarray(time, dtype=np.float64)
    pairs = zip(_events(trial), trial.shares, strict=True)
    return sum((share * _counted(trial.accrual, of, at) for of, share in pairs), np.zeros(at.shape))


def events_without_end(trial: SurvivalTrial) -> float:
    """Expected events of both arms if all patients were followed until event or dropout."""
    pairs = zip(_events(trial), trial.shares, strict=True)
    return trial.accrual.patients * sum(share * _ever(of) for of, share in pairs)


def _ever(of: Observed) -> float:
    """Probability of an observed event without an end of follow-up."""
    rate, leaving = of.event_rates[-1], of.leaving_rates[-1]
    rest = of.remaining[-1] * rate / leaving if leaving > 0 else 0.0
    return float(of.probability[-1] + rest)


def times_of_events(trial: SurvivalTrial, events: Floats | float, cap: float = np.inf) -> Floats:
    """Calendar times at which so many events of both arms are expected, of the shape of ``events``.

    Parameters
    ----------
    trial
        Assumptions.
    events
        Events of both arms; real numbers.
    cap
        Latest time: where the events are expected later, or never, it is returned. Without it that is
        infinity.

    Raises
    ------
    InputError
        Impossible accrual, hazards or ratio.
    """
    check(trial_findings(trial))
    wanted = np.asarray(events, dtype=np.float64)
    most = events_without_end(trial)
    found = [_time_of(trial, each, most) for each in wanted.ravel()]
    return np.minimum(np.asarray(found, dtype=np.float64).reshape(wanted.shape), cap)


def _time_of(trial: SurvivalTrial, events: float, most: float) -> float:
    """First time at which so many events are expected."""
    if events <= 0:
        return 0.0
    if np.isnan(events) or events >= most:
        return float("nan") if np.isnan(events) else np.inf
    high = trial.accrual.duration
    while float(events_at(trial, high)) < events:
        high *= 2
        # Rounding alone can keep the events below their limit.
        if high > LATEST * typical_time(trial):
            return np.inf
    return root(lambda t: float(events_at(trial, t)) - events, 0.0, high)


def typical_time(trial: SurvivalTrial) -> float:
    """Longest of the times that a trial is described by: enrolment, changes of hazards, mean times to an
    event.
    """
    hazards = (trial.control, trial.experimental)
    rates = np.concatenate([each.rates for each in hazards])
    starts = max(each.starts[-1] for each in hazards)
    return float(max(trial.accrual.duration, starts, (1 / rates[rates > NO_RATE]).max(initial=0.0)))


def event_probabilities(trial: SurvivalTrial, time: Floats | float) -> tuple[Floats, Floats]:
    """Probability that a patient, who may be enrolled until the end of accrual, has an observed event by
    calendar times.

    Of the experimental and of the control arm; of the shape of ``time``.
    """
    at = np.asarray(time, dtype=np.float64)
    first, second = (_counted(trial.accrual, of, at) / trial.accrual.patients for of in _events(trial))
    return first, second


def follow_up_probabilities(trial: SurvivalTrial, duration: Floats | float) -> tuple[Floats, Floats]:
    """Probability of an observed event within a follow-up, of the experimental and of the control arm."""
    first, second = (event_probability(of, duration) for of in _events(trial))
    return first, second


def trial_findings(trial: SurvivalTrial) -> list[Finding]:
    """What is wrong with the assumptions of a trial."""
    hazards = {
        "control": trial.control,
        "experimental": trial.experimental,
        "dropout_control": trial.dropout_control,
        "dropout_experimental": trial.dropout_experimental,
    }
    found = [*accrual_findings(trial.accrual), *allocation_findings(trial.ratio)]
    for where, each in hazards.items():
        found += hazard_findings(where, each)
    return found

"""The calendar of visits of each patient: planned days, windows, and visits that are missed.

Steps of the ramp-up, starts of cycles and checks during a hold are visits of their own, on their exact
days; here stand the laboratory visits, response assessments and samples for residual disease that are planned
from the start.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.random import draws, normals
from remit.trial.mrd import Sampling
from remit.trial.parameters import Visits

Booleans = NDArray[np.bool_]

WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Planned visits.

    ``planned`` [day], ``is_lab`` and ``assessment`` (its number, 0 if none) have shape (n_visits,),
    ``sample`` (its number, 0 if none) has shape (n_samplings, n_visits). ``time`` [day], ``lab_done`` and
    ``assessment_done``, which is that of samples too, have shape (n_patients, n_visits).
    """

    planned: Floats
    is_lab: Booleans
    assessment: Integers
    sample: Integers
    time: Floats
    lab_done: Booleans
    assessment_done: Booleans

    @property
    def is_assessment(self) -> Booleans:
        """Visits with a response assessment, shape (n_visits,)."""
        return self.assessment > 0

    @property
    def n_assessments(self) -> int:
        """Planned assessments, not counting baseline."""
        return int(self.assessment.max(initial=0))


def assessment_days(visits: Visits, follow_up: float) -> Floats:
    """Planned days of assessments after baseline [day], increasing; the last on the last day of follow-up.

    Without it patients would be censored at a scan before that day and deaths after it still count, so that
    a survival curve would fall on the few left.
    """
    change = min(visits.assessment_change, follow_up)
    early = np.arange(visits.assessment_interval, change + 1e-9, visits.assessment_interval)
    last = early[-1] if early.size else 0.0
    late = np.arange(
        last + visits.assessment_interval_late, follow_up + 1e-9, visits.assessment_interval_late
    )
    every = np.concatenate([early, late])
    room = every.size == 0 or follow_up - every[-1] > 2 * visits.window_limit
    return np.append(every, follow_up) if room else every


def lab_days(visits: Visits, ramp_up: tuple[float, float], follow_up: float) -> Floats:
    """Planned days of laboratory visits [day], increasing; none in a ramp-up, which has visits of its own.

    ``ramp_up`` is the day on which it begins and the day on which it ends.
    """
    days = np.arange(visits.lab_interval, follow_up + 1e-9, visits.lab_interval)
    begin, end = ramp_up
    return days[(days < begin) | (days > end)]


def calendar(
    seed: int,
    patients: Integers,
    visits: Visits,
    ramp_up: tuple[float, float],
    follow_up: float,
    samplings: Sequence[Sampling] = (),
) -> Calendar:
    """Visits of each patient.

    Windows and misses are drawn by week of the study, so a visit added to the schedule moves no other.

    Parameters
    ----------
    seed
        Seed of the run.
    patients
        Counters of the patients, shape (n_patients,).
    visits
        Schedule and windows.
    ramp_up
        Planned begin and end of the ramp-up [day].
    follow_up
        Length of the whole course [day].
    samplings
        Samples for residual disease.
    """
    assessed = assessment_days(visits, follow_up)
    tested = lab_days(visits, ramp_up, follow_up)
    sampled = [np.array([day for day in each.days if day <= follow_up]) for each in samplings]
    planned = np.unique(np.concatenate([assessed, tested, *sampled]))
    is_assessment = np.isin(planned, assessed)
    taken = np.array([np.isin(planned, days) for days in sampled]).reshape(len(sampled), planned.size)
    week = (planned // WEEK).astype(np.int64)
    weeks = int(follow_up // WEEK) + 1
    shift = np.round(visits.window_sd * normals(seed, "visits.window", patients, weeks)[:, week])
    shift = np.where(planned == follow_up, 0.0, np.clip(shift, -visits.window_limit, visits.window_limit))
    time = np.maximum(planned + shift, 1.0)
    time = np.minimum(np.maximum.accumulate(time, axis=1), follow_up)
    missed = draws(seed, "visits.assessment_missed", patients, weeks)[:, week]
    lab_missed = draws(seed, "visits.lab_missed", patients, weeks)[:, week]
    return Calendar(
        planned=planned,
        is_lab=np.isin(planned, tested) | is_assessment,
        assessment=np.where(is_assessment, np.cumsum(is_assessment), 0),
        sample=np.where(taken, np.cumsum(taken, axis=1), 0),
        time=time,
        lab_done=lab_missed >= visits.missed_lab_probability,
        assessment_done=missed >= visits.missed_assessment_probability,
    )


def next_visit(plan: Calendar, now: Floats, off_treatment: Booleans) -> Floats:
    """Time of the next planned visit after ``now`` [day], infinite if there is none; shape (n_patients,).

    Off treatment there are assessments and samples, and no visits for the laboratory alone.
    """
    kept = plan.is_assessment | (plan.sample > 0).any(axis=0)
    wanted = (plan.time > now[:, None]) & (kept[None, :] | ~off_treatment[:, None])
    return np.where(wanted, plan.time, np.inf).min(axis=1, initial=np.inf)


def due(plan: Calendar, before: Floats, now: Floats) -> Booleans:
    """Visits that fall after ``before`` and at or before ``now``, shape (n_patients, n_visits)."""
    return (plan.time > before[:, None]) & (plan.time <= now[:, None])

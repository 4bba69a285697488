"""The calendar of visits of each patient: planned days, windows, and visits that are missed.

Steps of the ramp-up and checks during a hold are visits of their own, on their exact days; here stand
the laboratory visits and scans that are planned from the start.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.random import draws, normals
from remit.trial.parameters import Visits

Booleans = NDArray[np.bool_]

WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Planned visits: ``planned`` [day], ``is_scan``, ``scan_number`` (0 if none), of shape (n_visits,).

    ``time`` [day], ``scan_done`` and ``lab_done`` have shape (n_patients, n_visits).
    """

    planned: Floats
    is_scan: Booleans
    scan_number: Integers
    time: Floats
    scan_done: Booleans
    lab_done: Booleans

    @property
    def n_scans(self) -> int:
        """Planned scans, not counting baseline."""
        return int(self.scan_number.max(initial=0))


def scan_days(visits: Visits, follow_up: float) -> Floats:
    """Planned days of scans after baseline [day], increasing; the last one on the last day of follow-up.

    Without it patients would be censored at a scan before that day and deaths after it still count, so that
    a survival curve would fall on the few left.
    """
    early = np.arange(visits.scan_interval, min(visits.scan_change, follow_up) + 1e-9, visits.scan_interval)
    last = early[-1] if early.size else 0.0
    late = np.arange(last + visits.scan_interval_late, follow_up + 1e-9, visits.scan_interval_late)
    every = np.concatenate([early, late])
    room = every.size == 0 or follow_up - every[-1] > 2 * visits.window_limit
    return np.append(every, follow_up) if room else every


def lab_days(visits: Visits, ramp_up: float, follow_up: float) -> Floats:
    """Planned days of laboratory visits after a ramp-up of so many days [day], increasing."""
    days = np.arange(visits.lab_interval, follow_up + 1e-9, visits.lab_interval)
    return days[days > ramp_up]


def calendar(seed: int, patients: Integers, visits: Visits, ramp_up: float, follow_up: float) -> Calendar:
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
    ramp_up, follow_up
        Planned length of the ramp-up and of the whole course [day].
    """
    scans = scan_days(visits, follow_up)
    planned = np.unique(np.concatenate([scans, lab_days(visits, ramp_up, follow_up)]))
    is_scan = np.isin(planned, scans)
    week = (planned // WEEK).astype(np.int64)
    weeks = int(follow_up // WEEK) + 1
    shift = np.round(visits.window_sd * normals(seed, "visits.window", patients, weeks)[:, week])
    shift = np.where(planned == follow_up, 0.0, np.clip(shift, -visits.window_limit, visits.window_limit))
    time = planned + shift
    time = np.minimum(np.maximum.accumulate(time, axis=1), follow_up)
    scan_done = draws(seed, "visits.scan_missed", patients, weeks)[:, week] >= visits.missed_scan_probability
    lab_done = draws(seed, "visits.lab_missed", patients, weeks)[:, week] >= visits.missed_lab_probability
    return Calendar(
        planned, is_scan, np.where(is_scan, np.cumsum(is_scan), 0), time, scan_done & is_scan, lab_done
    )


def next_visit(plan: Calendar, now: Floats, scans_only: Booleans) -> Floats:
    """Time of the next planned visit after ``now`` [day], infinite if there is none; shape (n_patients,)."""
    wanted = (plan.time > now[:, None]) & (plan.is_scan[None, :] | ~scans_only[:, None])
    return np.where(wanted, plan.time, np.inf).min(axis=1, initial=np.inf)


def due(plan: Calendar, before: Floats, now: Floats) -> Booleans:
    """Visits that fall after ``before`` and at or before ``now``, shape (n_patients, n_visits)."""
    return (plan.time > before[:, None]) & (plan.time <= now[:, None])

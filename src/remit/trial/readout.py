"""When a trial reads out: the first calendar day on which it is ripe, or its calendar cap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from remit.stats.estimate import Booleans, Floats
from remit.trial.milestones import Milestones


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """The analysis a single-arm study declares; lengths of time in days.

    ``p0`` and ``alpha`` are those of the exact one-sided test. ``reader`` is the primary one. Ripe is a
    trial whose responders each have ``ripe_duration`` from first response, or have ended for a stated
    reason, and whose last patient was enrolled ``first_scans`` ago; it reads out on ``calendar_cap``, a
    calendar day, if it is not ripe before. ``follow_up`` is the longest patient time and ``scan_days``
    are the planned scans, to tell how many were missed. ``largest_share`` of
    the planned patients is the most that a region named there may enrol.
    """

    n_patients: int
    p0: float
    alpha: float
    reader: str = "IRC"
    ripe_duration: float
    first_scans: float
    calendar_cap: float
    follow_up: float
    scan_days: Sequence[float] = ()
    largest_share: Mapping[str, float] = field(default_factory=dict[str, float])


def response_ends(m: Milestones) -> Floats:
    """Day on which follow-up of a response ends for a stated reason, of the shape of ``m.response``.

    Progression, death, loss or withdrawal, new therapy, or the end of planned follow-up.
    """
    return np.minimum(np.minimum(m.progression, m.death), np.minimum(m.response_end, m.lost))


def ripe_days(m: Milestones, calendar_enrolment: Floats, readout: Readout) -> Floats:
    """First calendar day on which each trial is ripe, shape (n_replicates,); infinite without patients.

    Responders count from the day of first response on: one who responds after the readout does not delay it.

    Parameters
    ----------
    m
        Milestones of the patients of each trial, shape (n_replicates, n_patients).
    calendar_enrolment
        Calendar day of first dose, of the same shape, infinite where there is no patient.
    readout
        What ripe means.
    """
    there = np.isfinite(calendar_enrolment)
    responds = np.isfinite(m.response) & there
    waits_until = np.minimum(m.response + readout.ripe_duration, response_ends(m))
    start = np.where(responds, calendar_enrolment + m.response, np.inf)
    stop = np.where(responds, calendar_enrolment + waits_until, -np.inf)
    order = np.argsort(start, axis=1, kind="stable")
    start, stop = np.take_along_axis(start, order, axis=1), np.take_along_axis(stop, order, axis=1)
    last = np.where(there, calendar_enrolment, -np.inf).max(axis=1)
    day = np.where(there.any(axis=1), last + readout.first_scans, np.inf)
    # In order of first response: once one lies ahead of the day, so do all that follow.
    for place in range(start.shape[1]):
        day = np.where(start[:, place] <= day, np.maximum(day, stop[:, place]), day)
    return day


def cut_off(m: Milestones, calendar_enrolment: Floats, readout: Readout) -> tuple[Floats, Booleans]:
    """Calendar day of the data cut-off and whether the trial is ripe on it, both of shape (n_replicates,)."""
    ripe = ripe_days(m, calendar_enrolment, readout)
    return np.minimum(ripe, readout.calendar_cap), ripe <= readout.calendar_cap

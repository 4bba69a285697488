"""Progression as interval-censored: it came between the last assessment without it and the first with it.

Death is known on its day. ``remit.stats.survival.interval_censored`` estimates from such intervals.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Floats
from remit.trial.estimands.endpoint import ASSESSED_TIMES, Endpoint
from remit.trial.estimands.event_times import Times, question
from remit.trial.milestones import Milestones, last_scan


@dataclass(frozen=True, slots=True)
class Intervals:
    """Days between which the event came, counted as the time itself, arrays of one shape.

    ``last_free`` is the last day known to be free of the event, 0 if there is none; ``first_event`` the first
    with it, equal for an event whose day is known, infinite without one.
    """

    last_free: Floats
    first_event: Floats


def intervals(endpoint: Endpoint, m: Milestones, found: Times) -> Intervals:
    """Intervals of a time that rests on assessments.

    Parameters
    ----------
    endpoint, m
        As they were given to ``event_times.times``.
    found
        What it gave.

    Raises
    ------
    InputError
        If the variable does not rest on assessments.
    """
    if endpoint.variable not in ASSESSED_TIMES:
        needed = f"one of {', '.join(ASSESSED_TIMES)}"
        raise problem(f"endpoint {endpoint.name}: intervals", endpoint.variable, needed)
    q = question(endpoint, m)
    start = np.where(found.counted, q.start, 0.0)
    # Before the first assessment nothing is known, whatever day stands for it by convention.
    last, number = last_scan(m, np.nextafter(start + found.time, np.inf))
    free = np.where(number > 0, np.minimum(last - start, found.time), 0.0)
    by_scan = found.event & (q.day == m.progression) & ~q.fails
    before, seen = last_scan(m, np.nextafter(m.progression, -np.inf))
    before = np.where(seen > 0, np.maximum(before - start, 0.0), 0.0)
    last_free = np.where(by_scan, before, np.where(found.event, found.time, free))
    return Intervals(last_free, np.where(found.event, found.time, np.inf))

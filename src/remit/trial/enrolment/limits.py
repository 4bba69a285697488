"""Limits of sites, countries, regions and the trial.

They are nested, and what is full stays full. So taking candidates in order while nothing that they belong to
is full is the same as applying one limit after the other, from sites outwards.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True)
class Limit:
    """The ``most`` patients that the sites ``of`` (shape (n_sites,)) may enrol together, and until when."""

    of: Booleans
    most: int
    closes_on_day: float = np.inf


@dataclass(frozen=True, slots=True)
class Queue:
    """Candidates in the order in which they are ready, arrays of shape (n_replicates, n_candidates).

    Calendar days ``ready`` and ``screened`` (infinite for those who never enter), and ``site``.
    """

    ready: Floats
    screened: Floats
    site: Integers


def apply_limit(queue: Queue, enters: Booleans, limit: Limit, is_soft: bool) -> tuple[Booleans, Floats]:
    """Who of those who would enter still does, and the day on which the limit closes screening.

    Parameters
    ----------
    queue
        Candidates in order.
    enters
        Those whom the limits inside of this one let in, shape (n_replicates, n_candidates).
    limit
        The limit.
    is_soft
        Whether those in screening on the day still enter.

    Returns
    -------
    Who enters, of the shape of ``enters``, and calendar days of shape (n_replicates,), infinite where the
    candidates do not fill it.
    """
    inside = limit.of[queue.site]
    counted = enters & inside
    day = np.full(enters.shape[0], limit.closes_on_day)
    if limit.most <= 0:
        day = np.full(enters.shape[0], -np.inf)
        return enters & ~inside, day
    turn = np.cumsum(counted, axis=1)
    last = counted & (turn == limit.most)
    row, place = np.nonzero(last)
    day[row] = np.minimum(day[row], queue.ready[row, place])
    if is_soft:
        return enters & (~inside | (queue.screened <= day[:, None])), day
    fits = (turn <= limit.most) & (queue.ready <= limit.closes_on_day)
    return enters & (~inside | fits), day


def apply_site_limits(
    ready: Floats, screened: Floats, most: Floats, is_soft: bool
) -> tuple[Booleans, Floats]:
    """As :func:`apply_limit` for the limit of each site.

    Parameters
    ----------
    ready, screened
        Calendar days, shape (n_replicates, n_sites, n_arrivals).
    most
        Limit of each site, infinite if it has none, shape (n_sites,).
    is_soft
        Whether those in screening on the day still enter.

    Returns
    -------
    Who enters, of the shape of ``ready``, and days of shape (n_replicates, n_sites).
    """
    enters = np.isfinite(ready)
    closes = np.full(ready.shape[:2], np.inf)
    limited = np.flatnonzero(np.isfinite(most))
    if not limited.size:
        return enters, closes
    own, n = ready[:, limited], ready.shape[2]
    order = np.argsort(own, axis=2, kind="stable")
    limit = most[limited].astype(np.int64)
    last = np.take_along_axis(order, np.clip(limit - 1, 0, n - 1)[None, :, None], axis=2)
    day = np.take_along_axis(own, last, axis=2)[:, :, 0]
    day = np.where(limit > n, np.inf, np.where(limit <= 0, -np.inf, day))
    closes[:, limited] = day
    if is_soft:
        enters[:, limited] &= screened[:, limited] <= day[:, :, None]
    else:
        turn = np.argsort(order, axis=2, kind="stable")
        enters[:, limited] &= turn < limit[:, None]
    return enters, closes

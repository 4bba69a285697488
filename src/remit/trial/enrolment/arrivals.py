"""Who comes to each site, and when screening of each ends."""

from dataclasses import dataclass

import numpy as np

from remit.random import draws, exponentials
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.enrolment.sites import SiteGroup, counters


@dataclass(frozen=True, slots=True)
class Process:
    """The sites of a group as Poisson processes: ``rate`` [1/day] from ``begins`` [calendar day] on, each of
    shape (n_replicates, n_sites); ``pauses`` of shape (n_pauses, 2).
    """

    rate: Floats
    begins: Floats
    pauses: Floats


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The first patients who come to each site, arrays of shape (n_replicates, n_sites, n_arrivals).

    ``screened`` is the calendar day of the start of screening, infinite for those whom a pause keeps away.
    ``finished`` is the day on which screening ends, ``ready`` that on which the patient could have the first
    dose, later in a pause and infinite for screen failures. ``until`` is the day up to which all who come
    are among them, shape (n_replicates, n_sites).
    """

    screened: Floats
    finished: Floats
    ready: Floats
    fails: Booleans
    until: Floats


def arrivals(
    seed: int, stream: str, group: SiteGroup, process: Process, replicates: Integers, n: int
) -> Arrivals:
    """The first ``n`` who come to each site of a group; more only append."""
    shape = (replicates.size, group.n_sites, n)
    keys = counters(replicates, group.n_sites).ravel()
    gaps = exponentials(seed, f"{stream}.gap.{group.country}", keys, n).reshape(shape)
    came = process.begins[:, :, None] + np.cumsum(gaps, axis=2) / process.rate[:, :, None]
    screening = group.screening
    fails = np.zeros(shape, dtype=bool)
    finished = came + screening.longest_days
    if screening.failure > 0 or screening.longest_days > screening.shortest_days:
        chance = draws(seed, f"{stream}.screening.{group.country}", keys, 2 * n).reshape(*shape, 2)
        spread = screening.longest_days - screening.shortest_days
        finished = came + screening.shortest_days + spread * chance[..., 0]
        fails = chance[..., 1] < screening.failure
    comes, ready = np.ones(shape, dtype=bool), finished
    for start, end in process.pauses:
        comes &= (came < start) | (came >= end)
        ready = np.where((ready >= start) & (ready < end), end, ready)
    ready = np.where(comes & ~fails, ready, np.inf)
    return Arrivals(np.where(comes, came, np.inf), finished, ready, fails & comes, came[:, :, -1])

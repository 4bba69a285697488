"""Patients of simulated trials, drawn numbers in, courses out: compiled loops, loaded when first needed.

``remit.stats.operating.survival_trials`` says what the arrays mean.
"""

from typing import Any, NamedTuple

from remit.compiled_loops import compiled, kept
from remit.stats.estimate import Floats


class Pieces(NamedTuple):
    """Hazards that are constant between times, last axis (n_pieces,): start, cumulative hazard there, rate.

    Starts are infinite for pieces that are not used, and cumulative hazards there too.
    """

    start: Any
    cumulative: Any
    rate: Any


class Rules(NamedTuple):
    """How patients come and what happens to them.

    ``accrual`` has shape (n_pieces,), ``event`` (n_strata, 2, n_pieces), arms in the order control,
    experimental, ``dropout`` (2, n_pieces), ``crossover`` (n_pieces,), its rates zero if nobody crosses over.
    ``shares`` are cumulative shares of the strata, (n_strata,). ``experimental`` of each ``block`` patients
    of a stratum are randomised to the experimental arm.
    """

    accrual: Pieces
    event: Pieces
    dropout: Pieces
    crossover: Pieces
    shares: Any
    experimental: int
    block: int


class Drawn(NamedTuple):
    """Arrays (n_replicates, n_patients): exponential of mean one, but ``stratum`` and ``arm`` uniform."""

    gap: Any
    stratum: Any
    arm: Any
    event: Any
    dropout: Any
    crossover: Any


class Courses(NamedTuple):
    """What is filled in, arrays (n_replicates, n_patients) as in ``Replicates``."""

    entry: Any
    time: Any
    event: Any
    arm: Any
    stratum: Any


@compiled
def reached(start: Floats, cumulative: Floats, rate: Floats, level: float) -> float:
    """When a cumulative hazard reaches a level; infinite if it never does."""
    k = 0
    while k + 1 < start.shape[0] and cumulative[k + 1] <= level:
        k += 1
    return start[k] + (level - cumulative[k]) / rate[k] if rate[k] > 0.0 else float("inf")


@compiled
def gathered(start: Floats, cumulative: Floats, rate: Floats, time: float) -> float:
    """Cumulative hazard at a time that is not infinite."""
    k = 0
    while k + 1 < start.shape[0] and start[k + 1] <= time:
        k += 1
    return cumulative[k] + rate[k] * (time - start[k])


@compiled
def event_time(rules: Rules, s: int, arm: int, level: float, crossover: float) -> float:
    """When a patient has the event: under the hazard of the arm, of the other after a crossover."""
    of = rules.event
    own = reached(of.start[s, arm], of.cumulative[s, arm], of.rate[s, arm], level)
    if crossover >= own:
        return own
    before = gathered(of.start[s, 0], of.cumulative[s, 0], of.rate[s, 0], crossover)
    begun = gathered(of.start[s, 1], of.cumulative[s, 1], of.rate[s, 1], crossover)
    return reached(of.start[s, 1], of.cumulative[s, 1], of.rate[s, 1], begun + level - before)


@kept
def live(rules: Rules, drawn: Drawn, courses: Courses, left: Any) -> None:
    """Every patient of every trial; ``left`` is room, (n_strata, 2): places of the open blocks by arm."""
    never = float("inf")
    crosses = rules.crossover.rate.max() > 0.0
    a, b, c = rules.accrual, rules.dropout, rules.crossover
    for row in range(drawn.gap.shape[0]):
        clock = 0.0
        left[:] = 0.0
        for i in range(drawn.gap.shape[1]):
            clock += drawn.gap[row, i]
            s = 0
            while s + 1 < rules.shares.shape[0] and rules.shares[s] <= drawn.stratum[row, i]:
                s += 1
            if left[s, 0] + left[s, 1] == 0.0:
                left[s, 0], left[s, 1] = rules.block - rules.experimental, rules.experimental
            # Places drawn one after the other without putting back: all orders of a block are equally likely.
            arm = 1 if drawn.arm[row, i] * (left[s, 0] + left[s, 1]) < left[s, 1] else 0
            left[s, arm] -= 1.0
            switch = never
            if crosses and arm == 0:
                switch = reached(c.start, c.cumulative, c.rate, drawn.crossover[row, i])
            happens = event_time(rules, s, arm, drawn.event[row, i], switch)
            leaves = reached(b.start[arm], b.cumulative[arm], b.rate[arm], drawn.dropout[row, i])
            courses.entry[row, i] = reached(a.start, a.cumulative, a.rate, clock)
            courses.time[row, i] = min(happens, leaves)
            courses.event[row, i] = happens <= leaves and happens < never
            courses.arm[row, i] = arm
            courses.stratum[row, i] = s

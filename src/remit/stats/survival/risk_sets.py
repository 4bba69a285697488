"""Risk sets of many data sets at many looks: compiled loops, loaded when a test is first computed.

A patient leaves the risk set at an event, a dropout or the cut, whichever comes first. Seen from entry the
first two come at a time that no look changes, and the cut comes first for those who entered last. So patients
are sorted twice, by time and by entry, and every look merges the two in one pass. All counts are whole
numbers, and sums are over times in order: what the patients are called, and how rows are split over
threads, changes no bit. ``remit.stats.survival.log_rank_rows`` says what the arrays mean.
"""

from typing import Any, NamedTuple

import numpy as np

from remit.compiled_loops import compiled, kept
from remit.stats.estimate import Floats

RHO, GAMMA, TAU, HELD = range(4)
"""Of the powers of a weight, as in ``log_rank_weights``; the last is when the curve is held."""


class Patients(NamedTuple):
    """Arrays (n_replicates, n_patients); an infinite ``entry`` is nobody. ``stratum`` counts from 0.

    ``by_time`` and ``by_entry`` are the orders of a row; ``happened`` has the calendar times of its events in
    order, infinite after the last.
    """

    entry: Any
    time: Any
    event: Any
    arm: Any
    stratum: Any
    by_time: Any
    by_entry: Any
    happened: Any


class Cuts(NamedTuple):
    """When to cut, ``events`` and ``calendar`` (n_looks,), no target being 0 events; and the weights.

    ``powers`` is (n_weights, 4), ``steps`` (n_weights, n_steps, 2): when a step begins, which is infinite for
    one that is not used, and its factor.
    """

    events: Any
    calendar: Any
    powers: Any
    steps: Any


class Sums(NamedTuple):
    """What is filled in, first axes (n_replicates, n_looks), as in ``LogRankSums``."""

    cut: Any
    patients: Any
    events: Any
    observed: Any
    score: Any
    slope: Any
    covariance: Any


class Ordered(NamedTuple):
    """Patients of one row by stratum, and within it by time and by entry; (n_patients,), and (n_strata + 1,).

    ``kind`` is the arm, with 2 added for an event.
    """

    time: Any
    leaves: Any
    kind: Any
    entry: Any
    leaves_by_entry: Any
    arm_by_entry: Any
    starts: Any


class Table(NamedTuple):
    """Risk sets of one stratum at one look: a row for each time with events, (n_patients,).

    ``events`` is (n_patients, 2), by arm; ``excess`` is events of the experimental arm less those expected,
    and ``variance`` its hypergeometric variance.
    """

    time: Any
    at_risk: Any
    events: Any
    excess: Any
    variance: Any


@compiled
def power(x: float, exponent: float) -> float:
    """A power, without the general function where it is not needed; 0 to the power of 0 is 1."""
    if exponent == 0.0:
        return 1.0
    if exponent == 1.0:
        return x
    if exponent == -1.0:
        return 1.0 / x
    if exponent == 0.5:
        return np.sqrt(x)
    if exponent == 2.0:
        return x * x
    return x**exponent


@compiled
def put_in_order(patients: Patients, row: int, ordered: Ordered) -> float:
    """Group the orders of a row by stratum; returns when the last patient leaves."""
    entry, time, stratum = patients.entry[row], patients.time[row], patients.stratum[row]
    last = -np.inf
    starts = ordered.starts
    starts[:] = 0
    for i in range(entry.shape[0]):
        if entry[i] < np.inf:
            starts[stratum[i] + 1] += 1
            last = max(last, entry[i] + time[i])
    for s in range(starts.shape[0] - 1):
        starts[s + 1] += starts[s]
    nexts = starts.copy()
    for i in patients.by_time[row]:
        if entry[i] < np.inf:
            k = nexts[stratum[i]]
            nexts[stratum[i]] += 1
            ordered.time[k], ordered.leaves[k] = time[i], entry[i] + time[i]
            is_event = patients.event[row, i] and time[i] < np.inf
            ordered.kind[k] = patients.arm[row, i] + (2 if is_event else 0)
    nexts[:] = starts
    for i in patients.by_entry[row]:
        if entry[i] < np.inf:
            k = nexts[stratum[i]]
            nexts[stratum[i]] += 1
            ordered.entry[k], ordered.leaves_by_entry[k] = entry[i], entry[i] + time[i]
            ordered.arm_by_entry[k] = patients.arm[row, i]
    return last


@compiled
def cut_of(plan: Cuts, look: int, happened: Floats, last: float) -> float:
    """Time of the event that is the target, at most the calendar's; with neither, when all have left."""
    target, cut = plan.events[look], plan.calendar[look]
    if 0 < target <= happened.shape[0] and happened[target - 1] < np.inf:
        return min(cut, happened[target - 1])
    if cut < np.inf:
        return cut
    return last if last > -np.inf else np.nan


@compiled
def enter(ordered: Ordered, s: int, cut: float, at_risk: Floats) -> int:
    """Count the patients of a stratum who entered by a cut; returns the place after the last of them."""
    at_risk[:] = 0.0
    last = ordered.starts[s]
    while last < ordered.starts[s + 1] and ordered.entry[last] <= cut:
        at_risk[ordered.arm_by_entry[last]] += 1.0
        last += 1
    return last


@compiled
def tabulate(ordered: Ordered, s: int, cut: float, last: int, at_risk: Floats, table: Table) -> int:
    """Risk sets of one stratum at one look, from the patients at risk at first; returns how many."""
    begin, end = ordered.starts[s], ordered.starts[s + 1]
    n0, n1 = at_risk[0], at_risk[1]
    rows, i = 0, begin
    while i < end and n0 + n1 > 0.0:
        t = ordered.time[i]
        # Those whom the cut takes before this time, the last who entered first.
        while last > begin and cut - ordered.entry[last - 1] < t:
            last -= 1
            if ordered.leaves_by_entry[last] > cut:
                n0 -= 1.0 - ordered.arm_by_entry[last]
                n1 -= ordered.arm_by_entry[last]
        d0, d1, left0, left1 = 0.0, 0.0, 0.0, 0.0
        while i < end and ordered.time[i] == t:
            if ordered.leaves[i] <= cut:
                arm, event = float(ordered.kind[i] & 1), float(ordered.kind[i] >> 1)
                left0 += 1.0 - arm
                left1 += arm
                d0 += event * (1.0 - arm)
                d1 += event * arm
            i += 1
        if d0 + d1 > 0.0:
            n, d = n0 + n1, d0 + d1
            share = n1 / n
            table.time[rows], table.at_risk[rows] = t, n
            table.events[rows, 0], table.events[rows, 1] = d0, d1
            table.excess[rows] = d1 - d * share
            table.variance[rows] = d * share * (n0 / n) * ((n - d) / (n - 1.0)) if n > 1.0 else 0.0
            rows += 1
        n0 -= left0
        n1 -= left1
    return rows


@compiled
def weigh(plan: Cuts, which: int, table: Table, n_times: int, weights: Floats) -> None:
    """A weight at each time of a table, from the survival just before it and the patients at risk."""
    rho, gamma, tau = plan.powers[which, RHO], plan.powers[which, GAMMA], plan.powers[which, TAU]
    held_from = plan.powers[which, HELD]
    survival, step, factor = 1.0, 0, 1.0
    for k in range(n_times):
        t = table.time[k]
        n = table.at_risk[k]
        while step < plan.steps.shape[1] and plan.steps[which, step, 0] <= t:
            factor = plan.steps[which, step, 1]
            step += 1
        weights[which, k] = power(survival, rho) * power(1.0 - survival, gamma) * power(n, tau) * factor
        if t <= held_from:
            survival *= (n - table.events[k, 0] - table.events[k, 1]) / n


@compiled
def add_up(sums: Sums, row: int, look: int, table: Table, n_times: int, weights: Floats) -> None:
    """Add the sums of one stratum at one look."""
    for w in range(weights.shape[0]):
        seen0, seen1, score, slope = 0.0, 0.0, 0.0, 0.0
        for k in range(n_times):
            by = weights[w, k]
            seen0 += by * table.events[k, 0]
            seen1 += by * table.events[k, 1]
            score += by * table.excess[k]
            slope += by * table.variance[k]
        sums.observed[row, look, w, 0] += seen0
        sums.observed[row, look, w, 1] += seen1
        sums.score[row, look, w] += score
        sums.slope[row, look, w] += slope
        for v in range(w + 1):
            together = 0.0
            for k in range(n_times):
                together += weights[w, k] * weights[v, k] * table.variance[k]
            sums.covariance[row, look, w, v] += together
            if v < w:
                sums.covariance[row, look, v, w] += together
    for k in range(n_times):
        sums.events[row, look, 0] += int(table.events[k, 0])
        sums.events[row, look, 1] += int(table.events[k, 1])


@kept
def fill(patients: Patients, plan: Cuts, sums: Sums, n_strata: int) -> None:
    """Every look at every row; ``sums`` come in as zeros."""
    n, n_weights = patients.entry.shape[1], plan.powers.shape[0]
    kinds, arms = np.empty(n, np.int8), np.empty(n, np.int8)
    starts = np.empty(n_strata + 1, np.int64)
    ordered = Ordered(np.empty(n), np.empty(n), kinds, np.empty(n), np.empty(n), arms, starts)
    table = Table(np.empty(n), np.empty(n), np.empty((n, 2)), np.empty(n), np.empty(n))
    weights, at_risk = np.empty((n_weights, n)), np.empty(2)
    for row in range(patients.entry.shape[0]):
        leaves = put_in_order(patients, row, ordered)
        for look in range(plan.events.shape[0]):
            cut = sums.cut[row, look] = cut_of(plan, look, patients.happened[row], leaves)
            for s in range(n_strata):
                last = enter(ordered, s, cut, at_risk)
                sums.patients[row, look, 0] += int(at_risk[0])
                sums.patients[row, look, 1] += int(at_risk[1])
                n_times = tabulate(ordered, s, cut, last, at_risk, table)
                for w in range(n_weights):
                    weigh(plan, w, table, n_times, weights)
                add_up(sums, row, look, table, n_times, weights)

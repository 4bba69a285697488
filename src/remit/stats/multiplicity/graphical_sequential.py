r"""Graphical procedure over the looks of a trial: each hypothesis group-sequential, with its own spending.

After Maurer and Bretz (2013). While hypothesis i has the weight :math:`w_i` it is tested group-sequentially
at level :math:`w_i\alpha`: its spending function says what of that may be spent by the information it has at
a look, and its nominal level there is

.. math:: \alpha^*_{ik}(\gamma) = 1 - \Phi(b_k), \qquad
    P\left(Z_1 < b_1, \dots, Z_{k-1} < b_{k-1}, Z_k \ge b_k\right) = a_i(\gamma, t_k) - a_i(\gamma, t_{k-1}),

with all bounds :math:`b_1, \dots, b_k` of the present level :math:`\gamma = w_i\alpha`. When one is rejected
its weight goes to others as in ``graph``, and the look is gone through again with the new levels.

A look that is past stays as it was: nothing is rejected for what it would have shown at a level that came
later (**not retroactive**). Only what is analysed at the present look can be rejected there. For an endpoint
whose last analysis is done that analysis can be repeated at a later look, with the same information and the
same p-value, which must then be given again.

The family-wise error is at most alpha, however hypotheses depend on each other, if bounds do not rise with
the level. They do not if what is spent at each look does not fall with it: so it is for every function
proportional to the level, and for that of Lan and DeMets in O'Brien and Fleming's manner if the level is at
most :math:`2\Phi(-1) = 0.317`, since :math:`\partial a/\partial\gamma = \varphi(z/\sqrt t)/(\sqrt
t\,\varphi(z))` increases in t for :math:`z = z_{\gamma/2} \ge 1`. What it does not guard: information
fractions chosen with a view to the results.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.multiplicity.graph import Graph, alpha_findings, is_reached, p_value_findings, without
from remit.stats.multiplicity.intersections import intersection_weights, settle
from remit.stats.multiplicity.schedule import Schedule, nominal_level, repeated_findings, schedule_findings

MOST_ALPHA = 2 * float(ndtr(-1.0))
"""Largest level at which bounds of every spending function fall with the level."""


@dataclass(frozen=True, slots=True)
class GraphLook:
    """What a look decided; arrays of shape (n,).

    ``level`` is the weight of each hypothesis times alpha when it was last tested at the look, ``nominal``
    the level its p-value was compared with: NaN for what had been rejected before or was not analysed.
    ``rejected`` has names in order; ``after`` is the graph that is left.
    """

    number: int
    level: Floats
    nominal: Floats
    rejected: tuple[str, ...]
    after: Graph


@dataclass(frozen=True, slots=True)
class GraphicalSequentialTest:
    """Decisions over all looks; ``rejected_at``, shape (n,), is the number of the look, 0 for never."""

    graph: Graph
    alpha: float
    looks: tuple[GraphLook, ...]
    rejected_at: Integers

    @property
    def rejected(self) -> Booleans:
        """Whether each hypothesis is rejected, shape (n,)."""
        return self.rejected_at > 0


def graphical_sequential_test(
    whole: Graph, schedules: Sequence[Schedule], p_values: Floats, alpha: float
) -> GraphicalSequentialTest:
    """Decisions look by look; Maurer and Bretz (2013), algorithm 1.

    Parameters
    ----------
    whole
        The graph.
    schedules
        One for each hypothesis, in the order of the graph.
    p_values
        One-sided and nominal, shape (n_looks, n), NaN where a hypothesis is not analysed. Those of hypotheses
        that are rejected do not matter any more.
    alpha
        Family-wise error, above 0 and below 0.317.

    Raises
    ------
    InputError
        With every finding: numbers that do not fit, information that falls, an analysis repeated with another
        p-value, a family that is no spending function.
    """
    p = np.asarray(p_values, dtype=np.float64)
    _check(whole, schedules, p, alpha, p.shape[:1])
    rejected_at = np.zeros(whole.n_hypotheses, dtype=np.int64)
    now, looks = whole, list[GraphLook]()
    for look in range(1, p.shape[0] + 1):
        each = _one_look(now, schedules, look, np.where(rejected_at > 0, np.nan, p[look - 1]), alpha)
        rejected_at[[whole.hypotheses.index(name) for name in each.rejected]] = look
        looks.append(each)
        now = each.after
    return GraphicalSequentialTest(whole, alpha, tuple(looks), rejected_at)


def _one_look(now: Graph, schedules: Sequence[Schedule], look: int, p: Floats, alpha: float) -> GraphLook:
    """Rejections of one look, one after the other, the clearest first."""
    level, nominal = np.full(p.size, np.nan), np.full(p.size, np.nan)
    left, rejected = ~np.isnan(p), list[str]()
    while left.any():
        level[left] = now.weights[left] * alpha
        for j in range(p.size):
            if left[j]:
                nominal[j] = nominal_level(schedules[j], look, float(level[j]))
        tested = left & (nominal > 0)
        ratio = np.full(p.size, np.inf)
        np.divide(p, nominal, out=ratio, where=tested)
        place = int(ratio.argmin())
        if not is_reached(ratio[place], 1.0):
            break
        rejected.append(now.hypotheses[place])
        left[place], now = False, without(now, place)
    return GraphLook(look, level, nominal, tuple(rejected), now)


def rejections_over_looks(
    whole: Graph, schedules: Sequence[Schedule], p_values: Floats, alpha: float
) -> Integers:
    """Look at which each hypothesis is rejected, 0 for never, in many trials with one schedule.

    Parameters
    ----------
    whole, schedules, alpha
        As for :func:`graphical_sequential_test`.
    p_values
        Shape (n_replicates, n_looks, n).

    Returns
    -------
    Shape (n_replicates, n).

    Raises
    ------
    InputError
        As :func:`graphical_sequential_test`; more than 14 hypotheses.
    """
    p = np.asarray(p_values, dtype=np.float64)
    _check(whole, schedules, p, alpha, p.shape[:2])
    n, (replicates, looks) = whole.n_hypotheses, p.shape[:2]
    weights = intersection_weights(whole)
    left = np.full(replicates, 2**n - 1)
    at = np.zeros((replicates, n), dtype=np.int64)
    for look in range(1, looks + 1):
        before = left.copy()
        settle(left, p[:, look - 1], _nominal_levels(schedules, look, weights * alpha))
        at[((before[:, None] ^ left[:, None]) >> np.arange(n) & 1) > 0] = look
    return at


def _nominal_levels(schedules: Sequence[Schedule], look: int, levels: Floats) -> Floats:
    """Nominal level of each hypothesis in each intersection, shape (2**n, n); 0 where it is not analysed."""

    @cache
    def one(j: int, level: float) -> float:
        return nominal_level(schedules[j], look, level)

    nominal = np.array([[one(j, float(x)) for j, x in enumerate(row)] for row in levels])
    return np.nan_to_num(nominal, nan=0.0)


def _check(
    whole: Graph, schedules: Sequence[Schedule], p_values: Floats, alpha: float, rows: tuple[int, ...]
) -> None:
    found = list(_findings(whole, schedules, p_values, alpha, rows))
    if found:
        raise InputError(found)


def _findings(
    whole: Graph, schedules: Sequence[Schedule], p_values: Floats, alpha: float, rows: tuple[int, ...]
) -> Iterator[Finding]:
    """What is wrong with schedules and p-values, the last dimensions of which are looks and hypotheses."""
    n = whole.n_hypotheses
    yield from alpha_findings(alpha, MOST_ALPHA)
    if len(schedules) != n:
        yield Finding("schedules", f"{len(schedules)}", f"one for each of {n} hypotheses")
        return
    shaped = list(p_value_findings(p_values, (*rows, n)))
    yield from shaped
    if shaped:
        return
    for name, schedule in zip(whole.hypotheses, schedules, strict=True):
        yield from schedule_findings(name, schedule, rows[-1])
    if all(len(each.information) == rows[-1] for each in schedules):
        yield from _p_values(whole.hypotheses, schedules, p_values)


def _p_values(names: Sequence[str], schedules: Sequence[Schedule], p_values: Floats) -> Iterator[Finding]:
    """p-values are of analyses with information, and one analysis has one."""
    informed = ~np.isnan(np.array([each.information for each in schedules], dtype=np.float64)).T
    for look, place in np.argwhere(
        (~np.isnan(p_values)).reshape(-1, *informed.shape).any(axis=0) & ~informed
    ):
        yield Finding(
            f"p_values of {names[place]}",
            f"a p-value at look {look + 1}",
            "none: it has no information there",
        )
    for place, (name, schedule) in enumerate(zip(names, schedules, strict=True)):
        yield from repeated_findings(name, schedule, p_values[..., place])

"""Weights of every intersection of hypotheses, the closed test behind a graph; decisions for many trials."""

import numpy as np

from remit.errors import InputError, problem
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.multiplicity.graph import Graph, alpha_findings, is_reached, p_value_findings, without

MOST = 14
"""Hypotheses of which all intersections, 16384, are listed."""


def intersection_weights(whole: Graph) -> Floats:
    """Weight of each hypothesis in the test of each intersection, shape (2**n, n).

    Row r is of the intersection of the hypotheses j whose bit, ``r >> j & 1``, is set: what is left of the
    graph when all others have been rejected. The weighted Bonferroni test rejects the intersection if a
    p-value is at most its weight times alpha; the closed test rejects a hypothesis if every intersection that
    holds it is rejected (Marcus, Peritz and Gabriel 1976), and so does the graphical procedure.

    Raises
    ------
    InputError
        If there are more than 14 hypotheses.
    """
    n = whole.n_hypotheses
    if n > MOST:
        raise problem(
            "graph", f"{n} hypotheses", f"at most {MOST}", "graphical_test, one trial after the other"
        )
    graphs: list[Graph] = [whole] * 2**n
    for row in range(2**n - 2, -1, -1):
        gone = next(j for j in range(n) if not row >> j & 1)
        graphs[row] = without(graphs[row | 1 << gone], gone)
    return np.array([each.weights for each in graphs])


def rejections(whole: Graph, p_values: Floats, alpha: float) -> Booleans:
    """Decisions of the graphical procedure for many trials, shape (n_replicates, n).

    Parameters
    ----------
    whole
        The graph.
    p_values
        One-sided, shape (n_replicates, n); NaN is not rejected.
    alpha
        Family-wise error, in (0, 1).

    Raises
    ------
    InputError
        With every finding: shapes that do not fit, p-values outside [0, 1], alpha outside (0, 1).
    """
    p = np.asarray(p_values, dtype=np.float64)
    found = [*p_value_findings(p, (*p.shape[:1], whole.n_hypotheses)), *alpha_findings(alpha)]
    if found:
        raise InputError(found)
    weights = intersection_weights(whole)
    left = np.full(p.shape[0], weights.shape[0] - 1)
    settle(left, p, weights * alpha)
    return ~is_left(left, whole.n_hypotheses)


def settle(left: Integers, p_values: Floats, levels: Floats) -> None:
    """Reject until nothing more can be, where the hypotheses left are written as bits and change in place.

    Parameters
    ----------
    left
        Hypotheses not rejected, shape (n_replicates,), as rows of ``intersection_weights``.
    p_values
        Shape (n_replicates, n).
    levels
        Level of each hypothesis in each intersection, shape (2**n, n).
    """
    bits = 1 << np.arange(p_values.shape[1])
    while True:
        # A level of zero rejects nothing, not even a p-value of zero: it has no weight.
        found = is_reached(p_values, levels[left]) & (levels[left] > 0) & is_left(left, bits.size)
        if not found.any():
            return
        left -= found @ bits


def is_left(left: Integers, n: int) -> Booleans:
    """Whether each hypothesis is left, shape (n_replicates, n)."""
    return (left[:, None] >> np.arange(n) & 1) > 0

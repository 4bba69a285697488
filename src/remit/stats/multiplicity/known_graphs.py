"""Procedures with a name, as graphs."""

from collections.abc import Sequence

import numpy as np

from remit.stats.estimate import Floats
from remit.stats.multiplicity.graph import Graph, graph


def holm(hypotheses: Sequence[str], weights: Sequence[float] | Floats | None = None) -> Graph:
    """Holm's procedure (1979), weighted if weights are given: arrows to all others in proportion to weights.

    Raises
    ------
    InputError
        As :func:`~remit.stats.multiplicity.graph.graph`.
    """
    n = len(hypotheses)
    share = np.full(n, 1 / max(n, 1)) if weights is None else np.asarray(weights, dtype=np.float64)
    others = np.tile(share, (n, 1))
    np.fill_diagonal(others, 0.0)
    total = others.sum(axis=1, keepdims=True)
    return graph(hypotheses, share, others / np.where(total > 0, total, 1.0))


def fixed_sequence(hypotheses: Sequence[str]) -> Graph:
    """Hierarchical testing: each at the whole alpha, in the order given, until one is not rejected.

    Raises
    ------
    InputError
        As :func:`~remit.stats.multiplicity.graph.graph`.
    """
    n = len(hypotheses)
    return graph(hypotheses, np.eye(max(n, 1))[0][:n], np.eye(n, k=1))


def fallback(hypotheses: Sequence[str], weights: Sequence[float] | Floats) -> Graph:
    """Fallback procedure of Wiens (2003): the weight of a rejected hypothesis goes to the next.

    Raises
    ------
    InputError
        As :func:`~remit.stats.multiplicity.graph.graph`.
    """
    return graph(hypotheses, weights, np.eye(len(hypotheses), k=1))


def parallel_gatekeeping(gate: Sequence[str], secondary: Sequence[str]) -> Graph:
    """Bonferroni gate whose weights go, in equal shares, to secondary hypotheses tested by Holm's procedure.

    After Dmitrienko, Offen and Westfall (2003), as a graph in Bretz et al. (2009): each rejection in the gate
    opens its share of alpha to the secondary hypotheses.

    Raises
    ------
    InputError
        As :func:`~remit.stats.multiplicity.graph.graph`.
    """
    first, second = len(gate), len(secondary)
    arrows = np.zeros((first + second, first + second))
    arrows[:first, first:] = 1 / max(second, 1)
    arrows[first:, first:] = (1 - np.eye(second)) / max(second - 1, 1)
    weights = np.concatenate([np.full(first, 1 / max(first, 1)), np.zeros(second)])
    return graph([*gate, *secondary], weights, arrows)

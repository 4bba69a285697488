r"""Graphical procedure: hypotheses with weights, and where the weight of one goes when it is rejected.

After Bretz, Maurer, Brannath and Posch (2009). Each hypothesis i is tested at :math:`w_i\alpha`. If one is
rejected it leaves the graph: its weight goes to the others along its arrows, and its arrows are joined to
theirs,

.. math:: w_j \leftarrow w_j + w_i g_{ij}, \qquad
    g_{jk} \leftarrow \frac{g_{jk} + g_{ji} g_{ik}}{1 - g_{ji} g_{ij}} \quad (j \ne k),

zero where :math:`g_{ji} g_{ij} = 1`. This goes on until nothing can be rejected. It is a shortcut of a closed
test with weighted Bonferroni tests of every intersection, so that the family-wise error is at most
:math:`\alpha` whichever hypotheses are true and however the tests depend on each other. The order of
rejections does not matter. Holm's procedure, a fixed sequence, the fallback procedure and gatekeeping are
graphs (``known_graphs``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats

ROUNDING = 1e-12
"""Sums and products this near to one are one, and a p-value this little above its level is at it."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Hypotheses, their weights, and where weights go. Made by :func:`graph`, which checks it.

    Parameters
    ----------
    hypotheses
        Names, shape (n,).
    weights
        Share of alpha of each, shape (n,); zero or more, together at most one.
    transitions
        Shape (n, n): row i is what share of the weight of i each other one gets when i is rejected. Zero on
        the diagonal, zero or more elsewhere, rows together at most one; what is missing to one is lost.
    """

    hypotheses: tuple[str, ...]
    weights: Floats
    transitions: Floats

    @property
    def n_hypotheses(self) -> int:
        """Number of hypotheses, those without weight included."""
        return len(self.hypotheses)


@dataclass(frozen=True, slots=True)
class Step:
    """One rejection: of which hypothesis, at what level, and the graph that is left.

    ``level`` is its weight times alpha when it was rejected. In ``after`` what has left has no weight and no
    arrows.
    """

    hypothesis: str
    p_value: float
    level: float
    after: Graph


@dataclass(frozen=True, slots=True)
class GraphicalTest:
    """Decisions of a graphical procedure, arrays of shape (n,) in the order of the graph.

    ``adjusted`` is the smallest alpha at which a hypothesis would be rejected, 1 where none would do and NaN
    where the p-value is; ``path`` has the rejections in an order in which they can be made.
    """

    graph: Graph
    alpha: float
    adjusted: Floats
    rejected: Booleans
    path: tuple[Step, ...]


def graph(
    hypotheses: Sequence[str],
    weights: Sequence[float] | Floats,
    transitions: Sequence[Sequence[float]] | Floats,
) -> Graph:
    """A graph, checked; arguments as in :class:`Graph`.

    Raises
    ------
    InputError
        With every finding: a name that stands twice, weights or arrows that are negative, not finite, too
        many, or add up to more than one, an arrow from a hypothesis to itself.
    """
    names = tuple(hypotheses)
    share, arrows = np.asarray(weights, dtype=np.float64), np.asarray(transitions, dtype=np.float64)
    found = list(_findings(names, share, arrows))
    if found:
        raise InputError(found)
    return Graph(names, share, arrows)


def _findings(names: tuple[str, ...], weights: Floats, arrows: Floats) -> Iterator[Finding]:
    n = len(names)
    if n == 0 or len(set(names)) != n:
        yield Finding("hypotheses", ", ".join(names) or "none", "at least one name, each once")
    if weights.shape != (n,):
        yield Finding("weights", f"shape {weights.shape}", f"one for each of {n} hypotheses")
    elif not ((weights >= 0).all() and weights.sum() <= 1 + ROUNDING):
        yield Finding(
            "weights", str(weights.tolist()), "none below 0, and a sum of at most 1", "divide by their sum"
        )
    if arrows.shape != (n, n):
        yield Finding("transitions", f"shape {arrows.shape}", f"({n}, {n}), a row for each hypothesis")
        return
    for name, row, own in zip(names, arrows, arrows.diagonal(), strict=True):
        if own != 0:
            yield Finding(f"transitions of {name}", f"{own:g} to itself", "0")
        if not ((row >= 0).all() and row.sum() <= 1 + ROUNDING):
            yield Finding(f"transitions of {name}", str(row.tolist()), "none below 0, and a sum of at most 1")


def without(whole: Graph, place: int) -> Graph:
    """The graph after one hypothesis was rejected, by its place; it stays, without weight and arrows."""
    g, out, into = whole.transitions, whole.transitions[place], whole.transitions[:, place]
    back = into * out
    joined = g + np.outer(into, out)
    # Of a pair that sends all to each other nothing goes elsewhere.
    elsewhere = back < 1 - ROUNDING
    arrows = np.where(elsewhere[:, None], joined / np.where(elsewhere, 1 - back, 1.0)[:, None], 0.0)
    np.fill_diagonal(arrows, 0.0)
    arrows[place] = arrows[:, place] = 0.0
    # Sums of shares may pass one by rounding.
    arrows /= np.maximum(arrows.sum(axis=1, keepdims=True), 1.0)
    weights = whole.weights + whole.weights[place] * out
    weights[place] = 0.0
    return Graph(whole.hypotheses, weights, arrows)


def graphical_test(whole: Graph, p_values: Sequence[float] | Floats, alpha: float) -> GraphicalTest:
    r"""Adjusted p-values, decisions and the path to them; Bretz et al. (2009), algorithms 1 and 2.

    In each step the hypothesis with the smallest :math:`p_j/w_j` leaves; its adjusted p-value is that ratio
    or the largest before it.

    Parameters
    ----------
    whole
        The graph.
    p_values
        One-sided, unadjusted, shape (n,). A hypothesis with NaN is not tested: it keeps its weight.
    alpha
        Family-wise error, in (0, 1).

    Raises
    ------
    InputError
        With every finding: p-values that are too many, or outside [0, 1]; alpha outside (0, 1).
    """
    p = np.asarray(p_values, dtype=np.float64)
    found = [*p_value_findings(p, (whole.n_hypotheses,)), *alpha_findings(alpha)]
    if found:
        raise InputError(found)
    adjusted = np.where(np.isnan(p), np.nan, 1.0)
    left, now, largest = ~np.isnan(p), whole, 0.0
    path: list[Step] = []
    while (left & (now.weights > 0)).any():
        ratio = np.full(p.size, np.inf)
        np.divide(p, now.weights, out=ratio, where=left & (now.weights > 0))
        place = int(ratio.argmin())
        largest = max(largest, float(ratio[place]))
        adjusted[place] = min(largest, 1.0)
        level, now = float(now.weights[place]) * alpha, without(now, place)
        left[place] = False
        if is_reached(largest, alpha):
            path.append(Step(whole.hypotheses[place], float(p[place]), level, now))
    return GraphicalTest(whole, alpha, adjusted, is_reached(adjusted, alpha), tuple(path))


def is_reached(p_value: Floats | float, level: Floats | float) -> Booleans:
    """Whether a p-value, not NaN, is at most its level, or above it by rounding; of their shape."""
    return np.asarray(np.asarray(p_value) <= np.asarray(level) * (1 + ROUNDING))


def p_value_findings(p_values: Floats, shape: tuple[int, ...]) -> Iterator[Finding]:
    """What is wrong with p-values that are to have a shape."""
    if p_values.shape != shape:
        yield Finding("p_values", f"shape {p_values.shape}", f"shape {shape}")
        return
    wrong = p_values[~(np.isnan(p_values) | ((p_values >= 0) & (p_values <= 1)))]
    if wrong.size:
        shown = ", ".join(f"{each:g}" for each in wrong[:5])
        yield Finding("p_values", shown, "numbers from 0 to 1, NaN for what is not tested")


def alpha_findings(alpha: float, most: float = 1.0) -> Iterator[Finding]:
    """What is wrong with a family-wise error."""
    if not 0 < alpha < most:
        yield Finding("alpha", f"{alpha:g}", f"a one-sided error above 0 and below {most:.3g}", "0.025")

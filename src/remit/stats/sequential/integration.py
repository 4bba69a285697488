r"""Recursive numerical integration: the probability that statistics leave their bounds at each look.

The standardised statistics of a group-sequential trial have the canonical joint distribution: normal, with
mean :math:`\theta\sqrt{I_k}`, variance one, and covariance :math:`\sqrt{I_j / I_k}` for :math:`j \le k`.
Given where a trial stands at one look the next is a normal step, so that the density of the trials that go on
is carried from look to look, after Armitage, McPherson and Rowe (1969):

.. math:: f_k(z) = \int_{a_{k-1}}^{b_{k-1}} f_{k-1}(x)\;
    \phi\!\left(\frac{z\sqrt{I_k} - x\sqrt{I_{k-1}} - \theta\,\Delta_k}{\sqrt{\Delta_k}}\right)
    \sqrt{\frac{I_k}{\Delta_k}}\,dx, \qquad \Delta_k = I_k - I_{k-1}

Where Jennison and Turnbull (2000), chapter 19, use Simpson's rule on one grid, panels of Gauss and Legendre
are used here. They are as narrow as the density asks for: it is cut at a bound, and a step blurs that cut
over its own standard deviation, so that panels are narrow around earlier bounds and wide elsewhere.

Every term is positive, so that a probability keeps its relative accuracy, 1e-11 or better, however small
it is, down to the smallest double. Looks as close as 1e-8 of the information are followed: the density is
then computed at few points and read between them.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtr

from remit.stats.estimate import Floats, Integers

ROOTS = np.polynomial.legendre.leggauss(16)
"""Nodes of a panel and their weights."""
FAR = 9.0
"""Standard deviations from its mean beyond which a statistic is not followed: a probability below 1e-18."""
REACH = 38.0
"""The same on the side of a finite bound, where little may be what is asked for: none in a double."""
PANEL = 2.5
"""Width of a panel in standard deviations: of the statistic, or of what is narrower there."""
PER_SQUARE_ROOT = 1 / np.sqrt(2 * np.pi)
NOTHING = 1e-18
"""Share of the trials that go on too small to look for their successors, where there is no bound."""
TINY = 1e-300
MANY = 300
"""Number of nodes from which on a narrow step looks only at its neighbours."""
TOGETHER = 16, 16_000
"""Most points whose density is computed at once, and most nodes times points where nodes are many."""
AT_ONCE = 8
"""Most parts that a panel is divided into at once: in more of them a cut would not be near all."""
NO_CUTS = np.zeros((0, 2))


@dataclass(frozen=True, slots=True)
class Going:
    """The trials that go on after a look: where their statistic stands, and how probable that is.

    ``z``, increasing, and ``mass`` have shape (n_nodes,); ``mass`` is density times the weight of its node.
    ``drift`` is the effect per unit of information, ``information`` that of the look. ``cuts``, shape
    (n_cuts, 2), are the bounds at which trials have left, as z at this look, and the standard deviations over
    which steps have blurred them since.
    """

    information: float
    drift: float
    z: Floats
    mass: Floats
    cuts: Floats = field(default_factory=lambda: NO_CUTS)

    @property
    def probability(self) -> float:
        """That a trial goes on."""
        return float(self.mass.sum())


def begin(drift: float) -> Going:
    """Before the first look: no information, and everyone goes on."""
    return Going(0.0, drift, np.zeros(1), np.ones(1))


def step(before: Going, information: float) -> tuple[Floats, float]:
    """Mean of the next statistic from each node, and the standard deviation of the step."""
    more = information - before.information
    root = np.sqrt(information)
    mean = (before.z * np.sqrt(before.information) + before.drift * more) / root
    return mean, float(np.sqrt(more) / root)


def above(before: Going, information: float, bound: float) -> float:
    """Probability of going on until a look and being at or above a bound there."""
    near = _near(before, information, bound, REACH)
    mean, sd = step(_only(before, near), information)
    return float(before.mass[near] @ ndtr((mean - bound) / sd) + before.mass[near.stop :].sum())


def below(before: Going, information: float, bound: float) -> float:
    """Probability of going on until a look and being at or below a bound there."""
    near = _near(before, information, bound, REACH)
    mean, sd = step(_only(before, near), information)
    return float(before.mass[near] @ ndtr((bound - mean) / sd) + before.mass[: near.start].sum())


def density(before: Going, information: float, z: Floats) -> Floats:
    """Density of the statistic at a look among trials that go on until it, of the shape of ``z``."""
    at = np.asarray(z, dtype=np.float64)
    most, pairs = TOGETHER
    together = at.size if before.z.size < MANY else max(1, min(most, pairs // before.z.size))
    parts = np.array_split(at.ravel(), max(1, -(-at.size // max(together, 1))))
    return np.concatenate([_density(before, information, each) for each in parts]).reshape(at.shape)


def _density(before: Going, information: float, z: Floats) -> Floats:
    """Density at points so near to each other, and increasing, that they have neighbours in common."""
    near = _near(before, information, z, FAR)
    mean, sd = step(_only(before, near), information)
    away = (z[:, None] - mean) / sd
    return PER_SQUARE_ROOT / sd * (np.exp(-0.5 * away * away) @ before.mass[near])


def _near(before: Going, information: float, z: Floats | float, reach: float) -> slice:
    """Nodes from which points are within reach, neither sure to be passed nor too far; all if few."""
    if before.z.size < MANY:
        return slice(0, before.z.size)
    more = information - before.information
    origin = (np.asarray(z) * np.sqrt(information) - before.drift * more) / np.sqrt(before.information)
    wide = reach * np.sqrt(more / before.information)
    first, last = np.searchsorted(before.z, [origin.min() - wide, origin.max() + wide])
    return slice(int(first), int(last))


def _only(going: Going, these: slice) -> Going:
    return Going(going.information, going.drift, going.z[these], going.mass[these])


def blurred(before: Going, information: float) -> Floats:
    """Cuts of earlier bounds as they are at a look, shape (n_cuts, 2); without those as wide as it is."""
    place, blur = before.cuts.T
    more, root = information - before.information, np.sqrt(information)
    place = (place * np.sqrt(before.information) + before.drift * more) / root
    blur = np.sqrt(blur**2 * before.information + more) / root
    return np.column_stack([place, blur])[blur < 1]


def within(
    before: Going,
    information: float,
    low: float,
    high: float,
    following: float | None = None,
    margin: float = 0.0,
) -> Going:
    """The trials that go on after a look: those strictly between two bounds.

    Parameters
    ----------
    before
        Those that went on until then.
    information
        At this look; more than before.
    low, high
        Bounds of going on, infinite where there is none.
    following
        Information of the next look, where it is known: a small increment asks for a finer grid.
    margin
        By how much the drifts that the result will be ``tilted`` to may differ from its own.
    """
    mean, sd = step(before, information)
    lowest, highest = _followed(before, mean, sd, low, high)
    more = margin * float(np.sqrt(information))
    lowest, highest = max(low, lowest - more), min(high, highest + more)
    if not lowest < highest:
        return Going(information, before.drift, np.zeros(1), np.zeros(1))
    cuts = blurred(before, information)
    center = before.drift * float(np.sqrt(information))
    edges = _edges(lowest, highest, cuts, max(center - lowest, highest - center))
    finest = 1.0 if following is None else min(1.0, np.sqrt((following - information) / information))
    parts = np.ceil(np.diff(edges) / (PANEL * finest) - 1e-9).astype(np.int64)
    coarse, weight = _nodes(edges)
    known = density(before, information, coarse)
    z, mass = (coarse, known * weight) if parts.max() == 1 else _refined(edges, parts, known)
    new = [[bound, 0.0] for bound in (low, high) if np.isfinite(bound)]
    return Going(information, before.drift, z, mass, np.concatenate([cuts, *np.array(new).reshape(-1, 1, 2)]))


def _followed(before: Going, mean: Floats, sd: float, low: float, high: float) -> tuple[float, float]:
    """Part of the interval between two bounds where trials are followed."""
    solid = mean[before.mass > NOTHING * before.probability]
    if not solid.size:
        return 0.0, 0.0
    lowest = max(low, float(mean[0]) - REACH * sd) if np.isfinite(low) else float(solid[0]) - FAR * sd
    highest = min(high, float(mean[-1]) + REACH * sd) if np.isfinite(high) else float(solid[-1]) + FAR * sd
    return lowest, highest


def _edges(lowest: float, highest: float, cuts: Floats, steep: float) -> Floats:
    """Edges of panels in which a density with such cuts is a polynomial, to the accuracy of a double.

    A panel that a cut reaches is divided until it is narrow beside the blur. Where the logarithm of the
    density changes by ``steep`` in a standard deviation the blurred cut has moved by that times the variance.
    """
    place, blur = cuts.T
    reach = FAR * blur + steep * blur**2
    edges = np.linspace(lowest, highest, 1 + int(np.ceil((highest - lowest) / PANEL)))
    while True:
        left, right = edges[:-1, None], edges[1:, None]
        touched = (left < place + reach) & (right > place - reach)
        allowed = np.where(touched, PANEL * blur, PANEL).min(axis=1, initial=PANEL)
        parts = np.ceil(np.diff(edges) / allowed - 1e-9).astype(np.int64)
        if (parts <= 1).all():
            return edges
        edges = _divided(edges, np.where(parts > AT_ONCE, 2, parts))


def _divided(edges: Floats, parts: Integers) -> Floats:
    """Edges where each panel has its number of equal parts."""
    before = np.concatenate([np.arange(n) / n for n in parts.tolist()])
    return np.append(np.repeat(edges[:-1], parts) + np.repeat(np.diff(edges), parts) * before, edges[-1])


def _nodes(edges: Floats) -> tuple[Floats, Floats]:
    """Nodes, increasing, and weights of the panels between edges."""
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half + half * ROOTS[0]).ravel(), (half * ROOTS[1]).ravel()


def _refined(edges: Floats, parts: Integers, density: Floats) -> tuple[Floats, Floats]:
    """Nodes and mass where each panel has its number of equal parts, from the density at its own nodes.

    The density is as smooth as the steps that made it, however narrow the next one is.
    """
    known = np.log(np.maximum(density, TINY)).reshape(parts.size, -1)
    size, first = ROOTS[0].size, np.concatenate([[0], np.cumsum(parts)])
    z, weight = _nodes(_divided(edges, parts))
    logs = np.empty(z.size)
    for n in np.unique(parts):
        rows = np.flatnonzero(parts == n)
        at = size * first[rows, None] + np.arange(size * n)
        logs[at] = known[rows] @ _between(int(n)).T
    return z, weight * np.exp(logs)


def _between(parts: int) -> Floats:
    """Matrix from values at the nodes of a panel to those at the nodes of its equal parts (barycentric)."""
    nodes = ROOTS[0]
    gaps = nodes[:, None] - nodes
    np.fill_diagonal(gaps, 1.0)
    weights = 1 / gaps.prod(axis=1)
    at, _ = _nodes(np.linspace(-1.0, 1.0, parts + 1))
    away = at[:, None] - nodes
    exact = away == 0
    terms = weights / np.where(exact, 1.0, away)
    return np.where(exact.any(axis=1)[:, None], exact, terms / terms.sum(axis=1)[:, None])


@dataclass(frozen=True, slots=True)
class Exits:
    """Probabilities of leaving by the upper and by the lower bound at each look, shape (n_looks,)."""

    upper: Floats
    lower: Floats

    @property
    def stays(self) -> float:
        """Probability of leaving by neither."""
        return float(1 - self.upper.sum() - self.lower.sum())


def goings(
    information: Floats, lower: Floats, upper: Floats, drift: float, margin: float = 0.0
) -> tuple[Going, ...]:
    """The trials that come to each look, n_looks of them, the first ``begin``; arguments as for ``exits``."""
    path = [begin(drift)]
    for k in range(len(information) - 1):
        now, following = float(information[k]), float(information[k + 1])
        path.append(within(path[-1], now, float(lower[k]), float(upper[k]), following, margin))
    return tuple(path)


def tilted(going: Going, drift: float) -> Going:
    r"""The same trials under another drift, by the ratio of likelihoods of their statistic.

    .. math:: \exp\left((\theta - \theta_0)\, z \sqrt{I} - (\theta^2 - \theta_0^2)\, I / 2\right)

    The statistic is sufficient, so that what happened before it needs no second integration. The nodes
    must reach where the other drift leads: see the margin of ``within``.
    """
    score = going.z * np.sqrt(going.information)
    ratio = (drift - going.drift) * score - (drift**2 - going.drift**2) * going.information / 2
    return replace(going, drift=drift, mass=going.mass * np.exp(ratio))


def leave(path: tuple[Going, ...], information: Floats, lower: Floats, upper: Floats, drift: float) -> Exits:
    """Where trials leave under a drift, from the ``goings`` of one nearby."""
    under = [tilted(each, drift) for each in path]
    looks = list(zip(under, information, lower, upper, strict=True))
    return Exits(
        np.array([above(going, float(now), float(high)) for going, now, _, high in looks]),
        np.array([below(going, float(now), float(low)) for going, now, low, _ in looks]),
    )


def exits(information: Floats, lower: Floats, upper: Floats, drift: float) -> Exits:
    """Where trials leave: at or above ``upper``, at or below ``lower``.

    Parameters
    ----------
    information
        At each look, increasing, above zero; shape (n_looks,).
    lower, upper
        Bounds of the standardised statistic at each look, infinite where there is none; where they are equal
        every trial leaves. Shape (n_looks,).
    drift
        Effect per unit of information: the expected statistic at a look is ``drift * sqrt(information)``.
    """
    return leave(goings(information, lower, upper, drift), information, lower, upper, drift)

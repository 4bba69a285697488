r"""Recursive numerical integration: the probability that a sequence of statistics leaves its bounds at each look.

The standardised statistics of a group-sequential trial have the canonical joint distribution: normal, with
mean :math:`\theta\sqrt{I_k}`, variance one, and covariance :math:`\sqrt{I_j / I_k}` for :math:`j \le k`. Given
where a trial stands at one look the next is a normal step, so that densities of the trials that go on are
carried from look to look, after Armitage, McPherson and Rowe (1969). Where Jennison and Turnbull (2000), chapter
19, use Simpson's rule, panels of Gauss and Legendre are used here, as narrow as the step is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from remit.stats.estimate import Floats

ROOTS = np.polynomial.legendre.leggauss(16)
"""Nodes of a panel and their weights."""
FAR = 9.0
"""Standard deviations from its mean beyond which a statistic is not followed: a probability below 1e-18."""
PANEL = 1.5
"""Width of a panel in standard deviations of the narrower of the two: of the statistic, of the next step."""
PER_SQUARE_ROOT = 1 / np.sqrt(2 * np.pi)


@dataclass(frozen=True, slots=True)
class Going:
    """The trials that go on after a look: where their statistic stands, and how probable that is.

    ``z`` and ``mass`` have shape (n_nodes,); ``mass`` is density times the weight of its node. ``drift`` is the
    effect per unit of information, ``information`` that of the look.
    """

    information: float
    drift: float
    z: Floats
    mass: Floats

    @property
    def probability(self) -> float:
        """That a trial goes on."""
        return float(self.mass.sum())


def begin(drift: float) -> Going:
    """Before the first look: no information, and everyone goes on."""
    return Going(0.0, drift, np.zeros(1), np.ones(1))


def _step(before: Going, information: float) -> tuple[Floats, float]:
    """Mean of the next statistic from each node, and the standard deviation of the step."""
    more = information - before.information
    root = np.sqrt(information)
    mean = (before.z * np.sqrt(before.information) + before.drift * more) / root
    return mean, float(np.sqrt(more) / root)


def above(before: Going, information: float, bound: float) -> float:
    """Probability of going on until a look and being at or above a bound there."""
    mean, sd = _step(before, information)
    return float(before.mass @ ndtr((mean - bound) / sd))


def below(before: Going, information: float, bound: float) -> float:
    """Probability of going on until a look and being at or below a bound there."""
    mean, sd = _step(before, information)
    return float(before.mass @ ndtr((bound - mean) / sd))


def density(before: Going, information: float, z: Floats) -> Floats:
    """Density of the statistic at a look among trials that go on until it, of the shape of ``z``."""
    mean, sd = _step(before, information)
    away = (np.asarray(z)[..., None] - mean) / sd
    return PER_SQUARE_ROOT / sd * (np.exp(-0.5 * away * away) @ before.mass)


def within(
    before: Going, information: float, low: float, high: float, following: float | None = None
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
    """
    mean, sd = _step(before, information)
    lowest, highest = max(low, float(mean.min()) - FAR), min(high, float(mean.max()) + FAR)
    if not lowest < highest:
        return Going(information, before.drift, np.zeros(1), np.zeros(1))
    step = sd if following is None else min(sd, np.sqrt((following - information) / information))
    panels = int(np.ceil((highest - lowest) / (PANEL * min(step, 1.0))))
    edges = np.linspace(lowest, highest, panels + 1)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half + half * ROOTS[0]).ravel()
    weight = (half * ROOTS[1]).ravel()
    return Going(information, before.drift, z, weight * density(before, information, z))


@dataclass(frozen=True, slots=True)
class Exits:
    """Probabilities of leaving by the upper and by the lower bound at each look, shape (n_looks,)."""

    upper: Floats
    lower: Floats

    @property
    def stays(self) -> float:
        """Probability of leaving by neither."""
        return float(1 - self.upper.sum() - self.lower.sum())


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
    going = begin(drift)
    up, down = np.zeros(len(information)), np.zeros(len(information))
    ahead = [*(float(each) for each in information[1:]), None]
    for k, (now, low, high) in enumerate(zip(information, lower, upper, strict=True)):
        up[k], down[k] = above(going, float(now), float(high)), below(going, float(now), float(low))
        going = within(going, float(now), float(low), float(high), ahead[k])
    return Exits(up, down)

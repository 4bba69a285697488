"""The bound that is crossed with a given probability at a look."""

import numpy as np
from scipy.special import ndtri

from remit.stats.estimate import Booleans, Floats
from remit.stats.sequential.integration import TINY, Going, above, density, step

ACCURACY = 1e-13
"""Relative accuracy asked of a crossing probability."""
MOST = 100


def upper_bound(before: Going, information: float, probability: float) -> float:
    r"""Bound that trials which go on until a look are at or above with a given probability.

    Newton's method on the logarithm of the probability, which is concave in the bound and so keeps its digits
    where the bound is far out: a first bound with 1e-300 to spend is 37.0.

    Parameters
    ----------
    before
        Trials that go on until the look.
    information
        At the look.
    probability
        Of crossing. Below the smallest that a double can follow, 1e-300, the bound is infinite: nothing is
        spent. At all that go on or more it is minus infinity.
    """
    whole = before.probability
    if probability < TINY:
        return np.inf
    if probability >= whole:
        return -np.inf
    mean, sd = step(before, information)
    reach = -sd * float(ndtri(probability / whole))
    left, right = float(mean[0]) + reach, float(mean[-1]) + reach
    center = before.drift * np.sqrt(information)
    bound = min(max(center - float(ndtri(min(probability, 0.5))), left), right)
    for _ in range(MOST):
        crossed = above(before, information, bound)
        if crossed > probability:
            left = bound
        else:
            right = bound
        slope = float(density(before, information, np.asarray(bound)))
        off = np.log(crossed / probability) if crossed > 0 else -np.inf
        if abs(off) < ACCURACY or right - left < ACCURACY * max(1.0, abs(bound)):
            break
        move = off * crossed / slope if slope > 0 and crossed > 0 else np.inf
        bound = bound + move if left < bound + move < right else (left + right) / 2
    return bound


def lower_bound(before: Going, information: float, probability: float) -> float:
    """Bound that trials which go on until a look are at or below with a given probability."""
    return -upper_bound(mirrored(before), information, probability)


def mirrored(going: Going) -> Going:
    """The same trials with the arms swapped."""
    return Going(
        going.information, -going.drift, -going.z[::-1], going.mass[::-1], going.cuts * np.array([-1.0, 1.0])
    )


def increments(cumulative: Floats, tested: Booleans) -> Floats:
    """What is spent at each look, where one that is not tested leaves its share to the next that is."""
    spent = np.where(tested, cumulative, 0.0)
    return np.diff(np.maximum.accumulate(spent), prepend=0.0)

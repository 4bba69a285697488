"""Distributions between patients, as transforms of standard normal deviates.

Each is monotone in its deviate, so patients can be correlated, and the same deviate means the same rank
under another typical value.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import ArrayLike

from remit.dosing import Floats
from remit.functions import exp, log
from remit.random import logistic, normal_quantile


@dataclass(frozen=True, slots=True)
class Spread:
    """How a value varies between patients around its typical value, the median.

    ``sd`` is on the scale on which the distribution is normal: natural logarithm for ``lognormal``, logit
    for ``logitnormal``, the value's own unit for ``normal``. ``low`` and ``high`` bound ``uniform`` and
    ``loguniform``. ``same_draw_as`` names a parameter whose deviate this one shares. ``at_least`` and
    ``at_most`` cut the distribution, which is rescaled.
    """

    distribution: str
    sd: float = 0.0
    low: float = 0.0
    high: float = 0.0
    same_draw_as: str = ""
    at_least: float = -np.inf
    at_most: float = np.inf


FIXED = Spread("fixed")
SQRT_TWO = sqrt(2.0)


def normal_probability(z: ArrayLike) -> Floats:
    """Standard normal distribution function."""
    flat = np.ravel(z) / -SQRT_TWO
    return 0.5 * np.array([erfc(each) for each in flat]).reshape(np.shape(z))


def values(spread: Spread, typical: float, deviates: Floats) -> Floats:
    """Values of patients with given standard normal deviates, shape of ``deviates``."""
    if np.isfinite(spread.at_least) or np.isfinite(spread.at_most):
        below = _probability(spread, typical, spread.at_least)
        above = 1 - _probability(spread, typical, spread.at_most)
        deviates = normal_quantile(below + (1 - below - above) * normal_probability(deviates))
    match spread.distribution:
        case "lognormal":
            return typical * exp(spread.sd * deviates)
        case "normal":
            return typical + spread.sd * deviates
        case "logitnormal":
            return logistic(log(typical / (1 - typical)) + spread.sd * deviates)
        case "uniform":
            return spread.low + (spread.high - spread.low) * normal_probability(deviates)
        case "loguniform":
            return spread.low * exp(log(spread.high / spread.low) * normal_probability(deviates))
        case _:
            return np.full(deviates.shape, float(typical))


def _probability(spread: Spread, typical: float, value: float) -> float:
    """Probability of a value below ``value``, before any cut."""
    if not np.isfinite(value):
        return 1.0 if value > 0 else 0.0
    scale = {"lognormal": log, "logitnormal": lambda x: log(x / (1 - x))}.get(spread.distribution, float)
    if spread.distribution == "lognormal" and value <= 0:
        return 0.0
    return float(normal_probability((scale(value) - scale(typical)) / spread.sd))


def correlated(first: Floats, second: Floats, correlation: float) -> Floats:
    """A deviate with a given correlation to ``first``, made from an independent ``second``."""
    return correlation * first + np.sqrt(1 - correlation * correlation) * second

"""A ratio of rates or odds whose logarithm is taken as normal: limits, statistic and p-value."""

import numpy as np
from scipy.special import ndtr

from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Comparison, Floats


def wald(method: str, parameter: str, ratio: Floats, variance: Floats, level: float) -> Comparison:
    """Comparison from a ratio and the variance of its logarithm.

    Where the ratio is 0 or infinite it is returned as it is and the rest is NaN: its logarithm has no
    standard error.
    """
    inside = np.isfinite(ratio) & (ratio > 0)
    log = np.log(np.where(inside, ratio, np.nan))
    se = np.sqrt(np.where(inside, variance, np.nan))
    half = critical_value(level) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        z = log / se
    return Comparison(
        method, parameter, np.asarray(ratio), np.exp(log - half), np.exp(log + half), se, z, ndtr(-z), level
    )

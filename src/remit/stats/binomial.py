"""The binomial distribution: its coefficient, and the probabilities of all numbers of responders at once."""

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from remit.stats.estimate import Floats, Integers


def log_choose(n: Floats | float, k: Floats | Integers | float) -> Floats:
    """Logarithm of the binomial coefficient, of the shape of both."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def binomial_probabilities(n: int, p: Floats) -> Floats:
    """Probabilities of 0 to n responders along a last axis, after the axes of the rates ``p``."""
    x = np.arange(n + 1)
    return np.exp(log_choose(n, x) + xlogy(x, p[..., None]) + xlog1py(n - x, -p[..., None]))

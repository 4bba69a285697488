"""Quantiles of a gamma distribution given by its mean and its dispersion."""

import numpy as np
from scipy.special import gammaincinv

from remit.stats.estimate import Floats


def gamma_quantile(chance: Floats, mean: Floats | float, dispersion: float) -> Floats:
    """Quantile of a gamma distribution, of the shape of ``chance``.

    Parameters
    ----------
    chance
        Probabilities in (0, 1).
    mean
        Mean, broadcast against ``chance``.
    dispersion
        Variance over the square of the mean; 0 gives the mean.
    """
    if dispersion == 0:
        return np.asarray(mean + 0.0 * chance)
    shape = 1 / dispersion
    return np.asarray(mean * gammaincinv(shape, chance) / shape)

"""Variance of a response rate when patients are nested in parameter draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo


@dataclass(frozen=True, slots=True)
class NestedProportion:
    """Components of a binary response by draw and patient.

    ``mean`` is the response probability averaged over draws. ``between`` is the variance of the true
    probability of a draw, cleared of the noise of its finite number of patients, and may come out slightly
    negative where there is none. ``within`` is the mean of p(1 - p) over draws, the variance of one patient's
    response. ``draws`` names the draws, ``rate`` holds their observed rates, ``size`` their patients.
    """

    mean: MonteCarlo
    between: MonteCarlo
    within: MonteCarlo
    draws: Integers
    rate: Floats
    size: Integers


def nested_proportion_variance(response: Booleans, draw: Integers) -> NestedProportion:
    r"""Mean, variance between draws and variance within, unbiased for draws of any size above one.

    .. math:: \hat\sigma^2_B = \frac{1}{D-1}\sum_d (\hat p_d - \bar p)^2
        - \frac{1}{D}\sum_d \frac{\hat p_d (1 - \hat p_d)}{N_d - 1}, \qquad
        \hat\sigma^2_W = \frac{1}{D}\sum_d \frac{N_d}{N_d - 1}\,\hat p_d (1 - \hat p_d)

    Parameters
    ----------
    response
        True for a response, shape (n_patients,).
    draw
        Draw of each patient, of the same shape.

    Returns
    -------
    Components with jackknife errors over draws; NaN errors with fewer than three draws, NaN ``between``
    with one.
    """
    names, index = np.unique(draw, return_inverse=True)
    size = np.bincount(index)
    rate = np.bincount(index, weights=response.astype(float)) / size
    return NestedProportion(
        _jackknife(lambda kept: float(rate[kept].mean()), names.size),
        _jackknife(lambda kept: _between(rate[kept], size[kept]), names.size),
        _jackknife(lambda kept: _within(rate[kept], size[kept]), names.size),
        names,
        rate,
        size,
    )


def _noise(rate: Floats, size: Integers) -> Floats:
    """Unbiased variance of each observed rate about its own true one; zero for a single patient."""
    return rate * (1 - rate) / np.maximum(size - 1, 1)


def _between(rate: Floats, size: Integers) -> float:
    if rate.size < 2:
        return np.nan
    return float(rate.var(ddof=1) - _noise(rate, size).mean())


def _within(rate: Floats, size: Integers) -> float:
    return float((size * _noise(rate, size)).mean())


def _jackknife(statistic: Callable[[Booleans], float], n: int) -> MonteCarlo:
    """A statistic of draws with the standard error that leaving out one draw at a time gives."""
    value = statistic(np.ones(n, dtype=bool))
    if n < 3:
        return MonteCarlo(value, np.nan)
    return MonteCarlo(value, jackknife_error(np.array([statistic(np.arange(n) != one) for one in range(n)])))


def jackknife_error(left_out: Floats) -> float:
    """Standard error of a statistic from its values with one group left out at a time.

    NaN with fewer than three groups; infinite where leaving one out makes it infinite.
    """
    n = left_out.size
    if n < 3 or np.isinf(left_out).all():
        return np.nan
    if np.isinf(left_out).any():
        return np.inf
    return float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))


def true_rates(parts: NestedProportion) -> Floats:
    """Rates of the draws drawn towards their mean until their variance is ``between``; shape (n_draws,).

    The observed rates vary more than the true ones, by the noise of their patients; quantiles over draws
    are taken from these. All are the mean where no variance is left.
    """
    if parts.rate.size < 2:
        return parts.rate.copy()
    observed = float(parts.rate.var(ddof=1))
    kept = np.sqrt(max(parts.between.value, 0.0) / observed) if observed > 0 else 0.0
    return parts.mean.value + kept * (parts.rate - parts.mean.value)

"""Whether the odds ratio is the same in all strata: the test of Breslow and Day, with Tarone's correction."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from remit.stats.estimate import Floats, Integers
from remit.stats.proportions.counts import Tables, tables
from remit.stats.proportions.mantel_haenszel import common_odds_ratio


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """Test that strata share an odds ratio; arrays of one shape, NaN where it cannot be done.

    ``breslow_day`` is the statistic as published in 1980; ``tarone`` is corrected for the ratio being that of
    Mantel and Haenszel, and ``p_value`` belongs to it. ``degrees_of_freedom`` is strata that inform less one.
    """

    breslow_day: Floats
    tarone: Floats
    degrees_of_freedom: Floats
    p_value: Floats


def breslow_day(
    x_experimental: Integers, n_experimental: Integers, x_control: Integers, n_control: Integers
) -> Homogeneity:
    r"""Test of a common odds ratio.

    After Breslow and Day (1980), equation 4.30, and Tarone (1985): with :math:`A_j` the responders of
    the experimental arm that the common ratio predicts, given the margins, and :math:`V_j` their variance:

    .. math:: X^2 = \sum_j \frac{(x_{1j} - A_j)^2}{V_j} -
        \frac{\left(\sum_j (x_{1j} - A_j)\right)^2}{\sum_j V_j}

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm and stratum, shape (..., n_strata). A stratum in which an arm is
        empty, or in which all respond or none, does not inform and is not counted.

    Returns
    -------
    NaN where the common ratio is 0 or infinite, or fewer than two strata inform.

    Raises
    ------
    InputError
        Impossible counts.
    """
    data = tables(x_experimental, n_experimental, x_control, n_control)
    ratio = common_odds_ratio(x_experimental, n_experimental, x_control, n_control).estimate
    x1, n1, x0, n0 = data
    m = x1 + x0
    informs = (n1 > 0) & (n0 > 0) & (m > 0) & (m < n1 + n0)
    usable = np.isfinite(ratio) & (ratio > 0)
    fitted = _fitted(data, np.where(usable, ratio, 1.0)[..., None])
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = 1 / fitted + 1 / (n1 - fitted) + 1 / (m - fitted) + 1 / (n0 - m + fitted)
        variance = np.where(informs, 1 / precision, 0.0)
        away = np.where(informs, x1 - fitted, 0.0)
        statistic = np.where(informs, away**2 * precision, 0.0).sum(axis=-1)
        corrected = statistic - away.sum(axis=-1) ** 2 / variance.sum(axis=-1)
    freedom = informs.sum(axis=-1) - 1.0
    known = np.where(usable & (freedom >= 1), 0.0, np.nan)
    corrected = np.maximum(corrected, 0.0) + known
    p_value = chdtrc(np.maximum(freedom, 1.0), corrected)
    return Homogeneity(statistic + known, corrected, freedom + known, p_value)


def _fitted(data: Tables, ratio: Floats) -> Floats:
    r"""Responders of the experimental arm at which a table with these margins has the odds ratio.

    The root of :math:`(1 - \psi) A^2 + b A - \psi n_1 m = 0` in the form that does not cancel.
    """
    x1, n1, x0, n0 = data
    m = x1 + x0
    b, c = n0 - m + ratio * (n1 + m), ratio * n1 * m
    root = np.sqrt(np.maximum(b * b + 4 * (1 - ratio) * c, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b >= 0, 2 * c / (b + root), (root - b) / (2 * (1 - ratio)))

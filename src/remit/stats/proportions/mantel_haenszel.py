"""Responses over strata: the test of Cochran, Mantel and Haenszel, common odds ratio and difference.

All arrays of counts have shape (..., n_strata) and results the shape (...,). A stratum in which one arm is
empty adds nothing to any of the sums.
"""

import numpy as np
from scipy.special import ndtr

from remit.errors import problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Comparison, Floats, Integers
from remit.stats.proportions.counts import Tables, tables
from remit.stats.proportions.log_ratio import wald


def cochran_mantel_haenszel(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    continuity: bool = False,
) -> Comparison:
    r"""Test of no association within strata.

    With :math:`m_j` responders among the :math:`N_j` patients of a stratum, after Mantel and Haenszel (1959):

    .. math:: z = \frac{\sum_j \left(x_{1j} - n_{1j} m_j / N_j\right)}
        {\sqrt{\sum_j n_{1j} n_{0j} m_j (N_j - m_j) / (N_j^2 (N_j - 1))}}

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm and stratum, shape (..., n_strata).
    continuity
        Whether the numerator is brought nearer to zero by 1/2, though not beyond zero.

    Returns
    -------
    Comparison, a test alone: ``z`` squared is the statistic with one degree of freedom. NaN if no stratum can
    tell the arms apart.

    Raises
    ------
    InputError
        Impossible counts.
    """
    x1, n1, x0, n0 = _strata(x_experimental, n_experimental, x_control, n_control)
    n = np.maximum(n1 + n0, 1)
    m = x1 + x0
    difference = (x1 - n1 * m / n).sum(axis=-1)
    variance = (n1 * n0 * m * (n1 + n0 - m) / (n**2 * np.maximum(n - 1, 1))).sum(axis=-1)
    if continuity:
        difference = np.sign(difference) * np.maximum(np.abs(difference) - 0.5, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, difference / np.sqrt(variance), np.nan)
    unknown = np.full(z.shape, np.nan)
    name = "Cochran-Mantel-Haenszel" + (", continuity correction" if continuity else "")
    return Comparison(name, "", unknown, unknown, unknown, unknown, z, ndtr(-z))


def common_odds_ratio(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    level: float = 0.95,
) -> Comparison:
    r"""Odds ratio common to the strata.

    After Mantel and Haenszel (1959), with the variance of Robins, Breslow and Greenland (1986):

    .. math:: \hat\psi = \frac{\sum R_j}{\sum S_j}, \quad
        R_j = \frac{x_{1j} (n_{0j} - x_{0j})}{N_j}, \quad S_j = \frac{x_{0j} (n_{1j} - x_{1j})}{N_j}

    .. math:: \mathrm{Var}\,\log\hat\psi = \frac{\sum P_j R_j}{2 (\sum R_j)^2} +
        \frac{\sum (P_j S_j + Q_j R_j)}{2 \sum R_j \sum S_j} + \frac{\sum Q_j S_j}{2 (\sum S_j)^2}

    with :math:`P_j = (x_{1j} + n_{0j} - x_{0j}) / N_j` and :math:`Q_j = 1 - P_j`.

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm and stratum, shape (..., n_strata).
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison whose ``z`` is that of the logarithm of the ratio, not that of the test. Where one of the sums
    is zero the ratio is 0 or infinite and the rest NaN; where both are, all is NaN.

    Raises
    ------
    InputError
        Impossible counts or ``level``.
    """
    check_level(level)
    x1, n1, x0, n0 = _strata(x_experimental, n_experimental, x_control, n_control)
    n = np.maximum(n1 + n0, 1)
    r, s = x1 * (n0 - x0) / n, x0 * (n1 - x1) / n
    p, q = (x1 + n0 - x0) / n, (x0 + n1 - x1) / n
    total_r, total_s = r.sum(axis=-1), s.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            (p * r).sum(axis=-1) / (2 * total_r**2)
            + (p * s + q * r).sum(axis=-1) / (2 * total_r * total_s)
            + (q * s).sum(axis=-1) / (2 * total_s**2)
        )
        ratio = total_r / total_s
    return wald("Mantel-Haenszel", "odds ratio", ratio, variance, level)


def common_risk_difference(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    level: float = 0.95,
) -> Comparison:
    r"""Risk difference common to the strata.

    After Mantel and Haenszel (1959) and Greenland and Robins (1985), with the variance of Sato (1989):

    .. math:: \hat\delta = \frac{\sum_j (x_{1j} n_{0j} - x_{0j} n_{1j}) / N_j}{W}, \qquad
        \mathrm{Var}\,\hat\delta = \frac{\hat\delta \sum P_j + \sum Q_j}{W^2}, \qquad
        W = \sum_j n_{1j} n_{0j} / N_j

    .. math:: P_j = \frac{n_{1j}^2 x_{0j} - n_{0j}^2 x_{1j} + n_{1j} n_{0j} (n_{0j} - n_{1j}) / 2}{N_j^2},
        \qquad Q_j = \frac{x_{1j} (n_{0j} - x_{0j}) + x_{0j} (n_{1j} - x_{1j})}{2 N_j}

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm and stratum, shape (..., n_strata).
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison; the limits are symmetric and may leave (-1, 1). NaN without a stratum with both arms; where
    nothing varies ``se`` is 0 and ``z`` NaN.

    Raises
    ------
    InputError
        Impossible counts or ``level``.
    """
    check_level(level)
    data = _strata(x_experimental, n_experimental, x_control, n_control)
    x1, n1, x0, n0 = data
    n = np.maximum(n1 + n0, 1)
    total = (n1 * n0 / n).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = ((x1 * n0 - x0 * n1) / n).sum(axis=-1) / total
        # Rounding may leave a variance of zero a little below it.
        se = np.sqrt(np.maximum(_sato(data, estimate), 0.0)) / total
        z = np.where(se > 0, estimate / se, np.nan)
    half = critical_value(level) * se
    return Comparison(
        "Mantel-Haenszel, Sato variance",
        "risk difference",
        estimate,
        estimate - half,
        estimate + half,
        se,
        z,
        ndtr(-z),
        level,
    )


def _sato(data: Tables, estimate: Floats) -> Floats:
    """Numerator of Sato's variance."""
    x1, n1, x0, n0 = data
    n = np.maximum(n1 + n0, 1)
    p = (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / n**2
    q = (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n)
    return estimate * p.sum(axis=-1) + q.sum(axis=-1)


def _strata(
    x_experimental: Integers, n_experimental: Integers, x_control: Integers, n_control: Integers
) -> Tables:
    """Counts with an axis of strata; those of a stratum with an empty arm are set to zero."""
    x1, n1, x0, n0 = tables(x_experimental, n_experimental, x_control, n_control)
    if not x1.ndim:
        raise problem("counts of two arms", "single numbers", "an axis of strata", "an array of length one")
    empty = (n1 == 0) | (n0 == 0)
    first, second, third, fourth = (np.where(empty, 0.0, each) for each in (x1, n1, x0, n0))
    return first, second, third, fourth

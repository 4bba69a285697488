r"""Ratio of two rates: with the normal interval of its logarithm, or the score interval of Koopman."""

import numpy as np
from scipy.special import ndtr

from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Comparison, Floats, Integers
from remit.stats.proportions.counts import Tables, tables
from remit.stats.proportions.log_ratio import wald
from remit.stats.roots import crossing

FARTHEST = 60.0
"""Logarithm of a ratio beyond which a limit counts as 0 or infinite."""


def relative_risk(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    level: float = 0.95,
) -> Comparison:
    r"""Rate of response, experimental over control, with the interval of Katz and others (1978).

    .. math:: \mathrm{Var}\,\log\frac{\hat p_1}{\hat p_0} =
        \frac{1}{x_1} - \frac{1}{n_1} + \frac{1}{x_0} - \frac{1}{n_0}

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm; arrays of one shape, or numbers.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison; ``se`` is that of the logarithm. Without responders in one arm the ratio is 0 or infinite and
    the rest NaN; without any, or with an arm without patients, all is NaN. If all respond, ``se`` is 0 and
    ``z`` NaN.

    Raises
    ------
    InputError
        Impossible counts or ``level``.
    """
    check_level(level)
    x1, n1, x0, n0 = tables(x_experimental, n_experimental, x_control, n_control)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, variance = (x1 / n1) / (x0 / n0), (1 / x1 - 1 / n1) + (1 / x0 - 1 / n0)
    return wald("relative risk, Katz", "relative risk", ratio, variance, level)


def koopman(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    level: float = 0.95,
) -> Comparison:
    r"""Rate of response, experimental over control, with the score interval of Koopman (1984).

    .. math:: z(\varphi) = \frac{\hat p_1 - \varphi \hat p_0}
        {\sqrt{\tilde p_1 (1 - \tilde p_1) / n_1 + \varphi^2 \tilde p_0 (1 - \tilde p_0) / n_0}}

    with :math:`\tilde p_1 = \varphi \tilde p_0` the most likely rates of that ratio. At a ratio of 1 this is
    the test of two rates with the pooled variance, whose square is Pearson's statistic.

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm; arrays of one shape, or numbers.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison with ``se`` NaN: limits are not symmetric on any scale. Without responders in one arm the
    estimate is 0 or infinite and so is one of the limits; without any, the estimate is NaN, ``z`` is 0 and
    the interval is (0, infinite). With an arm without patients all is NaN.

    Raises
    ------
    InputError
        Impossible counts or ``level``.
    """
    check_level(level)
    data = tables(x_experimental, n_experimental, x_control, n_control)
    x1, n1, x0, n0 = data
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (x1 / n1) / (x0 / n0)
    known = np.where((n1 > 0) & (n0 > 0) & ~np.isnan(x1 + x0), 0.0, np.nan)
    critical = critical_value(level)
    far = np.full(x1.shape, FARTHEST)
    low = crossing(lambda log: _score(data, np.exp(log)) - critical, -far, far)
    high = crossing(lambda log: _score(data, np.exp(log)) + critical, -far, far)
    z = _score(data, np.ones(x1.shape)) + known
    return Comparison(
        "Koopman",
        "relative risk",
        ratio,
        np.where(low == -far, 0.0, np.exp(low)) + known,
        np.where(high == far, np.inf, np.exp(high)) + known,
        np.full(x1.shape, np.nan),
        z,
        ndtr(-z),
        level,
    )


def _score(data: Tables, ratio: Floats) -> Floats:
    """Koopman's statistic at a ratio; 0 where nothing varies and nothing differs."""
    x1, n1, x0, n0 = data
    with np.errstate(divide="ignore", invalid="ignore"):
        # The smaller root of N r p^2 - (r (n1 + x0) + n0 + x1) p + x1 + x0, written so that nothing cancels.
        first, second = ratio * (n1 + x0), n0 + x1
        root = np.sqrt((first - second) ** 2 + 4 * ratio * (n1 - x1) * (n0 - x0))
        p0 = np.minimum(2 * (x1 + x0) / (first + second + root), 1.0)
        p1 = np.minimum(ratio * p0, 1.0)
        spread = p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0
        above = x1 / n1 - ratio * x0 / n0
        return np.where((spread <= 0) & (above == 0), 0.0, above / np.sqrt(np.maximum(spread, 0.0)))

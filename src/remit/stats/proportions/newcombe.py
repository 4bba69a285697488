r"""Risk difference with Newcombe's hybrid score interval: no iteration, close to the score interval."""

import numpy as np

from remit.stats.confidence_level import check_level
from remit.stats.estimate import Comparison, Floats, Integers, Limits
from remit.stats.proportions.counts import tables
from remit.stats.proportions.wilson import wilson_interval


def newcombe(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    level: float = 0.95,
) -> Comparison:
    r"""Difference of two rates with the interval built from the Wilson interval of each.

    After Newcombe (1998), method 10, with :math:`l_i, u_i` the Wilson limits of arm :math:`i`:

    .. math:: \hat\delta - \sqrt{(\hat p_1 - l_1)^2 + (u_0 - \hat p_0)^2}, \qquad
        \hat\delta + \sqrt{(u_1 - \hat p_1)^2 + (\hat p_0 - l_0)^2}

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm; arrays of one shape, or numbers.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison with ``se``, ``z`` and ``p_value`` NaN: the method is an interval alone; its test is that of
    ``miettinen_nurminen``. With an arm without patients all is NaN.

    Raises
    ------
    InputError
        Impossible counts or ``level``.
    """
    check_level(level)
    x1, n1, x0, n0 = tables(x_experimental, n_experimental, x_control, n_control)
    both = (n1 > 0) & (n0 > 0)
    size1, size0 = np.where(both, n1, np.nan), np.where(both, n0, np.nan)
    first, second = _wilson(x1, size1, level), _wilson(x0, size0, level)
    p1, p0 = x1 / size1, x0 / size0
    estimate = p1 - p0
    unknown = np.full(estimate.shape, np.nan)
    low = estimate - np.hypot(p1 - first.low, second.high - p0)
    high = estimate + np.hypot(first.high - p1, p0 - second.low)
    return Comparison("Newcombe", "risk difference", estimate, low, high, unknown, unknown, unknown, level)


def _wilson(x: Floats, n: Floats, level: float) -> Limits:
    """Limits of one rate, NaN without patients even where nobody responds."""
    known = np.isfinite(x) & np.isfinite(n)
    counts, patients = np.where(known, x, 0).astype(np.int64), np.where(known, n, 1).astype(np.int64)
    limits = wilson_interval(counts, patients, level)
    return Limits(np.where(known, limits.low, np.nan), np.where(known, limits.high, np.nan))

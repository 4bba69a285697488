r"""Risk difference by the score method of Miettinen and Nurminen, in one table or over strata.

With :math:`\tilde p_1 - \tilde p_0 = \delta` the maximum of the likelihood among rates that differ by
:math:`\delta`, and :math:`N = n_1 + n_0`,

.. math:: z(\delta) = \frac{\hat p_1 - \hat p_0 - \delta}{\sqrt{\tilde V(\delta)}}, \qquad
    \tilde V(\delta) = \left(\frac{\tilde p_1 (1 - \tilde p_1)}{n_1} + \frac{\tilde p_0 (1 - \tilde p_0)}{n_0}
    \right) \frac{N}{N - 1}

after Miettinen and Nurminen (1985). The test of Farrington and Manning (1990) is the same without the last
factor. The limits are the differences at which the test just rejects.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding, InputError, problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Comparison, Floats, Integers
from remit.stats.proportions.counts import Tables, tables
from remit.stats.roots import crossing, decreasing_root

Weights = Literal["mantel-haenszel", "sample size"]
"""How strata are weighted: :math:`n_1 n_0 / (n_1 + n_0)`, after Cochran (1954), or all patients."""


def risk_difference(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    null: float = 0.0,
    level: float = 0.95,
) -> Comparison:
    """Difference of two rates with the score interval and the test of ``null``.

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm; arrays of one shape, or numbers.
    null
        The difference that is tested, in (-1, 1): 0 for superiority, minus the margin for non-inferiority.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison whose ``se`` is that under ``null``, so that ``z`` is (estimate - null) / se; the limits are
    not symmetric. With an arm without patients all is NaN. Where all patients respond or none does,
    difference and ``z`` at a null of 0 are 0, their limit, and the interval is that of the score.

    Raises
    ------
    InputError
        Impossible counts, ``null`` or ``level``.
    """
    _check(null, level)
    data = tables(x_experimental, n_experimental, x_control, n_control)
    x1, n1, x0, n0 = data
    weight = np.where((n1 > 0) & (n0 > 0), 1.0, np.nan)

    def score(delta: Floats) -> tuple[Floats, Floats]:
        return weight * (_rate(x1, n1) - _rate(x0, n0) - delta), weight * variance(data, delta)

    return _compare("Miettinen-Nurminen", score, null, level)


def stratified_risk_difference(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    null: float = 0.0,
    level: float = 0.95,
    weights: Weights = "mantel-haenszel",
) -> Comparison:
    r"""Weighted mean of the differences within strata, with the score interval of a common difference.

    .. math:: z(\delta) = \frac{\sum_j w_j (\hat p_{1j} - \hat p_{0j} - \delta)}
        {\sqrt{\sum_j w_j^2 \tilde V_j(\delta)}}

    The weights are those of Mantel and Haenszel, or numbers of patients. Those that Miettinen and Nurminen
    propose, which depend on the difference and are found by iteration, are not offered.

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm and stratum, shape (..., n_strata).
    null, level
        As in ``risk_difference``.
    weights
        ``"mantel-haenszel"`` or ``"sample size"``.

    Returns
    -------
    Comparison of shape (...,). A stratum with an empty arm has no weight; if all are such, all is NaN.

    Raises
    ------
    InputError
        Impossible counts, ``null``, ``level`` or ``weights``.
    """
    _check(null, level)
    if weights not in get_args(Weights):
        raise problem("weights", weights, " or ".join(get_args(Weights)))
    data = tables(x_experimental, n_experimental, x_control, n_control)
    x1, n1, x0, n0 = data
    if not x1.ndim:
        raise problem("counts of two arms", "single numbers", "an axis of strata", "risk_difference")
    both = (n1 > 0) & (n0 > 0)
    raw = n1 * n0 / np.maximum(n1 + n0, 1) if weights == "mantel-haenszel" else n1 + n0
    # A missing count makes its weight NaN, and with it the result: a stratum is not dropped in silence.
    kept = np.where(both, raw, np.where(np.isnan(x1 + n1 + x0 + n0), np.nan, 0.0))
    with np.errstate(invalid="ignore"):
        share = kept / kept.sum(axis=-1, keepdims=True)

    def score(delta: Floats) -> tuple[Floats, Floats]:
        difference = np.where(both, _rate(x1, n1) - _rate(x0, n0), 0.0)
        spread = np.where(both, variance(data, np.broadcast_to(delta[..., None], x1.shape)), 0.0)
        return (share * difference).sum(axis=-1) - delta, (share**2 * spread).sum(axis=-1)

    return _compare(f"Miettinen-Nurminen, stratified, {weights} weights", score, null, level, x1.shape[:-1])


def restricted_control_rate(data: Tables, delta: Floats) -> Floats:
    """Rate of the control arm that maximises the likelihood, given the difference of the rates.

    The derivative of the log likelihood decreases, so that it has one root or none; it is multiplied with its
    distance from the ends where it has poles, and solved by Newton's method. The closed form of the cubic
    equation would lose half of the digits near double roots.

    Parameters
    ----------
    data
        Responders and patients of both arms.
    delta
        Difference, experimental minus control, in (-1, 1), of the shape of the counts.
    """
    x1, n1, x0, n0 = data
    low, high = np.maximum(-delta, 0.0), np.minimum(1 - delta, 1.0)
    pole_low = ((x0 > 0) & (delta >= 0)) | ((x1 > 0) & (delta <= 0))
    pole_high = ((x1 < n1) & (delta >= 0)) | ((x0 < n0) & (delta <= 0))
    terms = [(x1, delta), (x0, np.zeros_like(delta))]
    failures = [(n1 - x1, delta), (n0 - x0, np.zeros_like(delta))]

    def derivative(p: Floats) -> tuple[Floats, Floats]:
        up = [(_over(x, p + d), _over(x, (p + d) ** 2)) for x, d in terms]
        down = [(_over(y, 1 - d - p), _over(y, (1 - d - p) ** 2)) for y, d in failures]
        return up[0][0] + up[1][0] - down[0][0] - down[1][0], -(up[0][1] + up[1][1] + down[0][1] + down[1][1])

    def without_poles(p: Floats) -> tuple[Floats, Floats]:
        value, slope = derivative(p)
        left, right = np.where(pole_low, p - low, 1.0), np.where(pole_high, high - p, 1.0)
        return value * left * right, slope * left * right + value * (pole_low * right - pole_high * left)

    with np.errstate(divide="ignore", invalid="ignore"):
        at_low = ~pole_low & (derivative(low)[0] <= 0)
        at_high = ~pole_high & (derivative(high)[0] >= 0)
        # Where the likelihood is largest at an end there is no root to look for.
        return decreasing_root(without_poles, np.where(at_high, high, low), np.where(at_low, low, high))


def variance(data: Tables, delta: Floats) -> Floats:
    """Variance of the difference of the observed rates under the restriction, with the factor N / (N - 1)."""
    _, n1, _, n0 = data
    p0 = restricted_control_rate(data, delta)
    p1 = np.clip(p0 + delta, 0.0, 1.0)
    n = n1 + n0
    with np.errstate(divide="ignore", invalid="ignore"):
        return (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)


def _compare(
    method: str,
    score: Callable[[Floats], tuple[Floats, Floats]],
    null: float,
    level: float,
    shape: tuple[int, ...] | None = None,
) -> Comparison:
    """Test and limits from the score: difference less delta, and its variance, at a delta."""
    start = np.zeros(()) if shape is None else np.zeros(shape)
    estimate = np.asarray(score(start)[0])
    at_null, variance_at_null = score(np.full(estimate.shape, null))
    critical = critical_value(level)

    def standardised(delta: Floats) -> Floats:
        above, spread = score(delta)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Where nothing varies nothing differs either: the limit of z is zero.
            return np.where((spread == 0) & (above == 0), 0.0, above / np.sqrt(spread))

    known = ~np.isnan(estimate)
    middle = np.nan_to_num(estimate)
    ends = np.ones(middle.shape)
    low = crossing(lambda delta: standardised(delta) - critical, -ends, middle)
    high = crossing(lambda delta: standardised(delta) + critical, middle, ends)
    z = standardised(np.full(estimate.shape, null))
    return Comparison(
        method,
        "risk difference",
        estimate,
        np.where(known, low, np.nan),
        np.where(known, high, np.nan),
        np.sqrt(np.where(np.isnan(at_null), np.nan, variance_at_null)),
        z,
        ndtr(-z),
        level,
    )


def _rate(x: Floats, n: Floats) -> Floats:
    """Share of responders, NaN without patients."""
    return np.divide(x, n, out=np.full(x.shape, np.nan), where=n > 0)


def _over(x: Floats, p: Floats) -> Floats:
    """A count over a probability, zero where nothing was counted."""
    return np.where(x > 0, x / p, np.where(np.isnan(x), np.nan, 0.0))


def _check(null: float, level: float) -> None:
    """Refuse a difference or a level that no trial can have."""
    check_level(level)
    if not -1 < null < 1:
        raise InputError(
            [Finding("null", str(null), "a difference between -1 and 1", "0, or minus the margin")]
        )

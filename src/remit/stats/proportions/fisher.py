r"""Fisher's exact test, and the odds ratio given the margins with its exact interval.

Given the margins of a table, the responders :math:`K` of the experimental arm have the non-central
hypergeometric distribution

.. math:: \Pr(K = k) \propto \binom{n_1}{k} \binom{n_0}{m - k} \psi^k, \qquad
    \max(0, m - n_0) \le k \le \min(n_1, m)

with :math:`m` the responders of both arms and :math:`\psi` the odds ratio, 1 under the null hypothesis.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remit.stats.binomial import log_choose
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Booleans, Comparison, Floats, Integers
from remit.stats.proportions.counts import tables
from remit.stats.roots import decreasing_root

SAME = 1 + 1e-7
"""A table counts as equally probable as the observed one if it is up to this factor more probable."""
FARTHEST = 60.0
"""Logarithm of the odds ratio up to which estimates and limits are looked for."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """Different tables, first axis, with the values that their margins allow along the second.

    ``k`` and ``log_weight`` have shape (n_tables, n_values), the latter -inf beyond the margins; ``x`` is
    what was observed, (n_tables, 1).
    """

    k: Floats
    log_weight: Floats
    x: Floats

    def probabilities(self, log_ratio: Floats) -> Floats:
        """Probability of each value, by logarithm of the odds ratio, shape (n_tables,)."""
        exponent = self.log_weight + self.k * log_ratio[:, None]
        weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        return weight / weight.sum(axis=1, keepdims=True)


def fisher_exact(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    level: float = 0.95,
) -> Comparison:
    """One-sided exact test, with the conditional estimate of the odds ratio and its exact interval.

    After Fisher (1935); interval after Cornfield (1956), from inverting the two one-sided tests.

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm; arrays of one shape, or numbers.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison whose ``p_value`` is the probability of at least so many responders of the experimental arm
    given the margins, and ``z`` the normal quantile of it: minus infinity where the p-value is 1. ``se`` is
    NaN. As the tails overlap, ``two_sided`` of the record is not Fisher's; ``fisher_two_sided`` is. Where
    nobody or everybody responds the estimate is NaN, the p-value 1 and the interval (0, infinite). With an
    arm without patients all is NaN.

    Raises
    ------
    InputError
        Impossible counts or ``level``.
    """
    check_level(level)
    different, place, known, shape = _different(x_experimental, n_experimental, x_control, n_control)
    null = np.zeros(different.x.shape[0])
    probability = different.probabilities(null)
    fewer = (probability * (different.k < different.x)).sum(axis=1)
    p_value = np.minimum((probability * (different.k >= different.x)).sum(axis=1), 1.0)
    # From the smaller tail, which alone has all its digits.
    z = np.where(p_value < 0.5, -ndtri(p_value), ndtri(np.minimum(fewer, 1.0)))
    estimate, low, high = _odds_ratio(different, level)

    def spread(values: Floats) -> Floats:
        return np.where(known, values[place].reshape(shape), np.nan)

    unknown = np.full(shape, np.nan)
    return Comparison(
        "Fisher exact",
        "odds ratio",
        spread(estimate),
        spread(low),
        spread(high),
        unknown,
        spread(z),
        spread(p_value),
        level,
    )


def fisher_two_sided(
    x_experimental: Integers, n_experimental: Integers, x_control: Integers, n_control: Integers
) -> Floats:
    """Two-sided p-value: the probability of all tables that are at most as probable as the observed one.

    After Freeman and Halton (1951). NaN with an arm without patients.

    Raises
    ------
    InputError
        Impossible counts.
    """
    different, place, known, shape = _different(x_experimental, n_experimental, x_control, n_control)
    probability = different.probabilities(np.zeros(different.x.shape[0]))
    observed = np.where(different.k == different.x, probability, 0.0).sum(axis=1, keepdims=True)
    total = np.where(probability <= observed * SAME, probability, 0.0).sum(axis=1)
    return np.where(known, np.minimum(total, 1.0)[place].reshape(shape), np.nan)


def _different(
    x_experimental: Integers, n_experimental: Integers, x_control: Integers, n_control: Integers
) -> tuple[_Tables, Integers, Booleans, tuple[int, ...]]:
    """The different tables among many, where each is found, which are known, and the shape of the result."""
    data = tables(x_experimental, n_experimental, x_control, n_control)
    known = ~np.isnan(sum(data)) & (data[1] > 0) & (data[3] > 0)
    rows = np.stack([np.where(known, each, 0.0).ravel() for each in data], axis=1)
    once, place = np.unique(rows, axis=0, return_inverse=True)
    x1, n1, x0, n0 = (once[:, [column]] for column in range(4))
    m = x1 + x0
    low, high = np.maximum(m - n0, 0.0), np.minimum(n1, m)
    widest = int((high - low).max()) if once.size else 0
    k = low + np.arange(widest + 1, dtype=np.float64)
    inside = np.minimum(k, high)
    log_weight = log_choose(n1, inside) + log_choose(n0, m - inside)
    return _Tables(k, np.where(k <= high, log_weight, -np.inf), x1), place.ravel(), known, data[0].shape


def _odds_ratio(different: _Tables, level: float) -> tuple[Floats, Floats, Floats]:
    """Conditional maximum-likelihood estimate of the odds ratio, and its limits."""
    x, k = different.x, different.k
    allowed = np.isfinite(different.log_weight)
    at_low = x[:, 0] == np.where(allowed, k, np.inf).min(axis=1)
    at_high = x[:, 0] == np.where(allowed, k, -np.inf).max(axis=1)
    far = np.full(x.shape[0], FARTHEST)
    error = (1 - level) / 2

    def mean_below(log_ratio: Floats) -> tuple[Floats, Floats]:
        p = different.probabilities(log_ratio)
        mean = (p * k).sum(axis=1)
        return x[:, 0] - mean, -(p * (k - mean[:, None]) ** 2).sum(axis=1)

    def tail_below(log_ratio: Floats, sign: int) -> tuple[Floats, Floats]:
        p = different.probabilities(log_ratio)
        kept = p * (sign * k >= sign * x)
        mean = (p * k).sum(axis=1)
        tail = kept.sum(axis=1)
        return sign * (error - tail), -sign * ((kept * k).sum(axis=1) - mean * tail)

    estimate = np.exp(decreasing_root(mean_below, -far, far))
    low = np.exp(decreasing_root(lambda log_ratio: tail_below(log_ratio, 1), -far, far))
    high = np.exp(decreasing_root(lambda log_ratio: tail_below(log_ratio, -1), -far, far))
    estimate = np.where(at_low, np.where(at_high, np.nan, 0.0), np.where(at_high, np.inf, estimate))
    return estimate, np.where(at_low, 0.0, low), np.where(at_high, np.inf, high)

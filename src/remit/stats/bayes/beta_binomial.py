r"""A response rate with a Beta prior or a mixture of Betas: posterior, what it says, and what it predicts.

With :math:`p \sim \sum_k w_k \mathrm{Beta}(a_k, b_k)` and :math:`x` responders of :math:`n`, the posterior
is such a mixture again, with :math:`a_k + x`, :math:`b_k + n - x` and weights proportional to the old weight
times how well the component predicted the data, :math:`w_k B(a_k + x, b_k + n - x) / B(a_k, b_k)`, after
Diaconis and Ylvisaker (1985).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, betaln, xlog1py, xlogy

from remit.errors import Finding, InputError
from remit.stats.binomial import log_choose
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Floats, Integers, Limits
from remit.stats.roots import crossing

PROPER = 1e-9
"""By how much weights may miss a sum of one."""


@dataclass(frozen=True, slots=True)
class BetaMixture:
    """Distribution of a rate; a single Beta is a mixture of one. Arrays of shape (..., n_components).

    ``a`` and ``b`` count the responders and the others that a component is worth; weights sum to
    one along the last axis. Leading axes are those of replicates.
    """

    weight: Floats
    a: Floats
    b: Floats


def beta(a: float, b: float) -> BetaMixture:
    """One Beta distribution.

    Raises
    ------
    InputError
        A parameter that is not above zero.
    """
    return mixture([1.0], [a], [b])


def mixture(weight: Sequence[float], a: Sequence[float], b: Sequence[float]) -> BetaMixture:
    """Mixture of Beta distributions, checked.

    Parameters
    ----------
    weight, a, b
        Of each component; weights sum to one.

    Raises
    ------
    InputError
        Weights that do not sum to one or are negative, parameters that are not above zero, different numbers
        of them.
    """
    w, first, second = (np.asarray(each, dtype=np.float64) for each in (weight, a, b))
    where = "mixture of Beta distributions"
    if not w.shape == first.shape == second.shape or w.ndim != 1 or not w.size:
        shapes = f"shapes {w.shape}, {first.shape}, {second.shape}"
        raise InputError([Finding(where, shapes, "one weight, one a and one b for each component")])
    findings: list[Finding] = []
    if (w < 0).any() or not abs(w.sum() - 1) < PROPER:
        found = f"weights {', '.join(f'{each:g}' for each in w)}"
        findings.append(Finding(where, found, "weights of at least 0 that sum to 1"))
    for name, values in (("a", first), ("b", second)):
        if not ((values > 0) & np.isfinite(values)).all():
            found = f"{name} = {', '.join(f'{each:g}' for each in values)}"
            findings.append(Finding(where, found, "numbers above 0", "1 and 1 for a flat prior"))
    if findings:
        raise InputError(findings)
    return BetaMixture(w / w.sum(), first, second)


def posterior(prior: BetaMixture, responders: Integers, n: Integers) -> BetaMixture:
    """Distribution of the rate after data.

    Parameters
    ----------
    prior
        Before; one distribution, or one per replicate.
    responders, n
        Responders and patients, arrays of one shape, or numbers; they broadcast with the replicates of the
        prior. NaN stands for a missing count, and makes its posterior NaN.

    Raises
    ------
    InputError
        Fewer than no responders, or more than patients.
    """
    x, size = (np.asarray(each, dtype=np.float64)[..., None] for each in np.broadcast_arrays(responders, n))
    if ((x < 0) | (x > size)).any():
        first = np.argwhere((x < 0) | (x > size))[0]
        found = f"{x[tuple(first)]:g} of {size[tuple(first)]:g}"
        raise InputError([Finding("responders", found, "between 0 and all patients")])
    a, b = prior.a + x, prior.b + size - x
    with np.errstate(divide="ignore", invalid="ignore"):
        log_weight = np.log(prior.weight) + betaln(a, b) - betaln(prior.a, prior.b)
        weight = np.exp(log_weight - np.logaddexp.reduce(log_weight, axis=-1, keepdims=True))
    return BetaMixture(weight, a, b)


def mean(rate: BetaMixture) -> Floats:
    """Expected rate, of the shape of the replicates."""
    return (rate.weight * rate.a / (rate.a + rate.b)).sum(axis=-1)


def variance(rate: BetaMixture) -> Floats:
    """Variance of the rate, of the shape of the replicates."""
    total = rate.a + rate.b
    centre = rate.a / total
    within = centre * (1 - centre) / (total + 1)
    away = centre - mean(rate)[..., None]
    return (rate.weight * (within + away**2)).sum(axis=-1)


def density(rate: BetaMixture, at: Floats) -> Floats:
    """Density of the rate at values in (0, 1), of the shape of the replicates followed by that of ``at``."""
    p = np.asarray(at, dtype=np.float64)
    w, a, b = (_before(each, p.ndim) for each in (rate.weight, rate.a, rate.b))
    log_density = xlogy(a - 1, p[..., None]) + xlog1py(b - 1, -p[..., None]) - betaln(a, b)
    return (w * np.exp(log_density)).sum(axis=-1)


def probability_below(rate: BetaMixture, p0: Floats | float) -> Floats:
    """Probability of a rate of at most ``p0``, which broadcasts with the replicates."""
    at = np.asarray(p0, dtype=np.float64)[..., None]
    return np.minimum((rate.weight * betainc(rate.a, rate.b, at)).sum(axis=-1), 1.0)


def probability_above(rate: BetaMixture, p0: Floats | float) -> Floats:
    """Probability of a rate above ``p0``, with all its digits where it is small."""
    at = np.asarray(p0, dtype=np.float64)[..., None]
    return np.minimum((rate.weight * betaincc(rate.a, rate.b, at)).sum(axis=-1), 1.0)


def quantile(rate: BetaMixture, probability: Floats | float) -> Floats:
    """Rate below which the distribution has a probability, which broadcasts with the replicates.

    The quantile of a mixture is between those of its components, and is looked for there.
    """
    target = np.asarray(probability, dtype=np.float64)
    each = betaincinv(rate.a, rate.b, target[..., None])
    used = rate.weight > 0
    low, high = np.where(used, each, np.inf).min(axis=-1), np.where(used, each, -np.inf).max(axis=-1)
    shape = np.broadcast_shapes(target.shape, rate.a.shape[:-1])
    low, high, target = (np.broadcast_to(value, shape) for value in (low, high, target))
    return crossing(lambda p: target - probability_below(rate, p), low, high)


def equal_tailed(rate: BetaMixture, level: float = 0.95) -> Limits:
    """Credible interval that leaves the same probability on each side.

    Raises
    ------
    InputError
        A ``level`` outside (0, 1).
    """
    check_level(level)
    tail = (1 - level) / 2
    return Limits(quantile(rate, tail), quantile(rate, 1 - tail))


def log_predictive(rate: BetaMixture, m: int) -> Floats:
    """Logarithm of the probability of 0, 1, ..., m responders among m further patients.

    Returns
    -------
    Of the shape of the replicates followed by (m + 1,).
    """
    x = np.arange(m + 1, dtype=np.float64)[:, None]
    w, a, b = (_before(each, 1) for each in (rate.weight, rate.a, rate.b))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.log(w) + log_choose(m, x) + betaln(a + x, b + m - x) - betaln(a, b)
        return np.logaddexp.reduce(terms, axis=-1)


def predictive(rate: BetaMixture, m: int) -> Floats:
    """Beta-binomial probability of 0, 1, ..., m responders among m further patients.

    Returns
    -------
    Of the shape of the replicates followed by (m + 1,); sums to one along the last axis.
    """
    return np.exp(log_predictive(rate, m))


def _before(values: Floats, n_axes: int) -> Floats:
    """Values with axes put in before the last, that of components."""
    return values.reshape(*values.shape[:-1], *(1,) * n_axes, values.shape[-1])

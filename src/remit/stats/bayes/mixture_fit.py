r"""A mixture of Betas in the place of another distribution of a rate, for a posterior in closed form.

Any distribution of a rate can be approached by such a mixture (Dalal and Hall, 1983; Diaconis and Ylvisaker,
1985). It is fitted by the smallest divergence of Kullback and Leibler,

.. math:: D = \int f(\theta) \log \frac{f(\theta)}{g(\theta)}\, d\theta

with :math:`\theta` the logit of the rate. Steps of expectation and maximisation (Dempster, Laird and Rubin,
1977) come near, and those of a quasi-Newton method to the minimum. There may be several minima: two starts
are tried, components side by side and one within the other, and the better end is taken. Nothing is random.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, digamma, polygamma, xlogy

from remit.errors import problem
from remit.stats.bayes.beta_binomial import BetaMixture
from remit.stats.bayes.beta_binomial import mean as mixture_mean
from remit.stats.bayes.beta_binomial import probability_below as mixture_below
from remit.stats.bayes.beta_binomial import variance as mixture_variance
from remit.stats.bayes.rate_density import RateDensity, mean, probability_below, quantile, variance
from remit.stats.estimate import Floats

STEPS = 60
"""Of expectation and maximisation, before the quasi-Newton method."""
LOOKED_AT = np.linspace(0.005, 0.995, 199)
"""Rates at which distribution functions are compared."""
SMALLEST, LARGEST = 1e-3, 1e7
"""Parameters of a Beta beyond which a component is not followed."""


@dataclass(frozen=True, slots=True)
class MixtureFit:
    """A mixture, its components by decreasing weight, and how far it is from what it stands for.

    ``divergence`` is that of Kullback and Leibler [nat]; ``largest_difference`` that of the distribution
    functions at rates of 0.005 to 0.995; ``mean_difference`` and ``sd_difference`` are mixture minus
    distribution.
    """

    mixture: BetaMixture
    divergence: float
    largest_difference: float
    mean_difference: float
    sd_difference: float


def fit_mixture(rate: RateDensity, n_components: int) -> MixtureFit:
    """Mixture of Betas nearest to a distribution.

    Parameters
    ----------
    rate
        What is approached.
    n_components
        At least 1. Two components that come to be the same stay two.

    Raises
    ------
    InputError
        No components.
    """
    if n_components < 1:
        raise problem("n_components", n_components, "at least 1", "2 or 3")
    mass = rate.step * rate.density
    # Logarithms of the rate and of its complement, with all digits in the tails.
    points = np.stack([-np.logaddexp(0.0, -rate.logit), -np.logaddexp(0.0, rate.logit)])
    ends = [_nearest(start, points, mass) for start in _starts(rate, n_components)]
    first, a, b = min(ends, key=lambda end: end[0])[1]
    order = np.argsort(-first, kind="stable")
    mixture = BetaMixture(_shares(first)[order], np.exp(a)[order], np.exp(b)[order])
    return MixtureFit(
        mixture,
        float(xlogy(mass, rate.density).sum() - mass @ _log_mixture(mixture, points)),
        float(np.abs(mixture_below(mixture, LOOKED_AT) - probability_below(rate, LOOKED_AT)).max()),
        float(mixture_mean(mixture)) - mean(rate),
        float(np.sqrt(mixture_variance(mixture)) - np.sqrt(variance(rate))),
    )


def _log_terms(weight: Floats, a: Floats, b: Floats, points: Floats) -> Floats:
    """Logarithm of weight times density of the logit of each component, shape (n_steps, n_components)."""
    return np.log(weight) + points[0][:, None] * a + points[1][:, None] * b - betaln(a, b)


def _log_mixture(mixture: BetaMixture, points: Floats) -> Floats:
    """Logarithm of the density of the logit."""
    return np.logaddexp.reduce(_log_terms(mixture.weight, mixture.a, mixture.b, points), axis=1)


def _starts(rate: RateDensity, n_components: int) -> list[tuple[Floats, Floats, Floats]]:
    """Weights and parameters to start from."""
    share = np.full(n_components, 1 / n_components)
    whole = np.clip(mean(rate), 0.01, 0.99)
    alone = max(whole * (1 - whole) / variance(rate) - 1, 0.5)
    # One within the other: about the same mean, each worth four times as many patients as the one around it.
    sizes = alone * 4.0 ** (np.arange(n_components) - (n_components - 1) / 3)
    within = (share, whole * sizes, (1 - whole) * sizes)
    if n_components == 1:
        return [within]
    # Side by side: at quantiles, the variance shared out.
    centre = np.clip(quantile(rate, (np.arange(n_components) + 0.5) / n_components), 0.01, 0.99)
    sizes = np.maximum(centre * (1 - centre) * n_components / variance(rate) - 1, 1.0)
    return [within, (share, centre * sizes, (1 - centre) * sizes)]


def _nearest(
    start: tuple[Floats, Floats, Floats], points: Floats, mass: Floats
) -> tuple[float, tuple[Floats, Floats, Floats]]:
    """Cross-entropy where the search ends, and logarithms of weights and parameters there."""
    for _ in range(STEPS):
        start = _step(start, points, mass)
    begin = np.concatenate([np.log(each) for each in start])
    found = minimize(_objective, begin, args=(points, mass), jac=True, method="BFGS", options={"gtol": 1e-9})
    at_begin = _objective(begin, points, mass)[0]
    value, end = (float(found.fun), found.x) if found.fun <= at_begin else (at_begin, begin)
    first, a, b = np.split(np.asarray(end, dtype=np.float64), 3)
    return value, (first, a, b)


def _step(
    start: tuple[Floats, Floats, Floats], points: Floats, mass: Floats
) -> tuple[Floats, Floats, Floats]:
    """One step of expectation and maximisation: each component is fitted to its share of the distribution."""
    terms = _log_terms(*start, points)
    share = np.exp(terms - np.logaddexp.reduce(terms, axis=1, keepdims=True)) * mass[:, None]
    weight = np.maximum(share.sum(axis=0), 1e-12)
    log_p, log_q = (points @ share) / weight
    a, b = _likeliest(start[1], start[2], log_p, log_q)
    return weight / weight.sum(), a, b


def _likeliest(a: Floats, b: Floats, log_p: Floats, log_q: Floats) -> tuple[Floats, Floats]:
    """Betas with given means of the logarithms of rate and complement, by Minka's (2000) fixed point."""
    for _ in range(5):
        total = digamma(a + b)
        a, b = (np.clip(_inverse_digamma(each + total), SMALLEST, LARGEST) for each in (log_p, log_q))
    return a, b


def _inverse_digamma(y: Floats) -> Floats:
    """The number whose digamma is ``y``: Minka's start, then Newton's steps."""
    x = np.where(y >= -2.22, np.exp(y) + 0.5, -1 / (y - digamma(1.0)))
    for _ in range(5):
        x = x - (digamma(x) - y) / polygamma(1, x)
    return x


def _shares(log_weight: Floats) -> Floats:
    """Weights that sum to one."""
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum()


def _objective(parameters: Floats, points: Floats, mass: Floats) -> tuple[float, Floats]:
    """Cross-entropy, and its gradient by the logarithms of weights and parameters."""
    log_weight, log_a, log_b = np.split(parameters, 3)
    bound = np.log(LARGEST)
    weight = _shares(log_weight)
    a, b = (np.exp(np.clip(each, -bound, bound)) for each in (log_a, log_b))
    terms = _log_terms(np.maximum(weight, 1e-300), a, b, points)
    log_density = np.logaddexp.reduce(terms, axis=1)
    share = np.exp(terms - log_density[:, None]) * mass[:, None]
    held = share.sum(axis=0)
    log_p, log_q = points @ share
    total = digamma(a + b)
    slope_a = -a * (log_p - held * (digamma(a) - total))
    slope_b = -b * (log_q - held * (digamma(b) - total))
    return float(-mass @ log_density), np.concatenate([weight * held.sum() - held, slope_a, slope_b])

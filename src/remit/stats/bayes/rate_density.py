r"""Density of a rate that a meta-analysis gives: of the mean of the studies, and of a new study.

The logit of a new study is :math:`\theta = \mu + \tau z` with :math:`z` standard normal, that of the mean is
:math:`\mu`. From the nodes of the posterior, with their weights,

.. math:: \varphi(\omega) = \sum_i e^{-\tau_i^2 \omega^2 / 2} \sum_k w_{ik}\, e^{i \omega \mu_{ik}}

is the characteristic function, and a Fourier sum gives the density in equal steps of the logit. It has no
frequency above that of the steps, so that it is known between them as well (Whittaker, 1915): expectations
are sums, and the distribution function is a sum of sine integrals.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr, sici

from remit.stats.bayes.random_effects import MetaAnalysis
from remit.stats.binomial import log_choose
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Floats, Limits
from remit.stats.roots import crossing

LEFT_OUT = 1e-15
"""Probability beyond each end of the range of logits."""
STEP = 0.4
"""Step in standard deviations of the narrowest part."""
WIDEST = 0.25
"""Step of the logit that is not exceeded."""
VANISHED = 8.6
"""Frequency times standard deviation at which the characteristic function of a normal is below 1e-16."""


@dataclass(frozen=True, slots=True)
class RateDensity:
    """Distribution of a rate by the density of its logit at equal steps, arrays of shape (n_steps,).

    Beyond the ends there is less than 1e-15 on either side.
    """

    logit: Floats
    density: Floats

    @property
    def step(self) -> float:
        """Of the logit."""
        return float(self.logit[1] - self.logit[0])


def mean_rate(found: MetaAnalysis) -> RateDensity:
    """Posterior of the rate whose logit is the mean of the logits of studies."""
    return _density(found, np.zeros(found.tau.shape))


def new_study(found: MetaAnalysis) -> RateDensity:
    """Posterior predictive distribution of the rate of a new study: the meta-analytic-predictive prior.

    After Neuenschwander, Capkun-Niggli, Branson and Spiegelhalter (2010).
    """
    return _density(found, found.tau)


def expectation(rate: RateDensity, value: Callable[[Floats], Floats]) -> float:
    """Of a smooth function of the rate, which gets an array and returns one of its shape."""
    return float(rate.step * (rate.density @ value(expit(rate.logit))))


def mean(rate: RateDensity) -> float:
    """Expected rate."""
    return expectation(rate, lambda p: p)


def variance(rate: RateDensity) -> float:
    """Variance of the rate."""
    centre = mean(rate)
    return expectation(rate, lambda p: (p - centre) ** 2)


def probability_below(rate: RateDensity, p0: Floats | float) -> Floats:
    """Probability of a rate of at most ``p0``, of its shape; absolute error about 1e-13."""
    away = logit(np.asarray(p0, dtype=np.float64))[..., None] - rate.logit
    share = 0.5 + sici(np.pi * away / rate.step)[0] / np.pi
    return np.clip(rate.step * (share @ rate.density), 0.0, 1.0)


def quantile(rate: RateDensity, probability: Floats | float) -> Floats:
    """Rate below which the distribution has a probability in (0, 1), of its shape."""
    target = np.asarray(probability, dtype=np.float64)
    low, high = (np.full(target.shape, rate.logit[end]) for end in (0, -1))
    return expit(crossing(lambda at: target - probability_below(rate, expit(at)), low, high))


def equal_tailed(rate: RateDensity, level: float = 0.95) -> Limits:
    """Credible interval that leaves the same probability on each side.

    Raises
    ------
    InputError
        A ``level`` outside (0, 1).
    """
    check_level(level)
    tail = (1 - level) / 2
    return Limits(quantile(rate, tail), quantile(rate, 1 - tail))


def predictive(rate: RateDensity, m: int) -> Floats:
    """Probability of 0, 1, ..., m responders among m patients, shape (m + 1,)."""
    x = np.arange(m + 1, dtype=np.float64)[:, None]
    log_likelihood = log_choose(m, x) + x * rate.logit - m * np.logaddexp(0.0, rate.logit)
    return rate.step * (np.exp(log_likelihood) @ rate.density)


def _density(found: MetaAnalysis, spread: Floats) -> RateDensity:
    """Density of the sum of the mean and of a normal with a standard deviation ``spread`` for each tau."""
    share = found.weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (found.weight * found.mu).sum(axis=1) / share
        within = (found.weight * (found.mu - centre[:, None]) ** 2).sum(axis=1) / share
    narrowest = float(np.sqrt(np.min((within + spread**2)[share > LEFT_OUT])))
    low, high = _range(found, spread)
    step = min(STEP * narrowest, WIDEST)
    at: Floats = np.linspace(low, high, int(np.ceil((high - low) / step)) + 1)
    step = float(at[1] - at[0])
    # A Fourier sum repeats itself; it is given half of the range to fall to nothing.
    frequency = np.arange(int(np.ceil(1.5 * (high - low) / (2 * step)))) * 2 * np.pi / (1.5 * (high - low))
    shape = np.zeros(frequency.shape, dtype=np.complex128)
    for sd, mu, weight in zip(spread, found.mu, found.weight, strict=True):
        # Beyond half of the frequency of its steps a row of nodes knows nothing.
        known = frequency <= min(np.pi / (mu[1] - mu[0]), VANISHED / sd if sd > 0 else np.inf)
        here = frequency[known]
        shape[known] += np.exp(-((sd * here) ** 2) / 2) * (np.exp(1j * np.outer(here, mu)) @ weight)
    terms = np.exp(-1j * np.outer(at, frequency)) @ (np.where(frequency > 0, 2.0, 1.0) * shape)
    density = np.maximum(terms.real / (1.5 * (high - low)), 0.0)
    return RateDensity(at, density / (density.sum() * step))


def _range(found: MetaAnalysis, spread: Floats) -> tuple[float, float]:
    """Logits beyond which there is nearly nothing on either side."""
    sd = np.maximum(spread, 1e-3)[:, None]

    def beyond(at: Floats, sign: int) -> Floats:
        return np.array([float((found.weight * ndtr(sign * (t - found.mu) / sd)).sum()) for t in at])

    far = 40 * float(sd.max())
    first, last = np.array([found.mu.min() - far]), np.array([found.mu.max() + far])
    low = crossing(lambda at: LEFT_OUT - beyond(at, 1), first, last)
    high = crossing(lambda at: beyond(at, -1) - LEFT_OUT, first, last)
    return float(low[0]), float(high[0])

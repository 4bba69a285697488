r"""How many patients a prior of a rate is worth.

The expected local-information ratio of Neuenschwander, Weber, Schmidli and O'Hagan (2020) compares the
curvature of the log prior with the information of one patient,

.. math:: \mathrm{ESS} = E\left[ \frac{-\,d^2 \log f(\theta) / d\theta^2}{i(\theta)} \right]

It is the one that is predictively consistent: what is expected of it after :math:`N` patients is :math:`N`
more. Here :math:`\theta` is the logit of the rate, of which :math:`i = p (1 - p)`, so that a Beta is worth
exactly :math:`a + b` patients, even where :math:`a` or :math:`b` is below 1. On the scale of the rate a
mixture would be worth somewhat more or less: the ratio is not invariant.
"""

import numpy as np
from scipy.special import betaln, expit

from remit.stats.bayes.beta_binomial import BetaMixture, mean, variance
from remit.stats.estimate import Floats

FALL = 40.0
"""Fall of the logarithm of the integrand that is followed."""
STEP = 0.1
"""Step of the logit, in units of the standard deviation of the narrowest component where that is below 1."""
SAME = 1e-4
"""Relative difference up to which exponents count as one: what such components differ by does not matter."""
LEAST = 0.06
"""By how much parameters must exceed 1 that a tail falls fast enough to be followed."""


def expected_local_information_ratio(prior: BetaMixture) -> float:
    """Effective sample size of a mixture of Betas, of one distribution.

    Returns
    -------
    NaN where it is not finite, or not known: in a tail two components compete whose exponents differ, and the
    larger of the two, the second smallest ``a`` or ``b``, is not above 1.
    """
    used = prior.weight > 0
    w, a, b = prior.weight[used], prior.a[used], prior.b[used]
    total = a + b
    if np.unique(np.stack([a, b]), axis=1).shape[1] == 1:
        return float(total[0])
    slowest = min(_decay(a), _decay(b))
    if slowest < LEAST:
        return np.nan
    centre = np.log(a / b)
    reach = FALL / slowest
    logit = _nodes(centre.min() - reach, centre.max() + reach, total.max())
    p, q = expit(logit), expit(-logit)
    log_p, log_q = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
    terms = np.log(w) + log_p[:, None] * a + log_q[:, None] * b - betaln(a, b)
    density = np.exp(terms)
    height = density.sum(axis=1)
    share = np.exp(terms - np.logaddexp.reduce(terms, axis=1, keepdims=True))
    # Slope of each log density; what they differ by takes away from the curvature of the mixture.
    slope = a * q[:, None] - b * p[:, None]
    apart = (share * slope**2).sum(axis=1) - (share * slope).sum(axis=1) ** 2
    lost = np.maximum(apart, 0.0) / (p * q)
    step = logit[1] - logit[0]
    return float(step * (density @ total).sum() - step * (height * lost).sum())


def moment_effective_sample_size(prior: BetaMixture) -> Floats:
    """Patients of the Beta with the mean and variance of a mixture; of the shape of its replicates.

    Simpler, and smaller where tails are long: a vague component makes it small whatever its weight.
    """
    centre = mean(prior)
    return centre * (1 - centre) / variance(prior) - 1


def _decay(exponent: Floats) -> float:
    """How fast the integrand falls in a tail, by logit: the component of second slowest fall, less one."""
    ordered = np.sort(exponent)
    beyond = ordered[ordered > ordered[0] * (1 + SAME)]
    return float(min(ordered[0], beyond[0] - 1)) if beyond.size else float(ordered[0])


def _nodes(low: float, high: float, largest: float) -> Floats:
    """Equal steps of the logit, fine enough for the narrowest component."""
    step = STEP * min(1.0, 4 / np.sqrt(largest))
    return np.linspace(low, high, int(np.ceil((high - low) / step)) + 1)

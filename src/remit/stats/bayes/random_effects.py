r"""Meta-analysis of response rates: binomial counts, normal effects on the logit scale, no simulation.

.. math:: x_j \sim \mathrm{Bin}(n_j, p_j), \qquad \mathrm{logit}\, p_j = \theta_j \sim N(\mu, \tau^2), \qquad
    \mu \sim N(m, s^2), \qquad \tau \sim \mathrm{HN}(\sigma)

after Smith, Spiegelhalter and Thomas (1995), with the half-normal prior of Spiegelhalter, Abrams and Myles
(2004); as the base of a prior for a new study, Neuenschwander and others (2010). The likelihood of a study is
exactly binomial: no zero cell needs a correction.

Three integrals are nested. Over :math:`\theta_j` and :math:`\mu` the integrands are smooth and fall to
nothing at both ends, so that sums over equal steps converge exponentially (Trefethen and Weideman, 2014).
Over :math:`\tau`, where the posterior may be narrow near zero and long to the right, panels of Gauss and
Legendre grow with it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from remit.errors import Finding, InputError
from remit.stats.binomial import log_choose
from remit.stats.estimate import Floats, Integers
from remit.stats.roots import decreasing_root

FALL = 40.0
"""Fall of the logarithm of an integrand beyond which it is left out: a factor of 4e-18."""
WITHIN_STUDY, ROUGHLY = 96, 24
"""Nodes of the integral over the effect of a study; where only the range of the others is looked for."""
COARSE = 17
"""Nodes of the grids by which the range of the mean is found."""
NARROWINGS = 12
"""Grids after which the range is taken as it is."""
CERTAIN = 0.7
"""Share of a range beyond which it is not worth making it narrower."""
GROWTH = 1.6
"""Ratio of the ends of a panel of the heterogeneity."""
PANEL = np.polynomial.legendre.leggauss(16)
"""Nodes of a panel and their weights."""
SQRT_TWO_PI = np.sqrt(2 * np.pi)


@dataclass(frozen=True, slots=True)
class MetaAnalysis:
    """Posterior of the mean and of the heterogeneity, on nodes.

    ``tau`` increases, shape (n_tau,); ``mu`` increases in equal steps for each tau, shape (n_tau, n_mu).
    ``weight``, of the shape of ``mu``, is the posterior probability of a node and sums to one.
    ``log_evidence`` is the logarithm of the probability of the data.
    """

    tau: Floats
    mu: Floats
    weight: Floats
    log_evidence: float


@dataclass(frozen=True, slots=True)
class Prior:
    """Of the mean logit, normal, and of the heterogeneity, half-normal, whose scale is that of the normal."""

    mu_mean: float
    mu_sd: float
    tau_scale: float


def random_effects(responders: Integers, n: Integers, prior: Prior, n_mean: int = 96) -> MetaAnalysis:
    """Posterior of the mean and heterogeneity of the logits of the rates of studies.

    Parameters
    ----------
    responders, n
        Responders and patients of each study, shape (n_studies,); a study without patients adds nothing.
        Without studies the posterior is the prior.
    prior
        A standard deviation of 2 of a mean logit is vague: 95 % of rates between 0.02 and 0.98. Scales of the
        half-normal of 0.5 and 1, which Friede and others (2017) take for log odds ratios, hold moderate and
        large heterogeneity possible.
    n_mean
        Nodes of the mean for each value of the heterogeneity.

    Raises
    ------
    InputError
        Impossible counts or priors; all findings at once.
    """
    x, size = (np.asarray(each, dtype=np.float64) for each in (responders, n))
    _check(x, size, prior, n_mean)
    kept = size > 0
    # Studies with the same counts have the same likelihood.
    studies, times = np.unique(np.stack([x[kept], size[kept]]), axis=1, return_counts=True)
    model = _Model(studies, times, prior)
    edges = _edges(model)
    ranges = _ranges(model, edges)
    mu, log_joint = _over_mean(model, edges, *ranges, COARSE, ROUGHLY)
    height = np.logaddexp.reduce(log_joint, axis=1)
    matters = height > height.max() - FALL
    nodes: list[tuple[Floats, ...]] = []
    for k in np.flatnonzero(matters[:-1] | matters[1:]):
        half = (edges[k + 1] - edges[k]) / 2
        tau = edges[k] + half * (1 + PANEL[0])
        # What matters at a tau between two others lies between the ends of their ranges.
        low = np.full(tau.shape, ranges[0][k : k + 2].min())
        high = np.full(tau.shape, ranges[1][k : k + 2].max())
        mu, log_joint = _over_mean(model, tau, low, high, n_mean, WITHIN_STUDY)
        nodes.append((tau, mu, log_joint + np.log(half * PANEL[1])[:, None]))
    tau, mu, log_weight = (np.concatenate(each) for each in zip(*nodes, strict=True))
    log_evidence = float(np.logaddexp.reduce(log_weight, axis=None))
    return MetaAnalysis(tau, mu, np.exp(log_weight - log_evidence), log_evidence)


def study_likelihood(
    responders: float, n: float, mu: Floats, tau: Floats, n_nodes: int = WITHIN_STUDY
) -> Floats:
    r"""Logarithm of the probability of the counts of a study, its effect integrated out.

    .. math:: \log \int \binom{n}{x} \mathrm{expit}(\mu + \tau z)^x (1 - \mathrm{expit}(\mu + \tau z))^{n - x}
        \phi(z)\, dz

    The integrand has one maximum, on both sides of which its range is looked for.

    Parameters
    ----------
    responders, n
        Counts of the study.
    mu, tau
        Mean and standard deviation of the logits, arrays of one shape; a tau of zero is allowed.
    n_nodes
        Of the integral; the error of 96 is below 1e-11 for a tau of up to 4.
    """
    x, size = float(responders), float(n)

    def height(z: Floats) -> Floats:
        logit = mu + tau * z
        return x * logit - size * np.logaddexp(0.0, logit) - z * z / 2

    def slope(z: Floats) -> tuple[Floats, Floats]:
        p = expit(mu + tau * z)
        return tau * (x - size * p) - z, -tau * tau * size * p * (1 - p) - 1

    peak = decreasing_root(slope, tau * (x - size), tau * x, zero=1e-3)
    top = height(peak)
    far = np.full(peak.shape, np.sqrt(2 * FALL))

    def left_over(length: Floats, side: float) -> tuple[Floats, Floats]:
        z = peak + side * length
        return height(z) - top + FALL, side * slope(z)[0]

    # The slope at the peak is zero; as the curvature is at least one, nothing is left at the far end.
    left, right = (
        decreasing_root(lambda d, side=side: left_over(d, side), 0 * far, far, zero=0.5)
        for side in (-1.0, 1.0)
    )
    total = np.zeros(peak.shape)
    step = (left + right) / (n_nodes - 1)
    for node in range(n_nodes):
        total += np.exp(height(peak - left + node * step) - top)
    return log_choose(size, x) + top + np.log(total * step / SQRT_TWO_PI)


@dataclass(frozen=True, slots=True)
class _Model:
    """Different studies, shape (2, n_different), how often each is there, and the prior."""

    studies: Floats
    times: Integers
    prior: Prior

    def log_joint(self, mu: Floats, tau: Floats, n_nodes: int) -> Floats:
        """Logarithm of the density of prior and data, of the shape that ``mu`` and ``tau`` broadcast to."""
        mu, tau = np.broadcast_arrays(mu, tau)
        away, wide = (mu - self.prior.mu_mean) / self.prior.mu_sd, tau / self.prior.tau_scale
        scale = np.pi * self.prior.mu_sd * self.prior.tau_scale
        total = -(away * away + wide * wide) / 2 - np.log(scale)
        for (x, size), repeated in zip(self.studies.T, self.times, strict=True):
            total = total + repeated * study_likelihood(x, size, mu, tau, n_nodes)
        return total


def _edges(model: _Model) -> Floats:
    """Ends of panels of tau, from zero: the first is narrower than the error of any study."""
    furthest = np.sqrt(2 * FALL) * model.prior.tau_scale
    smallest = 1 / np.sqrt(model.studies[1].max(initial=1.0))
    panels = max(1, int(np.ceil(np.log(furthest / smallest) / np.log(GROWTH))))
    return np.concatenate([[0.0], furthest / GROWTH ** np.arange(panels, -1, -1)])


def _ranges(model: _Model, tau: Floats) -> tuple[Floats, Floats]:
    """Range of the mean for each tau, of shape (n_tau,), outside which the joint density is nothing.

    For one tau the joint density is log-concave in the mean, so that it has one maximum.
    """
    wide = np.sqrt(2 * FALL) * model.prior.mu_sd
    low, high = (np.full(tau.shape, model.prior.mu_mean + sign * wide) for sign in (-1, 1))
    for _ in range(NARROWINGS):
        mu = np.linspace(low, high, COARSE, axis=1)
        next_low, next_high = _narrowed(mu, model.log_joint(mu, tau[:, None], ROUGHLY))
        shrinks = (next_high - next_low < CERTAIN * (high - low)).any()
        low, high = next_low, next_high
        if not shrinks:
            break
    return low, high


def _over_mean(
    model: _Model, tau: Floats, low: Floats, high: Floats, n_mean: int, n_nodes: int
) -> tuple[Floats, Floats]:
    """Nodes of the mean for each tau, and the logarithm of density times step there, (n_tau, n_mean)."""
    mu = np.linspace(low, high, n_mean, axis=1)
    step = (high - low) / (n_mean - 1)
    return mu, model.log_joint(mu, tau[:, None], n_nodes) + np.log(step)[:, None]


def _narrowed(nodes: Floats, log_density: Floats) -> tuple[Floats, Floats]:
    """Ends of the part of each row of equal steps that matters: up to the first node that does not."""
    matters = log_density > log_density.max(axis=1, keepdims=True) - FALL
    last = nodes.shape[1] - 1
    first = np.maximum(matters.argmax(axis=1) - 1, 0)
    final = np.minimum(last - matters[:, ::-1].argmax(axis=1) + 1, last)
    rows = np.arange(nodes.shape[0])
    return nodes[rows, first], nodes[rows, final]


def _check(x: Floats, size: Floats, prior: Prior, n_mean: int) -> None:
    """Refuse what cannot be the counts of studies, or a prior."""
    findings: list[Finding] = []
    if x.ndim != 1 or x.shape != size.shape:
        needed = "one number of responders and of patients for each study"
        findings.append(Finding("counts of studies", f"shapes {x.shape}, {size.shape}", needed))
    else:
        wrong = ~((x >= 0) & (x <= size) & (x % 1 == 0) & (size % 1 == 0))
        for place in np.flatnonzero(wrong):
            found = f"{x[place]:g} of {size[place]:g}"
            findings.append(
                Finding(f"study {place}", found, "whole numbers, between 0 responders and all patients")
            )
    if not np.isfinite(prior.mu_mean):
        findings.append(Finding("mu_mean", f"{prior.mu_mean:g}", "a finite logit", "0"))
    for name, value in (("mu_sd", prior.mu_sd), ("tau_scale", prior.tau_scale)):
        if not 0 < value < np.inf:
            findings.append(Finding(name, f"{value:g}", "a finite number above 0"))
    if n_mean < COARSE:
        findings.append(Finding("n_mean", str(n_mean), f"at least {COARSE}", "96"))
    if findings:
        raise InputError(findings)

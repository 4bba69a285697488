r"""Conditional power where several drifts are thought possible: a mixture, reweighted by the interim result.

A prior of one normal component takes what was planned and what was seen to differ by chance alone. A
mixture can say more: that the drug may not work at all, or work as planned, or as in a subset of trials
before. At an interim with information I the statistic has, under a component with mean :math:`\mu_j` and
standard deviation :math:`\sigma_j`, the normal distribution

.. math:: Z \sim N\left(\mu_j\sqrt{I},\; 1 + \sigma_j^2 I\right),

and by Bayes' rule the weights become proportional to prior weight times this density. Power is the mean
over the components, each with its own posterior: conditional power where a component is a point, predictive
power elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.sequential.conditional import DriftPrior, conditional_power, predictive_power
from remit.stats.sequential.looks import Looks

TOTAL = 1e-9
"""How far weights may be from a sum of one; they are then divided by their sum."""


@dataclass(frozen=True, slots=True)
class DriftMixture:
    """Prior of the drift: weights that add up to one and a component for each.

    A component with ``sd`` zero is a point, such as no effect or the planned drift. None may be flat: its
    weight would fall to zero with any result.
    """

    weights: tuple[float, ...]
    components: tuple[DriftPrior, ...]


def points(weights: tuple[float, ...], drifts: tuple[float, ...]) -> DriftMixture:
    """Mixture of single drifts, such as no effect and the planned one."""
    return DriftMixture(weights, tuple(DriftPrior(each, 0.0) for each in drifts))


def posterior_weights(mixture: DriftMixture, z: Floats | float, now: float) -> Floats:
    """Weights of the components after an interim, shape (..., n_components) for ``z`` of shape (...).

    Parameters
    ----------
    mixture
        Prior.
    z, now
        Statistic and information at the interim; without information the prior weights stay. NaN gives NaN.

    Raises
    ------
    InputError
        With every finding: weights that are negative or do not add up to one, a flat component, information
        below zero.
    """
    check(mixture, now)
    at = np.asarray(z, dtype=np.float64)[..., None]
    mean = np.array([each.mean for each in mixture.components])
    variance = 1 + np.array([each.sd for each in mixture.components]) ** 2 * now
    prior = np.array(mixture.weights)
    with np.errstate(divide="ignore"):
        log_density = -0.5 * ((at - mean * np.sqrt(now)) ** 2 / variance + np.log(variance)) + np.log(prior)
    # The largest is taken out, so that a result far from every component still has weights.
    share = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    return np.asarray(share / share.sum(axis=-1, keepdims=True))


def mixture_power(ahead: Looks, z: Floats | float, now: float, mixture: DriftMixture) -> Floats:
    """Probability of showing benefit at any look ahead, of the shape of ``z``, averaged over a mixture.

    Parameters
    ----------
    ahead
        Looks that remain; lower bounds are obeyed.
    z, now
        Statistic and information at the interim. With no information this is the assurance of the trial.
    mixture
        Prior of the drift, before the interim.

    Raises
    ------
    InputError
        As :func:`posterior_weights`, and if the next look has no more information than the interim.
    """
    weights = posterior_weights(mixture, z, now)
    each = [
        conditional_power(ahead, z, now, prior.mean)
        if prior.sd == 0
        else predictive_power(ahead, z, now, prior)
        for prior in mixture.components
    ]
    return np.asarray((weights * np.stack(each, axis=-1)).sum(axis=-1))


def check(mixture: DriftMixture, now: float) -> None:
    """Refuse a mixture or an interim that cannot be used.

    Raises
    ------
    InputError
        With every finding.
    """
    found: list[Finding] = []
    weights = np.array(mixture.weights, dtype=np.float64)
    if weights.size == 0 or weights.size != len(mixture.components):
        found.append(
            Finding("weights", f"{weights.size}", f"one for each of {len(mixture.components)} components")
        )
    elif not ((weights >= 0).all() and abs(weights.sum() - 1) <= TOTAL):
        found.append(Finding("weights", str(mixture.weights), "none below 0, and a sum of 1"))
    for place, each in enumerate(mixture.components):
        if not (np.isfinite(each.mean) and 0 <= each.sd < np.inf):
            needed = "a finite mean and a finite standard deviation, 0 for a point"
            found.append(Finding(f"component {place + 1}", str(each), needed))
    if not 0 <= now < np.inf:
        found.append(Finding("now", f"information {now:g}", "at least 0 and finite"))
    if found:
        raise InputError(found)

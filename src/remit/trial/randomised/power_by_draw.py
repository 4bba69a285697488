r"""Power of a hypothesis by parameter draw, from the mean statistics that its trials had at each look.

The trials of one draw take their patients from one finite pool: they vary less than trials of one population
do, and the share of them that reject is not the power of the draw. The power is therefore integrated for
statistics with the canonical joint normal distribution about the mean of the draw at each look, which needs
no proportional hazards. The means are drawn towards that of all draws until their variance is that of true
means. Of the observed variance, for :math:`R` trials a draw that vary by :math:`v` about its mean,

.. math:: \frac{v}{R} + \max(1 - v, 0)

is noise: of finitely many trials, and, as a trial from an endless population varies by 1, of the finite pool.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Floats, Integers
from remit.stats.sequential.integration import exits
from remit.trial.designs.group_sequential import bounds_of_events
from remit.trial.randomised.plan import Hypothesis, Testing


@dataclass(frozen=True, slots=True)
class PowerByDraw:
    """Power at each draw, shape (n_draws,), and at the median of the mean statistics of draws."""

    draw: Integers
    power: Floats
    at_median: float


def power_by_draw(
    z: Floats, events: Integers, draw: Integers, of: tuple[Hypothesis, Testing], share: float
) -> PowerByDraw:
    """Probability that a hypothesis is rejected by its own bounds, at a share of alpha.

    Parameters
    ----------
    z, events
        Of the hypothesis at its looks, as if no trial had stopped, shape (n_replicates, n_looks).
    draw
        Parameter draw of each trial, shape (n_replicates,).
    of
        The hypothesis, and whether futility is obeyed.
    share
        Weight of the hypothesis at the beginning.
    """
    hypothesis, testing = of
    names, index = np.unique(draw, return_inverse=True)
    means = true_means(z, index, names.size)
    typical = np.maximum.accumulate(np.rint(events.mean(axis=0)).astype(np.int64))
    bounds = bounds_of_events(hypothesis.test, typical[None, :], share)
    held = np.flatnonzero(~np.isnan(bounds.upper[0]))
    upper = bounds.upper[0, held]
    lower = np.maximum(bounds.futility[0, held] if testing.obeys_futility else -np.inf, bounds.harm[0, held])
    lower[-1] = min(lower[-1], upper[-1])
    at = typical[held].astype(float)

    def power(mean: Floats) -> float:
        shift = mean[held]
        return float(exits(at, lower - shift, upper - shift, 0.0).upper.sum())

    by_draw = np.array([power(mean) for mean in means])
    return PowerByDraw(names, by_draw, power(np.median(means, axis=0)))


def true_means(z: Floats, index: Integers, n_draws: int) -> Floats:
    """Mean statistics by draw, cleared of noise, shape (n_draws, n_looks); trials without one are left out.

    Parameters
    ----------
    z
        Shape (n_replicates, n_looks).
    index
        Number of the draw of each trial, from 0.
    n_draws
        Draws, each with a trial.
    """
    there = ~np.isnan(z)
    known = np.where(there, z, 0.0)
    count = np.stack([np.bincount(index, weights=each, minlength=n_draws) for each in there.T], axis=1)
    total = np.stack([np.bincount(index, weights=each, minlength=n_draws) for each in known.T], axis=1)
    means = total / np.maximum(count, 1)
    center = means.mean(axis=0)
    if n_draws < 2:
        return means
    about = np.where(there, (known - means[index]) ** 2, 0.0).sum(axis=0)
    free = (count - 1).clip(min=0).sum(axis=0)
    within = np.where(free > 0, about / np.maximum(free, 1), 1.0)
    noise = (within / np.maximum(count, 1)).mean(axis=0) + np.maximum(1 - within, 0.0)
    observed = means.var(axis=0, ddof=1)
    kept = np.sqrt(np.maximum(observed - noise, 0.0) / np.where(observed > 0, observed, 1.0))
    return center + kept * (means - center)

r"""Stage-wise inference of many trials that share their looks: p-values, and the median-unbiased estimate.

As ``sequential.inference``, whose p-value at one drift is here had for all trials at once, and with it
whether their intervals hold the true drift: an interval of level :math:`\gamma` does exactly if
:math:`p(\theta)` is between :math:`(1-\gamma)/2` and :math:`(1+\gamma)/2`. The estimate is the drift at which
p is one half. Among trials that stop at one look it is a smooth function of their statistic, close to a line,
which is computed at some statistics and interpolated between them.
"""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.sequential.inference import stagewise_limit
from remit.stats.sequential.integration import Going, above, goings, step
from remit.stats.sequential.looks import Looks, Stop

PIECE = 4096
"""Trials taken at once."""
FEWEST = 8
"""Least number of statistics that are interpolated between."""
SPACING = 0.2
"""Distance of the statistics at which the estimate is computed; the error is below 1e-4 standard errors."""


def stagewise_p_values(whole: Looks, look: Integers, z: Floats, drift: float) -> Floats:
    """Probability, under a drift, of a result at least as favourable as that of each trial.

    Parameters
    ----------
    whole
        Looks of the trials.
    look, z
        Position of the look at which each stopped, from 0, and its statistic there, shape (n_replicates,).
    drift
        Effect per unit of information.

    Returns
    -------
    Shape (n_replicates,); NaN where the statistic is.
    """
    path = goings(whole.information, whole.counted, whole.upper, drift)
    found, before = np.full(z.shape, np.nan), 0.0
    for k, going in enumerate(path):
        here = (look == k) & ~np.isnan(z)
        now = float(whole.information[k])
        found[here] = before + _at_least(going, now, z[here])
        before += above(going, now, float(whole.upper[k]))
    return found


def _at_least(going: Going, information: float, z: Floats) -> Floats:
    """Probability of going on until a look and having at least each statistic there."""
    mean, sd = step(going, information)
    parts = np.array_split(z, 1 + z.size // PIECE)
    return np.concatenate([ndtr((mean - each[:, None]) / sd) @ going.mass for each in parts])


def covers(p_value: Floats, level: float) -> Booleans:
    """Whether the stage-wise interval holds the drift at which the p-values were computed."""
    tail = (1 - level) / 2
    return (p_value > tail) & (p_value < 1 - tail)


def median_unbiased(whole: Looks, look: Integers, z: Floats) -> Floats:
    """Median-unbiased estimate of the drift of each trial; arguments as of ``stagewise_p_values``.

    Returns
    -------
    Shape (n_replicates,); NaN where the statistic is.
    """
    found = np.full(z.shape, np.nan)
    for k in range(whole.n_looks):
        here = (look == k) & np.isfinite(z)
        values = z[here]
        if not values.size:
            continue
        nodes = max(FEWEST, int(np.ceil(np.ptp(values) / SPACING)) + 1)
        if k == 0:
            # No look before it: the estimate is a line through the origin.
            found[here] = values / np.sqrt(whole.information[0])
        elif values.size <= nodes:
            found[here] = _limits(whole, k, values)
        else:
            at = np.linspace(values.min() - SPACING, values.max() + SPACING, nodes + 2)
            found[here] = CubicSpline(at, _limits(whole, k, at))(values)
    return found


def _limits(whole: Looks, k: int, z: Floats) -> Floats:
    return np.array([stagewise_limit(whole, Stop(k + 1, float(each)), 0.5) for each in z])

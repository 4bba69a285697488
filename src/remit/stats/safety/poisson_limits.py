"""Exact confidence limits of a rate of events over time."""

import numpy as np
import scipy  # of which `special` is loaded when a limit is first asked for

from remit.stats.estimate import Floats, Integers, Limits


def poisson_limits(events: Integers, exposure: Floats, level: float = 0.95) -> Limits:
    """Exact limits of a rate, after Garwood (1936): those of the mean of a Poisson number over the exposure.

    Parameters
    ----------
    events, exposure
        Number of events and time at risk; arrays of one shape, or numbers. Without time there is no rate, and
        limits are NaN.
    level
        Confidence level of the two-sided interval, in (0, 1). Without events the upper limit is that of half
        the remaining probability too, as in ``poisson.test`` of R.

    Returns
    -------
    Limits in events per unit of ``exposure``.
    """
    x, time = np.broadcast_arrays(np.asarray(events), np.asarray(exposure, dtype=float))
    tail = (1 - level) / 2
    low = np.where(x == 0, 0.0, scipy.special.gammaincinv(np.maximum(x, 1), tail))
    high = scipy.special.gammainccinv(x + 1, tail)
    known = np.where(time > 0, time, np.nan)
    return Limits(low / known, high / known)

r"""Cumulative hazard of one data set, with its variance and intervals.

With :math:`d_i` events among :math:`n_i` at risk at the time :math:`t_i`:

.. math:: \hat H(t) = \sum_{t_i \le t} \frac{d_i}{n_i} \quad\text{(Nelson, Aalen)}, \qquad
    \hat H(t) = \sum_{t_i \le t} \sum_{j=0}^{d_i - 1} \frac{1}{n_i - j} \quad\text{(Fleming, Harrington)}

The second takes tied events for events that are tied by the rounding of time alone.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Floats, Integers
from remit.stats.survival.checks import check_patients

Ties = Literal["nelson-aalen", "fleming-harrington"]
Variance = Literal["aalen", "binomial", "greenwood"]


@dataclass(frozen=True, slots=True)
class CumulativeHazard:
    """Cumulative hazard at each time of the data, increasing, all arrays of shape (n_times,).

    ``low`` and ``high`` are pointwise limits; NaN before the first event on the scale of the logarithm.
    """

    time: Floats
    at_risk: Integers
    events: Integers
    hazard: Floats
    variance: Floats
    low: Floats
    high: Floats


def nelson_aalen(
    time: ArrayLike,
    event: ArrayLike,
    level: float = 0.95,
    *,
    ties: Ties = "nelson-aalen",
    variance: Variance = "aalen",
    scale: Literal["plain", "log"] = "log",
) -> CumulativeHazard:
    r"""Cumulative hazard after Nelson (1972) and Aalen (1978), or Fleming and Harrington (1984).

    Parameters
    ----------
    time, event
        Time of event or censoring, and true for an event, shape (n_patients,).
    level
        Confidence level of the pointwise interval, in (0, 1).
    ties
        What tied events add: ``nelson-aalen`` or ``fleming-harrington``, above.
    variance
        What a time adds to the variance. ``aalen``: :math:`d/n^2`, and with the ties of Fleming and
        Harrington :math:`\sum_j 1/(n-j)^2`. ``binomial``: :math:`d(n-d)/n^3`, after Klein (1991).
        ``greenwood``: :math:`d/(n(n-d))`, that of minus the logarithm of Kaplan-Meier, infinite from the
        time at which nobody is left. Klein found that of Aalen the least biased.
    scale
        ``log``: the interval is symmetric for the logarithm of the hazard; ``plain``: for itself, cut at 0.

    Raises
    ------
    InputError
        If patients are not known or an option is none of these.
    """
    when, happened = check_patients(time, event)
    check_level(level)
    moments, index = np.unique(when, return_inverse=True)
    d = np.bincount(index, weights=happened, minlength=moments.size).astype(float)
    leaving = np.bincount(index, minlength=moments.size)
    n = leaving[::-1].cumsum()[::-1].astype(float)
    hazard = np.cumsum(_added(d, n, ties))
    spread = np.cumsum(_added_variance(d, n, ties, variance))
    half = critical_value(level) * np.sqrt(spread)
    if scale == "plain":
        low, high = np.maximum(hazard - half, 0.0), hazard + half
    elif scale == "log":
        relative = np.exp(np.divide(half, hazard, out=np.full(hazard.shape, np.nan), where=hazard > 0))
        low, high = hazard / relative, hazard * relative
    else:
        raise problem("nelson_aalen: scale", scale, "log or plain")
    whole = n.astype(np.int64), d.astype(np.int64)
    return CumulativeHazard(moments, *whole, hazard, spread, low, high)


def _added(d: Floats, n: Floats, ties: Ties) -> Floats:
    """What each time adds to the cumulative hazard."""
    if ties == "nelson-aalen":
        return d / n
    if ties == "fleming-harrington":
        return _one_by_one(d, n, 1)
    raise problem("nelson_aalen: ties", ties, "nelson-aalen or fleming-harrington")


def _added_variance(d: Floats, n: Floats, ties: Ties, variance: Variance) -> Floats:
    """What each time adds to the variance."""
    if variance == "aalen":
        return d / n**2 if ties == "nelson-aalen" else _one_by_one(d, n, 2)
    if variance == "binomial":
        return d * (n - d) / n**3
    if variance == "greenwood":
        last = np.where(d > 0, np.inf, 0.0)
        return np.divide(d, n * (n - d), out=last, where=n > d)
    raise problem("nelson_aalen: variance", variance, "aalen, binomial or greenwood")


def _one_by_one(d: Floats, n: Floats, power: int) -> Floats:
    """Sum of (n - j) to minus ``power`` over j from 0 to d - 1, at each time."""
    count = d.astype(np.int64)
    moment = np.repeat(np.arange(d.size), count)
    before = np.arange(moment.size) - np.repeat(np.cumsum(count) - count, count)
    each = (n[moment] - before) ** -float(power)
    return np.bincount(moment, weights=each, minlength=d.size).astype(float)

r"""Kaplan-Meier survival of one data set, with its intervals, and what is read off the curve.

At a time with events and censoring, events come first. ``many_curves`` holds the kernel for replicates.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import problem
from remit.stats.estimate import Estimate, Floats, Integers
from remit.stats.survival.checks import check_patients
from remit.stats.survival.pointwise_limits import Scale, pointwise_limits

ROUNDING = 1e-9
"""A survival that rounding has lifted by less still counts as what it is without rounding."""
HALF = 0.5 + ROUNDING
"""A survival of one half that rounding has lifted a little still counts as one half."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Survival at each time of the data, increasing, all arrays of shape (n_times,).

    ``variance`` is Greenwood's; ``low`` and ``high`` are pointwise limits, on the log-log scale unless
    another was asked for. Where survival is 1 the limits are 1, where it is 0 they are NaN: no scale has an
    interval there.
    """

    time: Floats
    at_risk: Integers
    events: Integers
    censored: Integers
    survival: Floats
    variance: Floats
    low: Floats
    high: Floats


def kaplan_meier(time: ArrayLike, event: ArrayLike, level: float = 0.95, scale: Scale = "log-log") -> Curve:
    r"""Product-limit estimate.

    After Kaplan and Meier (1958), Greenwood (1926), Kalbfleisch and Prentice (2002).

    .. math:: \hat S(t) = \prod_{t_i \le t} \left(1 - \frac{d_i}{n_i}\right), \qquad
        \widehat{\mathrm{Var}}\,\hat S(t) = \hat S(t)^2 \sum_{t_i \le t} \frac{d_i}{n_i (n_i - d_i)}

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_patients,), in any unit.
    event
        True for an event, shape (n_patients,).
    level
        Confidence level of the pointwise interval, in (0, 1).
    scale
        Scale on which the pointwise interval is symmetric, one of ``pointwise_limits.SCALES``.

    Raises
    ------
    InputError
        If times or events are not known, or an option is none of these.
    """
    when, happened = check_patients(time, event)
    moments, index = np.unique(when, return_inverse=True)
    events = np.bincount(index, weights=happened, minlength=moments.size)
    leaving = np.bincount(index, minlength=moments.size)
    at_risk = leaving[::-1].cumsum()[::-1]
    survival: Floats = np.cumprod(1 - events / np.maximum(at_risk, 1), dtype=np.float64)
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(events > 0, events / (at_risk * left), 0.0)
        hazard_variance = np.cumsum(terms)
        # At survival zero the sum is infinite while the variance, its limit times zero, is reported as 0.
        variance = np.where(survival > 0, survival**2 * hazard_variance, 0.0)
    limits = pointwise_limits(survival, hazard_variance, level, scale)
    return Curve(
        moments,
        at_risk.astype(np.int64),
        events.astype(np.int64),
        (leaving - events).astype(np.int64),
        survival,
        variance,
        limits.low,
        limits.high,
    )


def survival_at(curve: Curve, at: Floats) -> Floats:
    """Survival at each time of ``at``, of its shape; after the last time, the last survival."""
    values = np.concatenate([[1.0], curve.survival])
    return values[np.searchsorted(curve.time, at, side="right")]


def landmark(curve: Curve, at: float) -> Estimate:
    """Survival at a time with the curve's interval; NaN if nobody is followed that long and some survive."""
    place = int(np.searchsorted(curve.time, at, side="right")) - 1
    if place < 0:
        return Estimate(1.0, 1.0, 1.0) if curve.time.size else Estimate(np.nan, np.nan, np.nan)
    if at > curve.time[-1] and curve.survival[-1] > 0:
        return Estimate(np.nan, np.nan, np.nan)
    return Estimate(float(curve.survival[place]), float(curve.low[place]), float(curve.high[place]))


def median(curve: Curve) -> Estimate:
    """Median survival with the interval of Brookmeyer and Crowley on the scale of the curve.

    The median is the first time at which survival is at most one half; the interval holds the times whose
    pointwise interval holds one half. What is not reached is infinite.

    After Brookmeyer and Crowley (1982).
    """
    return quantile(curve, 0.5)


def quantile(curve: Curve, probability: float, flat: Literal["first", "middle"] = "first") -> Estimate:
    """Time by which a share of patients has had the event, with its confidence interval.

    The interval is that of Brookmeyer and Crowley (1982): the times whose pointwise interval holds
    ``1 - probability``. What is not reached is infinite. Where nobody is left there is no pointwise interval,
    so a last event alone does not bound the time from above: the upper limit is then not reached, as in R.

    Parameters
    ----------
    curve
        A Kaplan-Meier curve.
    probability
        Share of patients with an event, in (0, 1): 0.25 for the lower quartile.
    flat
        If survival is exactly ``1 - probability`` from one time of an event to another, every time between
        them would do: ``first`` takes the first, ``middle`` their midpoint, as SAS and R do. If no event
        follows, that is the midpoint until the last time, as in R.

    Raises
    ------
    InputError
        If the probability is not between 0 and 1.
    """
    if not 0 < probability < 1:
        raise problem("quantile: probability", probability, "a share between 0 and 1", "0.5 for the median")
    target = 1 - probability
    value = _first(curve.time, curve.survival, target)
    # Rounding may lift or lower a survival that is one of the share by less than this.
    level = np.flatnonzero((np.abs(curve.survival - target) < ROUNDING) & (curve.events > 0))
    if flat == "middle" and level.size:
        following = np.flatnonzero((curve.events > 0) & (curve.time > curve.time[level[0]]))
        until = curve.time[following[0]] if following.size else curve.time[-1]
        value = (value + float(until)) / 2
    # Survival that is 0 has no interval, but no lower limit that is above it.
    low = np.where(curve.survival > 0, curve.low, 0.0)
    return Estimate(value, _first(curve.time, low, target), _first(curve.time, curve.high, target))


def _first(time: Floats, survival: Floats, target: float) -> float:
    """First time at which a survival is at most a target; what is NaN is not."""
    below = np.flatnonzero(survival <= target + ROUNDING)
    return float(time[below[0]]) if below.size else np.inf


def numbers_at_risk(time: Floats, at: Floats) -> Integers:
    """Patients whose time is at or after each time of ``at``, of its shape."""
    ordered = np.sort(np.asarray(time, dtype=float))
    return ordered.size - np.searchsorted(ordered, at, side="left")

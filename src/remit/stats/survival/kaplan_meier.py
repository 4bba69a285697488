r"""Kaplan-Meier survival of one data set, with its intervals.

At a time with events and censoring, events come first. ``many_curves`` holds the kernel for replicates.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remit.stats.estimate import Booleans, Estimate, Floats, Integers

HALF = 0.5 + 1e-9
"""A survival of one half that rounding has lifted a little still counts as one half."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Survival at each time of the data, increasing, all arrays of shape (n_times,).

    ``variance`` is Greenwood's; ``low`` and ``high`` are pointwise limits on the log-log scale. Where
    survival is 1 the limits are 1, where it is 0 they are NaN: the scale is not defined there.
    """

    time: Floats
    at_risk: Integers
    events: Integers
    censored: Integers
    survival: Floats
    variance: Floats
    low: Floats
    high: Floats


def kaplan_meier(time: Floats, event: Booleans, level: float = 0.95) -> Curve:
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
    """
    moments, index = np.unique(np.asarray(time, dtype=float), return_inverse=True)
    events = np.bincount(index, weights=np.asarray(event, dtype=float), minlength=moments.size)
    leaving = np.bincount(index, minlength=moments.size)
    at_risk = leaving[::-1].cumsum()[::-1]
    survival: Floats = np.cumprod(1 - events / np.maximum(at_risk, 1), dtype=np.float64)
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(events > 0, events / (at_risk * left), 0.0)
        hazard_variance = np.cumsum(terms)
        # At survival zero the sum is infinite while the variance, its limit times zero, is reported as 0.
        variance = np.where(survival > 0, survival**2 * hazard_variance, 0.0)
        low, high = _log_log_limits(survival, hazard_variance, level)
    return Curve(
        moments,
        at_risk.astype(np.int64),
        events.astype(np.int64),
        (leaving - events).astype(np.int64),
        survival,
        variance,
        low,
        high,
    )


def _log_log_limits(survival: Floats, hazard_variance: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits of survival from a normal interval of log(-log S)."""
    z = -float(ndtri((1 - level) / 2))
    inside = (survival > 0) & (survival < 1)
    half = z * np.sqrt(hazard_variance) / np.abs(np.log(survival))
    ends = np.where(survival >= 1, 1.0, np.nan)
    low = np.where(inside, survival ** np.exp(half), ends)
    return low, np.where(inside, survival ** np.exp(-half), ends)


def survival_at(curve: Curve, at: Floats) -> Floats:
    """Survival at each time of ``at``, of its shape; after the last time, the last survival."""
    values = np.concatenate([[1.0], curve.survival])
    return values[np.searchsorted(curve.time, at, side="right")]


def landmark(curve: Curve, at: float) -> Estimate:
    """Survival at a time with its log-log interval; NaN if nobody is followed that long and some survive."""
    place = int(np.searchsorted(curve.time, at, side="right")) - 1
    if place < 0:
        return Estimate(1.0, 1.0, 1.0) if curve.time.size else Estimate(np.nan, np.nan, np.nan)
    if at > curve.time[-1] and curve.survival[-1] > 0:
        return Estimate(np.nan, np.nan, np.nan)
    return Estimate(float(curve.survival[place]), float(curve.low[place]), float(curve.high[place]))


def median(curve: Curve) -> Estimate:
    """Median survival with the interval of Brookmeyer and Crowley on the log-log scale.

    The median is the first time at which survival is at most one half; the interval holds the times whose
    pointwise interval holds one half. What is not reached is infinite.

    After Brookmeyer and Crowley (1982).
    """
    return Estimate(
        _first(curve.time, curve.survival), _first(curve.time, curve.low), _first(curve.time, curve.high)
    )


def _first(time: Floats, survival: Floats) -> float:
    """First time at which a survival, held at its last value where it is not defined, is at most one half."""
    # NaN stands where everyone has had the event: both limits then say zero.
    below = np.flatnonzero(np.nan_to_num(survival, nan=0.0) <= HALF)
    return float(time[below[0]]) if below.size else np.inf


def numbers_at_risk(time: Floats, at: Floats) -> Integers:
    """Patients whose time is at or after each time of ``at``, of its shape."""
    ordered = np.sort(np.asarray(time, dtype=float))
    return ordered.size - np.searchsorted(ordered, at, side="left")


def follow_up(time: Floats, event: Booleans, level: float = 0.95) -> Estimate:
    """Median follow-up by the reverse Kaplan-Meier method: censoring is the event.

    After Schemper and Smith (1996).
    """
    return median(kaplan_meier(time, ~np.asarray(event, dtype=bool), level))


def restricted_mean(curve: Curve, horizon: float) -> Estimate:
    r"""Mean survival time up to ``horizon`` with a normal 95% interval.

    After Royston and Parmar (2013).

    .. math:: \mu(\tau) = \int_0^\tau \hat S(t)\,dt, \qquad
        \mathrm{Var} = \sum_{t_i \le \tau} \left(\int_{t_i}^\tau \hat S\right)^2 \frac{d_i}{n_i(n_i - d_i)}
    """
    inside = curve.time < horizon
    edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
    after = areas[::-1].cumsum()[::-1][1:]
    left = curve.at_risk[inside] - curve.events[inside]
    kept = (curve.events[inside] > 0) & (left > 0)
    terms = np.where(kept, curve.events[inside] / np.maximum(curve.at_risk[inside] * left, 1), 0.0)
    value = float(areas.sum())
    half = -float(ndtri(0.025)) * float(np.sqrt((after**2 * terms).sum()))
    return Estimate(value, value - half, value + half)

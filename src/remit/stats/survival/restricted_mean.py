r"""Restricted mean survival time: the area under a survival curve up to a horizon, of an arm and of two arms.

It needs no proportional hazards, and says in units of time what a treatment gains until the horizon. The
horizon is part of the estimand: fix it in the protocol, not after the curves were seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Booleans, Comparison, Estimate, Floats
from remit.stats.survival.checks import check_rows, check_two_arms
from remit.stats.survival.kaplan_meier import Curve
from remit.stats.survival.many_curves import kaplan_meier_rows, known_until, restricted_means


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """Mean time without the event up to a horizon, and the variance of its estimate."""

    horizon: float
    value: float
    variance: float


def restricted_mean(curve: Curve, horizon: float, level: float = 0.95) -> Estimate:
    """Restricted mean of an arm with a normal interval; see :func:`restricted_mean_of`."""
    found = restricted_mean_of(curve, horizon)
    half = critical_value(level) * float(np.sqrt(found.variance))
    return Estimate(found.value, found.value - half, found.value + half)


def restricted_mean_of(curve: Curve, horizon: float) -> RestrictedMean:
    r"""Restricted mean of an arm, after Royston and Parmar (2013).

    .. math:: \mu(\tau) = \int_0^\tau \hat S(t)\,dt, \qquad
        \mathrm{Var} = \sum_{t_i \le \tau} \left(\int_{t_i}^\tau \hat S\right)^2 \frac{d_i}{n_i(n_i - d_i)}

    Beyond the last time of the data the curve is held at its last value. That is right where the last value
    is zero and an assumption elsewhere; :func:`restricted_mean_difference` refuses it, this function does
    not.
    """
    inside = curve.time < horizon
    edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
    after = areas[::-1].cumsum()[::-1][1:]
    left = curve.at_risk[inside] - curve.events[inside]
    kept = (curve.events[inside] > 0) & (left > 0)
    terms = np.where(kept, curve.events[inside] / np.maximum(curve.at_risk[inside] * left, 1), 0.0)
    return RestrictedMean(horizon, float(areas.sum()), float((after**2 * terms).sum()))


def latest_horizon(time: ArrayLike, event: ArrayLike, experimental: ArrayLike) -> float:
    """Latest horizon at which both curves are known; infinite if both have come down to zero.

    The curve of an arm is known up to its last time, and for ever if it comes down to zero there.
    """
    when, happened, arm = check_two_arms(time, event, experimental)
    curves = (kaplan_meier_rows(when[None], happened[None], side[None]) for side in (arm, ~arm))
    return min(float(known_until(each)[0]) for each in curves)


def restricted_mean_difference(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    horizon: float | None = None,
    level: float = 0.95,
) -> Comparison:
    """Difference of restricted means, experimental minus control, with a normal interval.

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_patients,).
    event, experimental
        True for an event; true in the experimental arm. Both of shape (n_patients,).
    horizon
        Where the areas end, in the unit of ``time``; if not given, the smaller of the last times of the arms.
        Beyond :func:`latest_horizon` the result is NaN: the data say nothing there.
    level
        Confidence level, in (0, 1).

    Raises
    ------
    InputError
        If patients are not known, or the level is none.

    References
    ----------
    Royston and Parmar (2013); Uno and others (2014).
    """
    return _difference(_one_row(time, event, experimental, horizon), level)


def restricted_mean_difference_rows(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    horizon: float | None = None,
    included: ArrayLike | None = None,
    level: float = 0.95,
) -> Comparison:
    """Difference of restricted means in each row, arrays of shape (n_replicates,).

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_replicates, n_patients).
    event, experimental, included
        True for an event, in the experimental arm, for who belongs to the data set, which is everyone if not
        given. Of the shape of ``time`` or (n_patients,).
    horizon, level
        As of :func:`restricted_mean_difference`; a horizon that is not given is that of each row.

    Raises
    ------
    InputError
        If shapes do not go together, or the level is none.
    """
    when = check_rows(time, event=event, experimental=experimental, included=included)
    happened, arm, kept = (
        np.broadcast_to(np.asarray(each, dtype=bool), when.shape)
        for each in (event, experimental, True if included is None else included)
    )
    return _difference(_arms(when, happened, (arm & kept, ~arm & kept), horizon), level)


def restricted_mean_ratio(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    horizon: float | None = None,
    level: float = 0.95,
) -> Comparison:
    """Ratio of restricted means, experimental to control; limits are symmetric on the logarithm.

    Parameters as of :func:`restricted_mean_difference`; ``se`` is that of the logarithm, by the delta method.
    """
    check_level(level)
    (one, v1), (other, v0) = _one_row(time, event, experimental, horizon)
    one, other = np.where(one > 0, one, np.nan), np.where(other > 0, other, np.nan)
    log_ratio, se = np.log(one / other), np.sqrt(v1 / one**2 + v0 / other**2)
    half = critical_value(level) * se
    limits = np.exp(log_ratio - half), np.exp(log_ratio + half)
    return _comparison("ratio", (np.exp(log_ratio), *limits, se, _z(log_ratio, se)), level)


Arm = tuple[Floats, Floats]
"""Restricted means of an arm and their variances, both of one shape."""


def _one_row(
    time: ArrayLike, event: ArrayLike, experimental: ArrayLike, horizon: float | None
) -> tuple[Arm, Arm]:
    """Experimental and control arm of one data set, of shape ()."""
    when, happened, arm = check_two_arms(time, event, experimental)
    (one, v1), (other, v0) = _arms(when[None], happened[None], (arm[None], ~arm[None]), horizon)
    return (one[0], v1[0]), (other[0], v0[0])


def _arms(
    time: Floats, event: Booleans, arms: tuple[Booleans, Booleans], horizon: float | None
) -> tuple[Arm, Arm]:
    """Experimental and control arm of each row; NaN where a curve is not known."""
    curves = [kaplan_meier_rows(time, event, arm) for arm in arms]
    last = [np.where(arm, time, 0.0).max(axis=1, initial=0.0) for arm in arms]
    until = np.minimum(*last) if horizon is None else np.full(time.shape[0], float(horizon))
    latest = np.minimum(*(known_until(each) for each in curves))
    asked = np.where((until > 0) & (until <= latest), until, np.nan)
    # Beyond the last time of all, what is known is zero.
    asked = np.minimum(asked, np.maximum(*last))
    one, other = (restricted_means(each, asked) for each in curves)
    return one, other


def _difference(arms: tuple[Arm, Arm], level: float) -> Comparison:
    check_level(level)
    (one, v1), (other, v0) = arms
    estimate, se = one - other, np.sqrt(v1 + v0)
    half = critical_value(level) * se
    return _comparison(
        "difference", (estimate, estimate - half, estimate + half, se, _z(estimate, se)), level
    )


def _z(effect: Floats, se: Floats) -> Floats:
    return np.divide(effect, se, out=np.full(np.shape(se), np.nan), where=se > 0)


def _comparison(kind: str, numbers: tuple[Floats, ...], level: float) -> Comparison:
    name = f"{kind} of restricted mean survival times"
    arrays = map(np.asarray, (*numbers, ndtr(-numbers[-1])))
    return Comparison("restricted mean", name, *arrays, level=level)

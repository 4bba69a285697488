r"""Survival of two arms at a time chosen in advance, the milestone.

With the Kaplan-Meier estimates :math:`\hat S_1, \hat S_0` of the experimental and control arm and Greenwood's
variances, after Klein, Logan, Harhoff and Andersen (2007):

.. math:: z = \frac{g(\hat S_1) - g(\hat S_0)}{\sqrt{g'(\hat S_1)^2 V_1 + g'(\hat S_0)^2 V_0}}

with :math:`g(p) = p`, or :math:`g(p) = -\log(-\log p)`, which they found to keep its level in small arms.
Both for one data set, and for many, one row each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Booleans, Comparison, Floats
from remit.stats.survival.checks import check_rows, check_two_arms
from remit.stats.survival.many_curves import kaplan_meier_rows, survivals_at


@dataclass(frozen=True, slots=True)
class Arms:
    """Survival of the experimental and of the control arm and its variance, all of one shape."""

    experimental: Floats
    experimental_variance: Floats
    control: Floats
    control_variance: Floats


def milestone_difference(
    time: ArrayLike, event: ArrayLike, experimental: ArrayLike, at: float, level: float = 0.95
) -> Comparison:
    """Difference of survival at a time, experimental minus control, with a normal interval.

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_patients,).
    event, experimental
        True for an event; true in the experimental arm. Both of shape (n_patients,).
    at
        The milestone, in the unit of ``time``. The result is NaN if an arm is not followed that long and some
        of it survive.
    level
        Confidence level, in (0, 1).

    Raises
    ------
    InputError
        If patients are not known, or the level is none.

    Notes
    -----
    Limits are not cut at -1 and 1. Without an event, or with nobody left, in both arms, ``z`` is NaN.
    """
    return _difference(_arms(time, event, experimental, at), level)


def milestone_difference_rows(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    at: float,
    included: ArrayLike | None = None,
    level: float = 0.95,
) -> Comparison:
    """Difference of survival at a time in each row, arrays of shape (n_replicates,).

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_replicates, n_patients).
    event, experimental, included
        True for an event, in the experimental arm, for who belongs to the data set, which is everyone if not
        given. Of the shape of ``time`` or (n_patients,).
    at, level
        As of :func:`milestone_difference`.

    Raises
    ------
    InputError
        If shapes do not go together, or the level is none.
    """
    return _difference(_arms_of_rows(time, event, experimental, at, included), level)


def milestone_log_log(
    time: ArrayLike, event: ArrayLike, experimental: ArrayLike, at: float, level: float = 0.95
) -> Comparison:
    r"""Test of survival at a time on the complementary log-log scale.

    The estimate is the ratio of cumulative hazards until then, :math:`\log \hat S_1 / \log \hat S_0`, which
    is the hazard ratio where hazards are proportional. NaN where survival of an arm is 0 or 1.

    Parameters as of :func:`milestone_difference`; ``se`` is that of the logarithm of the ratio.
    """
    return _log_log(_arms(time, event, experimental, at), level)


def milestone_log_log_rows(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    at: float,
    included: ArrayLike | None = None,
    level: float = 0.95,
) -> Comparison:
    """Test of survival at a time on the complementary log-log scale in each row, shape (n_replicates,).

    Parameters as of :func:`milestone_difference_rows`.
    """
    return _log_log(_arms_of_rows(time, event, experimental, at, included), level)


def _arms(time: ArrayLike, event: ArrayLike, experimental: ArrayLike, at: float) -> Arms:
    """Survival in the arms of one data set, of shape ()."""
    when, happened, arm = check_two_arms(time, event, experimental)
    row = _of_rows(when[None], happened[None], arm[None], at)
    return Arms(row.experimental[0], row.experimental_variance[0], row.control[0], row.control_variance[0])


def _arms_of_rows(
    time: ArrayLike, event: ArrayLike, experimental: ArrayLike, at: float, included: ArrayLike | None
) -> Arms:
    """Survival in the arms of each row, of shape (n_replicates,)."""
    when = check_rows(time, event=event, experimental=experimental, included=included)
    happened, arm, kept = (
        np.broadcast_to(np.asarray(each, dtype=bool), when.shape)
        for each in (event, experimental, True if included is None else included)
    )
    return _of_rows(when, happened, arm, at, kept)


def _of_rows(
    time: Floats, event: Booleans, arm: Booleans, at: float, kept: Booleans | np.bool_ = np.True_
) -> Arms:
    one = survivals_at(kaplan_meier_rows(time, event, arm & kept), at)
    return Arms(*one, *survivals_at(kaplan_meier_rows(time, event, ~arm & kept), at))


def _difference(arms: Arms, level: float) -> Comparison:
    check_level(level)
    estimate = arms.experimental - arms.control
    se = np.sqrt(arms.experimental_variance + arms.control_variance)
    half = critical_value(level) * se
    z = np.divide(estimate, se, out=np.full(np.shape(se), np.nan), where=se > 0)
    numbers = estimate, estimate - half, estimate + half, se, z, ndtr(-z)
    return Comparison("milestone, plain", "difference of survival", *map(np.asarray, numbers), level=level)


def _log_log(arms: Arms, level: float) -> Comparison:
    check_level(level)
    (one, v1), (other, v0) = (
        (np.where((survival > 0) & (survival < 1), survival, np.nan), variance)
        for survival, variance in (
            (arms.experimental, arms.experimental_variance),
            (arms.control, arms.control_variance),
        )
    )
    log_ratio = np.log(np.log(one) / np.log(other))
    se = np.sqrt(v1 / (one * np.log(one)) ** 2 + v0 / (other * np.log(other)) ** 2)
    half = critical_value(level) * se
    z = -log_ratio / se
    numbers = np.exp(log_ratio), np.exp(log_ratio - half), np.exp(log_ratio + half), se, z, ndtr(-z)
    name = "ratio of cumulative hazards"
    return Comparison("milestone, log-log", name, *map(np.asarray, numbers), level=level)

r"""Kaplan-Meier curves of many data sets of one size at once, one row each, and what is read off them.

Tied events each take a step of their own. That changes nothing: :math:`\frac{m-1}{m} \frac{m-2}{m-1}` is
:math:`\frac{m-2}{m}`, and of Greenwood's sum :math:`\frac{1}{m(m-1)} + \frac{1}{(m-1)(m-2)}` is
:math:`\frac{2}{m(m-2)}`. So at a time that is repeated only the last value counts.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats
from remit.stats.survival.kaplan_meier import HALF


@dataclass(frozen=True, slots=True)
class Curves:
    """One curve a row, all arrays of shape (n_replicates, n_patients).

    Parameters
    ----------
    time
        Times in order, the last of equal ones counting; infinite, and last, for who is not included.
    survival
        Survival just after each.
    log_variance
        Variance of its logarithm, Greenwood's sum; infinite where survival is 0.
    added
        What each time adds to that.
    """

    time: Floats
    survival: Floats
    log_variance: Floats
    added: Floats


def kaplan_meier_rows(time: Floats, event: Booleans, included: Booleans | None = None) -> Curves:
    """Product-limit estimate of each row.

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_replicates, n_patients); finite for who is included.
    event
        True for an event, of the same shape.
    included
        Who belongs to the data set, of the same shape; everyone if not given.
    """
    kept = np.ones(time.shape, dtype=bool) if included is None else included
    when = np.where(kept, time, np.inf)
    happened = event & kept
    # Two stable sorts: by event first, so that events precede censoring at the same time.
    first = np.argsort(~happened, axis=1, kind="stable")
    order = np.take_along_axis(
        first, np.argsort(np.take_along_axis(when, first, axis=1), axis=1, kind="stable"), axis=1
    )
    ordered, events = np.take_along_axis(when, order, axis=1), np.take_along_axis(happened, order, axis=1)
    at_risk = np.maximum(kept.sum(axis=1, keepdims=True) - np.arange(time.shape[1]), 1)
    with np.errstate(divide="ignore"):
        added = np.where(events, 1 / (at_risk * (at_risk - 1.0)), 0.0)
    return Curves(ordered, np.cumprod(1 - events / at_risk, axis=1), np.cumsum(added, axis=1), added)


def survival_rows(time: Floats, event: Booleans, included: Booleans | None = None) -> tuple[Floats, Floats]:
    """Times in order and survival just after each, both of shape (n_replicates, n_patients).

    Parameters as of :func:`kaplan_meier_rows`.
    """
    found = kaplan_meier_rows(time, event, included)
    return found.time, found.survival


def medians(time: Floats, event: Booleans, included: Booleans | None = None) -> Floats:
    """Median survival of each row, shape (n_replicates,); infinite where not reached, NaN in an empty row."""
    ordered, survival = survival_rows(time, event, included)
    below = survival <= HALF
    reached = below.any(axis=1)
    first = np.take_along_axis(ordered, below.argmax(axis=1)[:, None], axis=1)[:, 0]
    empty = np.zeros(time.shape[0], dtype=bool) if included is None else ~included.any(axis=1)
    return np.where(empty, np.nan, np.where(reached, first, np.inf))


def known_until(curves: Curves) -> Floats:
    """Until when each curve is known, shape (n_replicates,): for ever if it comes down to 0, 0 if empty."""
    last = np.where(np.isfinite(curves.time), curves.time, 0.0).max(axis=1, initial=0.0)
    return np.where((curves.survival <= 0).any(axis=1), np.inf, last)


def survivals_at(curves: Curves, at: float) -> tuple[Floats, Floats]:
    """Survival of each row at a time and its variance, shape (n_replicates,).

    NaN in an empty row, and where nobody is followed that long while some survive.
    """
    place = (curves.time <= at).sum(axis=1, keepdims=True)
    edge = np.ones((place.size, 1))
    survival = np.take_along_axis(np.concatenate([edge, curves.survival], axis=1), place, axis=1)[:, 0]
    relative = np.take_along_axis(np.concatenate([0 * edge, curves.log_variance], axis=1), place, axis=1)[
        :, 0
    ]
    variance = survival**2 * np.where(survival > 0, relative, 0.0)
    unknown = (at > known_until(curves)) | ~np.isfinite(curves.time).any(axis=1)
    return np.where(unknown, np.nan, survival), np.where(unknown, np.nan, variance)


def restricted_means(curves: Curves, horizon: Floats) -> tuple[Floats, Floats]:
    """Area under each curve up to a horizon and its variance, as of ``restricted_mean.restricted_mean_of``.

    Of shape (n_replicates,), as the horizons; the curve is held at its last value beyond the last time.
    """
    edge = np.zeros((curves.time.shape[0], 1))
    edges = np.minimum(np.concatenate([edge, curves.time, edge + np.inf], axis=1), horizon[:, None])
    areas = np.diff(edges, axis=1) * np.concatenate([edge + 1, curves.survival], axis=1)
    after = areas[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    # A last patient adds an infinite term, and nothing survives it.
    terms = np.where(np.isfinite(curves.added), curves.added, 0.0)
    return areas.sum(axis=1), (after**2 * terms).sum(axis=1)

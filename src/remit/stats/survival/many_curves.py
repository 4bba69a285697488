"""Kaplan-Meier curves of many data sets of one size at once, one row each."""

import numpy as np

from remit.stats.estimate import Booleans, Floats
from remit.stats.survival.kaplan_meier import HALF


def survival_rows(time: Floats, event: Booleans, included: Booleans | None = None) -> tuple[Floats, Floats]:
    """Times in order and survival just after each, both of shape (n_replicates, n_patients).

    Tied events each take their own factor, which gives the product of the tied step: (m - 1)/m times
    (m - 2)/(m - 1) is (m - 2)/m. So a row may hold a value between two steps at a time that is repeated;
    the last of the repeats is the survival at that time.

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_replicates, n_patients).
    event
        True for an event, of the same shape.
    included
        Who belongs to the data set, of the same shape; everyone if not given. Others come last, at
        infinite time, and change nothing.
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
    at_risk = kept.sum(axis=1, keepdims=True) - np.arange(time.shape[1])
    return ordered, np.cumprod(1 - events / np.maximum(at_risk, 1), axis=1)


def medians(time: Floats, event: Booleans, included: Booleans | None = None) -> Floats:
    """Median survival of each row, shape (n_replicates,); infinite where not reached, NaN in an empty row."""
    ordered, survival = survival_rows(time, event, included)
    below = survival <= HALF
    reached = below.any(axis=1)
    first = np.take_along_axis(ordered, below.argmax(axis=1)[:, None], axis=1)[:, 0]
    empty = np.zeros(time.shape[0], dtype=bool) if included is None else ~included.any(axis=1)
    return np.where(empty, np.nan, np.where(reached, first, np.inf))

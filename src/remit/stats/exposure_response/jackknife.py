"""Standard errors of anything by leaving one group of patients out at a time.

Patients of one parameter draw share its parameters, so draws, not patients, are the independent units of a
simulated pool. With a single draw the groups are blocks of patients.
"""

from collections.abc import Callable

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers

BLOCKS = 20
"""Blocks of patients where there is a single group."""


def jackknife_groups(group: Integers) -> Integers:
    """Groups to leave out, shape (n_patients,): those given, or blocks of patients where there is one."""
    _, place = np.unique(group, return_inverse=True)
    if place.size and place.max() == 0:
        return (np.arange(place.size) % min(BLOCKS, place.size)).astype(np.int64)
    return place.astype(np.int64)


def jackknife_error(statistic: Callable[[Booleans], Floats], group: Integers) -> Floats:
    """Standard error of a statistic by the delete-a-group jackknife, of the shape of what it returns.

    Parameters
    ----------
    statistic
        From a mask of the patients kept, shape (n_patients,).
    group
        Group of each patient, shape (n_patients,); groups should be of about one size.

    Returns
    -------
    NaN with fewer than two groups. Groups without which the statistic is not known are passed over.
    """
    labels = np.unique(group)
    if labels.size < 2:
        return np.full(np.shape(statistic(np.ones(group.shape, dtype=bool))), np.nan)
    values = np.stack([np.asarray(statistic(group != each)) for each in labels])
    known = np.isfinite(values)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
        return np.where(count > 1, np.sqrt(squares * (count - 1) / count), np.nan)

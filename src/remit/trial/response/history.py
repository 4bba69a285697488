"""What earlier assessments say at a later one; arrays of shape (n_patients, n_assessments, ...).

Assessments run along the second axis. Values that are NaN are passed over.
"""

from collections.abc import Collection, Sequence

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers


def nadir(values: Floats) -> Floats:
    """Smallest value at earlier assessments, baseline included; NaN at baseline."""
    return _earlier(np.fmin.accumulate(values, axis=1))


def peak(values: Floats) -> Floats:
    """Largest value at earlier assessments, baseline included; NaN at baseline."""
    return _earlier(np.fmax.accumulate(values, axis=1))


def _earlier(values: Floats) -> Floats:
    return np.concatenate([np.full(values[:, :1].shape, np.nan), values[:, :-1]], axis=1)


def last_known(values: Floats) -> Floats:
    """The last value up to each assessment, that one included; NaN before the first."""
    known = values.copy()
    for k in range(1, values.shape[1]):
        known[:, k] = np.where(np.isnan(values[:, k]), known[:, k - 1], values[:, k])
    return known


def before(happened: Booleans) -> Booleans:
    """Whether something had happened at an earlier assessment."""
    ever = np.logical_or.accumulate(happened, axis=1)
    return np.concatenate([np.zeros(ever[:, :1].shape, dtype=bool), ever[:, :-1]], axis=1)


def previous(values: Booleans, read: Booleans) -> Booleans:
    """The value at the last earlier assessment at which it was ``read``; false if there is none."""
    found = np.zeros(values.shape, dtype=bool)
    for k in range(1, values.shape[1]):
        found[:, k] = np.where(read[:, k - 1], values[:, k - 1], found[:, k - 1])
    return found


def lasting(holds: Booleans, evaluated: Booleans, time: Floats, duration: float) -> Booleans:
    """Whether something holds and has held for at least ``duration`` [day] at every evaluated assessment."""
    since = np.full(holds.shape[0], np.nan)
    lasted = np.zeros(holds.shape, dtype=bool)
    for k in range(holds.shape[1]):
        begins = holds[:, k] & np.isnan(since)
        since = np.where(evaluated[:, k] & ~holds[:, k], np.nan, np.where(begins, time[:, k], since))
        lasted[:, k] = holds[:, k] & (time[:, k] - since >= duration)
    return lasted


def final(response: Integers, ends: Collection[int], not_evaluable: int = 0) -> Integers:
    """Responses of which the first in ``ends`` stays for good; baseline has none.

    Later assessments that were evaluable repeat it, the others stay not evaluable.
    """
    kept = response.copy()
    kept[:, 0] = not_evaluable
    stays = np.full(response.shape[0], -1, dtype=np.int64)
    for k in range(1, response.shape[1]):
        stays = np.where((stays < 0) & np.isin(kept[:, k], list(ends)), kept[:, k], stays)
        kept[:, k] = np.where((stays >= 0) & (kept[:, k] != not_evaluable), stays, kept[:, k])
    return kept


def judged(response: Integers, latest: Integers, codes: Sequence[str], ends: Collection[str]) -> Booleans:
    """Whether the response at the assessment ``latest`` of each patient is in ``ends``; (n_patients,)."""
    found = response[np.arange(latest.size), latest]
    return np.isin(found, [codes.index(each) for each in ends])

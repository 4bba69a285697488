"""Which doses a patient takes: a chain of taken and missed ones, by share and mean run of misses."""

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Integers
from remit.random import draws

Booleans = NDArray[np.bool_]


def kept_doses(
    seed: int, name: str, counter: Integers, n_doses: int, share: float, missed_run: float
) -> Booleans:
    """Which of ``n_doses`` planned doses each patient takes, shape (n_patients, n_doses).

    Parameters
    ----------
    seed, name
        Seed of the run and name of the stream.
    counter
        Counters of the patients, shape (n_patients,).
    n_doses
        Doses.
    share
        Share of doses taken, above 0.
    missed_run
        Mean number of doses missed in a row, at least ``(1 - share) / share``.
    """
    u = draws(seed, name, counter, n_doses)
    to_miss, stay = (1 - share) / (share * missed_run), 1 - 1 / missed_run
    keep = np.empty(u.shape, dtype=bool)
    keep[:, 0] = u[:, 0] < share
    for i in range(1, n_doses):
        keep[:, i] = np.where(keep[:, i - 1], u[:, i] >= to_miss, u[:, i] >= stay)
    return keep

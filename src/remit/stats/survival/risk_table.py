"""The table under a Kaplan-Meier figure: at risk, events so far, censored so far, by arm and time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.errors import problem
from remit.stats.estimate import Floats, Integers
from remit.stats.survival.checks import check_patients


@dataclass(frozen=True, slots=True)
class RiskTable:
    """Counts of shape (n_arms, n_times).

    ``at_risk`` are those whose time is at or after each time; ``events`` and ``censored`` count up to and
    with it. So who has an event at that very time is in both, as in the tables of R.

    Parameters
    ----------
    arm
        Label of each row, shape (n_arms,), in order.
    time
        Time of each column, shape (n_times,).
    at_risk, events, censored
        Patients.
    """

    arm: NDArray[np.generic]
    time: Floats
    at_risk: Integers
    events: Integers
    censored: Integers


def risk_table(time: ArrayLike, event: ArrayLike, arm: ArrayLike, at: ArrayLike) -> RiskTable:
    """Count patients of each arm at chosen times.

    Parameters
    ----------
    time, event
        Time of event or censoring, and true for an event, shape (n_patients,).
    arm
        Label of the arm of each patient, shape (n_patients,); anything that can be ordered.
    at
        Times of the columns, shape (n_times,), in any order.

    Raises
    ------
    InputError
        If shapes differ or times are not known.
    """
    when, happened = check_patients(time, event)
    labels, columns = np.asarray(arm), np.atleast_1d(np.asarray(at, dtype=float))
    if labels.shape != when.shape:
        raise problem("arm", f"shape {labels.shape}", f"one label per patient, shape {when.shape}")
    arms = np.unique(labels)
    rows = [(np.sort(when[own]), np.sort(when[own & happened])) for own in (labels == one for one in arms)]
    left = np.array([everyone.size - np.searchsorted(everyone, columns, side="left") for everyone, _ in rows])
    gone = np.array([np.searchsorted(everyone, columns, side="right") for everyone, _ in rows])
    events = np.array([np.searchsorted(own, columns, side="right") for _, own in rows])
    shape = (arms.size, columns.size)
    return RiskTable(
        arms, columns, *(each.astype(np.int64).reshape(shape) for each in (left, events, gone - events))
    )

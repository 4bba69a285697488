"""Dose records of a block of patients, in compact NONMEM form.

A block of patients takes the doses of the next interval as arrays. A record is an amount given into
one state, at once or at a constant rate, repeated ``additional`` times every ``interval`` days: the
NONMEM items TIME, AMT, CMT, RATE (as a duration), II and ADDL.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.errors import problem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEVER = np.inf
"""Time of a padding record."""


@dataclass(frozen=True, slots=True)
class DoseRecords:
    """Dose records of a block, each array of shape (n_patients, n_records).

    Unused places have time ``NEVER``. ``time`` [day] is on the patient's own clock, ``amount`` [nmol] is
    what reaches the state (bioavailability applied), ``state`` is the index of the receiving state,
    ``duration`` [day] is zero for a bolus, ``interval`` [day] and ``additional`` repeat the record. An input
    may last longer than its interval: the rates of those that run add up. A later time in a row may not stand
    before an earlier one.
    """

    time: Floats
    amount: Floats
    state: Integers
    duration: Floats
    interval: Floats
    additional: Integers

    def __post_init__(self) -> None:
        """Check shapes and values at the border; inside they are trusted."""
        shape = self.time.shape
        for name, array in (
            ("amount", self.amount),
            ("state", self.state),
            ("duration", self.duration),
            ("interval", self.interval),
            ("additional", self.additional),
        ):
            if array.shape != shape:
                raise problem(f"dose records: {name}", f"shape {array.shape}", f"shape {shape}, as time")
        if np.any(self.amount < 0):
            raise problem(
                "dose records: amount",
                f"{self.amount.min():g} nmol",
                "0 or more",
                "check the sign of the dose",
            )
        if np.any((self.additional > 0) & (self.interval <= 0)):
            raise problem("dose records: interval", "0 days with additional doses", "a positive interval")

    @property
    def n_patients(self) -> int:
        """Patients in the block."""
        return self.time.shape[0]


def no_doses(n_patients: int) -> DoseRecords:
    """Records of a block that takes nothing."""
    empty = np.empty((n_patients, 0))
    whole = np.empty((n_patients, 0), dtype=np.int64)
    return DoseRecords(empty, empty, whole, empty, empty, whole)


def daily_doses(
    start: Floats, until: Floats, amount: Floats, state: int, interval: float = 1.0
) -> DoseRecords:
    """Equal doses every ``interval`` days from ``start`` while before ``until``.

    There are none where the amount is zero.

    Parameters
    ----------
    start, until
        First dose and end of the period [day], shape (n_patients,).
    amount
        Amount of each dose [nmol], shape (n_patients,).
    state
        Index of the receiving state.
    interval
        Days between doses.
    """
    count = np.ceil((until - start) / interval - 1e-9).astype(np.int64)
    given = (count > 0) & (amount > 0)
    column = np.where(given, start, NEVER)[:, None]
    return DoseRecords(
        column,
        np.where(given, amount, 0.0)[:, None],
        np.full(column.shape, state, dtype=np.int64),
        np.zeros(column.shape),
        np.full(column.shape, float(interval)),
        np.where(given, count - 1, 0)[:, None],
    )


def constant_input(start: Floats, until: Floats, rate: Floats, state: int) -> DoseRecords:
    """A constant input of ``rate`` [nmol/day] from ``start`` to ``until`` [day]: the average of doses."""
    duration = np.maximum(until - start, 0.0)
    given = (duration > 0) & (rate > 0)
    column = np.where(given, start, NEVER)[:, None]
    return DoseRecords(
        column,
        np.where(given, rate * duration, 0.0)[:, None],
        np.full(column.shape, state, dtype=np.int64),
        np.where(given, duration, 0.0)[:, None],
        np.zeros(column.shape),
        np.zeros(column.shape, dtype=np.int64),
    )


def together(*several: DoseRecords) -> DoseRecords:
    """Records of several drugs in one, ordered by time within each patient."""
    columns = [
        np.concatenate(group, axis=1)
        for group in zip(
            *((r.time, r.amount, r.state, r.duration, r.interval, r.additional) for r in several), strict=True
        )
    ]
    order = np.argsort(columns[0], axis=1, kind="stable")
    time, amount, state, duration, interval, additional = (
        np.take_along_axis(c, order, axis=1) for c in columns
    )
    return DoseRecords(time, amount, state, duration, interval, additional)

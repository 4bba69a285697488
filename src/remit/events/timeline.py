"""What happens to each subject, in order: the records of a data set as a program of simple operations.

Which dose arrives when depends on the records alone, not on the state, so it is settled first, for all
subjects. The operations are to add an amount, to set a constant input, to let time pass under the parameters
of a record, to empty all compartments, to bring about a steady state, and to write a row of the result.
"""

from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.events.operations import Given, Written, write_operations

MOST_REPEATS = 1_000_000
"""Doses that one record may stand for."""


@dataclass(frozen=True, slots=True)
class DoseEvents:
    """The records of a data set as PREDPP takes them, each array of shape (n_records,).

    Parameters
    ----------
    time
        Time of the record.
    resets, doses, steady
        Whether it empties the compartments; whether it gives a dose; 0, or 1 or 2 as the item SS.
    compartment
        Index of the compartment dosed, from 0.
    amount
        What arrives at once, bioavailability applied; 0 for an infusion.
    rate, duration
        Of an infusion; 0 for a bolus. An infusion that has gone on for ever has duration infinity.
    interval, additional
        Items II and ADDL.
    lag
        Time from the record to the arrival of its dose.
    """

    time: Floats
    resets: Integers
    doses: Integers
    steady: Integers
    compartment: Integers
    amount: Floats
    rate: Floats
    duration: Floats
    interval: Floats
    additional: Integers
    lag: Floats


@dataclass(frozen=True, slots=True)
class Timeline:
    """Operations of all subjects, one subject after another.

    ``kind``, ``what`` and ``value`` (``remit.events.operations``) have shape (n_operations,), and ``record``,
    the record whose parameters hold; ``starts`` (n_subjects + 1,) says where each subject's begin.
    """

    kind: Integers
    what: Integers
    value: Floats
    record: Integers
    starts: Integers


def timeline(events: DoseEvents, starts: Integers) -> Timeline:
    """The operations of all subjects.

    Parameters
    ----------
    events
        Their records, subject after subject.
    starts
        First record of each subject, and the number of all, shape (n_subjects + 1,).
    """
    wholes = np.column_stack(
        [events.resets, events.doses, events.steady, events.compartment, events.additional]
    ).astype(np.int64)
    numbers = np.column_stack([events.amount, events.rate, events.duration, events.interval, events.lag])
    most_series, most_ends = most_at_once(events, starts)
    ends_at = np.zeros(len(starts), dtype=np.int64)
    room = 4 * len(events.time) + 64
    while True:
        written = Written(np.empty((room, 3), dtype=np.int64), np.empty(room))
        needed = write_operations(
            starts, events.time, Given(wholes, numbers), written, most_series, most_ends, ends_at
        )
        if needed <= room:
            break
        room = int(needed)
    whole = written.whole[:needed]
    return Timeline(whole[:, 0], whole[:, 1], written.number[:needed], whole[:, 2], ends_at)


def repeats(events: DoseEvents, starts: Integers) -> Floats:
    """Arrivals that each record stands for up to the last record of its subject, shape (n_records,)."""
    last = np.repeat(np.maximum.reduceat(events.time, starts[:-1]), np.diff(starts))
    every = np.where(events.interval > 0, events.interval, np.inf)
    ahead = np.floor(np.maximum(last - events.time - events.lag, 0.0) / every)
    piped = np.where(events.steady > 0, np.floor(events.lag / every), 0.0)
    return np.where(events.doses > 0, 1.0 + np.minimum(events.additional, ahead) + piped, 0.0)


def running(events: DoseEvents) -> Floats:
    """Infusions of each record that may run at once, shape (n_records,)."""
    every = np.where(events.interval > 0, events.interval, np.inf)
    lasting = np.where(np.isfinite(events.duration), events.duration, 0.0)
    overlap = np.ceil(lasting / every) + 2.0
    alone = (events.additional == 0) & (events.steady == 0)
    return np.where((events.doses > 0) & (lasting > 0), np.where(alone, 1.0, overlap), 0.0)


def most_at_once(events: DoseEvents, starts: Integers) -> tuple[int, int]:
    """Most series, and most running infusions, that a subject may have at once."""
    series = np.add.reduceat(events.doses, starts[:-1])
    infusions = np.add.reduceat(running(events), starts[:-1])
    return int(series.max(initial=1)) + 1, int(infusions.max(initial=1)) + 1

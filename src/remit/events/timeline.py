"""What happens to each subject, in order: the records of a data set as a program of simple operations.

Which dose arrives when depends on the records alone, not on the state, so it is settled first, for all
subjects. The operations are to add an amount, to set a constant input, to let time pass under the parameters
of a record, to empty all compartments, to bring about a steady state, and to write a row of the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.errors import Finding, problem
from remit.events import operations
from remit.events.data_set import refuse
from remit.events.operations import Given, Written, write_operations
from remit.events.records import Records

MOST_REPEATS = 1_000_000
"""Doses that one record may stand for."""
MOST_RUNNING = 10_000
"""Infusions of a subject that may run at once."""


@dataclass(frozen=True, slots=True)
class DoseEvents:
    """The records of a data set as PREDPP takes them, each array of shape (n_records,) unless it says else.

    Parameters
    ----------
    time
        Time of the record.
    resets, doses, steady
        Whether it empties the compartments; whether it gives a dose; 0, or 1 or 2 as the item SS.
    compartment
        Index of the compartment dosed, from 0.
    kind
        How the dose is given, a kind of ``remit.events.operations``.
    amt, rate
        The items AMT and, where it is a rate, RATE.
    amount, speed, duration
        With the parameters of the record itself: what arrives at once, 0 for an infusion; the rate of an
        infusion, and how long it lasts, 0 for a bolus, infinity for one that has gone on for ever.
    interval, additional
        Items II and ADDL.
    lag
        Time from the record to the arrival of its dose.
    values
        F, R and D of every compartment, shape (3, n_records, n_compartments), or (3, 1, n_compartments) where
        they are the same at every record; undefined where there is none.
    """

    time: Floats
    resets: Integers
    doses: Integers
    steady: Integers
    compartment: Integers
    kind: Integers
    amt: Floats
    rate: Floats
    amount: Floats
    speed: Floats
    duration: Floats
    interval: Floats
    additional: Integers
    lag: Floats
    values: Floats


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


def timeline(events: DoseEvents, records: Records, names: Mapping[str, str]) -> Timeline:
    """The operations of all subjects.

    Parameters
    ----------
    events
        Their records, subject after subject.
    records
        The records as read, for messages.
    names
        Columns of the data set that give F, R and D, by parameter.

    Raises
    ------
    InputError
        If a value of F, R or D that is in effect when a dose arrives is missing or not above 0.
    """
    starts = records.starts
    wholes = (events.resets, events.doses, events.steady, events.compartment, events.additional, events.kind)
    numbers = (events.amt, events.rate, events.duration, events.interval, events.lag)
    given = Given(np.column_stack(wholes).astype(np.int64), np.column_stack(numbers), events.values)
    most_series, most_running = most_at_once(events, starts)
    ends_at = np.zeros(len(starts), dtype=np.int64)
    room = 4 * len(events.time) + 64
    while True:
        written = Written(np.empty((room, 3), dtype=np.int64), np.empty(room))
        counts = np.zeros(operations.N_COUNTS, dtype=np.int64)
        write_operations(starts, events.time, given, written, most_series, most_running, ends_at, counts)
        refuse(unusable(counts, events, records, names))
        needed = int(counts[operations.N_WRITTEN])
        if counts[operations.FULL]:
            if most_running >= MOST_RUNNING:
                found = f"more than {MOST_RUNNING:,} infusions that run at once"
                raise problem(records.data.name, found, "fewer", "check AMT, RATE and II")
            most_running = min(2 * most_running, MOST_RUNNING)
        elif needed > room:
            room = needed
        else:
            break
    whole = written.whole[:needed]
    return Timeline(whole[:, 0], whole[:, 1], written.number[:needed], whole[:, 2], ends_at)


def unusable(
    counts: Integers, events: DoseEvents, records: Records, names: Mapping[str, str]
) -> list[Finding]:
    """A finding for a value of F, R or D with which a dose cannot arrive."""
    row, dose = counts[operations.BAD_RECORD] - 1, counts[operations.BAD_DOSE] - 1
    if row < 0:
        return []
    kind, target = int(counts[operations.BAD_KIND]), int(events.compartment[dose])
    name = f"{'FRD'[kind]}{target + 1}"
    if name not in names:
        place = records.data.where(dose, "RATE" if records.data.column("RATE") else "CMT")
        return [
            Finding(place, f"no {name}", f"{name} for this dose", f"--set {name}=..., or a column {name}")
        ]
    value = events.values[kind, row, target]
    acts = "runs" if kind == operations.R else "enters"
    other = f"the dose of line {records.data.lines[dose]}, which {acts} under the values of this record"
    needed = f"{name} above 0 for {'this dose' if row == dose else other}"
    place = records.data.where(row, names[name])
    return [Finding(place, "no value" if np.isnan(value) else f"{value:g}", needed)]


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
    lasting = np.where(np.isfinite(events.duration), events.duration, 1.0)
    overlap = np.ceil(lasting / every) + 2.0
    alone = (events.additional == 0) & (events.steady == 0)
    infused = (events.doses > 0) & (events.kind != operations.BOLUS)
    return np.where(infused, np.where(alone, 1.0, overlap), 0.0)


def most_at_once(events: DoseEvents, starts: Integers) -> tuple[int, int]:
    """Most series, and most running infusions, that a subject may have at once."""
    series = np.add.reduceat(events.doses, starts[:-1])
    infusions = np.add.reduceat(running(events), starts[:-1])
    return int(series.max(initial=1)) + 1, int(infusions.max(initial=1)) + 1

"""The operations of every subject, written by compiled loops; ``remit.events.timeline`` says what for."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from remit.solve.driver_cache import kept

ADVANCE, ADD, INPUT, EMPTY, STEADY, STEADY_ADDED, ROW = range(7)
"""Operations: let ``value`` time pass; add ``value`` to compartment ``what``; set its input to ``value``;
empty all; set all to the steady state of the dose of record ``what``, ``value`` after its last implied dose;
add that steady state; write the result of record ``what``."""

SAME_TIME = 1e-12
"""Times that differ by less than this share are one: 3 times 0.1 is 0.3."""
RESETS, DOSES, SS, TARGET, ADDITIONAL = range(5)
AMOUNT, RATE, DURATION, INTERVAL, LAG = range(5)
FIRST, EVERY, NEXT, LAST = range(4)
"""Of a series of arrivals: time of arrival number 0, time between them, and numbers of the next and last."""
N_SERIES, N_ENDS, N_WRITTEN = range(3)


class Given(NamedTuple):
    """Records: ``wholes`` (n_records, 5) and ``numbers`` (n_records, 5), in the order of the names above."""

    wholes: Any
    numbers: Any


class Underway(NamedTuple):
    """Arrivals to come, ``series`` (room, 4) and the record of each; ends of infusions and theirs."""

    series: Any
    source: Any
    ends: Any
    ending: Any


class Written(NamedTuple):
    """Operations: ``whole`` (room, 3), kind, what and record; ``number`` (room,), value."""

    whole: Any
    number: Any


compiled = njit(error_model="numpy", nogil=True)


@compiled
def put(counts, written, kind, what, value, record):
    """Write an operation where there is room, and count it."""
    n = counts[N_WRITTEN]
    if n < written.number.shape[0]:
        written.whole[n, 0], written.whole[n, 1], written.whole[n, 2] = kind, what, record
        written.number[n] = value
    counts[N_WRITTEN] = n + 1


@compiled
def put_input(counts, written, underway, given, target, record):
    """Write the constant input of a compartment: the sum of what runs."""
    total = 0.0
    for i in range(counts[N_ENDS]):
        if given.wholes[underway.ending[i], TARGET] == target:
            total += given.numbers[underway.ending[i], RATE]
    put(counts, written, INPUT, target, total, record)


@compiled
def begin(counts, underway, end, record):
    """Note when the infusion of a record will end."""
    i = counts[N_ENDS]
    underway.ends[i], underway.ending[i] = end, record
    counts[N_ENDS] = i + 1


@compiled
def schedule(counts, underway, given, t, record, piped):
    """Note the arrivals of a dose record at a time; ``piped`` of its implied doses have not arrived yet."""
    i = counts[N_SERIES]
    underway.series[i, FIRST] = t + given.numbers[record, LAG]
    underway.series[i, EVERY] = given.numbers[record, INTERVAL]
    underway.series[i, NEXT], underway.series[i, LAST] = -piped, given.wholes[record, ADDITIONAL]
    underway.source[i] = record
    counts[N_SERIES] = i + 1


@compiled
def drain(counts, written, underway, given, now, t, record):
    """Operations for all that is due up to a time, that time included; returns the time reached."""
    tolerance = SAME_TIME * t
    while True:
        due, which, is_end = np.inf, -1, False
        for i in range(counts[N_SERIES]):
            at = underway.series[i, FIRST] + underway.series[i, NEXT] * underway.series[i, EVERY]
            if at < due:
                due, which = at, i
        for i in range(counts[N_ENDS]):
            if underway.ends[i] < due:
                due, which, is_end = underway.ends[i], i, True
        if which < 0 or due > t + tolerance:
            return now
        if due > now + tolerance:
            stop = t if due > t - tolerance else due
            put(counts, written, ADVANCE, 0, stop - now, record)
            now = stop
        if is_end:
            target = given.wholes[underway.ending[which], TARGET]
            counts[N_ENDS] -= 1
            last = counts[N_ENDS]
            underway.ends[which], underway.ending[which] = underway.ends[last], underway.ending[last]
            put_input(counts, written, underway, given, target, record)
            continue
        d = underway.source[which]
        underway.series[which, NEXT] += 1.0
        if underway.series[which, NEXT] > underway.series[which, LAST]:
            counts[N_SERIES] -= 1
            last = counts[N_SERIES]
            underway.series[which], underway.source[which] = underway.series[last], underway.source[last]
        if given.numbers[d, DURATION] > 0.0:
            begin(counts, underway, due + given.numbers[d, DURATION], d)
            put_input(counts, written, underway, given, given.wholes[d, TARGET], record)
        else:
            put(counts, written, ADD, given.wholes[d, TARGET], given.numbers[d, AMOUNT], record)


@compiled
def settle(counts, written, underway, given, t, r):
    """A steady state: operations that bring it about, and the implied infusions that still run."""
    ii, lag, lasts = given.numbers[r, INTERVAL], given.numbers[r, LAG], given.numbers[r, DURATION]
    if given.wholes[r, SS] == 1:
        for i in range(counts[N_ENDS]):
            put(counts, written, INPUT, given.wholes[underway.ending[i], TARGET], 0.0, r)
        counts[N_SERIES] = counts[N_ENDS] = 0
    piped = np.floor(lag / ii) if lasts < np.inf else 0.0
    kind = STEADY if given.wholes[r, SS] == 1 else STEADY_ADDED
    put(counts, written, kind, r, (piped + 1.0) * ii - lag, r)
    if 0.0 < lasts < np.inf:
        j = piped + 1.0
        while lag - j * ii + lasts > SAME_TIME * (t + ii):
            begin(counts, underway, t + (lag - j * ii + lasts), r)
            j += 1.0
        put_input(counts, written, underway, given, given.wholes[r, TARGET], r)
    return piped


@kept
def write_operations(starts, times, given, written, most_series, most_ends, ends_at):
    """Write the operations of every subject, as far as there is room; returns how many there are.

    ``starts`` (n_subjects + 1,): first record of each; ``times`` (n_records,); ``most_series``,
    ``most_ends``: series of arrivals and running infusions that a subject may have at once; ``ends_at``
    (n_subjects + 1,): where the operations of each subject begin, written.
    """
    counts = np.zeros(3, np.int64)
    underway = Underway(
        np.empty((most_series, 4)),
        np.empty(most_series, np.int64),
        np.empty(most_ends),
        np.empty(most_ends, np.int64),
    )
    for s in range(starts.shape[0] - 1):
        counts[N_SERIES] = counts[N_ENDS] = 0
        now = times[starts[s]]
        for r in range(starts[s], starts[s + 1]):
            t = times[r]
            if given.wholes[r, RESETS] != 0:
                counts[N_SERIES] = counts[N_ENDS] = 0
                put(counts, written, EMPTY, 0, 0.0, r)
                now = t
            now = drain(counts, written, underway, given, now, t, r)
            if t > now:
                put(counts, written, ADVANCE, 0, t - now, r)
                now = t
            if given.wholes[r, DOSES] != 0:
                piped = 0.0
                if given.wholes[r, SS] != 0:
                    piped = settle(counts, written, underway, given, t, r)
                if given.numbers[r, DURATION] < np.inf:
                    schedule(counts, underway, given, t, r, piped)
                now = drain(counts, written, underway, given, now, t, r)
            put(counts, written, ROW, r, 0.0, r)
        ends_at[s + 1] = counts[N_WRITTEN]
    return counts[N_WRITTEN]


@kept
def do_instants(kind, what, value, at, end, state, inputs, amounts):
    """Carry out what happens at once, for each subject up to where time passes or a steady state is due.

    ``kind``, ``what``, ``value`` (n_operations,): the operations; ``at``, ``end`` (n_subjects,): next
    operation of each and where they end; ``state``, ``inputs`` (n_subjects, n_states); ``amounts``
    (n_records, n_states): written at rows of the result.
    """
    for k in range(at.shape[0]):
        while at[k] < end[k]:
            i = at[k]
            if kind[i] == ADD:
                state[k, what[i]] += value[i]
            elif kind[i] == INPUT:
                inputs[k, what[i]] = value[i]
            elif kind[i] == EMPTY:
                state[k] = 0.0
                inputs[k] = 0.0
            elif kind[i] == ROW:
                amounts[what[i]] = state[k]
            else:
                break
            at[k] += 1

"""The operations of every subject, written by compiled loops; ``remit.events.timeline`` says what for."""

from typing import Any, NamedTuple

import numpy as np

from remit.compiled_loops import compiled
from remit.solve.driver_cache import kept

ADVANCE, ADD, INPUT, EMPTY, STEADY, STEADY_ADDED, ROW = range(7)
"""Operations: let ``value`` time pass; add ``value`` to compartment ``what``; set its input to ``value``;
empty all; set all to the steady state of the dose of record ``what``, ``value`` after its last implied dose;
add that steady state; write the result of record ``what``."""

SAME_TIME = 1e-12
"""Times that differ by less than this share are one: 3 times 0.1 is 0.3."""
SHORT = 1e-3
"""Infusions that last less than this share of their time get the rate that gives their amount within the
time that double precision tells apart."""
RESETS, DOSES, SS, TARGET, ADDITIONAL, KIND = range(6)
AMOUNT, RATE, DURATION, INTERVAL, LAG = range(5)
BOLUS, FIXED_RATE, MODELLED_RATE, MODELLED_DURATION = range(4)
"""Kinds of dose: at once, at the rate of the record, at the rate ``Rn``, over the duration ``Dn``."""
F, R, D = range(3)
FIRST, EVERY, NEXT, LAST = range(4)
"""Of a series of arrivals: time of arrival number 0, time between them, and numbers of the next and last."""
END, SPEED = range(2)
N_SERIES, N_RUNNING, N_WRITTEN, FULL, BAD_KIND, BAD_RECORD, BAD_DOSE = range(7)
N_COUNTS = 7
"""Of the counts: how many series, running infusions and operations there are; whether there was no room for
another infusion; and, where a value of F, R or D cannot be used, which, at what record, for the dose of what
record, counted from 1."""


class Given(NamedTuple):
    """Records: ``wholes`` (n_records, 6) and ``numbers`` (n_records, 5), in the order of the names above.

    ``values`` (3, n_records or 1, n_states): F, R and D of every compartment, at every record or at all.
    """

    wholes: Any
    numbers: Any
    values: Any


class Underway(NamedTuple):
    """Arrivals to come, ``series`` (room, 4), and infusions, ``running`` (room, 2); the record of each."""

    series: Any
    source: Any
    running: Any
    origin: Any


class Written(NamedTuple):
    """Operations: ``whole`` (room, 3), kind, what and record; ``number`` (room,), value."""

    whole: Any
    number: Any


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
    for i in range(counts[N_RUNNING]):
        if given.wholes[underway.origin[i], TARGET] == target:
            total += underway.running[i, SPEED]
    put(counts, written, INPUT, target, total, record)


@compiled
def value_at(counts, given, kind, dose, record):
    """F, R or D of the compartment of a dose at a record; notes one that is not a number above 0."""
    at = record if given.values.shape[1] > 1 else 0
    found = given.values[kind, at, given.wholes[dose, TARGET]]
    if not 0.0 < found < np.inf and counts[BAD_RECORD] == 0:
        counts[BAD_KIND], counts[BAD_RECORD], counts[BAD_DOSE] = kind, record + 1, dose + 1
    return found


@compiled
def begin(counts, underway, end, speed, dose):
    """Note that an infusion of a dose's record runs at a speed to an end."""
    i = counts[N_RUNNING]
    if i == underway.origin.shape[0]:
        counts[FULL] = 1
        return
    underway.running[i, END], underway.running[i, SPEED] = end, speed
    underway.origin[i] = dose
    counts[N_RUNNING] = i + 1


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
def arrive(counts, written, underway, given, due, which, record):
    """The next arrival of a series, at a time on the way to a record, whose F, R and D are in effect."""
    d = underway.source[which]
    target = given.wholes[d, TARGET]
    # The steady-state dose and those it implies are of its own record; later ones are like any other.
    implied = given.wholes[d, SS] != 0 and underway.series[which, NEXT] <= 0.0
    at = d if implied else record
    underway.series[which, NEXT] += 1.0
    if underway.series[which, NEXT] > underway.series[which, LAST]:
        counts[N_SERIES] -= 1
        last = counts[N_SERIES]
        underway.series[which], underway.source[which] = underway.series[last], underway.source[last]
    amount = given.numbers[d, AMOUNT] * value_at(counts, given, F, d, at)
    kind = given.wholes[d, KIND]
    if kind == BOLUS:
        put(counts, written, ADD, target, amount, record)
        return
    if kind == MODELLED_DURATION:
        lasting = value_at(counts, given, D, d, at)
        speed = amount / lasting
    else:
        speed = given.numbers[d, RATE] if kind == FIXED_RATE else value_at(counts, given, R, d, at)
        lasting = amount / speed
    if due + lasting <= due:
        # Too short for the clock to tell its end from its beginning.
        put(counts, written, ADD, target, amount, record)
        return
    if lasting < SHORT * due:
        speed = amount / ((due + lasting) - due)
    begin(counts, underway, due + lasting, speed, d)
    put_input(counts, written, underway, given, target, record)


@compiled
def drain(counts, written, underway, given, now, t, record):
    """Operations for all that is due up to a time, that time included; returns the time reached."""
    while counts[BAD_RECORD] == 0 and counts[FULL] == 0:
        due, which, is_end, tolerance = np.inf, -1, False, SAME_TIME * t
        for i in range(counts[N_SERIES]):
            since = underway.series[i, NEXT] * underway.series[i, EVERY]
            if underway.series[i, FIRST] + since < due:
                due, which = underway.series[i, FIRST] + since, i
                # Of a difference of two times, the rounding is that of both.
                tolerance = SAME_TIME * (t + underway.series[i, FIRST] + abs(since))
        for i in range(counts[N_RUNNING]):
            if underway.running[i, END] < due:
                due, which, is_end, tolerance = underway.running[i, END], i, True, 0.0
        if which < 0 or due > t + tolerance:
            return now
        # An end is never rounded to a row, or a short infusion would lose what is left of it.
        stop = t if due > t - tolerance else due
        if stop > now:
            put(counts, written, ADVANCE, 0, stop - now, record)
            now = stop
        if not is_end:
            arrive(counts, written, underway, given, due, which, record)
            continue
        target = given.wholes[underway.origin[which], TARGET]
        counts[N_RUNNING] -= 1
        last = counts[N_RUNNING]
        underway.running[which], underway.origin[which] = underway.running[last], underway.origin[last]
        put_input(counts, written, underway, given, target, record)
    return now


@compiled
def change_rates(counts, written, underway, given, now, record):
    """Infusions at a modelled rate go on at that of the record to come, until their amount is given."""
    for i in range(counts[N_RUNNING]):
        d = underway.origin[i]
        if given.wholes[d, KIND] == MODELLED_RATE:
            speed = value_at(counts, given, R, d, record)
            if speed != underway.running[i, SPEED]:
                left = (underway.running[i, END] - now) * underway.running[i, SPEED]
                underway.running[i, END], underway.running[i, SPEED] = now + left / speed, speed
                put_input(counts, written, underway, given, given.wholes[d, TARGET], record)


@compiled
def settle(counts, written, underway, given, t, r):
    """A steady state: operations that bring it about, and the implied infusions that still run."""
    ii, lag, lasts = given.numbers[r, INTERVAL], given.numbers[r, LAG], given.numbers[r, DURATION]
    if given.wholes[r, SS] == 1:
        for i in range(counts[N_RUNNING]):
            put(counts, written, INPUT, given.wholes[underway.origin[i], TARGET], 0.0, r)
        counts[N_SERIES] = counts[N_RUNNING] = 0
    if given.wholes[r, KIND] == MODELLED_RATE:
        value_at(counts, given, R, r, r)
    elif given.wholes[r, KIND] == MODELLED_DURATION:
        value_at(counts, given, D, r, r)
    piped = np.floor(lag / ii) if lasts != np.inf else 0.0
    kind = STEADY if given.wholes[r, SS] == 1 else STEADY_ADDED
    put(counts, written, kind, r, (piped + 1.0) * ii - lag, r)
    if 0.0 < lasts < np.inf:
        speed = given.numbers[r, AMOUNT] * value_at(counts, given, F, r, r) / lasts
        j = piped + 1.0
        while lag - j * ii + lasts > SAME_TIME * (t + ii) and counts[FULL] == 0:
            begin(counts, underway, t + (lag - j * ii + lasts), speed, r)
            j += 1.0
        put_input(counts, written, underway, given, given.wholes[r, TARGET], r)
    return piped


@kept
def write_operations(starts, times, given, written, most_series, most_running, ends_at, counts):
    """Write the operations of every subject, as far as there is room.

    ``starts`` (n_subjects + 1,): first record of each; ``times`` (n_records,); ``most_series``,
    ``most_running``: series of arrivals and running infusions that a subject may have at once; ``ends_at``
    (n_subjects + 1,): where the operations of each subject begin, and ``counts``, written.
    """
    underway = Underway(
        np.empty((most_series, 4)),
        np.empty(most_series, np.int64),
        np.empty((most_running, 2)),
        np.empty(most_running, np.int64),
    )
    for s in range(starts.shape[0] - 1):
        counts[N_SERIES] = counts[N_RUNNING] = 0
        now = times[starts[s]]
        for r in range(starts[s], starts[s + 1]):
            t = times[r]
            if given.wholes[r, RESETS] != 0:
                counts[N_SERIES] = counts[N_RUNNING] = 0
                put(counts, written, EMPTY, 0, 0.0, r)
                now = t
            change_rates(counts, written, underway, given, now, r)
            now = drain(counts, written, underway, given, now, t, r)
            if t > now:
                put(counts, written, ADVANCE, 0, t - now, r)
                now = t
            if given.wholes[r, DOSES] != 0:
                piped = 0.0
                if given.wholes[r, SS] != 0:
                    piped = settle(counts, written, underway, given, t, r)
                if given.numbers[r, DURATION] != np.inf:
                    schedule(counts, underway, given, t, r, piped)
                now = drain(counts, written, underway, given, now, t, r)
            put(counts, written, ROW, r, 0.0, r)
            if counts[BAD_RECORD] != 0 or counts[FULL] != 0:
                return
        ends_at[s + 1] = counts[N_WRITTEN]


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

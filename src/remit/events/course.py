"""Carries out the operations of a timeline: the amounts in every compartment at every record.

Subjects are advanced together, each by its own interval, from one passage of time to its next; what happens
at an instant is done by a compiled loop in between.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np

from remit.dosing import Floats, Integers
from remit.events.operations import ADVANCE, STEADY_ADDED, do_instants
from remit.events.steady_state import Flow, Repeated, constant_state, steady_state, through
from remit.events.timeline import DoseEvents, Timeline
from remit.solve.linear_flow import LinearFlow

BLOCK = 4096
"""Subjects advanced together: enough to fill a processor, few enough to stay in its cache."""


@dataclass(frozen=True, slots=True)
class Kinetics:
    """What the kinetics of a data set are.

    Parameters
    ----------
    make_flow
        Makes a solver for one thread.
    n_states
        Compartments.
    linear
        Whether doubling every dose doubles every amount.
    parameters
        Distinct sets of parameter values, shape (n_sets, n_parameters).
    which
        The set that holds at each record, shape (n_records,): up to it, since the record before.
    turnover
        A time in which drug is eliminated to a good part, for each set, shape (n_sets,).
    """

    make_flow: Callable[[], Flow]
    n_states: int
    linear: bool
    parameters: Floats
    which: Integers
    turnover: Floats


@dataclass(frozen=True, slots=True)
class Course:
    """Amounts at every record, shape (n_records, n_states), NaN from where a solve has failed.

    ``unsteady`` lists the records whose doses have no steady state.
    """

    amounts: Floats
    unsteady: Integers


def follow(kinetics: Kinetics, events: DoseEvents, line: Timeline, threads: int) -> Course:
    """Carry out a timeline.

    Parameters
    ----------
    kinetics
        Solver and parameters.
    events, line
        The records and their operations.
    threads
        Threads that work side by side, each on blocks of subjects; results do not depend on it.
    """
    n_subjects = len(line.starts) - 1
    amounts = np.full((len(events.time), kinetics.n_states), np.nan)
    blocks = [slice(first, min(first + BLOCK, n_subjects)) for first in range(0, n_subjects, BLOCK)]

    def work(subjects: slice) -> list[int]:
        return follow_block(kinetics, events, line, subjects, amounts)

    if threads == 1 or len(blocks) == 1:
        unsteady = [work(block) for block in blocks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            unsteady = list(pool.map(work, blocks))
    return Course(amounts, np.array(sorted(chain(*unsteady)), dtype=np.int64))


def follow_block(
    kinetics: Kinetics,
    events: DoseEvents,
    line: Timeline,
    subjects: slice,
    amounts: Floats,
) -> list[int]:
    """Carry out the operations of some subjects; returns the records without the steady state asked for."""
    flow = kinetics.make_flow()
    at = line.starts[:-1][subjects].copy()
    end = line.starts[1:][subjects]
    state = np.zeros((len(at), kinetics.n_states))
    inputs = np.zeros_like(state)
    unsteady: list[int] = []
    while True:
        do_instants(line.kind, line.what, line.value, at, end, state, inputs, amounts)
        under_way = np.flatnonzero(at < end)
        if not len(under_way):
            return unsteady
        kind = line.kind[at[under_way]]
        passing = under_way[kind == ADVANCE]
        if len(passing):
            now = at[passing]
            sets = kinetics.which[line.record[now]]
            after, _ = flow.advance(
                kinetics.parameters[sets], state[passing], inputs[passing], line.value[now]
            )
            # An integrator may leave a trace below zero, within its tolerance, of which no logarithm is.
            state[passing] = np.maximum(after, 0.0)
        settling = under_way[kind != ADVANCE]
        if len(settling):
            now = at[settling]
            found = steady_amounts(kinetics, flow, events, line.what[now], line.value[now])
            missing = np.isnan(found).any(axis=1)
            unsteady += line.what[now[missing]].tolist()
            added = line.kind[now] == STEADY_ADDED
            state[settling] = np.where(added[:, None], state[settling], 0.0) + found
        at[under_way] += 1


def steady_amounts(
    kinetics: Kinetics, flow: Flow, events: DoseEvents, records: Integers, phase: Floats
) -> Floats:
    """Amounts of the steady state of each record's dose, a time ``phase`` after its last implied dose."""
    sets = kinetics.which[records]
    endless = np.isinf(events.duration[records])
    interval = np.where(endless, kinetics.turnover[sets], events.interval[records])
    dose = Repeated(
        kinetics.parameters[sets],
        events.compartment[records],
        events.amount[records],
        events.speed[records],
        events.duration[records],
        interval,
    )
    if isinstance(flow, LinearFlow) and endless.any():
        before = np.empty((len(records), kinetics.n_states))
        before[endless] = constant_state(
            flow.matrices(dose.parameters[endless]), dose.of(np.flatnonzero(endless))
        )
        rest = np.flatnonzero(~endless)
        before[rest] = steady_state(flow, dose.of(rest), kinetics.n_states, linear=True)
    else:
        before = steady_state(flow, dose, kinetics.n_states, linear=kinetics.linear)
    # At the end of the interval stands what stood at its beginning.
    later = ~endless & (phase < interval)
    if later.any():
        some = np.flatnonzero(later)
        before[some] = through(flow, dose.of(some), before[some], phase[some])
    return before

"""The driver: several patients abreast, each with its own time, step and doses.

Compiled once for all models; the functions of a model (``remit.solve.step``) are called by address. A
patient takes a lane of the workspace and keeps it to its stop time or its failure; then the next patient
of the block takes the lane. No lane sees another, so results do not depend on who travels abreast.

Arrays that the functions share:

``work`` (n_rows, width): the workspace, see ``remit.solve.workspace``; ``rows`` where its arrays begin.
``running`` (4, n_records, width): next dose and next end of input [day] of each record of a lane, doses
given, inputs ended.
``looked`` (width): observations made or passed.
``clocks`` (n_patients, 4): time, next step, step after a dose, stop time [day].
``doses`` (n_patients, n_records, 6): time, amount, state, duration, interval, additional.
``looks`` (n_patients, n_times): observation times; ``seen`` (n_patients, n_times, n_observables).
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from remit.compiled_loops import compiled
from remit.solve.driver_cache import kept
from remit.solve.workspace import (
    AFTER_DOSE,
    ARRIVED,
    DUE,
    FAILED,
    N_STEPS,
    NEXT_LOOK,
    OK,
    PATIENT,
    REJECTED,
    SHARE,
    SIZE,
    STEP,
    STEP_AFTER_DOSE,
    STOP,
    TIME,
    TIME_TOLERANCE,
)

FIRST_STEP = 1e-3
PENDING, END, GIVEN, ENDED = 0, 1, 2, 3
UNTIL = 3
AMOUNT, STATE, DURATION, INTERVAL, ADDITIONAL = 1, 2, 3, 4, 5


class Code(NamedTuple):
    """Addresses of the compiled functions of a model."""

    run: int
    dense: int
    observe: int
    commit: int


class Extinction(NamedTuple):
    """Threshold of each patient and group, and the states of each group, one group after the other."""

    thresholds: Any
    members: Any
    starts: Any


def call_at(typing_context: Any, address: Any, workspace: Any) -> Any:
    """Code that calls the compiled function at an address on the workspace at an address."""
    del typing_context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        kind = ir.FunctionType(ir.VoidType(), [arguments[1].type])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])
        return context.get_dummy_value()

    return types.void(address, workspace), generate


call: Any = intrinsic(call_at)


@compiled
def enter(work, rows, running, lane, k, constants, states, clocks, doses):
    """Put patient ``k`` into a lane."""
    for i in range(states.shape[1]):
        work[rows.y + i, lane] = work[rows.u + i, lane] = states[k, i]
        work[rows.given + i, lane] = 0.0
    for i in range(constants.shape[1]):
        work[rows.q + i, lane] = constants[k, i]
    for i in range(rows.n_free):
        work[rows.free + i, lane] = 0.0
    work[PATIENT, lane] = k
    work[TIME, lane], work[STEP, lane], work[STEP_AFTER_DOSE, lane] = clocks[k, 0], clocks[k, 1], clocks[k, 2]
    work[N_STEPS, lane] = work[REJECTED, lane] = work[AFTER_DOSE, lane] = 0.0
    for r in range(doses.shape[1]):
        running[PENDING, r, lane] = doses[k, r, 0]
        running[END, r, lane] = np.inf
        running[GIVEN, r, lane] = running[ENDED, r, lane] = 0.0


@compiled
def next_look(work, lane, looks, m):
    """Set the time of the next observation; returns its index."""
    k = int(work[PATIENT, lane])
    work[NEXT_LOOK, lane] = looks[k, m] if m < looks.shape[1] else np.inf
    return m


@compiled
def record(work, rows, lane, seen, m):
    """Copy the observables of a lane to where the caller will find them."""
    k = int(work[PATIENT, lane])
    for i in range(seen.shape[2]):
        seen[k, m, i] = work[rows.seen + i, lane]


@compiled
def look_at_start(code, work, rows, lane, looks, seen):
    """Observe what is asked for at the time of entry, before any dose; returns how many times that passes."""
    k, m, t = int(work[PATIENT, lane]), 0, work[TIME, lane]
    while m < looks.shape[1] and looks[k, m] <= t + TIME_TOLERANCE:
        if looks[k, m] >= t - TIME_TOLERANCE:
            call(code.observe, work.ctypes.data)
            record(work, rows, lane, seen, m)
        m += 1
    return next_look(work, lane, looks, m)


@compiled
def leave(work, rows, lane, states, clocks):
    """Write a patient back and free the lane."""
    k = int(work[PATIENT, lane])
    for i in range(states.shape[1]):
        states[k, i] = work[rows.y + i, lane]
    clocks[k, 0], clocks[k, 1], clocks[k, 2] = work[TIME, lane], work[STEP, lane], work[STEP_AFTER_DOSE, lane]
    work[PATIENT, lane] = -1.0


@compiled
def set_input(work, rows, running, lane, doses, target):
    """Constant input of a state: the sum of what is running."""
    k, total = int(work[PATIENT, lane]), 0.0
    for r in range(doses.shape[1]):
        if int(doses[k, r, STATE]) == target and running[END, r, lane] < np.inf:
            at_once = running[GIVEN, r, lane] - running[ENDED, r, lane]
            total += at_once * (doses[k, r, AMOUNT] / doses[k, r, DURATION])
    work[rows.given + target, lane] = total


@compiled
def end_inputs(running, lane, r, record, now):
    """Count the inputs of a record that have ended; the next to end is the oldest of those that still run."""
    while running[END, r, lane] <= now:
        ended = running[ENDED, r, lane] + 1.0
        running[ENDED, r, lane] = ended
        runs = ended < running[GIVEN, r, lane]
        running[END, r, lane] = record[0] + ended * record[INTERVAL] + record[DURATION] if runs else np.inf


@compiled
def give(work, rows, running, lane, doses, until):
    """Doses and changes of input that are due; a bolus goes into its state."""
    k, now = int(work[PATIENT, lane]), work[TIME, lane] + TIME_TOLERANCE
    for r in range(doses.shape[1]):
        target = int(doses[k, r, STATE])
        if running[END, r, lane] <= now:
            end_inputs(running, lane, r, doses[k, r], now)
            set_input(work, rows, running, lane, doses, target)
            work[STEP, lane] = min(work[STEP, lane], work[STEP_AFTER_DOSE, lane])
            work[AFTER_DOSE, lane] = 1.0
        due = running[PENDING, r, lane]
        if due > now or due >= until - TIME_TOLERANCE:
            continue
        given = running[GIVEN, r, lane] + 1.0
        running[GIVEN, r, lane] = given
        if doses[k, r, DURATION] > 0.0:
            running[END, r, lane] = min(running[END, r, lane], due + doses[k, r, DURATION])
            set_input(work, rows, running, lane, doses, target)
        else:
            work[rows.y + target, lane] += doses[k, r, AMOUNT]
        work[STEP, lane], work[AFTER_DOSE, lane] = work[STEP_AFTER_DOSE, lane], 1.0
        again = given <= doses[k, r, ADDITIONAL]
        running[PENDING, r, lane] = doses[k, r, 0] + given * doses[k, r, INTERVAL] if again else np.inf


@compiled
def die_out(work, rows, lane, dying):
    """Set to zero the groups of states whose sum has fallen below the patient's threshold."""
    k = int(work[PATIENT, lane])
    for g in range(dying.thresholds.shape[1]):
        total = 0.0
        for m in range(dying.starts[g], dying.starts[g + 1]):
            total += work[rows.y + dying.members[m], lane]
        if total < dying.thresholds[k, g]:
            for m in range(dying.starts[g], dying.starts[g + 1]):
                work[rows.y + dying.members[m], lane] = 0.0


@compiled
def settle(work, rows, running, lane, doses, clocks, dying):
    """Doses, extinction and the next stop, at the time a lane has reached; whether its patient is done."""
    until = clocks[int(work[PATIENT, lane]), UNTIL]
    give(work, rows, running, lane, doses, until)
    die_out(work, rows, lane, dying)
    stop = until
    for r in range(doses.shape[1]):
        stop = min(stop, running[PENDING, r, lane], running[END, r, lane])
    work[STOP, lane] = stop
    return work[TIME, lane] >= until - TIME_TOLERANCE


@compiled
def look(code, work, rows, looked, looks, seen):
    """Observe within the steps just made, from dense output, as long as any of them passes an observation."""
    while True:
        any_due = False
        for lane in range(work.shape[1]):
            work[SHARE, lane] = 0.0
            if work[DUE, lane] > 0.0:
                work[SHARE, lane] = (work[NEXT_LOOK, lane] - work[TIME, lane]) / work[SIZE, lane]
                any_due = True
        if not any_due:
            return
        call(code.dense, work.ctypes.data)
        call(code.observe, work.ctypes.data)
        for lane in range(work.shape[1]):
            if work[DUE, lane] > 0.0:
                record(work, rows, lane, seen, looked[lane])
                looked[lane] = next_look(work, lane, looks, looked[lane] + 1)
                if work[NEXT_LOOK, lane] > work[TIME, lane] + work[SIZE, lane] + TIME_TOLERANCE:
                    work[DUE, lane] = 0.0


@kept
def advance_block(code, work, rows, constants, states, clocks, status, doses, looks, seen, dying):
    """Advance every patient whose solve stands; a failed one keeps its last state and its status.

    Returns the number of steps that were tried.
    """
    width, n = work.shape[1], states.shape[0]
    running = np.empty((4, doses.shape[1], width))
    looked = np.zeros(width, np.int64)
    following = n_steps = 0
    work[PATIENT] = -1.0
    work[STOP] = work[NEXT_LOOK] = np.inf
    work[STEP] = 1.0
    while True:
        active = False
        for lane in range(width):
            while work[PATIENT, lane] < 0.0 and following < n:
                if status[following] == OK:
                    enter(work, rows, running, lane, following, constants, states, clocks, doses)
                    looked[lane] = look_at_start(code, work, rows, lane, looks, seen)
                    if clocks[following, UNTIL] <= clocks[following, 0] + TIME_TOLERANCE:
                        work[PATIENT, lane] = -1.0
                    elif settle(work, rows, running, lane, doses, clocks, dying):
                        leave(work, rows, lane, states, clocks)
                following += 1
            active = active or work[PATIENT, lane] >= 0.0
        if not active:
            return n_steps
        call(code.run, work.ctypes.data)
        look(code, work, rows, looked, looks, seen)
        call(code.commit, work.ctypes.data)
        for lane in range(width):
            failed, arrived = work[FAILED, lane] > 0.0, work[ARRIVED, lane] > 0.0
            if failed:
                status[int(work[PATIENT, lane])] = int(work[FAILED, lane])
            if failed or (arrived and settle(work, rows, running, lane, doses, clocks, dying)):
                n_steps += int(work[N_STEPS, lane])
                leave(work, rows, lane, states, clocks)


@kept
def map_rows(function, work, inputs, targets, output, first_output):
    """Call a function of a model on every patient of a block.

    ``inputs`` (n_patients, n) go to the rows ``targets`` (n,) of the workspace, and the rows from
    ``first_output`` on to ``output``.
    """
    width, n = work.shape[1], output.shape[0]
    for start in range(0, n, width):
        for lane in range(width):
            k = min(start + lane, n - 1)
            for i in range(targets.shape[0]):
                work[targets[i], lane] = inputs[k, i]
        call(function, work.ctypes.data)
        for lane in range(min(width, n - start)):
            for i in range(output.shape[1]):
                output[start + lane, i] = work[first_output + i, lane]

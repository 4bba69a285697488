"""The driver of the generated kernel: doses, step control, dense output, extinction, failure.

The text below the marker is appended to every generated kernel, whose functions ``prepare``,
``factorise``, ``substitute``, ``rates``, ``observe`` and ``step`` it calls. It stands here as ordinary
code so that it can be read, checked and covered like any other.
"""

from typing import Any

import numpy as np
from numba import njit

N_STATES = N_OBSERVABLES = N_FACTORS = N_STAGES = N_CONSTANTS = N_SCRATCH = 0


def _generated(*arguments: Any) -> Any:
    """Stand-in for a function that the kernel defines."""
    raise AssertionError(arguments)


prepare = factorise = substitute = rates = observe = step = dense = _generated

# ---- kernel ----

TIME_TOLERANCE = 1e-9
SMALLEST_STEP = 1e-11
FIRST_STEP = 1e-3
MOST_STEPS = 400_000
OK, STEP_LIMIT, STEP_TOO_SMALL, NOT_FINITE, NEGATIVE = 0, 1, 2, 3, 4


@njit(error_model="numpy", nogil=True, cache=True)
def die_out(y, thresholds, members, starts):
    """Set to zero the groups of states whose sum has fallen below the patient's threshold."""
    for g in range(thresholds.shape[0]):
        total = 0.0
        for m in range(starts[g], starts[g + 1]):
            total += y[members[m]]
        if total < thresholds[g]:
            for m in range(starts[g], starts[g + 1]):
                y[members[m]] = 0.0


@njit(error_model="numpy", nogil=True, cache=True)
def error_norm(error, y, y_new, level, rtol):
    """Root mean square of the error in units of the tolerance."""
    total = 0.0
    for i in range(N_STATES):
        size = max(abs(y[i]), abs(y_new[i]))
        e = error[i] / (rtol * (level[i] + size))
        total += e * e
    return np.sqrt(total / N_STATES)


@njit(error_model="numpy", nogil=True, cache=True)
def lowest(y, y_new, level):
    """The most negative new state, in units of its level or of one part in a thousand of its old size."""
    worst = 0.0
    for i in range(N_STATES):
        worst = min(worst, y_new[i] / (level[i] + 1e-3 * abs(y[i])))
    return worst


@njit(error_model="numpy", nogil=True, cache=True)
def advance_patient(
    q,
    y,
    clock,
    until,
    times,
    amounts,
    targets,
    durations,
    intervals,
    additional,
    observations,
    out,
    thresholds,
    members,
    starts,
    level,
    rtol,
    work,
    stages,
    factors,
    scratch,
):
    """Take one patient from ``clock[0]`` to ``until``; ``clock`` keeps the steps, now and after a dose."""
    given, y_new, at, pending, ends = (
        work[0],
        work[1],
        work[2],
        np.copy(times),
        np.full(times.shape[0], np.inf),
    )
    left = np.copy(additional)
    given[:] = 0.0
    t, h, h_dose = clock[0], clock[1], clock[2]
    seen, n_steps = 0, 0
    rejected, after_dose = False, False
    while seen < observations.shape[0] and observations[seen] <= t + TIME_TOLERANCE:
        if observations[seen] >= t - TIME_TOLERANCE:
            observe(y, q, out[seen], scratch)
        seen += 1
    while True:
        for r in range(pending.shape[0]):
            if ends[r] <= t + TIME_TOLERANCE:
                given[targets[r]] -= amounts[r] / durations[r]
                ends[r] = np.inf
                h, after_dose = min(h, h_dose), True
            if pending[r] <= t + TIME_TOLERANCE and pending[r] < until - TIME_TOLERANCE:
                if durations[r] > 0.0:
                    given[targets[r]] += amounts[r] / durations[r]
                    ends[r] = pending[r] + durations[r]
                else:
                    y[targets[r]] += amounts[r]
                h, after_dose = h_dose, True
                if left[r] > 0:
                    left[r] -= 1
                    pending[r] += intervals[r]
                else:
                    pending[r] = np.inf
        die_out(y, thresholds, members, starts)
        if t >= until - TIME_TOLERANCE:
            break
        stop = until
        for r in range(pending.shape[0]):
            stop = min(stop, pending[r], ends[r])
        while t < stop - TIME_TOLERANCE:
            rest = stop - t
            size = h
            if size >= 0.9999 * rest:
                size = rest
            elif size > 0.55 * rest:
                size = 0.5 * rest
            error = step(y, q, given, size, y_new, stages, factors, at, scratch)
            norm = error_norm(error, y, y_new, level, rtol)
            n_steps += 1
            good = norm <= 1.0
            if good and lowest(y, y_new, level) < -1.0:
                good, norm = False, 30.0
            factor = min(6.0, max(0.2, 0.9 * (norm + 1e-10) ** -0.2)) if norm < 1e30 else 0.1
            if not good:
                rejected = True
                h = size * factor
                if h < SMALLEST_STEP or n_steps > MOST_STEPS:
                    clock[0], clock[1] = t, h
                    if norm < 1e30:
                        return STEP_TOO_SMALL if n_steps <= MOST_STEPS else STEP_LIMIT
                    return NOT_FINITE
                continue
            if rejected:
                factor = min(factor, 1.0)
                rejected = False
            following = size * factor
            if after_dose:
                h_dose, after_dose = following, False
            if size < 0.999 * h and following < h:
                following = h
            h = following
            while seen < observations.shape[0] and observations[seen] <= t + size + TIME_TOLERANCE:
                dense((observations[seen] - t) / size, y, y_new, stages, at)
                observe(at, q, out[seen], scratch)
                seen += 1
            for i in range(N_STATES):
                y[i] = y_new[i]
            t += size
            if n_steps > MOST_STEPS:
                clock[0], clock[1] = t, h
                return STEP_LIMIT
        t = stop
    clock[0], clock[1], clock[2] = until, h, h_dose
    return OK


@njit(error_model="numpy", nogil=True, cache=True)
def advance_block(
    constants,
    states,
    clocks,
    status,
    until,
    times,
    amounts,
    targets,
    durations,
    intervals,
    additional,
    observations,
    out,
    thresholds,
    members,
    starts,
    level,
    rtol,
):
    """Advance every patient whose solve stands; a failed one keeps its last state and its status."""
    work = np.empty((3, N_STATES))
    stages = np.empty((N_STAGES, N_STATES))
    factors = np.empty(N_FACTORS)
    scratch = np.empty(N_SCRATCH)
    for k in range(states.shape[0]):
        if status[k] != OK or until[k] <= clocks[k, 0] + TIME_TOLERANCE:
            if status[k] == OK:
                m = 0
                while m < observations.shape[1] and observations[k, m] <= clocks[k, 0] + TIME_TOLERANCE:
                    if observations[k, m] >= clocks[k, 0] - TIME_TOLERANCE:
                        observe(states[k], constants[k], out[k, m], scratch)
                    m += 1
            continue
        status[k] = advance_patient(
            constants[k],
            states[k],
            clocks[k],
            until[k],
            times[k],
            amounts[k],
            targets[k],
            durations[k],
            intervals[k],
            additional[k],
            observations[k],
            out[k],
            thresholds[k],
            members,
            starts,
            level,
            rtol,
            work,
            stages,
            factors,
            scratch,
        )


@njit(error_model="numpy", nogil=True, cache=True)
def prepare_block(parameters, constants):
    """Constants of every patient from parameters."""
    scratch = np.empty(N_SCRATCH)
    for k in range(parameters.shape[0]):
        prepare(parameters[k], constants[k], scratch)

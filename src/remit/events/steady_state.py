"""The state that doses repeated for ever lead to: the start of an interval that its end brings back.

One interval, from just before a dose to just before the next, is a map of states; its fixed point is found
by Newton's method, which for linear kinetics is there after one step. Kinetics without a steady state, such
as saturable elimination of more than it can do, have no fixed point, and that is said.
"""

import contextlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from remit.dosing import Floats, Integers

MOST_STEPS = 60
"""Steps of Newton's method; near saturation each doubles the state, so that this is ample."""
SETTLED, NOISE = 1e-11, 1e-6
"""A step that moves no amount by more than this share of the largest and the dose ends the search, as does a
larger one, up to the second share, that is not smaller than the one before."""
DIFFERENCE = 1e-4
"""Size of the finite differences, as a share of the amount."""
LARGEST = 1e9
"""Doses that a steady state may hold; beyond it elimination is as good as none."""


class Flow(Protocol):
    """What takes states over intervals; see ``remit.solve.linear_flow.LinearFlow``."""

    def advance(
        self, parameters: Floats, state: Floats, inputs: Floats, length: Floats
    ) -> tuple[Floats, Integers]:
        """States at the end of each interval under constant inputs, and statuses."""
        ...


@dataclass(frozen=True, slots=True)
class Repeated:
    """A dose repeated for ever, one for each patient, all arrays of shape (n_patients,).

    ``target`` is the index of the compartment; ``amount`` arrives at once, or ``rate`` for ``duration``
    (infinity: without a pause), every ``interval``.
    """

    parameters: Floats
    target: Integers
    amount: Floats
    rate: Floats
    duration: Floats
    interval: Floats

    def of(self, rows: Integers) -> "Repeated":
        """The same for some of the patients, each as often as it is named."""
        return Repeated(
            self.parameters[rows],
            self.target[rows],
            self.amount[rows],
            self.rate[rows],
            self.duration[rows],
            self.interval[rows],
        )


def through(flow: Flow, dose: Repeated, state: Floats, length: Floats) -> Floats:
    """States after a part of the interval, from just before a dose on; NaN where the solve fails.

    At the dose, the infusions that began before and still run are as many as whole intervals fit into one.
    """
    n = len(state)
    here = np.arange(n), dose.target
    endless = np.isinf(dose.duration)
    lasting = np.where(endless, dose.interval, dose.duration)
    whole = np.floor(lasting / dose.interval)
    rest = np.where(endless, 0.0, lasting - whole * dose.interval)
    state = state.copy()
    state[here] += dose.amount
    for more, end in ((1.0, np.minimum(rest, length)), (0.0, np.maximum(length - rest, 0.0))):
        inputs = np.zeros_like(state)
        inputs[here] = dose.rate * (whole + more)
        state, _ = flow.advance(dose.parameters, state, inputs, end)
    return state


def steady_state(flow: Flow, dose: Repeated, n_states: int, *, linear: bool) -> Floats:
    """States just before a dose, shape (n_patients, n_states); NaN where there is none.

    Parameters
    ----------
    flow
        Solver.
    dose
        The repeated doses.
    n_states
        Compartments.
    linear
        Whether the kinetics are linear; one step of Newton's method is then exact.
    """
    endless = np.isinf(dose.duration)
    given = np.where(dose.rate > 0, dose.rate * np.where(endless, dose.interval, dose.duration), dose.amount)
    state = np.zeros((len(given), n_states))
    searching, last = np.arange(len(given)), np.full(len(given), np.inf)
    for _ in range(1 if linear else MOST_STEPS):
        some, before, size = dose.of(searching), state[searching], given[searching]
        after = through(flow, some, before, some.interval)
        slope = slopes(flow, some, before, after, size, linear=linear)
        step = solved(np.eye(n_states) - slope, after - before)
        state[searching] = before + step
        largest = np.max(np.abs(before + step), axis=1)
        moved, scale = np.max(np.abs(step), axis=1), largest + size
        # Below some size steps no longer shrink: they are the tolerance of the solver.
        there = (moved <= SETTLED * scale) | ((moved <= NOISE * scale) & (moved > last[searching] / 2))
        last[searching] = moved
        lost = ~np.isfinite(step).all(axis=1) | (largest > LARGEST * size)
        state[searching[lost]] = np.nan
        searching = searching[~there & ~lost]
        if not len(searching):
            break
    if not linear:
        state[searching] = np.nan
    # Round-off may leave a negative trace in a compartment that holds nothing.
    return np.where(state < 0, np.where(state > -SETTLED * given[:, None], 0.0, np.nan), state)


def constant_state(matrices: Floats, dose: Repeated) -> Floats:
    """State of linear kinetics under an input that never ends, shape (n_patients, n); NaN if there is none.

    ``matrices`` (n_patients, n, n) are the rates of change per unit of each state.
    """
    n_patients, n_states, _ = matrices.shape
    inputs = np.zeros((n_patients, n_states))
    inputs[np.arange(n_patients), dose.target] = dose.rate
    found = solved(-matrices, inputs)
    return np.where((found < 0).any(axis=1, keepdims=True), np.nan, found)


def slopes(
    flow: Flow, dose: Repeated, before: Floats, after: Floats, size: Floats, *, linear: bool
) -> Floats:
    """Derivatives of the state after an interval by that before it, shape (n_patients, n, n)."""
    n, n_states = before.shape
    unit = np.tile(np.eye(n_states), (n, 1))
    each = np.repeat(np.arange(n), n_states)
    if linear:
        found, _ = flow.advance(dose.parameters[each], unit, np.zeros_like(unit), dose.interval[each])
        return found.reshape(n, n_states, n_states).transpose(0, 2, 1)
    change = (DIFFERENCE * np.maximum(before, size[:, None])).reshape(-1, 1)
    moved = through(flow, dose.of(each), before[each] + change * unit, dose.interval[each])
    return ((moved - after[each]) / change).reshape(n, n_states, n_states).transpose(0, 2, 1)


def solved(matrices: Floats, change: Floats) -> Floats:
    """Solutions of linear equations, shape (n_patients, n); NaN where there is none."""
    matrices = matrices.copy()
    # What nothing enters and nothing leaves stays as it is.
    still = (np.diagonal(matrices, axis1=1, axis2=2) == 0) & (change == 0)
    matrices[still, :] += np.eye(change.shape[1])[np.nonzero(still)[1]]
    found = np.full_like(change, np.nan)
    usable = np.flatnonzero(np.isfinite(matrices).all(axis=(1, 2)) & np.isfinite(change).all(axis=1))
    try:
        found[usable] = np.linalg.solve(matrices[usable], change[usable, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        # One that cannot be solved stops the others of a stack.
        for k in usable:
            with contextlib.suppress(np.linalg.LinAlgError):
                found[k] = np.linalg.solve(matrices[k], change[k])
    return found

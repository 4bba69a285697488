"""The reference: SciPy on the equation files themselves, always there, slow.

Shares no generated code with the kernel unless a right-hand side is passed in, so agreement of the
two checks tracing, printing, factorisation and step control at once.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remit.courses import Status
from remit.dosing import DoseRecords, Floats, Integers
from remit.solve.checks import check_block, check_interval
from remit.solve.equations import Equations
from remit.solve.workspace import TIME_TOLERANCE

NAME = "scipy_reference"


class ReferenceBlock:
    """Patients solved one at a time by SciPy; see ``remit.courses.Block`` for the contract.

    Parameters
    ----------
    equations
        The model.
    parameters, state, thresholds
        As for ``remit.solve.kernel.KernelBlock``.
    rtol
        Relative tolerance; the absolute one is this times each state's level.
    start
        Time of the initial state [day].
    method
        A method of ``scipy.integrate.solve_ivp``.
    rates
        Right-hand side of patient ``k`` at states of shape (n_states, n_points); by default the equation
        files in NumPy.
    """

    def __init__(
        self,
        equations: Equations,
        parameters: Floats,
        state: Floats,
        thresholds: Floats,
        *,
        rtol: float = 1e-6,
        start: float = 0.0,
        method: str = "Radau",
        rates: Callable[[int, Floats], Floats] | None = None,
    ) -> None:
        check_block(equations, parameters, state, thresholds, rtol)
        self.equations = equations
        self.rtol = rtol
        self.method = method
        self.state = np.array(state, dtype=float)
        self.thresholds = np.array(thresholds, dtype=float)
        self._values = [
            dict(zip(equations.parameters, row, strict=True)) for row in np.asarray(parameters, dtype=float)
        ]
        self._rates = rates or self._equation_rates
        self._time = np.full(len(self.state), float(start))
        self._status = np.zeros(len(self.state), dtype=np.int64)
        index = {name: i for i, name in enumerate(equations.states)}
        self._groups = [[index[name] for name in group] for group in equations.groups]

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of the observables, in order."""
        return self.equations.observables

    @property
    def time(self) -> Floats:
        """Time each patient has reached [day]."""
        return self._time.copy()

    @property
    def status(self) -> Integers:
        """Status of each patient."""
        return self._status.copy()

    def _equation_rates(self, k: int, y: Floats) -> Floats:
        return np.stack(np.broadcast_arrays(*self.equations.rates(tuple(y), self._values[k])))

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        """Take every patient to its own ``until``; see ``remit.courses.Block``."""
        check_interval(self.equations, len(self.state), until, records, observe)
        out = np.full((*observe.shape, len(self.observables)), np.nan)
        for k in range(len(self.state)):
            if self._status[k] == Status.OK:
                self._advance_patient(
                    k, float(until[k]), expand(records, k, float(until[k])), observe[k], out[k]
                )
        return out

    def _advance_patient(
        self, k: int, until: float, events: list[tuple[float, int, float, float]], times: Floats, out: Floats
    ) -> None:
        # Loaded here because a run on compiled code does without.
        from scipy.integrate import solve_ivp  # noqa: PLC0415

        given = np.zeros(self.state.shape[1])
        t = self._time[k]
        now = (times >= t - TIME_TOLERANCE) & (times <= t + TIME_TOLERANCE)
        self._look(k, out, now, np.repeat(self.state[k][:, None], int(now.sum()), axis=1))
        while True:
            while events and events[0][0] <= t + TIME_TOLERANCE:
                _, state, amount, rate = events.pop(0)
                self.state[k, state] += amount
                given[state] += rate
            self._die_out(k)
            if t >= until - TIME_TOLERANCE:
                break
            stop = min(until, events[0][0]) if events else until
            wanted = (times > t + TIME_TOLERANCE) & (times <= stop + TIME_TOLERANCE)
            asked = np.minimum(times[wanted], stop)
            grid = np.unique(np.append(asked, stop))
            solved = solve_ivp(
                lambda _, y: self._rates(k, y) + (given if y.ndim == 1 else given[:, None]),
                (t, stop),
                self.state[k],
                method=self.method,
                t_eval=grid,
                vectorized=True,
                rtol=max(self.rtol, 3e-14),
                atol=self.rtol * np.array(self.equations.levels),
            )
            if not solved.success or not np.isfinite(solved.y).all():
                self._status[k] = Status.NOT_FINITE if solved.success else Status.STEP_TOO_SMALL
                return
            self._look(k, out, wanted, solved.y[:, np.searchsorted(grid, asked)])
            self.state[k] = solved.y[:, -1]
            t = stop
        self._time[k] = max(until, self._time[k])

    def _look(self, k: int, out: Floats, wanted: NDArray[np.bool_], states: Floats) -> None:
        if wanted.any():
            seen = self.equations.observe(tuple(states), self._values[k])
            out[wanted] = np.stack(np.broadcast_arrays(*seen), axis=1)

    def _die_out(self, k: int) -> None:
        for group, threshold in zip(self._groups, self.thresholds[k], strict=True):
            if sum(self.state[k, i] for i in group) < threshold:
                self.state[k, group] = 0.0


def expand(records: DoseRecords, k: int, until: float) -> list[tuple[float, int, float, float]]:
    """Events of one patient before ``until``, in order: time, state, amount at once, change of input rate."""
    events: list[tuple[float, int, float, float]] = []
    for r in range(records.time.shape[1]):
        state, amount, duration = (
            int(records.state[k, r]),
            float(records.amount[k, r]),
            float(records.duration[k, r]),
        )
        for repeat in range(int(records.additional[k, r]) + 1):
            time = float(records.time[k, r]) + repeat * float(records.interval[k, r])
            if time >= until - TIME_TOLERANCE:
                break
            if duration > 0:
                events += [
                    (time, state, 0.0, amount / duration),
                    (time + duration, state, 0.0, -amount / duration),
                ]
            else:
                events.append((time, state, amount, 0.0))
    return sorted(events, key=lambda event: event[0])

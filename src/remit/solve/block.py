"""Patients solved by a compiled model; a block satisfies ``remit.courses.Block``."""

import numpy as np

from remit.courses import Status
from remit.dosing import DoseRecords, Floats, Integers
from remit.solve import driver
from remit.solve.checks import check_block, check_interval
from remit.solve.kernel import Kernel
from remit.solve.workspace import RTOL, Rows

NAME = "vector_kernel"


class KernelBlock:
    """Patients solved by a compiled model; see ``remit.courses.Block`` for the contract.

    Parameters
    ----------
    kernel
        The compiled model.
    parameters
        Shape (n_patients, n_parameters), in the order of the equations, canonical units.
    state
        State at time ``start``, shape (n_patients, n_states).
    thresholds
        Extinction threshold of each group, shape (n_patients, n_groups).
    rtol
        Relative tolerance; the absolute one is this times each state's level.
    start
        Time of the initial state [day].

    Raises
    ------
    InputError
        If an array has another shape than the model asks for, or the tolerance is no small positive number.
    """

    def __init__(
        self,
        kernel: Kernel,
        parameters: Floats,
        state: Floats,
        thresholds: Floats,
        *,
        rtol: float = 1e-4,
        start: float = 0.0,
    ) -> None:
        check_block(kernel.equations, parameters, state, thresholds, rtol)
        self.kernel = kernel
        self.rtol = rtol
        self.state = np.array(state, dtype=float, order="C")
        self.thresholds = np.array(thresholds, dtype=float, order="C")
        self.constants = kernel.constants(np.asarray(parameters, dtype=float))
        self._rows = Rows(
            **{name: kernel.rows[name][0] for name in ("y", "given", "u", "q", "seen", "free")},
            n_free=kernel.rows["free"][1],
        )
        self.n_steps = 0
        """Steps tried so far, of all patients together."""
        n = self.state.shape[0]
        self._status = np.zeros(n, dtype=np.int64)
        self._status[~np.isfinite(self.state).all(axis=1) | ~np.isfinite(self.constants).all(axis=1)] = (
            Status.NOT_FINITE
        )
        self._clocks = np.empty((n, 3))
        self._clocks[:] = (start, driver.FIRST_STEP, driver.FIRST_STEP)

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of the observables, in order."""
        return self.kernel.equations.observables

    @property
    def time(self) -> Floats:
        """Time each patient has reached [day]."""
        return self._clocks[:, 0].copy()

    @property
    def status(self) -> Integers:
        """Status of each patient."""
        return self._status.copy()

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        """Take every patient to its own ``until``; see ``remit.courses.Block``."""
        kernel = self.kernel
        check_interval(kernel.equations, len(self.state), until, records, observe)
        out = np.full((*observe.shape, len(self.observables)), np.nan)
        clocks = np.column_stack([self._clocks, until])
        self.n_steps += driver.advance_block(
            kernel.code(self.rtol),
            self._workspace(),
            self._rows,
            self.constants,
            self.state,
            clocks,
            self._status,
            np.stack(
                (
                    records.time, records.amount, records.state, records.duration, records.interval,
                    records.additional,
                ),
                axis=-1,
            ),
            np.ascontiguousarray(observe, dtype=float),
            out,
            driver.Extinction(self.thresholds, kernel.members, kernel.starts),
        )  # fmt: skip
        self._clocks = clocks[:, :3]
        return out

    def _workspace(self) -> Floats:
        """Memory with tolerances in place; a block may be advanced by one thread after another."""
        work = self.kernel.workspace()
        level = self.kernel.rows["level"]
        work[level[0] : sum(level)] = np.array(self.kernel.equations.levels)[:, None]
        work[RTOL] = self.rtol
        return work

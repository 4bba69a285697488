"""What every solver of a benchmark is given: equations, patients, doses, output times, and how to judge.

One file, one model; each makes a ``Workload``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from remit.dosing import DoseRecords, Floats, no_doses
from remit.solve import Equations

BLOCK = 1_024
"""Patients of a block, as in a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Patients of one model from time 0 to ``end``, all under the same doses.

    ``parameters`` has shape (n_patients, n_parameters), ``state`` (n_patients, n_states), ``records`` one
    row that holds for everyone, ``outputs`` the output times, none of which is a dose time. ``burdens``
    are sums of observables that are judged in log10 above ``floor``; ``counts`` are observables that are
    judged by their relative error.
    """

    title: str
    equations: Equations
    parameters: Floats
    state: Floats
    records: DoseRecords
    outputs: Floats
    end: float
    burdens: tuple[tuple[str, ...], ...]
    counts: tuple[str, ...]
    floor: float
    unit: str

    @property
    def n_patients(self) -> int:
        """Patients."""
        return len(self.state)

    @property
    def levels(self) -> Floats:
        """Size below which each state is not observed: the absolute tolerance is rtol times this."""
        return np.array(self.equations.levels)

    def part(self, patients: int, share: float = 1.0) -> "Workload":
        """The first patients, over the first share of the time."""
        end = self.end * share
        return replace(
            self,
            parameters=self.parameters[:patients],
            state=self.state[:patients],
            outputs=self.outputs[self.outputs < end],
            end=end,
        )

    def many(self, patients: int) -> "Workload":
        """As many patients as asked for, the same ones again and again."""
        rows = np.arange(patients) % self.n_patients
        return replace(self, parameters=self.parameters[rows], state=self.state[rows])

    def records_of_all(self) -> DoseRecords:
        """The records, one row per patient."""
        one = self.records
        arrays = (one.time, one.amount, one.state, one.duration, one.interval, one.additional)
        return DoseRecords(*(np.repeat(each, self.n_patients, axis=0) for each in arrays))

    def records_between(self, start: float, end: float) -> DoseRecords:
        """The doses of a stretch of time, each as a record, one row per patient."""
        inside = [dose for dose in doses(self) if start <= dose[0] < end]
        if not inside:
            return no_doses(self.n_patients)
        times, states, amounts = (np.array(each) for each in zip(*inside, strict=True))
        none = np.zeros((self.n_patients, len(inside)))
        time, amount, state = (np.tile(each, (self.n_patients, 1)) for each in (times, amounts, states))
        return DoseRecords(time, amount, state, none, none, none.astype(np.int64))

    def observed(self, states: Floats) -> Floats:
        """Observables (n_patients, n_times, n_observables) of states (n_patients, n_times, n_states)."""
        named = dict(zip(self.equations.parameters, self.parameters.T[:, :, None], strict=True))
        seen = self.equations.observe(tuple(np.moveaxis(states, -1, 0)), named)
        return np.stack(np.broadcast_arrays(*seen), axis=-1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch between doses: what is given at its start, and the indices of the outputs in it."""

    start: float
    end: float
    given: Floats
    outputs: NDArray[np.int64]


def doses(workload: Workload) -> list[tuple[float, int, float]]:
    """Every single dose before the end, in order: time, state, amount."""
    rows = workload.records
    found: list[tuple[float, int, float]] = []
    for time, amount, state, interval, additional in zip(
        rows.time[0], rows.amount[0], rows.state[0], rows.interval[0], rows.additional[0], strict=True
    ):
        times = time + interval * np.arange(additional + 1)
        found += [(float(t), int(state), float(amount)) for t in times if t < workload.end - 1e-9]
    return sorted(found)


def intervals(workload: Workload) -> Iterator[Interval]:
    """The time from 0 to the end, cut where doses are given."""
    given: dict[float, Floats] = {0.0: np.zeros(workload.state.shape[1])}
    for time, state, amount in doses(workload):
        given.setdefault(round(time, 9), np.zeros(workload.state.shape[1]))[state] += amount
    times = [*given, workload.end]
    for start, end in pairwise(times):
        inside = np.flatnonzero((workload.outputs >= start) & (workload.outputs < end))
        yield Interval(start, end, given[start], inside)

"""One patient's simulation in full: what another program needs to compute the same course."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from remit.dosing import NEVER, DoseRecords
from remit.errors import Finding, InputError
from remit.library.form import nearest
from remit.solve import Equations
from remit.units import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Units of states and observables, units and meanings of parameters, each by name; any may be absent."""

    states: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Mapping[str, Quantity] = field(default_factory=dict[str, Quantity])
    observables: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose record: ``amount`` into ``state`` at ``time`` [day], ``count`` times every ``interval`` [day].

    ``duration`` [day] is zero for a bolus.
    """

    state: str
    time: float
    amount: float
    duration: float
    interval: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A patient from time 0 on.

    Parameters
    ----------
    equations
        The model.
    values
        Value of every parameter, by name.
    state
        State at time 0, by name.
    doses
        Dose records of the one patient.
    thresholds
        Extinction threshold of each group of the equations, in order; empty if nothing dies out.
    declared
        Units and meanings.
    title
        What it is, in a line.
    notes
        What a reader must know, one paragraph each.

    Raises
    ------
    InputError
        With everything that does not fit the equations.
    """

    equations: Equations
    values: Mapping[str, float]
    state: Mapping[str, float]
    doses: DoseRecords | None = None
    thresholds: tuple[float, ...] = ()
    declared: Declared = field(default_factory=Declared)
    title: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check at the border; the formats trust it."""
        findings = [
            *_names("parameters", self.equations.parameters, self.values),
            *_names("state", self.equations.states, self.state),
            *self._threshold_findings(),
            *self._dose_findings(),
        ]
        if findings:
            raise InputError(findings)

    @property
    def given(self) -> tuple[Dose, ...]:
        """Dose records that give something."""
        r = self.doses
        if r is None:
            return ()
        return tuple(
            Dose(
                self.equations.states[int(r.state[0, i])],
                float(r.time[0, i]),
                float(r.amount[0, i]),
                float(r.duration[0, i]),
                float(r.interval[0, i]),
                int(r.additional[0, i]) + 1,
            )
            for i in range(r.time.shape[1])
            if r.time[0, i] < NEVER and r.amount[0, i] > 0
        )

    def _threshold_findings(self) -> Iterator[Finding]:
        groups = len(self.equations.groups)
        if self.thresholds and len(self.thresholds) != groups:
            found = f"{len(self.thresholds)} of them"
            yield Finding(f"model {self.equations.name}: thresholds", found, f"{groups}, one for each group")

    def _dose_findings(self) -> Iterator[Finding]:
        r, n_states = self.doses, len(self.equations.states)
        where = f"model {self.equations.name}: doses"
        if r is None:
            return
        if r.n_patients != 1:
            yield Finding(where, f"{r.n_patients} patients", "one patient", "take one row of each array")
            return
        if np.any(r.time < 0):
            yield Finding(where, f"a dose on day {r.time.min():g}", "doses from day 0 on")
        if np.any((r.state < 0) | (r.state >= n_states)):
            yield Finding(where, "an index of no state", f"indices from 0 to {n_states - 1}")


def _names(what: str, needed: tuple[str, ...], given: Mapping[str, float]) -> Iterator[Finding]:
    """Names that are missing, unknown, or have no finite value."""
    for name in needed:
        if name not in given:
            yield Finding(f"{what}: {name}", "no value", "a number")
        elif not math.isfinite(given[name]):
            yield Finding(f"{what}: {name}", f"{given[name]}", "a finite number")
    for name in given:
        if name not in needed:
            yield Finding(f"{what}: {name}", "unknown", "a name of the equations", nearest(name, needed))

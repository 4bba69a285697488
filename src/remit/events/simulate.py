"""A data set through a pharmacokinetic structure: rows and columns as they came, and what they lead to."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import polars as pl

from remit.dosing import Floats, Integers
from remit.errors import Finding, UnknownNameError, problem
from remit.events.course import Course, Kinetics, follow
from remit.events.data_set import DataSet, from_frame, read_data_set, refuse
from remit.events.doses import dose_events
from remit.events.records import Records, read_records
from remit.events.timeline import DoseEvents, Timeline, timeline
from remit.events.values import TRANSIT, Set, Values, shaped, values_of
from remit.events.variability import NONE, Omega, ResidualError, etas, measured, read_omega
from remit.functions import exp
from remit.pk import STRUCTURES, Structure
from remit.solve.equations import Equations
from remit.solve.kernel_flow import KernelFlow
from remit.solve.linear_flow import LinearFlow

ACCURACY = 1e-8
"""Relative accuracy of saturable kinetics unless another is asked for; linear ones need none."""
TIGHTEST, LOOSEST = 1e-12, 1e-2
STEP_SHARE = 0.01
"""Tolerance of a step of the integrator, as a share of the accuracy asked for."""
LEVEL = 1e-3
"""Amounts below this share of the smallest dose are as good as none."""

Source = str | Path | pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Variability:
    """What differs between subjects and measurements.

    Parameters
    ----------
    parameters
        A table of subjects: ID, and columns named after parameters.
    omega
        A square table of variances and covariances of etas under a header of parameters.
    error
        Standard deviations of the residual error: ``additive`` and ``proportional``, or ``exponential``.
    replicates
        How often the data set is simulated, each time with other subjects and errors.
    seed
        Seed of the draws.
    """

    parameters: Source | None = None
    omega: Source | None = None
    error: Mapping[str, float] = field(default_factory=dict[str, float])
    replicates: int = 1
    seed: int = 1


def simulate_events(
    data: Source,
    model: str,
    values: Set,
    *,
    variability: Variability | None = None,
    drop: Iterable[str] = (),
    accuracy: float = ACCURACY,
    threads: int | None = None,
) -> pl.DataFrame:
    """Simulate a data set of NONMEM event records with a pharmacokinetic structure.

    Nothing is converted: time, amounts and parameters are in the units of the data.

    Parameters
    ----------
    data
        A CSV file, or a table, with the columns ID and TIME and others of NONMEM's event records.
    model
        Name of the structure, such as ``two_compartment_oral``.
    values
        Parameters by name: numbers, or formulas of columns such as ``"1.1*(WT/70)**0.75"``. What is not
        here is taken from columns of the data named after parameters.
    variability
        Parameters of subjects, variability, residual error, replicates.
    drop
        Columns that are passed through without being read.
    accuracy
        Relative accuracy of saturable kinetics; linear ones are exact to round-off.
    threads
        Threads that work side by side; as many as there are processors unless given.

    Returns
    -------
    The rows and columns of the data, then the amount in every compartment ``A1`` to ``An`` and the
    concentration ``CP``, both after what the record does; with an omega matrix ``ETA_`` and the parameter,
    with a residual error the measurement ``Y`` at observations, with replicates their number ``REP``. Null
    where a subject could not be solved.

    Raises
    ------
    UnknownNameError
        If there is no such structure, parameter or column.
    InputError
        With all that cannot be read, breaks a rule of event records, or is not supported.
    """
    return pl.concat(
        simulate_replicates(
            data, model, values, variability=variability, drop=drop, accuracy=accuracy, threads=threads
        )
    )


def simulate_replicates(
    data: Source,
    model: str,
    values: Set,
    *,
    variability: Variability | None = None,
    drop: Iterable[str] = (),
    accuracy: float = ACCURACY,
    threads: int | None = None,
) -> Iterator[pl.DataFrame]:
    """The replicates of :func:`simulate_events`, one after the other: all may be too many to hold."""
    variability = variability or Variability()
    structure, given_values = shaped(structure_of(model), values)
    check_numbers(variability, accuracy, threads)
    source = opened(data, "data")
    read = without(source, drop)
    records = read_records(read, structure)
    table = None if variability.parameters is None else opened(variability.parameters, "parameters")
    typical = values_of(records, structure, given_values, table)
    omega = NONE if variability.omega is None else read_omega(opened(variability.omega, "omega"), structure)
    refuse(list(without_value(omega, typical)))
    error = ResidualError(variability.error)
    added = [f"A{i}" for i in range(1, len(structure.compartments) + 1)] + ["CP"]
    added += [f"ETA_{name}" for name in omega.names] + (["Y"] if error.sd else [])
    added += ["REP"] if variability.replicates > 1 else []
    taken = {each.strip().upper() for each in source.frame.columns}
    refuse(
        [
            Finding(
                f"{source.name}: line 1", f"a column {name}", f"{name} free for the result", "renaming it"
            )
            for name in added
            if name.upper() in taken
        ]
    )
    given = data if isinstance(data, pl.DataFrame) else source.frame
    plan = Plan(records, structure, typical, omega, error, variability.seed, accuracy, threads)
    doses = settled(plan, typical)
    for number in range(variability.replicates):
        yield given.hstack(replicate(plan, doses, number)).select([*given.columns, *added])


@dataclass(frozen=True, slots=True)
class Plan:
    """What all replicates of a data set share."""

    records: Records
    structure: Structure
    typical: Values
    omega: Omega
    error: ResidualError
    seed: int
    accuracy: float
    threads: int | None

    @property
    def has_drawn_doses(self) -> bool:
        """Whether what a dose is, or when it enters, is drawn anew in each replicate."""
        return any(name not in self.typical.structure for name in self.omega.names)


Doses = tuple[DoseEvents, Timeline]
"""The doses of a data set, and the operations that they lead to."""


def settled(plan: Plan, values: Values) -> Doses:
    """Which doses enter when, under values of parameters."""
    events = dose_events(plan.records, values, plan.structure)
    return events, timeline(events, plan.records, values.columns)


def replicate(plan: Plan, doses: Doses, number: int) -> pl.DataFrame:
    """The columns that one simulation of the data set adds; ``doses`` are those of typical values."""
    records, structure = plan.records, plan.structure
    drawn = etas(plan.omega, plan.seed, len(records.ids), number)
    values = individual(plan.typical, records, drawn)
    events, line = settled(plan, values) if plan.has_drawn_doses else doses
    kinetics = kinetics_of(records, structure, values, events, plan.accuracy)
    course = follow(kinetics, events, line, plan.threads or os.cpu_count() or 1)
    if not drawn:
        refuse(without_steady_state(records, course))
    columns = {f"A{i + 1}": course.amounts[:, i] for i in range(course.amounts.shape[1])}
    with np.errstate(over="ignore", invalid="ignore"):
        columns["CP"] = course.amounts[:, structure.central] / values.structure[structure.volume]
    for name, eta in drawn.items():
        columns[f"ETA_{name}"] = eta[records.subject]
    if plan.error.sd:
        columns["Y"] = measured(records, columns["CP"], plan.error, plan.seed, number)
    frame = pl.DataFrame({key: np.where(np.isfinite(each), each, np.nan) for key, each in columns.items()})
    return frame.fill_nan(None).with_columns(pl.lit(number + 1).alias("REP"))


def without_steady_state(records: Records, course: Course) -> list[Finding]:
    """Findings for steady states that there are not; a subject whose values are drawn is unsolved instead."""
    return [
        Finding(
            records.data.where(row, "SS"),
            f"{records.ss[row]} for doses that accumulate without end",
            "elimination that keeps up with the doses",
            "check amounts, II and the parameters of elimination",
        )
        for row in course.unsteady
    ]


def kinetics_of(
    records: Records, structure: Structure, values: Values, events: DoseEvents, accuracy: float
) -> Kinetics:
    """Solver and parameters of a data set."""
    parameters, which = distinct(records, values)
    column = {name: parameters[:, i] for i, name in enumerate(structure.quantities)}
    volume = sum(column[name] for name in column if name.startswith("V") and name != "Vmax")
    with np.errstate(all="ignore"):
        clearance = column["Vmax"] / column["Km"] if structure.saturable else column["CL"]
        turnover = np.asarray(volume / clearance, dtype=float)
        endless = np.where(np.isinf(events.duration), events.speed * turnover[which], 0.0)
    sizes = np.concatenate([events.amt, endless])
    smallest = float(np.min(sizes[(sizes > 0) & np.isfinite(sizes)], initial=np.inf))
    equations = equations_of(structure, LEVEL * smallest if np.isfinite(smallest) else LEVEL)
    return Kinetics(
        make_flow=(
            (lambda: LinearFlow(equations))
            if structure.is_linear
            else (lambda: KernelFlow(equations, STEP_SHARE * accuracy))
        ),
        n_states=len(structure.compartments),
        linear=structure.is_linear,
        parameters=parameters,
        which=which,
        turnover=turnover,
    )


def equations_of(structure: Structure, level: float) -> Equations:
    """A structure as a solver takes it."""
    return Equations(
        name=structure.name,
        states=structure.compartments,
        parameters=tuple(structure.quantities),
        observables=(),
        rates=structure.rates,
        observe=lambda y, p: (),  # noqa: ARG005 - amounts are all there is to see
        levels=(level,) * len(structure.compartments),
    )


def distinct(records: Records, values: Values) -> tuple[Floats, Integers]:
    """Sets of parameter values that differ from record to record, and the one that holds at each record."""
    n_rows = len(records.time)
    if not any(np.ndim(value) for value in values.structure.values()):
        return np.array([[float(value) for value in values.structure.values()]]), np.zeros(n_rows, np.int64)
    columns = np.column_stack([np.broadcast_to(value, n_rows) for value in values.structure.values()])
    new = np.append(True, (columns[1:] != columns[:-1]).any(axis=1))
    return columns[new], np.cumsum(new) - 1


def individual(typical: Values, records: Records, drawn: Mapping[str, Floats]) -> Values:
    """Values of each subject: typical ones times the exponential of its eta."""

    def of(group: Mapping[str, float | Floats], default: float | None) -> dict[str, float | Floats]:
        found = dict(group)
        for name, eta in drawn.items():
            start = group.get(name, default if name not in typical.structure else None)
            if start is not None:
                found[name] = start * exp(eta)[records.subject]
        return found

    return replace(typical, structure=of(typical.structure, None), dosing=of(typical.dosing, 1.0))


def without_value(omega: Omega, typical: Values) -> Iterator[Finding]:
    """Findings for etas of parameters that have no value; bioavailability is 1 without one."""
    for name in omega.names:
        if name == TRANSIT:
            found, needed = "an eta", f"one number of compartments for all, and no eta of {name}"
            yield Finding(f"omega: {name}", found, needed, "an eta of MTT")
        elif name not in typical.structure and name not in typical.dosing and not name.startswith("F"):
            found, needed = "an eta, and no value", f"a value of {name}, or no eta of it"
            yield Finding(f"omega: {name}", found, needed, f"--set {name}=...")


def structure_of(name: str) -> Structure:
    """The structure of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in STRUCTURES:
        close = get_close_matches(name, STRUCTURES, n=1)
        remedy = f"did you mean {close[0]}?" if close else ", ".join(STRUCTURES)
        raise UnknownNameError([Finding("--model", f"'{name}'", "the name of a structure", remedy)])
    return STRUCTURES[name]


def opened(source: Source, name: str) -> DataSet:
    """A file or a table as a data set."""
    return from_frame(source, name) if isinstance(source, pl.DataFrame) else read_data_set(source)


def without(data: DataSet, drop: Iterable[str]) -> DataSet:
    """A data set without columns that are not to be read.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    """
    columns: list[str] = []
    for name in drop:
        column = data.column(name)
        if column is None:
            needed = f"a column: {', '.join(data.frame.columns)}"
            raise UnknownNameError([Finding(f"--drop {name}", f"'{name}'", needed)])
        columns.append(column)
    return DataSet(data.name, data.frame.drop(columns), data.lines)


def check_numbers(variability: Variability, accuracy: float, threads: int | None) -> None:
    """Refuse numbers that cannot be meant."""
    if not TIGHTEST <= accuracy <= LOOSEST:
        raise problem("--accuracy", f"{accuracy:g}", f"a number from {TIGHTEST:g} to {LOOSEST:g}")
    if variability.replicates < 1:
        raise problem("--replicates", f"{variability.replicates}", "1 or more")
    if variability.seed < 0:
        raise problem("--seed", f"{variability.seed}", "0 or more")
    if threads is not None and threads < 1:
        raise problem("--threads", f"{threads}", "1 or more")

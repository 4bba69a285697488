"""Values of parameters for every record: set for all, from a column, or from a table of subjects.

The parameters are those of the structure and, for each compartment ``n``, NONMEM's ``ALAGn`` (lag time, 0
unless given), ``Fn`` (bioavailability, 1 unless given), ``Rn`` (modelled rate) and ``Dn`` (modelled
duration).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.errors import Finding, UnknownNameError, problem
from remit.events import formulas
from remit.events.columns import DOSE_PARAMETER, RESERVED
from remit.events.data_set import DataSet, refuse
from remit.events.records import Records, identity
from remit.pk import Structure
from remit.pk.structures import POSITIVE

TRANSIT = "NTR"
"""Number of transit compartments, which shapes the structure and is one for all."""

Set = Mapping[str, float | str]
"""Values for all subjects by name: numbers, or formulas of columns."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of parameters by name: a number for all records, or one for each, shape (n_rows,)."""

    structure: Mapping[str, float | Floats]
    dosing: Mapping[str, float | Floats]
    n_rows: int
    columns: Mapping[str, str]
    """Columns of the data set that give parameters, by parameter."""

    def of_dose(self, kind: str, compartment: Integers, default: float) -> Floats:
        """``ALAG``, ``F``, ``R`` or ``D`` of the compartment of each record, shape (n_rows,)."""
        found = np.full(len(compartment), default)
        for number in range(int(compartment.max(initial=0)) + 1):
            value = self.dosing.get(f"{kind}{number + 1}")
            if value is not None:
                here = compartment == number
                found[here] = np.broadcast_to(value, found.shape)[here]
        return found

    def of_compartments(self, kind: str, n: int, default: float) -> Floats:
        """``F``, ``R`` or ``D`` of every compartment, shape (n_rows, n), or (1, n) if no record differs."""
        given = [self.dosing.get(f"{kind}{i + 1}", default) for i in range(n)]
        rows = max(self.n_rows if any(np.ndim(each) for each in self.dosing.values()) else 1, 1)
        return np.column_stack([np.broadcast_to(each, rows) for each in given])


def canonical(name: str, structure: Structure) -> str | None:
    """The parameter that a name of any case stands for, NONMEM's names included; none if there is none."""
    known = {each.upper(): each for each in structure.quantities}
    known |= {theirs.upper(): ours for theirs, ours in structure.nonmem_names.items()}
    if structure.absorption == "transit":
        known[TRANSIT] = TRANSIT
    if name.upper() in known:
        return known[name.upper()]
    parameter = DOSE_PARAMETER.fullmatch(name)
    if parameter and 1 <= int(parameter[2]) <= len(structure.compartments):
        return f"{parameter[1].upper()}{int(parameter[2])}"
    return None


def parameter_names(structure: Structure) -> str:
    """What may be set, as messages list it."""
    own = [*structure.quantities, *([TRANSIT] if structure.absorption == "transit" else [])]
    return f"{', '.join(own)}, and ALAGn, Fn, Rn, Dn for n up to {len(structure.compartments)}"


def named(given: Iterable[str], structure: Structure, where: str) -> dict[str, str]:
    """Names as given, by the parameter that they stand for.

    Raises
    ------
    UnknownNameError
        If a name is no parameter, or two stand for one.
    """
    found: dict[str, str] = {}
    findings: list[Finding] = []
    for name in given:
        ours = canonical(name, structure)
        if ours is None:
            needed = f"a parameter of {structure.name}: {parameter_names(structure)}"
            findings.append(Finding(f"{where}: {name}", f"'{name}'", needed))
        elif ours in found:
            findings.append(Finding(f"{where}: {name}", f"{found[ours]} as well", f"{ours} once"))
        else:
            found[ours] = name
    if findings:
        raise UnknownNameError(findings)
    return found


def shaped(structure: Structure, given: Set) -> tuple[Structure, Set]:
    """The structure with its transit compartments, and the values without their number.

    Raises
    ------
    InputError
        If a structure with a chain gets no whole number of transit compartments.
    """
    if structure.absorption != "transit":
        return structure, given
    names = [each for each in given if each.upper() == TRANSIT]
    if len(names) > 1:
        raise problem(f"--set {names[1]}", f"{names[0]} as well", f"{TRANSIT} once")
    name = names[0] if names else None
    where = f"--set {TRANSIT}"
    if name is None:
        needed = f"the number of transit compartments of {structure.name}"
        raise problem(where, "nothing", needed, f"--set {TRANSIT}=5, for example")
    try:
        number = float(given[name])
    except ValueError:
        number = np.nan
    if not np.isfinite(number) or number != int(number):
        needed = "a whole number, one for all: a chain has whole compartments"
        raise problem(where, f"{given[name]}", needed, f"--set {TRANSIT}=5, for example")
    rest = {key: value for key, value in given.items() if key != name}
    return structure.with_transit(int(number)), rest


def values_of(records: Records, structure: Structure, given: Set, per_subject: DataSet | None) -> Values:
    """Values of every parameter for every record.

    Parameters
    ----------
    records
        The data set, in which a column with a parameter's name gives its values.
    structure
        The structure, its transit compartments known.
    given
        Numbers or formulas, by name.
    per_subject
        A table with a column ID and columns named after parameters.

    Raises
    ------
    InputError
        If a parameter has no value or two, or a value is out of range.
    """
    data = records.data
    sources: dict[str, tuple[str, float | Floats]] = {}
    findings: list[Finding] = []

    def add(name: str, where: str, value: float | Floats) -> None:
        if name in sources:
            needed = f"one source of {name}"
            remedy = "--drop for a column that is not meant"
            findings.append(Finding(where, f"{sources[name][0]} as well", needed, remedy))
        else:
            sources[name] = where, value

    own = [each.strip() for each in data.frame.columns if each.strip().upper() not in RESERVED]
    columns = named((each for each in own if canonical(each, structure)), structure, data.name)
    if TRANSIT in columns:
        needed = f"one number for all, by --set {TRANSIT}=..."
        findings.append(Finding(f"{data.name}: line 1, column {columns.pop(TRANSIT)}", TRANSIT, needed))
    for name, column in columns.items():
        numbers, wrong = read_column(records, name, column)
        findings += wrong
        add(name, f"{data.name}: column {column}", numbers)
    for name, text in named(given, structure, "--set").items():
        add(name, f"--set {text}", computed(records, f"--set {text}", given[text]))
    if per_subject is not None:
        for name, (column, numbers) in from_subjects(records, structure, per_subject).items():
            add(name, f"{per_subject.name}: column {column}", numbers)
    refuse(findings)
    for name in structure.quantities:
        if name not in sources:
            theirs = [key for key, value in structure.nonmem_names.items() if value == name]
            also = f" (NONMEM's {theirs[0]})" if theirs else ""
            needed = f"a value of {name}{also}, {structure.quantities[name].meaning}"
            findings.append(Finding(f"{structure.name}: {name}", "no value", needed, f"--set {name}=..."))
    for name, (where, value) in sources.items():
        findings += out_of_range(records, name, where, value)
    refuse(findings)
    found = {name: value for name, (_, value) in sources.items()}
    return Values(
        {name: found[name] for name in structure.quantities},
        {name: value for name, value in found.items() if name not in structure.quantities},
        len(records.time),
        columns,
    )


def read_column(records: Records, name: str, column: str) -> tuple[Floats, list[Finding]]:
    """A column of the data set.

    What belongs to doses may be missing where no dose needs it: a lag time elsewhere than in records of
    doses, the others wherever no dose enters.
    """
    parameter = DOSE_PARAMETER.fullmatch(name)
    if not parameter:
        return records.data.numbers(column)
    numbers, findings = records.data.numbers(column, np.nan)
    if parameter[1].upper() == "ALAG":
        used = records.doses & (records.compartment == int(parameter[2]) - 1)
        for i in np.flatnonzero(used & records.data.missing(column)):
            findings.append(Finding(records.data.where(i, column), "no value", f"{name} of this dose"))
        numbers = np.where(used, numbers, 0.0)
    return numbers, findings


def computed(records: Records, where: str, value: float | str) -> float | Floats:
    """A number, or the values of a formula for every record."""
    tree = formulas.parsed(str(value), where)
    columns: dict[str, Floats] = {}
    findings: list[Finding] = []
    for name in dict.fromkeys(formulas.names_in(tree)):
        if records.data.column(name) is None:
            known = ", ".join(records.data.frame.columns)
            findings.append(Finding(where, f"'{name}' in '{value}'", f"a number, or columns: {known}"))
            continue
        columns[name], wrong = records.data.numbers(name)
        findings += wrong
    refuse(findings)
    with np.errstate(all="ignore"):
        found = formulas.evaluate(tree, columns)
    return found if np.ndim(found) else float(found)


def from_subjects(records: Records, structure: Structure, table: DataSet) -> dict[str, tuple[str, Floats]]:
    """Values of a table of subjects, one for each record: column and values by parameter."""
    if table.column("ID") is None:
        found = f"columns {', '.join(table.frame.columns)}"
        raise problem(f"{table.name}: line 1", found, "a column ID, and columns named after parameters")
    ids = table.text("ID").to_list()
    row_of: dict[str, int] = {}
    findings: list[Finding] = []
    for row, name in enumerate(map(identity, ids)):
        if name in row_of:
            findings.append(Finding(table.where(row, "ID"), f"subject {name} again", "one row for each"))
        row_of[name] = row
    findings += [
        Finding(f"{table.name}", f"no row of subject {name}", "a row for every subject of the data set")
        for name in records.ids
        if identity(name) not in row_of
    ]
    refuse(findings)
    rows = np.array([row_of[identity(name)] for name in records.ids])[records.subject]
    own = [each.strip() for each in table.frame.columns if canonical(each.strip(), structure)]
    if any(each.upper() == TRANSIT for each in own):
        needed = f"one number for all, by --set {TRANSIT}=..."
        raise problem(f"{table.name}: line 1, column {TRANSIT}", TRANSIT, needed)
    columns: dict[str, tuple[str, Floats]] = {}
    for name, column in named(own, structure, table.name).items():
        numbers, wrong = table.numbers(column)
        findings += wrong
        columns[name] = column, numbers[rows]
    refuse(findings)
    return columns


def out_of_range(records: Records, name: str, where: str, value: float | Floats) -> list[Finding]:
    """Findings for values that a parameter cannot have."""
    numbers = np.asarray(value, dtype=float)
    parameter = DOSE_PARAMETER.fullmatch(name)
    if parameter and parameter[1] != "ALAG" and numbers.ndim:
        return []  # Looked at when a dose enters, since other records may have anything.
    positive = name in POSITIVE or bool(parameter and parameter[1] != "ALAG")
    wrong = ~np.isfinite(numbers) | (numbers <= 0 if positive else numbers < 0)
    if not wrong.any():
        return []
    needed = "a number above 0" if positive else "a number of 0 or more"
    if numbers.ndim == 0:
        return [Finding(where, f"{float(numbers):g}", needed)]
    return [
        Finding(f"{where}, at line {records.data.lines[i]}", f"{numbers[i]:g}", needed)
        for i in np.flatnonzero(wrong)
    ]

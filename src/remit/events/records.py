"""Event records as PREDPP defines them: what each row of a data set asks for, and what no row may ask.

The rules are those of NONMEM's documentation of the items EVID, TIME, AMT, RATE, II, ADDL, SS and CMT. Where
NONMEM's words leave a choice, or other tools differ, ``docs/reference/event-records.md`` says what is done.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.errors import Finding
from remit.events import columns
from remit.events.data_set import DataSet, Flags, refuse
from remit.pk import Structure

OBSERVATION, DOSE, OTHER, RESET, RESET_DOSE = range(5)
RATE_IS_R, RATE_IS_D = -1.0, -2.0
"""Values of RATE that leave the rate, or the duration, to a parameter."""
LARGEST = 2**31
"""Largest whole number of an item."""
NUMBER = r"^\+?0*([0-9]+)(?:\.0*)?$"
"""A whole number, whose digits are what counts."""


@dataclass(frozen=True, slots=True)
class Records:
    """The numbers of a data set's event records, each array of shape (n_rows,).

    ``subject`` counts subjects from 0, ``starts`` (n_subjects + 1,) has the first row of each, ``ids`` names
    them; ``compartment`` is an index from 0, defaults filled in. The other names are those of the items.
    """

    data: DataSet
    ids: tuple[str, ...]
    subject: Integers
    starts: Integers
    time: Floats
    evid: Integers
    compartment: Integers
    amt: Floats
    rate: Floats
    ii: Floats
    addl: Integers
    ss: Integers

    @property
    def doses(self) -> Flags:
        """Which rows give a dose."""
        return (self.evid == DOSE) | (self.evid == RESET_DOSE)


def read_records(data: DataSet, structure: Structure) -> Records:
    """The event records of a data set.

    Raises
    ------
    InputError
        With every row and column that cannot be read or breaks a rule.
    """
    refuse(list(columns.findings(data, structure)))
    if data.frame.height == 0:
        refuse([Finding(data.name, "a header and no row", "at least one record")])
    findings: list[Finding] = []
    read: dict[str, Floats] = {}
    for name in ("TIME", "EVID", "CMT", "MDV", *columns.DOSING):
        if data.column(name) is None:
            read[name] = np.zeros(data.frame.height)
            continue
        read[name], wrong = data.numbers(name, None if name == "TIME" else 0.0)
        findings += wrong
    refuse(findings)
    for name in ("EVID", "CMT", "MDV", "ADDL", "SS"):
        values = read[name]
        findings += found_in(data, name, values != np.round(values), "a whole number")
        findings += found_in(data, name, np.abs(values) > LARGEST, f"a number up to {LARGEST}")
    findings += [
        Finding(data.where(i, "ID"), "no value", "the subject of the record")
        for i in np.flatnonzero(data.missing("ID"))
    ]
    comment = data.text("ID").str.contains("^[#@]").to_numpy()
    needed = "the subject of a record, no comment"
    findings += list(found_in(data, "ID", comment, needed, "taking comments out first"))
    refuse(findings)
    if data.column("EVID") is None:
        read["EVID"] = generated_evid(read)
    subject, starts, ids = subjects(data)
    given = read["CMT"].astype(np.int64)
    dosed = np.isin(read["EVID"], (DOSE, RESET_DOSE))
    default = np.where(dosed, structure.dosed, structure.central)
    records = Records(
        data=data,
        ids=ids,
        subject=subject,
        starts=starts,
        time=read["TIME"],
        evid=read["EVID"].astype(np.int64),
        compartment=np.where((given == 0) | ~dosed, default, given - 1),
        amt=read["AMT"],
        rate=read["RATE"],
        ii=read["II"],
        addl=read["ADDL"].astype(np.int64),
        ss=read["SS"].astype(np.int64),
    )
    findings += [each for rule in RULES for each in rule(records)]
    findings += list(compartments_exist(records, structure, given))
    refuse(in_order(findings))
    return records


def generated_evid(read: dict[str, Floats]) -> Floats:
    """EVID of a data set without the item, as NM-TRAN makes it: 1 with a dose, 2 with MDV, else 0."""
    dosed = np.zeros(len(read["TIME"]), dtype=bool)
    for name in columns.DOSING:
        dosed |= read[name] != 0
    return np.where(dosed, DOSE, np.where(read["MDV"] != 0, OTHER, OBSERVATION)).astype(float)


def subjects(data: DataSet) -> tuple[Integers, Integers, tuple[str, ...]]:
    """Number of each row's subject, first row of each and the end, and their names.

    Raises
    ------
    InputError
        If a subject's rows do not stand together.
    """
    text = data.text("ID")
    key = text.str.replace(NUMBER, "$1")
    new = (key != key.shift(1)).fill_null(value=True).to_numpy().copy()
    new[0] = True
    first = np.flatnonzero(new)
    names = text.gather(first).to_list()
    seen: set[str] = set()
    findings: list[Finding] = []
    for row, name in zip(first, map(identity, names), strict=True):
        if name in seen:
            found = f"subject {name} again after another"
            needed = "all records of a subject together"
            findings.append(Finding(data.where(row, "ID"), found, needed, "sorting by ID and TIME"))
        seen.add(name)
    refuse(findings)
    return np.cumsum(new) - 1, np.append(first, len(new)), tuple(names)


def identity(name: str) -> str:
    """One way to write the name of a subject: 1, 1.0 and 01 are the same."""
    return re.sub(NUMBER, r"\1", name)


def found_in(data: DataSet, column: str, wrong: Flags, needed: str, remedy: str = "") -> Iterator[Finding]:
    """A finding for each row in which a column is wrong."""
    if wrong.any():
        text = data.text(column)
        for i in np.flatnonzero(wrong):
            shown = text[int(i)] if text[int(i)] not in ("", ".") else "no value"
            yield Finding(data.where(i, column), shown, needed, remedy)


def complaint(r: Records, column: str, wrong: Flags, needed: str, remedy: str = "") -> Iterator[Finding]:
    """A finding for each row in which an item is wrong; one that has no column is named without."""
    if r.data.column(column) is not None:
        yield from found_in(r.data, column, wrong, needed, remedy)
    else:
        for i in np.flatnonzero(wrong):
            yield Finding(r.data.where(i, column), "no such column", needed, remedy)


def times_are_possible(r: Records) -> Iterator[Finding]:
    """No time is negative, and none is before the one above it unless the record is a reset."""
    yield from complaint(r, "TIME", r.time < 0, "0 or more", "counting from the first record")
    first = np.zeros(len(r.time), dtype=bool)
    first[r.starts[:-1]] = True
    earlier = np.append(False, np.diff(r.time) < 0) & ~first & ~np.isin(r.evid, (RESET, RESET_DOSE))
    for i in np.flatnonzero(earlier):
        yield Finding(
            r.data.where(i, "TIME"),
            f"{r.time[i]:g} after {r.time[i - 1]:g} in subject {r.ids[r.subject[i]]}",
            "times in order; only a reset (EVID 3 or 4) may turn the clock back",
            "sorting by ID and TIME",
        )


def kinds_are_known(r: Records) -> Iterator[Finding]:
    """EVID is one of five numbers."""
    needed = "0 observation, 1 dose, 2 other, 3 reset, or 4 reset and dose"
    yield from complaint(r, "EVID", ~np.isin(r.evid, range(5)), needed)


def only_doses_give(r: Records) -> Iterator[Finding]:
    """AMT, RATE, II, ADDL and SS are zero or missing where no dose is given."""
    items = (("AMT", r.amt), ("RATE", r.rate), ("II", r.ii), ("ADDL", r.addl), ("SS", r.ss))
    for name, values in items:
        wrong = (values != 0) & np.isin(r.evid, (OBSERVATION, OTHER, RESET))
        yield from complaint(r, name, wrong, "0 or . in a record that gives no dose", "EVID 1 for a dose")


def doses_are_possible(r: Records) -> Iterator[Finding]:
    """Amounts, rates, intervals and numbers of doses within what PREDPP takes."""
    dosed, steady = r.doses, r.ss != 0
    yield from complaint(r, "AMT", dosed & (r.amt < 0), "0 or more", "check the sign of the dose")
    modelled = np.isin(r.rate, (RATE_IS_R, RATE_IS_D))
    needed = "a rate above 0, 0 for a bolus, -1 for a modelled rate or -2 for a modelled duration"
    yield from complaint(r, "RATE", dosed & (r.rate < 0) & ~modelled, needed)
    yield from complaint(r, "II", dosed & (r.ii < 0), "0 or more")
    needed, remedy = "0 or more", "SS 1, where a steady state is meant; NONMEM's empirical one is not done"
    yield from complaint(r, "ADDL", dosed & (r.addl < 0), needed, remedy)
    remedy = "1, to which 3 is equal but for the start of NONMEM's search"
    yield from complaint(r, "SS", dosed & ~np.isin(r.ss, (0, 1, 2)), "0, 1 or 2", remedy)
    needed = "an amount above 0, or SS with a RATE for an infusion that has gone on for ever"
    yield from complaint(r, "AMT", dosed & (r.amt == 0) & ~steady, needed, "EVID 2 for a record without dose")
    needed = "the time between doses above 0, which ADDL repeats"
    yield from complaint(r, "II", dosed & (r.addl > 0) & (r.ii == 0), needed, "leaving out ADDL")
    needed = "0 or . in a dose that is not repeated"
    unused = dosed & ~steady & (r.addl == 0) & (r.ii > 0)
    yield from complaint(r, "II", unused, needed, "the number of further doses in ADDL")


def steady_states_are_possible(r: Records) -> Iterator[Finding]:
    """A steady state is of doses every II, or of an infusion that has gone on for ever."""
    steady = r.doses & np.isin(r.ss, (1, 2))
    repeated = steady & (r.amt > 0)
    needed = "the time between the doses that led to the steady state, above 0"
    yield from complaint(r, "II", repeated & (r.ii == 0), needed)
    endless = steady & (r.amt == 0)
    needed = "the rate of an infusion that has gone on for ever, since AMT is 0"
    possible = (r.rate > 0) | (r.rate == RATE_IS_R)
    yield from complaint(r, "RATE", endless & ~possible, needed, "an amount in AMT, for repeated doses")
    needed = "0 or . for an infusion that has gone on for ever (AMT 0)"
    yield from complaint(r, "II", endless & (r.ii != 0), needed)
    yield from complaint(r, "ADDL", endless & (r.addl != 0), needed)


def compartments_exist(r: Records, structure: Structure, given: Integers) -> Iterator[Finding]:
    """CMT is a compartment of the structure; none is turned off, and the output compartment is not there."""
    n = len(structure.compartments)
    names = ", ".join(f"{i} {name}" for i, name in enumerate(structure.compartments, 1))
    needed = f"0 for the default, or {names}"
    yield from complaint(r, "CMT", given < 0, needed, "no negative number: compartments are not turned off")
    output = "the output compartment of NONMEM is not computed"
    beyond = (given > n) & (r.evid != OBSERVATION)
    yield from complaint(r, "CMT", beyond, needed, output if (given == n + 1).any() else "")


Rule = Callable[[Records], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    kinds_are_known,
    times_are_possible,
    only_doses_give,
    doses_are_possible,
    steady_states_are_possible,
)
"""What every record must fulfil, one function for each rule."""


def in_order(findings: list[Finding]) -> list[Finding]:
    """Findings by line of the file."""

    def line(finding: Finding) -> int:
        digits = finding.where.partition("line ")[2].partition(",")[0]
        return int(digits) if digits.isdigit() else 0

    return sorted(findings, key=line)

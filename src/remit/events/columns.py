"""Names of columns: what NONMEM reserves, what remit reads of it, and what it refuses by name."""

import re
from collections.abc import Iterator

from remit.errors import Finding
from remit.events.data_set import DataSet
from remit.pk import Structure

REQUIRED = ("ID", "TIME")
DOSING = ("AMT", "RATE", "II", "ADDL", "SS")
"""Items of a dose; zero or missing in every other record."""
RESERVED = (*REQUIRED, "EVID", "CMT", "MDV", "DV", *DOSING)

DOSE_PARAMETER = re.compile(r"(ALAG|F|R|D)([0-9]+)", re.IGNORECASE)
"""Lag time, bioavailability, modelled rate and modelled duration of a compartment."""
SCALE = re.compile(r"S[0-9]+", re.IGNORECASE)

REFUSED = {
    "CALL": "remit computes every record, so that calls need not be forced",
    "CONT": "a record that goes on in the next one",
    "PCMT": "remit gives the amounts of all compartments",
    "DATE": "calendar dates",
    "DAT1": "calendar dates",
    "DAT2": "calendar dates",
    "DAT3": "calendar dates",
    "TINF": "the duration of an infusion as other tools write it; NONMEM has RATE",
    "DUR": "the duration of an infusion as other tools write it; NONMEM has RATE",
    "ALAG": "a lag time without the number of its compartment, as in ALAG1",
    "F0": "the fraction that reaches the output compartment",
    "XVID1": "reserved by PREDPP",
    "MTIME": "model event times",
}
"""Items that would change the result if they were read, and why they are not."""
REMEDY = "leave the column out, or say --drop {name} to have it passed through unread"


COMMENTS = "C"
"""Column that marks comments in data sets of NONMEM, with the option IGNORE=C."""


def comments(data: DataSet) -> list[int]:
    """Rows that are marked as comments."""
    marked = data.text(COMMENTS).str.to_uppercase() == COMMENTS
    return [int(row) for row in marked.arg_true()]


def findings(data: DataSet, structure: Structure) -> Iterator[Finding]:
    """What keeps the columns of a data set from being read."""
    names = [each.strip() for each in data.frame.columns]
    upper = {each.upper() for each in names}
    mark = next((each for each in (";", "\t", " ") if len(names) == 1 and each in names[0]), "")
    if mark:
        found = f"one column '{names[0][:60]}'"
        said = {";": "semicolons", "\t": "tabs", " ": "blanks"}[mark]
        needed = "values separated by commas"
        yield Finding(f"{data.name}: line 1", found, needed, f"commas in the place of {said}")
        return
    for needed in REQUIRED:
        if needed not in upper:
            near = next((each for each in names if each.upper().strip("#. ") == needed), "")
            yield Finding(
                f"{data.name}: line 1",
                f"columns {', '.join(names[:12])}",
                f"a column {needed}",
                f"renaming {near}" if near else f"adding {needed}, as in ID,TIME,AMT,CMT,EVID",
            )
    n = len(structure.compartments)
    for name in names:
        where = f"{data.name}: line 1, column {name}"
        drop = REMEDY.format(name=name)
        parameter = DOSE_PARAMETER.fullmatch(name)
        if name.upper() in REFUSED:
            yield Finding(where, name, f"none: {REFUSED[name.upper()]}", drop)
        elif SCALE.fullmatch(name):
            yield Finding(where, name, "none: CP is the central amount over the central volume", drop)
        elif name.upper() == COMMENTS and (rows := comments(data)):
            where = f"{data.name}: line {data.lines[rows[0]]}, column {name}"
            yield Finding(where, "C", "no row that is a comment", "taking such rows out first")
        elif parameter and not 1 <= int(parameter[2]) <= n:
            yield Finding(where, name, f"a compartment from 1 to {n} of {structure.name}", drop)

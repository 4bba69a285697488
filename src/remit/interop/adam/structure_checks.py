"""Rules about what is there: datasets, variables, parameters, types, flags, keys."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches

import polars as pl

from remit.interop.adam.broken_rows import broken, examples
from remit.interop.adam.expected import Expected, is_usable, population, records
from remit.interop.adam.findings import AdamFinding, Severity
from remit.interop.adam.reading import READABLE
from remit.interop.adam.tables import ROW, AdamTables
from remit.interop.adam.variables import required, type_of

UNCHECKED = {"ADT": "order, cut-off and AVAL", "STARTDT": "order and AVAL"}
"""What rests on a date of a record."""
YES, NO = ("y", "yes", "1", "true", "t"), ("n", "no", "0", "false", "f")
FLAGS = {**dict.fromkeys(YES, "Y"), **dict.fromkeys(NO, "N")}
"""Other codes of flags, in lower case."""


def nearest(name: str, known: Iterable[object]) -> str:
    """What to try instead of a name that is not there."""
    names = [str(each) for each in known]
    same = next((each for each in names if each != name and each.upper() == name.upper()), "")
    if same:
        return f"did you mean '{same}'? It is equal but for case"
    close = get_close_matches(name.upper(), [each.upper() for each in names], n=1, cutoff=0.5)
    if close:
        return f"did you mean '{next(each for each in names if each.upper() == close[0])}'?"
    return (
        f"there are: {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}"
        if names
        else "there are none"
    )


def datasets_are_there(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """ADSL and the dataset of every endpoint are there."""
    wanted = dict.fromkeys(["ADSL", *(each.dataset for each in expected.endpoints)])
    there = {*tables.tables, *(each.dataset for each in tables.findings if each.rule == READABLE)}
    for name in wanted:
        if name not in there:
            yield AdamFinding(
                dataset=name,
                variable="",
                rule="datasets_are_there",
                found=f"no file of {name}",
                needed=f"{name}, as .parquet, .csv, .xpt or .json",
                remedy="put it into the directory"
                if name == "ADSL"
                else "or leave its endpoints out of the plan",
            )


def datasets_have_rows(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """ADTTE and ADRS, where they are there, have rows."""
    for name in ("ADTTE", "ADRS"):
        if name in tables.tables and tables.frame(name).is_empty():
            yield AdamFinding(
                dataset=name,
                variable="",
                rule="datasets_have_rows",
                found=f"no row in {tables.tables[name].file}",
                needed=f"records of {name}",
                remedy="write the file again, or move it away",
            )


def variables_are_there(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every variable is there that its dataset requires or the plan names."""
    for name, table in tables.tables.items():
        needed = dict.fromkeys((*required(name), *tables.key, *sorted(expected.used(name))))
        for variable in needed:
            is_option = variable == "AVALU"
            if variable not in table.variables and not is_option:
                yield AdamFinding(
                    dataset=name,
                    variable=variable,
                    rule="variables_are_there",
                    found=f"no such variable in {table.file}",
                    needed=f"a variable {variable}",
                    remedy=nearest(variable, table.variables),
                )


def values_have_their_type(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Files can be read; numbers are numbers, dates whole dates; a warning where nothing rests on it.

    A date of a record that cannot be read is an error if the plan has a cut-off, which could not be applied.
    """
    for found in tables.findings:
        is_used = found.dataset not in tables.tables or found.variable in (
            *required(found.dataset),
            *expected.used(found.dataset),
        )
        unchecked = UNCHECKED.get(found.variable) if found.dataset in ("ADTTE", "ADRS") else None
        if unchecked is not None:
            remedy = f"{found.remedy}; so {unchecked} were not checked"
            is_error = found.variable == "ADT" and expected.cut_off is not None
            yield replace(found, remedy=remedy, severity="error" if is_error else "warning")
        else:
            yield found if is_used else replace(found, severity="warning")


def parameters_are_named(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every record has a PARAMCD; one equal to that of the plan but for case is a warning."""
    for name in ("ADTTE", "ADRS"):
        if not tables.has(name, "PARAMCD"):
            continue
        frame = tables.frame(name)
        yield from broken(
            tables.tables[name].blank("PARAMCD").drop("PARAMCD"),
            (name, "PARAMCD"),
            "parameters_are_named",
            found="blank",
            needed="the parameter of the record",
            remedy="complete it, or drop the record",
        )
        for code in dict.fromkeys(each.parameter for each in expected.endpoints if each.dataset == name):
            other = pl.col("PARAMCD") != code
            yield from broken(
                frame.filter(other & (pl.col("PARAMCD").str.to_uppercase() == code.upper())),
                (name, "PARAMCD"),
                "parameters_are_named",
                needed=f"'{code}', as in the plan",
                remedy="equal but for case: these records are not used",
                severity="warning",
            )


def parameters_are_there(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every endpoint has records: its PARAMCD is there, and so is what else the plan selects by."""
    for endpoint in expected.endpoints:
        if not is_usable(tables, endpoint):
            continue
        frame = tables.frame(endpoint.dataset)
        codes = frame["PARAMCD"].drop_nulls().unique().sort().to_list()
        if endpoint.parameter not in codes:
            yield AdamFinding(
                dataset=endpoint.dataset,
                variable="PARAMCD",
                rule="parameters_are_there",
                found=f"no record of '{endpoint.parameter}'",
                needed=f"records of endpoint {endpoint.name}",
                remedy=nearest(endpoint.parameter, codes),
                parameter=endpoint.parameter,
            )
        elif records(tables, endpoint).is_empty():
            chosen = ", ".join(f"{name} '{value}'" for name, value in endpoint.where.items())
            own = frame.filter(pl.col("PARAMCD") == endpoint.parameter)
            there = "; ".join(
                f"{name}: {', '.join(map(str, own[name].unique(maintain_order=True).to_list()[:8]))}"
                for name in endpoint.where
            )
            yield AdamFinding(
                dataset=endpoint.dataset,
                variable=next(iter(endpoint.where)),
                rule="parameters_are_there",
                found=f"no record with {chosen}",
                needed=f"records of endpoint {endpoint.name}",
                remedy=f"there are {there}",
                parameter=endpoint.parameter,
            )


def flags_are_yes_or_no(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Flags are Y, N or blank; a warning for a flag that nothing rests on."""
    for name, table in tables.tables.items():
        for variable in table.variables:
            if type_of(name, variable) != "flag":
                continue
            severity: Severity = "error" if variable in expected.used(name) else "warning"
            wrong = table.frame.filter(~pl.col(variable).is_in(["Y", "N"])).drop("PARAMCD", strict=False)
            yield from broken(
                wrong,
                (name, variable),
                "flags_are_yes_or_no",
                needed="Y, N or blank",
                remedy=_how_to_flag(wrong, variable),
                severity=severity,
            )


def _how_to_flag(rows: pl.DataFrame, variable: str) -> str:
    """What to write for codes that mean yes or no."""
    found = rows[variable].drop_nulls().unique(maintain_order=True).to_list()
    meant = [f"{FLAGS[each.lower()]} for {each}" for each in found if each.lower() in FLAGS]
    return f"write {', '.join(meant)}" if meant else "upper case, and no other code"


def keys_are_unique(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """A subject has one row in ADSL and one record of each endpoint."""
    if tables.has("ADSL", *tables.key):
        rows = tables.frame("ADSL").filter(pl.struct(tables.key).is_duplicated())
        yield from broken(
            rows,
            ("ADSL", "USUBJID"),
            "keys_are_unique",
            found=_twice(rows, tables.key),
            needed="one row for each subject",
            remedy="keep one of the rows",
        )
    for endpoint in expected.endpoints:
        if is_usable(tables, endpoint) and tables.has(endpoint.dataset, *tables.key):
            own = records(tables, endpoint)
            twice = own.filter(pl.struct(tables.key).is_duplicated())
            yield from broken(
                twice,
                (endpoint.dataset, "USUBJID"),
                "keys_are_unique",
                found=_twice(twice, tables.key),
                needed=f"one record of {endpoint.name} for each subject",
                remedy=_how_to_choose(own),
            )


def _twice(rows: pl.DataFrame, key: Iterable[str]) -> str:
    """Subjects that stand there more than once, and in what their rows differ."""
    if rows.is_empty():
        return ""
    by = rows.drop(ROW).group_by(*key).agg(pl.all().n_unique()).drop(*key)
    differing = [name for name in by.columns if by[name].max() != 1]
    shown = f"{', '.join(differing[:6])}{' ...' if len(differing) > 6 else ''}"
    how = f"the rows differ in {shown}" if differing else "the rows are identical"
    return f"{examples(rows, 'USUBJID')}; {how}"


def _how_to_choose(rows: pl.DataFrame) -> str:
    """Variables by which the plan could choose one of several records."""
    names = [
        name
        for name in rows.columns
        if name != ROW
        and (name == "READER" or name.startswith("ANL") or name in ("AVISIT", "PARQUAL", "ADJUDFL"))
    ]
    return f"choose in the plan, by where: {', '.join(names)}" if names else "keep one of the records"


def population_is_not_empty(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Each analysis set has subjects."""
    for flag in expected.populations:
        variable = flag or "USUBJID"
        if tables.has("ADSL", variable) and population(tables, flag).is_empty():
            yield AdamFinding(
                dataset="ADSL",
                variable=variable,
                rule="population_is_not_empty",
                found="no subject in the analysis set",
                needed=f"{variable} of Y" if flag else "rows",
                remedy="check the flag, or name another in the plan",
            )


CHECKS = (
    datasets_are_there,
    datasets_have_rows,
    variables_are_there,
    values_have_their_type,
    parameters_are_named,
    parameters_are_there,
    flags_are_yes_or_no,
    keys_are_unique,
    population_is_not_empty,
)

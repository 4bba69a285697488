"""Values of a dataset in the types that are declared, with a finding for each variable that has others.

Missing is null everywhere: blank text, a SAS point, NaN. Dates are ISO 8601 text or days since 1960-01-01,
the origin of SAS; only whole dates are dates, a partial one such as 2024-05 is missing and is reported.
"""

import datetime
from collections.abc import Callable, Mapping

import polars as pl

from remit.interop.adam.broken_rows import broken
from remit.interop.adam.findings import AdamFinding
from remit.interop.adam.tables import ROW
from remit.interop.adam.variables import Type, type_of

SAS_ORIGIN = datetime.date(1960, 1, 1)
SAS_TO_UNIX = (SAS_ORIGIN - datetime.date(1970, 1, 1)).days
MISSING_TEXT = ("", ".")
TRUE, FALSE = "Y", "N"

NEEDED: Mapping[Type, str] = {
    "text": "text",
    "number": "a number",
    "whole": "a whole number",
    "date": "a whole date, such as 2024-05-31",
    "flag": "Y, N or blank",
}


Unread = dict[str, tuple[int, ...]]
"""Rows by variable."""


def typed(dataset: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[AdamFinding], Unread]:
    """The frame with declared types and row numbers, and every variable that has values of another type.

    Third come the rows, by variable, whose value could not be read.

    A value that cannot be read becomes null; the finding is an error, so that it is not taken for missing.
    """
    numbers = pl.Series(ROW, range(1, frame.height + 1), pl.Int64)
    codes = as_text(_without_blanks(frame["PARAMCD"])) if "PARAMCD" in frame.columns else None
    columns: list[pl.Series] = []
    findings: list[AdamFinding] = []
    unread: Unread = {}
    for column in frame.get_columns():
        wanted = type_of(dataset, column.name)
        given = _without_blanks(column)
        found = CONVERSIONS[wanted](given)
        columns.append(found)
        rows = pl.DataFrame([given, numbers, *([] if codes is None or column.name == "PARAMCD" else [codes])])
        wrong = rows.filter(given.is_not_null() & found.is_null())
        if wrong.height:
            unread[column.name] = tuple(wrong[ROW].to_list())
        findings += broken(
            wrong,
            (dataset, column.name),
            "values_have_their_type",
            needed=NEEDED[wanted],
            remedy=f"mend the values, or leave them blank if they are missing (read as {column.dtype})",
        )
    return pl.DataFrame([*columns, numbers]), findings, unread


def _without_blanks(column: pl.Series) -> pl.Series:
    """The column with null for what stands for missing; text without spaces around it."""
    if column.dtype == pl.String:
        text = column.str.strip_chars()
        return text.set(text.is_in(list(MISSING_TEXT)), None)
    return column.fill_nan(None) if column.dtype.is_float() else column


def as_text(column: pl.Series) -> pl.Series:
    """Text; a whole number without decimals, so that 1 is the same level in every format."""
    if column.dtype == pl.String:
        return column
    if column.dtype == pl.Boolean:
        return column.replace_strict({True: TRUE, False: FALSE}, return_dtype=pl.String)
    if column.dtype.is_float():
        whole = (column == column.round(0)) & (column.abs() < 2**53)
        return (
            column.cast(pl.Int64, strict=False)
            .cast(pl.String)
            .zip_with(whole.fill_null(value=True), column.cast(pl.String))
        )
    return column.cast(pl.String)


def _as_number(column: pl.Series) -> pl.Series:
    found = column.cast(pl.Float64, strict=False)
    return found.set(found.is_infinite() | found.is_nan(), None)


def _as_whole(column: pl.Series) -> pl.Series:
    number = _as_number(column)
    return number.set(number != number.round(0), None).cast(pl.Int64, strict=False)


def _as_date(column: pl.Series) -> pl.Series:
    if column.dtype.is_temporal():
        return column.cast(pl.Date)
    if column.dtype.is_numeric():
        days = _as_whole(column)
        return pl.Series(
            column.name, [None if d is None else SAS_ORIGIN + datetime.timedelta(d) for d in days], pl.Date
        )
    text = column.cast(pl.String)
    iso = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    # A file of text alone may hold days too: five digits, which are no partial date, are 1987 and later.
    days = text.str.extract(r"^(\d{5})$").cast(pl.Int32)
    return iso.zip_with(days.is_null(), (days + SAS_TO_UNIX).cast(pl.Date))


def _as_flag(column: pl.Series) -> pl.Series:
    """A flag as text: whether it is Y or N is a rule of its own, which knows which flags are used."""
    return as_text(column)


CONVERSIONS: Mapping[Type, Callable[[pl.Series], pl.Series]] = {
    "text": as_text,
    "number": _as_number,
    "whole": _as_whole,
    "date": _as_date,
    "flag": _as_flag,
}

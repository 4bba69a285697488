"""A data set as it stands in a file: text, the place of every cell, and numbers where they are needed."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.errors import Finding, InputError, problem

MISSING = ("", ".")
"""Cells without a value."""
MOST_FINDINGS = 20
"""Findings that are listed; of more, the rest is counted."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DataSet:
    """Columns of text, and where each row stands.

    Parameters
    ----------
    name
        What messages call it.
    frame
        The cells as text, in the order and under the names of the file.
    lines
        Number of each row's line in the file, the header being line 1, shape (n_rows,).
    """

    name: str
    frame: pl.DataFrame
    lines: Integers

    def column(self, name: str) -> str | None:
        """The column of a name, whatever its case; none if there is none."""
        return next((each for each in self.frame.columns if each.strip().upper() == name.upper()), None)

    def where(self, row: int | np.integer[Any], column: str) -> str:
        """Place of a cell, as messages name it."""
        return f"{self.name}: line {self.lines[row]}, column {self.column(column) or column}"

    def text(self, column: str) -> pl.Series:
        """A column's cells without blanks around them."""
        return self.frame[self.column(column) or column].str.strip_chars()

    def missing(self, column: str) -> Flags:
        """Which cells of a column have no value, shape (n_rows,)."""
        return self.text(column).is_in(list(MISSING)).to_numpy()

    def numbers(self, column: str, default: float | None = None) -> tuple[Floats, list[Finding]]:
        """A column as numbers, shape (n_rows,), and what could not be read.

        Parameters
        ----------
        column
            Its name.
        default
            What a missing cell counts as; without one, a missing cell is a finding.
        """
        text = self.text(column)
        absent = self.missing(column)
        values = text.cast(pl.Float64, strict=False).to_numpy().copy()
        wrong = ~absent & ~np.isfinite(values)
        values[absent] = np.nan if default is None else default
        needed = "a number" if default is None else "a number, or . for none"
        findings = [
            Finding(self.where(i, column), f"'{text[int(i)]}'", needed, "digits with a point, such as 12.5")
            for i in np.flatnonzero(wrong)
        ]
        if default is None:
            findings += [
                Finding(self.where(i, column), "no value", needed, "carrying the value of another row over")
                for i in np.flatnonzero(absent)
            ]
        return values, findings


def read_data_set(path: str | Path) -> DataSet:
    """Read a file of comma-separated values with a header line.

    Raises
    ------
    InputError
        If it is no such file: no header, a name twice, a row of another length, an unclosed quotation mark.
    OSError
        If it cannot be opened.
    """
    name, raw = str(path), Path(path).read_bytes()
    plain = plain_table(raw)
    if plain is not None:
        check_shape(name, plain.columns, [], [])
        return DataSet(name, plain, np.arange(2, plain.height + 2))
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
    except UnicodeDecodeError as error:
        found = f"byte {raw[error.start]:#04x}, which is not UTF-8"
        raise problem(name, found, "a text file in UTF-8", "saving it as 'CSV UTF-8'") from None
    try:
        header = next(reader, [])
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        at = f"{name}: line {reader.line_num}"
        raise problem(at, str(error), "comma-separated values", "check quotation marks") from None
    check_shape(name, header, rows, lines)
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    frame = pl.DataFrame(
        [pl.Series(key, list(cells), dtype=pl.String) for key, cells in zip(header, columns, strict=True)]
    )
    return DataSet(name, frame, np.array(lines, dtype=np.int64))


def plain_table(raw: bytes) -> pl.DataFrame | None:
    """The cells of a file as text, if it is as plain as most are; none if it needs a closer look.

    Plain is a file without quotation marks, whose lines all have the same number of commas, and no name
    twice. A file of millions of rows is then read in a fraction of a second.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n"
    if any(mark in text for mark in (b'"', b"\r", b"\x00")):
        return None
    letters = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    commas = np.searchsorted(np.flatnonzero(letters == ord(",")), ends)
    each = np.diff(commas, prepend=0)
    header = text[: ends[0]].split(b",")
    if each[0] == 0 or (each != each[0]).any() or len(set(header)) < len(header) or len(ends) == 1:
        return None
    try:
        text.decode()
        found = pl.read_csv(text, infer_schema=False, quote_char=None, null_values=None)
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        return None
    return found.fill_null("") if found.height == len(ends) - 1 else None


def from_frame(frame: pl.DataFrame, name: str = "data") -> DataSet:
    """A table in memory as a data set; nulls count as missing, and the first row as line 2."""
    header = list(frame.columns)
    check_shape(name, header, [], [])
    nested = [each for each, dtype in frame.schema.items() if dtype.is_nested()]
    if nested:
        found, needed = f"a column of {frame.schema[nested[0]]}", "numbers or text in every column"
        raise problem(f"{name}: column {nested[0]}", found, needed, "leaving it out")
    text = frame.select(pl.all().cast(pl.String).fill_null("."))
    return DataSet(name, text, np.arange(2, frame.height + 2))


def check_shape(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]
) -> None:
    """Refuse a table without a header, with a name twice, or with rows of another length."""
    if not header or not any(cell.strip() for cell in header):
        raise problem(name, "no header line", "names of columns in the first line, such as ID,TIME,AMT")
    findings = [
        Finding(f"{name}: line 1, column {i}", "no name", "a name", "removing the column or naming it")
        for i, cell in enumerate(header, 1)
        if not cell.strip()
    ]
    upper = [cell.strip().upper() for cell in header]
    findings += [
        Finding(f"{name}: line 1, column {cell}", f"{cell} twice", "each name once, whatever its case")
        for cell in dict.fromkeys(upper)
        if cell and upper.count(cell) > 1
    ]
    n = len(header)
    findings += [
        Finding(f"{name}: line {line}", f"{len(row)} values", f"{n}, one for each column of the header")
        for row, line in zip(rows, lines, strict=True)
        if len(row) != n
    ]
    refuse(findings)


def refuse(findings: Sequence[Finding]) -> None:
    """Raise the first findings, if there are any, and say how many more there are.

    Raises
    ------
    InputError
        With at most ``MOST_FINDINGS`` of them, and a last one that counts the rest.
    """
    if len(findings) > MOST_FINDINGS:
        rest = len(findings) - MOST_FINDINGS
        where = findings[0].where.partition(":")[0]
        more = Finding(where, f"{rest} more problems like these", "none", "mending those above first")
        raise InputError([*findings[:MOST_FINDINGS], more])
    if findings:
        raise InputError(findings)

"""A table as a Rich Text Format document, as tables of a study report are handed in.

The document is made by rtflite (MIT), which the extra ``documents`` installs. Text is escaped here, since
rtflite would take a backslash for a command and leave letters such as "ü" in an encoding of its own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from remit.errors import problem
from remit.report.html import cell_text
from remit.report.records import STAMPS, Column, ReportTable

LABEL_WIDTH, CELL_WIDTH, TEXT_WIDTH = 3.0, 2.0, 5.0
"""Relative widths: of the first column, of short cells, of cells with more than ``LONG`` letters."""
LONG = 40
SPECIAL = {"\\": r"\\", "{": r"\{", "}": r"\}", "\n": r"\line "}


def write_rtf(table: ReportTable, path: str | Path, over: Sequence[str] = ()) -> Path:
    """Write one table as an RTF file: title over it, footnotes and stamp under it, landscape.

    Parameters
    ----------
    table
        The table.
    path
        File that is written.
    over
        Lines over the title, such as the study and the analysis set.

    Raises
    ------
    InputError
        If rtflite is not installed.
    """
    try:
        import rtflite  # noqa: PLC0415 - an extra
    except ImportError:
        raise problem(
            str(path),
            "rtf, and no rtflite to write it",
            "rtflite",
            "pip install 'remit[documents]', or leave out rtf",
        ) from None
    rows = [
        [cell_text(row.get(each.key), each, table.missing) for each in table.columns] for row in table.rows
    ]
    body = rows or [[table.absent, *[""] * (len(table.columns) - 1)]]
    widths = _widths(table.columns, body)
    aligned = ["l", *("c" if width == CELL_WIDTH else "l" for width in widths[1:])]
    plain: dict[str, Any] = {"text_convert": False}
    document = rtflite.RTFDocument(
        df=pl.DataFrame(
            [[escaped(cell) for cell in row] for row in body],
            schema=[f"c{place}" for place in range(len(table.columns))],
            orient="row",
        ),
        rtf_page=rtflite.RTFPage(orientation="landscape"),
        rtf_title=rtflite.RTFTitle(text=[escaped(each) for each in (*over, table.title)], **plain),
        rtf_column_header=rtflite.RTFColumnHeader(
            text=[escaped(each.heading) for each in table.columns],
            col_rel_width=widths,
            text_justification=aligned,
            **plain,
        ),
        rtf_body=rtflite.RTFBody(col_rel_width=widths, text_justification=aligned, **plain),
        rtf_footnote=rtflite.RTFFootnote(text=[escaped(each) for each in _notes(table)], **plain),
    )
    target = Path(path)
    target.write_text(document.rtf_encode(), encoding="ascii")
    return target


def escaped(text: str) -> str:
    """Text in the letters of ASCII: what is special to RTF, and every other letter, as its escape."""
    return "".join(SPECIAL.get(letter) or _letter(letter) for letter in text)


def _letter(letter: str) -> str:
    """One letter; beyond the basic plane as two halves, each signed and of 16 bits, as RTF has it."""
    if letter.isascii():
        return letter
    units = letter.encode("utf-16-le")
    codes = [
        int.from_bytes(units[place : place + 2], "little", signed=True) for place in range(0, len(units), 2)
    ]
    return "".join(rf"\uc1\u{code}?" for code in codes)


def _notes(table: ReportTable) -> list[str]:
    """Footnotes, of whom, and the stamp."""
    count = [f"n: {table.n}"] if table.n else []
    stamp = STAMPS[table.kind]
    return [*table.footnotes, *count, stamp]


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[float]:
    """Relative width of each column."""
    longest = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    return [LABEL_WIDTH, *(TEXT_WIDTH if each > LONG else CELL_WIDTH for each in longest[1:])]

"""Numbers of safety tables: one tidy row each, and the tables that are laid out of them.

A table prints what stands in these rows and nothing else, so the document and the file hold the same numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import polars as pl

from remit.analysis.display_tables import INDENT, table_id
from remit.analysis.display_text import NOT_ESTIMABLE, NOTHING, column_heading, count
from remit.analysis.safety_input import SafetyInput
from remit.report.records import Cell, Column, ReportTable
from remit.report.sas_rounding import rounded
from remit.stats.safety.incidence import GROUP

NOT_MODELLED = "not modelled"
SUBJECTS, EVENTS, YEARS, INCIDENCE = (
    "subjects",
    "events",
    "patient-years at risk",
    "incidence per 100 patient-years",
)
MEASURES = (SUBJECTS, EVENTS, YEARS, INCIDENCE)
"""Measures of an incidence."""
SEVERE = ", grade 3 or more"
"""Ending of a measure that counts such events only."""

S, F, N = pl.String, pl.Float64, pl.Int64
COLUMNS: dict[str, tuple[type[pl.DataType], str]] = {
    "TABLE": (S, "number of the table that prints it"),
    "BY": (S, "levels of what is analysed apart, empty if nothing is"),
    "ARM": (S, "arm"),
    "ROW": (S, "row of the table"),
    "MEASURE": (S, "what the number is"),
    "VALUE": (F, "number; null where there is none, and NOTE says why"),
    "LOW": (F, "lower confidence limit"),
    "HIGH": (F, "upper confidence limit"),
    "N": (N, "subjects that it is of"),
    "NOTE": (S, "why there is no number"),
}
"""Type and meaning of each column."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number; see :data:`COLUMNS`."""

    TABLE: str
    BY: str
    ARM: str
    ROW: str
    MEASURE: str
    VALUE: float | None = None
    LOW: float | None = None
    HIGH: float | None = None
    N: int | None = None
    NOTE: str = ""


Measures = Mapping[str, Number]
"""Numbers of one row and column by measure."""
Shown = Callable[[Measures], str]


@dataclass(frozen=True, slots=True)
class Laid:
    """A table with the numbers that it prints."""

    table: ReportTable
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its label, and the row of its numbers; without a row it is a heading."""

    label: str
    row: str = ""
    indent: int = 0


def numbers_table(numbers: Iterable[Number]) -> pl.DataFrame:
    """Numbers as a table in the declared types."""
    names = [each.name for each in fields(Number)]
    schema = {name: COLUMNS[name][0] for name in names}
    return pl.DataFrame([astuple(each) for each in numbers], schema=schema, orient="row")


def of_incidence(
    found: pl.DataFrame,
    groups: Iterable[tuple[str, str, int]],
    place: tuple[str, str],
    ending: str = "",
    is_modelled: Callable[[str], bool] = lambda _: True,
) -> Iterator[Number]:
    """Numbers of one row from the result of ``incidence`` without parts.

    Parameters
    ----------
    found
        The result.
    groups
        Columns.
    place
        Number of the table, and the row.
    ending
        Closes the name of each measure.
    is_modelled
        Whether such events are modelled under an arm; where not, and there are none, there is no number.
    """
    by_group = {each[GROUP]: each for each in found.iter_rows(named=True)}
    table, row = place
    for by, arm, n in groups:
        each = by_group[f"{by}|{arm}"]
        if not each["EVENTS"] and not is_modelled(arm):
            yield from (
                Number(table, by, arm, row, name + ending, N=n, NOTE=NOT_MODELLED) for name in MEASURES
            )
            continue
        values = {
            SUBJECTS: (each["SUBJECTS"], None, None),
            EVENTS: (each["EVENTS"], None, None),
            YEARS: (each["YEARS"], None, None),
            INCIDENCE: (each["RATE"], each["LOW"], each["HIGH"]),
        }
        yield from (Number(table, by, arm, row, name + ending, *found, n) for name, found in values.items())


def without_number(
    groups: Iterable[tuple[str, str, int]], place: tuple[str, str], measures: Sequence[str], note: str
) -> Iterator[Number]:
    """Numbers that are not known, and why; ``place`` is the number of the table, and the row."""
    table, row = place
    for by, arm, n in groups:
        yield from (Number(table, by, arm, row, measure, N=n, NOTE=note) for measure in measures)


def n_percent(measure: str) -> Shown:
    """Subjects with their percentage of the column."""

    def text(found: Measures) -> str:
        number = found.get(measure)
        if number is None or number.VALUE is None:
            return _reason(number)
        return count(int(number.VALUE), number.N or 0)

    return text


def whole(measure: str) -> Shown:
    """A count."""

    def text(found: Measures) -> str:
        number = found.get(measure)
        return _reason(number) if number is None or number.VALUE is None else f"{int(number.VALUE)}"

    return text


def decimal(measure: str, decimals: int = 1) -> Shown:
    """A number with decimals."""

    def text(found: Measures) -> str:
        number = found.get(measure)
        if number is None or number.VALUE is None:
            return _reason(number)
        return rounded(number.VALUE, decimals)

    return text


def rate(measure: str = INCIDENCE) -> Shown:
    """A rate with its limits."""

    def text(found: Measures) -> str:
        number = found.get(measure)
        if number is None or number.VALUE is None:
            return _reason(number)
        low, high = (
            NOT_ESTIMABLE if each is None else rounded(each, 1) for each in (number.LOW, number.HIGH)
        )
        return f"{rounded(number.VALUE, 1)} ({low}, {high})"

    return text


def _reason(number: Number | None) -> str:
    """What stands in place of a number."""
    return NOTHING if number is None else number.NOTE or NOT_ESTIMABLE


def laid_out(
    numbers: Sequence[Number],
    lines: Sequence[Line],
    shown: Mapping[str, Shown],
    data: SafetyInput,
    title: tuple[str, str],
    notes: Sequence[str],
) -> Laid:
    """A table with columns for each arm, one for each of ``shown`` (heading and text of its cells).

    ``title`` is the number of the table and its words.
    """
    cells: dict[tuple[str, str, str], dict[str, Number]] = {}
    for each in numbers:
        cells.setdefault((each.BY, each.ARM, each.ROW), {})[each.MEASURE] = each
    columns = [Column("LABEL", "")]
    for by, arm, n in data.groups:
        heading = column_heading(arm, by, n)
        for place, name in enumerate(shown):
            columns.append(Column(f"{by}|{arm}|{place}", "\n".join(filter(None, [heading, name])), "figure"))
    rows: list[dict[str, Cell]] = []
    for line in lines:
        row: dict[str, Cell] = {"LABEL": f"{INDENT * line.indent}{line.label}"}
        for by, arm, _ in data.groups:
            for place, text in enumerate(shown.values()):
                found = cells.get((by, arm, line.row), {})
                row[f"{by}|{arm}|{place}"] = text(found) if line.row else ""
        rows.append(row)
    number, words = title
    used = " ".join(str(cell) for row in rows for cell in row.values())
    ending = ["NE: not estimable."] if f"{NOT_ESTIMABLE}" in used.split() or "(NE" in used else []
    table = ReportTable(
        id=table_id(number),
        title=f"Table {number} {words} ({data.population or 'all treated subjects'})",
        columns=tuple(columns),
        rows=tuple(rows),
        n="",
        kind=data.kind,
        footnotes=(*notes, *ending),
    )
    return Laid(table, tuple(numbers))

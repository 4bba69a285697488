"""Shift of laboratory grades, by parameter and direction: grade at baseline against the worst after it."""

from collections.abc import Iterator

import polars as pl

from remit.analysis.display_tables import table_id
from remit.analysis.safety_input import LAST, REPORTING, SafetyInput, elapsed
from remit.analysis.safety_numbers import Laid, Number
from remit.report.records import Cell, Column, ReportTable
from remit.stats.safety.incidence import GROUP
from remit.stats.safety.shift import AFTER, BEFORE, shifts, worst_grades

CODE, DIRECTION, GRADE, BASELINE = "#CODE", "#DIRECTION", "#GRADE", "#BASELINE"
LOW, HIGH, EITHER = "low", "high", ""
"""Direction of a grade: of values that are too low or too high, or not told apart."""
WORDS = {LOW: ", too low", HIGH: ", too high", EITHER: ""}
GRADES: tuple[int | None, ...] = (0, 1, 2, 3, 4, None)
MISSING = "missing"
GRADED = ("ATOXGR", "ATOXGRL", "ATOXGRH")
"""Variables of grades; with a B in the place of their A, those of the baseline."""


def graded_records(data: SafetyInput) -> pl.DataFrame | None:
    """Graded records of treated subjects, by parameter and direction; None if ADLB has no grades.

    Columns: key, ``CODE``, ``DIRECTION``, ``GRADE`` and ``BASELINE`` (whether before treatment). ATOXGRL and
    ATOXGRH tell directions apart. Where there is ATOXGR alone, a graded value belongs to the side of the
    median of all values of grade 0 of its parameter on which it lies. Records after the reporting period are
    left out.
    """
    sides = {LOW: "ATOXGRL", HIGH: "ATOXGRH"}
    has_sides = data.tables.has("ADLB", *sides.values())
    needed = ("PARAMCD", "AVAL") if has_sides else ("PARAMCD", "AVAL", "ATOXGR")
    if not data.tables.has("ADLB", *data.key, *needed):
        return None
    timed = _timed(data)
    if has_sides:
        return pl.concat([_of_side(timed, pl.col(name), side, data) for side, name in sides.items()])
    grade = pl.col("ATOXGR").cast(pl.Int64)
    normal = pl.col("AVAL").filter(grade == 0).median().over(CODE)
    abnormal = pl.when(pl.col("AVAL") < normal).then(pl.lit(LOW)).otherwise(pl.lit(HIGH))
    side = pl.when(grade > 0).then(pl.when(normal.is_null()).then(pl.lit(EITHER)).otherwise(abnormal))
    placed = timed.with_columns(side.alias(DIRECTION))
    occurring = placed.select(CODE, DIRECTION).drop_nulls().unique()
    parts: list[pl.DataFrame] = []
    for each in (LOW, HIGH, EITHER):
        codes = occurring.filter(pl.col(DIRECTION) == each)[CODE].implode()
        of_side = pl.when((grade <= 0) | (pl.col(DIRECTION) == each)).then(grade).otherwise(0)
        parts.append(_of_side(placed.filter(pl.col(CODE).is_in(codes)), of_side, each, data))
    rest = placed.filter(~pl.col(CODE).is_in(occurring[CODE].implode()))
    return pl.concat([*parts, _of_side(rest, grade, EITHER, data)])


def _timed(data: SafetyInput) -> pl.DataFrame:
    """Records of baseline and of the time until the end of the reporting period, in order of time.

    ABLFL marks baseline; without it BASE and BTOXGR give it, if they are there, and else it is the last
    record up to the first dose.
    """
    rows = data.of_subjects("ADLB").rename({"PARAMCD": CODE})
    columns = rows.columns
    day = elapsed(columns, "ADT", "ADY", whole_days=data.whole_days).alias("#DAY")
    has_own = "ABLFL" not in columns and {"BASE", "BTOXGR"} <= set(columns)
    if "ABLFL" in columns:
        first = (pl.col("ABLFL") == "Y").fill_null(value=False)
    else:
        first = pl.lit(value=False) if has_own else (pl.col("#DAY") <= 0).fill_null(value=False)
    timed = rows.with_columns(day).with_columns(first.alias(BASELINE))
    until = (pl.col(LAST) + REPORTING).fill_null(float("inf"))
    kept = timed.filter(pl.col(BASELINE) | ((pl.col("#DAY") >= 0) & (pl.col("#DAY") <= until)))
    if has_own:
        before = timed.with_columns(
            pl.lit(value=True).alias(BASELINE),
            pl.col("BASE").cast(pl.Float64).alias("AVAL"),
            *(pl.col(f"B{name[1:]}").alias(name) for name in GRADED if f"B{name[1:]}" in columns),
        ).unique([*data.key, CODE], keep="first", maintain_order=True)
        kept = pl.concat([before, kept])
    return kept.sort(*data.key, CODE, "#DAY", maintain_order=True)


def _of_side(rows: pl.DataFrame, grade: pl.Expr, side: str, data: SafetyInput) -> pl.DataFrame:
    """Records graded in one direction; -1, which stands for no grade in simulated tables, becomes null."""
    given = grade.cast(pl.Int64)
    return rows.select(
        *data.key,
        CODE,
        pl.lit(side).alias(DIRECTION),
        pl.when(given >= 0).then(given).alias(GRADE),
        BASELINE,
    )


def shift_tables(data: SafetyInput, records: pl.DataFrame, number: str) -> Iterator[Laid]:
    """A table for each parameter and direction that is graded at all, numbered from 1 after ``number``."""
    by = (CODE, DIRECTION)
    known = records.filter(pl.col(GRADE).is_not_null())
    graded = worst_grades(known.filter(BASELINE), known.filter(~pl.col(BASELINE)), data.key, by, GRADE)
    found = shifts(data.people, graded, data.key, by)
    ungraded = sorted(set(records[CODE].to_list()) - set(known[CODE].to_list()))
    parts = found.select(by).unique().sort(by).rows()
    for place, (code, side) in enumerate(parts, 1):
        own = found.filter((pl.col(CODE) == code) & (pl.col(DIRECTION) == side))
        yield _one(data, own, (f"{number}.{place}", f"{_title(data, code)}{WORDS[side]}"), ungraded)


def _title(data: SafetyInput, code: str) -> str:
    """Title of a parameter."""
    if not data.tables.has("ADLB", "PARAM"):
        return code
    titles = data.tables.frame("ADLB").filter(pl.col("PARAMCD") == code)["PARAM"].drop_nulls()
    return str(titles[0]) if len(titles) else code


def _one(data: SafetyInput, found: pl.DataFrame, title: tuple[str, str], ungraded: list[str]) -> Laid:
    """Shift table of one parameter and direction: a row for each grade at baseline in each arm."""
    table, words = title
    counts = {
        (group, before, after): n
        for group, before, after, n in found.select(GROUP, BEFORE, AFTER, "SUBJECTS").iter_rows()
    }
    rows: list[dict[str, Cell]] = []
    numbers: list[Number] = []
    for by, arm, n in data.groups:
        group = f"{by}|{arm}"
        for before in GRADES:
            line = [counts.get((group, before, after), 0) for after in GRADES]
            numbers += [
                Number(
                    table, by, arm, f"{words}: baseline {_word(before)}", f"worst {_word(after)}", count, N=n
                )
                for after, count in zip(GRADES, line, strict=True)
            ]
            if sum(line):
                rows.append(_row(" ".join(filter(None, [arm, by])), n, _word(before), line))
        everyone = [sum(counts.get((group, before, after), 0) for before in GRADES) for after in GRADES]
        rows.append(_row(" ".join(filter(None, [arm, by])), n, "all", everyone))
    columns = (
        Column("ARM", "Arm"),
        Column("BEFORE", "Grade at\nbaseline"),
        *(Column(f"G{place}", f"Worst:\n{_word(after)}", "figure") for place, after in enumerate(GRADES)),
        Column("ALL", "All", "figure"),
    )
    notes = [
        f"Subjects by grade at baseline and worst grade up to {REPORTING:g} days after the last dose, "
        "unscheduled visits included.",
        *([f"Not graded by value: {', '.join(ungraded)}."] if ungraded else []),
    ]
    if not data.tables.has("ADLB", "ATOXGRL", "ATOXGRH"):
        notes.append("Direction: the side of the median of values of grade 0 on which a graded value lies.")
    shown = ReportTable(
        id=table_id(table),
        title=f"Table {table} Shift of grades: {words} ({data.population or 'all treated subjects'})",
        columns=columns,
        rows=tuple(rows),
        n="",
        kind=data.kind,
        footnotes=tuple(notes),
    )
    return Laid(shown, tuple(numbers))


def _word(grade: int | None) -> str:
    return MISSING if grade is None else f"{grade}"


def _row(arm: str, n: int, before: str, line: list[int]) -> dict[str, Cell]:
    """Cells of a row."""
    cells: dict[str, Cell] = {f"G{place}": f"{count}" for place, count in enumerate(line)}
    return {"ARM": f"{arm} (N={n})", "BEFORE": before, **cells, "ALL": f"{sum(line)}"}

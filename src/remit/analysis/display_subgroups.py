"""Subgroups as a table and as a forest: counts of both arms and one measure with its interval, no p-value."""

from math import isfinite

import polars as pl

from remit.analysis.display_tables import percent_points, table_id
from remit.analysis.display_text import (
    ABBREVIATIONS,
    NOT_ESTIMABLE,
    Record,
    level_text,
    method_text,
    ratio_with_limits,
    title_text,
    with_limits,
)
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.report.figures.subgroups import Forest, Level, figure
from remit.report.records import Column, Figure, Kind, ReportTable

NOTE = "Subgroups are described and not tested: with many of them, some differ by chance."


def subgroup_table(
    results: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan, number: str, kind: Kind
) -> ReportTable:
    """Counts of both arms and the measure in each level."""
    own = results.filter(pl.col("SUBGROUP") != "")
    one, other = _headings(endpoint, plan)
    lines = _lines(own, plan)
    texts = [_text(row, endpoint) for _, row, _, _ in lines]
    used = [ABBREVIATIONS[NOT_ESTIMABLE]] if any(NOT_ESTIMABLE in each for each in texts) else []
    columns = [
        *([Column("BY", "Apart")] if plan.by else []),
        Column("LEVEL", "Subgroup"),
        Column("ONE", one, "figure"),
        Column("OTHER", other, "figure"),
        Column("TEXT", f"{_measure(endpoint)} ({level_text(plan.level)})", "figure"),
    ]
    methods = own.filter(pl.col("REFERENCE") != "")["METHOD"].unique(maintain_order=True).to_list()
    return ReportTable(
        id=table_id(number),
        title=title_text(f"Table {number}", endpoint, plan, ": subgroups"),
        columns=tuple(columns),
        rows=tuple(
            {"BY": by, "LEVEL": row["SUBGROUP"], "ONE": first, "OTHER": second, "TEXT": text}
            for (by, row, first, second), text in zip(lines, texts, strict=True)
        ),
        n="",
        kind=kind,
        footnotes=(
            f"Method: {'; '.join(method_text(each) for each in methods)}, without strata.",
            NOTE,
            *used,
        ),
    )


def forest_figure(
    results: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan, number: str, kind: Kind
) -> tuple[Figure, ...]:
    """The forest of an endpoint; none without subgroups, nor where scenarios are analysed apart."""
    own = results.filter(pl.col("SUBGROUP") != "")
    if own.is_empty() or plan.by:
        return ()
    is_response = isinstance(endpoint, Response)
    levels = [
        Level(
            label=str(row["SUBGROUP"]),
            one=one,
            other=other,
            text=_text(row, endpoint),
            estimate=None if row["LOW"] is None else _drawn(row["ESTIMATE"], is_response=is_response),
            low=_drawn(row["LOW"], is_response=is_response),
            high=_drawn(row["HIGH"], is_response=is_response),
            n=int(row["N"]),
        )
        for _, row, one, other in _lines(own, plan)
    ]
    arms = (plan.experimental, plan.reference)
    forest = Forest(
        id=f"figure-{number.replace('.', '-')}",
        title=title_text(f"Figure {number}", endpoint, plan, ": subgroups"),
        levels=tuple(levels),
        measure=f"{_measure(endpoint)} ({level_text(plan.level)})",
        headings=_headings(endpoint, plan),
        is_ratio=not is_response,
        favours=(arms[1], arms[0]) if is_response else arms,
        kind=kind,
        caption=NOTE,
    )
    return (figure(forest),)


def _measure(endpoint: TimeToEvent | Response) -> str:
    return "difference, percentage points" if isinstance(endpoint, Response) else "hazard ratio"


def _headings(endpoint: TimeToEvent | Response, plan: AnalysisPlan) -> tuple[str, str]:
    """Headings of the counts of both arms, the experimental one first."""
    what = "responders" if isinstance(endpoint, Response) else "events"
    return f"{plan.experimental}\n{what} / N", f"{plan.reference}\n{what} / N"


def _text(row: Record, endpoint: TimeToEvent | Response) -> str:
    """The measure with its limits; a ratio with two decimals, what the drawing of a page keeps."""
    return with_limits(row, percent_points) if isinstance(endpoint, Response) else ratio_with_limits(row, 2)


def _drawn(value: float | None, *, is_response: bool) -> float | None:
    if value is None or not isfinite(value):
        return None
    return 100 * value if is_response else value


def _lines(own: pl.DataFrame, plan: AnalysisPlan) -> list[tuple[str, Record, str, str]]:
    """What is analysed apart, the comparison, and the counts of both arms, of each level."""
    counts = {
        (row["BY"], row["SUBGROUP"], row["ARM"]): f"{row['EVENTS']} / {row['N']}"
        for row in own.filter(pl.col("REFERENCE") == "").iter_rows(named=True)
    }
    return [
        (
            row["BY"],
            row,
            counts[row["BY"], row["SUBGROUP"], plan.experimental],
            counts[row["BY"], row["SUBGROUP"], plan.reference],
        )
        for row in own.filter(pl.col("REFERENCE") != "").iter_rows(named=True)
    ]

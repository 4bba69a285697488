"""Subgroups as a table and as a forest: counts of both arms and one measure with its interval, no p-value."""

from math import isfinite

import polars as pl

from remit.analysis.display_tables import percent_points, table_id
from remit.analysis.display_text import Record, level_text, ratio, with_limits
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.report.figures.subgroups import Forest, Level, figure
from remit.report.records import Column, Figure, Kind, ReportTable

NOTE = "Subgroups are described and not tested: with many of them, some differ by chance."


def subgroup_table(
    results: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan, number: str, kind: Kind
) -> ReportTable:
    """Counts of both arms and the measure in each level."""
    own = results.filter(pl.col("SUBGROUP") != "")
    what = "responders" if isinstance(endpoint, Response) else "events"
    columns = [
        *([Column("BY", "Apart")] if plan.by else []),
        Column("LEVEL", "Subgroup"),
        Column("ONE", f"{plan.experimental}\n{what} / subjects"),
        Column("OTHER", f"{plan.reference}\n{what} / subjects"),
        Column("TEXT", f"{_measure(endpoint)} ({level_text(plan.level)})"),
    ]
    methods = own.filter(pl.col("REFERENCE") != "")["METHOD"].unique(maintain_order=True).to_list()
    return ReportTable(
        id=table_id(number),
        title=f"Table {number} {endpoint.shown}: subgroups",
        columns=tuple(columns),
        rows=tuple(
            {"BY": by, "LEVEL": row["SUBGROUP"], "ONE": one, "OTHER": other, "TEXT": _text(row, endpoint)}
            for by, row, one, other in _lines(own, plan)
        ),
        n="",
        kind=kind,
        footnotes=(f"Method: {'; '.join(methods)}, without strata.", NOTE),
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
            counts=f"{one} against {other}",
            text=_text(row, endpoint),
            estimate=_drawn(row["ESTIMATE"], is_response=is_response),
            low=_drawn(row["LOW"], is_response=is_response),
            high=_drawn(row["HIGH"], is_response=is_response),
            n=int(row["N"]),
        )
        for _, row, one, other in _lines(own, plan)
    ]
    arms = (plan.experimental, plan.reference)
    forest = Forest(
        id=f"figure-{number.replace('.', '-')}",
        title=f"Figure {number} {endpoint.shown}: subgroups",
        levels=tuple(levels),
        measure=f"{_measure(endpoint)} ({level_text(plan.level)})",
        counts="responders / subjects" if is_response else "events / subjects",
        is_ratio=not is_response,
        favours=(arms[1], arms[0]) if is_response else arms,
        kind=kind,
        caption=NOTE,
    )
    return (figure(forest),)


def _measure(endpoint: TimeToEvent | Response) -> str:
    return "difference, percentage points" if isinstance(endpoint, Response) else "hazard ratio"


def _text(row: Record, endpoint: TimeToEvent | Response) -> str:
    return with_limits(row, percent_points if isinstance(endpoint, Response) else _two_decimals)


def _two_decimals(value: float | None) -> str:
    """A ratio; what the drawing of a page keeps of a number."""
    return ratio(value, 2)


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

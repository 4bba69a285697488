"""Tests, differences and ratios of two arms as a table: the main result first, and what favours whom."""

from collections.abc import Iterator

import polars as pl

from remit.analysis.display_tables import percent_points, table_id, two_decimals
from remit.analysis.display_text import (
    ABBREVIATIONS,
    NOT_ESTIMABLE,
    NOTHING,
    Record,
    level_text,
    method_text,
    p_text,
    ratio_with_limits,
    title_text,
    with_limits,
)
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.report.records import Cell, Column, Kind, ReportTable

RATIOS = ("hazard ratio", "odds ratio")
MEANS = "difference of restricted mean"
AMONG = "Responders are no randomised group: arms may differ in more than treatment."
FIRST = (
    "The plan has strata: results over them stand first and are the main ones, those without strata are "
    "supportive."
)
EMPTY = (
    "Not estimable over the strata: in no stratum can the two arms be compared, which without strata they "
    "can. Name fewer or larger strata in the plan."
)
NO_MAXIMUM = "no finite maximum of the likelihood"
"""How the note of a hazard ratio begins that ran off to zero or to infinity."""


def comparison_table(
    results: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan, number: str, kind: Kind
) -> ReportTable:
    """Tests, differences and ratios of the two arms; those over strata first."""
    own = main_first(results.filter((pl.col("REFERENCE") != "") & (pl.col("SUBGROUP") == "")))
    rows = tuple(_comparison(row, plan) for row in own.iter_rows(named=True))
    sides = "one-sided" if plan.sides == 1 else "two-sided"
    columns = (
        *([Column("BY", "Apart")] if plan.by else []),
        Column("METHOD", "Method"),
        Column("STRATA", "Strata"),
        Column("PARAMETER", "Measure"),
        Column("ESTIMATE", f"Estimate ({level_text(plan.level)})", "figure"),
        Column("P", f"p-value, {sides}", "figure"),
    )
    n = own["N"].max()
    texts = [f"{row['ESTIMATE']} {row['P']}" for row in rows]
    against = f": {plan.experimental} against {plan.reference}"
    return ReportTable(
        id=table_id(number),
        title=title_text(f"Table {number}", endpoint, plan, against),
        columns=columns,
        rows=rows,
        n=f"{n} subjects" if n is not None else "",
        kind=kind,
        footnotes=(
            *([FIRST] if (own["STRATA"] != "").any() else []),
            *_favours(own, plan.experimental),
            *([AMONG] if isinstance(endpoint, TimeToEvent) and endpoint.among else []),
            *_notes(own),
            *_without_variance(results, own),
            *([ABBREVIATIONS[NOT_ESTIMABLE]] if any(NOT_ESTIMABLE in each for each in texts) else []),
        ),
    )


def main_first(own: pl.DataFrame) -> pl.DataFrame:
    """Comparisons in their order, within what is analysed apart those over strata before the others."""
    places = {by: place for place, by in enumerate(own["BY"].unique(maintain_order=True).to_list())}
    order = [pl.col("BY").replace_strict(places, return_dtype=pl.Int64), pl.col("STRATA") == ""]
    return own.sort(order, maintain_order=True) if own.height else own


def _comparison(row: Record, plan: AnalysisPlan) -> dict[str, Cell]:
    """One comparison as a line. A dash is no such number; NE is one that the data do not give."""
    parameter = str(row["PARAMETER"])
    label = parameter
    if parameter == "risk difference":
        label = "difference, percentage points"
    elif parameter.startswith(MEANS):
        label = f"difference up to {row['TIME']:g} {plan.time_unit}s, in {plan.time_unit}s"
    return {
        "BY": row["BY"],
        "METHOD": method_text(row["METHOD"]),
        "STRATA": row["STRATA"] or "none",
        "PARAMETER": label or "test alone",
        "ESTIMATE": _estimate(row, parameter),
        "P": p_text(row, plan.sides),
    }


def _estimate(row: Record, parameter: str) -> str:
    if not parameter:
        return NOTHING
    if parameter in RATIOS:
        return ratio_with_limits(row)
    return with_limits(row, percent_points if parameter == "risk difference" else two_decimals)


def _favours(own: pl.DataFrame, arm: str) -> Iterator[str]:
    """Which side favours the experimental arm, of the measures that the table has."""
    there = own["PARAMETER"].unique().to_list()
    sides = {
        "risk difference": "a difference above 0",
        "odds ratio": "an odds ratio above 1",
        "hazard ratio": "a hazard ratio below 1",
    }
    found = [side for parameter, side in sides.items() if parameter in there]
    if any(each.startswith(MEANS) for each in there):
        found.append("a difference of times above 0")
    if found:
        verb = "favour" if len(found) > 1 else "favours"
        text = " and ".join(found)
        yield f"{text[:1].upper()}{text[1:]} {verb} {arm}."


def _notes(own: pl.DataFrame) -> Iterator[str]:
    """Notes of the rows, each once; empty strata have their own."""
    found: list[str] = []
    for row in own.iter_rows(named=True):
        notes = [each for each in row["NOTE"].split("; ") if each]
        if row["ESTIMATE"] is None and row["P_TWO"] is None:
            found += [EMPTY] if _is_lost_by_strata(row, own) else []
            notes = [each for each in notes if not _is_of_maximum(each)]
        joined = "; ".join(notes)
        found += [f"{joined[:1].upper()}{joined[1:]}."] if joined else []
    yield from dict.fromkeys(found)


def _is_lost_by_strata(row: Record, own: pl.DataFrame) -> bool:
    """Whether the same method gives a result without the strata."""
    name = str(row["METHOD"]).partition(",")[0]
    plain = own.filter(
        (pl.col("STRATA") == "")
        & (pl.col("BY") == row["BY"])
        & (pl.col("METHOD").str.split(",").list.first() == name)
    )
    return row["STRATA"] != "" and plain["P_TWO"].is_not_null().any()


def _is_of_maximum(note: str) -> bool:
    return note.startswith((NO_MAXIMUM, "see the log-rank test"))


def _without_variance(results: pl.DataFrame, own: pl.DataFrame) -> list[str]:
    """Whether the difference of restricted means rests on the variance of one arm alone."""
    compared = own.filter(pl.col("PARAMETER").str.starts_with(MEANS) & pl.col("LOW").is_not_null())
    alone = results.filter(
        (pl.col("PARAMETER") == "restricted mean")
        & pl.col("ESTIMATE").is_not_null()
        & pl.col("LOW").is_null()
    )
    if compared.is_empty() or alone.is_empty():
        return []
    arms = ", ".join(alone["ARM"].unique(maintain_order=True).to_list())
    return [
        f"Difference of restricted means: the variance of {arms} is estimated as zero, so its limits are "
        "too narrow."
    ]

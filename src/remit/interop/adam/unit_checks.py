"""Rules about the unit of times as a whole: whether the dates bear it out, and whether anything says it."""

from collections.abc import Iterator, Mapping

import polars as pl

from remit.interop.adam.expected import Expected, is_usable, records
from remit.interop.adam.findings import AdamFinding, listed
from remit.interop.adam.tables import ROW, AdamTables
from remit.interop.adam.time_units import DAYS, IN_TITLE, STATED, unit_of, with_units

MARGIN: Mapping[str, float] = {"day": 0.5, "week": 1.0, "month": 1.0, "year": 2.0}
"""Days by which a time may differ from its dates, by its unit: rounded times of coarser units differ more."""
OTHER_DAYS = 0.03
"""By what part a time in another unit may differ from its dates: months of 30 days are months too."""
MOST = 0.5
SHORT = 100.0
"""Days that the longest time of a study, if it is in days, will hardly fall below."""


def days_of_dates() -> pl.Expr:
    """ADT - STARTDT + 1."""
    return (pl.col("ADT") - pl.col("STARTDT")).dt.total_days() + 1


def looks_like(rows: pl.DataFrame, unit: str) -> str:
    """The unit in which most times agree with their dates, if they do not in ``unit``; empty otherwise.

    A time t agrees in unit u if ``|t DAYS[u] - (ADT - STARTDT + 1)|`` is at most the margin of the unit; in
    another unit than the stated one, at most 3% of the dates more. Most is more than half of the records
    that have time and dates.
    """
    if not {"AVAL", "ADT", "STARTDT"} <= set(rows.columns):
        return ""
    dated = rows.select("AVAL", days_of_dates().alias("#DAYS")).drop_nulls()
    own = (pl.col("AVAL") * DAYS[unit] - pl.col("#DAYS")).abs() > MARGIN[unit] + OTHER_DAYS * pl.col("#DAYS")
    off = dated.filter(own)
    if dated.is_empty() or off.height <= MOST * dated.height:
        return ""
    agreeing = {
        other: off.filter(
            (pl.col("AVAL") * DAYS[other] - pl.col("#DAYS")).abs()
            <= MARGIN[other] + OTHER_DAYS * pl.col("#DAYS")
        ).height
        for other in DAYS
        if other != unit
    }
    best = max(agreeing, key=lambda other: agreeing[other])
    return best if agreeing[best] > MOST * dated.height else ""


def units_agree_with_dates(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """The times of a parameter are in the unit that is said, by their dates."""
    if not tables.has("ADTTE", "AVAL", "PARAMCD"):
        return
    for (code,), part in tables.frame("ADTTE").group_by("PARAMCD", maintain_order=True):
        unit = unit_of(part) or expected.unit
        other = looks_like(part, unit)
        if other:
            origin = "the file" if unit_of(part) else "unit_in_file of the plan"
            yield AdamFinding(
                dataset="ADTTE",
                variable="AVAL",
                rule="units_agree_with_dates",
                found=f"AVAL looks like {other}s: most times are ADT - STARTDT + 1 in {other}s",
                needed=f"times in {unit}s, as {origin} says",
                remedy="mend AVALU or PARAM, or convert AVAL"
                if unit_of(part)
                else f"say the unit in AVALU, or unit_in_file = '{other}' in the plan",
                parameter=str(code or ""),
                rows=listed(part[ROW].to_list()),
                n_rows=part.height,
            )


def units_are_said(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """File, dates or plan say in what unit times are; else a warning, for a run of remit has days."""
    if expected.is_unit_given or tables.run is not None:
        return
    for endpoint in expected.of_kind("time_to_event"):
        if not is_usable(tables, endpoint):
            continue
        own = records(tables, endpoint)
        is_dated = {"ADT", "STARTDT"} <= set(own.columns) and own.drop_nulls(["ADT", "STARTDT"]).height > 0
        said = with_units(own).select(pl.coalesce(STATED, IN_TITLE)).to_series().drop_nulls()
        times = own["AVAL"].drop_nulls().to_list()
        if is_dated or len(said) or not times:
            continue
        longest = max(times)
        short = f"; the longest is {longest:.4g}, short for days: are these months?"
        yield AdamFinding(
            dataset="ADTTE",
            variable="AVAL",
            rule="units_are_said",
            found=f"neither a unit nor dates{short if longest < SHORT else ''}",
            needed="AVALU, a unit at the end of PARAM, or unit_in_file in the plan",
            remedy=f"the times are taken as {expected.unit}s",
            severity="warning",
            parameter=endpoint.parameter,
            rows=listed(own[ROW].to_list()),
            n_rows=own.height,
        )


CHECKS = (units_agree_with_dates, units_are_said)

"""Figures of the results: Kaplan-Meier curves, and cumulative incidence where other events compete."""

from collections.abc import Iterator

import polars as pl

from remit.analysis.competing import incidence_of
from remit.analysis.display_comparisons import main_first
from remit.analysis.display_tables import groups
from remit.analysis.display_text import method_text, p_text, ratio_with_limits, time, title_text, with_limits
from remit.analysis.plan_file import AnalysisPlan, TimeToEvent
from remit.analysis.selecting import ARM, BY
from remit.analysis.time_to_event import arrays, curve_of
from remit.report.figures import incidence_by_arm
from remit.report.figures.survival_by_arm import COLOURS, Group, Survival, figure
from remit.report.records import Figure, Kind


def survival_figures(
    people: pl.DataFrame,
    results: pl.DataFrame,
    endpoint: TimeToEvent,
    plan: AnalysisPlan,
    number: str,
    kind: Kind,
) -> Iterator[Figure]:
    """Curves of an endpoint: in one figure, or one for each part that is analysed apart."""
    pairs = groups(results)
    parts = [("", pairs)] if len(pairs) <= len(COLOURS) else [
        (by, [pair for pair in pairs if pair[0] == by]) for by in dict.fromkeys(by for by, _ in pairs)
    ]  # fmt: skip
    for place, (part, courses) in enumerate(parts, 1):
        drawn = tuple(_group(people, by, arm, endpoint, plan) for by, arm in courses)
        own = number if len(parts) == 1 else f"{number}.{place}"
        yield figure(
            Survival(
                id=f"figure-{own.replace('.', '-')}",
                title=title_text(f"Figure {own}", endpoint, plan, f", {part}" if part else ""),
                groups=drawn,
                unit=plan.time_unit,
                what=f"{endpoint.name}: share without event",
                since=_since(endpoint),
                kind=kind,
                lines=tuple(_lines(results, plan, part)),
            )
        )


def incidence_figure(
    people: pl.DataFrame,
    results: pl.DataFrame,
    endpoint: TimeToEvent,
    plan: AnalysisPlan,
    number: str,
    kind: Kind,
) -> Iterator[Figure]:
    """Cumulative incidence of an endpoint with competing events; none without."""
    if not endpoint.competing:
        return
    curves = {
        ", ".join(filter(None, [arm, by])): incidence_of(
            people.filter((pl.col(BY) == by) & (pl.col(ARM) == arm)), plan
        )
        for by, arm in groups(results)
    }
    yield incidence_by_arm.figure(
        incidence_by_arm.Incidences(
            id=f"figure-{number.replace('.', '-')}",
            title=title_text(f"Figure {number}", endpoint, plan, ": cumulative incidence"),
            curves=curves,
            unit=plan.time_unit,
            what=f"{endpoint.name}: cumulative incidence",
            since=_since(endpoint),
            kind=kind,
        )
    )


def _since(endpoint: TimeToEvent) -> str:
    """From when times are counted: what STARTDT holds."""
    return "first response" if endpoint.among else "randomisation or start"


def _group(people: pl.DataFrame, by: str, arm: str, endpoint: TimeToEvent, plan: AnalysisPlan) -> Group:
    own = people.filter((pl.col(BY) == by) & (pl.col(ARM) == arm))
    values, event = arrays(own)
    title = ", ".join(filter(None, [arm, by]))
    return Group(title=title, time=values, event=event, curve=curve_of(own, endpoint, plan))


def _lines(results: pl.DataFrame, plan: AnalysisPlan, part: str) -> Iterator[str]:
    """Medians and hazard ratio, as sentences of the caption."""
    whole = results.filter((pl.col("SUBGROUP") == "") & ((pl.col("BY") == part) | (pl.lit(part) == "")))
    medians = whole.filter((pl.col("PARAMETER") == "median") & (pl.col("REFERENCE") == ""))
    shown = [
        f"{', '.join(filter(None, [row['ARM'], row['BY']]))} {with_limits(row, time)}"
        for row in medians.iter_rows(named=True)
    ]
    if shown:
        yield f"Median, {plan.time_unit}s ({100 * plan.level:g}% CI): {'; '.join(shown)}."
    if plan.by:
        return
    cox = whole.filter(pl.col("METHOD").str.starts_with("Cox"))
    tests = whole.filter(pl.col("METHOD").str.starts_with("log-rank"))
    if cox.height:
        row = main_first(cox).row(0, named=True)
        yield f"Hazard ratio ({row['METHOD']}): {ratio_with_limits(row)}."
    if tests.height:
        row = main_first(tests).row(0, named=True)
        yield f"{method_text(row['METHOD'])}: p = {p_text(row, plan.sides)}.".replace("= <", "< ")

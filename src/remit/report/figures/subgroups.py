"""Forest of subgroups: one measure of two arms in each level, with its interval and the numbers beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE
from remit.report.records import STAMPS, Figure, Kind

WIDTH, ROW = 300, 24
LOG_TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
LARGEST = 20.0
"""Limits of a ratio are drawn up to it and down to its inverse; the text beside says what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One line: its label, counts and estimate as text, and the numbers that are drawn; None is not drawn."""

    label: str
    counts: str
    text: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """What is drawn: the lines, the measure, and on which side it favours whom."""

    id: str
    title: str
    levels: tuple[Level, ...]
    measure: str
    counts: str
    is_ratio: bool
    favours: tuple[str, str]
    kind: Kind
    caption: str


def figure(forest: Forest) -> Figure:
    """The figure; size of a mark is that of the subgroup."""
    return Figure(
        id=forest.id,
        title=forest.title,
        spec=_spec(forest) if forest.levels else None,
        caption=f"{forest.caption} Left of the line favours {forest.favours[0]}, right {forest.favours[1]}.",
        n=f"{forest.levels[0].n:,} subjects in all" if forest.levels else "",
        kind=forest.kind,
    )


def _spec(forest: Forest) -> dict[str, Any]:
    rows = [_drawn(level, is_ratio=forest.is_ratio) for level in forest.levels]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    order = [level.label for level in forest.levels]
    ends = [each for name in ("LOW", "HIGH") for each in frame[name].drop_nulls().to_list()]
    null = 1.0 if forest.is_ratio else 0.0
    low, high = min([*ends, null]), max([*ends, null])
    if forest.is_ratio:
        ticks = [each for each in LOG_TICKS if low / 1.3 <= each <= high * 1.3]
        scale = alt.Scale(type="log", domain=[low / 1.1, high * 1.1], nice=False)
        axis = alt.Axis(title=forest.measure, values=ticks, format="~g", labelFlush=False)
    else:
        scale, axis = alt.Scale(nice=True), alt.Axis(title=forest.measure)
    y = alt.Y("LABEL:N", sort=order, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False))
    base = alt.Chart(inline(frame))
    x = alt.X("LOW:Q", scale=scale, axis=axis)
    line = alt.Chart(inline(pl.DataFrame({"NULL": [null]}))).mark_rule(color="#888888", strokeDash=[3, 3])
    interval = base.transform_filter("isValid(datum.LOW)").mark_rule(strokeWidth=1.6, color=BLUE)
    point = base.transform_filter("isValid(datum.ESTIMATE)").mark_square(opacity=1, color=BLUE)
    size = alt.Size("N:Q", legend=None, scale=alt.Scale(range=[35, 150]))
    tips = [
        alt.Tooltip("LABEL:N", title="subgroup"),
        alt.Tooltip("COUNTS:N", title=forest.counts),
        alt.Tooltip("TEXT:N", title=forest.measure),
    ]
    drawn = alt.layer(
        line.encode(x=alt.X("NULL:Q", scale=scale, axis=axis)),
        interval.encode(y=y, x=x, x2="HIGH:Q"),
        point.encode(y=y, x=alt.X("ESTIMATE:Q", scale=scale, axis=axis), size=size, tooltip=tips),
    ).properties(width=WIDTH, height=alt.Step(ROW))
    side = alt.Y("LABEL:N", sort=order, axis=None)
    beside = [
        base.mark_text(align="left", fontSize=11)
        .encode(y=side, x=alt.value(0), text=column)
        .properties(width=width, height=alt.Step(ROW), title=_heading(title))
        for column, title, width in (
            ("COUNTS:N", forest.counts, 150),
            ("TEXT:N", forest.measure, 150),
        )
    ]
    chart = alt.hconcat(drawn, *beside, spacing=12).resolve_scale(y="independent")
    return specification(chart, STAMPS[forest.kind].rstrip("."))


def _heading(title: str) -> alt.TitleParams:
    return alt.TitleParams(title, anchor="start", fontSize=11, fontWeight="normal")


def _drawn(level: Level, *, is_ratio: bool) -> Mapping[str, object]:
    """One line as it is drawn; limits of a ratio cut off at the edge."""

    def cut(value: float | None) -> float | None:
        if value is None or not is_ratio:
            return value
        return min(max(value, 1 / LARGEST), LARGEST)

    has_mark = level.estimate is not None and (not is_ratio or 1 / LARGEST <= level.estimate <= LARGEST)
    return {
        "LABEL": level.label,
        "COUNTS": level.counts,
        "TEXT": level.text,
        "ESTIMATE": level.estimate if has_mark else None,
        "LOW": cut(level.low),
        "HIGH": cut(level.high),
        "N": level.n,
    }

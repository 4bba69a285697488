"""Forest of subgroups: one measure of two arms in each level, with its interval and the numbers beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE
from remit.report.records import STAMPS, Figure, Kind

WIDTH, ROW, LONGEST = 320, 24, 54
LOG_TICKS = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
LARGEST = 16.0
"""Limits of a ratio are drawn up to it and down to its inverse; the text beside says what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One line: its label, counts and estimate as text, and the numbers that are drawn; None is not drawn."""

    label: str
    one: str
    other: str
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
    headings: tuple[str, str]
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
        caption=forest.caption,
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
        ticks = ratio_ticks(low, high)
        scale = alt.Scale(type="log", domain=[ticks[0] / 1.05, ticks[-1] * 1.05], nice=False)
        axis = alt.Axis(title=_under(forest), values=ticks, format="~g", labelFlush=False)
    else:
        scale, axis = alt.Scale(nice=True), alt.Axis(title=_under(forest))
    y = alt.Y("LABEL:N", sort=order, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False))
    base = alt.Chart(inline(frame))
    x = alt.X("LOW:Q", scale=scale, axis=axis)
    line = alt.Chart(inline(pl.DataFrame({"NULL": [null]}))).mark_rule(color="#888888", strokeDash=[3, 3])
    interval = base.transform_filter("isValid(datum.LOW)").mark_rule(strokeWidth=1.6, color=BLUE)
    point = base.transform_filter("isValid(datum.ESTIMATE)").mark_square(opacity=1, color=BLUE)
    size = alt.Size("N:Q", legend=None, scale=alt.Scale(range=[35, 150]))
    tips = [
        alt.Tooltip("LABEL:N", title="subgroup"),
        alt.Tooltip("ONE:N", title=forest.headings[0].replace("\n", ", ")),
        alt.Tooltip("OTHER:N", title=forest.headings[1].replace("\n", ", ")),
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
            ("ONE:N", forest.headings[0], 105),
            ("OTHER:N", forest.headings[1], 105),
            ("TEXT:N", forest.measure, 120),
        )
    ]
    chart = alt.hconcat(drawn, *beside, spacing=12).resolve_scale(y="independent")
    return specification(chart, STAMPS[forest.kind].rstrip("."))


def _heading(title: str) -> alt.TitleParams:
    lines = [part for line in title.split("\n") for part in wrap(line, 18)]
    return alt.TitleParams(lines, anchor="start", fontSize=11, fontWeight="normal")


def ratio_ticks(low: float, high: float) -> list[float]:
    """Powers of two around the limits, at least from one half to two."""
    first = max((each for each in LOG_TICKS if each <= min(low, 0.5)), default=LOG_TICKS[0])
    last = min((each for each in LOG_TICKS if each >= max(high, 2.0)), default=LOG_TICKS[-1])
    return [each for each in LOG_TICKS if first <= each <= last]


def _under(forest: Forest) -> list[str]:
    """Title of the axis: the measure, and whom each side favours; on lines of their own if they are long."""
    left, right = (f"\u2190 favours {forest.favours[0]}", f"favours {forest.favours[1]} \u2192")
    sides = [f"{left}  |  {right}"] if len(left) + len(right) <= LONGEST else [left, right]
    return [forest.measure, *sides]


def _drawn(level: Level, *, is_ratio: bool) -> Mapping[str, object]:
    """One line as it is drawn; limits of a ratio cut off at the edge."""

    def cut(value: float | None) -> float | None:
        if value is None or not is_ratio:
            return value
        return min(max(value, 1 / LARGEST), LARGEST)

    has_mark = level.estimate is not None and (not is_ratio or 1 / LARGEST <= level.estimate <= LARGEST)
    return {
        "LABEL": level.label,
        "ONE": level.one,
        "OTHER": level.other,
        "TEXT": level.text,
        "ESTIMATE": level.estimate if has_mark else None,
        "LOW": cut(level.low),
        "HIGH": cut(level.high),
        "N": level.n,
    }

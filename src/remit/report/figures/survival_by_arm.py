"""Kaplan-Meier curves of the arms of an analysis: steps, censoring, pointwise limits, numbers at risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from remit.report.records import STAMPS, Figure, Kind
from remit.stats.estimate import Booleans, Floats
from remit.stats.survival.kaplan_meier import Curve, numbers_at_risk

COLOURS = (BLUE, VERMILION, GREEN, ORANGE, SKY, GREY)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 3])
"""Told apart without colour too."""
MOST_POINTS = 300
"""Steps drawn of a curve; a longer one is drawn on as many times, evenly spaced."""
MOST_MARKS = 200
"""Censored times drawn of a curve; more of them would be a line."""
MOST_BANDS = 2
"""Curves up to which pointwise limits are drawn: more bands hide one another."""
WIDTH, HEIGHT, MOST_TICKS = 600, 300, 13
STEPS = (1, 2, 3, 6, 12, 24, 48, 96)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One curve: its title, the times and events behind it, and the estimate."""

    title: str
    time: Floats
    event: Booleans
    curve: Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What is drawn: curves, the axes, and what stands beside them."""

    id: str
    title: str
    groups: tuple[Group, ...]
    unit: str
    what: str
    since: str
    kind: Kind
    lines: tuple[str, ...] = field(default=())


def figure(drawn: Survival) -> Figure:
    """The figure; ``lines`` such as the hazard ratio become its caption."""
    n = "; ".join(f"{each.title}: {each.time.size:,}" for each in drawn.groups)
    band = " Bands are pointwise confidence limits." if len(drawn.groups) <= MOST_BANDS else ""
    marks = " Vertical ticks are censored times." if _has_marks(drawn) else ""
    return Figure(
        id=drawn.id,
        title=drawn.title,
        spec=_spec(drawn) if drawn.groups else None,
        caption=" ".join(drawn.lines) + marks + band,
        n=n,
        kind=drawn.kind,
    )


def _has_marks(drawn: Survival) -> bool:
    return any(0 < np.unique(each.time[~each.event]).size <= MOST_MARKS for each in drawn.groups)


def _spec(drawn: Survival) -> dict[str, Any]:
    longest = max(float(each.time.max(initial=0.0)) for each in drawn.groups) or 1.0
    step = next((each for each in STEPS if longest / each <= MOST_TICKS - 1), STEPS[-1])
    end = float(np.ceil(longest / step) * step)
    ticks = np.arange(0, end + step / 2, step)
    titles = [each.title for each in drawn.groups]
    legend = alt.Legend(
        title=None, orient="top", columns=2, symbolType="stroke", symbolSize=400, symbolStrokeWidth=2.5
    )
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(titles))]
    dashes = [DASHES[place % len(DASHES)] for place in range(len(titles))]
    colour = alt.Color("ARM:N", scale=alt.Scale(domain=titles, range=colours), legend=legend)
    dash = alt.StrokeDash("ARM:N", scale=alt.Scale(domain=titles, range=dashes), legend=legend)
    scale = alt.Scale(domain=[0, end], nice=False)
    x = alt.X(
        "T:Q", scale=scale, axis=alt.Axis(title=f"{drawn.unit}s since {drawn.since}", values=ticks.tolist())
    )
    y = alt.Y("S:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=drawn.what))
    tips = [
        alt.Tooltip("ARM:N", title="arm"),
        alt.Tooltip("T:Q", title=drawn.unit, format=".2f"),
        alt.Tooltip("S:Q", title=drawn.what, format=".1%"),
    ]
    steps = alt.Chart(alt.NamedData("steps"))
    layers: list[alt.Chart] = []
    if len(titles) <= MOST_BANDS:
        layers.append(
            steps.transform_filter("datum.LOW !== null")
            .mark_area(interpolate="step-after", opacity=0.13)
            .encode(
                x=x,
                y=alt.Y("LOW:Q"),
                y2="HIGH:Q",
                fill=alt.Fill("ARM:N", scale=alt.Scale(domain=titles, range=colours), legend=None),
            )
        )
    layers.append(
        steps.mark_line(interpolate="step-after", strokeWidth=1.8).encode(
            x=x, y=y, color=colour, strokeDash=dash, tooltip=tips
        )
    )
    marks = _marks(drawn)
    if marks:
        layers.append(
            alt.Chart(alt.NamedData("marks"))
            .mark_tick(orient="vertical", size=9, thickness=1.1, opacity=0.8)
            .encode(x=x, y=y, color=colour, tooltip=tips[:2])
        )
    curves = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    chart = alt.vconcat(curves, _at_risk(drawn, ticks, scale, colours), spacing=6)
    independent = chart.resolve_scale(color="independent", strokeDash="independent")
    # Data are added to the finished specification: Altair would check and copy every point, many times.
    data = {"steps": _steps(drawn), **({"marks": marks} if marks else {})}
    found = specification(independent, STAMPS[drawn.kind].rstrip("."))
    return found | {"datasets": found.get("datasets", {}) | data}


def _steps(drawn: Survival) -> list[Mapping[str, object]]:
    """Points of every curve, from time zero to its last time."""
    return [
        {"ARM": group.title, "T": t, "S": s, "LOW": low, "HIGH": high}
        for group in drawn.groups
        for t, s, low, high in _points(group)
    ]


def _points(group: Group) -> list[tuple[float, float, float | None, float | None]]:
    curve = group.curve
    is_drawn = curve.events > 0
    is_drawn[-1:] = True
    places = np.flatnonzero(is_drawn)
    if places.size > MOST_POINTS:
        places = places[np.unique(np.linspace(0, places.size - 1, MOST_POINTS).round().astype(int))]
    points: list[tuple[float, float, float | None, float | None]] = [(0.0, 1.0, 1.0, 1.0)]
    points += [
        (
            round(float(curve.time[i]), 4),
            round(float(curve.survival[i]), 5),
            _limit(curve.low[i]),
            _limit(curve.high[i]),
        )
        for i in places
    ]
    return points


def _limit(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 5)


def _marks(drawn: Survival) -> list[Mapping[str, object]]:
    """Censored times, at the height of their curve."""
    found: list[Mapping[str, object]] = []
    for group in drawn.groups:
        times = np.unique(group.time[~group.event])
        if times.size > MOST_MARKS:
            continue
        heights = np.concatenate([[1.0], group.curve.survival])
        places = np.searchsorted(group.curve.time, times, side="right")
        found += [
            {"ARM": group.title, "T": round(float(t), 4), "S": round(float(heights[i]), 5)}
            for t, i in zip(times, places, strict=True)
        ]
    return found


def _at_risk(drawn: Survival, ticks: Floats, scale: alt.Scale, colours: Sequence[str]) -> alt.Chart:
    """Numbers at risk under the curves, a line for each."""
    titles = [each.title for each in drawn.groups]
    rows = [
        {"ARM": group.title, "T": float(t), "N": int(n)}
        for group in drawn.groups
        for t, n in zip(ticks, numbers_at_risk(group.time, ticks), strict=True)
    ]
    axis = alt.Axis(title=None, grid=False, domain=False, ticks=False, labelPadding=16, labelLimit=260)
    return (
        alt.Chart(inline(pl.DataFrame(rows)))
        .mark_text(fontSize=10)
        .encode(
            x=alt.X("T:Q", scale=scale, axis=None),
            y=alt.Y("ARM:N", sort=titles, axis=axis),
            text=alt.Text("N:Q", format=","),
            color=alt.Color("ARM:N", scale=alt.Scale(domain=titles, range=list(colours)), legend=None),
        )
        .properties(
            width=WIDTH,
            height=alt.Step(15),
            title=alt.TitleParams("at risk", anchor="start", fontSize=11, fontWeight="normal"),
        )
    )

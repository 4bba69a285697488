"""Response by basket: the rate and interval of each on its own, and what it is with what it borrows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, ORANGE, VERMILION
from remit.report.records import STAMPS, Figure, Kind

WIDTH, STEP = 420, 22
OWN, BORROWED = "on its own", "with borrowing"
NULL = "p0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A rate with its limits."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """One basket: patients and responders, its null hypothesis, and one or two intervals."""

    name: str
    n: int
    responders: int
    p0: float
    own: Interval
    borrowed: Interval | None
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketForest:
    """What is drawn; ``intervals`` says what the limits are."""

    id: str
    title: str
    lines: tuple[BasketLine, ...]
    intervals: str
    kind: Kind


def figure(drawn: BasketForest) -> Figure:
    """Forest of the baskets; without borrowing only their own intervals are drawn."""
    borrows = any(each.borrowed is not None for each in drawn.lines)
    both = " Diamonds are on their own; circles borrow from the other baskets." if borrows else ""
    stopped = [each.name for each in drawn.lines if each.stopped]
    early = f" Stopped early: {', '.join(stopped)}." if stopped else ""
    return Figure(
        id=drawn.id,
        title=drawn.title,
        spec=_spec(drawn, borrows=borrows) if drawn.lines else None,
        caption=f"{drawn.intervals} The tick is the rate of no interest.{both}{early}",
        n="; ".join(f"{each.name}: {each.responders} of {each.n}" for each in drawn.lines),
        kind=drawn.kind,
    )


def _spec(drawn: BasketForest, *, borrows: bool) -> dict[str, Any]:
    kinds = [OWN, BORROWED] if borrows else [OWN]
    frame = pl.DataFrame([row for each in drawn.lines for row in _rows(each)])
    names = [_label(each) for each in drawn.lines]
    nulls = pl.DataFrame([{"NAME": _label(each), "P0": each.p0} for each in drawn.lines])
    y = alt.Y("NAME:N", sort=names, title=None, axis=alt.Axis(grid=False, labelLimit=320))
    offset = alt.YOffset("KIND:N", sort=kinds)
    legend = alt.Legend(title=None, orient="top") if borrows else None
    colour = alt.Color(
        "KIND:N", scale=alt.Scale(domain=kinds, range=[BLUE, ORANGE][: len(kinds)]), legend=legend
    )
    shape = alt.Shape(
        "KIND:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle"][: len(kinds)]), legend=legend
    )
    axis = alt.Axis(format="%", title="response rate")
    scale = alt.Scale(domain=[0, 1])
    tips = [
        alt.Tooltip("NAME:N", title="basket"),
        alt.Tooltip("KIND:N", title="analysis"),
        alt.Tooltip("RATE:Q", title="response rate", format=".1%"),
        alt.Tooltip("LOW:Q", title="from", format=".1%"),
        alt.Tooltip("HIGH:Q", title="to", format=".1%"),
    ]
    base = alt.Chart(inline(frame))
    rules = base.mark_rule(strokeWidth=1.6).encode(
        y=y, yOffset=offset, x=alt.X("LOW:Q", scale=scale, axis=axis), x2="HIGH:Q", color=colour
    )
    points = base.mark_point(size=75, filled=True, opacity=1).encode(
        y=y,
        yOffset=offset,
        x=alt.X("RATE:Q", scale=scale, axis=axis),
        color=colour,
        shape=shape,
        tooltip=tips,
    )
    ticks = (
        alt.Chart(inline(nulls))
        .mark_tick(thickness=2, size=STEP * len(kinds) - 6, color=VERMILION)
        .encode(
            y=y,
            x=alt.X("P0:Q", scale=scale, axis=axis),
            tooltip=[alt.Tooltip("P0:Q", title=NULL, format=".1%")],
        )
    )
    height = alt.Step(STEP * len(kinds), **{"for": "position"})
    return specification(
        alt.layer(ticks, rules, points).properties(width=WIDTH, height=height), STAMPS[drawn.kind].rstrip(".")
    )


def _label(each: BasketLine) -> str:
    return f"{each.name} ({each.responders}/{each.n})"


def _rows(each: BasketLine) -> list[Mapping[str, object]]:
    found = [(OWN, each.own)] + ([] if each.borrowed is None else [(BORROWED, each.borrowed)])
    return [
        {
            "NAME": _label(each),
            "KIND": kind,
            "RATE": round(value.rate, 5),
            "LOW": round(value.low, 5),
            "HIGH": round(value.high, 5),
        }
        for kind, value in found
    ]

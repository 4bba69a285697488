"""Dose escalation over many trials: patients and DLTs at each dose, and how often each dose is selected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, GREY, SKY, VERMILION
from remit.report.records import STAMPS, Figure, Kind

WIDTH, HEIGHT = 250, 230
ESCALATION, BACKFILL, DLTS = "in cohorts", "back-filled", "with a DLT"
WIDE = 1.96
"""Monte Carlo standard errors on either side of a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One dose: mean patients a trial, back-filled ones and DLTs among them, and shares of trials.

    ``selected`` has the Monte Carlo standard error ``selected_mcse``; ``true_dlt`` is the rate of the pool,
    None if not known.
    """

    label: str
    patients: float
    backfilled: float
    dlts: float
    selected: float
    selected_mcse: float
    true_dlt: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What is drawn: doses from the lowest, the target, and how often no dose is selected."""

    id: str
    title: str
    doses: tuple[Dose, ...]
    target: float
    none_selected: float
    what: str
    trials: int
    kind: Kind = "simulated"


def figure(drawn: Escalation) -> Figure:
    """The figure: patients at each dose, selection, and true rate of DLT against the target."""
    return Figure(
        id=drawn.id,
        title=drawn.title,
        spec=_spec(drawn) if drawn.doses else None,
        caption=(
            "Left: mean patients a trial. Middle: share of trials that select the dose, with 95% Monte Carlo "
            f"interval; {drawn.none_selected:.1%} select none. Right: true rate of dose-limiting toxicity in "
            f"the pool; the dashed line is the target of {drawn.target:.0%}."
        ),
        n=f"{drawn.trials:,} simulated trials",
        kind=drawn.kind,
    )


def _spec(drawn: Escalation) -> dict[str, Any]:
    chart = alt.hconcat(_patients(drawn), _selected(drawn), _true(drawn), spacing=24)
    return specification(chart.resolve_scale(color="independent"), STAMPS[drawn.kind].rstrip("."))


def _x(drawn: Escalation) -> alt.X:
    labels = [each.label for each in drawn.doses]
    return alt.X("DOSE:N", sort=labels, title=None, axis=alt.Axis(labelAngle=0, grid=False, labelLimit=90))


def _patients(drawn: Escalation) -> alt.LayerChart | alt.FacetChart:
    rows: list[Mapping[str, object]] = []
    for each in drawn.doses:
        cohorts = each.patients - each.backfilled
        rows += [
            {"DOSE": each.label, "WHO": ESCALATION, "N": round(cohorts, 3), "ORDER": 0},
            {"DOSE": each.label, "WHO": BACKFILL, "N": round(each.backfilled, 3), "ORDER": 1},
        ]
    dlts = pl.DataFrame([{"DOSE": each.label, "WHO": DLTS, "N": round(each.dlts, 3)} for each in drawn.doses])
    domain, colours = [ESCALATION, BACKFILL, DLTS], [BLUE, SKY, VERMILION]
    colour = alt.Color(
        "WHO:N",
        scale=alt.Scale(domain=domain, range=colours),
        legend=alt.Legend(title=None, orient="top", columns=3),
    )
    tips = [
        alt.Tooltip("DOSE:N", title="dose"),
        alt.Tooltip("WHO:N", title="patients"),
        alt.Tooltip("N:Q", title="mean a trial", format=".2f"),
    ]
    y = alt.Y("N:Q", title="patients a trial")
    bars = (
        alt.Chart(inline(pl.DataFrame(rows)))
        .mark_bar()
        .encode(x=_x(drawn), y=y, color=colour, order=alt.Order("ORDER:Q"), tooltip=tips)
    )
    marks = (
        alt.Chart(inline(dlts))
        .mark_tick(thickness=3, size=26, opacity=1)
        .encode(x=_x(drawn), y=y, color=colour, tooltip=tips)
    )
    return alt.layer(bars, marks).properties(width=WIDTH, height=HEIGHT)


def _selected(drawn: Escalation) -> alt.LayerChart | alt.FacetChart:
    frame = pl.DataFrame(
        [
            {
                "DOSE": each.label,
                "SHARE": round(each.selected, 5),
                "LOW": round(max(each.selected - WIDE * each.selected_mcse, 0.0), 5),
                "HIGH": round(min(each.selected + WIDE * each.selected_mcse, 1.0), 5),
            }
            for each in drawn.doses
        ]
    )
    base = alt.Chart(inline(frame))
    axis = alt.Axis(format="%", title=f"trials that select the dose as {drawn.what}")
    tips = [
        alt.Tooltip("DOSE:N", title="dose"),
        alt.Tooltip("SHARE:Q", title="selected", format=".1%"),
        alt.Tooltip("LOW:Q", title="from", format=".1%"),
        alt.Tooltip("HIGH:Q", title="to", format=".1%"),
    ]
    y = alt.Y("SHARE:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    bars = base.mark_bar(color=BLUE).encode(x=_x(drawn), y=y, tooltip=tips)
    errors = base.mark_rule(color="black").encode(x=_x(drawn), y=alt.Y("LOW:Q"), y2="HIGH:Q")
    return alt.layer(bars, errors).properties(width=WIDTH, height=HEIGHT)


def _true(drawn: Escalation) -> alt.LayerChart | alt.FacetChart:
    rates = [
        {"DOSE": each.label, "RATE": round(each.true_dlt, 5)}
        for each in drawn.doses
        if each.true_dlt is not None
    ]
    frame = pl.DataFrame(rates, schema={"DOSE": pl.String, "RATE": pl.Float64})
    axis = alt.Axis(format="%", title="true rate of dose-limiting toxicity")
    y = alt.Y("RATE:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    tips = [alt.Tooltip("DOSE:N", title="dose"), alt.Tooltip("RATE:Q", title="true rate", format=".1%")]
    points = (
        alt.Chart(inline(frame)).mark_point(size=90, filled=True, color=GREY, opacity=1)
        .encode(x=_x(drawn), y=y, tooltip=tips)
    )  # fmt: skip
    line = alt.Chart(inline(pl.DataFrame({"RATE": [drawn.target]})))
    rule = line.mark_rule(strokeDash=[5, 3], color=VERMILION).encode(y=y)
    return alt.layer(rule, points).properties(width=WIDTH, height=HEIGHT)

"""Predicted and published response rates in one column; they never look alike."""

from collections.abc import Mapping

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.headline import responses
from remit.report.labels import BLUE, course_title
from remit.report.records import Figure
from remit.report.tabled import Report

SIMULATED, PUBLISHED, RECALLED = (
    "simulated (90% predictive interval)",
    "published (exact 95% interval)",
    "published, recalled",
)
GROUPS = {
    "oral": "Published: oral",
    "antibody": "Published: antibody",
    "immunochemotherapy": "Published: immunochemotherapy and mixed",
    "car_t": "Published: CAR-T",
}


def figure(report: Report) -> Figure:
    """Forest of response rates: simulated arms, published results of the reference drug, other therapies."""
    rows = _simulated(report) + _reference(report) + _others(report)
    return Figure(
        id="figure-forest",
        title="Response rates side by side",
        spec=_spec(rows) if rows else None,
        caption=(
            "Hollow diamonds are simulated, filled squares are published; an open square marks a "
            "published record that is recalled and not yet checked. Populations, readers, modality and "
            "time of response differ, so this is no comparison between treatments. Records of the same "
            "patients appear more than once where a label and a paper differ."
        ),
        n="in the labels",
    )


def _simulated(report: Report) -> list[Mapping[str, object]]:
    return [
        {
            "GROUP": "This simulation",
            "NAME": course_title(str(each["ARM"]), str(each["SCENARIO"]), report.facts)
            + f" (n = {each['N']})",
            "KIND": SIMULATED,
            "ORR": each["ORR"],
            "LOW": each["LOW"],
            "HIGH": each["HIGH"],
        }
        for each in responses(report)
    ]


def _reference(report: Report) -> list[Mapping[str, object]]:
    return [
        {
            "GROUP": f"Published: {report.facts.reference}",
            "NAME": f"{each.trial}, {each.population} (n = {each.n})",
            "KIND": RECALLED if each.recalled else PUBLISHED,
            "ORR": each.orr,
            "LOW": each.orr_low,
            "HIGH": each.orr_high,
        }
        for each in report.facts.published
        if each.orr is not None
    ]


def _others(report: Report) -> list[Mapping[str, object]]:
    known = report.table("comparators").filter(pl.col("ORR").is_not_null())
    rows = [
        {
            "GROUP": GROUPS.get(each["FEASIBILITY"], each["FEASIBILITY"]),
            "NAME": f"{each['THERAPY']} (n = {each['N']})",
            "KIND": RECALLED if each["CONFIDENCE"] == "recalled" else PUBLISHED,
            "ORR": each["ORR"],
            "LOW": each["ORRLCL"],
            "HIGH": each["ORRUCL"],
        }
        for each in known.sort("ORR", "ID", descending=[True, False]).iter_rows(named=True)
    ]
    order = list(GROUPS.values())
    return sorted(
        rows, key=lambda row: order.index(str(row["GROUP"])) if row["GROUP"] in order else len(order)
    )


def _spec(rows: list[Mapping[str, object]]) -> dict[str, object]:
    frame = pl.DataFrame(rows)
    groups = frame["GROUP"].unique(maintain_order=True).to_list()
    base = alt.Chart(inline(frame))
    y = alt.Y("NAME:N", title=None, sort=frame["NAME"].to_list(), axis=alt.Axis(grid=False, labelLimit=520))
    kinds = [SIMULATED, PUBLISHED, RECALLED]
    colour = alt.Color(
        "KIND:N", scale=alt.Scale(domain=kinds, range=[BLUE, "#222222", "#222222"]), legend=None
    )
    shape = alt.Shape(
        "KIND:N", scale=alt.Scale(domain=kinds, range=["diamond", "square", "square"]), legend=None
    )
    stroke = alt.Stroke(
        "KIND:N", scale=alt.Scale(domain=kinds, range=[BLUE, "#222222", "#222222"]), legend=None
    )
    fill = alt.Fill("KIND:N", scale=alt.Scale(domain=kinds, range=["white", "#222222", "white"]), legend=None)
    dash = alt.StrokeDash(
        "KIND:N", scale=alt.Scale(domain=kinds, range=[[5, 3], [1, 0], [1, 0]]), legend=None
    )
    x = alt.X(
        "LOW:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title="overall response rate")
    )
    lines = base.mark_rule(strokeWidth=1.5).encode(y=y, x=x, x2="HIGH:Q", color=colour, strokeDash=dash)
    marks = base.mark_point(size=70, opacity=1, strokeWidth=1.5).encode(
        y=y, x="ORR:Q", shape=shape, stroke=stroke, fill=fill
    )
    layered = (lines + marks).properties(width=430, height=alt.Step(19))
    header = alt.Header(labelAlign="left", labelAnchor="start", labelOrient="top")
    chart = layered.facet(
        row=alt.Row("GROUP:N", sort=groups, header=header, title=None), spacing=8
    ).resolve_scale(y="independent")
    return specification(chart)

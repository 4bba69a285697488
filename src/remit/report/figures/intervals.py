"""Predicted response rate with its 90% interval, whole and split into its two parts."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.headline import responses
from remit.report.labels import BLUE, GREY, ORANGE, course_title
from remit.report.records import Figure
from remit.report.tabled import Report, unanswered

PARTS = (
    ("what a trial would observe", "LOW", "HIGH", GREY),
    ("parameter uncertainty alone", "PLOW", "PHIGH", BLUE),
    ("trial sampling alone", "SLOW", "SHIGH", ORANGE),
)


def figure(report: Report) -> Figure:
    """Intervals of the response rate by arm and scenario."""
    found = responses(report)
    return Figure(
        id="figure-response-intervals",
        title="Predicted response rate with 90% intervals",
        spec=_spec(found, report) if found else None,
        absent=unanswered(report),
        caption=(
            "Bar: 5th to 95th percentile. Mark: mean. The grey bar is what a single trial of this size "
            "would observe; the blue and the orange bar show how wide it would be if only the parameters,"
            " or only the patients of the trial, were left to chance."
        ),
        n=""
        if not found
        else f"{found[0]['REPLICATES']:,} simulated trials of {found[0]['N']} patients per arm and scenario, "
        f"{found[0]['DRAWS']} parameter draws",
    )


def _spec(found: list[dict[str, float | int | str | None]], report: Report) -> dict[str, object]:
    rows = [
        {
            "COURSE": course_title(str(each["ARM"]), str(each["SCENARIO"]), report.facts),
            "PART": part,
            "LOW": each[low],
            "HIGH": each[high],
            "ORR": each["ORR"],
        }
        for each in found
        for part, low, high, _ in PARTS
    ]
    order, parts = [str(row["COURSE"]) for row in rows[:: len(PARTS)]], [part for part, *_ in PARTS]
    colour = alt.Color(
        "PART:N",
        scale=alt.Scale(domain=parts, range=[colour for *_, colour in PARTS]),
        legend=alt.Legend(title=None, orient="top", symbolType="stroke", symbolStrokeWidth=5, symbolSize=300),
    )
    y = alt.Y("COURSE:N", sort=order, title=None, axis=alt.Axis(grid=False))
    offset = alt.YOffset("PART:N", sort=parts)
    base = alt.Chart(inline(pl.DataFrame(rows)))
    axis = alt.Axis(format="%", title="overall response rate")
    bars = base.mark_rule(strokeWidth=5, strokeCap="round").encode(
        y=y,
        yOffset=offset,
        x=alt.X("LOW:Q", scale=alt.Scale(domain=[0, 1]), axis=axis),
        x2="HIGH:Q",
        color=colour,
    )
    marks = (
        base.transform_filter(f"datum.PART == '{parts[0]}'")
        .mark_point(shape="diamond", filled=True, size=110, color="white", stroke="black", opacity=1)
        .encode(y=y, yOffset=offset, x="ORR:Q")
    )
    return specification((bars + marks).properties(width=560, height=alt.Step(18)))

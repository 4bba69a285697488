"""Shares of the variance of the observed response rate by where they come from."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import course_scales, inline, specification
from remit.report.labels import BLUE, GREEN, ORANGE, PALE, SKY, VERMILION, with_titles
from remit.report.records import Figure
from remit.report.tabled import Report

COLOURS = {
    "potency and exposure": BLUE,
    "maximum kill of the drug": VERMILION,
    "half-life": "#F0E442",
    "disease biology": GREEN,
    "other values and interactions": SKY,
    "parameter uncertainty": PALE,
    "trial sampling": ORANGE,
}
"""Sources in the order in which they are stacked."""


def figure(report: Report) -> Figure:
    """Stacked bar of variance shares for each arm and scenario."""
    variance = report.table("variance")
    return Figure(
        id="figure-variance",
        title="Where the width of the interval comes from",
        spec=None if variance.is_empty() else _spec(variance, report),
        caption=(
            "Share of the variance of the response rate that a trial would observe. Shares are estimates;"
            " their Monte Carlo errors are in the table. Sources are told apart in the scenarios of the"
            " sensitivity analysis; elsewhere they are parameter uncertainty as one. Other values and"
            " interactions: what the named sources leave of it."
        ),
        n="",
    )


def _spec(variance: pl.DataFrame, report: Report) -> dict[str, object]:
    titles, _, _ = course_scales(variance, report.facts)
    unknown = sorted(set(variance["SOURCE"].to_list()) - set(COLOURS))
    known = {**COLOURS, **dict.fromkeys(unknown, "#000000")}
    sources = [source for source in known if source in variance["SOURCE"].to_list()]
    data = inline(
        with_titles(variance, report.facts).select(
            "COURSE",
            "SOURCE",
            pl.col("SHARE").clip(0, None),
            PLACE=pl.col("SOURCE").replace_strict(
                {source: place for place, source in enumerate(sources)}, return_dtype=pl.Int32
            ),
        )
    )
    chart = (
        alt.Chart(data)
        .mark_bar(height=14)
        .encode(
            y=alt.Y("COURSE:N", sort=titles, title=None, axis=alt.Axis(grid=False)),
            x=alt.X(
                "SHARE:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", title="share of variance"),
            ),
            color=alt.Color(
                "SOURCE:N",
                scale=alt.Scale(domain=sources, range=[known[source] for source in sources]),
                legend=alt.Legend(title=None, orient="top", columns=3),
            ),
            order=alt.Order("PLACE:Q"),
        )
        .properties(width=520, height=alt.Step(22))
    )
    return specification(chart)

"""Shares of the variance of the observed response rate by where they come from."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import course_scales, inline, specification
from remit.report.labels import BLUE, GREEN, ORANGE, SKY, VERMILION, with_titles
from remit.report.records import Figure
from remit.report.tabled import Report


def figure(report: Report) -> Figure:
    """Stacked bar of variance shares for each arm and scenario."""
    variance = report.table("variance")
    return Figure(
        id="figure-variance",
        title="Where the width of the interval comes from",
        spec=None if variance.is_empty() else _spec(variance, report),
        caption=(
            "Share of the variance of the response rate that a trial would observe. Shares are estimates;"
            " their Monte Carlo errors are in the table. Interactions between sources are what is missing"
            " to 100%."
        ),
        n="",
    )


def _spec(variance: pl.DataFrame, report: Report) -> dict[str, object]:
    titles, _, _ = course_scales(variance, report.facts)
    sources = sorted(variance["SOURCE"].unique().to_list(), key=lambda name: (name == "trial sampling", name))
    colours = [*(BLUE, VERMILION, GREEN, SKY, "#CC79A7", "#F0E442", "#000000")[: len(sources) - 1], ORANGE]
    data = inline(
        with_titles(variance, report.facts).select("COURSE", "SOURCE", pl.col("SHARE").clip(0, None))
    )
    chart = (
        alt.Chart(data)
        .mark_bar(height=14)
        .encode(
            y=alt.Y("COURSE:N", sort=titles, title=None, axis=alt.Axis(grid=False)),
            x=alt.X("SHARE:Q", axis=alt.Axis(format="%", title="share of variance")),
            color=alt.Color(
                "SOURCE:N",
                scale=alt.Scale(domain=sources, range=colours),
                legend=alt.Legend(title=None, orient="top", columns=3),
            ),
        )
        .properties(width=520, height=alt.Step(22))
    )
    return specification(chart)

"""One-at-a-time sensitivity of the response rate, largest swing first."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.headline import swings
from remit.report.labels import BLUE, VERMILION, scenario_rank, scenario_title
from remit.report.records import Figure
from remit.report.tabled import Report


def figure(report: Report) -> Figure:
    """Lowest and highest response rate for each assumption, one panel for each scenario."""
    found = swings(report.table("sensitivity"), report.table("trials"), report.facts)
    return Figure(
        id="figure-sensitivity",
        title=f"What moves the response rate of {report.facts.investigational}",
        spec=None if found.is_empty() else _spec(found, report),
        caption=(
            "One assumption is changed at a time; all else is held. The ends of each bar carry the level "
            "that gave them."
        ),
        n="see the sensitivity table for the Monte Carlo error of each level",
    )


def _spec(found: pl.DataFrame, report: Report) -> dict[str, object]:
    order = (
        found.group_by("FACTOR")
        .agg(pl.col("SWING").max())
        .sort("SWING", "FACTOR", descending=[True, False])["FACTOR"]
        .to_list()
    )
    names = sorted(found["SCENARIO"].unique().to_list(), key=scenario_rank)
    titles = {name: scenario_title(name, report.facts.scenario_titles) for name in names}
    titled = found.with_columns(
        TITLE=pl.col("SCENARIO").replace_strict(titles, return_dtype=pl.String),
        PLACE=pl.col("SCENARIO").replace_strict(
            {name: place for place, name in enumerate(titles)}, return_dtype=pl.Int32
        ),
    )
    rank = {factor: place for place, factor in enumerate(order)}
    rows = titled.with_columns(RANK=pl.col("FACTOR").replace_strict(rank, return_dtype=pl.Int32)).sort(
        "RANK", "PLACE"
    )
    base = alt.Chart(inline(rows))
    y = alt.Y("TITLE:N", title=None, sort=list(titles.values()), axis=alt.Axis(grid=False))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_bar(height=9, color="#C9D9E8").encode(
        y=y,
        x=alt.X("LOW:Q", scale=scale, axis=alt.Axis(format="%", title="overall response rate")),
        x2="HIGH:Q",
    )
    low = base.mark_point(filled=True, size=45, color=VERMILION, opacity=1).encode(y=y, x="LOW:Q")
    high = base.mark_point(filled=True, size=45, color=BLUE, opacity=1).encode(y=y, x="HIGH:Q")
    left = base.mark_text(align="right", dx=-7, fontSize=10).encode(y=y, x="LOW:Q", text="LOWLEVEL:N")
    right = base.mark_text(align="left", dx=7, fontSize=10).encode(y=y, x="HIGH:Q", text="HIGHLEVEL:N")
    layered = (bars + low + high + left + right).properties(width=520, height=alt.Step(17))
    header = alt.Header(labelAlign="left", labelAnchor="start", labelOrient="top")
    chart = layered.facet(
        row=alt.Row("FACTOR:N", sort=order, header=header, title=None), spacing=8
    ).resolve_scale(y="independent")
    return specification(chart)

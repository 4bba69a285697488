"""One-at-a-time sensitivity of the response rate, largest swing first."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.headline import swings
from remit.report.labels import BLUE, VERMILION, level_title, scenario_rank, scenario_title
from remit.report.records import Figure
from remit.report.tabled import Report, answered, varied_patients

MOST = 10
"""Assumptions shown."""
CHANCE = 2.0
"""Monte Carlo errors below which a swing may be chance."""


def figure(report: Report) -> Figure:
    """Lowest and highest response rate for each assumption, one panel for each scenario."""
    moved = swings(report.table("sensitivity"), answered(report), report.facts).filter(pl.col("SWING") > 0)
    order = (
        moved.group_by("FACTOR")
        .agg(pl.col("SWING").max())
        .sort("SWING", "FACTOR", descending=[True, False])["FACTOR"]
        .to_list()
    )
    found = moved.filter(pl.col("FACTOR").is_in(order[:MOST]))
    return Figure(
        id="figure-sensitivity",
        title=f"What moves the response rate of {report.facts.investigational}",
        spec=None if found.is_empty() else _spec(found, order[:MOST], report),
        caption=(
            f"{_how_many(len(order))} The ends of each bar carry the level that gave them; low and high are "
            "the 4th and 96th percentile of an assumption's own uncertainty, the tick is the rate as "
            "assumed. A pale bar is shorter than two Monte Carlo errors and may be chance. Potency and "
            "exposure prior and form of resistance are the scenarios themselves, as means over draws."
        ),
        n=varied_patients(report),
    )


def _how_many(count: int) -> str:
    """How many assumptions are shown."""
    start = "One assumption is changed at a time about the typical parameter draw."
    shown = f" The {MOST} that move the rate most, of {count}; all are in the table of sensitivity."
    return f"{start}{shown if count > MOST else ''}"


def _spec(found: pl.DataFrame, order: list[str], report: Report) -> dict[str, object]:
    names = sorted(found["SCENARIO"].unique().to_list(), key=scenario_rank)
    titles = {name: scenario_title(name, report.facts.scenario_titles) for name in names}
    titled = found.with_columns(
        TITLE=pl.col("SCENARIO").replace_strict(titles, return_dtype=pl.String),
        PLACE=pl.col("SCENARIO").replace_strict(
            {name: place for place, name in enumerate(titles)}, return_dtype=pl.Int32
        ),
    )
    rank = {factor: place for place, factor in enumerate(order)}
    rows = titled.with_columns(
        pl.col("LOWLEVEL", "HIGHLEVEL").map_elements(level_title, return_dtype=pl.String),
        RANK=pl.col("FACTOR").replace_strict(rank, return_dtype=pl.Int32),
        SURE=pl.col("SWING") >= CHANCE * pl.col("ERROR").fill_null(0.0),
    ).sort("RANK", "PLACE")
    base = alt.Chart(inline(rows))
    y = alt.Y("TITLE:N", title=None, sort=list(titles.values()), axis=alt.Axis(grid=False))
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_bar(height=9).encode(
        y=y,
        color=alt.Color(
            "SURE:N", scale=alt.Scale(domain=[True, False], range=["#B5CDE3", "#EFEFEF"]), legend=None
        ),
        x=alt.X("LOW:Q", scale=scale, axis=alt.Axis(format="%", title="overall response rate")),
        x2="HIGH:Q",
    )
    tick = base.mark_tick(height=13, thickness=2, color="#333333").encode(y=y, x="BASE:Q")
    low = base.mark_point(filled=True, size=45, color=VERMILION, opacity=1).encode(y=y, x="LOW:Q")
    high = base.mark_point(filled=True, size=45, color=BLUE, opacity=1).encode(y=y, x="HIGH:Q")
    left = base.mark_text(align="right", dx=-7, fontSize=10).encode(y=y, x="LOW:Q", text="LOWLEVEL:N")
    right = base.mark_text(align="left", dx=7, fontSize=10).encode(y=y, x="HIGH:Q", text="HIGHLEVEL:N")
    layered = (bars + tick + low + high + left + right).properties(width=520, height=alt.Step(17))
    header = alt.Header(labelAlign="left", labelAnchor="start", labelOrient="top")
    chart = layered.facet(
        row=alt.Row("FACTOR:N", sort=order, header=header, title=None), spacing=8
    ).resolve_scale(y="independent")
    return specification(chart)

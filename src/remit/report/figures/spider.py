"""Tumour burden over time, one line a patient."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, panels, specification
from remit.report.figures.waterfall import CEILING, SHOWN, change_from_baseline
from remit.report.labels import BLUE, PALE, VERMILION, with_titles
from remit.report.records import Figure
from remit.report.tabled import Report

MONTH = 30.4375


def figure(report: Report) -> Figure:
    """Spider plot, one panel for each arm and scenario."""
    change = change_from_baseline(report)
    n = change.select("DRAW", "USUBJID").n_unique() if not change.is_empty() else 0
    return Figure(
        id="figure-spider",
        title="Spider: change of tumour burden (SPD) over time",
        spec=None if change.is_empty() else _spec(change, report),
        caption=(
            f"Every scan of the first {SHOWN} virtual patients, up to progression or end of follow-up. "
            "Growth above 100% is cut off at 100%. Blue: shrank by half or more at some time. Vermilion: "
            "never below baseline. Grey: between."
        ),
        n=f"{n} virtual patients" if n else "",
    )


def _spec(change: pl.DataFrame, report: Report) -> dict[str, object]:
    keys = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
    later = pl.when(pl.col("VISITNUM") > 0).then(pl.col("CHANGE"))
    shaped = (
        with_titles(change, report.facts)
        .with_columns(NADIR=later.min().over(keys))
        .with_columns(
            COURSEOF=pl.when(pl.col("NADIR") <= -50)
            .then(pl.lit("halved"))
            .when(pl.col("NADIR") >= 0)
            .then(pl.lit("never shrank"))
            .otherwise(pl.lit("between")),
            MONTH=(pl.col("ADY").clip(0, None) / MONTH).round(2),
            CHANGE=pl.col("CHANGE").clip(-100.0, CEILING).round(1),
            PATIENT=pl.col("USUBJID"),
        )
        .sort(*keys, "MONTH")
    )
    data = inline(shaped.select("COURSE", "PATIENT", "MONTH", "CHANGE", "COURSEOF"))
    kinds = ["halved", "between", "never shrank"]
    colour = alt.Color(
        "COURSEOF:N",
        scale=alt.Scale(domain=kinds, range=[BLUE, PALE, VERMILION]),
        legend=alt.Legend(title=None, orient="top"),
    )
    lines = (
        alt.Chart()
        .mark_line(strokeWidth=0.9, opacity=0.75, clip=True)
        .encode(
            x=alt.X("MONTH:Q", title="months from first dose"),
            y=alt.Y("CHANGE:Q", title="change, %", scale=alt.Scale(domain=[-100, 100])),
            detail="PATIENT:N",
            color=colour,
        )
    )
    line = alt.Chart().mark_rule(strokeDash=[4, 3], color="#666666").encode(y=alt.datum(-50))
    layered = alt.layer(lines, line, data=data).properties(width=330, height=160)
    return specification(panels(layered, change, report.facts))

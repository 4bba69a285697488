"""Exposure relative to each patient's own steady state, and BCL2 occupancy, over time."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import (
    course_encodings,
    course_scales,
    inline,
    specification,
)
from remit.report.labels import with_titles
from remit.report.records import Figure
from remit.report.tabled import Report

PANELS = {
    "CONCREL": "exposure / own steady state",
    "BCL2OCCB": "BCL2 occupancy, blood",
    "BCL2OCCN": "BCL2 occupancy, node",
    "BTKOCC": "BTK occupancy",
}


def figure(report: Report) -> Figure:
    """Median and 90% range over patients, for exposure and occupancy."""
    adpc = report.table("adpc").filter(pl.col("PARAMCD").is_in(list(PANELS)))
    n = adpc.select("DRAW", "USUBJID").n_unique() if not adpc.is_empty() else 0
    return Figure(
        id="figure-exposure",
        title="Exposure relative to own steady state, and occupancy, over time",
        spec=None if adpc.is_empty() else _spec(adpc, report),
        caption=(
            "Line: median over patients; band: 5th to 95th percentile. No concentration is given in mass "
            "units: nothing of the kind is public for mesutoclax."
        ),
        n=f"{n} virtual patients" if n else "",
    )


def _spec(adpc: pl.DataFrame, report: Report) -> dict[str, object]:
    summary = (
        adpc.with_columns(pl.col("ADY").round(2))
        .group_by("ARM", "SCENARIO", "PARAMCD", "ADY")
        .agg(
            MEDIAN=pl.col("AVAL").median().round(4),
            LOW=pl.col("AVAL").quantile(0.05, "linear").round(4),
            HIGH=pl.col("AVAL").quantile(0.95, "linear").round(4),
        )
        .sort("ARM", "SCENARIO", "PARAMCD", "ADY")
    )
    encodings = course_encodings(adpc, report.facts)
    titles, colours, _ = course_scales(adpc, report.facts)
    hue = dict(zip(titles, colours, strict=True))
    titled = with_titles(summary, report.facts).drop("ARM", "SCENARIO")
    titled = titled.with_columns(HUE=pl.col("COURSE").replace_strict(hue, return_dtype=pl.String))
    rows: list[alt.LayerChart | alt.FacetChart] = []
    for code, title in PANELS.items():
        part = titled.filter(pl.col("PARAMCD") == code).drop("PARAMCD")
        if part.is_empty():
            continue
        base = alt.Chart(inline(part)).encode(x=alt.X("ADY:Q", title="day from first dose"))
        axis = alt.Axis(titleAngle=-90, titleFontSize=11)
        bands = base.mark_area(opacity=0.07).encode(
            y=alt.Y("LOW:Q", title=title, axis=axis),
            y2="HIGH:Q",
            detail="COURSE:N",
            fill=alt.Fill("HUE:N", scale=None),
        )
        lines = base.mark_line(strokeWidth=1.8).encode(y="MEDIAN:Q", **encodings)
        rows.append((bands + lines).properties(width=620, height=150))
    return specification(alt.vconcat(*rows, spacing=14))

"""Swimmer: time on treatment, with response, progression and death."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, panels, specification
from remit.report.figures.spider import MONTH
from remit.report.labels import BLUE, GREEN, VERMILION, with_titles
from remit.report.records import Figure
from remit.report.tabled import Report, trial_sized

SHOWN = 30
KEYS = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
MARKS = {
    "first PR": ("triangle-up", "#56B4E9"),
    "first CR": ("circle", BLUE),
    "progression": ("square", VERMILION),
    "death": ("cross", "#000000"),
    "on treatment": ("triangle-right", GREEN),
}


def figure(report: Report) -> Figure:
    """Swimmer plot, one panel for each arm and scenario."""
    shown = trial_sized(report.table("adsl"), report.table("adsl"), SHOWN)
    n = shown.select("DRAW", "USUBJID").n_unique() if not shown.is_empty() else 0
    return Figure(
        id="figure-swimmer",
        title="Swimmer: time on treatment",
        spec=None if shown.is_empty() else _spec(shown, report),
        caption=(
            f"Bar: first to last dose of the first {SHOWN} virtual patients, longest at the top. Response "
            "and progression as the primary reader sees them."
        ),
        n=f"{n} virtual patients" if n else "",
    )


def _spec(shown: pl.DataFrame, report: Report) -> dict[str, object]:
    lanes = with_titles(shown, report.facts).sort(
        "ARM", "SCENARIO", "TRTEDY", "USUBJID", descending=[False, False, True, False]
    )
    lanes = lanes.with_columns(
        LANE=pl.int_range(pl.len()).over("ARM", "SCENARIO"), END=(pl.col("TRTEDY") / MONTH).round(2)
    )
    marks = _marks(lanes, report)
    bars = lanes.select("COURSE", "LANE", "END", KIND=pl.lit("bar"), MONTH=pl.lit(None, dtype=pl.Float64))
    events = marks.select("COURSE", "LANE", pl.lit(None, dtype=pl.Float64).alias("END"), "KIND", "MONTH")
    data = inline(pl.concat([bars, events]))
    y = alt.Y("LANE:O", axis=None, scale=alt.Scale(paddingInner=0.25))
    kinds = list(MARKS)
    bar = (
        alt.Chart()
        .transform_filter("datum.KIND == 'bar'")
        .mark_bar(color="#D9D9D9")
        .encode(y=y, x=alt.X("END:Q", title="months from first dose"))
    )
    points = (
        alt.Chart()
        .transform_filter("datum.KIND != 'bar'")
        .mark_point(filled=True, size=34, opacity=1)
        .encode(
            y=y,
            x="MONTH:Q",
            shape=alt.Shape(
                "KIND:N",
                scale=alt.Scale(domain=kinds, range=[shape for shape, _ in MARKS.values()]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            color=alt.Color(
                "KIND:N",
                scale=alt.Scale(domain=kinds, range=[colour for _, colour in MARKS.values()]),
                legend=alt.Legend(title=None, orient="top"),
            ),
        )
    )
    layered = alt.layer(bar, points, data=data).properties(width=330, height=220)
    return specification(panels(layered, shown, report.facts))


def _marks(lanes: pl.DataFrame, report: Report) -> pl.DataFrame:
    """Events of the shown patients with the lane they are in."""
    place = lanes.select(*KEYS, "COURSE", "LANE")
    seen = report.table("adrs").filter(
        (pl.col("READER") == report.facts.reader) & (pl.col("PARAMCD") == "OVRLRESP")
    )
    codes = {"PR": "first PR", "CR": "first CR", "PD": "progression"}
    responses = (
        seen.filter(pl.col("AVALC").is_in(list(codes)))
        .group_by(*KEYS, "AVALC")
        .agg(pl.col("ADY").min())
        .with_columns(KIND=pl.col("AVALC").replace_strict(codes, return_dtype=pl.String))
        .select(*KEYS, "KIND", DAY="ADY")
    )
    deaths = lanes.filter(pl.col("DTHDY").is_not_null()).select(*KEYS, KIND=pl.lit("death"), DAY="DTHDY")
    ongoing = lanes.filter(pl.col("DCSREAS") == "ongoing").select(
        *KEYS, KIND=pl.lit("on treatment"), DAY="TRTEDY"
    )
    found = pl.concat([responses, deaths, ongoing]).join(place, on=KEYS, how="inner")
    return found.with_columns(MONTH=(pl.col("DAY") / MONTH).round(2)).sort("COURSE", "LANE", "KIND", "MONTH")

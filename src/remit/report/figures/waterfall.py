"""Best change of the sum of products of diameters, one bar a patient."""

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, panels, specification
from remit.report.labels import RESPONSE_COLOURS, with_titles
from remit.report.records import Figure
from remit.report.tabled import Report, trial_sized

SHOWN = 80
CEILING = 100.0


def figure(report: Report) -> Figure:
    """Waterfall, one panel for each arm and scenario."""
    best = best_change(report)
    n = best.select("DRAW", "USUBJID").n_unique() if not best.is_empty() else 0
    return Figure(
        id="figure-waterfall",
        title="Waterfall: best change of tumour burden (SPD)",
        spec=None if best.is_empty() else _spec(best, report),
        caption=(
            f"The first {SHOWN} virtual patients, the same ones in every panel, ordered by change. Growth "
            "above 100% is cut off at 100%. Patients without a scan after baseline have no bar. Colour: "
            "best overall response."
        ),
        n=f"{n} virtual patients with a scan after baseline" if n else "",
    )


def change_from_baseline(report: Report) -> pl.DataFrame:
    """Change of SPD from baseline [percent] at each scan by the primary reader, for the patients shown."""
    adtr = report.table("adtr").filter(
        (pl.col("PARAMCD") == "SUMPPD") & (pl.col("READER") == report.facts.reader)
    )
    shown = trial_sized(adtr, report.table("adsl"), SHOWN)
    keys = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
    baseline = shown.filter(pl.col("VISITNUM") == 0).select(*keys, BASE="AVAL").filter(pl.col("BASE") > 0)
    joined = shown.join(baseline, on=keys, how="inner", maintain_order="left")
    return joined.with_columns(CHANGE=100 * (pl.col("AVAL") / pl.col("BASE") - 1))


def best_change(report: Report) -> pl.DataFrame:
    """Largest shrinkage after baseline per patient, with the best overall response."""
    keys = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
    later = change_from_baseline(report).filter(pl.col("VISITNUM") > 0)
    adrs = report.table("adrs").filter(
        (pl.col("PARAMCD") == "BOR") & (pl.col("READER") == report.facts.reader)
    )
    best = later.group_by(keys).agg(pl.col("CHANGE").min())
    return (
        best.join(adrs.select(*keys, BOR="AVALC"), on=keys, how="left")
        .with_columns(pl.col("BOR").fill_null("NE"), pl.col("CHANGE").clip(-100.0, CEILING).round(1))
        .sort("ARM", "SCENARIO", pl.col("CHANGE"), "USUBJID", descending=[False, False, True, False])
    )


def _spec(best: pl.DataFrame, report: Report) -> dict[str, object]:
    ranked = with_titles(best, report.facts).with_columns(RANK=pl.int_range(pl.len()).over("ARM", "SCENARIO"))
    data = inline(ranked.select("COURSE", "RANK", "CHANGE", "BOR"))
    colour = alt.Color(
        "BOR:N",
        scale=alt.Scale(domain=list(RESPONSE_COLOURS), range=list(RESPONSE_COLOURS.values())),
        legend=alt.Legend(
            title="best response", orient="top", symbolStrokeColor="#666666", symbolStrokeWidth=0.5
        ),
    )
    bars = (
        alt.Chart()
        .mark_bar(stroke="#666666", strokeWidth=0.2)
        .encode(
            x=alt.X("RANK:O", axis=None),
            y=alt.Y("CHANGE:Q", title="best change, %", scale=alt.Scale(domain=[-100, 100])),
            color=colour,
        )
    )
    line = alt.Chart().mark_rule(strokeDash=[4, 3], color="#666666").encode(y=alt.datum(-50))
    layered = alt.layer(bars, line, data=data).properties(width=330, height=150)
    return specification(panels(layered, best, report.facts))

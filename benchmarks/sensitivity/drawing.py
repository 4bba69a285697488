"""The largest effects, drawn."""

from typing import Any

import altair as alt
import polars as pl

from benchmarks.sensitivity.analysis import Found
from benchmarks.sensitivity.effects import DOWN, UNCLEAR, UP, ranked
from benchmarks.sensitivity.outcomes import OUTPUTS, Output
from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, VERMILION

MOST_DRAWN = 7
COLOURS = {UP: BLUE, DOWN: VERMILION, UNCLEAR: "#A6A6A6"}
TITLES = {
    "adaptation.gain": "adaptation of nodes",
    "adaptation.rate": "speed of adaptation",
    "apoptosis.BCL2": "BCL2",
    "apoptosis.BCLXL_node": "BCL-XL in nodes",
    "apoptosis.BIM": "BIM",
    "apoptosis.K_BIM_BCLXL": "affinity of BCL-XL",
    "apoptosis.MCL1": "MCL1",
    "apoptosis.MCL1_node_fold": "MCL1 in nodes",
    "apoptosis.f50": "free BIM for half kill",
    "apoptosis.fu": "unbound drug in plasma",
    "apoptosis.kmax_blood": "largest kill in blood",
    "apoptosis.kmax_marrow": "largest kill in marrow",
    "apoptosis.kmax_node": "largest kill in nodes",
    "apoptosis.node_penetration": "unbound drug in nodes",
    "apoptosis.released_fold": "kill of released cells",
    "bcl2i.CL": "clearance",
    "burden.marrow_share": "share in marrow",
    "burden.protected_cells": "burden",
    "clone_shares.log10_D": "clone D at entry",
    "clone_shares.log10_V": "clone V at entry",
    "clones.blood_to_released": "burden in blood",
    "clones.capacity": "capacity",
    "clones.detachment_rate": "release from nodes",
    "clones.growth_rate": "growth",
    "clones.homing_rate": "homing",
    "clones.released_death_rate": "death of released cells",
    "clones.resistant_growth_fold": "growth of clones",
    "clones.slow_kill": "kill of slow colony",
    "clones.slow_share": "slow colony",
    "marker_shares.ighv_unmutated": "IGHV unmutated",
    "markers.ighv_unmutated_growth": "growth by IGHV",
    "marrow.normal_cells": "normal marrow",
    "neutrophils.MTT": "transit in marrow",
    "neutrophils.baseline": "neutrophils at rest",
    "neutrophils.drug_fall": "fall by drug",
    "neutrophils.drug_half": "drug for half the fall",
    "neutrophils.marrow_fall": "fall by infiltration",
    "refractory.probability": "refractory share",
    "residual.mass_share": "residual mass",
    "tumour_lysis.calcium_slope": "calcium by phosphate",
    "tumour_lysis.creatinine_slope": "injury of kidney",
    "tumour_lysis.phosphate_rate": "loss of phosphate",
    "tumour_lysis.phosphate_volume": "volume of phosphate",
    "tumour_lysis.phosphate_yield": "phosphate of a cell",
    "tumour_lysis.potassium_rate": "loss of potassium",
    "tumour_lysis.potassium_volume": "volume of potassium",
    "tumour_lysis.potassium_yield": "potassium of a cell",
    "tumour_lysis.release_rate": "speed of lysis",
    "tumour_lysis.urate_yield": "urate of a cell",
    "tumour_lysis.xanthine_oxidase_inhibition": "prophylaxis",
}
"""Short names for drawings."""


def drawn(found: Found) -> dict[str, Any]:
    """Drawing of the largest effects on every output of a setting."""
    panels = [panel(found, output) for output in OUTPUTS]
    chart = alt.concat(*panels, columns=2, spacing=26).resolve_scale(color="shared")
    return specification(chart)


def panel(found: Found, output: Output) -> Any:
    """The largest effects on one output, as bars with their intervals."""
    effects = ranked(found.effects[output.name])[:MOST_DRAWN]
    rows = pl.DataFrame([
        {
            "NAME": TITLES.get(each.name, each.name), "SIZE": each.mean_size, "LOW": each.low,
            "HIGH": min(each.high, 100.0) if output.is_share else each.high,
            "SIGN": each.sign,
        }
        for each in effects
    ])  # fmt: skip
    base = alt.Chart(inline(rows))
    y = alt.Y("NAME:N", title=None, sort=rows["NAME"].to_list(), axis=alt.Axis(grid=False, minExtent=150))
    x_title = "percentage points" if output.is_share else output.unit
    x = alt.X("SIZE:Q", axis=alt.Axis(title=x_title, tickCount=5), scale=alt.Scale(zero=True))
    colour = alt.Color(
        "SIGN:N",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(title="more of the value", orient="top"),
    )
    bars = base.mark_bar(height=11).encode(y=y, x=x, color=colour)
    rule = base.mark_rule(color="#222222", strokeWidth=1.3).encode(y=y, x="LOW:Q", x2="HIGH:Q")
    title = alt.TitleParams(output.title, anchor="start", frame="group", fontSize=12, offset=6)
    return (bars + rule).properties(width=270, height=alt.Step(19), title=title)

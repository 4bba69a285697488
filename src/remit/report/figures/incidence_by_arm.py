"""Cumulative incidence of an event and of its competing events by arm, as exact steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.figures.survival_by_arm import COLOURS, HEIGHT, WIDTH
from remit.report.records import STAMPS, Figure, Kind
from remit.stats.survival.competing_risks import Incidence

CAUSES = ("event", "competing event")
DASHES = ([1, 0], [5, 3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidences:
    """What is drawn: a curve with two causes by the title of its arm."""

    id: str
    title: str
    curves: Mapping[str, Incidence]
    unit: str
    what: str
    since: str
    kind: Kind


def figure(drawn: Incidences) -> Figure:
    """The figure; colours are arms, dashes are competing events."""
    frame = pl.DataFrame(list(_steps(drawn.curves)), infer_schema_length=None)
    titles = list(drawn.curves)
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(titles))]
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=400, symbolStrokeWidth=2.5)
    chart = (
        alt.Chart(inline(frame))
        .mark_line(interpolate="step-after", strokeWidth=1.8)
        .encode(
            x=alt.X("T:Q", axis=alt.Axis(title=f"{drawn.unit}s since {drawn.since}")),
            y=alt.Y(
                "P:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", title=drawn.what),
            ),
            color=alt.Color("ARM:N", scale=alt.Scale(domain=titles, range=colours), legend=legend),
            strokeDash=alt.StrokeDash(
                "CAUSE:N", scale=alt.Scale(domain=list(CAUSES), range=list(DASHES)), legend=legend
            ),
            tooltip=[
                alt.Tooltip("ARM:N", title="arm"),
                alt.Tooltip("CAUSE:N", title="of the"),
                alt.Tooltip("T:Q", title=drawn.unit, format=".2f"),
                alt.Tooltip("P:Q", title="incidence", format=".1%"),
            ],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    n = "; ".join(f"{title}: {_n(curve):,}" for title, curve in drawn.curves.items())
    return Figure(
        id=drawn.id,
        title=drawn.title,
        spec=specification(chart, STAMPS[drawn.kind].rstrip(".")),
        caption="Aalen and Johansen. In each arm both incidences and the share without event add up to one.",
        n=n,
        kind=drawn.kind,
    )


def _n(curve: Incidence) -> int:
    return int(curve.at_risk[0]) if curve.at_risk.size else 0


def _steps(curves: Mapping[str, Incidence]) -> Iterator[Mapping[str, object]]:
    """Points of every curve: time zero, each event of the cause, the last time."""
    for title, curve in curves.items():
        for place, cause in enumerate(CAUSES):
            yield {"ARM": title, "CAUSE": cause, "T": 0.0, "P": 0.0}
            is_drawn = curve.events[place] > 0
            is_drawn[-1:] = True
            for i in np.flatnonzero(is_drawn):
                at, share = float(curve.time[i]), float(curve.incidence[place, i])
                yield {"ARM": title, "CAUSE": cause, "T": round(at, 4), "P": round(share, 5)}

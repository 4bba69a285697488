"""Figures of a design: bounds by information, and what is expected in calendar time."""

from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, GREEN, GREY, ORANGE, VERMILION
from remit.report.records import STAMPS, Figure

BOUNDS = {"efficacy": BLUE, "futility": ORANGE, "harm": VERMILION}
STAMP = STAMPS["planned"].rstrip(".")
WIDTH, HEIGHT = 560, 250


def bounds_figure(bounds: pl.DataFrame) -> Figure:
    """Bounds of the standardised statistic by information.

    Parameters
    ----------
    bounds
        Columns FRACTION, Z, BOUND (efficacy, futility, harm) and HOVER, a text.
    """
    kinds = [each for each in BOUNDS if each in bounds["BOUND"].to_list()]
    scale = alt.Scale(domain=kinds, range=[BOUNDS[each] for each in kinds])
    base = alt.Chart(inline(bounds)).encode(
        x=alt.X(
            "FRACTION:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="information, share of the planned", format="%"),
        ),
        y=alt.Y("Z:Q", axis=alt.Axis(title="z, positive in favour of the experimental arm")),
        color=alt.Color("BOUND:N", scale=scale, legend=alt.Legend(title=None, orient="top")),
        tooltip=[alt.Tooltip("HOVER:N", title="bound")],
    )
    zero = (
        alt.Chart(inline(pl.DataFrame({"Z": [0.0]})))
        .mark_rule(color="#999999", strokeDash=[2, 2])
        .encode(y="Z:Q")
    )
    chart = zero + base.mark_line(strokeWidth=1.8) + base.mark_point(filled=True, size=60)
    return Figure(
        id="figure-bounds",
        title="Bounds at each look",
        spec=specification(chart.properties(width=WIDTH, height=HEIGHT), STAMP),
        caption=(
            "Efficacy: benefit is shown at or above it. Futility: the trial may stop at or below it. Harm: "
            "it stops for harm at or below it. Between looks nothing is tested; the lines only lead the eye."
        ),
        n="",
        kind="planned",
    )


def calendar_figure(calendar: pl.DataFrame, looks: pl.DataFrame) -> Figure:
    """Patients and events expected by calendar time, and when looks are due.

    Parameters
    ----------
    calendar
        Columns MONTH, WHAT and VALUE.
    looks
        Columns MONTH, LOOK (a label) and HOVER.
    """
    what = list(dict.fromkeys(calendar["WHAT"].to_list()))
    colours = [GREY, VERMILION, BLUE, GREEN, ORANGE][: len(what)]
    x = alt.X("MONTH:Q", axis=alt.Axis(title="months from the first patient"))
    lines = (
        alt.Chart(inline(calendar))
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("VALUE:Q", axis=alt.Axis(title="expected, cumulated")),
            color=alt.Color(
                "WHAT:N",
                sort=what,
                scale=alt.Scale(domain=what, range=colours),
                legend=alt.Legend(title=None, orient="top", labelLimit=300, columns=2),
            ),
        )
    )
    due = alt.Chart(inline(looks))
    hover: dict[str, Any] = {"tooltip": [alt.Tooltip("HOVER:N", title="look")]}
    rules = due.mark_rule(color="#555555", strokeDash=[4, 3]).encode(x=x, **hover)
    labels = due.mark_text(align="right", dx=-4, dy=-4, fontSize=11, angle=270, baseline="bottom").encode(
        x=x, text="LOOK:N", y=alt.value(4)
    )
    return Figure(
        id="figure-calendar",
        title="Calendar",
        spec=specification((lines + rules + labels).properties(width=WIDTH, height=HEIGHT + 30), STAMP),
        caption="Expected under the assumptions given. By chance events come earlier or later.",
        n="",
        kind="planned",
    )


def curves_figure(curves: pl.DataFrame, *, title: str, x_title: str, caption: str) -> Figure:
    """Probabilities by a true effect, one line each.

    Parameters
    ----------
    curves
        Columns EFFECT, WHAT and PROBABILITY.
    title, x_title, caption
        What stands over the figure, at its axis, and under it.
    """
    what = list(dict.fromkeys(curves["WHAT"].to_list()))
    chart = (
        alt.Chart(inline(curves))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("EFFECT:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=x_title)),
            y=alt.Y(
                "PROBABILITY:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title="probability", format="%"),
            ),
            color=alt.Color(
                "WHAT:N",
                sort=what,
                scale=alt.Scale(domain=what, range=[BLUE, ORANGE, VERMILION, GREEN, GREY][: len(what)]),
                legend=alt.Legend(title=None, orient="top", labelLimit=300),
            ),
            tooltip=[
                alt.Tooltip("WHAT:N", title="what"),
                alt.Tooltip("EFFECT:Q", title=x_title, format=".3f"),
                alt.Tooltip("PROBABILITY:Q", title="probability", format=".3f"),
            ],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    return Figure(
        id="figure-curves",
        title=title,
        spec=specification(chart, STAMP),
        caption=caption,
        n="",
        kind="planned",
    )

"""The course of a treated patient: exposure, cells, disease, blood counts and chemistry over one time.

Dragging across the strip at the bottom chooses the time that all panels show, and pointing shows values.
Exposure is relative to its own average, since some drugs have no concentration in mass units.
"""

import math
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from remit.report.records import Figure

MOST_POINTS = 400
"""Days drawn of one patient."""
MOST_PATIENTS = 12
WIDTH, HEIGHT = 640, 110


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: axis title, lines by column (title and colour), and whether its axis is logarithmic."""

    title: str
    lines: dict[str, tuple[str, str]]
    smallest: float | None = None


PANELS = (
    Panel(
        "exposure / own mean",
        {"bcl2i_relative": ("BCL2 inhibitor", BLUE), "btki_relative": ("BTK inhibitor", VERMILION)},
    ),
    Panel(
        "occupancy in nodes",
        {
            "bcl2_occupancy_node": ("BCL2", BLUE),
            "btk_occupancy_node": ("BTK", VERMILION),
            "bclxl_occupancy": ("BCL-XL of platelets", GREY),
        },
    ),
    Panel(
        "cells",
        {
            "node_S": ("tissue, sensitive", BLUE),
            "node_V": ("tissue, V: resists BCL2 inhibitor", VERMILION),
            "node_B": ("tissue, B: resists BTK inhibitor", ORANGE),
            "node_D": ("tissue, D: resists both", GREY),
            "blood_tumour": ("blood", GREEN),
            "marrow_tumour": ("marrow", SKY),
        },
        1.0,
    ),
    Panel(
        "share",
        {
            "size": ("size of masses / first", BLUE),
            "mrd_blood": ("malignant share, blood", GREEN),
            "marrow_infiltration": ("malignant share, marrow", SKY),
        },
        1e-7,
    ),
    Panel(
        "1e9/L",
        {
            "lymphocytes": ("lymphocytes", GREEN),
            "neutrophils": ("neutrophils", BLUE),
            "platelets": ("platelets", ORANGE),
        },
        0.05,
    ),
    Panel("g/L", {"haemoglobin": ("haemoglobin", VERMILION), "paraprotein": ("immunoglobulin M", GREY)}),
    Panel(
        "chemistry / first",
        {
            "urate_relative": ("urate", BLUE),
            "phosphate_relative": ("phosphate", ORANGE),
            "potassium_relative": ("potassium", GREEN),
            "creatinine_relative": ("creatinine", GREY),
        },
    ),
)

OVERVIEW = Panel("overview", {"size": ("size of masses / first", BLUE)})
"""The strip in which a stretch of time is chosen."""


def figure(courses: pl.DataFrame, title: str, caption: str) -> Figure:
    """The figure of one patient, or of several to choose from.

    Parameters
    ----------
    courses
        Table of ``remit.treatment``: SUBJECT, DAY and the observables; the first dozen patients are drawn.
    title, caption
        What stands over and under it.
    """
    subjects = courses["SUBJECT"].unique().sort().to_list()[:MOST_PATIENTS]
    shown = relative(thinned(courses.filter(pl.col("SUBJECT").is_in(subjects))))
    n = f"{len(subjects)} of {courses['SUBJECT'].n_unique()} patients" if len(subjects) > 1 else "1 patient"
    return Figure(id="figure-patient-course", title=title, spec=_spec(shown, subjects), caption=caption, n=n)


def thinned(courses: pl.DataFrame) -> pl.DataFrame:
    """At most ``MOST_POINTS`` days of each patient, the first and the last among them."""
    n = courses["DAY"].n_unique()
    step = -(-n // MOST_POINTS)
    row = pl.int_range(pl.len()).over("SUBJECT")
    return courses.filter((row % step == 0) | (row == pl.len().over("SUBJECT") - 1))


def relative(courses: pl.DataFrame) -> pl.DataFrame:
    """Courses with exposure relative to its mean on drug, and chemistry relative to the first day."""
    means = [
        (pl.col(f"{drug}_concentration") / _mean_while_present(f"{drug}_concentration")).alias(
            f"{drug}_relative"
        )
        for drug in ("bcl2i", "btki")
    ]
    first = [
        (pl.col(name) / pl.col(name).first().over("SUBJECT")).alias(f"{name}_relative")
        for name in ("urate", "phosphate", "potassium", "creatinine")
    ]
    return courses.with_columns(*means, *first)


def _mean_while_present(column: str) -> pl.Expr:
    """Mean of a concentration over the days on which it is above a thousandth of its peak."""
    value = pl.col(column)
    return value.filter(value > 1e-3 * value.max()).mean().over("SUBJECT")


def _spec(courses: pl.DataFrame, subjects: list[int]) -> dict[str, Any]:
    span = alt.selection_interval(encodings=["x"], name="span", empty=True)
    choose = alt.param(
        name="patient", value=subjects[0], bind=alt.binding_select(options=subjects, name="Patient ")
    )
    is_choice = len(subjects) > 1
    panels = [_panel(courses, each, span, is_choice=is_choice) for each in PANELS if _is_shown(courses, each)]
    strip = _panel(courses, OVERVIEW, None, is_choice=is_choice).properties(height=45).add_params(span)
    chart = alt.vconcat(*panels, strip, spacing=8).resolve_scale(color="independent")
    return specification(chart.add_params(choose) if is_choice else chart)


def _is_shown(courses: pl.DataFrame, panel: Panel) -> bool:
    """Whether any line of a panel has something to show."""
    return any(_varies(courses, name) for name in panel.lines)


def _varies(courses: pl.DataFrame, name: str) -> bool:
    """Whether a column has finite values above zero that are not all the same."""
    values = courses[name].drop_nulls().drop_nans()
    if not values.len():
        return False
    low, high = float(values.min() or 0.0), float(values.max() or 0.0)  # pyright: ignore[reportArgumentType]
    return high > 0.0 and high - low > 1e-9 * high


def _panel(courses: pl.DataFrame, panel: Panel, span: alt.Parameter | None, *, is_choice: bool) -> alt.Chart:
    """Lines over time; the time shown is that of the strip, where one is given."""
    names = [name for name in panel.lines if _varies(courses, name)]
    titles = [panel.lines[name][0] for name in names]
    long = (
        courses.select("SUBJECT", "DAY", *names)
        .unpivot(names, index=["SUBJECT", "DAY"], variable_name="LINE", value_name="VALUE")
        .with_columns(
            pl.col("LINE").replace_strict(dict(zip(names, titles, strict=True)), return_dtype=pl.String),
            pl.col("DAY").round(3),
            pl.col("VALUE").map_elements(lambda x: float(f"{x:.4g}"), return_dtype=pl.Float64),
        )
        .filter(pl.col("VALUE").is_finite())
    )
    if panel.smallest is not None:
        long = long.with_columns(pl.col("VALUE").clip(lower_bound=panel.smallest))
    scale = alt.Scale(type="log", nice=False) if panel.smallest is not None else alt.Scale(zero=True)
    time = alt.Scale(nice=False) if span is None else alt.Scale(nice=False, domain=span)
    chart = alt.Chart(inline(long)).mark_line(strokeWidth=1.7, clip=True)
    chart = chart.encode(
        x=alt.X("DAY:Q", title="day", scale=time),
        y=alt.Y("VALUE:Q", title=panel.title, scale=scale, axis=_axis(long, panel)),
        color=alt.Color(
            "LINE:N",
            scale=alt.Scale(domain=titles, range=[panel.lines[name][1] for name in names]),
            legend=alt.Legend(title=None, orient="right", symbolType="stroke", labelLimit=220),
        ),
        tooltip=[alt.Tooltip("LINE:N", title="what"), alt.Tooltip("DAY:Q"), alt.Tooltip("VALUE:Q")],
    )
    chart = chart.properties(width=WIDTH, height=HEIGHT)
    return chart.transform_filter("datum.SUBJECT == patient") if is_choice else chart


def _axis(long: pl.DataFrame, panel: Panel) -> alt.Axis:
    """An axis with few ticks: on a logarithmic one, powers of ten alone."""
    if panel.smallest is None or long.is_empty():
        return alt.Axis(titleAngle=-90, titleFontSize=11, tickCount=4)
    low, high = (math.log10(float(each)) for each in (long["VALUE"].min(), long["VALUE"].max()))  # pyright: ignore[reportArgumentType]
    first, last = math.floor(low), math.ceil(high)
    if last - first < 2:
        return alt.Axis(titleAngle=-90, titleFontSize=11, tickCount=3, format="~g")
    step = max(1, -(-(last - first) // 4))
    ticks = [10.0**power for power in range(first, last + 1, step)]
    shown = ".0e" if last - first > 4 else "~g"
    return alt.Axis(titleAngle=-90, titleFontSize=11, values=ticks, format=shown)

"""Predicted number of enrolled patients by calendar day, with prediction intervals."""

from typing import Any

import altair as alt
import polars as pl

from remit.report.figures.drawing import inline, specification
from remit.report.labels import BLUE, VERMILION
from remit.report.records import STAMP, Figure

BANDS = {"95": 0.12, "90": 0.16, "80": 0.20, "50": 0.30}
"""Opacity of the band of each level, widest first."""
MONTH = 365.25 / 12
WIDTH, HEIGHT = 560, 280


def figure(forecast: pl.DataFrame, n_patients: int, observed: pl.DataFrame | None = None) -> Figure:
    """Median and 50, 80, 90 and 95% prediction intervals of the number enrolled.

    Parameters
    ----------
    forecast
        Columns DAY, MEDIAN, and LOW and HIGH with each level (LOW50, HIGH50, ...).
    n_patients
        Patients at whose enrolment the trial is full.
    observed
        Columns DAY and ENROLLED: the number enrolled so far, if the trial is under way.
    """
    return Figure(
        id="figure-enrolment-forecast",
        title="Forecast of enrolment",
        spec=None if forecast.is_empty() else _spec(forecast, n_patients, observed),
        caption=(
            "Line: median of simulated enrolment; bands: 50, 80, 90 and 95% prediction intervals. They hold "
            "the chance of arrivals and the uncertainty of the rates of sites, not that of the plan itself. "
            "Dashed: full enrolment."
        ),
        n=f"{n_patients} patients planned",
    )


def _spec(forecast: pl.DataFrame, n_patients: int, observed: pl.DataFrame | None) -> dict[str, Any]:
    x = alt.X("MONTH:Q", axis=alt.Axis(title="calendar month of the trial"))
    base = alt.Chart(inline(_in_months(forecast)))
    title = alt.Axis(title="patients enrolled")
    bands = [
        base.mark_area(opacity=opacity, color=BLUE).encode(
            x=x, y=alt.Y(f"LOW{level}:Q", axis=title), y2=f"HIGH{level}:Q"
        )
        for level, opacity in BANDS.items()
    ]
    tips = [alt.Tooltip("MONTH:Q", title="month"), alt.Tooltip("MEDIAN:Q", title="median")]
    tips += [
        alt.Tooltip(f"{side}{level}:Q", title=f"{level}%, {side.lower()}")
        for level in reversed(BANDS)
        for side in ("LOW", "HIGH")
    ]
    median = base.mark_line(strokeWidth=2, color=BLUE).encode(
        x=x, y=alt.Y("MEDIAN:Q", axis=title), tooltip=tips
    )
    full = (
        alt.Chart(inline(pl.DataFrame({"FULL": [n_patients]})))
        .mark_rule(color="#555555", strokeDash=[4, 3])
        .encode(y="FULL:Q")
    )
    layers: list[alt.Chart] = [*bands, median, full]
    if observed is not None:
        seen = alt.Chart(inline(_in_months(observed)))
        layers.append(
            seen.mark_line(interpolate="step-after", strokeWidth=2, color=VERMILION).encode(
                x=x, y="ENROLLED:Q"
            )
        )
    return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), STAMP)


def _in_months(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(MONTH=(pl.col("DAY") / MONTH).round(2)).drop("DAY")

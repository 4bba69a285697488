"""Kaplan-Meier curves with numbers at risk; descriptive, without any test."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import polars as pl

from remit.report.figures.drawing import (
    course_encodings,
    course_scales,
    inline,
    specification,
)
from remit.report.figures.spider import MONTH
from remit.report.labels import courses
from remit.report.records import Figure
from remit.report.tabled import Report
from remit.stats.survival.kaplan_meier import kaplan_meier, numbers_at_risk, survival_at

STEP, AT_RISK_EVERY = 0.25, 3.0
LEAST_AT_RISK = 0.1
"""Share of patients still at risk below which a curve is not drawn: after the last scan a patient without
progression is censored at that scan, so the few who are left are those who go on to die."""
CAPTION = (
    "Descriptive: no test and no comparison rests on it. The pool of virtual patients is far larger "
    "than the trial, so the "
    "curves are smoother than a trial's would be. A curve ends where fewer than one in ten is still "
    "at risk. Beyond 24 months a curve would be driven by the structure of the model."
)


def progression_free(report: Report) -> Figure:
    """Progression-free survival by the primary reader."""
    return _figure(report, "PFS", "Progression-free survival", "progression-free", report.facts.reader)


def duration_of_response(report: Report) -> Figure:
    """Duration of response by the primary reader, from first response."""
    return _figure(report, "DOR", "Duration of response", "still in response", report.facts.reader)


def overall(report: Report) -> Figure:
    """Overall survival from first dose."""
    return _figure(report, "OS", "Overall survival", "alive", None)


def _figure(report: Report, code: str, title: str, what: str, reader: str | None) -> Figure:
    adtte = report.table("adtte").filter(pl.col("PARAMCD") == code)
    if reader is not None:
        adtte = adtte.filter(pl.col("READER") == reader)
    n = adtte.select("DRAW", "USUBJID").n_unique() if not adtte.is_empty() else 0
    origin = "first response" if code == "DOR" else "first dose"
    return Figure(
        id=f"figure-{code.lower()}",
        title=f"{title} (descriptive)",
        spec=None if adtte.is_empty() else _spec(adtte, report, what, origin),
        caption=CAPTION,
        n=f"{n:,} virtual patients with a value" if n else "",
    )


def _spec(adtte: pl.DataFrame, report: Report, what: str, origin: str) -> dict[str, object]:
    titles, colours, _ = course_scales(adtte, report.facts)
    longest = float(np.ceil(adtte["AVAL"].to_numpy().max() / MONTH / AT_RISK_EVERY) * AT_RISK_EVERY)
    grid, ticks = (
        np.arange(0, longest + STEP / 2, STEP),
        np.arange(0, longest + AT_RISK_EVERY / 2, AT_RISK_EVERY),
    )
    if len(ticks) > 13:
        ticks = ticks[::2]
    curve: list[Mapping[str, object]] = []
    counts: list[Mapping[str, object]] = []
    for title, (arm, scenario) in zip(titles, courses(adtte, report.facts), strict=True):
        part = adtte.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))
        time, event = part["AVAL"].to_numpy() / MONTH, part["CNSR"].to_numpy() == 0
        surviving, left = survival_at(kaplan_meier(time, event), grid), numbers_at_risk(time, grid)
        curve += [
            {"COURSE": title, "MONTH": float(m), "S": round(float(s), 4)}
            for m, s, k in zip(grid, surviving, left, strict=True)
            if k >= LEAST_AT_RISK * len(time)
        ]
        counts += [
            {"COURSE": title, "MONTH": float(m), "N": int(k)}
            for m, k in zip(ticks, numbers_at_risk(time, ticks), strict=True)
        ]
    scale = alt.Scale(domain=[0, longest])
    lines = (
        alt.Chart(inline(pl.DataFrame(curve)))
        .mark_line(interpolate="step-after", strokeWidth=1.8)
        .encode(
            x=alt.X(
                "MONTH:Q", scale=scale, axis=alt.Axis(title=f"months from {origin}", values=ticks.tolist())
            ),
            y=alt.Y("S:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=what)),
            **course_encodings(adtte, report.facts),
        )
        .properties(width=560, height=260)
    )
    colour = alt.Color("COURSE:N", scale=alt.Scale(domain=titles, range=colours), legend=None)
    numbers = (
        alt.Chart(inline(pl.DataFrame(counts)))
        .mark_text(fontSize=10)
        .encode(
            x=alt.X("MONTH:Q", scale=scale, axis=None),
            text=alt.Text("N:Q", format=","),
            color=colour,
            y=alt.Y(
                "COURSE:N",
                sort=titles,
                axis=alt.Axis(title=None, grid=False, domain=False, ticks=False, labelPadding=16),
            ),
        )
        .properties(
            width=560,
            height=alt.Step(15),
            title=alt.TitleParams("at risk", anchor="start", fontSize=11, fontWeight="normal"),
        )
    )
    return specification(
        alt.vconcat(lines, numbers, spacing=6).resolve_scale(color="independent", strokeDash="independent")
    )

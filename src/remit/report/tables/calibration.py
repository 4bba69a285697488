"""Calibration: each published result that the model was fitted to, beside what the model gives."""

from collections.abc import Mapping

from remit.report.labels import RESISTANCE
from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report

FAR = 2.0
"""Standard errors of a published result beyond which the model is said to miss it."""


def checks(report: Report) -> ReportTable:
    """Published against model, for each form of resistance, with the distance in standard errors."""
    found = report.facts.calibration
    forms = list(dict.fromkeys(form for each in found for form in each.model))
    titles = {form: RESISTANCE.get(form, form) for form in forms}
    rows: list[Mapping[str, Cell]] = [
        {
            "MEASURE": each.measure,
            "PUBLISHED": each.published,
            "STATE": "recalled, not yet checked" if each.recalled else "read in its source",
            "RECORDS": ", ".join(each.records),
        }
        | {f"M{place}": each.model.get(form) for place, form in enumerate(forms)}
        | {f"D{place}": _signed(each.distance.get(form)) for place, form in enumerate(forms)}
        for each in found
    ]
    columns = (
        Column("MEASURE", "Published result"),
        Column("PUBLISHED", "Published", "percent", plain=True),
        *(Column(f"M{place}", f"Model: {titles[form]}", "percent") for place, form in enumerate(forms)),
        *(Column(f"D{place}", f"Distance: {titles[form]}") for place, form in enumerate(forms)),
        Column("STATE", "Standing", "marked", plain=True),
        Column("RECORDS", "Records", plain=True),
    )
    return ReportTable(
        id="table-calibration",
        title="Results that the model was fitted to: published and model",
        columns=columns,
        rows=tuple(rows),
        n=f"{len(rows)} published results" if rows else "",
        absent="not calibrated",
        footnotes=(
            (
                "Distance: published minus model, in standard errors of the published result. Above zero "
                "the model lies below the published result."
            ),
            *(_missed(report, form, titles[form]) for form in forms),
            "PFS or DOR at a time: the share without the event then; 50% where a median was published.",
            "Agreement with results that a model was fitted to shows that it can be right, not that it is.",
        ),
    )


def _signed(distance: float | None) -> str | None:
    """A distance with its sign."""
    return None if distance is None else f"{distance:+.1f}"


def _missed(report: Report, form: str, title: str) -> str:
    """How many results the model misses under one form of resistance."""
    known = [each for each in report.facts.calibration if form in each.distance]
    missed = [each.measure for each in known if abs(each.distance[form]) > FAR]
    named = f" ({'; '.join(missed)})" if missed else ""
    return f"{title}: {len(missed)} of {len(known)} lie more than {FAR:g} standard errors away{named}."

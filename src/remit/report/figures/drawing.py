"""What all figures share: inline data, fonts and grid, and panels by arm and scenario."""

from typing import Any

import altair as alt
import polars as pl

from remit.report.facts import ReportFacts
from remit.report.labels import course_colour, course_dash, course_title, courses
from remit.report.records import STAMP

CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "white",
    "font": "Helvetica, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "gridColor": "#E6E6E6",
        "domainColor": "#666666",
        "tickColor": "#666666",
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 300,
        "labelFlush": False,
    },
    "legend": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 400},
    "header": {"labelFontSize": 12, "labelFontWeight": "bold", "title": None, "labelLimit": 400},
}
STAMPED = {
    "text": STAMP,
    "fontSize": 10,
    "fontWeight": "normal",
    "color": "#7A4700",
    "anchor": "end",
    "orient": "bottom",
    "offset": 6,
}


def inline(frame: pl.DataFrame) -> alt.InlineData:
    """A frame as data within the specification; rows keep their order."""
    return alt.InlineData(values=frame.to_dicts())


def specification(chart: alt.TopLevelMixin, stamp: str = STAMP) -> dict[str, Any]:
    """The specification of a chart with the shared configuration; the stamp is part of the drawing."""
    return chart.to_dict() | {"config": CONFIG, "title": STAMPED | {"text": stamp}}  # pyright: ignore[reportAttributeAccessIssue]


def course_scales(frame: pl.DataFrame, facts: ReportFacts) -> tuple[list[str], list[str], list[list[int]]]:
    """Titles, colours and dashes of the arms and scenarios of a frame, in the order of the report."""
    pairs = courses(frame, facts)
    return (
        [course_title(arm, scenario, facts) for arm, scenario in pairs],
        [course_colour(arm, scenario, facts) for arm, scenario in pairs],
        [course_dash(scenario) for _, scenario in pairs],
    )


def course_encodings(frame: pl.DataFrame, facts: ReportFacts) -> dict[str, Any]:
    """Colour and dash of lines by arm and scenario, with one legend."""
    titles, colours, dashes = course_scales(frame, facts)
    legend = alt.Legend(title=None, orient="top", columns=2, symbolSize=400, symbolStrokeWidth=2.5)
    return {
        "color": alt.Color("COURSE:N", scale=alt.Scale(domain=titles, range=colours), legend=legend),
        "strokeDash": alt.StrokeDash("COURSE:N", scale=alt.Scale(domain=titles, range=dashes), legend=legend),
    }


def panels(
    chart: alt.LayerChart | alt.Chart | alt.FacetChart,
    frame: pl.DataFrame,
    facts: ReportFacts,
    columns: int = 2,
) -> alt.FacetChart:
    """A chart repeated for each arm and scenario."""
    titles, _, _ = course_scales(frame, facts)
    return chart.facet(facet=alt.Facet("COURSE:N", sort=titles, title=None), columns=columns)

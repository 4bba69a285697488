"""Figures of the report: one file a figure, each a function from tables to a :class:`Figure`."""

from remit.report.figures import (
    exposure,
    forest,
    intervals,
    kaplan_meier,
    spider,
    swimmer,
    tornado,
    variance,
    waterfall,
)

FIRST_PAGE = {"intervals": intervals.figure, "tornado": tornado.figure, "forest": forest.figure}
DETAIL = {
    "exposure": exposure.figure,
    "waterfall": waterfall.figure,
    "spider": spider.figure,
    "swimmer": swimmer.figure,
    "progression-free": kaplan_meier.progression_free,
    "duration": kaplan_meier.duration_of_response,
    "overall": kaplan_meier.overall,
    "variance": variance.figure,
}

__all__ = ["DETAIL", "FIRST_PAGE"]

"""Cumulative incidence of an event, and of the events that come before it: competing risks, in each arm.

A hazard ratio or log-rank test of such an endpoint censors the competing events: it compares the hazards of
the event among those still without any (cause-specific), not the cumulative incidences.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from remit.analysis.plan_file import AnalysisPlan, TimeToEvent
from remit.analysis.results import Row
from remit.analysis.selecting import COMPETING, EVENT, TIME
from remit.stats.survival.competing_risks import Incidence, aalen_johansen, incidence_at

CAUSES = {"cumulative incidence": 1, "cumulative incidence, competing": 2}
"""Cause by the name of its parameter: the event of the endpoint, then all competing ones together."""
CAUSE_SPECIFIC = "cause-specific: competing events are censored"


def incidence_of(people: pl.DataFrame, plan: AnalysisPlan) -> Incidence:
    """Cumulative incidence of both causes, with log-log limits."""
    event, competing = people[EVENT].to_numpy(), people[COMPETING].to_numpy()
    cause = np.where(event, 1, np.where(competing, 2, 0))
    return aalen_johansen(people[TIME].to_numpy(), cause, plan.level, n_causes=2)


def incidences(people: pl.DataFrame, endpoint: TimeToEvent, plan: AnalysisPlan) -> Iterator[Row]:
    """Both cumulative incidences at each milestone; none if the endpoint has no competing events."""
    if not endpoint.competing or people.is_empty():
        return
    curve = incidence_of(people, plan)
    counts = {1: int(people[EVENT].sum()), 2: int(people[COMPETING].sum())}
    for at in endpoint.milestones:
        for parameter, cause in CAUSES.items():
            found = incidence_at(curve, cause, at)
            yield Row(
                METHOD="Aalen-Johansen, log-log limits",
                PARAMETER=parameter,
                TIME=at,
                ESTIMATE=found.value,
                LOW=found.low,
                HIGH=found.high,
                LEVEL=plan.level,
                EVENTS=counts[cause],
            )


def marked(rows: Iterator[Row], endpoint: TimeToEvent) -> Iterator[Row]:
    """Comparisons with the note that they are cause-specific, where the endpoint has competing events."""
    for row in rows:
        yield (
            replace(row, NOTE="; ".join(filter(None, [row.NOTE, CAUSE_SPECIFIC])))
            if endpoint.competing
            else row
        )

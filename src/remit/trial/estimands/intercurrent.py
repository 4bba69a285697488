"""When intercurrent events happen to each patient, and what each strategy makes of them."""

from collections.abc import Mapping

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Floats
from remit.trial.estimands.endpoint import (
    CROSSOVER,
    DEATH,
    NEW_THERAPY,
    OTHER_STOP,
    PROGRESSION,
    TOXICITY_STOP,
    Endpoint,
    strategies_of,
)
from remit.trial.milestones import OTHER, TOXICITY, Milestones

STOPS: Mapping[str, int] = {TOXICITY_STOP: TOXICITY, OTHER_STOP: OTHER}


def event_day(event: str, m: Milestones) -> Floats:
    """Day of an intercurrent event [day], infinite where it does not happen; of the shape of milestones.

    Raises
    ------
    InputError
        If milestones were made without the data that tell.
    """
    if event == NEW_THERAPY:
        return m.new_therapy
    if event == DEATH:
        return m.death
    if event == PROGRESSION:
        return m.progression
    if event == CROSSOVER:
        if m.crossover is None:
            raise problem("milestones: crossover", "none", "the day on which each patient crossed over")
        return m.crossover
    end = m.treatment
    if end is None or end.day is None or end.kind is None:
        found = "no day on which treatment was ended"
        raise problem(f"milestones: {event}", found, "exposure", "give adex to milestones()")
    return np.where(end.kind == STOPS[event], end.day, np.inf)


def days_under(strategy: str, endpoint: Endpoint, m: Milestones) -> dict[str, Floats]:
    """Days of the events of an endpoint that have a strategy; assessments missed have no day."""
    dated = (NEW_THERAPY, DEATH, PROGRESSION, CROSSOVER, *STOPS)
    chosen = [event for event, way in strategies_of(endpoint).items() if way == strategy and event in dated]
    return {event: event_day(event, m) for event in chosen}


def earliest(days: Mapping[str, Floats], m: Milestones) -> Floats:
    """First of some days, infinite where there is none; of the shape of milestones."""
    first = np.full(m.death.shape, np.inf)
    for day in days.values():
        first = np.minimum(first, day)
    return first

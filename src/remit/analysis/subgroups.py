"""Two arms compared within each level of a subgroup variable: described, not tested.

Each level has counts of both arms and one measure: the hazard ratio of a Cox model, or the difference of
rates after Miettinen and Nurminen, both without strata. No p-value: of many subgroups, some differ by chance.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from remit.analysis import response
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.analysis.results import Row
from remit.analysis.selecting import ARM, EVENT, RESPONSE, SUBGROUP
from remit.analysis.two_times import both_arms, data_of, ratio_of_hazards

OVERALL = "all"


def estimates(people: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan) -> Iterator[Row]:
    """Counts of each arm and the measure, in each level of each variable, and in all without strata."""
    if not plan.subgroups or not _is_asked(endpoint):
        return
    both = both_arms(people, plan)
    parts = [(OVERALL, both)]
    for name in plan.subgroups:
        column = f"{SUBGROUP}{name}"
        levels = both[column].unique().sort().to_list()
        parts += [(f"{name}: {level}", both.filter(pl.col(column) == level)) for level in levels]
    for title, part in parts:
        yield from (replace(row, SUBGROUP=title) for row in _of_level(part, endpoint, plan))


def _is_asked(endpoint: TimeToEvent | Response) -> bool:
    return endpoint.risk_difference if isinstance(endpoint, Response) else endpoint.hazard_ratio


def _of_level(part: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan) -> Iterator[Row]:
    outcome = RESPONSE if isinstance(endpoint, Response) else EVENT
    for arm in (plan.experimental, plan.reference):
        own = part.filter(pl.col(ARM) == arm)
        yield Row(METHOD="count", PARAMETER="subjects", ARM=arm, N=own.height, EVENTS=int(own[outcome].sum()))
    if isinstance(endpoint, Response):
        row = response.difference_of_rates(part, plan)
    else:
        row = ratio_of_hazards(data_of(part, plan), None, (), endpoint, plan)
    yield replace(
        row, ARM=plan.experimental, REFERENCE=plan.reference, UNIT=plan.time_unit, P_ONE=None, P_TWO=None
    )

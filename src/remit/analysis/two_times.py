"""Two arms compared by a time to an event: tests, hazard ratio, restricted means; also over strata."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from remit.analysis.competing import marked
from remit.analysis.plan_file import AnalysisPlan, TimeToEvent
from remit.analysis.results import Row, compared
from remit.analysis.selecting import ARM, STRATUM
from remit.analysis.time_to_event import arrays
from remit.stats.estimate import Booleans, Comparison, Floats
from remit.stats.survival.cox import hazard_ratio
from remit.stats.survival.log_rank import log_rank
from remit.stats.survival.max_combo import max_combo
from remit.stats.survival.restricted_mean import restricted_mean_difference

Data = tuple[Floats, Booleans, Booleans]
"""Times, events, and whether the arm is the experimental one, each of shape (n_subjects,)."""


def both_arms(people: pl.DataFrame, plan: AnalysisPlan) -> pl.DataFrame:
    """Subjects of the two arms that are compared."""
    return people.filter(pl.col(ARM).is_in([plan.experimental, plan.reference]))


def data_of(both: pl.DataFrame, plan: AnalysisPlan) -> Data:
    """What the tests are given."""
    return (*arrays(both), (both[ARM] == plan.experimental).to_numpy().astype(bool))


def comparisons(people: pl.DataFrame, endpoint: TimeToEvent, plan: AnalysisPlan) -> Iterator[Row]:
    """All tests and ratios of an endpoint; each without strata, and over them if the plan has some."""
    return marked(_comparisons(people, endpoint, plan), endpoint)


def _comparisons(people: pl.DataFrame, endpoint: TimeToEvent, plan: AnalysisPlan) -> Iterator[Row]:
    both = both_arms(people, plan)
    data = data_of(both, plan)
    n, events = both.height, int(data[1].sum())
    of_strata: tuple[Sequence[str], ...] = ((), plan.strata) if plan.strata else ((),)
    for strata in of_strata:
        stratum = both[STRATUM].to_numpy() if strata else None
        if endpoint.log_rank:
            found = without_estimate(log_rank(*data, stratum, level=plan.level))
            yield compared(found, n=n, events=events, strata=strata)
        if endpoint.max_combo:
            largest = max_combo(*data, stratum)
            row = compared(largest.comparison, n=n, events=events, strata=strata)
            yield replace(row, P_TWO=float(largest.p_value_absolute))
        if endpoint.hazard_ratio:
            yield ratio_of_hazards(data, stratum, strata, endpoint, plan)
    if endpoint.restricted_mean is not None:
        tau = endpoint.restricted_mean
        found = restricted_mean_difference(*data, tau, plan.level)
        note = "" if np.isfinite(found.estimate) else "an arm is not followed up to the horizon"
        yield replace(compared(found, n=n, events=events, time=tau), NOTE=note)


def ratio_of_hazards(
    data: Data, stratum: np.ndarray | None, strata: Sequence[str], endpoint: TimeToEvent, plan: AnalysisPlan
) -> Row:
    """The hazard ratio of a Cox model with treatment alone."""
    found = hazard_ratio(*data, stratum, ties=endpoint.ties, level=plan.level)
    row = compared(found, n=data[0].size, events=int(data[1].sum()), strata=strata)
    note = ""
    if np.isnan(found.estimate):
        note = "the data, or their strata, cannot give it"
    elif not np.isfinite(found.se):
        note = "no finite maximum of the likelihood; see the log-rank test"
    return replace(row, METHOD=f"{found.method}, {endpoint.ties.title()} ties", NOTE=note)


def without_estimate(found: Comparison) -> Comparison:
    """A test without the estimate that comes with it, where another method of the plan estimates that."""
    nothing = np.full_like(found.z, np.nan)
    return replace(found, parameter="", estimate=nothing, low=nothing, high=nothing, se=nothing)

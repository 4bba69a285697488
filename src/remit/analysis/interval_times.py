"""Survival where an event is only known to lie between two visits, in each arm, after Turnbull (1976).

The estimate has no confidence limits. Between visits it is only known to lie between two values, which are
the ``LOW`` and ``HIGH`` of its rows; ``ESTIMATE`` is empty unless they are equal.
"""

from collections.abc import Iterator

import polars as pl

from remit.analysis.plan_file import TimeToEvent
from remit.analysis.results import Row
from remit.analysis.selecting import LEFT, RIGHT
from remit.stats.survival.interval_censored import Between, quantile_between, survival_between, turnbull

METHOD = "Turnbull, interval-censored"
BETWEEN = "LOW and HIGH are what the estimate allows, no confidence limits"
SURVIVAL, MEDIAN = "survival, interval-censored", "median, interval-censored"


def interval_estimates(people: pl.DataFrame, endpoint: TimeToEvent) -> Iterator[Row]:
    """Median, and survival at each milestone; none if the endpoint has no bounds."""
    if not endpoint.has_bounds or people.is_empty():
        return
    curve = turnbull(people[LEFT].to_numpy(), people[RIGHT].to_numpy())
    notes = [BETWEEN]
    if not curve.is_converged:
        notes.append(f"not converged: the log-likelihood may be {curve.gap:.2g} too small")
    yield _row(MEDIAN, None, quantile_between(curve, 0.5), notes)
    for at in endpoint.milestones:
        yield _row(SURVIVAL, at, survival_between(curve, at), notes)


def _row(parameter: str, at: float | None, found: Between, notes: list[str]) -> Row:
    low, high = float(found.low), float(found.high)
    return Row(
        METHOD=METHOD,
        PARAMETER=parameter,
        TIME=at,
        ESTIMATE=low if low == high else None,
        LOW=low,
        HIGH=high,
        NOTE="; ".join(notes),
    )

"""Estimates of a time to an event in each arm: Kaplan-Meier, milestones, restricted mean, follow-up."""

from collections.abc import Iterator
from dataclasses import replace
from math import nan

import polars as pl

from remit.analysis.competing import incidences
from remit.analysis.interval_times import interval_estimates
from remit.analysis.plan_file import AnalysisPlan, TimeToEvent
from remit.analysis.results import Row
from remit.analysis.selecting import ARM, EVENT, TIME, arms_of
from remit.stats.estimate import Booleans, Estimate, Floats
from remit.stats.survival.follow_up import reverse_kaplan_meier
from remit.stats.survival.kaplan_meier import Curve, kaplan_meier, landmark, quantile
from remit.stats.survival.restricted_mean import restricted_mean

QUARTILES = {"lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75}
"""Share of subjects with an event by the name of the time."""


def curve_of(people: pl.DataFrame, endpoint: TimeToEvent, plan: AnalysisPlan) -> Curve:
    """Kaplan-Meier curve of subjects with the limits that the plan asks for."""
    time, event = arrays(people)
    return kaplan_meier(time, event, plan.level, endpoint.interval)


def arrays(people: pl.DataFrame) -> tuple[Floats, Booleans]:
    """Times and events of subjects, each of shape (n_subjects,)."""
    return people[TIME].to_numpy().astype(float), people[EVENT].to_numpy().astype(bool)


def estimates(people: pl.DataFrame, endpoint: TimeToEvent, plan: AnalysisPlan) -> Iterator[Row]:
    """All that is estimated in each arm."""
    for arm in arms_of(people, plan):
        own = people.filter(pl.col(ARM) == arm)
        rows = [
            *_of_curve(curve_of(own, endpoint, plan), endpoint, plan),
            *_of_times(*arrays(own), endpoint, plan),
            *incidences(own, endpoint, plan),
            *interval_estimates(own, endpoint),
        ]
        n, events = own.height, int(own[EVENT].sum())
        for row in rows:
            count = events if row.EVENTS is None else row.EVENTS
            yield replace(row, ARM=arm, UNIT=plan.time_unit, N=n, EVENTS=count)


def _of_curve(curve: Curve, endpoint: TimeToEvent, plan: AnalysisPlan) -> Iterator[Row]:
    """Quartiles, survival at the milestones, restricted mean."""
    method = f"Kaplan-Meier, {endpoint.interval} limits"
    for name, share in QUARTILES.items():
        yield _row(f"{method}, Brookmeyer-Crowley", name, quantile(curve, share, endpoint.flat), plan.level)
    for at in endpoint.milestones:
        yield replace(_row(method, "survival", landmark(curve, at), plan.level), TIME=at)
    if endpoint.restricted_mean is not None:
        yield _restricted_mean(curve, endpoint.restricted_mean, plan.level)


def _restricted_mean(curve: Curve, horizon: float, level: float) -> Row:
    """Area under the curve; none beyond the last time of the arm, and no limits where no variance is seen."""
    found = restricted_mean(curve, horizon, level)
    note = ""
    if not (curve.time.size and (curve.time[-1] >= horizon or curve.survival[-1] <= 0)):
        found, note = Estimate(nan, nan, nan), "not estimable, the arm is not followed up to the horizon"
    elif found.low == found.high:
        cause = "all events at one time" if (curve.events[curve.time < horizon] > 0).any() else "no event"
        found = Estimate(found.value, nan, nan)
        note = f"{cause} before the horizon, so the variance is estimated as zero and gives no limits"
    row = _row("area under the Kaplan-Meier curve", "restricted mean", found, level)
    return replace(row, TIME=horizon, NOTE=note)


def _of_times(time: Floats, event: Booleans, endpoint: TimeToEvent, plan: AnalysisPlan) -> Iterator[Row]:
    """Follow-up, and the first and last time."""
    if endpoint.follow_up:
        reverse = reverse_kaplan_meier(time, event, plan.level, endpoint.interval)
        found = quantile(reverse, 0.5, endpoint.flat)
        yield _row(f"reverse Kaplan-Meier, {endpoint.interval} limits", "median follow-up", found, plan.level)
    if time.size:
        for name, value in (("shortest time", float(time.min())), ("longest time", float(time.max()))):
            note = "" if event[time == value].any() else "censored"
            yield Row(METHOD="observed", PARAMETER=name, ESTIMATE=value, NOTE=note)


def _row(method: str, parameter: str, found: Estimate, level: float) -> Row:
    return Row(
        METHOD=method, PARAMETER=parameter, ESTIMATE=found.value, LOW=found.low, HIGH=found.high, LEVEL=level
    )

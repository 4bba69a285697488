"""Estimates of a response: rate in each arm, difference, test over strata, odds ratio."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from remit.analysis.plan_file import AnalysisPlan, Interval, Response
from remit.analysis.results import Row, compared
from remit.analysis.selecting import ARM, RESPONSE, STRATUM, arms_of
from remit.stats.estimate import Comparison, Integers
from remit.stats.proportions.clopper_pearson import exact_interval, exact_p_value
from remit.stats.proportions.fisher import fisher_exact, fisher_two_sided
from remit.stats.proportions.mantel_haenszel import cochran_mantel_haenszel, common_odds_ratio
from remit.stats.proportions.miettinen_nurminen import risk_difference, stratified_risk_difference
from remit.stats.proportions.odds_ratio import odds_ratio
from remit.stats.proportions.wilson import wilson_interval

INTERVALS = {"clopper-pearson": ("Clopper-Pearson", exact_interval), "wilson": ("Wilson", wilson_interval)}
"""Name and function of an interval of a rate."""

Counts = tuple[Integers, Integers, Integers, Integers]
"""Responders and patients of the experimental arm, then of the reference, each by stratum."""


def rates(people: pl.DataFrame, endpoint: Response, plan: AnalysisPlan) -> Iterator[Row]:
    """Rate of response in each arm with its interval, each kind of response, and the test of p0."""
    for arm in arms_of(people, plan):
        own = people.filter(pl.col(ARM) == arm)
        x, n = int(own[RESPONSE].sum()), own.height
        yield replace(rate(x, n, "response rate", plan.level, endpoint.interval), ARM=arm)
        if endpoint.p0 is not None:
            p = float(exact_p_value(np.asarray(x), np.asarray(n), endpoint.p0))
            yield Row(
                METHOD="exact binomial, one-sided",
                PARAMETER="",
                ARM=arm,
                N=n,
                EVENTS=x,
                P_ONE=p,
                NOTE=f"tests a response rate of at most {endpoint.p0:g}",
            )
        for value in endpoint.values:
            count = int((own["AVALC"] == value).sum())
            if count:
                yield replace(rate(count, n, f"rate of {value}", plan.level, endpoint.interval), ARM=arm)
        absent = int(own["AVALC"].null_count())
        if absent:
            yield replace(rate(absent, n, "rate without a record", plan.level, endpoint.interval), ARM=arm)


def rate(x: int, n: int, parameter: str, level: float, interval: Interval) -> Row:
    """A rate with its interval."""
    name, limits_of = INTERVALS[interval]
    limits = limits_of(np.asarray(x), np.asarray(n), level)
    return Row(
        METHOD=name,
        PARAMETER=parameter,
        ESTIMATE=x / n if n else None,
        LOW=float(limits.low),
        HIGH=float(limits.high),
        LEVEL=level,
        N=n,
        EVENTS=x,
    )


def comparisons(people: pl.DataFrame, endpoint: Response, plan: AnalysisPlan) -> Iterator[Row]:
    """Difference, tests and odds ratio of the two arms; over strata where the plan has some."""
    counts = counts_by_stratum(people, plan)
    whole = in_all(counts)

    def row(found: Comparison, strata: Sequence[str] = ()) -> Row:
        x1, n1, x0, n0 = (int(each) for each in whole)
        return compared(found, n=n1 + n0, events=x1 + x0, strata=strata)

    if endpoint.risk_difference:
        null = -endpoint.margin
        note = f"tests a difference of {null:g}" if endpoint.margin else ""
        yield replace(row(risk_difference(*whole, null=null, level=plan.level)), NOTE=note)
        if plan.strata:
            over = stratified_risk_difference(*counts, null=null, level=plan.level)
            yield replace(row(over, plan.strata), NOTE=note)
    if endpoint.mantel_haenszel:
        yield row(cochran_mantel_haenszel(*counts), plan.strata)
    if endpoint.fisher:
        exact = fisher_exact(*whole, level=plan.level)
        two = float(fisher_two_sided(*whole))
        nothing = {"PARAMETER": "", "ESTIMATE": None, "LOW": None, "HIGH": None, "LEVEL": None, "SE": None}
        yield replace(row(exact), **nothing, P_TWO=two)
    if endpoint.odds_ratio:
        yield row(odds_ratio(*whole, level=plan.level))
        if plan.strata:
            yield row(common_odds_ratio(*counts, level=plan.level), plan.strata)


def difference_of_rates(people: pl.DataFrame, plan: AnalysisPlan) -> Row:
    """The difference of the two arms without strata, after Miettinen and Nurminen."""
    whole = in_all(counts_by_stratum(people, plan))
    x1, n1, x0, n0 = (int(each) for each in whole)
    return compared(risk_difference(*whole, level=plan.level), n=n1 + n0, events=x1 + x0)


def counts_by_stratum(people: pl.DataFrame, plan: AnalysisPlan) -> Counts:
    """Responders and subjects of both arms in each stratum, in the order of the strata's names."""
    strata = people[STRATUM].unique().sort().to_list()

    def count(arm: str) -> tuple[Integers, Integers]:
        own = [people.filter((pl.col(ARM) == arm) & (pl.col(STRATUM) == each)) for each in strata]
        return (
            np.array([int(part[RESPONSE].sum()) for part in own], dtype=np.int64),
            np.array([part.height for part in own], dtype=np.int64),
        )

    return (*count(plan.experimental), *count(plan.reference))


def in_all(counts: Counts) -> Counts:
    """Counts over all strata, each of shape ()."""
    x1, n1, x0, n0 = (np.asarray(each.sum(), dtype=np.int64) for each in counts)
    return x1, n1, x0, n0

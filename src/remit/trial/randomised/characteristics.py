"""Operating characteristics of randomised trials, each with its Monte Carlo standard error.

Trials of one parameter draw are treated as one in every error. The share of all trials that show benefit is
the assurance: parameters are as uncertain as the pool says. Effects are those that a trial would report at
the look that ends a hypothesis; trials that stop early for benefit overstate them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.results import OPERATING
from remit.stats.estimate import Floats, Integers
from remit.stats.monte_carlo import grouped_mean_error, mean_error
from remit.trial.analysis import Row, measure_row, spread
from remit.trial.designs.group_sequential import type_I_error
from remit.trial.enrolment import DAYS_PER_MONTH
from remit.trial.randomised.plan import Hypothesis, RandomisedTrial
from remit.trial.randomised.power_by_draw import power_by_draw
from remit.trial.randomised.trials import Randomised
from remit.trial.randomised.truth import TrueEffects

ENDS = ("efficacy", "futility", "harm", "not shown", "not tested")
"""Decisions that end a hypothesis."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of rows of table ``looks`` with the draws of its trials."""

    values: Floats
    draw: Integers


def operating_characteristics(
    found: Randomised, trial: RandomisedTrial, truths: Mapping[str, TrueEffects] | None = None
) -> pl.DataFrame:
    """Table ``operating`` of a randomised trial; ``ARM`` is the experimental arm of the hypothesis.

    Parameters
    ----------
    found
        The trials. If they are refused, the table holds only the two sizes.
    trial
        As declared.
    truths
        By name of a hypothesis, the effects that its estimates are held against.
    """
    key: Row = {"SCENARIO": str(found.trials["SCENARIO"][0])}
    n = found.trials["REPLICATE"].n_unique()
    if found.is_refused:
        refused = (
            measure_row("refused: effective size of the pool", found.effective_size, n),
            measure_row("refused: effective size needed", found.needed_size, n),
        )
        rows = [key | {"ARM": arm} | row for arm in trial.arms for row in refused]
        return OPERATING.tidy(pl.DataFrame(rows, schema=OPERATING.schema()))
    rows: list[Row] = []
    for j, hypothesis in enumerate(trial.testing.hypotheses):
        own = found.looks.filter(
            (pl.col("COMPARISON") == hypothesis.comparison) & (pl.col("ENDPOINT") == hypothesis.endpoint)
        )
        measured = [
            *_decisions(own, hypothesis, n),
            *_power(found, trial, j),
            *_effects(ended(own)),
            *_against_truth(ended(own), (truths or {}).get(hypothesis.name)),
        ]
        arm: Row = {"ARM": hypothesis.experimental}
        rows += [key | arm | row | {"MEASURE": f"{hypothesis.name}: {row['MEASURE']}"} for row in measured]
    first: Row = {"ARM": trial.testing.hypotheses[0].experimental}
    rows += [key | first | row for row in (*_conduct(found.looks), *_regions(found.regions))]
    return OPERATING.tidy(pl.DataFrame(rows, schema=OPERATING.schema()))


def ended(looks: pl.DataFrame) -> pl.DataFrame:
    """The look that ended a hypothesis, one row a trial in which it was looked at there."""
    return looks.filter(pl.col("DECISION").is_in(ENDS))


def mean_row(measure: str, of: Column, shown: bool = True) -> Row:
    """Mean over trials, null values left out; ``shown`` gives its 90% interval over trials."""
    there = np.isfinite(of.values)
    values, draw = of.values[there], of.draw[there]
    if not values.size:
        return measure_row(measure, np.nan, 0)
    varies = values.min() < values.max()
    error = grouped_mean_error(values, draw).mcse if varies else np.nan
    interval = spread(values) if shown else (np.nan, np.nan)
    return measure_row(measure, float(values.mean()), values.size, error, interval)


def column(frame: pl.DataFrame, of: pl.Expr) -> Column:
    """A quantity of each row, NaN where it is null."""
    values = frame.select(of.cast(pl.Float64).fill_null(np.nan))
    return Column(values.to_series().to_numpy(), frame["DRAW"].to_numpy())


def _decisions(looks: pl.DataFrame, hypothesis: Hypothesis, n: int) -> list[Row]:
    """How often each look ends the hypothesis and how, of all trials; and what it comes with."""
    last = looks.group_by("REPLICATE").agg(
        pl.col("DRAW").first(), pl.col("DECISION").last(), pl.col("LOOK").last()
    )
    shown = pl.col("DECISION") == "efficacy"
    rows = [mean_row("probability of showing benefit (assurance)", column(last, shown), shown=False)]
    for number in hypothesis.looks:
        for why in ("efficacy", "futility", "harm"):
            here = (pl.col("LOOK") == number) & (pl.col("DECISION") == why)
            share = column(last, here)
            if why == "efficacy" or share.values.any():
                rows.append(mean_row(f"stops for {why} at look {number}", share, shown=False))
    ends = ended(looks)
    for measure, of in (
        ("events at its end", pl.col("EVENTS")),
        ("information fraction at its end", pl.col("INFO")),
        ("decision [month]", pl.col("DECIDAY") / DAYS_PER_MONTH),
        ("cut at the calendar cap", pl.col("ATCAP")),
    ):
        rows.append(mean_row(measure, column(ends, of), shown="cap" not in measure))
    rows.append(measure_row("trials", n, n))
    return rows


def _power(found: Randomised, trial: RandomisedTrial, j: int) -> list[Row]:
    """Power at the median draw and by draw, and error of the bounds, if the hypothesis begins with weight."""
    testing, statistics = trial.testing, found.statistics
    hypothesis, share = testing.hypotheses[j], float(testing.graph.weights[j])
    if share <= 0:
        return []
    at = testing.positions(hypothesis)
    power = power_by_draw(
        statistics.z[:, at, j], statistics.events[:, at, j], statistics.draw, (hypothesis, testing), share
    )
    over = mean_error(power.power)
    return [
        measure_row("power at the median draw", power.at_median, power.draw.size),
        measure_row("power by draw", over.value, power.draw.size, over.mcse, spread(power.power)),
        measure_row("type I error of the bounds", type_I_error(hypothesis.test) * share, 0, 0.0),
    ]


def _effects(ends: pl.DataFrame) -> list[Row]:
    """Estimates at the look that ends the hypothesis."""
    benefit = ends.filter(pl.col("DECISION") == "efficacy")
    over = ends.filter(pl.col("OVERP").is_not_null())
    rows = [
        _ratio("average hazard ratio", ends),
        _ratio("average hazard ratio where benefit is shown", benefit),
        mean_row("difference of restricted means [day]", column(ends, pl.col("RMSTD"))),
        mean_row("difference of survival at the milestone", column(ends, pl.col("MSD"))),
    ]
    if over.height:
        rows += [
            mean_row("events that over-run a stop", column(over, pl.col("OVEREVT") - pl.col("EVENTS"))),
            mean_row("statistic gained by over-running", column(over, pl.col("OVERZ") - pl.col("Z"))),
        ]
    return rows


def _ratio(measure: str, ends: pl.DataFrame) -> Row:
    """Geometric mean of hazard ratios, its error by the delta method; 0 and infinite ones are left out."""
    # An infinite ratio is null in the table; one of 0 has no logarithm.
    logs = column(ends, pl.when(pl.col("HR") > 0).then(pl.col("HR").log()))
    there = np.isfinite(logs.values)
    if not there.any():
        return measure_row(measure, np.nan, 0)
    values, draw = logs.values[there], logs.draw[there]
    ratio = float(np.exp(values.mean()))
    error = ratio * grouped_mean_error(values, draw).mcse
    return measure_row(measure, ratio, values.size, error, spread(np.exp(values)))


def _against_truth(ends: pl.DataFrame, truth: TrueEffects | None) -> list[Row]:
    """The truth of the pool, and how estimates and intervals stand to it."""
    if truth is None:
        return []
    months = truth.follow_up / DAYS_PER_MONTH
    logs = truth.log_hazard_ratio
    over = mean_error(logs[np.isfinite(logs)]) if np.isfinite(logs).any() else mean_error(np.array([np.nan]))
    value = float(np.exp(over.value))
    low, high = spread(np.exp(logs))
    rows = [
        measure_row(
            f"true hazard ratio, Cox average to {months:.0f} months", value, logs.size, value * over.mcse,
            (low, high),
        ),
        _of_draws("true difference of restricted means [day]", truth.restricted_mean),
        _of_draws("true difference of survival at the milestone", truth.milestone),
    ]  # fmt: skip
    of_draw = pl.DataFrame({"DRAW": truth.draw, "TRUE": logs}, schema_overrides={"DRAW": pl.Int32})
    held = ends.join(of_draw, on="DRAW", how="left")
    inside = {
        "coverage of the 95% interval as of one look": ("HRLCL", "HRUCL"),
        "coverage of the repeated interval": ("HRRLCL", "HRRUCL"),
    }
    rows.append(
        mean_row("log hazard ratio less the true one", column(held, pl.col("HR").log() - pl.col("TRUE")))
    )
    for measure, (lower, upper) in inside.items():
        covers = (pl.col(lower).log() <= pl.col("TRUE")) & (pl.col("TRUE") <= pl.col(upper).log())
        rows.append(mean_row(measure, column(held, covers), shown=False))
    return rows


def _of_draws(measure: str, values: Floats) -> Row:
    known = values[np.isfinite(values)]
    if not known.size:
        return measure_row(measure, np.nan, values.size)
    over = mean_error(known)
    return measure_row(measure, over.value, known.size, over.mcse, spread(known))


def _conduct(looks: pl.DataFrame) -> list[Row]:
    """The trial as a whole, at its last look."""
    last = looks.sort("LOOK").group_by("REPLICATE", maintain_order=True).last()
    return [
        mean_row("trial: last decision [month]", column(last, pl.col("DECIDAY") / DAYS_PER_MONTH)),
        mean_row("trial: last data cut-off [month]", column(last, pl.col("CUTDAY") / DAYS_PER_MONTH)),
        mean_row("trial: patients randomised", column(last, pl.col("ENRDECI"))),
        mean_row("trial: looks held", column(last, pl.col("LOOK"))),
    ]


def _regions(regions: pl.DataFrame) -> list[Row]:
    """How often each region keeps half of the effect of all, and all favour the experimental arm."""
    rows: list[Row] = []
    succeed = regions.filter(pl.col("REJECTS"))
    for (region,), own in regions.group_by("REGION", maintain_order=True):
        where = pl.col("REGION") == region
        rows += [
            mean_row(f"region {region}: keeps half of the effect", column(own, pl.col("KEEPS")), shown=False),
            mean_row(
                f"region {region}: keeps half of the effect, of trials that show benefit",
                column(succeed.filter(where), pl.col("KEEPS")),
                shown=False,
            ),
            mean_row(f"region {region}: events", column(own, pl.col("EVENTS"))),
        ]
    alike = succeed.group_by("REPLICATE").agg(
        pl.col("DRAW").first(), (pl.col("EFFECT") > 0).all().alias("ALL")
    )
    rows.append(
        mean_row("all regions favour, of trials that show benefit", column(alike, pl.col("ALL")), False)
    )
    return rows

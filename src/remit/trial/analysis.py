"""Operating characteristics of replicated trials, and the truth of the pool behind them.

Uncertainty is nested: parameter draw, patients of that draw, trial. A trial takes its patients from the
finite pool of its draw, so trials of one draw vary less than trials of one population, and draws differ
more than their populations do; over all draws the two effects cancel and the spread of the observed rate
is right. Power by draw is therefore exact binomial power at the rate of the draw, never the share of its
own trials that reject.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.results import OPERATING
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.monte_carlo import grouped_mean_error, grouped_quantile_error, mean_error, quantile
from remit.stats.nested_variance import (
    NestedProportion,
    jackknife_error,
    nested_proportion_variance,
    true_rates,
)
from remit.stats.proportions.clopper_pearson import exact_power
from remit.stats.survival.kaplan_meier import kaplan_meier, median
from remit.trial.enrolment import DAYS_PER_MONTH
from remit.trial.readout import Readout
from remit.trial.replicates import Replicates

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95
MEANS = {
    "ORR": "ORR",
    "CR": "CR",
    "probability that the trial rejects p0 (assurance)": "REJECT",
    "trials ripe at the cut-off": "RIPE",
    "patients treated": "N",
    "patients evaluable": "EVALUABLE",
}
"""Measures that are means over trials, and their column."""
MEDIANS = {
    "median PFS [month]": "PFSMED",
    "median PFS censored at new therapy or missed scans [month]": "PFSNTMED",
    "median DOR [month]": "DORMED",
    "median OS [month]": "OSMED",
}
"""Measures that are medians over trials, and their column; null in a trial that does not reach it."""
DAYS = {"enrolment complete [month]": "ENROLDAY", "data cut-off [month]": "CUTDAY"}

Row = dict[str, str | float | int | None]


@dataclass(frozen=True, slots=True)
class Course:
    """Trials of one arm and scenario, and best response and PFS of its pool."""

    trials: pl.DataFrame
    subjects: pl.DataFrame
    readout: Readout


def operating_characteristics(
    replicates: Replicates, adrs: pl.DataFrame, adtte: pl.DataFrame, readout: Readout
) -> pl.DataFrame:
    """Table ``operating`` for every arm and scenario.

    Measures named true are of the pool over its whole follow-up, with a 90% interval over parameter draws
    (that of rates is cleared of the noise of finite draws; that of medians is not) and the number of draws
    in place of replicates. All others are over trials, with 90% intervals over trials; errors of means
    treat trials of one draw as one. What is infinite is null: not reached. OS is descriptive.

    Parameters
    ----------
    replicates
        Trials and what must be said about them. If they are refused, the table holds only the two sizes.
    adrs, adtte
        Responses and times to event of the whole pool.
    readout
        The declared analysis.
    """
    rows: list[Row] = []
    for (arm, scenario), trials in replicates.trials.group_by("ARM", "SCENARIO", maintain_order=True):
        key: Row = {"ARM": str(arm), "SCENARIO": str(scenario)}
        if replicates.is_refused:
            found = refusal(replicates, trials.height)
        else:
            here = (pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)
            subjects = _subjects(adrs.filter(here), adtte.filter(here), readout.reader)
            found = characteristics(Course(trials, subjects, readout))
        rows += [key | row for row in found]
    return OPERATING.tidy(pl.DataFrame(rows, schema=OPERATING.schema()))


def refusal(replicates: Replicates, n_trials: int) -> list[Row]:
    """Two rows in place of operating characteristics: effective size of the pool, and the one needed."""
    return [
        measure_row("refused: effective size of the pool", replicates.effective_size, n_trials),
        measure_row("refused: effective size needed", replicates.needed_size, n_trials),
    ]


def measure_row(
    measure: str,
    value: float,
    n: int,
    mcse: float = np.nan,
    interval: tuple[float, float] = (np.nan, np.nan),
) -> Row:
    """A row of table ``operating`` without its key; NaN and infinity become null."""

    def finite(number: float) -> float | None:
        return float(number) if np.isfinite(number) else None

    return {
        "MEASURE": measure,
        "VALUE": finite(value),
        "MCSE": finite(mcse),
        "LOW90": finite(interval[0]),
        "HIGH90": finite(interval[1]),
        "N_REPLICATES": n,
    }


def spread(values: Floats) -> tuple[float, float]:
    """90% interval of values, infinite ones allowed."""
    return quantile(values, LOW), quantile(values, HIGH)


def characteristics(course: Course) -> list[Row]:
    """All rows of one arm and scenario."""
    subjects = course.subjects
    draw = subjects["DRAW"].to_numpy()
    responds = subjects["AVALC"].is_in(["CR", "PR"]).to_numpy()
    parts = nested_proportion_variance(responds, draw)
    complete = nested_proportion_variance((subjects["AVALC"] == "CR").to_numpy(), draw)
    return [
        *_trial_rows(course.trials),
        _true_rate("true ORR", parts),
        _true_rate("true CR", complete),
        *_true_medians(subjects, responds, draw),
        *(_power(course, parts) if course.trials["REJECT"].null_count() < course.trials.height else ()),
        *interval_split(parts, course.readout.n_patients),
        *error_split(course.trials, parts),
    ]


def _trial_rows(trials: pl.DataFrame) -> list[Row]:
    """Means and medians over trials."""
    n, every = trials.height, trials["DRAW"].to_numpy()
    rows: list[Row] = []
    for measure, column in MEANS.items():
        if trials[column].null_count() == n:
            continue  # An arm of a randomised trial has no test of its own.
        values = trials[column].cast(pl.Float64).to_numpy()
        error = grouped_mean_error(values, every)
        shown = (np.nan, np.nan) if column in ("REJECT", "RIPE") else spread(values)
        # Trials that are all alike say nothing about the error.
        mcse = error.mcse if values.min() < values.max() else np.nan
        rows.append(measure_row(measure, float(values.mean()), n, mcse, shown))
    responds = (trials["RESPONDERS"] > 0).to_numpy()
    for measure, column in MEDIANS.items():
        # A trial without responders has no duration of response, which is not one that is not reached.
        kept = responds if column == "DORMED" else np.ones(n, dtype=bool)
        values, draw = trials[column].fill_null(np.inf).to_numpy()[kept], every[kept]
        if not values.size:
            continue
        error = grouped_quantile_error(values, draw, MIDDLE)
        rows.append(measure_row(measure, error.value, n, error.mcse, spread(values)))
        rows.append(_reached(measure, values, draw))
    for measure, column in DAYS.items():
        values = trials[column].to_numpy() / DAYS_PER_MONTH
        rows.append(
            measure_row(
                measure, float(values.mean()), n, grouped_mean_error(values, every).mcse, spread(values)
            )
        )
    return rows


def _reached(measure: str, values: Floats, draw: Integers) -> Row:
    reached = np.isfinite(values).astype(float)
    name = f"trials that reach the {measure.removesuffix(' [month]')}"
    mcse = grouped_mean_error(reached, draw).mcse if 0 < reached.mean() < 1 else np.nan
    return measure_row(name, float(reached.mean()), values.size, mcse)


def _true_rate(measure: str, parts: NestedProportion) -> Row:
    mean = parts.mean
    mcse = mean.mcse if parts.rate.size > 1 else _pool_error(parts)
    return measure_row(measure, mean.value, parts.rate.size, mcse, spread(true_rates(parts)))


def _true_medians(subjects: pl.DataFrame, responds: Booleans, draw: Integers) -> list[Row]:
    rows: list[Row] = []
    for measure, code, counted in (
        ("true median PFS [month]", "PFS", np.ones(draw.size, dtype=bool)),
        ("true median DOR [month]", "DOR", responds),
    ):
        time = subjects[code].to_numpy() / DAYS_PER_MONTH
        event = subjects[f"{code}_EVENT"].to_numpy()
        values = np.array([_median(time, event, counted & (draw == one)) for one in np.unique(draw)])
        whole = _median(time, event, counted)
        left_out = [_median(time, event, counted & (draw != one)) for one in np.unique(draw)]
        rows.append(
            measure_row(measure, whole, values.size, jackknife_error(np.array(left_out)), spread(values))
        )
    return rows


def _median(time: Floats, event: Booleans, counted: Booleans) -> float:
    """Median survival of some patients, infinite where it is not reached or there are none."""
    return median(kaplan_meier(time[counted], event[counted])).value if counted.any() else np.inf


def _power(course: Course, parts: NestedProportion) -> list[Row]:
    """Power at the median draw, power by draw, and the type I error of the test."""
    r, rates = course.readout, np.clip(true_rates(parts), 0.0, 1.0)
    n = int(course.trials["N"].max() or 0)  # pyright: ignore[reportArgumentType]
    by_draw = exact_power(n, r.p0, r.alpha, rates)
    at_median = float(exact_power(n, r.p0, r.alpha, np.asarray(quantile(rates, MIDDLE))))
    level = float(exact_power(n, r.p0, r.alpha, np.asarray(r.p0)))
    over = mean_error(by_draw)
    return [
        measure_row("power at the median draw", at_median, rates.size),
        measure_row("power by draw", over.value, rates.size, over.mcse, spread(by_draw)),
        measure_row("type I error at p0 (exact)", level, 0, 0.0),
    ]


def interval_split(parts: NestedProportion, n_patients: int) -> list[Row]:
    """Shares of the variance of the observed response rate of a trial of ``n_patients``.

    Parameter uncertainty is the variance of the true rate over draws, trial sampling the binomial variance
    of a trial from an endless population.
    """
    # Of one draw the variance between draws is unknown, not zero.
    between = max(parts.between.value, 0.0) if np.isfinite(parts.between.value) else np.nan
    sampling = parts.within.value / n_patients
    whole = between + sampling
    error = _share_error(parts, n_patients)
    share = between / whole if whole > 0 else np.nan
    return [
        measure_row("share of ORR variance: parameter uncertainty", share, parts.rate.size, error),
        measure_row("share of ORR variance: trial sampling", 1 - share, parts.rate.size, error),
        measure_row("SD of ORR: parameter uncertainty", np.sqrt(between), parts.rate.size),
        measure_row("SD of ORR: trial sampling", np.sqrt(sampling), parts.rate.size),
    ]


def _share_error(parts: NestedProportion, n_patients: int) -> float:
    """Error of the share by the delta method, from the error of the variance between draws."""
    between, sampling = max(parts.between.value, 0.0), parts.within.value / n_patients
    whole = between + sampling
    return float(sampling / whole**2 * parts.between.mcse) if whole > 0 else np.nan


def _pool_error(parts: NestedProportion) -> float:
    """Error of the mean rate that comes from the number of patients in the pool."""
    return float(np.sqrt(parts.within.value / parts.size.sum()))


def error_split(trials: pl.DataFrame, parts: NestedProportion) -> list[Row]:
    """Monte Carlo error of the mean ORR: from parameter draws, from patients of the pool, from replicates."""
    n_draws, n = parts.rate.size, trials.height
    between = max(parts.between.value, 0.0) if np.isfinite(parts.between.value) else np.nan
    own = trials.select(pl.col("ORR") - pl.col("ORR").mean().over("DRAW"))["ORR"].to_numpy()
    left = max(n - trials["DRAW"].n_unique(), 1)
    return [
        measure_row("error of ORR from draws", np.sqrt(between / n_draws), n),
        measure_row("error of ORR from the pool", _pool_error(parts), n),
        measure_row("error of ORR from replicates", float(np.sqrt((own**2).sum() / left / n)), n),
    ]


def _subjects(adrs: pl.DataFrame, adtte: pl.DataFrame, reader: str) -> pl.DataFrame:
    """Best response, PFS and DOR of each patient by one reader; DOR of others than responders is null."""
    key = ["DRAW", "USUBJID"]
    best = adrs.filter((pl.col("PARAMCD") == "BOR") & (pl.col("READER") == reader)).select(*key, "AVALC")
    for code in ("PFS", "DOR"):
        times = adtte.filter((pl.col("PARAMCD") == code) & (pl.col("READER") == reader)).select(
            *key, pl.col("AVAL").alias(code), (pl.col("CNSR") == 0).alias(f"{code}_EVENT")
        )
        best = best.join(times, on=key, how="left")
    return best.with_columns(pl.col("PFS_EVENT", "DOR_EVENT").fill_null(value=False)).sort(key)


def concordance(adrs: pl.DataFrame, readers: tuple[str, str] = ("INV", "IRC")) -> pl.DataFrame:
    """Best response by two readers against each other.

    Returns
    -------
    ARM, SCENARIO, one column per reader with its best response, and N, the patients; every pair that occurs.
    """
    key = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
    best = adrs.filter(pl.col("PARAMCD") == "BOR")
    first, second = (
        best.filter(pl.col("READER") == reader).select(*key, pl.col("AVALC").alias(reader))
        for reader in readers
    )
    pairs = first.join(second, on=key, how="inner")
    by = ["ARM", "SCENARIO", *readers]
    return pairs.group_by(by).agg(pl.len().alias("N")).sort(by)

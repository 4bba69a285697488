"""The headline numbers: response rates with their interval split into its parts, and what moves them most."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from remit.report.facts import ReportFacts
from remit.report.labels import courses, scenario_title

LOW, HIGH = 0.05, 0.95


def response_summary(trials: pl.DataFrame, facts: ReportFacts) -> list[dict[str, float | int | str | None]]:
    """One record per arm and scenario.

    The total interval is that of the rate a trial would observe. Its parts are the spread of the mean
    rate over parameter draws (parameter uncertainty) and the spread of the trials around the mean of
    their own draw (trial sampling, centred on the overall mean).
    """
    return [_summary(arm, scenario, _one(trials, arm, scenario)) for arm, scenario in courses(trials, facts)]


def _one(trials: pl.DataFrame, arm: str, scenario: str) -> pl.DataFrame:
    return trials.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)).sort("REPLICATE")


def _summary(arm: str, scenario: str, trials: pl.DataFrame) -> dict[str, float | int | str | None]:
    rate = trials["ORR"].to_numpy()
    by_draw = trials.group_by("DRAW").agg(pl.col("ORR").mean()).sort("DRAW")["ORR"].to_numpy()
    own = trials.select(pl.col("ORR").mean().over("DRAW"))["ORR"].to_numpy()
    sampling = rate - own + rate.mean()
    between = float(np.std(by_draw, ddof=1)) if len(by_draw) > 1 else None
    within = float(np.sqrt(np.mean((rate - own) ** 2) / len(rate)))
    draw_error = None if between is None else between / np.sqrt(len(by_draw))
    return {
        "ARM": arm,
        "SCENARIO": scenario,
        "N": trials["N"].to_list()[0],
        "REPLICATES": trials.height,
        "DRAWS": len(by_draw),
        "ORR": float(rate.mean()),
        "LOW": _quantile(rate, LOW),
        "HIGH": _quantile(rate, HIGH),
        "PLOW": _quantile(by_draw, LOW),
        "PHIGH": _quantile(by_draw, HIGH),
        "SLOW": _quantile(sampling, LOW),
        "SHIGH": _quantile(sampling, HIGH),
        "DRAWERROR": draw_error,
        "REPLICATEERROR": within,
        "CR": _mean(trials, "CR"),
        "CRLOW": _quantile(trials["CR"].drop_nulls().to_numpy(), LOW),
        "CRHIGH": _quantile(trials["CR"].drop_nulls().to_numpy(), HIGH),
        "REJECT": _mean(trials, "REJECT"),
        "RIPE": _mean(trials, "RIPE"),
    }


def _mean(frame: pl.DataFrame, column: str) -> float | None:
    values = frame[column].drop_nulls().cast(pl.Float64).to_numpy()
    return float(values.mean()) if len(values) else None


def _quantile(values: np.ndarray, level: float) -> float | None:
    return float(np.quantile(values, level)) if len(values) else None


def median_over_trials(trials: pl.DataFrame, column: str) -> tuple[float, float, float] | None:
    """5th, 50th and 95th percentile over trials of a median time; infinite where not reached."""
    values = np.sort(trials[column].fill_null(np.inf).to_numpy())
    if not len(values):
        return None
    low, middle, high = (float(values[round(level * (len(values) - 1))]) for level in (LOW, 0.5, HIGH))
    return low, middle, high


def swings(sensitivity: pl.DataFrame, trials: pl.DataFrame, facts: ReportFacts) -> pl.DataFrame:
    """Lowest and highest response rate per assumption, arm and scenario, for the investigational arm.

    The two parts of a scenario's name are assumptions too: their effect is read from the trials, with
    the other part held.
    """
    schema = {
        "FACTOR": pl.String,
        "ARM": pl.String,
        "SCENARIO": pl.String,
        "LOWLEVEL": pl.String,
        "HIGHLEVEL": pl.String,
        "LOW": pl.Float64,
        "HIGH": pl.Float64,
        "MCSE": pl.Float64,
        "SWING": pl.Float64,
    }
    rows = _scenario_levels(trials, facts)
    kept = sensitivity.filter(pl.col("ARM") == facts.investigational).select(
        "FACTOR", "LEVEL", "ARM", "SCENARIO", "ORR", "MCSE"
    )
    levels = pl.concat([kept, rows]) if not rows.is_empty() else kept
    if levels.is_empty():
        return pl.DataFrame(schema=schema)
    grouped = levels.sort("FACTOR", "ARM", "SCENARIO", "ORR", "LEVEL").group_by(
        "FACTOR", "ARM", "SCENARIO", maintain_order=True
    )
    found = grouped.agg(
        pl.col("LEVEL").first().alias("LOWLEVEL"),
        pl.col("LEVEL").last().alias("HIGHLEVEL"),
        pl.col("ORR").first().alias("LOW"),
        pl.col("ORR").last().alias("HIGH"),
        pl.col("MCSE").max(),
    )
    return found.with_columns(SWING=pl.col("HIGH") - pl.col("LOW"))


def _scenario_levels(trials: pl.DataFrame, facts: ReportFacts) -> pl.DataFrame:
    """Mean response rates of the named scenarios, as levels of two assumptions."""
    rows: list[Mapping[str, object]] = []
    for each in response_summary(trials.filter(pl.col("ARM") == facts.investigational), facts):
        potency, _, resistance = str(each["SCENARIO"]).partition("/")
        shared = {"ARM": each["ARM"], "ORR": each["ORR"], "MCSE": each["REPLICATEERROR"]}
        rows.append(
            {
                "FACTOR": "potency and exposure prior",
                "LEVEL": scenario_title(potency, {}),
                "SCENARIO": f"/{resistance}",
            }
            | shared
        )
        rows.append(
            {
                "FACTOR": "form of resistance",
                "LEVEL": scenario_title(resistance, {}),
                "SCENARIO": f"{potency}/",
            }
            | shared
        )
    schema = {
        "FACTOR": pl.String,
        "LEVEL": pl.String,
        "ARM": pl.String,
        "SCENARIO": pl.String,
        "ORR": pl.Float64,
        "MCSE": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema)
    return frame.filter(pl.len().over("FACTOR", "SCENARIO") > 1)


def largest_swings(found: pl.DataFrame, count: int = 3) -> list[dict[str, float | str]]:
    """The assumptions that move the response rate most, by their largest swing in any scenario."""
    if found.is_empty():
        return []
    top = found.sort("SWING", "FACTOR", descending=[True, False]).unique(
        "FACTOR", keep="first", maintain_order=True
    )
    return top.head(count).to_dicts()

"""The headline numbers: response rates with their interval split into its parts, and what moves them most."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from remit.report.facts import ReportFacts
from remit.report.labels import courses, scenario_title
from remit.report.tabled import Report, answered

LOW, HIGH = 0.05, 0.95
NO_SWING = ("as assumed", "disease biology")
"""Factors without a low and a high level: the reference, and members of a calibration."""
AS_ASSUMED = "as assumed"
KEYS = ["FACTOR", "ARM", "SCENARIO"]
LEVELS = dict.fromkeys([*KEYS, "LEVEL"], pl.String) | dict.fromkeys(
    ["ORR", "CHANGE", "ERROR", "BASE"], pl.Float64
)
PARTS = {"BETWEEN": "SD of ORR: parameter uncertainty", "WITHIN": "SD of ORR: trial sampling"}
"""Standard deviations of the two parts of the interval among the operating characteristics."""


Summary = dict[str, float | int | str | None]


def responses(report: Report) -> list[Summary]:
    """One record per arm and scenario; none where operating characteristics are refused."""
    return response_summary(answered(report), report.facts, report.table("operating"))


def response_summary(
    trials: pl.DataFrame, facts: ReportFacts, operating: pl.DataFrame | None = None
) -> list[Summary]:
    """One record per arm and scenario.

    The total interval is that of the rate a trial would observe. Its parts are the spread of the mean
    rate over parameter draws (parameter uncertainty) and the spread of the trials around the mean of
    their own draw (trial sampling, centred on the overall mean). A trial is part of a finite pool, which
    widens the first and narrows the second; both take the standard deviations of ``operating`` where it
    has them, which are cleared of that.
    """
    return [
        _summary(arm, scenario, _one(trials, arm, scenario), _parts(operating, arm, scenario))
        for arm, scenario in courses(trials, facts)
    ]


def _one(trials: pl.DataFrame, arm: str, scenario: str) -> pl.DataFrame:
    return trials.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)).sort("REPLICATE")


def _parts(operating: pl.DataFrame | None, arm: str, scenario: str) -> dict[str, float | None]:
    """Standard deviations of the two parts; None where they are not known."""
    if operating is None:
        return dict.fromkeys(PARTS)
    own = operating.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))
    known = dict(own.select("MEASURE", "VALUE").iter_rows())
    return {part: known.get(measure) for part, measure in PARTS.items()}


def _scaled(values: np.ndarray, size: float | None) -> np.ndarray:
    """Rates about their mean with a given standard deviation, within [0, 1]; None leaves them as they are."""
    spread = float(np.std(values))
    if size is None or spread == 0:
        return values
    middle = values.mean()
    return np.clip(middle + (values - middle) * size / spread, 0.0, 1.0)


def _summary(arm: str, scenario: str, trials: pl.DataFrame, parts: Mapping[str, float | None]) -> Summary:
    rate = trials["ORR"].to_numpy()
    by_draw = trials.group_by("DRAW").agg(pl.col("ORR").mean()).sort("DRAW")["ORR"].to_numpy()
    own = trials.select(pl.col("ORR").mean().over("DRAW"))["ORR"].to_numpy()
    between = float(np.std(by_draw, ddof=1)) if len(by_draw) > 1 else None
    within = float(np.sqrt(np.mean((rate - own) ** 2) / len(rate)))
    draw_error = None if between is None else between / np.sqrt(len(by_draw))
    parameter = _scaled(by_draw, parts["BETWEEN"])
    sampling = _scaled(rate - own + rate.mean(), parts["WITHIN"])
    return {
        "ARM": arm,
        "SCENARIO": scenario,
        "N": trials["N"].to_list()[0],
        "REPLICATES": trials.height,
        "DRAWS": len(by_draw),
        "ORR": float(rate.mean()),
        "LOW": _quantile(rate, LOW),
        "HIGH": _quantile(rate, HIGH),
        "PLOW": _quantile(parameter, LOW),
        "PHIGH": _quantile(parameter, HIGH),
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

    The level as assumed counts as a level of every assumption, so that one with a single other level has a
    swing too. The two parts of a scenario's name are assumptions as well: their effect is read from the
    trials, with the other part held. ERROR is the Monte Carlo error of SWING, from those of the changes at
    its two ends as if they were independent; BASE is the rate as assumed, null for parts of a scenario.
    """
    own = sensitivity.filter(
        (pl.col("ARM") == facts.investigational) & ~pl.col("FACTOR").is_in(list(NO_SWING))
    )
    levels = own.select(
        *KEYS,
        "LEVEL",
        "ORR",
        "CHANGE",
        pl.col("CHANGEERR").alias("ERROR"),
        BASE=pl.col("ORR") - pl.col("CHANGE"),
    )
    rows = pl.concat([levels, _as_assumed(levels), _scenario_levels(trials, facts)])
    # Where the level as assumed ties with a named one, the named one is shown.
    ranked = rows.with_columns(PLAIN=pl.col("LEVEL") == AS_ASSUMED)
    low, high = _first(ranked, falling=False), _first(ranked, falling=True)
    found = low.join(high, on=KEYS, suffix="_HIGH").select(
        *KEYS,
        "BASE",
        LOWLEVEL=pl.col("LEVEL"),
        HIGHLEVEL=pl.col("LEVEL_HIGH"),
        LOW=pl.col("ORR"),
        HIGH=pl.col("ORR_HIGH"),
        ERROR=(pl.col("ERROR").pow(2) + pl.col("ERROR_HIGH").pow(2)).sqrt(),
    )
    return found.with_columns(SWING=pl.col("HIGH") - pl.col("LOW")).sort(KEYS)


def _first(ranked: pl.DataFrame, *, falling: bool) -> pl.DataFrame:
    """The level with the lowest change of every assumption and scenario, or the highest."""
    order = ranked.sort("CHANGE", "PLAIN", "LEVEL", descending=[falling, False, False])
    return order.unique(KEYS, keep="first", maintain_order=True)


def _as_assumed(levels: pl.DataFrame) -> pl.DataFrame:
    """The level as assumed of every assumption and scenario."""
    return (
        levels.group_by(KEYS, maintain_order=True)
        .agg(pl.col("BASE").first())
        .select(
            *KEYS,
            LEVEL=pl.lit(AS_ASSUMED),
            ORR=pl.col("BASE"),
            CHANGE=pl.lit(0.0),
            ERROR=pl.lit(0.0),
            BASE=pl.col("BASE"),
        )
    )


def _scenario_levels(trials: pl.DataFrame, facts: ReportFacts) -> pl.DataFrame:
    """Mean response rates of the named scenarios, as levels of two assumptions.

    CHANGE is against the first scenario of a pair, and its error that of the mean difference over
    parameter draws: scenarios hold the same draws and patients.
    """
    rows: list[Mapping[str, object]] = []
    own = trials.filter(pl.col("ARM") == facts.investigational)
    by_draw = {
        scenario: _one(own, arm, scenario).group_by("DRAW").agg(pl.col("ORR").mean()).sort("DRAW")
        for arm, scenario in courses(own, facts)
    }
    rates = {
        scenario: float(_one(own, arm, scenario)["ORR"].to_numpy().mean())
        for arm, scenario in courses(own, facts)
    }
    for part, factor in enumerate(("potency and exposure prior", "form of resistance")):
        for held in dict.fromkeys(name.split("/")[1 - part] for name in by_draw if name.count("/") == 1):
            names = [name for name in by_draw if name.count("/") == 1 and name.split("/")[1 - part] == held]
            for name in names if len(names) > 1 else ():
                change = by_draw[name]["ORR"] - by_draw[names[0]]["ORR"]
                rate, first = rates[name], rates[names[0]]
                rows.append(
                    {
                        "FACTOR": factor,
                        "ARM": facts.investigational,
                        "SCENARIO": f"/{held}" if part == 0 else f"{held}/",
                        "LEVEL": scenario_title(name.split("/")[part], {}),
                        "ORR": rate,
                        "CHANGE": rate - first,
                        "ERROR": float(np.std(change.to_numpy(), ddof=1) / np.sqrt(len(change)))
                        if len(change) > 1
                        else None,
                    }
                )
    return pl.DataFrame(rows, schema=LEVELS)


def largest_swings(found: pl.DataFrame, count: int = 3) -> list[dict[str, float | str]]:
    """The assumptions that move the response rate most, by their largest swing in any scenario."""
    if found.is_empty():
        return []
    top = found.sort("SWING", "FACTOR", descending=[True, False]).unique(
        "FACTOR", keep="first", maintain_order=True
    )
    return top.head(count).to_dicts()

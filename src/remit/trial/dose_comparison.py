"""What each dose does, in the same patients: response, harm, dose intensity, and whether it rises with dose.

Intervals are 90% ranges over parameter draws, which hold what is not known of the parameters; with fewer than
ten draws they are Monte Carlo intervals, which know nothing of that. A difference between two doses is of
the same patients. Where its interval holds zero, nobody can tell.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from remit.results.declaration import COURSE, F, N, S, table
from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Booleans, Estimate, Floats, Integers
from remit.stats.exposure_response.jackknife import jackknife_error, jackknife_groups
from remit.trial.exposure_response import (
    KEY,
    PATIENT,
    DoseArm,
    ExposurePlan,
    analysis_set,
)

MOST_LIKELY_DRAWS = 10
"""Parameter draws from which their percentiles are an interval."""
LEVEL = 0.90
RISES, FALLS, CANNOT_TELL = "rises", "falls", "cannot tell"
DOSE_COMPARISON = table(
    "dose_comparison",
    "Doses compared in the same patients",
    "SCENARIO ENDPOINT ARM",
    {
        "SCENARIO": COURSE["SCENARIO"],
        "ENDPOINT": (S, "", "ORR CR UMRD NEUT3 TLS DISCAE, or RDI"),
        "ARM": COURSE["ARM"],
        "DOSE": (S, "", "dose"),
        "FOLD": (F, "fold", "exposure of the typical patient over that at the reference dose"),
        "N": (N, "", "patients"),
        "EVENTS": (N, "", "patients with the outcome; null for RDI"),
        "VALUE": (F, "fraction", "share with the outcome; mean of RDI"),
        "LOW": (F, "fraction", "lower 90% limit"),
        "HIGH": (F, "fraction", "upper 90% limit"),
        "MCSE": (F, "fraction", "Monte Carlo standard error of VALUE"),
        "DIFF": (F, "fraction", "VALUE minus that of the next lower dose; null for the lowest"),
        "DIFFLOW": (F, "fraction", "lower 90% limit of DIFF"),
        "DIFFHIGH": (F, "fraction", "upper 90% limit of DIFF"),
        "CHANGE": (S, "", "rises, falls or cannot tell, from the next lower dose"),
        "TREND": (S, "", "over all doses: rises, falls, not monotone, or cannot tell"),
        "INTERVAL": (S, "", "what the limits are"),
    },
)


def dose_comparison(tables: Mapping[str, pl.DataFrame], plan: ExposurePlan) -> pl.DataFrame:
    """Table ``dose_comparison``: every outcome and dose intensity at each dose, of patients known at all.

    Parameters
    ----------
    tables
        Result tables; see :func:`remit.trial.exposure_response.analysis_set`.
    plan
        The doses and outcomes.

    Raises
    ------
    InputError
        If the plan does not fit the tables.
    """
    rows = analysis_set(tables, plan, ("steady state",))
    outcomes = rows.select(*KEY, "ENDPOINT", "WEIGHT_POP", VALUE=pl.col("AVAL").cast(pl.Float64))
    names = [each.arm for each in plan.arms]
    intensity = (
        tables["adsl"]
        .filter(pl.col("ARM").is_in(names) & pl.col("RDI").is_not_null())
        .select(*KEY, "WEIGHT_POP", ENDPOINT=pl.lit("RDI"), VALUE="RDI")
    )
    long = pl.concat([outcomes, intensity.select(outcomes.columns)])
    found: list[dict[str, object]] = []
    for (scenario, endpoint), part in long.group_by("SCENARIO", "ENDPOINT", maintain_order=True):
        arms = [each for each in plan.arms if (part["ARM"] == each.arm).any()]
        found += list(_rows(part, arms, str(scenario), str(endpoint)))
    frame = (
        pl.DataFrame(found, schema=pl.Schema(DOSE_COMPARISON.schema())) if found else DOSE_COMPARISON.empty()
    )
    return DOSE_COMPARISON.tidy(frame.with_columns(pl.col(pl.Float64).fill_nan(None)))


def _rows(
    part: pl.DataFrame, arms: Sequence[DoseArm], scenario: str, endpoint: str
) -> Iterator[dict[str, object]]:
    """Rows of one outcome, one a dose."""
    frames = [part.filter(pl.col("ARM") == each.arm) for each in arms]
    shared = frames[0].select(PATIENT)
    for frame in frames[1:]:
        shared = shared.join(frame.select(PATIENT), on=PATIENT, how="semi")
    ordered = [frame.join(shared, on=PATIENT, how="semi").sort(PATIENT) for frame in frames]
    if not shared.height:
        return
    value = np.column_stack([each["VALUE"].to_numpy() for each in ordered])
    weight, draw = ordered[0]["WEIGHT_POP"].to_numpy(), ordered[0]["DRAW"].to_numpy().astype(np.int64)
    levels = _estimates(value, weight, draw)
    changes = _estimates(np.diff(value, axis=1), weight, draw)
    said = [change_in_words(low, high) for low, high in zip(changes[1], changes[2], strict=True)]
    trend = trend_in_words(said)
    interval = interval_in_words(draw)
    is_outcome = endpoint != "RDI"
    for at, arm in enumerate(arms):
        before = Estimate(np.nan, np.nan, np.nan)
        if at:
            before = Estimate(*(float(each[at - 1]) for each in changes[:3]))
        yield {
            "SCENARIO": scenario,
            "ENDPOINT": endpoint,
            "ARM": arm.arm,
            "DOSE": arm.dose,
            "FOLD": arm.fold,
            "N": value.shape[0],
            "EVENTS": int(value[:, at].sum()) if is_outcome else None,
            "VALUE": float(levels[0][at]),
            "LOW": float(levels[1][at]),
            "HIGH": float(levels[2][at]),
            "MCSE": float(levels[3][at]),
            "DIFF": before.value,
            "DIFFLOW": before.low,
            "DIFFHIGH": before.high,
            "CHANGE": said[at - 1] if at else "",
            "TREND": trend,
            "INTERVAL": interval,
        }


def _estimates(value: Floats, weight: Floats, draw: Integers) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean of each column, its limits and its Monte Carlo error."""

    def mean(kept: Booleans) -> Floats:
        return (weight[kept, None] * value[kept]).sum(axis=0) / weight[kept].sum()

    everyone = np.ones(draw.shape, dtype=bool)
    estimate = mean(everyone)
    error = jackknife_error(mean, jackknife_groups(draw))
    draws = np.unique(draw)
    if draws.size >= MOST_LIKELY_DRAWS:
        by_draw = np.stack([mean(draw == each) for each in draws])
        tail = (1 - LEVEL) / 2
        return estimate, np.quantile(by_draw, tail, axis=0), np.quantile(by_draw, 1 - tail, axis=0), error
    half = critical_value(LEVEL) * error
    return estimate, estimate - half, estimate + half, error


def interval_in_words(draw: Integers) -> str:
    """What the limits are."""
    n = np.unique(draw).size
    if n >= MOST_LIKELY_DRAWS:
        return f"5th to 95th percentile over {n} parameter draws"
    return "90% Monte Carlo interval; says nothing of what is unknown of the parameters"


def change_in_words(low: float, high: float) -> str:
    """Whether a difference is above or below zero with its whole interval."""
    if low > 0:
        return RISES
    return FALLS if high < 0 else CANNOT_TELL


def trend_in_words(changes: Sequence[str]) -> str:
    """What the steps from dose to dose say together; a single step that nobody can tell leaves all untold."""
    if RISES in changes and FALLS in changes:
        return "not monotone"
    if not changes or CANNOT_TELL in changes:
        return CANNOT_TELL
    return changes[0]

"""Tables ``sensitivity`` and ``variance``: what moves the response rate, and what widens its interval.

Levels share their virtual patients' deviates, so errors of changes come from resampling patients, each
with the same weight under every level (Poisson bootstrap). A share of variance is first-order and about the
typical draw: a quadratic through the levels of one assumption, integrated over its uncertainty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import pdtr

from remit.dosing import Floats
from remit.random import draws
from remit.results import SENSITIVITY, VARIANCE
from remit.run.variations import (
    AS_DOSES,
    DISEASE,
    EDGE,
    HALF_LIFE,
    HALF_LIFE_LEVELS,
    KILL,
    KILL_SPREADS,
    LEVELS,
    POTENCY,
    REFERENCE,
    Variation,
)
from remit.stats.survival.kaplan_meier import kaplan_meier, survival_at
from remit.trial.enrolment import DAYS_PER_MONTH

N_RESAMPLES = 400
POISSON = pdtr(np.arange(20), 1.0)
"""Probability of at most 0, 1, 2, ... of a Poisson number of mean 1, up to where it rounds to one."""
YEAR = 12 * DAYS_PER_MONTH
SAMPLING, OTHER = "trial sampling", "other values and interactions"
PARTS = ("SD of ORR: parameter uncertainty", "SD of ORR: trial sampling")
SHARE = "share of ORR variance: parameter uncertainty"


@dataclass(frozen=True, slots=True)
class Resampled:
    """A quantity, and its values over resampled patients, shape (n_resamples,)."""

    value: float
    resamples: Floats

    @property
    def error(self) -> float:
        """Monte Carlo standard error."""
        return float(self.resamples.std(ddof=1))


Rates = Mapping[tuple[str, str], Resampled]
"""Response rate by factor and level."""


def weights(subjects: pl.Series, seed: int) -> Floats:
    """Poisson weights of virtual patients over resamples, shape (n_patients, n_resamples)."""
    index = subjects.str.split("-").list.last().cast(pl.Int64).to_numpy()
    uniforms = draws(seed, "sensitivity: resample", index, N_RESAMPLES)
    return np.searchsorted(POISSON, uniforms).astype(float)


def response_rates(own: pl.DataFrame, seed: int) -> dict[tuple[str, str], Resampled]:
    """Response rate of every level of one scenario."""
    found: dict[tuple[str, str], Resampled] = {}
    subjects = own["USUBJID"].unique().sort()
    every = weights(subjects, seed)
    for (factor, level), part in own.group_by("FACTOR", "LEVEL", maintain_order=True):
        responds = part["AVALC"].is_in(["CR", "PR"]).to_numpy().astype(float)
        weight = every[subjects.search_sorted(part["USUBJID"]).to_numpy()]
        resampled = responds @ weight / np.maximum(weight.sum(axis=0), 1.0)
        found[str(factor), str(level)] = Resampled(float(responds.mean()), resampled)
    return found


def reference_of(variation: Variation) -> tuple[str, str]:
    """Factor and level that a variation is compared with: single doses with single doses."""
    return (HALF_LIFE, AS_DOSES) if variation.as_doses else (REFERENCE, "typical draw")


def sensitivity_of(variations: pl.DataFrame, levels: Sequence[Variation], seed: int) -> pl.DataFrame:
    """Table ``sensitivity``.

    Parameters
    ----------
    variations
        The table of that name.
    levels
        What was varied.
    seed
        Seed of the run.
    """
    return SENSITIVITY.tidy(pl.DataFrame(list(_rows(variations, levels, seed)), schema=SENSITIVITY.schema()))


def _rows(
    variations: pl.DataFrame, levels: Sequence[Variation], seed: int
) -> Iterator[dict[str, str | float | None]]:
    for (arm, scenario), own in variations.group_by("ARM", "SCENARIO", maintain_order=True):
        rates = response_rates(own, seed)
        for each in levels:
            if (each.factor, each.level) not in rates:
                continue
            here, before = rates[each.factor, each.level], rates[reference_of(each)]
            part = own.filter((pl.col("FACTOR") == each.factor) & (pl.col("LEVEL") == each.level))
            yield {
                "ARM": str(arm),
                "SCENARIO": str(scenario),
                "FACTOR": each.factor,
                "LEVEL": each.level,
                "ORR": here.value,
                "MCSE": here.error,
                "CHANGE": here.value - before.value,
                "CHANGEERR": float((here.resamples - before.resamples).std(ddof=1)),
                "CR": float((part["AVALC"] == "CR").mean()),  # pyright: ignore[reportArgumentType]
                "PFS12": progression_free(part),
                "NOTE": each.note,
            }


def progression_free(part: pl.DataFrame) -> float | None:
    """Share of patients free of progression at 12 months; None if nobody is followed so long."""
    if float(part["AVAL"].max() or 0.0) < YEAR:  # pyright: ignore[reportArgumentType]
        return None
    curve = kaplan_meier(part["AVAL"].to_numpy(), (part["CNSR"] == 0).to_numpy())
    return float(survival_at(curve, np.array([YEAR]))[0])


def variance_of(operating: pl.DataFrame, variations: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Table ``variance``: shares of the variance of the observed response rate of a planned trial.

    Where a scenario was varied, the part of parameter uncertainty is divided by source; what the sources
    do not explain is that of other values and of interactions. Errors are those of resampled patients,
    and for undivided parts those of the operating characteristics.

    Parameters
    ----------
    operating
        Operating characteristics; scenarios that were refused have no shares.
    variations
        The table of that name, without rows if there was no sensitivity analysis.
    seed
        Seed of the run.
    """
    rows: list[dict[str, str | float | None]] = []
    for (arm, scenario), part in operating.group_by("ARM", "SCENARIO", maintain_order=True):
        own = variations.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))
        shares = _divided(part, response_rates(own, seed)) if own.height else _undivided(part)
        rows += [
            {"ARM": str(arm), "SCENARIO": str(scenario), "SOURCE": source, "SHARE": share, "MCSE": error}
            for source, share, error in shares
        ]
    return VARIANCE.tidy(pl.DataFrame(rows, schema=VARIANCE.schema()))


def _undivided(part: pl.DataFrame) -> list[tuple[str, float, float | None]]:
    """Shares as the operating characteristics have them."""
    start = "share of ORR variance: "
    rows = part.filter(pl.col("MEASURE").str.starts_with(start) & pl.col("VALUE").is_not_null())
    return [
        (measure.removeprefix(start), value, error)
        for measure, value, error in rows.select("MEASURE", "VALUE", "MCSE").iter_rows()
    ]


def _divided(part: pl.DataFrame, rates: Rates) -> list[tuple[str, float, float | None]]:
    """Shares by source; should the sources explain more than the draws differ, their sum takes its place."""
    parts = total_variance(part)
    if parts is None:
        return []
    between, sampling, between_error = parts
    sources = first_order(rates)
    known = sum(each.value for each in sources.values())
    other, whole = max(between - known, 0.0), max(between, known) + sampling
    own = float(np.sqrt(sum(each.error**2 for each in sources.values())))
    # The whole is as uncertain as the variance between draws, or as the sources where they take its place.
    drift = (between_error if between > known else own) / whole
    shares = [(name, each.value / whole, each.error / whole) for name, each in sources.items()]
    shares += [
        (OTHER, other / whole, np.hypot(own, between_error) / whole),
        (SAMPLING, sampling / whole, 0.0),
    ]
    errors = [float(np.hypot(error, share * drift)) for _, share, error in shares]
    return [
        (name, share, error if np.isfinite(error) else None)
        for (name, share, _), error in zip(shares, errors, strict=True)
    ]


def total_variance(part: pl.DataFrame) -> tuple[float, float, float] | None:
    """Variance between draws, of trial sampling, and the error of the first; None where not known."""
    rows = part.filter(pl.col("VALUE").is_not_null())
    known = {
        name: (value, error) for name, value, error in rows.select("MEASURE", "VALUE", "MCSE").iter_rows()
    }
    if any(name not in known for name in (*PARTS, SHARE)):
        return None
    between, sampling = (known[name][0] ** 2 for name in PARTS)
    # The operating characteristics give the error of the share; its derivative gives that of the variance.
    share_error = np.nan if known[SHARE][1] is None else known[SHARE][1]
    error = share_error * (between + sampling) ** 2 / sampling if sampling > 0 else np.nan
    return between, sampling, error


def first_order(rates: Rates) -> dict[str, Resampled]:
    """First-order variance of the response rate by source, those that were varied."""
    middle = rates[REFERENCE, "typical draw"]
    low, high = LEVELS
    found: dict[str, Resampled] = {}
    if (POTENCY, low) in rates:
        places = np.array([-EDGE, 0.0, EDGE])
        found[POTENCY] = explained(places, [rates[POTENCY, low], middle, rates[POTENCY, high]])
    spread = f"SD {KILL_SPREADS[-1]:g}"
    if (KILL, f"low at {spread}") in rates:
        places = np.array([-EDGE, 0.0, EDGE])
        found[KILL] = explained(
            places, [rates[KILL, f"low at {spread}"], middle, rates[KILL, f"high at {spread}"]]
        )
    if (HALF_LIFE, AS_DOSES) in rates:
        places = np.array(list(HALF_LIFE_LEVELS.values()))
        found[HALF_LIFE] = explained(places, [rates[HALF_LIFE, level] for level in HALF_LIFE_LEVELS])
    members = [rate for (factor, _), rate in rates.items() if factor == DISEASE]
    if members:
        found[DISEASE] = between(members)
    return found


def explained(places: Floats, rates: Sequence[Resampled]) -> Resampled:
    """Variance over a standard normal of the quadratic through three levels at their deviates."""
    values = np.array([each.value for each in rates])
    resamples = np.stack([each.resamples for each in rates])
    design = np.stack([np.ones(3), places, places**2], axis=1)

    def variance(levels: Floats) -> Floats:
        _, slope, bend = np.linalg.solve(design, levels)
        return np.asarray(slope**2 + 2 * bend**2)

    return unbiased(variance(values), variance(resamples))


def between(rates: Sequence[Resampled]) -> Resampled:
    """Variance between levels that are a sample of members; its error holds that of so small a sample."""
    if len(rates) < 2:
        return Resampled(0.0, np.zeros(N_RESAMPLES))
    values = np.array([each.value for each in rates])
    resamples = np.stack([each.resamples for each in rates])
    fixed = unbiased(values.var(ddof=1), resamples.var(axis=0, ddof=1))
    # A variance of k normal members has a relative error of the square root of 2 / (k - 1).
    chance = np.random.default_rng(len(rates)).standard_normal(resamples.shape[1])
    members = fixed.value * np.sqrt(2 / (len(rates) - 1)) * chance
    return Resampled(fixed.value, fixed.resamples + members)


def unbiased(value: float | Floats, resamples: Floats) -> Resampled:
    """A variance cleared of what resampling adds to it, not below zero."""
    excess = float(resamples.mean() - value)
    return Resampled(max(float(value) - excess, 0.0), resamples)

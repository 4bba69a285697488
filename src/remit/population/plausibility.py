"""Limits that a plausible patient keeps before treatment; who is rejected, why, and what that shifts."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit import model
from remit.dosing import Floats
from remit.functions import log
from remit.population.sample import Candidates, PopulationSpec, untreated_state
from remit.tumour.clones import CLONES

STATE = {name: i for i, name in enumerate(model.STATES)}


def violations(candidates: Candidates, spec: PopulationSpec) -> dict[str, NDArray[np.bool_]]:
    """Candidates beyond each limit, by its name."""

    def limit(name: str) -> float:
        return spec[f"plausibility.{name}"]

    state = untreated_state(candidates)
    doubling = log(2.0) / candidates.column("clones.growth_rate")
    marrow = state[:, [STATE[f"marrow_{clone}"] for clone in CLONES]].sum(axis=1)
    infiltration = marrow / (marrow + candidates.column("marrow.normal_cells"))
    age, renal = (np.asarray(candidates.covariates[name], dtype=float) for name in ("AGE", "CRCL"))
    return {
        "doubling time too short": doubling < limit("doubling_time_low"),
        "doubling time too long": doubling > limit("doubling_time_high"),
        "burden too small": candidates.protected < limit("burden_low"),
        "burden too large": candidates.protected + candidates.marrow > limit("burden_high"),
        "marrow too full": infiltration > limit("infiltration_high"),
        "too old": age > limit("age_high"),
        "renal function out of range": (renal < limit("creatinine_clearance_low"))
        | (renal > limit("creatinine_clearance_high")),
        "neutrophils too low": state[:, STATE["neutrophils"]] < limit("neutrophils_low"),
        "platelets too low": state[:, STATE["platelets"]] < limit("platelets_low"),
    }


def plausible(candidates: Candidates, spec: PopulationSpec) -> NDArray[np.bool_]:
    """Candidates within every limit, shape (n_patients,)."""
    beyond = np.zeros(len(candidates.index), dtype=bool)
    for out in violations(candidates, spec).values():
        beyond |= out
    return ~beyond


def shifts(candidates: Candidates, kept: NDArray[np.bool_]) -> pl.DataFrame:
    """How rejection moved the mean of each covariate, in standard deviations of the candidates.

    Columns COVARIATE, BEFORE, AFTER, SHIFT.
    """
    rows: list[dict[str, object]] = []
    for name, column in candidates.covariates.items():
        if column.dtype.kind in "fib":
            values: Floats = np.asarray(column, dtype=float)
            before, after, sd = values.mean(), values[kept].mean(), values.std()
            rows.append(
                {
                    "COVARIATE": name,
                    "BEFORE": float(before),
                    "AFTER": float(after),
                    "SHIFT": float((after - before) / sd) if sd > 0 else 0.0,
                }
            )
    return pl.DataFrame(
        rows, schema={"COVARIATE": pl.String, "BEFORE": pl.Float64, "AFTER": pl.Float64, "SHIFT": pl.Float64}
    )

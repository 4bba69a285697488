"""Limits that a plausible patient keeps before treatment; who is rejected, why, and what that shifts."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit import model
from remit.dosing import Floats
from remit.functions import log
from remit.population.sample import Candidates, PopulationSpec, untreated_state
from remit.results import SHIFTS
from remit.tumour import clones

LEAST_ROOM = 0.02
"""Share of its capacity that disease leaves in anyone: beyond it nothing would grow."""
STATE = {name: i for i, name in enumerate(model.STATES)}


def violations(candidates: Candidates, spec: PopulationSpec) -> dict[str, NDArray[np.bool_]]:
    """Candidates beyond each limit, by its name."""

    def limit(name: str) -> float:
        return spec[f"plausibility.{name}"]

    state = untreated_state(candidates)
    doubling = log(2.0) / candidates.column("clones.growth_rate")
    columns = dict(zip(model.PARAMETERS, candidates.parameters.T, strict=True))
    cells = model.view(tuple(state.T)).cells
    parameters = model.params(columns)
    infiltration = model.infiltration(cells, parameters)
    age, renal = (np.asarray(candidates.covariates[name], dtype=float) for name in ("AGE", "CRCL"))
    return {
        "doubling time too short": doubling < limit("doubling_time_low"),
        "doubling time too long": doubling > limit("doubling_time_high"),
        "burden too small": candidates.protected < limit("burden_low"),
        "burden too large": (candidates.protected + candidates.marrow > limit("burden_high"))
        | (clones.room_left(cells, parameters.clones) < LEAST_ROOM)
        # Far beyond the capacity balanced growth asks for less than no cells, and the sum looks small.
        | (np.min(cells, axis=0) < 0),
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


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, sum and sum of squares of each numeric covariate of some candidates, shape (3, n_covariates)."""

    names: tuple[str, ...]
    sums: Floats

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.names, self.sums + other.sums)

    @property
    def mean(self) -> Floats:
        """Means, NaN where there is nobody."""
        count, total, _ = self.sums
        return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)

    @property
    def sd(self) -> Floats:
        """Standard deviations."""
        count, _, squares = self.sums
        return np.sqrt(np.maximum(squares / np.maximum(count, 1.0) - self.mean**2, 0.0))


def moments(candidates: Candidates, kept: NDArray[np.bool_]) -> Moments:
    """Moments of the numeric covariates of the candidates that are kept; flags count as 0 and 1."""
    columns = {
        name: np.asarray(column, dtype=float)[kept]
        for name, column in candidates.covariates.items()
        if column.dtype.kind in "fib"
    }
    sums = [[len(column), column.sum(), (column * column).sum()] for column in columns.values()]
    return Moments(tuple(columns), np.array(sums).T)


def shifts(draw: int, every: Moments, plausible_: Moments, eligible: Moments) -> pl.DataFrame:
    """Table ``shifts``: how rejection moved the mean of each covariate, in SD of the candidates."""
    sd = np.where(every.sd > 0, every.sd, np.nan)
    return SHIFTS.tidy(
        pl.DataFrame(
            {
                "DRAW": [draw] * len(every.names),
                "COVARIATE": every.names,
                "CANDIDATES": every.mean,
                "PLAUSIBLE": plausible_.mean,
                "ELIGIBLE": eligible.mean,
                "SHIFTPL": (plausible_.mean - every.mean) / sd,
                "SHIFTEL": (eligible.mean - every.mean) / sd,
            }
        ).fill_nan(None)
    )

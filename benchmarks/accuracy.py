"""How far a solution is from the truth, and how long a tool takes at a given accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.models import Workload
from remit.dosing import Floats

MATCHED = 5e-5
"""The accuracy at which tools are compared: error in log10 of burden."""


@dataclass(frozen=True, slots=True)
class Error:
    """Largest over patients and output times: of burdens above the floor [log10], of counts [relative]."""

    burden: float
    counts: float
    unsolved: int


def sums(workload: Workload, seen: Floats) -> Floats:
    """The burdens among observables, shape (n_patients, n_times, n_burdens)."""
    names = workload.equations.observables
    groups = [[names.index(name) for name in group] for group in workload.burdens]
    return np.stack([seen[..., group].sum(axis=-1) for group in groups], axis=-1)


def error(workload: Workload, seen: Floats, truth: Floats) -> Error:
    """Error of observables, over the patients and times that both hold; the others are only counted."""
    unsolved = ~np.isfinite(seen).all(axis=(1, 2))
    n, n_times = (min(pair) for pair in zip(seen.shape[:2], truth.shape[:2], strict=True))
    seen, truth, n_unsolved = seen[:n, :n_times], truth[:n, :n_times], int(unsolved.sum())
    known = np.isfinite(truth).all(axis=(1, 2)) & ~unsolved[:n]
    found, true = (np.maximum(sums(workload, each[known]), workload.floor) for each in (seen, truth))
    burden = np.abs(np.log10(found) - np.log10(true))
    counted = [workload.equations.observables.index(name) for name in workload.counts]
    counts = np.abs(seen[known][..., counted] / truth[known][..., counted] - 1)
    return Error(_largest(burden), _largest(counts), n_unsolved)


def _largest(values: Floats) -> float:
    return float(values.max()) if values.size else np.nan


@dataclass(frozen=True, slots=True)
class Matched:
    """Time at the accuracy that tools are compared at, and how it was found."""

    ms: float
    how: str


def matched(tolerances: Sequence[float], errors: Sequence[Error], times: Sequence[float]) -> Matched:
    """Least time at an error of burden of ``MATCHED`` or below, log-log between neighbours that enclose it.

    Taken from the whole ladder, so a tool that is both faster and more accurate at a looser tolerance has
    the better of the two. A tolerance at which a patient was not solved does not count. A tool that never
    comes below has NaN.
    """
    solved = [of.burden if of.unsolved == 0 else np.nan for of in errors]
    ladder = sorted(zip(tolerances, solved, times, strict=True), reverse=True)
    usable = [row for row in ladder if np.isfinite(row).all() and row[1] > 0]
    found = [Matched(t, f"rtol {tolerance:g}, error {e:.1e}") for tolerance, e, t in usable if e <= MATCHED]
    for loose, tight in pairwise(usable):
        if loose[1] > MATCHED > tight[1]:
            share = np.log(loose[1] / MATCHED) / np.log(loose[1] / tight[1])
            ms = float(np.exp((1 - share) * np.log(loose[2]) + share * np.log(tight[2])))
            found.append(Matched(ms, f"between rtol {loose[0]:g} and {tight[0]:g}"))
    return min(found, key=lambda each: each.ms, default=Matched(np.nan, "not reached"))

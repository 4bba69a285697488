"""The laboratory: what of blood counts and chemistry is seen, with assay and day-to-day variation."""

from collections.abc import Sequence

import numpy as np

from remit.dosing import Floats, Integers
from remit.functions import exp
from remit.random import normals
from remit.trial.parameters import Laboratory

ANALYTES = {
    "ANC": "neutrophils",
    "PLAT": "platelets",
    "HGB": "haemoglobin",
    "LYMPH": "lymphocytes",
    "IGM": "paraprotein",
    "K": "potassium",
    "PHOS": "phosphate",
    "CA": "calcium",
    "URATE": "urate",
    "CREAT": "creatinine",
}
"""Observable of each laboratory parameter."""

PLACE = {name: i for i, name in enumerate(ANALYTES)}
"""Column of each analyte."""

HALF_WEEK = 3.5
"""Visits are at least this far apart, except the samples after a dose step, which have draws of their own."""


def variation(laboratory: Laboratory) -> Floats:
    """Coefficient of variation of each analyte, shape (n_analytes,)."""
    a = laboratory
    return np.array([
        a.neutrophil_cv, a.platelet_cv, a.haemoglobin_cv, a.lymphocyte_cv, a.paraprotein_cv, a.potassium_cv,
        a.phosphate_cv, a.calcium_cv, a.urate_cv, a.creatinine_cv,
    ])  # fmt: skip


def sample_noise(seed: int, name: str, patients: Integers, sample: Integers) -> Floats:
    """Standard normal variation of one sample a patient, by its number, shape (n_patients, n_analytes)."""
    n = len(ANALYTES)
    return normals(seed, f"laboratory.{name}", patients, n, first=n * sample)


def measured(true: Floats, noise: Floats, cv: Floats, names: Sequence[str] = ()) -> Floats:
    """Values as reported, of the shape of ``true`` (..., n_analytes), in the units of the truth.

    Where ``names`` says which are measured, the others are NaN.
    """
    values = true * exp(cv * noise)
    if not names:
        return values
    return np.where(np.array([name in names for name in ANALYTES]), values, np.nan)

"""The laboratory: what of blood counts and chemistry is seen, with assay and day-to-day variation."""

import numpy as np

from remit.dosing import Floats, Integers
from remit.functions import exp
from remit.random import normals
from remit.trial.parameters import Laboratory

ANALYTES = {
    "ANC": "neutrophils",
    "PLAT": "platelets",
    "HGB": "haemoglobin",
    "K": "potassium",
    "PHOS": "phosphate",
    "CA": "calcium",
    "URATE": "urate",
    "CREAT": "creatinine",
}
"""Observable of each laboratory parameter."""

HALF_WEEK = 3.5
"""Visits are at least this far apart, except the samples after a dose step, which have draws of their own."""


def variation(laboratory: Laboratory) -> Floats:
    """Coefficient of variation of each analyte, shape (n_analytes,)."""
    a = laboratory
    return np.array([
        a.neutrophil_cv, a.platelet_cv, a.haemoglobin_cv, a.potassium_cv, a.phosphate_cv, a.calcium_cv,
        a.urate_cv, a.creatinine_cv,
    ])  # fmt: skip


def sample_noise(seed: int, name: str, patients: Integers, sample: Integers) -> Floats:
    """Standard normal variation of one sample a patient, by its number, shape (n_patients, n_analytes)."""
    n = len(ANALYTES)
    return normals(seed, f"laboratory.{name}", patients, n, first=n * sample)


def measured(true: Floats, noise: Floats, cv: Floats) -> Floats:
    """Values as reported, of the shape of ``true`` (..., n_analytes), in the units of the truth."""
    return true * exp(cv * noise)

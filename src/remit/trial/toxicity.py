"""Grades by CTCAE version 5.0, and adverse events that laboratory values show.

Grades follow the laboratory bounds alone. Phosphate and urate are graded there by consequence or
intervention and stay ungraded. An event is an uninterrupted run of visits at a grade above baseline.
"""

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial.laboratory import ANALYTES
from remit.trial.parameters import Laboratory

NOT_GRADED = -1

EVENTS = {"ANC": "Neutropenia", "PLAT": "Thrombocytopenia", "HGB": "Anaemia"}
"""Adverse event of each graded count."""


def bounds(laboratory: Laboratory) -> dict[str, tuple[float, tuple[float, float, float, float]]]:
    """Bounds of grades 1 to 4 by analyte: a sign (-1 graded below, +1 above) and the four bounds.

    Haemoglobin has no grade 4 by value, which infinity stands for.
    """
    a = laboratory
    upper = a.creatinine_upper_limit
    return {
        "ANC": (-1.0, (a.neutrophil_lower_limit, 1.5, 1.0, 0.5)),
        "PLAT": (-1.0, (a.platelet_lower_limit, 75.0, 50.0, 25.0)),
        "HGB": (-1.0, (a.haemoglobin_lower_limit, 100.0, 80.0, -np.inf)),
        "K": (1.0, (a.potassium_upper_limit, 5.5, 6.0, 7.0)),
        "CA": (-1.0, (a.calcium_lower_limit, 2.0, 1.75, 1.5)),
        "CREAT": (1.0, (upper, 1.5 * upper, 3.0 * upper, 6.0 * upper)),
    }


def grades(values: Floats, laboratory: Laboratory) -> Integers:
    """CTCAE grade of each value, shape of ``values`` (..., n_analytes); ``NOT_GRADED`` where none exists.

    The grade is that of the worst bound passed, so limits of normal that lie beyond a bound do no harm.
    """
    columns, signs, limits = _bounds(laboratory)
    graded = np.full(values.shape, NOT_GRADED, dtype=np.int64)
    given = values[..., columns] * signs
    worst = np.zeros(given.shape, dtype=np.int64)
    for grade, bound in enumerate(limits, 1):
        worst[given > bound] = grade
    graded[..., columns] = np.where(np.isnan(given), NOT_GRADED, worst)
    return graded


@cache
def _bounds(laboratory: Laboratory) -> tuple[list[int], Floats, Floats]:
    """Columns of the graded analytes, their signs, and signed bounds, shape (4, n_graded)."""
    found = bounds(laboratory)
    columns = [list(ANALYTES).index(name) for name in found]
    signs = np.array([sign for sign, _ in found.values()])
    return columns, signs, np.array([limits for _, limits in found.values()]).T * signs


def is_severe_neutropenia(neutrophils: Floats, laboratory: Laboratory) -> NDArray[np.bool_]:
    """Whether neutrophils [1e9/L] are of grade 4."""
    return neutrophils < bounds(laboratory)["ANC"][1][3]


def episodes(labs: pl.DataFrame) -> pl.DataFrame:
    """Adverse events from laboratory rows (ROW, ADY, PARAMCD, ATOXGR), with the columns of ADAE they fill.

    The baseline is the first row of a patient; an event ends at the first visit back at the baseline grade
    or below, and has no end if there is none.
    """
    by = ["ROW", "PARAMCD"]
    counted = labs.filter(pl.col("PARAMCD").is_in(list(EVENTS))).sort(*by, "ADY")
    counted = counted.with_columns(
        above=pl.col("ATOXGR") > pl.col("ATOXGR").first().over(by).clip(lower_bound=0)
    )
    counted = counted.with_columns(
        run=(pl.col("above") != pl.col("above").shift(1).over(by)).fill_null(value=True).cum_sum().over(by),
        following=pl.col("ADY").shift(-1).over(by),
    )
    found = (
        counted.filter("above")
        .group_by(*by, "run", maintain_order=True)
        .agg(AETOXGR=pl.col("ATOXGR").max(), ASTDY=pl.col("ADY").first(), AENDY=pl.col("following").last())
    )
    return found.select(
        "ROW",
        pl.col("PARAMCD").replace_strict(EVENTS, return_dtype=pl.String).alias("AEDECOD"),
        "AETOXGR",
        "ASTDY",
        "AENDY",
    )

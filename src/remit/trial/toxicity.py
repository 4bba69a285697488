"""Grades by CTCAE version 5.0, and adverse events that laboratory values show.

Grades follow the laboratory bounds alone; where a grade of version 5.0 is told by symptoms or by what was
done, no value reaches it. That is grade 2 of hypokalaemia, grade 4 of anaemia, grades 1 and 4 of a raised
lymphocyte count, and every grade of phosphate and urate, which stay ungraded. Creatinine is graded by its
upper limit and by the patient's baseline, whichever is worse; version 5.0 has no other rule for a baseline
that is abnormal already. An event is an uninterrupted run of visits at a grade above baseline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial.laboratory import ANALYTES
from remit.trial.parameters import Laboratory

Direction = Literal["low", "high"]
Four = tuple[float, float, float, float]

NOT_GRADED = -1
DIRECTIONS: tuple[Direction, Direction] = ("low", "high")
NONE = float("nan")
"""Stands for a grade that no value reaches."""

EVENTS = {"ANC": "Neutropenia", "PLAT": "Thrombocytopenia", "HGB": "Anaemia"}
"""Adverse event of each graded count."""

BY_BASELINE = {2: 1.5, 3: 3.0}
"""Creatinine increased: multiples of the baseline above which grades 2 and 3 begin; there is no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherLimits:
    """Limits of normal that the record of the laboratory does not hold; NaN where not known.

    Without one, the first grade of its direction is not told from normal; the others are.
    """

    lymphocytes: float = NONE
    """Lower limit [1e9/L]."""
    potassium: float = NONE
    """Lower limit [mmol/L]."""
    calcium: float = NONE
    """Upper limit of corrected calcium [mmol/L]."""


NO_FURTHER = FurtherLimits()


def bounds(
    laboratory: Laboratory, further: FurtherLimits = NO_FURTHER
) -> Mapping[tuple[str, Direction], Four]:
    """Bounds past which grades 1 to 4 begin, by analyte and direction; NaN where no value has the grade.

    Terms of CTCAE 5.0 in this order: neutrophil, platelet count decreased, anemia, lymphocyte count decreased
    and increased, hypo- and hyperkalemia, hypo- and hypercalcemia (corrected), creatinine increased.
    """
    a, f = laboratory, further
    upper = a.creatinine_upper_limit
    return {
        ("ANC", "low"): (a.neutrophil_lower_limit, 1.5, 1.0, 0.5),
        ("PLAT", "low"): (a.platelet_lower_limit, 75.0, 50.0, 25.0),
        ("HGB", "low"): (a.haemoglobin_lower_limit, 100.0, 80.0, NONE),
        ("LYMPH", "low"): (f.lymphocytes, 0.8, 0.5, 0.2),
        ("LYMPH", "high"): (NONE, 4.0, 20.0, NONE),
        ("K", "low"): (f.potassium, NONE, 3.0, 2.5),
        ("K", "high"): (a.potassium_upper_limit, 5.5, 6.0, 7.0),
        ("CA", "low"): (a.calcium_lower_limit, 2.0, 1.75, 1.5),
        ("CA", "high"): (f.calcium, 2.9, 3.1, 3.4),
        ("CREAT", "high"): (upper, 1.5 * upper, 3.0 * upper, 6.0 * upper),
    }


def grades(
    values: Floats,
    laboratory: Laboratory,
    baseline: Floats | None = None,
    further: FurtherLimits = NO_FURTHER,
    direction: Direction | None = None,
) -> Integers:
    """CTCAE grade of each value; ``NOT_GRADED`` where none exists.

    The grade is that of the worst bound passed, so limits of normal that lie beyond a bound do no harm.

    Parameters
    ----------
    values
        Shape (..., n_analytes).
    laboratory, further
        Limits of normal.
    baseline
        Values before treatment, of a shape that fits ``values``; without it creatinine is graded by its upper
        limit alone.
    direction
        Grades of low or of high values only; of both unless given, since no value is too low and too high.
    """
    graded = np.full(values.shape, NOT_GRADED, dtype=np.int64)
    for each in DIRECTIONS if direction is None else (direction,):
        columns, limits = _bounds(laboratory, further, each)
        sign = 1.0 if each == "high" else -1.0
        given = values[..., columns] * sign
        worst = np.zeros(given.shape, dtype=np.int64)
        for grade, bound in enumerate(limits, 1):
            worst[given > bound] = grade
        found = np.where(np.isnan(given), NOT_GRADED, worst)
        graded[..., columns] = np.maximum(graded[..., columns], found)
    if baseline is not None and direction != "low":
        column = list(ANALYTES).index("CREAT")
        for grade, fold in BY_BASELINE.items():
            above = values[..., column] > fold * baseline[..., column]
            graded[..., column] = np.where(above, np.maximum(graded[..., column], grade), graded[..., column])
    return graded


@cache
def _bounds(laboratory: Laboratory, further: FurtherLimits, direction: Direction) -> tuple[list[int], Floats]:
    """Columns of the analytes graded in a direction, and signed bounds, shape (4, n_graded)."""
    sign, names = (1.0 if direction == "high" else -1.0), list(ANALYTES)
    found = {
        code: limits
        for (code, way), limits in bounds(laboratory, further).items()
        if way == direction and code in ANALYTES
    }
    return [names.index(code) for code in found], np.array(list(found.values())).T * sign


def is_severe_neutropenia(neutrophils: Floats, laboratory: Laboratory) -> NDArray[np.bool_]:
    """Whether neutrophils [1e9/L] are of grade 4."""
    return neutrophils < bounds(laboratory)["ANC", "low"][3]


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

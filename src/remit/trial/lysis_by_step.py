"""Tumour lysis syndrome after the fact: from sampled values and doses, per patient and dose step.

A dose step is a first dose, a higher dose than that before, or doses taken up again after a hold. A sample
belongs to the step in course. Laboratory tumour lysis is that of the step in whose course, and in whose
window, the last criterion is met; criteria met before the step count if they are within its window. It is
clinical if a manifestation falls into the course and the window of the same step.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from remit.dosing import Floats
from remit.trial.cairo_bishop import FATAL, creatinine_grade
from remit.trial.lysis_definition import CRITERIA, Definition, meets

INSTANT = 1e-9
"""Days by which times may differ and still be the same."""

STEP, STEP_DAY = "STEP", "STEPDY"
"""Number of a dose step of a patient, from 1, and its day."""


def dose_steps(exposure: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Steps of one drug: key, STEP, STEPDY, EXDOSE, from periods at a dose (key, ASTDY, EXDOSE)."""
    before = pl.col("EXDOSE").shift(1).over(key).fill_null(0.0)
    return (
        exposure.drop_nulls(["ASTDY", "EXDOSE"])
        .sort(*key, "ASTDY")
        .filter(pl.col("EXDOSE") > before)
        .with_columns(pl.int_range(1, pl.len() + 1).over(key).alias(STEP))
        .select(*key, STEP, pl.col("ASTDY").alias(STEP_DAY), "EXDOSE")
    )


def lysis_by_step(
    labs: pl.DataFrame,
    steps: pl.DataFrame,
    key: Sequence[str],
    definition: Definition,
    manifestations: pl.DataFrame | None = None,
    *,
    day_counts: bool = False,
) -> pl.DataFrame:
    """Tumour lysis by a definition, a row for each patient and dose step.

    Parameters
    ----------
    labs
        Columns of ``key``, ADY, PARAMCD, AVAL, BASELINE (whether it is the value before treatment), and ANRHI
        (upper limit of normal, of creatinine at least; null if unknown). URATE, PHOS, K and CA in mmol/L,
        CREAT in umol/L. ADY on one clock with the steps, in elapsed days.
    steps
        As :func:`dose_steps` gives them.
    key
        Columns that identify a patient.
    definition
        The definition.
    manifestations
        Columns of ``key``, ADY and GRADE (5 for a death): arrhythmia, seizure, sudden death, that are not due
        to a drug. None if there are none to be looked at.
    day_counts
        Whether times are whole days: a sample on the day of a step is then one after it. Otherwise a sample
        at the very time of a step is one before it.

    Returns
    -------
    Columns of ``key``, STEP, STEPDY, EXDOSE, SAMPLES (those in course and window), LABORATORY (null without
    a sample), ONSETDY (null if there is none), CLINICAL, and GRADE (of clinical tumour lysis; null
    otherwise, and where the definition has no grades).
    """
    judged = _judged(labs, key, definition)
    placed = _placed(judged, steps, key, definition, day_counts=day_counts)
    earliest = pl.max_horizontal(
        pl.col(STEP_DAY) - definition.before, pl.col("ADY") - definition.together_within
    )
    last = [pl.col(f"LAST{code}") for code in CRITERIA]
    is_here = pl.any_horizontal((each == pl.col("ADY")).fill_null(value=False) for each in last)
    met = pl.sum_horizontal((each >= earliest - INSTANT).cast(pl.Int64) for each in last)
    found = placed.with_columns((is_here & (met >= 2).fill_null(value=False)).alias("IS"))
    per_step = found.group_by(*key, STEP).agg(
        SAMPLES=pl.len(),
        LABORATORY=pl.col("IS").any(),
        ONSETDY=pl.col("ADY").filter(pl.col("IS")).min(),
        RENAL=pl.col("RENAL").any(),
        RENALGR=pl.col("RENALGR").max(),
    )
    joined = steps.join(per_step, on=[*key, STEP], how="left", maintain_order="left")
    if manifestations is None:
        joined = joined.with_columns(EVENTGR=pl.lit(None, pl.Int64))
    else:
        here = _placed(manifestations, steps, key, definition, day_counts=day_counts)
        worst = here.group_by(*key, STEP).agg(EVENTGR=pl.col("GRADE").cast(pl.Int64).max().clip(0, FATAL))
        joined = joined.join(worst, on=[*key, STEP], how="left", maintain_order="left")
    shown = pl.col("RENAL").fill_null(value=False) | (pl.col("EVENTGR") > 0).fill_null(value=False)
    clinical = pl.when(pl.col("LABORATORY").is_not_null()).then(pl.col("LABORATORY") & shown)
    grade = pl.max_horizontal("RENALGR", "EVENTGR") if definition.is_graded else pl.lit(None, pl.Int64)
    return joined.select(
        *key,
        STEP,
        STEP_DAY,
        "EXDOSE",
        pl.col("SAMPLES").fill_null(0).cast(pl.Int64),
        "LABORATORY",
        "ONSETDY",
        clinical.alias("CLINICAL"),
        pl.when(clinical).then(grade).cast(pl.Int64).alias("GRADE"),
    )


def _judged(labs: pl.DataFrame, key: Sequence[str], definition: Definition) -> pl.DataFrame:
    """Samples: key, ADY, when each criterion was last newly met, and what creatinine shows."""
    codes = (*CRITERIA, "CREAT")
    own = labs.filter(pl.col("PARAMCD").is_in(codes) & pl.col("AVAL").is_not_null()).sort(*key, "ADY")
    wide = _wide(own, [*key, "ADY"], codes)
    first = _wide(own.filter("BASELINE"), list(key), codes).rename({code: f"BASE{code}" for code in codes})
    limit = own.filter(PARAMCD="CREAT").group_by(*key).agg(ANRHI=pl.col("ANRHI").cast(pl.Float64).last())
    joined = (
        wide.join(first, on=list(key), how="left", maintain_order="left")
        .join(limit, on=list(key), how="left", maintain_order="left")
        .sort(*key, "ADY")
    )

    def values(name: str) -> Floats:
        return joined[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    time = values("ADY")
    last = [
        pl.Series(
            f"LAST{code}",
            np.where(meets(definition, code, values(code), values(f"BASE{code}")), time, np.nan),
        )
        for code in CRITERIA
    ]
    is_renal, grade = _renal(definition, values("CREAT"), values("BASECREAT"), values("ANRHI"))
    marked = joined.select(*key, "ADY").with_columns(*last, is_renal.alias("RENAL"), grade.alias("RENALGR"))
    return marked.with_columns(
        pl.col(f"LAST{code}").fill_nan(None).forward_fill().over(key) for code in CRITERIA
    )


def _wide(rows: pl.DataFrame, index: list[str], codes: Sequence[str]) -> pl.DataFrame:
    """A column for each code, the last value of each place of the index; null where there is none."""
    return rows.group_by(index, maintain_order=True).agg(
        pl.col("AVAL").filter(pl.col("PARAMCD") == code).last().alias(code) for code in codes
    )


def _renal(
    definition: Definition, creatinine: Floats, baseline: Floats, upper_limit: Floats
) -> tuple[pl.Series, pl.Series]:
    """Whether creatinine [umol/L] makes tumour lysis clinical, and its grade."""
    risen = creatinine >= baseline + definition.creatinine_rise
    if definition.fold_applies == "always":
        at_limit = definition.creatinine_fold * upper_limit
        high = (creatinine >= at_limit) & ~(baseline >= at_limit)
    else:
        high = np.isnan(baseline) & (creatinine > definition.creatinine_fold * upper_limit)
    is_renal = risen | high
    grade = np.where(is_renal, creatinine_grade(creatinine, upper_limit), 0)
    return pl.Series(is_renal), pl.Series(grade)


def _placed(
    rows: pl.DataFrame, steps: pl.DataFrame, key: Sequence[str], definition: Definition, *, day_counts: bool
) -> pl.DataFrame:
    """Rows in the course and window of a step, with its number and day."""
    starts = steps.select(*key, STEP, STEP_DAY).sort(STEP_DAY)
    shifted = pl.col("ADY") + (INSTANT if day_counts else -INSTANT)
    found = (
        rows.with_columns(shifted.alias("#AT"))
        .sort("#AT")
        .join_asof(starts, left_on="#AT", right_on=STEP_DAY, by=list(key), check_sortedness=False)
    )
    return found.filter(pl.col("ADY") <= pl.col(STEP_DAY) + definition.after + INSTANT).drop("#AT")

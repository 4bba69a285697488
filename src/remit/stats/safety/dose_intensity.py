"""Dose given over dose planned, duration of exposure, holds and reductions, from periods at a dose."""

from collections.abc import Sequence

import polars as pl

START, STOP, DOSE, PLANNED = "#START", "#STOP", "#DOSE", "#PLANNED"
"""First day and end of a period, its dose, and the dose that was planned for it."""

ROUND_OFF = 1e-9
"""Share by which doses may differ and still be the same."""


def planned_doses(periods: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The periods with ``PLANNED`` where no plan is known: the highest dose reached so far.

    A ramp-up is then planned as it was given, and a hold or a lower dose is measured against the highest dose
    before it.
    """
    return periods.sort(*by, START).with_columns(pl.col(DOSE).cum_max().over(by).alias(PLANNED))


def dose_intensity(periods: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Intensity of treatment of each subject and drug, from its first to the end of its last period with a
    dose.

    Parameters
    ----------
    periods
        Periods: ``by``, ``START``, ``STOP`` [day], ``DOSE`` (0 in a hold) and ``PLANNED`` in one unit.
    by
        Columns that identify a subject and a drug.

    Returns ------- ``by``; DAYS (from first dose to end of the last period with one), GIVEN and EXPECTED
    (dose times days), INTENSITY (their ratio, null without a planned dose), HOLDS and HELD (holds between
    doses, and their days), REDUCTIONS (steps down from one dose to a lower one, holds between them passed
    over). Who was never dosed is left out.
    """
    ordered = periods.sort(*by, START)
    dosed = pl.col(DOSE) > 0
    last = pl.col(STOP).filter(dosed).max().over(by)
    first = pl.col(START).filter(dosed).min().over(by)
    within = ordered.filter((pl.col(START) >= first) & (pl.col(STOP) <= last)).with_columns(
        days=pl.col(STOP) - pl.col(START),
        is_held=~dosed,
        taken=pl.when(dosed).then(pl.col(DOSE)),
    )
    before = pl.col("taken").forward_fill().shift(1).over(by)
    marked = within.with_columns(
        begins=pl.col("is_held") & ~pl.col("is_held").shift(1).over(by).fill_null(value=False),
        lower=(pl.col("taken") < before * (1 - ROUND_OFF)).fill_null(value=False),
    )
    counted = marked.group_by(by, maintain_order=True).agg(
        DAYS=pl.col(STOP).max() - pl.col(START).min(),
        GIVEN=(pl.col(DOSE) * pl.col("days")).sum(),
        EXPECTED=(pl.col(PLANNED) * pl.col("days")).sum(),
        HOLDS=pl.col("begins").sum().cast(pl.Int64),
        HELD=pl.col("days").filter(pl.col("is_held")).sum(),
        REDUCTIONS=pl.col("lower").sum().cast(pl.Int64),
    )
    return counted.with_columns(
        INTENSITY=pl.when(pl.col("EXPECTED") > 0).then(pl.col("GIVEN") / pl.col("EXPECTED"))
    ).select(*by, "DAYS", "GIVEN", "EXPECTED", "INTENSITY", "HOLDS", "HELD", "REDUCTIONS")

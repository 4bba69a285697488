"""A trial of one arm and one stage: responders that reject a response rate, exactly."""

import numpy as np
import polars as pl

from remit.design.designed import Column, Designed, Section, errors_of
from remit.stats.planning.proportions import one_proportion_size
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.single_arm import SingleStage, at_least, single_stage_sizes
from remit.stats.proportions.clopper_pearson import exact_interval

POINTS = 101


def single_arm(p0: float, p1: float, required: Requirement, level: float = 0.95) -> Designed:
    """Patients and responders of the exact one-sided test of ``p0``.

    Parameters
    ----------
    p0, p1
        Response rate that does not warrant interest, and the alternative above it.
    required
        Type I error, which the exact test stays below, and power.
    level
        Level of the Clopper-Pearson interval that is shown at the critical number of responders.

    Raises
    ------
    InputError
        Impossible rates or requirement, or rates too near to each other.
    """
    found = single_stage_sizes(p0, p1, required)
    normal = one_proportion_size(p0, p1, required)
    rows = [
        _row("fewest patients that reach the power", found.first, level),
        _row("power never falls below with more patients", found.lasting, level),
    ]
    frame = pl.DataFrame(rows)
    columns = (
        Column("WHAT", "", "text"),
        Column("N", "patients", "count"),
        Column("R", "responders needed", "count"),
        Column("RATE", "observed rate then", "percent"),
        Column("LOW", f"{100 * level:g}% limits", "percent"),
        Column("HIGH", "", "percent"),
        Column("ALPHA", "exact alpha", "statistic"),
        Column("POWER", "exact power", "statistic"),
    )
    exact = f"{float(normal.exact):.2f} unrounded"
    note = f"The normal approximation (score test) says {int(normal.n)} patients, {exact}."
    sections = (Section("sizes", "Exact one-sided binomial test", columns, frame, (note,)),)
    title = f"One arm, one stage: {p0:g} against {p1:g}, {errors_of(required)}"
    given = {"p0": p0, "p1": p1, "alpha": required.alpha, "power": required.power, "level": level}
    curves = {"effect": _curve(found.first, found.lasting)}
    return Designed(
        "single-arm", title, given, sections,
        ("The power of an exact test goes up and down with patients: plan for more than the first size.",),
        curves, "true response rate",
    )  # fmt: skip


def _row(what: str, stage: SingleStage, level: float) -> dict[str, str | float | int]:
    limits = exact_interval(np.asarray(stage.r), np.asarray(stage.n), level)
    return {
        "WHAT": what, "N": stage.n, "R": stage.r, "RATE": stage.r / stage.n, "LOW": float(limits.low),
        "HIGH": float(limits.high), "ALPHA": stage.type_I_error, "POWER": stage.power,
    }  # fmt: skip


def _curve(*stages: SingleStage) -> pl.DataFrame:
    """Probability of rejecting by true rate."""
    rate = np.linspace(0.0, 1.0, POINTS)[1:-1]
    rows = [
        {"EFFECT": float(p), "WHAT": f"at least {stage.r} of {stage.n}", "PROBABILITY": float(value)}
        for stage in dict.fromkeys(stages)
        for p, value in zip(
            rate, at_least(np.full(rate.shape, stage.r), np.full(rate.shape, stage.n), rate), strict=True
        )
    ]
    return pl.DataFrame(rows)

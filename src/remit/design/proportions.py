"""Two arms compared by their response rates: sizes by the normal approximation, and exact power at these."""

import numpy as np
import polars as pl

from remit.design.designed import Column, Designed, Section, errors_of
from remit.stats.planning.proportions import Variance, two_proportions_size
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.two_arm_exact import rejection, rejection_probability, worst_type_one_error
from remit.stats.sequential.scales import risk_difference_at

MOST = 2_000
"""Patients of an arm up to which every table is looked at."""
TESTS = ("pooled z", "fisher", "boschloo")
POINTS = 61


def proportions(
    experimental: float,
    control: float,
    required: Requirement,
    *,
    ratio: float = 1.0,
    margin: float = 0.0,
    variance: Variance = "restricted",
) -> Designed:
    """Patients of the one-sided test of a difference of two response rates.

    Parameters
    ----------
    experimental, control
        Response rates under the alternative.
    required
        Type I error and power.
    ratio
        Experimental patients per control patient.
    margin
        Difference that is tested: 0 for superiority, minus the margin for non-inferiority.
    variance
        See ``remit.stats.planning.proportions``.

    Raises
    ------
    InputError
        Impossible rates, margin, ratio or requirement; no benefit over the margin.
    """
    size = two_proportions_size(
        experimental, control, required, ratio=ratio, margin=margin, variance=variance
    )
    n1, n0 = int(size.n_experimental), int(size.n_control)
    frame = pl.DataFrame(
        {
            "PATIENTS": [n1 + n0], "EXPERIMENTAL": [n1], "CONTROL": [n0],
            "EXACT": [float(size.exact_total)], "POWER": [float(size.power)],
        }
    )  # fmt: skip
    columns = (
        Column("PATIENTS", "patients", "count"),
        Column("EXPERIMENTAL", "experimental", "count"),
        Column("CONTROL", "control", "count"),
        Column("EXACT", "patients, unrounded", "statistic"),
        Column("POWER", "power then", "statistic"),
    )
    notes = [f"Whole patients: {size.rounding}. Normal approximation, {variance} variance."]
    sections = [Section("size", "Size", columns, frame)]
    curves: dict[str, pl.DataFrame] = {}
    if margin == 0 and max(n1, n0) <= MOST:
        sections.append(_exact(n1, n0, (experimental, control), required))
        curves["effect"] = _curve(n1, n0, control, required.alpha)
        critical = risk_difference_at(
            np.array([required.z_alpha]), np.array([float(n1 + n0)]), control, ratio
        )
        points = 100 * float(critical[0])
        notes.append(f"The difference that is just significant is about {points:.1f} percentage points.")
    elif margin == 0:
        notes.append(f"Exact power is left out above {MOST:,} patients in an arm.")
    else:
        notes.append(
            "Exact power is shown for superiority alone; the normal approximation may exceed "
            "alpha with a margin too."
        )
    title = f"Two response rates, {experimental:g} against {control:g}, {errors_of(required)}"
    given = {
        "experimental": experimental, "control": control, "alpha": required.alpha, "power": required.power,
        "ratio": ratio, "margin": margin, "variance": variance,
    }  # fmt: skip
    return Designed(
        "proportions", title, given, tuple(sections), tuple(notes), curves, "true rate, experimental arm"
    )


def _exact(n1: int, n0: int, rates: tuple[float, float], required: Requirement) -> Section:
    """Exact power and type I error of tests at these sizes."""
    rows: list[dict[str, str | float]] = []
    for test in TESTS:
        where = rejection(test, n1, n0, required.alpha)
        worst = worst_type_one_error(where)
        power = float(rejection_probability(where, *rates))
        said = [
            *(["exceeds alpha"] if worst.type_I_error > required.alpha * (1 + 1e-9) else []),
            *(["misses the power"] if power < required.power else []),
        ]
        rows.append(
            {
                "TEST": test,
                "POWER": power,
                "ALPHA": worst.type_I_error,
                "AT": worst.rate,
                "SAID": ", ".join(said),
            }
        )
    columns = (
        Column("TEST", "test", "text"),
        Column("POWER", "exact power", "statistic"),
        Column("ALPHA", "largest type I error", "statistic"),
        Column("AT", "at a common rate of", "statistic"),
        Column("SAID", "", "text"),
    )
    return Section("exact", "Exact, at these sizes", columns, pl.DataFrame(rows))


def _curve(n1: int, n0: int, control: float, alpha: float) -> pl.DataFrame:
    """Exact power by the rate of the experimental arm."""
    rate = np.linspace(control, 1.0, POINTS)[:-1]
    return pl.concat(
        pl.DataFrame(
            {
                "EFFECT": rate,
                "WHAT": [test] * len(rate),
                "PROBABILITY": rejection_probability(rejection(test, n1, n0, alpha), rate, control),
            }
        )
        for test in TESTS[:2]
    )

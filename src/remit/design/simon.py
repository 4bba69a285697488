"""A trial of one arm in two stages, after Simon: optimal, minimax, and what lies between."""

import numpy as np
import polars as pl

from remit.design.designed import Column, Designed, Section, errors_of
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.simon import (
    Admissible,
    Found,
    TwoStage,
    TwoStageDesigns,
    characteristics,
    simon_designs,
)
from remit.stats.planning.single_arm import single_stage_sizes

POINTS = 101
COLUMNS = (
    Column("WHAT", "design", "text"),
    Column("R1", "stop at or below", "count"),
    Column("N1", "of, first stage", "count"),
    Column("R", "no interest at or below", "count"),
    Column("N", "of, in all", "count"),
    Column("EN", "expected patients, p0", "statistic"),
    Column("PET", "early stop, p0", "statistic"),
    Column("EN1", "expected patients, p1", "statistic"),
    Column("ALPHA", "exact alpha", "statistic"),
    Column("POWER", "exact power", "statistic"),
)


def simon(p0: float, p1: float, required: Requirement, most: int = 150) -> Designed:
    """Two-stage designs that meet a requirement exactly.

    Parameters
    ----------
    p0, p1
        Response rate that does not warrant interest, and the alternative above it.
    required
        Type I error and power.
    most
        Largest number of patients that is looked at.

    Raises
    ------
    InputError
        Impossible rates or requirement; no design up to ``most`` patients.
    """
    found = simon_designs(p0, p1, required, most)
    frame = pl.DataFrame(_rows(found, p0, p1))
    note = f"One stage needs {single_stage_sizes(p0, p1, required).first.n} patients for the same errors."
    notes = ["Responders at or below the first number end the trial; above the second they are of interest."]
    if not found.proven:
        notes.append(
            f"The search ended at {most} patients, before it was shown that no larger design has fewer "
            "expected patients: 'optimal' is of those up to there."
        )
    title = f"One arm, two stages (Simon): {p0:g} against {p1:g}, {errors_of(required)}"
    given = {"p0": p0, "p1": p1, "alpha": required.alpha, "power": required.power, "most": most}
    return Designed(
        "simon",
        title,
        given,
        (
            Section("designs", "Two-stage designs, exact", COLUMNS, frame, (note,)),
            _weights(found.admissible),
        ),
        tuple(notes),
        {"effect": _curve(found)},
        "true response rate",
    )


def _named(found: TwoStageDesigns) -> list[tuple[str, Found]]:
    """The designs a reader compares, each once."""
    if found.optimal.design == found.minimax.design:
        return [("optimal and minimax", found.optimal)]
    ends = {found.optimal.design, found.minimax.design}
    between = [each.found for each in found.admissible if each.found.design not in ends]
    return [
        ("optimal", found.optimal),
        *(("admissible", each) for each in reversed(between)),
        ("minimax", found.minimax),
    ]


def _rows(found: TwoStageDesigns, p0: float, p1: float) -> list[dict[str, str | int | float]]:
    return [_row(what, each, p0, p1) for what, each in _named(found)]


def _row(what: str, found: Found, p0: float, p1: float) -> dict[str, str | int | float]:
    design: TwoStage = found.design
    at = characteristics(design, np.array([p0, p1]))
    return {
        "WHAT": what, "R1": design.r1, "N1": design.n1, "R": design.r, "N": design.n,
        "EN": float(at.expected_patients[0]), "PET": float(at.early_stop[0]),
        "EN1": float(at.expected_patients[1]), "ALPHA": found.type_I_error, "POWER": found.power,
    }  # fmt: skip


def _weights(admissible: tuple[Admissible, ...]) -> Section:
    """For which weight of patients against expected patients each design is best."""
    frame = pl.DataFrame(
        {
            "N": [each.found.design.n for each in admissible],
            "EN": [each.found.expected_patients for each in admissible],
            "LOW": [each.low for each in admissible],
            "HIGH": [each.high for each in admissible],
        }
    )
    columns = (
        Column("N", "patients", "count"),
        Column("EN", "expected patients, p0", "statistic"),
        Column("LOW", "weight from", "statistic"),
        Column("HIGH", "to", "statistic"),
    )
    note = "Best for a weight w if w * patients + (1 - w) * expected patients is smallest (Jung and others)."
    return Section("weights", "When each is best", columns, frame, (note,))


def _curve(found: TwoStageDesigns) -> pl.DataFrame:
    """Probability of interest and of an early stop by true rate, of the optimal and the minimax design."""
    rate = np.linspace(0.0, 1.0, POINTS)[1:-1]
    frames: list[pl.DataFrame] = []
    for what, each in _named(found):
        if what == "admissible":
            continue
        at = characteristics(each.design, rate)
        frames += [
            pl.DataFrame({"EFFECT": rate, "WHAT": [f"{what}: {line}"] * rate.size, "PROBABILITY": values})
            for line, values in (("of interest", at.interest), ("early stop", at.early_stop))
        ]
    return pl.concat(frames)

"""Infections: how far neutropenia has raised the hazard of a severe one.

The hazard relative to normal counts is 1 + fold / (1 + (count / half)**2): an infection is rare at normal
counts and its hazard rises steeply below the bound of grade 4 (Bodey 1966 for the direction). The state
adds it up over time, so that a trial can read from it who has had an infection by a visit.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "infections"
STATES = {"infection_exposure": "day"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The hazard by neutrophil count."""

    fold: Value = quantity(
        "fold", meaning="rise of the hazard of severe infection without neutrophils", low=0
    )
    half: Value = quantity("1e9/L", meaning="neutrophils of half that rise", low=1e-12)


def relative_hazard(neutrophils: Value, p: Params) -> Value:
    """Hazard of severe infection at a count [1e9/L], relative to normal counts [fold]."""
    ratio = neutrophils / p.half
    return 1 + p.fold / (1 + ratio * ratio)


def rates(neutrophils: Value, p: Params) -> tuple[Value, ...]:
    """Days at normal counts that one day at this count is worth."""
    return (relative_hazard(neutrophils, p),)

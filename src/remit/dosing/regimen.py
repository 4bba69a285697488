"""Regimens and ramp-ups: what a patient is meant to take."""

from dataclasses import dataclass

import numpy as np

from remit.dosing.records import Floats, Integers


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a regimen: a dose as a fraction of the target dose, for a number of days."""

    fraction: float
    days: float


@dataclass(frozen=True, slots=True)
class Regimen:
    """A ramp-up of steps, then the target dose.

    ``target`` is the target dose in its own ``unit``: ``mg`` where the drug's mass is public, else
    ``study dose``. Doses are taken every ``interval`` days.
    """

    target: float
    unit: str
    ramp_up: tuple[Step, ...]
    interval: float = 1.0

    def fraction_at_step(self, step: Integers) -> Floats:
        """Fraction of the target dose at a ramp-up step; steps beyond the last are the target."""
        fractions = np.array([each.fraction for each in self.ramp_up] + [1.0])
        return fractions[np.minimum(step, len(self.ramp_up))]


def describe(regimen: Regimen) -> str:
    """One line in the field's shorthand, as ``20 mg q24h x 7 d, ..., then 400 mg q24h``."""
    unit = "mg" if regimen.unit == "mg" else "x study dose"
    often = f"q{24 * regimen.interval:g}h"
    steps = [
        f"{each.fraction * regimen.target:g} {unit} {often} x {each.days:g} d" for each in regimen.ramp_up
    ]
    return ", ".join([*steps, f"then {regimen.target:g} {unit} {often}"])

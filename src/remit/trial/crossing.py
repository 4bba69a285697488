"""Crossing over to the investigational drug after progression, in an arm that allows it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.functions import log
from remit.random import draws
from remit.trial.parameters import Crossover

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Time from progression to the first dose after crossing over [day], infinite where a patient does not.

    ``fold`` is the factor on the death rate from there on. ``delay`` has shape (n_patients,).
    """

    delay: Floats
    fold: float

    @property
    def happens(self) -> Booleans:
        """Who crosses over, if alive by then."""
        return np.isfinite(self.delay)


def sample_crossing(seed: int, patients: Integers, crossover: Crossover | None) -> Crossing:
    """Who crosses over and when; nobody where the arm does not allow it."""
    if crossover is None:
        return Crossing(np.full(patients.shape, np.inf), 1.0)
    chance = draws(seed, "crossover", patients, 2)
    delay = -log(chance[:, 1]) * crossover.delay
    return Crossing(np.where(chance[:, 0] < crossover.probability, delay, np.inf), crossover.fold)

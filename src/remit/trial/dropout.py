"""Leaving treatment or the trial for reasons outside biology: constant hazards."""

from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.functions import log
from remit.random import draws
from remit.trial.parameters import Dropout


@dataclass(frozen=True, slots=True)
class Exits:
    """Times from first dose [day] of withdrawal, loss and discontinuation, shape (n_patients,).

    Infinite if never.
    ``new_therapy`` [day] is the time from the end of treatment without progression to another therapy.
    """

    withdrawal: Floats
    loss: Floats
    discontinuation: Floats
    new_therapy: Floats


def waiting_time(chance: Floats, rate: float) -> Floats:
    """Exponential time [day] at a rate [1/day], from uniform draws; infinite at rate zero."""
    if rate <= 0:
        return np.full(chance.shape, np.inf)
    return -log(chance) / rate


def sample_exits(seed: int, patients: Integers, dropout: Dropout) -> Exits:
    """Exit times of each patient; they apply as far as the patient is still there."""
    chance = draws(seed, "dropout", patients, 4)
    return Exits(
        waiting_time(chance[:, 0], dropout.withdrawal_rate),
        waiting_time(chance[:, 1], dropout.loss_rate),
        waiting_time(chance[:, 2], dropout.discontinuation_rate),
        waiting_time(chance[:, 3], dropout.new_therapy_rate),
    )

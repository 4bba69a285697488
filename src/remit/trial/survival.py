"""Overall survival as an illness-death model, graded assumed and never a headline.

Before progression a constant hazard of death joins the deaths of modelled events. After progression the
hazard is that without later therapy until later therapy starts, then that under it; whether later
therapy is reached depends on the region.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.functions import log
from remit.random import draws
from remit.trial.crossing import Crossing
from remit.trial.dropout import waiting_time
from remit.trial.parameters import Survival

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fates:
    """What awaits each patient, shape (n_patients,).

    ``death`` [day from first dose] without progression, ``after_progression`` [day from progression] to
    death, ``later_therapy`` [day from progression], infinite where it is not reached.
    """

    death: Floats
    after_progression: Floats
    later_therapy: Floats


def time_to_death(hazard: Floats, delay: Floats, rate: float, fold: Floats) -> Floats:
    """Time from progression to death [day] at which the cumulative hazard reaches ``hazard``.

    The ``rate`` [1/day] changes by ``fold`` after ``delay`` [day].
    """
    if rate <= 0:
        return np.full(hazard.shape, np.inf)
    later = rate * fold
    early = hazard / rate
    left = hazard - rate * np.where(np.isfinite(delay), delay, 0.0)
    late = np.where(later > 0, delay + left / np.where(later > 0, later, 1.0), np.inf)
    return np.where(early <= delay, early, late)


def sample_fates(
    seed: int, patients: Integers, survival: Survival, in_china: Booleans, crossing: Crossing
) -> Fates:
    """Fates of each patient; ``in_china`` says which access to later therapy applies.

    Who crosses over has that as the next therapy.
    """
    chance = draws(seed, "survival", patients, 4)
    access = np.where(in_china, survival.access_probability_china, survival.access_probability_other)
    delay = np.where(chance[:, 2] < access, -log(chance[:, 3]) * survival.later_therapy_delay, np.inf)
    delay = np.where(crossing.happens, crossing.delay, delay)
    fold = np.where(crossing.happens, crossing.fold, survival.later_therapy_fold)
    return Fates(
        death=waiting_time(chance[:, 0], survival.death_rate),
        after_progression=time_to_death(-log(chance[:, 1]), delay, survival.post_progression_rate, fold),
        later_therapy=delay,
    )

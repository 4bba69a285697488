"""How well an allocation is balanced."""

import numpy as np

from remit.stats.estimate import Floats, Integers
from remit.trial.randomisation.factors import Factors
from remit.trial.randomisation.ratio import shares


def counts_by_arm(arm: Integers, n_arms: int) -> Integers:
    """Patients of each arm, shape (n_replicates, n_arms); ``arm`` of shape (n_replicates, n_patients)."""
    return np.stack([(arm == each).sum(axis=1) for each in range(n_arms)], axis=1)


def counts_by_level(arm: Integers, factors: Factors, n_arms: int) -> dict[tuple[str, str], Integers]:
    """Patients of each arm by factor and level, each of shape (n_replicates, n_arms)."""
    return {
        (name, level): counts_by_arm(np.where(factors.codes[:, :, place] == code, arm, -1), n_arms)
        for place, (name, levels) in enumerate(zip(factors.names, factors.levels, strict=True))
        for code, level in enumerate(levels)
    }


def largest_imbalance(arm: Integers, factors: Factors, ratio: tuple[int, ...]) -> Floats:
    """Largest distance, over levels and arms, from the numbers of the ratio; shape (n_replicates,)."""
    share = shares(ratio)
    distance = [
        np.abs(count - count.sum(axis=1, keepdims=True) * share).max(axis=1)
        for count in counts_by_level(arm, factors, len(ratio)).values()
    ]
    return np.max(distance, axis=0)

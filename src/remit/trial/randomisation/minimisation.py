"""Minimisation (Pocock and Simon 1975, Biometrics 31:103).

For each patient and each arm the imbalance that allocation to the arm would leave is summed over the levels
of the patient, with a weight for each factor. The arm with the least is preferred and taken with a declared
probability.

With an unequal ratio counts are divided by it. The biased coin is that of Han, Enas and McEntegart (2009,
Statistics in Medicine 28:3329): the arm of the smallest share, where preferred, is taken with the declared
probability p; an arm of share s with 1 - (1 - p)(1 - s)/(1 - s_least); and what is left goes to the other
arms in the ratio of their shares. This is one rule in another dress: with a probability w the preferred
arm, else any arm by the ratio. So shares hold in the long run as long as each arm is preferred in its
share. At a given place in the order an unequal ratio need not hold exactly (Kuznetsova and Tymofyeyev 2012),
which matters to tests by re-randomisation.

Arms that are equally good are preferred at random, by the ratio.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm
from typing import Literal

import numpy as np

from remit.errors import Finding, InputError
from remit.random import draws
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.randomisation.factors import Factors
from remit.trial.randomisation.ratio import ratio_findings, shares

NAME = "minimisation"
TIED = 1e-9
"""Relative difference of imbalances, from rounding of weighted sums, below which arms are equally good."""


@dataclass(frozen=True, slots=True)
class Params:
    """How to minimise.

    ``ratio`` holds patients of each arm in whole numbers, ``probability`` is that of the preferred arm if it
    is one of the smallest share (0.8 in many trials; 1 is deterministic but for ties). ``measure`` of the
    imbalance of a level is the range or the variance of the counts. ``weights`` of the factors, in their
    order, are all 1 if none are given. ``overall_weight`` is that of the balance of the whole trial.
    """

    ratio: tuple[int, ...]
    probability: float
    measure: Literal["range", "variance"] = "range"
    weights: tuple[float, ...] = ()
    overall_weight: float = 0.0


def findings(params: Params, factors: Factors) -> list[Finding]:
    """What is wrong with the scheme."""
    found = list(ratio_findings(params.ratio))
    return found or list(_findings(params, len(factors.names)))


def _findings(params: Params, n_factors: int) -> Iterator[Finding]:
    least = float(shares(params.ratio).min())
    if not least <= params.probability <= 1:
        needed = f"at least {least:g}, the smallest share of an arm, and at most 1"
        yield Finding("randomisation.probability", f"{params.probability:g}", needed)
    if params.weights and len(params.weights) != n_factors:
        yield Finding(
            "randomisation.weights", str(len(params.weights)), f"{n_factors}, one a factor, or none"
        )
    if any(each < 0 for each in (*params.weights, params.overall_weight)):
        yield Finding("randomisation.weights", "a weight below 0", "0 or more")


def allocate(seed: int, factors: Factors, params: Params) -> Integers:
    """Arm of each patient, -1 where there is none; shape (n_replicates, n_patients).

    Parameters
    ----------
    seed
        Seed of the run.
    factors
        Levels of each patient, in the order of enrolment.
    params
        Ratio, probability, measure and weights.

    Raises
    ------
    InputError
        If they cannot be used.
    """
    wrong = findings(params, factors)
    if wrong:
        raise InputError(wrong)
    present = factors.present
    codes = np.concatenate([factors.codes, np.zeros((*present.shape, 1), dtype=np.int64)], axis=2)
    levels = np.array([*(len(each) for each in factors.levels), 1])
    weights = np.array([*(params.weights or (1.0,) * len(factors.names)), params.overall_weight])
    # Levels of all factors side by side.
    codes = np.maximum(codes, 0) + (np.cumsum(levels) - levels)
    replicates, patients = present.shape
    chance = draws(seed, "randomisation.minimisation", np.arange(replicates), 3 * patients)
    chance = chance.reshape(replicates, patients, 3)
    counts = np.zeros((replicates, int(levels.sum()), len(params.ratio)), dtype=np.int64)
    arm = np.full(present.shape, -1, dtype=np.int64)
    row = np.arange(replicates)
    # One patient after the other in all replicates at once: each depends on all before.
    for place in range(patients):
        own = counts[row[:, None], codes[:, place]]
        preferred = least_imbalance(own, params, weights)
        arm[:, place] = np.where(present[:, place], _taken(preferred, chance[:, place], params), -1)
        here = np.flatnonzero(present[:, place])
        counts[here[:, None], codes[here, place], arm[here, place, None]] += 1
    return arm


def least_imbalance(counts: Integers, params: Params, weights: Floats) -> Booleans:
    """Arms that leave the least imbalance, shape (n_replicates, n_arms).

    Parameters
    ----------
    counts
        Patients so far at the levels of the next one, shape (n_replicates, n_factors, n_arms).
    params
        Ratio and measure.
    weights
        Weight of each factor, shape (n_factors,).
    """
    # Counts over the ratio as whole numbers, so that ties are ties.
    unit = lcm(*params.ratio) // np.asarray(params.ratio)
    scaled = counts * unit
    n_arms = len(params.ratio)
    total = np.empty((counts.shape[0], n_arms))
    for arm in range(n_arms):
        after = scaled.copy()
        after[:, :, arm] += unit[arm]
        if params.measure == "range":
            level = after.max(axis=2) - after.min(axis=2)
        else:
            level = n_arms * (after * after).sum(axis=2) - after.sum(axis=2) ** 2
        total[:, arm] = (weights * level).sum(axis=1)
    least = total.min(axis=1, keepdims=True)
    return total <= least * (1 + TIED)


def _taken(preferred: Booleans, chance: Floats, params: Params) -> Integers:
    """The arm taken, shape (n_replicates,); ``chance`` of shape (n_replicates, 3)."""
    share = shares(params.ratio)
    follows = (params.probability - share.min()) / (1 - share.min())
    best = _drawn(np.where(preferred, share, 0.0), chance[:, 1])
    any_arm = _drawn(np.broadcast_to(share, preferred.shape), chance[:, 2])
    return np.where(chance[:, 0] < follows, best, any_arm)


def _drawn(weight: Floats, chance: Floats) -> Integers:
    """An arm with probability by weight, shape (n_replicates,)."""
    cumulative = np.cumsum(weight, axis=1)
    passed = (chance[:, None] * cumulative[:, -1:] >= cumulative).sum(axis=1)
    last = weight.shape[1] - 1 - np.argmax(weight[:, ::-1] > 0, axis=1)
    # A product just below the whole may round to it.
    return np.minimum(passed, last)

"""All that is found in a setting, and how much is done for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.sensitivity.effects import Effects, chosen, ranked, screened
from benchmarks.sensitivity.inputs import Setting, entries_of, inputs_of, structures
from benchmarks.sensitivity.model import SEED, Model, acting
from benchmarks.sensitivity.outcomes import OUTPUTS
from benchmarks.sensitivity.shares import Shares, divided
from remit.dosing import Floats

PLACES = 5


def everywhere(model: Model, n: int) -> Floats:
    """Outputs at points spread evenly over all inputs (Latin hypercube), shape (n, n_outputs)."""
    rng = np.random.default_rng(SEED)
    strata = rng.permuted(np.tile(np.arange(n), (len(model.inputs), 1)), axis=1).T
    return model.over((strata + rng.uniform(size=strata.shape)) / n, [SEED] * n)


def along(model: Model, name: str, seeds: Sequence[int]) -> dict[float, Floats]:
    """Mean outputs by value of one input, the others typical, at five places of its range."""
    (one,) = (each for each in model.inputs if each.name == name)
    points = [one.values(unit) for unit in np.linspace(0.0, 1.0, PLACES)]
    return {values[name]: np.stack([model(values, seed) for seed in seeds]).mean(axis=0) for values in points}


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found in a setting.

    ``typical`` has the outputs at the typical values, shape (n_cohorts, n_outputs), and ``switched`` those
    of each other structure on the same cohorts; ``first`` those along the value that moves response most,
    by value.
    """

    model: Model
    typical: Floats
    switched: Mapping[str, Floats]
    first: Mapping[float, Floats]
    everywhere: Floats
    effects: Effects
    shares: Shares
    variances: Floats


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done."""

    patients: int = 64
    cohorts: int = 16
    points: int = 64
    trajectories: int = 12
    most: int = 8
    base: int = 64


QUICK = Sizes(patients=8, cohorts=2, points=4, trajectories=2, most=2, base=2)


def analysed(setting: Setting, sizes: Sizes) -> Found:
    """Everything about a setting."""
    every = inputs_of(entries_of(setting).values())
    model = Model(setting, acting(Model(setting, every, sizes.patients)), sizes.patients)
    seeds = [SEED + i for i in range(sizes.cohorts)]
    typical = np.stack([model({}, seed) for seed in seeds])
    switched = {
        name: np.stack([model({}, seed, **who) for seed in seeds])
        for name, who in structures(setting).items()
    }
    spread = everywhere(model, sizes.points)
    effects = screened(model, sizes.trajectories)
    first = along(model, ranked(effects[OUTPUTS[0].name])[0].name, seeds[: sizes.cohorts // 4 + 1])
    shares, variances = divided(model, chosen(effects, sizes.patients, sizes.most), sizes.base)
    return Found(model, typical, switched, first, spread, effects, shares, variances)

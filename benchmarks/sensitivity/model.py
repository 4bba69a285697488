"""A setting as a function of a point of the unit cube, and which coordinates act in it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from benchmarks.sensitivity.inputs import REGIMEN, Input, Setting, values_at
from benchmarks.sensitivity.outcomes import WATCHED, definition, observed_days, outcomes, samples, seen_of
from remit.dosing import Floats
from remit.treatment import Treated, Who, simulate_treatment

SEED = 20_261


@dataclass(slots=True)
class Model:
    """A setting as a function of a point of the unit cube; counts what it did."""

    setting: Setting
    inputs: tuple[Input, ...]
    patients: int
    evaluations: int = 0
    status: Counter[str] = field(default_factory=Counter)

    def treated(self, values: Mapping[str, float], seed: int, days: Sequence[float], **who: Any) -> Treated:
        """Patients under values."""
        asked = Who(
            population=self.setting.population, patients=self.patients, seed=seed, values=values, **who
        )
        return simulate_treatment(self.setting.disease, REGIMEN, days=max(days), every=days, who=asked)

    def __call__(self, values: Mapping[str, float], seed: int = SEED, **who: Any) -> Floats:
        """Outputs, shape (n_outputs,)."""
        treated = self.treated(values, seed, observed_days(), **who)
        self.evaluations += 1
        self.status.update(treated.patients["STATUS"].to_list())
        return outcomes(seen_of(treated), definition())

    def over(self, points: Floats, seeds: Iterable[int]) -> Floats:
        """Outputs at points, shape (n_points, n_outputs)."""
        return np.stack([
            self(values_at(self.inputs, point), seed) for point, seed in zip(points, seeds, strict=True)
        ])  # fmt: skip


def acting(model: Model) -> tuple[Input, ...]:
    """Inputs that change anything at all in the first days of these patients, to the last bit.

    The others are of drugs that are not given, of markers that are not known, or of what follows later.
    """
    days = [0.0, *chain.from_iterable(samples(definition())[:2])]
    point = np.random.default_rng(SEED).uniform(size=len(model.inputs))
    base = values_at(model.inputs, point)

    def course(values: Mapping[str, float]) -> bytes:
        seen = model.treated(values, SEED, days).courses
        return b"".join(seen[name].to_numpy().tobytes() for name in WATCHED)

    usual = course(base)
    return tuple(
        each
        for each, place in zip(model.inputs, point, strict=True)
        if course({**base, **each.values(float(place < 0.5))}) != usual
    )

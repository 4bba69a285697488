"""Shares of variance (Sobol) of the values that the screening puts first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.sensitivity.effects import RESAMPLES, problem_of
from benchmarks.sensitivity.model import SEED, Model
from benchmarks.sensitivity.outcomes import OUTPUTS
from remit.dosing import Floats


@dataclass(frozen=True, slots=True)
class Share:
    """Shares of the variance of an output, alone and in total, each with half its 95% interval."""

    name: str
    first: float
    first_half: float
    total: float
    total_half: float


Shares = Mapping[str, Mapping[str, Share]]
"""By output and input."""


def divided(model: Model, names: Sequence[str], n: int) -> tuple[Shares, Floats]:
    """Sobol: shares of variance of some inputs, the others at their medians, and the variances.

    ``n`` is the size of the base sample, a power of two. One set of virtual patients serves all points.
    """
    from SALib.sample import sobol as design  # noqa: PLC0415 - it may be missing

    places = [i for i, each in enumerate(model.inputs) if each.name in names]
    problem = problem_of([model.inputs[i] for i in places])
    points = design.sample(problem, n, calc_second_order=False, seed=SEED)
    every = np.full((len(points), len(model.inputs)), 0.5)
    every[:, places] = points
    found = model.over(every, [SEED] * len(every))
    independent = np.isin(np.arange(len(points)) % (len(places) + 2), (0, len(places) + 1))
    shares = {each.name: shares_of(problem, found[:, i]) for i, each in enumerate(OUTPUTS)}
    return shares, found[independent].var(axis=0, ddof=1)


def shares_of(problem: Mapping[str, Any], found: Floats) -> dict[str, Share]:
    """Shares of variance by input, from an output at all points; none where it does not vary."""
    from SALib.analyze import sobol as analysis  # noqa: PLC0415 - it may be missing

    if np.ptp(found) == 0:
        return {}
    each = analysis.analyze(dict(problem), found, calc_second_order=False, num_resamples=RESAMPLES, seed=SEED)
    columns = zip(*(each[name] for name in ("S1", "S1_conf", "ST", "ST_conf")), strict=True)
    return {
        name: Share(name, *(float(number) for number in numbers))
        for name, numbers in zip(problem["names"], columns, strict=True)
    }

"""Screening by elementary effects (Morris): which values move an output at all, and how far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t

from benchmarks.sensitivity.inputs import WHO_ENTERS, Input
from benchmarks.sensitivity.model import SEED, Model
from benchmarks.sensitivity.outcomes import OUTPUTS, Output
from remit.dosing import Floats

N_LEVELS, STEP = 4, 2 / 3
"""Levels of a coordinate in the screening, and the step between two of them that is taken."""
RESAMPLES = 2_000


def problem_of(inputs: Sequence[Input]) -> dict[str, Any]:
    """Inputs as SALib describes them."""
    return {
        "num_vars": len(inputs),
        "names": [each.name for each in inputs],
        "bounds": [[0.0, 1.0]] * len(inputs),
    }


UP, DOWN, UNCLEAR = "raises it", "lowers it", "direction not told"


@dataclass(frozen=True, slots=True)
class Effect:
    """Effects of a step of an input on an output, a step being two thirds of its range.

    ``mean_size`` is the mean of their sizes, with half the width of its 95% interval; ``mean`` and ``sd``
    are with their sign, over ``n`` trajectories.
    """

    name: str
    mean_size: float
    half: float
    mean: float
    sd: float
    n: int

    @property
    def low(self) -> float:
        """Lower end of the interval of the mean size."""
        return max(self.mean_size - self.half, 0.0)

    @property
    def high(self) -> float:
        """Its upper end."""
        return self.mean_size + self.half

    @property
    def sign(self) -> str:
        """Whether the output rises or falls with the input, where the mean is told from zero."""
        error = float(t.ppf(0.975, self.n - 1)) * self.sd / np.sqrt(self.n)
        return UP if self.mean > error else DOWN if self.mean < -error else UNCLEAR


Effects = Mapping[str, Mapping[str, Effect]]
"""By output and input."""


def screened(model: Model, trajectories: int) -> Effects:
    """Morris: every trajectory changes each input once, on virtual patients of its own."""
    from SALib.sample import morris as design  # noqa: PLC0415 - it may be missing

    problem = problem_of(model.inputs)
    points = design.sample(problem, trajectories, num_levels=N_LEVELS, seed=SEED)
    found = model.over(points, [SEED + i // (len(model.inputs) + 1) for i in range(len(points))])
    return {
        each.name: effects_of(problem, points, each.scale * STEP * found[:, i])
        for i, each in enumerate(OUTPUTS)
    }


def effects_of(problem: Mapping[str, Any], points: Floats, found: Floats) -> dict[str, Effect]:
    """Elementary effects by input, from an output at the points of all trajectories."""
    from SALib.analyze import morris as analysis  # noqa: PLC0415 - it may be missing

    each = analysis.analyze(
        dict(problem), points, found, num_resamples=RESAMPLES, num_levels=N_LEVELS, seed=SEED
    )
    n = len(points) // (problem["num_vars"] + 1)
    columns = zip(*(each[name] for name in ("mu_star", "mu_star_conf", "mu", "sigma")), strict=True)
    return {
        name: Effect(name, float(size), float(half), float(mean), float(sd), n)
        for name, (size, half, mean, sd) in zip(problem["names"], columns, strict=True)
    }


def floor(output: Output, effects: Mapping[str, Effect], patients: int) -> float:
    """What may be chance: the effect of who enters, and of a share one patient more in every step."""
    one = output.scale / patients if output.is_share else 0.0
    return max(one, effects[WHO_ENTERS].mean_size if WHO_ENTERS in effects else 0.0)


def is_told(effect: Effect, least: float) -> bool:
    """Whether an effect is told from none: its sign is known, or its interval lies above the floor."""
    return effect.sign != UNCLEAR or effect.low > least


def ranked(effects: Mapping[str, Effect]) -> list[Effect]:
    """Effects of some size, the largest first."""
    return sorted((each for each in effects.values() if each.mean_size > 0), key=lambda each: -each.mean_size)


def in_turns(queues: Iterable[Iterable[str]], most: int) -> list[str]:
    """Names of several rankings: each in turn gives the first that is not yet there."""
    left, found = [list(queue) for queue in queues], list[str]()
    while len(found) < most and any(left):
        for queue in left:
            queue[:] = [name for name in queue if name not in found]
            if queue and len(found) < most:
                found.append(queue.pop(0))
    return found


def chosen(effects: Effects, patients: int, most: int) -> list[str]:
    """Inputs of the second stage, in turns from the outputs that lead."""
    leading = [(each, effects[each.name]) for each in OUTPUTS if each.leads]
    return in_turns(
        (
            [
                each.name
                for each in ranked(of)
                if is_told(each, floor(output, of, patients)) and each.name != WHO_ENTERS
            ]
            for output, of in leading
        ),
        most,
    )

"""Parameter draws: the typical values of one draw, from the uncertainty that each value carries.

Uncertainty travels to every prediction. Values that were fitted together come from one member of the
stored ensemble; all others are drawn from their own distribution, stratified over the draws of the run
so that few draws cover each margin evenly.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np

from remit.dosing import Floats
from remit.library.entries import Entry
from remit.random import draws as uniforms
from remit.random import normal_quantile


@cache
def strata(seed: int, name: str, n_draws: int) -> Floats:
    """Standard normal deviates of a quantity over the draws of a run, one in each of ``n_draws`` strata."""
    every = np.arange(n_draws)
    order = np.argsort(uniforms(seed, f"uncertainty: order of {name}", every)[:, 0], kind="stable")
    within = uniforms(seed, f"uncertainty: {name}", every)[:, 0]
    return np.asarray(normal_quantile((order + within) / n_draws))


def deviate(seed: int, entry: Entry, draw: int, n_draws: int) -> float:
    """Deviate of one value in one draw; zero in a run of a single draw, the typical model."""
    if entry.uncertainty is None or n_draws == 1:
        return 0.0
    return float(strata(seed, entry.uncertainty.same_draw_as or entry.key, n_draws)[draw])


def typical_values(
    seed: int,
    entries: Mapping[str, Entry],
    draw: int,
    n_draws: int,
    ensemble: Mapping[str, Floats] | None = None,
) -> dict[str, float]:
    """Typical value of every parameter in one draw, in canonical units.

    Parameters
    ----------
    seed
        Seed of the run.
    entries
        Values with their uncertainty, by name.
    draw, n_draws
        Which draw, of how many.
    ensemble
        Members of a joint fit by parameter, each of shape (n_members,); they replace the values named.
    """
    found = {
        name: entry.value if entry.uncertainty is None else bounded(seed, entry, draw, n_draws)
        for name, entry in entries.items()
    }
    if ensemble:
        size = len(next(iter(ensemble.values())))
        member = member_of(seed, draw, n_draws, size)
        for name, values in ensemble.items():
            if name in found:
                found[name] = float(np.median(values) if n_draws == 1 else values[member])
    return found


def bounded(seed: int, entry: Entry, draw: int, n_draws: int) -> float:
    """A drawn typical value."""
    if entry.uncertainty is None:
        return entry.value
    return entry.uncertainty.quantile(entry.value, deviate(seed, entry, draw, n_draws))


def member_of(seed: int, draw: int, n_draws: int, size: int) -> int:
    """Member of an ensemble that a draw uses; draws spread evenly over members."""
    shuffled = np.argsort(
        uniforms(seed, "uncertainty: order of members", np.arange(size))[:, 0], kind="stable"
    )
    return int(shuffled[(draw * size // n_draws if n_draws < size else draw) % size])

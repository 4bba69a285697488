"""The posterior of the fitted quantities: a chain on a surface, corrected by simulation at its points.

The chain on the quadratic surface only proposes. Points taken from it are simulated, and weighted by the
likelihood of what was simulated over that of the surface (importance sampling), so that no error of the
surface is left in the members.
"""

from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.fit.design import Design
from remit.fit.emulator import Surface, fit_surface, metropolis
from remit.fit.targets import Measure, covariance

EDGE = 2.5
"""Standard deviations of the prior beyond which a parameter is not taken: nothing was simulated there."""
INSIDE = 0.004
"""Simulated rates of zero and one are moved inside by this much: a finite cohort cannot exclude either."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A chain (n_steps, n_parameters) on surfaces by form of resistance, and its acceptance."""

    chain: Floats
    acceptance: float
    surfaces: dict[str, Surface]


def counted(chosen: tuple[Measure, ...], weight: str) -> list[int]:
    """Places of the measures that count under a weight of recalled records."""
    return [i for i, each in enumerate(chosen) if not (weight == "absent" and each.recalled)]


def log_likelihood(
    chosen: tuple[Measure, ...], predicted: Floats, weight: str, spread: Floats | float = 0.0
) -> float:
    """Log-likelihood of the published values, up to a constant.

    Parameters
    ----------
    chosen
        Measures.
    predicted
        Their model values, shape (n_measures,).
    weight
        How recalled records count.
    spread
        Standard deviation of the prediction itself, in logits.
    """
    used = counted(chosen, weight)
    kept, p = tuple(chosen[i] for i in used), np.clip(predicted[used], INSIDE, 1 - INSIDE)
    matrix = covariance(kept, p, weight)
    own = np.broadcast_to(spread, predicted.shape)[used]
    matrix[np.diag_indices(len(kept))] += (own * p * (1 - p)) ** 2
    gap = np.array([each.value for each in kept]) - p
    return float(-0.5 * (gap @ np.linalg.solve(matrix, gap) + np.linalg.slogdet(matrix)[1]))


def on_surface(chosen: tuple[Measure, ...], surfaces: dict[str, Surface], z: Floats, weight: str) -> float:
    """Log-likelihood at a point of the surfaces, the mean over forms of resistance.

    The forms are a scenario, not a parameter: records of the BTK inhibitor do not depend on them, and
    those of venetoclax count once. One set of members then serves both, so that a virtual patient is the
    same under either.
    """
    every = [log_likelihood(chosen, each(z[None])[0], weight, each.residual) for each in surfaces.values()]
    return float(np.mean(every))


def propose(design: Design, chosen: tuple[Measure, ...], weight: str, n_steps: int, seed: int) -> Proposal:
    """Chain on the surface of a design, by random-walk Metropolis."""
    surfaces = {form: fit_surface(design.z, rates) for form, rates in design.rates.items()}

    def log_density(z: Floats) -> float:
        beyond = np.maximum(np.abs(z) - EDGE, 0.0).sum()
        return on_surface(chosen, surfaces, z, weight) - float(0.5 * z @ z) - 50 * float(beyond)

    chain, acceptance = metropolis(log_density, design.z.shape[1], n_steps, seed)
    return Proposal(chain, acceptance, surfaces)


def importance(
    proposal: Proposal, proposed_under: str, simulated: Design, chosen: tuple[Measure, ...], weight: str
) -> Floats:
    """Weights of simulated points of the chain, shape (n_points,), summing to one.

    The chain was proposed under one weight of recalled records and may serve another.
    """
    logs = np.array(
        [
            np.mean([log_likelihood(chosen, rates[i], weight) for rates in simulated.rates.values()])
            - on_surface(chosen, proposal.surfaces, z, proposed_under)
            for i, z in enumerate(simulated.z)
        ]
    )
    found = np.exp(logs - logs.max())
    return np.asarray(found / found.sum())


def effective_size(weights: Floats) -> float:
    """Number of equally weighted points that know as much."""
    return float(1 / (weights**2).sum())


def resample(weights: Floats, n: int, seed: int) -> Integers:
    """Places of ``n`` members by systematic resampling, in random order."""
    generator = np.random.default_rng(seed)
    at = (np.arange(n) + generator.uniform()) / n
    places = np.searchsorted(np.cumsum(weights) / weights.sum(), at, side="right")
    return generator.permutation(np.minimum(places, len(weights) - 1))

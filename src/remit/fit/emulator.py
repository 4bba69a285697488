"""A quadratic surface through simulated results, and the posterior of parameters on it.

The simulator is expensive and, with common random numbers, smooth: the logit of every rate is fitted by
a quadratic in standardised parameters, whose residual spread joins the likelihood as its own term.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats

CLIP = 0.004
"""Rates of zero and one in a finite cohort are moved inside by this much before the logit."""
RIDGE = 1e-2


@dataclass(frozen=True, slots=True)
class Surface:
    """Coefficients (n_terms, n_measures) of the quadratic, residual spread (n_measures,), in logits."""

    coefficients: Floats
    residual: Floats

    def __call__(self, z: Floats) -> Floats:
        """Rates at standardised parameters, shape (n_points, n_measures)."""
        return 1 / (1 + np.exp(-(terms(z) @ self.coefficients)))


def terms(z: Floats) -> Floats:
    """Constant, linear, square and product terms, shape (n_points, n_terms)."""
    n = z.shape[1]
    products = [z[:, [i]] * z[:, [j]] for i in range(n) for j in range(i, n)]
    return np.hstack([np.ones((len(z), 1)), z, *products])


def fit_surface(z: Floats, rates: Floats) -> Surface:
    """Fit the surface to a design (n_points, n_parameters) and its rates (n_points, n_measures).

    Products are shrunk by a small ridge; the residual spread is corrected for the terms spent.
    """
    x = terms(z)
    y = np.log(np.clip(rates, CLIP, 1 - CLIP) / np.clip(1 - rates, CLIP, 1 - CLIP))
    penalty = np.full(x.shape[1], RIDGE * len(z))
    penalty[: 1 + z.shape[1]] = 0.0
    gram = x.T @ x
    coefficients = np.linalg.solve(gram + np.diag(penalty), x.T @ y)
    spent = np.trace(np.linalg.solve(gram + np.diag(penalty), gram))
    freedom = max(len(z) - spent, 1.0)
    residual = np.sqrt(((y - x @ coefficients) ** 2).sum(axis=0) / freedom)
    return Surface(np.asarray(coefficients, float), np.asarray(residual, float))


def metropolis(
    log_density: Callable[[Floats], float], n_parameters: int, n_steps: int, seed: int
) -> tuple[Floats, float]:
    """Random-walk Metropolis from the prior mean; the second half of the chain and its acceptance rate."""
    generator = np.random.default_rng(seed)
    here = np.zeros(n_parameters)
    level = log_density(here)
    scale = 1.5 / np.sqrt(n_parameters)
    chain = np.empty((n_steps, n_parameters))
    accepted = 0
    for step in range(n_steps):
        there = here + scale * generator.standard_normal(n_parameters)
        new = log_density(there)
        if np.log(generator.uniform()) < new - level:
            here, level = there, new
            accepted += 1
        chain[step] = here
    return chain[n_steps // 2 :], accepted / n_steps

"""Trials simulated look by look stop where the recursion says, and hold alpha whenever their looks come.

Standing: Monte Carlo with a seed; tolerance four standard errors of the simulated share.
"""

import numpy as np
import pytest

from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.design import design
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import expected_information, stopping

TRIALS = 200_000


def statistics(random, fractions, drift, trials=TRIALS):
    """Standardised statistics at each look, shape (trials, n_looks): a Brownian motion with drift."""
    gained = np.diff(fractions, prepend=0.0)
    steps = random.normal(drift * gained, np.sqrt(gained), (trials, gained.size))
    return np.cumsum(steps, axis=1) / np.sqrt(fractions)


def first(crossed):
    """Whether a trial crosses at a look for the first time, shape (trials, n_looks)."""
    return crossed & (np.cumsum(crossed, axis=1) == 1)


def agree(simulated, expected, trials=TRIALS):
    error = np.sqrt(np.maximum(expected * (1 - expected), 1 / trials) / trials)
    assert (abs(simulated - expected) <= 4 * error).all()


@pytest.mark.parametrize("share", [-0.5, 0.0, 0.5, 1.0])
def test_trials_stop_where_the_design_says(share):
    found = design(
        Plan(
            fractions=(0.25, 0.5, 0.55, 1.0),
            efficacy=Boundary("lan-demets-pocock"),
            futility=Boundary("hwang-shih-decani", -2.0),
            harm=Boundary("lan-demets-pocock"),
        )
    )
    drift = share * found.drift
    z = statistics(np.random.default_rng(71), found.fractions, drift)
    left = first((z >= found.upper) | (z <= found.stops_below))
    where = stopping(found, drift)
    agree((left & (z >= found.upper)).mean(axis=0), where.efficacy[0])
    agree((left & (z <= found.harm)).mean(axis=0), where.harm[0])
    agree((left & (z <= found.lower) & (z > found.harm)).mean(axis=0), where.futility[0])
    stopped = found.fractions[np.argmax(left, axis=1)]
    error = stopped.std() / np.sqrt(TRIALS)
    assert abs(stopped.mean() - expected_information(found, drift)[0]) <= 4 * error


@pytest.mark.parametrize("sides", [1, 2])
def test_alpha_holds_whenever_looks_come(sides):
    random = np.random.default_rng(5)
    planned = design(Plan(fractions=(0.4, 0.7, 1.0), sides=sides, efficacy=Boundary("kim-demets", 2.0)))
    trials, shares = 20_000, []
    for _ in range(20):
        # Two to five looks at any information; the last under- or over-runs the planned 300.
        looks = int(random.integers(2, 6))
        came = np.append(np.sort(random.uniform(20, 280, looks - 1)), random.uniform(285, 400))
        found = recompute(planned, came.tolist(), 300.0, final=True)
        z = statistics(random, found.fractions, 0.0, trials)
        shown = first((z >= found.upper) | (z <= (-found.upper if sides == 2 else -np.inf))) & (
            z >= found.upper
        )
        shares.append(shown.any(axis=1).mean())
    agree(np.mean(shares), np.float64(0.025), 20 * trials)
    agree(np.array(shares), np.full(20, 0.025), trials)


def test_bounds_that_ignore_the_looks_there_were_would_be_noticed():
    planned = design(Plan(fractions=(0.5, 1.0), efficacy=Boundary("lan-demets-pocock")))
    z = statistics(np.random.default_rng(3), np.array([0.1, 0.3, 0.5, 1.0]), 0.0)
    naive = (z >= planned.upper[[0, 0, 0, 1]]).any(axis=1).mean()
    assert naive > 0.025 + 4 * np.sqrt(0.025 / TRIALS)

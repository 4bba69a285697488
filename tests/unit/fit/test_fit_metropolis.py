"""The sampler of the posterior, on a density that is known."""

import numpy as np
import pytest

from remit.fit.emulator import metropolis

MEAN, SD, N_STEPS, SEED = np.array([0.5, -0.3]), np.array([0.8, 1.2]), 60_000, 3
N_BATCHES = 30


def log_density(z: np.ndarray) -> float:
    """Two independent normals."""
    return float(-0.5 * (((z - MEAN) / SD) ** 2).sum())


@pytest.fixture(scope="module")
def sampled() -> tuple[np.ndarray, float]:
    return metropolis(log_density, 2, N_STEPS, SEED)


def average_and_error(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of a chain and its Monte Carlo standard error, by the means of long batches."""
    batches = values.reshape(N_BATCHES, -1, values.shape[1]).mean(axis=1)
    return values.mean(axis=0), batches.std(axis=0, ddof=1) / np.sqrt(N_BATCHES)


def test_mean_and_sd_are_those_of_the_density(sampled: tuple[np.ndarray, float]) -> None:
    chain, _ = sampled
    mean, error = average_and_error(chain)
    assert (np.abs(mean - MEAN) < 4 * error).all()
    variance, error = average_and_error((chain - MEAN) ** 2)
    assert (np.abs(variance - SD**2) < 4 * error).all()
    assert (error < 0.1 * SD**2).all()


def test_a_mean_that_is_off_by_a_quarter_of_an_sd_would_be_noticed(sampled: tuple[np.ndarray, float]) -> None:
    mean, error = average_and_error(sampled[0])
    assert (np.abs(mean - (MEAN + 0.25 * SD)) > 4 * error).any()


def test_the_second_half_of_the_chain_is_kept_and_moves(sampled: tuple[np.ndarray, float]) -> None:
    chain, acceptance = sampled
    assert chain.shape == (N_STEPS // 2, 2)
    assert 0.2 < acceptance < 0.9
    assert np.isclose((np.diff(chain, axis=0) != 0).any(axis=1).mean(), acceptance, atol=0.02)


def test_the_same_seed_gives_the_same_chain() -> None:
    one, other, third = (metropolis(log_density, 2, 200, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, other)
    assert (one != third).any()


def test_places_without_density_are_never_visited() -> None:
    chain, _ = metropolis(lambda z: log_density(z) if z[0] < 0.5 else -np.inf, 2, 4_000, SEED)
    assert chain[:, 0].max() < 0.5

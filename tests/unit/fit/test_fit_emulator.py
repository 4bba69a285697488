"""The quadratic surface through simulated rates."""

import numpy as np
import pytest

from remit.fit.emulator import CLIP, RIDGE, fit_surface, terms

N_PARAMETERS, N_POINTS = 3, 200
RANDOM = np.random.default_rng(7)
Z = RANDOM.standard_normal((N_POINTS, N_PARAMETERS))
LINEAR = np.array([0.3, 0.8, -0.5, 0.2])
PRODUCTS = np.array([0.15, -0.1, 0.05, 0.2, 0.1, -0.15])


def rates(coefficients: np.ndarray, z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(terms(z) @ coefficients)))[:, None]


def test_there_is_a_term_for_everything_up_to_products() -> None:
    assert terms(np.array([[2.0, 3.0]])).tolist() == [[1.0, 2.0, 3.0, 4.0, 6.0, 9.0]]


def test_a_linear_logit_is_recovered_exactly() -> None:
    truth = np.concatenate([LINEAR, np.zeros(len(PRODUCTS))])
    surface = fit_surface(Z, rates(truth, Z))
    np.testing.assert_allclose(surface.coefficients[:, 0], truth, atol=1e-12)
    assert surface.residual.max() < 1e-12


def test_a_quadratic_logit_is_recovered_up_to_the_ridge() -> None:
    truth = np.concatenate([LINEAR, PRODUCTS])
    surface = fit_surface(Z, rates(truth, Z))
    # The ridge shrinks a product of variance 1 by about its size; the factor 2 is for a finite design.
    assert np.abs(surface.coefficients[:, 0] - truth).max() < 2 * RIDGE * np.abs(truth).sum()
    new = np.random.default_rng(8).standard_normal((100, N_PARAMETERS))
    assert np.abs(surface(new) - rates(truth, new)).max() < 2 * RIDGE


def test_a_surface_without_products_would_be_noticed() -> None:
    truth = np.concatenate([LINEAR, PRODUCTS])
    plain = fit_surface(Z, rates(truth, Z))
    plain.coefficients[1 + N_PARAMETERS :] = 0.0
    new = np.random.default_rng(8).standard_normal((100, N_PARAMETERS))
    assert np.abs(plain(new) - rates(truth, new)).max() > 2 * RIDGE


def test_the_residual_spread_is_that_of_the_noise() -> None:
    truth = np.concatenate([LINEAR, PRODUCTS])
    noise = 0.2 * np.random.default_rng(9).standard_normal((N_POINTS, 1))
    logit = (terms(Z) @ truth)[:, None] + noise
    found = fit_surface(Z, 1 / (1 + np.exp(-logit))).residual[0]
    # The relative error of an SD from n values is about 1 / sqrt(2 n).
    assert abs(found / 0.2 - 1) < 4 / np.sqrt(2 * N_POINTS)


def test_rates_of_zero_and_one_are_moved_inside() -> None:
    ends = np.repeat([[0.0], [1.0]], N_POINTS // 2, axis=0)
    surface = fit_surface(np.zeros((N_POINTS, 1)) + ends - 0.5, ends)
    assert np.isfinite(surface.coefficients).all()
    assert surface(np.array([[-0.5], [0.5]]))[:, 0] == pytest.approx([CLIP, 1 - CLIP], abs=CLIP)

"""Monte Carlo errors of means, shares and quantiles."""

import numpy as np
import pytest

from remit.stats.monte_carlo import (
    grouped_mean_error,
    mean_error,
    proportion_error,
    quantile,
    quantile_error,
)


def test_error_of_a_mean_is_the_sample_sd_over_the_root_of_n():
    found = mean_error(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (found.value, found.mcse) == (2.5, pytest.approx(np.sqrt(5 / 3) / 2))


def test_a_share_of_zero_still_has_an_error():
    assert proportion_error(0, 1000).mcse > 0
    assert proportion_error(300, 1000).mcse == pytest.approx(np.sqrt(0.3 * 0.7 / 1000))


def test_values_that_share_a_draw_do_not_count_as_independent():
    values, draw = np.repeat([0.2, 0.6], 50), np.repeat([0, 1], 50)
    assert grouped_mean_error(values, draw).mcse == pytest.approx(0.2)
    assert mean_error(values).mcse < 0.03


def test_a_quantile_between_finite_values_is_linear_as_in_numpy():
    values = np.random.default_rng(3).normal(size=37)
    assert quantile(values, 0.05) == pytest.approx(np.quantile(values, 0.05))


def test_a_quantile_that_falls_on_what_is_not_reached_is_infinite():
    values = np.array([1.0, 2.0, np.inf, np.inf])
    assert quantile(values, 0.95) == np.inf
    assert quantile(values, 0.0) == 1.0
    assert quantile_error(values, 0.95).value == np.inf


def test_error_of_a_median_agrees_with_theory_for_a_normal_sample():
    n, trials = 400, 300
    samples = np.random.default_rng(5).normal(size=(trials, n))
    errors = np.array([quantile_error(sample, 0.5).mcse for sample in samples])
    theory = np.sqrt(np.pi / 2 / n)
    assert abs(errors.mean() - theory) < 4 * errors.std(ddof=1) / np.sqrt(trials) + 0.02 * theory

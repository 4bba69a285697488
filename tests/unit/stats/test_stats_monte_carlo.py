"""Monte Carlo errors of means, shares and quantiles."""

import numpy as np
import pytest

from remit.stats.monte_carlo import (
    grouped_mean_error,
    grouped_quantile_error,
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


def test_error_of_a_median_of_grouped_values_is_its_spread():
    groups, size, trials = 30, 8, 500
    random = np.random.default_rng(6)
    group = np.repeat(np.arange(groups), size)
    samples = random.normal(size=(trials, groups))[:, group] + random.normal(size=(trials, groups * size))
    found = [grouped_quantile_error(sample, group, 0.5) for sample in samples]
    spread = np.std([each.value for each in found], ddof=1)
    stated = np.array([each.mcse for each in found])
    alone = np.array([quantile_error(sample, 0.5).mcse for sample in samples])
    # The relative error of an SD from n values is about 1 / sqrt(2 n).
    tolerance = 4 * np.hypot(1 / np.sqrt(2 * trials), stated.std() / stated.mean() / np.sqrt(trials))
    assert abs(stated.mean() / spread - 1) < tolerance
    assert alone.mean() / spread < 1 - tolerance


def test_error_of_a_median_agrees_with_a_bootstrap_over_groups():
    groups, size, trials, resamples = 30, 8, 60, 300
    random = np.random.default_rng(7)
    group = np.repeat(np.arange(groups), size)
    ratios = []
    for _ in range(trials):
        values = random.normal(size=groups)[:, None] + random.normal(size=(groups, size))
        drawn = values[random.integers(groups, size=(resamples, groups))].reshape(resamples, -1)
        bootstrap = np.median(drawn, axis=1).std(ddof=1)
        ratios.append(grouped_quantile_error(values.ravel(), group, 0.5).mcse / bootstrap)
    assert abs(np.mean(ratios) - 1) < 4 * np.std(ratios, ddof=1) / np.sqrt(trials)


def test_error_of_a_grouped_median_near_what_is_not_reached_is_infinite_and_beyond_it_unknown():
    values, group = np.arange(20.0), np.repeat(np.arange(4), 5)
    near = grouped_quantile_error(np.where(values > 11, np.inf, values), group, 0.5)
    assert (near.value, near.mcse) == (9.5, np.inf)
    beyond = grouped_quantile_error(np.where(values > 0, np.inf, values), group, 0.5)
    assert beyond.value == np.inf
    assert np.isnan(beyond.mcse)


def test_error_of_a_median_of_one_group_is_that_of_independent_values():
    values = np.random.default_rng(9).normal(size=40)
    assert grouped_quantile_error(values, np.zeros(40, dtype=int), 0.5) == quantile_error(values, 0.5)

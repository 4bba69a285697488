"""Variance components of a nested response rate are unbiased, and their errors are honest."""

import numpy as np
import pytest

from remit.stats.nested_variance import jackknife_error, nested_proportion_variance, true_rates

TRIALS, DRAWS, PATIENTS = 600, 16, 40


@pytest.fixture(scope="module")
def components():
    """Components of many simulated pools whose draws have a beta-distributed response probability."""
    random = np.random.default_rng(11)
    draw = np.repeat(np.arange(DRAWS), PATIENTS)
    found = []
    for _ in range(TRIALS):
        p = random.beta(4, 6, DRAWS)
        found.append(nested_proportion_variance(random.random(draw.size) < p[draw], draw))
    return found


def within_four_errors(values, truth):
    return abs(np.mean(values) - truth) < 4 * np.std(values, ddof=1) / np.sqrt(len(values))


def test_mean_and_both_components_are_unbiased(components):
    between = 0.4 * 0.6 / 11
    assert within_four_errors([each.mean.value for each in components], 0.4)
    assert within_four_errors([each.between.value for each in components], between)
    assert within_four_errors([each.within.value for each in components], 0.4 * 0.6 - between)


def test_ignoring_the_noise_of_draws_would_be_noticed(components):
    naive = [each.rate.var(ddof=1) for each in components]
    assert not within_four_errors(naive, 0.4 * 0.6 / 11)


def test_the_error_of_the_mean_is_its_spread(components):
    spread = np.std([each.mean.value for each in components], ddof=1)
    stated = np.sqrt(np.mean([each.mean.mcse**2 for each in components]))
    # The relative error of an SD from n values is about 1 / sqrt(2 n).
    assert abs(stated / spread - 1) < 4 / np.sqrt(2 * TRIALS)


def test_cleared_rates_have_the_variance_of_the_truth_and_the_observed_mean():
    random = np.random.default_rng(2)
    draw = np.repeat(np.arange(DRAWS), PATIENTS)
    parts = nested_proportion_variance(random.random(draw.size) < random.beta(4, 6, DRAWS)[draw], draw)
    rates = true_rates(parts)
    assert rates.mean() == pytest.approx(parts.mean.value)
    assert rates.var(ddof=1) == pytest.approx(parts.between.value)


def test_equal_draws_leave_no_variance_between_them():
    response = np.tile([True, False], 20)
    parts = nested_proportion_variance(response, np.repeat([0, 1], 20))
    assert parts.between.value <= 0
    np.testing.assert_array_equal(true_rates(parts), [0.5, 0.5])


def test_the_jackknife_error_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(3).normal(size=12)
    left_out = (values.sum() - values) / 11
    assert jackknife_error(left_out) == pytest.approx(values.std(ddof=1) / np.sqrt(12))


def test_the_jackknife_error_is_infinite_or_unknown_where_leaving_one_out_is_so():
    assert jackknife_error(np.array([3.0, np.inf, 4.0])) == np.inf
    assert np.isnan(jackknife_error(np.full(3, np.inf)))
    assert np.isnan(jackknife_error(np.array([3.0, 4.0])))

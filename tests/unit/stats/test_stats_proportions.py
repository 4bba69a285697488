"""Exact and score intervals of a proportion, the exact test, its critical value and power."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from remit.stats.proportions.clopper_pearson import (
    critical_responders,
    exact_interval,
    exact_p_value,
    exact_power,
    rejects,
)
from remit.stats.proportions.wilson import wilson_interval

COUNTS = [(0, 10), (1, 10), (5, 10), (10, 10), (33, 80), (24, 80), (79, 80)]


@pytest.mark.parametrize(("responders", "n"), COUNTS)
def test_exact_interval_is_that_of_scipy(responders, n):
    ours = exact_interval(np.array([responders]), np.array([n]), level=0.9)
    theirs = binomtest(responders, n).proportion_ci(0.9, method="exact")
    np.testing.assert_allclose([ours.low[0], ours.high[0]], [theirs.low, theirs.high], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("responders", "n"), COUNTS)
def test_score_interval_is_that_of_scipy(responders, n):
    ours = wilson_interval(np.array([responders]), np.array([n]))
    theirs = binomtest(responders, n).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose([ours.low[0], ours.high[0]], [theirs.low, theirs.high], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("responders", "n"), COUNTS)
def test_exact_p_value_is_that_of_scipy(responders, n):
    theirs = binomtest(responders, n, 0.3, alternative="greater").pvalue
    assert float(exact_p_value(np.array(responders), np.array(n), 0.3)) == pytest.approx(theirs, rel=1e-9)


def test_without_patients_nothing_is_known():
    nobody = exact_interval(np.array([0]), np.array([0]))
    assert (nobody.low[0], nobody.high[0]) == (0.0, 1.0)
    assert not rejects(np.array([0]), np.array([0]), 0.3, 0.025)[0]


def test_thirty_three_of_eighty_reject_thirty_percent_and_one_fewer_does_not():
    assert critical_responders(80, 0.3, 0.025) == 33
    np.testing.assert_array_equal(rejects(np.array([32, 33]), np.array([80, 80]), 0.3, 0.025), [False, True])


def test_a_trial_too_small_to_reject_has_a_critical_value_out_of_reach():
    assert critical_responders(2, 0.3, 0.025) == 3
    assert float(exact_power(2, 0.3, 0.025, np.array(1.0))) == 0.0


def test_power_is_the_binomial_tail_from_the_critical_value_on():
    by_hand = sum(binom.pmf(k, 80, 0.45) for k in range(33, 81))
    assert float(exact_power(80, 0.3, 0.025, np.array(0.45))) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("n", [5, 17, 40, 80, 133])
def test_the_test_rejects_just_where_the_lower_limit_is_above_p0(n):
    responders, size = np.arange(n + 1), np.full(n + 1, n)
    low = exact_interval(responders, size, level=0.95).low
    np.testing.assert_array_equal(rejects(responders, size, 0.3, 0.025), low > 0.3)


@pytest.mark.parametrize("p0", [0.0, 0.2, 0.31, 1.0])
@pytest.mark.parametrize("n", [0, 1, 12, 300])
def test_exact_p_value_of_every_count_is_the_upper_binomial_tail(n, p0):
    responders = np.arange(n + 2)
    ours = exact_p_value(responders, np.full(n + 2, n), p0)
    np.testing.assert_allclose(ours, binom.sf(responders - 1, n, p0), rtol=1e-12)


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.61])
def test_exact_interval_covers_at_least_its_level(truth):
    responders = np.arange(41)
    limits = exact_interval(responders, np.full(41, 40))
    covered = (limits.low <= truth) & (truth <= limits.high)
    assert binom.pmf(responders, 40, truth)[covered].sum() >= 0.95

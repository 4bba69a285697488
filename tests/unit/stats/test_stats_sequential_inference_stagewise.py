"""P-values, intervals and estimates after a group-sequential trial.

Standing: closed forms with one look; bivariate normal probabilities of scipy (to 1e-9) with two; the formula
of Emerson and Fleming (1990) for the bias with two looks. Against rpact see tests/reference/stats.
"""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from remit.errors import InputError
from remit.stats.sequential.bias import bias_adjusted, naive_estimate
from remit.stats.sequential.boundaries import Boundary, efficacy_bounds, setting
from remit.stats.sequential.design import design
from remit.stats.sequential.inference import (
    stagewise,
    stagewise_limit,
    stagewise_order,
    stagewise_p_value,
    tail_quantiles,
)
from remit.stats.sequential.looks import Stop, looks, of_design
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.repeated import repeated_intervals, repeated_p_values, sequential_p_values

TWO = looks([20.0, 50.0], [2.8, 1.98], [0.1, 1.98])
BINDING = looks([20.0, 50.0], [2.8, 1.98], [0.1, 1.98], binding=True)
O_BRIEN_FLEMING = Boundary("lan-demets-obrien-fleming")


def density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def two_looks(z, drift, low, information=(20.0, 50.0), high=2.8):
    """P-value by scipy: crossed at the first look, or gone on from between the bounds and then z or more."""
    first, second = drift * np.sqrt(information)
    r = np.sqrt(information[0] / information[1])
    both = multivariate_normal([0, 0], [[1, -r], [-r, 1]])
    beyond = both.cdf([high - first, second - z], rng=1)
    below = 0.0 if np.isinf(low) else both.cdf([low - first, second - z], rng=1)
    return ndtr(first - high) + beyond - below


@pytest.mark.parametrize("z", [-3.0, -0.7, 0.0, 1.64, 5.0, 37.0])
def test_with_one_look_all_is_that_of_a_fixed_trial(z):
    one, information = looks([44.0], [1.96]), 44.0
    found = stagewise(one, Stop(1, z))
    assert found.p_value == pytest.approx(float(ndtr(-z)), rel=1e-12)
    quantile = -float(ndtri(0.025))
    expected = np.array([z - quantile, z, z + quantile]) / np.sqrt(information)
    np.testing.assert_allclose([found.drift.low, found.drift.value, found.drift.high], expected, rtol=1e-12)
    assert found.naive == pytest.approx(z / np.sqrt(information))
    repeated = repeated_intervals(one, np.array([z]))
    np.testing.assert_allclose(
        [repeated.low[0], repeated.high[0]], (z + np.array([-1.96, 1.96])) / np.sqrt(44)
    )
    # Without a look before the last nothing is biased.
    assert bias_adjusted(one, Stop(1, z)) == pytest.approx(found.naive, abs=1e-12)


def test_a_stop_at_the_first_look_has_the_fixed_inference_whatever_the_bounds():
    found = stagewise(TWO, Stop(1, 3.1))
    assert found.p_value == pytest.approx(float(ndtr(-3.1)), rel=1e-12)
    assert found.drift.value == pytest.approx(3.1 / np.sqrt(20))


@pytest.mark.parametrize("whole", [TWO, BINDING], ids=["not binding", "binding"])
@pytest.mark.parametrize(("z", "drift"), [(1.98, 0.0), (0.4, 0.0), (2.9, 0.3), (-0.5, -0.2)])
def test_the_p_value_of_the_second_look_is_the_bivariate_normal_probability(whole, z, drift):
    found = stagewise_p_value(whole, Stop(2, z), drift)
    assert found == pytest.approx(two_looks(z, drift, whole.counted[0]), abs=1e-8)
    order = stagewise_order(whole, Stop(2, z), drift)
    assert order.favourable + order.less == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("look", [1, 2, 3])
@pytest.mark.parametrize("binding", [False, True])
def test_the_p_value_at_a_bound_is_the_error_spent_so_far(look, binding):
    made = design(
        Plan(
            fractions=(0.4, 0.7, 1.0),
            futility=Boundary("hwang-shih-decani", -2.0),
            binding=binding,
        )
    )
    found = stagewise_p_value(of_design(made), Stop(look, float(made.upper[look - 1])))
    assert found == pytest.approx(made.alpha_spent[look - 1], rel=1e-9)


def test_limits_solve_for_the_tails_and_invert_the_p_value():
    stop = Stop(2, 2.3)
    found = stagewise(TWO, stop, 0.9)
    for drift, tail in ((found.drift.low, 0.05), (found.drift.value, 0.5), (found.drift.high, 0.95)):
        assert stagewise_p_value(TWO, stop, drift) == pytest.approx(tail, rel=1e-9)
        assert two_looks(2.3, drift, -np.inf) == pytest.approx(tail, abs=1e-8)


def test_the_estimate_is_drawn_back_after_an_early_bound_was_near():
    found = stagewise(TWO, Stop(2, 2.3))
    assert found.drift.value < found.naive
    assert found.drift.low < found.drift.value < found.drift.high


def test_data_that_over_run_replace_those_of_the_look():
    stop = Stop(2, 2.1, 58.0)
    expected = two_looks(2.1, 0.0, -np.inf, (20.0, 58.0))
    assert stagewise_p_value(TWO, stop) == pytest.approx(expected, abs=1e-8)
    # At the first look they are simply its data.
    assert stagewise(TWO, Stop(1, 2.9, 26.0)).drift.value == pytest.approx(2.9 / np.sqrt(26))


def test_a_statistic_far_out_keeps_its_digits():
    p = stagewise_p_value(looks([20.0, 50.0], [np.inf, 1.96]), Stop(2, 30.0))
    assert p == pytest.approx(float(ndtr(-30.0)), rel=1e-9)


def test_where_no_drift_will_do_the_limit_is_infinite():
    assert stagewise(TWO, Stop(1, np.inf)).drift.low == np.inf
    assert stagewise(TWO, Stop(2, -np.inf)).drift.high == -np.inf


def test_repeated_intervals_are_the_drifts_that_bounds_do_not_reject():
    z = np.array([[1.0, 2.1], [-0.3, np.nan]])
    found = repeated_intervals(TWO, z)
    np.testing.assert_allclose((z - found.low * np.sqrt([20, 50]))[0], [2.8, 1.98])
    np.testing.assert_allclose((z - found.high * np.sqrt([20, 50]))[0], [-2.8, -1.98])
    assert np.isnan(found.low[1, 1])
    untested = repeated_intervals(looks([1.0, 2.0], [np.inf, 2.0]), np.array([1.0]))
    assert untested.low[0] == -np.inf
    assert untested.high[0] == np.inf


def bounds(error):
    return efficacy_bounds(O_BRIEN_FLEMING, setting([0.5, 1.0], error))


def test_a_repeated_p_value_is_the_error_whose_bound_is_reached():
    for error in (1e-6, 0.0125, 0.3):
        found = repeated_p_values(bounds, bounds(error))
        np.testing.assert_allclose(found, [error, error], rtol=1e-9)
    # With one look it is the nominal one.
    one = repeated_p_values(lambda a: efficacy_bounds(O_BRIEN_FLEMING, setting([1.0], a)), np.array([1.3]))
    assert one[0] == pytest.approx(float(ndtr(-1.3)), rel=1e-10)


def test_sequential_p_values_are_the_least_so_far_and_pass_over_what_is_missing():
    z = np.array([2.9, 0.3])
    each, least = repeated_p_values(bounds, z), sequential_p_values(bounds, z)
    assert each[1] > each[0]
    np.testing.assert_array_equal(least, [each[0], each[0]])
    np.testing.assert_array_equal(sequential_p_values(bounds, np.array([np.nan, 0.3])), [1.0, each[1]])
    assert np.isnan(repeated_p_values(bounds, np.array([np.nan]))[0])


def test_repeated_p_values_stay_within_what_is_sought():
    assert repeated_p_values(bounds, np.array([60.0]))[0] == 1e-15
    assert repeated_p_values(bounds, np.array([-60.0]))[0] == 0.5


@pytest.mark.parametrize("drift", [-0.2, 0.0, 0.3, 0.6])
def test_the_bias_with_two_looks_is_the_formula_of_emerson_and_fleming(drift):
    now, last = TWO.information
    centre = drift * np.sqrt(now)
    expected = (last - now) / (last * np.sqrt(now)) * (density(2.8 - centre) - density(0.1 - centre))
    assert naive_estimate(TWO, drift).bias == pytest.approx(expected, abs=1e-12)


def test_moments_of_the_naive_estimate_are_sums_over_where_trials_stop():
    """Mean square error by brute force over a fine grid of both looks."""
    drift, (now, last) = 0.25, TWO.information
    z = np.linspace(-9, 9, 200_001)
    first = z + drift * np.sqrt(now)
    mass = density(z) * (z[1] - z[0])
    on = (first > 0.1) & (first < 2.8)
    # After going on the estimate has the mean of what is known and the variance of what is new.
    mean = (first * np.sqrt(now) + drift * (last - now)) / last
    square = np.where(on, (mean - drift) ** 2 + (last - now) / last**2, (first / np.sqrt(now) - drift) ** 2)
    found = naive_estimate(TWO, drift)
    assert found.mean_square_error == pytest.approx(mass @ square, abs=1e-5)
    upper = mass @ np.where(first >= 2.8, first / np.sqrt(now), 0) / mass[first >= 2.8].sum()
    assert found.upper[0] == pytest.approx(upper, abs=1e-4)
    lower = mass @ np.where(first <= 0.1, first / np.sqrt(now), 0) / mass[first <= 0.1].sum()
    assert found.lower[0] == pytest.approx(lower, abs=1e-4)


def test_the_bias_adjusted_estimate_has_the_observed_one_as_its_mean():
    for stop in (Stop(1, 3.0), Stop(2, 1.1), Stop(1, -0.8)):
        found = bias_adjusted(TWO, stop)
        naive = stop.z / np.sqrt(TWO.information[stop.look - 1])
        assert naive_estimate(TWO, found).mean == pytest.approx(naive, abs=1e-10)
    assert bias_adjusted(TWO, Stop(1, 3.0)) < 3.0 / np.sqrt(20)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: stagewise(TWO, Stop(1, 1.0), 1.0), "level"),
        (lambda: stagewise_limit(TWO, Stop(1, 1.0), 0.0), "probability"),
        (lambda: tail_quantiles(0.0), "level"),
        (lambda: bias_adjusted(TWO, Stop(2, 1.0, 60.0)), "information"),
        (lambda: stagewise_p_value(TWO, Stop(0, 1.0)), "look"),
        (lambda: repeated_intervals(TWO, np.zeros(3)), "z"),
        (lambda: repeated_p_values(bounds, np.zeros(3)), "z"),
    ],
)
def test_what_cannot_be_used_is_refused(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert [each.where for each in caught.value.findings] == [name]

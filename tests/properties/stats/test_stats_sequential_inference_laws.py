"""Laws of inference after a group-sequential trial: signs, units, and what does not depend on what."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.stats.sequential.bias import bias_adjusted, naive_estimate
from remit.stats.sequential.conditional import DriftPrior, conditional_power, predictive_power
from remit.stats.sequential.inference import stagewise, stagewise_p_value
from remit.stats.sequential.looks import Stop, after, looks
from remit.stats.sequential.repeated import repeated_intervals

SYMMETRIC = ([20.0, 45.0, 60.0], [3.2, 2.5, 2.05])
statistics = st.floats(-4, 4)
few = settings(max_examples=25)


def trial(scale=1.0, shift=0.0):
    """Three looks of a two-sided design, in another unit of information, with bounds moved by a drift."""
    information, upper = np.array(SYMMETRIC[0]), np.array(SYMMETRIC[1])
    moved = shift * np.sqrt(information)
    return looks(information * scale, upper + moved, -upper + moved, binding=True)


@few
@given(statistics, st.integers(1, 3))
def test_swapping_arms_changes_the_sign_of_estimates_and_turns_the_interval(z, look):
    one, other = stagewise(trial(), Stop(look, z)), stagewise(trial(), Stop(look, -z))
    assert one.p_value == pytest.approx(1 - other.p_value, abs=1e-10)
    assert one.drift.value == pytest.approx(-other.drift.value, abs=1e-9)
    assert one.drift.low == pytest.approx(-other.drift.high, abs=1e-9)
    assert bias_adjusted(trial(), Stop(look, z)) == pytest.approx(
        -bias_adjusted(trial(), Stop(look, -z)), abs=1e-9
    )


@few
@given(statistics, st.integers(1, 3), st.sampled_from([0.25, 4.0]))
def test_the_unit_of_information_rescales_the_drift_and_nothing_else(z, look, scale):
    one, other = stagewise(trial(), Stop(look, z)), stagewise(trial(scale), Stop(look, z))
    assert other.p_value == pytest.approx(one.p_value, rel=1e-10)
    assert other.drift.value * np.sqrt(scale) == pytest.approx(one.drift.value, abs=1e-9)
    ahead, scaled = after(trial(), 1), after(trial(scale), 1)
    power = conditional_power(ahead, z, 20.0, 0.2)
    assert conditional_power(scaled, z, 20.0 * scale, 0.2 / np.sqrt(scale)) == pytest.approx(
        float(power), rel=1e-10
    )


@few
@given(statistics, st.integers(2, 3), st.floats(-0.4, 0.4))
def test_moving_data_and_bounds_by_a_drift_moves_the_estimate_by_it(z, look, drift):
    information = SYMMETRIC[0][look - 1]
    one = stagewise(trial(), Stop(look, z))
    other = stagewise(trial(shift=drift), Stop(look, z + drift * np.sqrt(information)))
    assert other.drift.value == pytest.approx(one.drift.value + drift, abs=1e-8)
    assert other.drift.high == pytest.approx(one.drift.high + drift, abs=1e-8)
    # Only the bounds matter to the bias, by where they are from the drift.
    biases = naive_estimate(trial(), 0.1).bias, naive_estimate(trial(shift=drift), 0.1 + drift).bias
    assert biases[1] == pytest.approx(biases[0], abs=1e-10)


@few
@given(statistics, st.floats(0.01, 2), st.integers(1, 3), st.sampled_from([0.8, 0.95]))
def test_estimates_rise_with_the_statistic_and_lie_in_their_interval(z, more, look, level):
    low, high = (stagewise(trial(), Stop(look, each), level) for each in (z, z + more))
    assert low.p_value > high.p_value
    assert low.drift.value < high.drift.value
    assert low.drift.low < high.drift.low
    for each in (low, high):
        assert each.drift.low < each.drift.value < each.drift.high


@few
@given(statistics, st.floats(-0.5, 0.5), st.floats(0.01, 0.3))
def test_the_p_value_rises_with_the_drift(z, drift, more):
    low, high = (stagewise_p_value(trial(), Stop(3, z), each) for each in (drift, drift + more))
    assert low < high


@few
@given(statistics, st.floats(-2, 2))
def test_what_comes_after_the_stop_does_not_matter(z, bound):
    whole = trial()
    upper = np.append(whole.upper[:2], max(bound, -1.9))
    other = looks(whole.information, upper, np.append(whole.lower[:2], -2.0), binding=True)
    assert stagewise(whole, Stop(2, z)) == stagewise(other, Stop(2, z))


@few
@given(statistics, st.floats(-0.5, 0.5))
def test_power_of_a_mean_is_within_what_it_is_a_mean_of(z, mean):
    """Predictive power lies between conditional power under very low and very high drifts."""
    ahead = after(looks(*SYMMETRIC), 1)
    found = float(predictive_power(ahead, z, 20.0, DriftPrior(mean, 0.2)))
    assert conditional_power(ahead, z, 20.0, -5.0) <= found <= conditional_power(ahead, z, 20.0, 5.0)
    assert found <= predictive_power(ahead, z + 0.1, 20.0, DriftPrior(mean, 0.2)) + 1e-12


@given(st.lists(statistics, min_size=1, max_size=3))
def test_repeated_intervals_swap_sides_with_the_arms(values):
    z = np.array(values)
    one, other = repeated_intervals(trial(), z), repeated_intervals(trial(), -z)
    np.testing.assert_allclose(one.low, -other.high, atol=1e-12)


@given(st.floats(-30, 30), st.floats(0.1, 1000))
def test_with_one_look_the_estimate_is_the_fixed_one(z, information):
    found = stagewise(looks([information], [1.96]), Stop(1, z))
    assert found.drift.value == pytest.approx(z / np.sqrt(information), abs=1e-12)
    assert found.drift.high - found.drift.low == pytest.approx(2 * 1.959963984540054 / np.sqrt(information))

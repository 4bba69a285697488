"""Tests that keep the type I error when information is changed at an interim.

Standing: algebra of the weighted statistic; bivariate normal probabilities of scipy (to 1e-9).
"""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from remit.errors import InputError
from remit.stats.sequential.adaptive import (
    adapted_bound,
    adapted_bounds,
    information_for_power,
    inverse_normal,
    stage_statistics,
    weighted_intervals,
    weighted_statistics,
)
from remit.stats.sequential.adaptive_inference import weighted_stagewise
from remit.stats.sequential.conditional import conditional_error, conditional_power
from remit.stats.sequential.inference import stagewise, stagewise_p_value
from remit.stats.sequential.integration import exits
from remit.stats.sequential.looks import Stop, after, looks
from remit.stats.sequential.repeated import repeated_intervals

PLANNED = np.array([30.0, 60.0, 80.0])
WHOLE = looks(PLANNED, [3.0, 2.4, 2.05])
Z = np.array([[1.2, 1.9, 2.2], [-0.3, 0.4, 0.1]])


def test_stages_and_their_weights_give_back_the_statistic_where_nothing_changed():
    stages = stage_statistics(Z, PLANNED)
    np.testing.assert_allclose(stages[:, 0], Z[:, 0])
    np.testing.assert_allclose(weighted_statistics(stages, PLANNED), Z, rtol=1e-13)
    np.testing.assert_allclose(inverse_normal(ndtr(-stages), PLANNED), Z, rtol=1e-10)


def test_the_weights_are_those_of_cui_hung_and_wang_with_two_looks():
    """Their statistic with the weight of the first stage sqrt(t) and of the second sqrt(1 - t)."""
    planned, became = np.array([40.0, 100.0]), np.array([40.0, 180.0])
    z = np.array([1.1, 2.0])
    second = (2.0 * np.sqrt(180) - 1.1 * np.sqrt(40)) / np.sqrt(140)
    expected = np.sqrt(0.4) * 1.1 + np.sqrt(0.6) * second
    found = weighted_statistics(stage_statistics(z, became), planned)
    assert found[1] == pytest.approx(expected, rel=1e-14)


def test_information_may_differ_from_trial_to_trial():
    became = np.array([[30.0, 60.0, 120.0], [30.0, 60.0, 80.0]])
    found = weighted_statistics(stage_statistics(Z, became), PLANNED)
    np.testing.assert_allclose(found[1], Z[1], rtol=1e-12)
    assert found[0, 2] != pytest.approx(Z[0, 2])


@pytest.mark.parametrize("became", [61.0, 95.0, 400.0])
@pytest.mark.parametrize("z", [-0.2, 1.2, 2.1])
def test_the_adapted_bound_is_the_same_test_as_the_weighted_statistic(became, z):
    """At the adapted bound of the ordinary statistic the weighted one is at the planned bound."""
    two = looks([60.0, 80.0], [2.4, 2.05])
    error = conditional_error(after(two, 1), z, 60.0)
    bound = float(adapted_bound(error, z, 60.0, became))
    stages = stage_statistics(np.array([z, bound]), np.array([60.0, became]))
    assert weighted_statistics(stages, np.array([60.0, 80.0]))[1] == pytest.approx(2.05, abs=1e-9)


def test_the_adapted_bound_without_a_change_is_the_planned_one():
    error = conditional_error(after(WHOLE, 2), 1.3, 60.0)
    assert adapted_bound(error, 1.3, 60.0, 80.0) == pytest.approx(2.05, rel=1e-12)
    assert np.isnan(adapted_bound(error, 1.3, 60.0, 60.0))


def test_adapted_bounds_spend_the_conditional_error():
    error = float(conditional_error(after(WHOLE, 1), 1.0, 30.0))
    information, shares = np.array([50.0, 90.0, 140.0]), np.array([0.2, 0.2, 1.0])
    bounds = adapted_bounds(error, 1.0, 30.0, information, shares)
    assert bounds[1] == np.inf
    more = information - 30
    upper = (bounds * np.sqrt(information) - np.sqrt(30)) / np.sqrt(more)
    spent = exits(more, np.full(3, -np.inf), upper, 0.0).upper
    np.testing.assert_allclose(spent, np.array([0.2, 0, 0.8]) * error, rtol=1e-9)
    one = adapted_bounds(error, 1.0, 30.0, np.array([90.0]), np.array([1.0]))
    assert one[0] == pytest.approx(float(adapted_bound(error, 1.0, 30.0, 90.0)), rel=1e-10)


def test_the_information_for_a_power_gives_that_power():
    error, drift = 0.1, 0.3
    total = float(information_for_power(error, 60.0, drift, 0.9))
    bound = float(adapted_bound(error, 1.0, 60.0, total))
    assert conditional_power(looks([total], [bound]), 1.0, 60.0, drift) == pytest.approx(0.9, abs=1e-12)
    np.testing.assert_array_equal(
        information_for_power([0.1, 0.95, 0.1, np.nan], 60.0, [-0.1, -0.1, 0.0, 0.2], 0.9),
        [np.inf, 60.0, np.inf, np.nan],
    )


def test_weighted_intervals_without_a_change_are_the_repeated_ones():
    found = weighted_intervals(WHOLE, stage_statistics(Z, PLANNED), PLANNED)
    expected = repeated_intervals(WHOLE, Z)
    np.testing.assert_allclose(found.low, expected.low, rtol=1e-12)
    np.testing.assert_allclose(found.high, expected.high, rtol=1e-12)


def test_weighted_intervals_hold_the_drifts_that_the_weighted_test_does_not_reject():
    stages, became = np.array([1.0, 0.7]), np.array([30.0, 140.0])
    found = weighted_intervals(WHOLE, stages, became)
    for limit, sign in ((found.low[1], 1), (found.high[1], -1)):
        less = stages - limit * np.sqrt(np.diff(became, prepend=0.0))
        assert weighted_statistics(less, PLANNED[:2])[1] == pytest.approx(sign * 2.4, rel=1e-12)


def test_weighted_inference_without_a_change_is_the_stagewise_one():
    stages = stage_statistics(Z[0], PLANNED)
    found, expected = weighted_stagewise(WHOLE, stages, PLANNED), stagewise(WHOLE, Stop(3, 2.2))
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-12)
    assert found.naive == pytest.approx(expected.naive, rel=1e-12)
    for each in ("low", "value", "high"):
        assert getattr(found.drift, each) == pytest.approx(getattr(expected.drift, each), rel=1e-9)


def test_weighted_inference_after_a_change_solves_for_the_tails():
    """Against scipy: first bound crossed, or not and the weighted statistic beyond that observed."""
    two = looks([30.0, 60.0], [2.8, 1.98])
    stages, became = np.array([1.0, 1.4]), np.array([30.0, 150.0])
    z = float(weighted_statistics(stages, two.information)[1])
    found = weighted_stagewise(two, stages, became)
    r = np.sqrt(0.5)
    both = multivariate_normal([0, 0], [[1, -r], [-r, 1]])
    centre = (np.sqrt(30 * 30) + np.sqrt(30 * 120)) / np.sqrt(60)

    def p_value(drift):
        first = drift * np.sqrt(30)
        return ndtr(first - 2.8) + both.cdf([2.8 - first, drift * centre - z], rng=1)

    assert found.p_value == pytest.approx(p_value(0.0), abs=1e-8)
    assert found.p_value == stagewise_p_value(two, Stop(2, z))
    for drift, tail in ((found.drift.low, 0.025), (found.drift.value, 0.5), (found.drift.high, 0.975)):
        assert p_value(drift) == pytest.approx(tail, abs=1e-8)
    ordinary = (stages * np.sqrt([30, 120])).sum() / 150
    assert found.naive == pytest.approx(ordinary, rel=1e-12)


def test_after_one_look_weighted_inference_is_that_of_its_data():
    found = weighted_stagewise(WHOLE, np.array([3.2]), np.array([45.0]))
    expected = (3.2 + np.array([-1, 0, 1]) * -ndtri(0.025)) / np.sqrt(45)
    np.testing.assert_allclose([found.drift.low, found.drift.value, found.drift.high], expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: stage_statistics(Z, PLANNED[:2]), ["information"]),
        (lambda: weighted_statistics(Z, PLANNED[:2]), ["planned"]),
        (lambda: weighted_statistics(Z, PLANNED[::-1]), ["planned"]),
        (lambda: weighted_intervals(WHOLE, np.zeros(4), np.arange(1.0, 5)), ["stages"]),
        (lambda: weighted_intervals(WHOLE, np.zeros(2), np.ones(3)), ["information"]),
        (lambda: weighted_stagewise(WHOLE, np.zeros(3), np.array([30, 61, 90.0])), ["information"]),
        (lambda: weighted_stagewise(WHOLE, np.zeros(2), np.array([30, 61, 90.0])), ["stages, information"]),
        (lambda: weighted_stagewise(WHOLE, np.zeros(2), np.array([30, 30.0])), ["information"]),
        (lambda: weighted_stagewise(WHOLE, np.zeros(1), np.array([30.0]), 1.2), ["level"]),
        (
            lambda: adapted_bounds(1.0, 0.0, 30.0, np.array([20.0]), np.array([0.5, 1])),
            ["error", "information", "spent"],
        ),
        (lambda: adapted_bounds(0.1, 0.0, 30.0, np.array([40.0, 50]), np.array([0.5, 0.9])), ["spent"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_every_finding(call, names):
    with pytest.raises(InputError) as caught:
        call()
    assert [each.where for each in caught.value.findings] == names

"""Kaplan-Meier by hand: ties, limits, medians, landmarks, numbers at risk, restricted mean."""

import numpy as np
import pytest

from remit.stats.survival.kaplan_meier import (
    follow_up,
    kaplan_meier,
    landmark,
    median,
    numbers_at_risk,
    restricted_mean,
    survival_at,
)

TIME = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
EVENT = np.array([True, True, False, False, True])


def test_events_come_before_censoring_at_the_same_time():
    curve = kaplan_meier(TIME, EVENT)
    np.testing.assert_allclose(curve.survival, [0.8, 0.6, 0.6, 0.0])
    np.testing.assert_array_equal(curve.at_risk, [5, 4, 2, 1])
    np.testing.assert_array_equal(curve.events, [1, 1, 0, 1])
    np.testing.assert_array_equal(curve.censored, [0, 1, 1, 0])


def test_greenwood_by_hand():
    curve = kaplan_meier(TIME, EVENT)
    np.testing.assert_allclose(curve.variance[:2], [0.8**2 / 20, 0.6**2 * (1 / 20 + 1 / 12)])


def test_median_is_the_first_time_at_one_half_and_infinite_if_not_reached():
    assert median(kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool))).value == 2.0
    assert median(kaplan_meier(TIME, EVENT)).value == 4.0
    assert median(kaplan_meier(TIME, EVENT & (TIME < 2))).value == np.inf


def test_one_half_that_rounding_lifts_is_still_one_half():
    # Ten events one by one among twenty: the product of the factors may come out above 0.5.
    assert median(kaplan_meier(np.arange(1.0, 21.0), np.ones(20, dtype=bool))).value == 10.0


def test_landmark_is_unknown_beyond_the_last_patient_unless_all_have_had_the_event():
    assert np.isnan(landmark(kaplan_meier(np.array([1.0, 2.0]), np.array([True, False])), 2.5).value)
    assert landmark(kaplan_meier(np.array([1.0, 2.0]), np.array([True, True])), 2.5).value == 0.0
    assert landmark(kaplan_meier(TIME, EVENT), 0.5).value == 1.0


def test_survival_is_read_between_times_as_a_step():
    curve = kaplan_meier(TIME, EVENT)
    np.testing.assert_allclose(survival_at(curve, np.array([0.0, 1.0, 1.9, 9.0])), [1.0, 0.8, 0.8, 0.0])


def test_a_patient_is_at_risk_on_the_day_of_the_own_event():
    np.testing.assert_array_equal(numbers_at_risk(TIME, np.array([0.0, 2.0, 2.1, 5.0])), [5, 4, 2, 0])


def test_follow_up_turns_events_into_censoring():
    assert follow_up(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, False, False])).value == 3.0


def test_restricted_mean_is_the_area_under_the_curve():
    found = restricted_mean(kaplan_meier(TIME, EVENT), 3.5)
    assert found.value == pytest.approx(1 + 0.8 + 0.6 + 0.3)
    assert found.low < found.value < found.high

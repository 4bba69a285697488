"""Kaplan-Meier by hand: ties, limits, quantiles, landmarks, numbers at risk, restricted mean, bad input."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.survival.follow_up import reverse_kaplan_meier
from remit.stats.survival.kaplan_meier import (
    kaplan_meier,
    landmark,
    median,
    numbers_at_risk,
    quantile,
    survival_at,
)
from remit.stats.survival.many_curves import kaplan_meier_rows, known_until, restricted_means, survivals_at
from remit.stats.survival.pointwise_limits import SCALES, pointwise_limits
from remit.stats.survival.restricted_mean import restricted_mean

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
    event = np.array([True, False, False, False])
    assert median(reverse_kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), event)).value == 3.0


def test_restricted_mean_is_the_area_under_the_curve():
    found = restricted_mean(kaplan_meier(TIME, EVENT), 3.5)
    assert found.value == pytest.approx(1 + 0.8 + 0.6 + 0.3)
    assert found.low < found.value < found.high


def test_a_quantile_of_a_flat_stretch_is_its_start_or_its_middle():
    # Survival 0.75, 0.5 from time 2, and 0.25 at 4: any time from 2 to 4 has half of the patients before it.
    curve = kaplan_meier([1.0, 2.0, 4.0, 5.0], [1, 1, 1, 1])
    assert quantile(curve, 0.5).value == 2.0
    assert quantile(curve, 0.5, flat="middle").value == 3.0
    # No event follows: the stretch goes to the last time.
    assert quantile(kaplan_meier([1.0, 2.0, 4.0, 5.0], [1, 1, 0, 0]), 0.5, flat="middle").value == 3.5


def test_a_last_event_does_not_bound_the_median_from_above():
    found = median(kaplan_meier([1.0, 2.0], [1, 1]))
    assert found.value == 1.0
    assert found.high == np.inf
    # Survival is 0 from the only time on, so the lower limit is no later.
    assert median(kaplan_meier([3.0], [1])).low == 3.0


def test_quantiles_are_in_order():
    curve = kaplan_meier(np.arange(1.0, 41.0), np.ones(40))
    found = [quantile(curve, share) for share in (0.25, 0.5, 0.75)]
    assert [q.value for q in found] == [10.0, 20.0, 30.0]
    assert all(q.low < q.value < q.high for q in found)


def test_limits_on_each_scale_by_their_formulas():
    p, variance, z = np.array([0.7]), np.array([0.02]), 1.959963984540054
    half = z * np.sqrt(0.02)
    logit = np.log(0.7 / 0.3)
    expected = {
        "plain": [0.7 - 0.7 * half, min(0.7 + 0.7 * half, 1.0)],
        "log": [0.7 * np.exp(-half), 0.7 * np.exp(half)],
        "log-log": [0.7 ** np.exp(half / -np.log(0.7)), 0.7 ** np.exp(-half / -np.log(0.7))],
        "arcsine": np.sin(np.arcsin(np.sqrt(0.7)) + 0.5 * np.sqrt(0.7 / 0.3) * half * np.array([-1, 1])) ** 2,
        "logit": 1 / (1 + np.exp(-(logit + half / 0.3 * np.array([-1, 1])))),
    }
    assert set(expected) == set(SCALES)
    for scale in SCALES:
        found = pointwise_limits(p, variance, 0.95, scale)
        np.testing.assert_allclose([found.low[0], found.high[0]], expected[scale], rtol=1e-12)


def test_limits_at_the_ends_are_one_or_unknown():
    for scale in SCALES:
        found = pointwise_limits(np.array([1.0, 0.0]), np.array([0.0, np.inf]), 0.95, scale)
        assert found.low[0] == found.high[0] == 1
        assert np.isnan([found.low[1], found.high[1]]).all()


def test_bad_input_is_named_all_at_once():
    with pytest.raises(InputError) as caught:
        kaplan_meier([1.0, -2.0, np.nan], [0, 1, 2])
    assert {each.where for each in caught.value.findings} == {"time", "event"}
    with pytest.raises(InputError, match="scale"):
        kaplan_meier([1.0], [1], scale="probit")
    with pytest.raises(InputError, match="level"):
        kaplan_meier([1.0], [1], level=95)
    with pytest.raises(InputError, match="probability"):
        quantile(kaplan_meier([1.0], [1]), 1.5)
    with pytest.raises(InputError, match="shape"):
        kaplan_meier([1.0, 2.0], [1])


def test_rows_know_what_they_do_not_know():
    time = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    event = np.array([[True, True, True], [True, True, False], [True, True, True]])
    included = np.array([[True, True, True], [True, True, True], [False, False, False]])
    curves = kaplan_meier_rows(time, event, included)
    np.testing.assert_array_equal(known_until(curves), [np.inf, 3.0, 0.0])
    survival, variance = survivals_at(curves, 4.0)
    np.testing.assert_array_equal(survival, [0.0, np.nan, np.nan])
    np.testing.assert_array_equal(variance, [0.0, np.nan, np.nan])
    mean, _ = restricted_means(curves, np.array([2.5, 2.5, 2.5]))
    np.testing.assert_allclose(mean[:2], 1 + 2 / 3 + 1 / 6)

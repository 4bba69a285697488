"""Competing risks and interval censoring, by hand, and what is refused."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.survival.competing_risks import aalen_johansen, incidence_at
from remit.stats.survival.gray import gray, gray_test
from remit.stats.survival.interval_censored import quantile_between, survival_between, turnbull
from remit.stats.survival.interval_likelihood import largest_likelihood, members

TIME = [1.0, 2.0, 2.0, 3.0, 4.0]
CAUSE = [1, 2, 1, 0, 1]


def test_cumulative_incidence_by_hand():
    curve = aalen_johansen(TIME, CAUSE)
    np.testing.assert_allclose(curve.incidence, [[0.2, 0.4, 0.4, 0.8], [0, 0.2, 0.2, 0.2]])
    np.testing.assert_allclose(curve.survival, [0.8, 0.4, 0.4, 0])
    np.testing.assert_array_equal(curve.events, [[1, 1, 0, 1], [0, 1, 0, 0]])
    np.testing.assert_array_equal(curve.at_risk, [5, 4, 2, 1])
    # Without censoring so far it is a share of five patients, and so is its variance.
    np.testing.assert_allclose(curve.variance[:, 1], [0.4 * 0.6 / 5, 0.2 * 0.8 / 5])


def test_incidence_is_read_as_a_step_and_not_beyond_follow_up():
    curve = aalen_johansen(TIME, CAUSE)
    assert incidence_at(curve, 1, 2.9).value == pytest.approx(0.4)
    assert incidence_at(curve, 2, 0.5).value == 0
    assert incidence_at(curve, 1, 9.0).value == pytest.approx(0.8)
    assert np.isnan(incidence_at(aalen_johansen(TIME[:4], CAUSE[:4]), 1, 3.5).value)
    with pytest.raises(InputError, match="cause"):
        incidence_at(curve, 3, 1.0)


def test_a_cause_that_does_not_occur_has_no_incidence():
    curve = aalen_johansen(TIME, CAUSE, n_causes=3)
    assert curve.incidence.shape == (3, 4)
    assert (curve.incidence[2] == 0).all()
    assert (curve.high[2] == 0).all()
    assert aalen_johansen([], [], n_causes=2).incidence.shape == (2, 0)


def test_bad_causes_are_refused():
    for wrong in ([1, 2, 1, 0, -1], [1, 2, 1, 0, 0.5], list("abcde"), [1, 2]):
        with pytest.raises(InputError):
            aalen_johansen(TIME, wrong)
    with pytest.raises(InputError, match="n_causes"):
        aalen_johansen(TIME, CAUSE, n_causes=1)
    with pytest.raises(InputError, match="variance"):
        aalen_johansen(TIME, CAUSE, variance="greenwood")
    with pytest.raises(InputError, match="tested"):
        gray_test(TIME, CAUSE, CAUSE, tested=0)
    with pytest.raises(InputError, match="group"):
        gray_test(TIME, CAUSE, [1, 2])


def test_gray_has_nothing_to_say_of_one_group_or_of_groups_one_after_the_other():
    assert np.isnan(gray_test(TIME, CAUSE, np.ones(5)).statistic)
    assert np.isnan(gray(TIME, CAUSE, np.zeros(5)).z)
    # No event while both groups are there.
    apart = gray_test([1.0, 1.0, 2.0, 3.0], [0, 0, 1, 1], [0, 0, 1, 1])
    assert np.isnan(apart.statistic)
    np.testing.assert_array_equal(apart.score, 0)


def test_gray_without_other_causes_scores_as_the_log_rank_test_does():
    # Two of three controls have the event before the first of the treated.
    found = gray_test([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(found.score[1], 0 - 3 / 6 + 0 - 3 / 5)
    assert gray([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1]).z > 0


def test_intervals_that_overlap_share_their_mass():
    # (0, 2] and (1, 3] meet in (1, 2], which has all.
    curve = turnbull([0.0, 1.0], [2.0, 3.0])
    assert (curve.left.tolist(), curve.right.tolist(), curve.mass.tolist()) == ([1.0], [2.0], [1.0])
    # With a third in (2, 3] the second may be in either, and both have as much.
    curve = turnbull([0.0, 1.0, 2.0], [2.0, 3.0, 3.0])
    np.testing.assert_allclose(curve.mass, [0.5, 0.5])


def test_visits_share_their_ends():
    # Nobody is in two intervals of a schedule: shares are counted.
    curve = turnbull([0.0, 0.0, 2.0, 4.0, 4.0], [2.0, 2.0, 4.0, np.inf, np.inf])
    np.testing.assert_array_equal(curve.left, [0, 2, 4])
    np.testing.assert_array_equal(curve.right, [2, 4, np.inf])
    np.testing.assert_allclose(curve.mass, [0.4, 0.2, 0.4])
    bounds = survival_between(curve, [0.0, 1.0, 2.0, 3.0, 4.0, 9.0])
    np.testing.assert_allclose(bounds.high, [1.0, 1.0, 0.6, 0.6, 0.4, 0.4])
    np.testing.assert_allclose(bounds.low, [1.0, 0.6, 0.6, 0.4, 0.4, 0.0])
    lower, upper = quantile_between(curve, 0.5), quantile_between(curve, 0.75)
    assert (lower.low, lower.high) == (2.0, 4.0)
    assert (upper.low, upper.high) == (4.0, np.inf)
    # A share that is exactly reached is reached by the end of its interval.
    assert quantile_between(curve, 0.4).high == 2.0


def test_a_known_time_at_the_end_of_an_interval_is_in_it_and_at_its_start_is_not():
    inside = turnbull([1.0, 2.0], [2.0, 2.0])
    assert (inside.left.tolist(), inside.right.tolist()) == ([2.0], [2.0])
    outside = turnbull([1.0, 1.0], [2.0, 1.0])
    assert (outside.left.tolist(), outside.right.tolist()) == ([1.0, 1.0], [1.0, 2.0])
    np.testing.assert_allclose(outside.mass, [0.5, 0.5])
    bounds = survival_between(outside, [1.0, 2.0])
    np.testing.assert_allclose([bounds.low, bounds.high], [[0.5, 0.0], [0.5, 0.0]])


def test_the_certificate_of_the_maximum():
    random = np.random.default_rng(4)
    truth = random.exponential(5, 200)
    left, right = np.maximum(truth - random.exponential(2, 200), 0), truth + random.exponential(2, 200)
    right[random.random(200) < 0.3] = np.inf
    curve = turnbull(left, right)
    assert curve.is_converged
    assert curve.mass.sum() == pytest.approx(1)
    # The conditions of Kuhn and Tucker, written out.
    holds = (left[:, None] <= curve.left) & (curve.right <= right[:, None])
    gradient = (holds / (holds @ curve.mass)[:, None]).sum(axis=0)
    assert gradient.max() <= 200 * (1 + 1e-9)
    np.testing.assert_allclose(gradient[curve.mass > 1e-6], 200, rtol=1e-6)
    assert curve.log_likelihood == pytest.approx(np.log(holds @ curve.mass).sum())


def test_patients_alike_are_brought_together():
    rows = members(np.array([0, 0, 1]), np.array([0, 0, 1]), 2)
    np.testing.assert_array_equal(rows.weight, [2, 1])
    np.testing.assert_allclose(largest_likelihood(rows).mass, [2 / 3, 1 / 3])


def test_bad_intervals_are_refused_all_at_once():
    with pytest.raises(InputError) as caught:
        turnbull([-1.0, 3.0, 0.0], [2.0, 1.0, np.nan])
    assert {each.where for each in caught.value.findings} == {"left", "right", "left, right"}
    with pytest.raises(InputError):
        turnbull([], [])
    with pytest.raises(InputError):
        turnbull([1.0], [1.0, 2.0])
    with pytest.raises(InputError, match="probability"):
        quantile_between(turnbull([0.0], [1.0]), 0)

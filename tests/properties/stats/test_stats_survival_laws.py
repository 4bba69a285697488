"""Laws of survival estimates: curves, Cox regression, competing risks, intervals; one data set and many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.stats.survival.competing_risks import aalen_johansen
from remit.stats.survival.cox import cox, hazard_ratio
from remit.stats.survival.cox_rows import hazard_ratios
from remit.stats.survival.gray import gray, gray_test
from remit.stats.survival.interval_censored import quantile_between, survival_between, turnbull
from remit.stats.survival.kaplan_meier import kaplan_meier, median, quantile, survival_at
from remit.stats.survival.many_curves import medians, survival_rows
from remit.stats.survival.milestone import milestone_difference, milestone_log_log
from remit.stats.survival.nelson_aalen import nelson_aalen
from remit.stats.survival.pointwise_limits import SCALES
from remit.stats.survival.restricted_mean import restricted_mean_difference

courses = st.lists(
    st.tuples(st.integers(1, 12).map(float), st.booleans(), st.booleans()), min_size=1, max_size=25
)


def arrays(found):
    time, event, included = (np.array(column) for column in zip(*found, strict=True))
    return time, event, included


@given(courses)
def test_without_censoring_it_is_the_empirical_survival(found):
    time, _, _ = arrays(found)
    curve = kaplan_meier(time, np.ones(time.size, dtype=bool))
    np.testing.assert_allclose(curve.survival, [(time > t).mean() for t in curve.time], atol=1e-12)
    # Greenwood then is the binomial variance.
    np.testing.assert_allclose(curve.variance, curve.survival * (1 - curve.survival) / time.size, atol=1e-12)


@given(courses, st.randoms(use_true_random=False))
def test_relabelling_patients_changes_nothing(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    first, second = kaplan_meier(*arrays(found)[:2]), kaplan_meier(*arrays(shuffled)[:2])
    np.testing.assert_array_equal(first.survival, second.survival)


@given(courses, st.sampled_from([1 / 30.4375, 7.0, 365.25]))
def test_the_unit_of_time_does_not_matter(found, unit):
    time, event, _ = arrays(found)
    assert median(kaplan_meier(time * unit, event)).value == pytest.approx(
        median(kaplan_meier(time, event)).value * unit
    )


@given(courses)
def test_the_interval_holds_the_estimate(found):
    curve = kaplan_meier(*arrays(found)[:2])
    inside = (curve.survival > 0) & (curve.survival < 1)
    assert (curve.low[inside] <= curve.survival[inside]).all()
    assert (curve.survival[inside] <= curve.high[inside]).all()
    found = median(curve)
    assert found.low <= found.value <= found.high


@given(st.lists(courses, min_size=1, max_size=4))
def test_many_curves_are_the_same_curves(several):
    width = max(len(each) for each in several)
    padded = [each + [(1.0, True, False)] * (width - len(each)) for each in several]
    time, event, included = (np.array([arrays(each)[k] for each in padded]) for k in range(3))
    together = medians(time, event, included)
    ordered, survival = survival_rows(time, event, included)
    for row in range(len(several)):
        kept = included[row]
        if not kept.any():
            assert np.isnan(together[row])
            continue
        alone = kaplan_meier(time[row, kept], event[row, kept])
        assert together[row] == median(alone).value
        last = np.append(ordered[row, 1:] != ordered[row, :-1], True)
        shown = last & np.isfinite(ordered[row])
        np.testing.assert_allclose(survival[row, shown], survival_at(alone, ordered[row, shown]), atol=1e-12)


# Two arms, strata and causes of small data sets with many ties: what has no maximum is among them.
trials = st.lists(
    st.tuples(st.integers(1, 9).map(float), st.integers(0, 2), st.booleans(), st.integers(0, 2)),
    min_size=2,
    max_size=24,
)
NUMBERS = ("estimate", "low", "high", "se", "z", "p_value")


some = settings(max_examples=30)
"""For laws that fit several models at each example."""


def columns(found):
    """Times, causes (0 is censoring), arms and strata."""
    return tuple(np.array(column) for column in zip(*found, strict=True))


def same(first, second, **tolerance):
    for name in NUMBERS:
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), **{"atol": 1e-9} | tolerance)


def two_arm_estimates(time, cause, arm, stratum, unit=1.0):
    """Everything here that compares two arms, at times that are whole numbers of a unit."""
    event = cause > 0
    return [
        hazard_ratio(time * unit, event, arm),
        hazard_ratio(time * unit, event, arm, stratum, ties="breslow"),
        milestone_difference(time * unit, event, arm, 4 * unit),
        milestone_log_log(time * unit, event, arm, 4 * unit),
        gray(time * unit, cause, arm, stratum),
        restricted_mean_difference(time * unit, event, arm, 5 * unit),
    ]


@some
@given(trials, st.randoms(use_true_random=False))
def test_relabelling_patients_changes_no_comparison(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    for first, second in zip(*(two_arm_estimates(*columns(each)) for each in (found, shuffled)), strict=True):
        same(first, second, rtol=1e-6, atol=1e-9)


@some
@given(trials, st.sampled_from([0.125, 4.0, 1024.0]))
def test_rescaling_time_changes_no_comparison_but_that_of_means(found, unit):
    data = columns(found)
    *ours, mean = two_arm_estimates(*data)
    *theirs, scaled = two_arm_estimates(*data, unit=unit)
    for first, second in zip(ours, theirs, strict=True):
        same(first, second, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(scaled.estimate, mean.estimate * unit, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(scaled.z, mean.z, rtol=1e-9, atol=1e-9)


@some
@given(trials)
def test_swapping_arms_flips_the_sign(found):
    time, cause, arm, stratum = columns(found)
    ours = two_arm_estimates(time, cause, arm, stratum)
    for first, second in zip(ours, two_arm_estimates(time, cause, ~arm, stratum), strict=True):
        np.testing.assert_allclose(first.z, -second.z, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(first.se, second.se, rtol=1e-6, atol=1e-9)
        if first.parameter.startswith(("hazard ratio", "ratio")):
            with np.errstate(divide="ignore"):
                np.testing.assert_allclose(first.estimate, 1 / second.estimate, rtol=1e-6)
        elif first.parameter:
            np.testing.assert_allclose(first.estimate, -second.estimate, atol=1e-9)


@some
@given(trials)
def test_one_stratum_is_no_stratum_and_a_stratum_of_one_arm_says_nothing(found):
    time, cause, arm, _ = columns(found)
    event, constant = cause > 0, np.full(time.size, 7)
    same(hazard_ratio(time, event, arm), hazard_ratio(time, event, arm, constant), rtol=1e-12)
    same(gray(time, cause, arm), gray(time, cause, arm, constant), rtol=1e-12)
    # A further stratum of treated patients alone changes nothing.
    more = np.concatenate([time, time]), np.concatenate([event, event])
    arms, strata = np.concatenate([arm, np.ones(time.size, dtype=bool)]), np.repeat([0, 1], time.size)
    same(hazard_ratio(time, event, arm), hazard_ratio(*more, arms, strata), rtol=1e-7)


@some
@given(trials)
def test_without_ties_both_treatments_of_ties_are_one(found):
    time, cause, arm, stratum = columns(found)
    apart = np.argsort(np.argsort(time, kind="stable")) + 1.0
    fits = [hazard_ratio(apart, cause > 0, arm, stratum, ties=ties) for ties in ("efron", "breslow")]
    same(*fits, rtol=1e-9)


@some
@given(st.lists(trials, min_size=1, max_size=4), st.sampled_from(["efron", "breslow"]))
def test_hazard_ratios_of_rows_are_those_of_the_data_sets(several, ties):
    width = max(len(each) for each in several)
    padded = [each + [(1.0, 1, True, 0)] * (width - len(each)) for each in several]
    time, cause, arm, stratum = (np.array([columns(each)[k] for each in padded]) for k in range(4))
    included = np.array([[k < len(each) for k in range(width)] for each in several])
    rows = hazard_ratios(time, cause > 0, arm, stratum, included, ties=ties)
    for row, each in enumerate(several):
        own = columns(each)
        alone = hazard_ratio(own[0], own[1] > 0, own[2], own[3], ties=ties)
        for name in NUMBERS:
            np.testing.assert_allclose(getattr(rows, name)[row], getattr(alone, name), rtol=1e-6, atol=1e-9)


@some
@given(trials)
def test_the_likelihood_of_cox_is_largest_at_its_maximum(found):
    time, cause, arm, stratum = columns(found)
    fit = cox(time, cause > 0, np.column_stack([arm, time % 3]), stratum)
    if fit.n_events and not np.isnan(fit.log_likelihood):
        assert fit.log_likelihood >= fit.null_log_likelihood - 1e-9
        assert fit.likelihood_ratio.statistic >= -1e-9


@given(trials)
def test_incidences_and_survival_sum_to_one_and_one_cause_is_kaplan_meier(found):
    time, cause, _, _ = columns(found)
    curve, overall = aalen_johansen(time, cause, n_causes=2), kaplan_meier(time, cause > 0)
    np.testing.assert_allclose(curve.survival + curve.incidence.sum(axis=0), 1, atol=1e-12)
    np.testing.assert_allclose(curve.survival, overall.survival, atol=1e-12)
    assert (curve.variance >= 0).all()
    alone = aalen_johansen(time, (cause > 0).astype(int))
    np.testing.assert_allclose(alone.incidence[0], 1 - overall.survival, atol=1e-12)
    np.testing.assert_allclose(alone.variance[0], overall.variance, atol=1e-12)
    # One minus Kaplan-Meier with the other cause censored is no smaller.
    assert (1 - kaplan_meier(time, cause == 1).survival >= curve.incidence[0] - 1e-12).all()


@given(trials)
def test_without_censoring_incidence_is_a_share_of_patients(found):
    time, cause, _, _ = columns(found)
    which = np.maximum(cause, 1)
    curve = aalen_johansen(time, which, n_causes=2)
    for k in (1, 2):
        share = np.array([((time <= t) & (which == k)).mean() for t in curve.time])
        np.testing.assert_allclose(curve.incidence[k - 1], share, atol=1e-12)
        np.testing.assert_allclose(curve.variance[k - 1], share * (1 - share) / time.size, atol=1e-12)


@given(trials)
def test_scores_of_gray_sum_to_zero_over_groups(found):
    time, cause, arm, stratum = columns(found)
    test = gray_test(time, cause, stratum, arm, rho=1.0)
    assert abs(test.score.sum()) < 1e-9
    if np.isfinite(test.covariance).all():
        np.testing.assert_allclose(test.covariance.sum(axis=0), 0, atol=1e-9)


@given(trials)
def test_intervals_of_censoring_on_the_right_alone_are_kaplan_meier(found):
    time, cause, _, _ = columns(found)
    curve = kaplan_meier(time, cause > 0)
    intervals = turnbull(time, np.where(cause > 0, time, np.inf))
    assert intervals.is_converged
    bounds = survival_between(intervals, curve.time)
    last = curve.time == curve.time[-1]
    np.testing.assert_allclose(bounds.low[~last], curve.survival[~last], atol=1e-8)
    np.testing.assert_allclose(bounds.high, curve.survival, atol=1e-8)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.booleans()), min_size=1, max_size=30))
def test_intervals_of_any_kind_reach_their_maximum(found):
    left, width, censored = (np.array(column) for column in zip(*found, strict=True))
    right = np.where(censored, np.inf, left + width)
    curve = turnbull(left, right)
    assert curve.is_converged
    np.testing.assert_allclose(curve.mass.sum(), 1, atol=1e-12)
    # No other masses are more likely.
    exact = left == right
    holds = np.where(
        exact[:, None],
        (curve.left == left[:, None]) & (curve.right == left[:, None]),
        np.where(curve.left == curve.right, curve.left > left[:, None], curve.left >= left[:, None])
        & (curve.right <= right[:, None]),
    )
    uniform = np.full(curve.mass.size, 1 / curve.mass.size)
    assert np.log(holds @ uniform).sum() <= curve.log_likelihood + 1e-9
    both = quantile_between(curve, 0.5)
    assert both.low <= both.high


@given(courses)
def test_the_hazard_is_below_that_of_kaplan_meier_and_limits_hold_estimates(found):
    time, event, _ = arrays(found)
    curve = kaplan_meier(time, event)
    hazards = [nelson_aalen(time, event, ties=ties) for ties in ("nelson-aalen", "fleming-harrington")]
    assert (hazards[0].hazard <= hazards[1].hazard + 1e-12).all()
    left = curve.survival > 0
    assert (hazards[1].hazard[left] <= -np.log(curve.survival[left]) + 1e-12).all()
    for scale in SCALES:
        other = kaplan_meier(time, event, 0.9, scale)
        assert (other.low[left] <= other.survival[left] + 1e-12).all()
        assert (other.survival[left] <= other.high[left] + 1e-12).all()
        for share in (0.25, 0.5, 0.75):
            found = quantile(other, share)
            assert found.low <= found.value <= found.high
            assert found.value <= quantile(other, share, flat="middle").value

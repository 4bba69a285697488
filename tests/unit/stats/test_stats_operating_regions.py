"""Regions: closed forms at their limits and against plain integrals, and what is counted of trials."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2, norm

from remit.errors import InputError
from remit.stats.operating.consistency import all_positive, regions, retained, share_needed
from remit.stats.operating.regions import (
    RegionalEffects,
    consistency,
    cut_at,
    heterogeneity_p_value,
    regional_effects,
)
from remit.stats.survival.log_rank import log_rank
from remit.stats.survival.log_rank_rows import Look, Replicates, log_rank_rows


def test_method_1_without_a_condition_is_one_normal_probability():
    of = regions([1, 3], 3.0)
    assert retained(of, 0, 0.5) == pytest.approx(ndtr(0.5 * 3 / np.sqrt(4 - 1 + 0.25)), abs=1e-14)
    assert retained(of, 0, 0.0) == pytest.approx(ndtr(3 * np.sqrt(0.25)), abs=1e-14)
    # All of the effect is kept by every other trial where effects are equal.
    assert retained(of, 0, 1.0) == pytest.approx(0.5, abs=1e-14)


@pytest.mark.parametrize("bound", [-1.0, 0.0, 1.96, 3.0, 6.0])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.8, 1.0])
def test_method_1_given_success_against_an_integral_over_the_region(bound, part):
    of = regions([0.2, 0.8], [2.2, 3.1])
    f, g = of.share
    d1, d2 = of.drift

    def given(x):
        """Where the region's estimate is x the others' has to be above a bound and below another."""
        low = (bound - f * x) / g
        high = np.inf if part == 0 and x >= 0 else (x - part * f * x) / (part * g) if part > 0 else -np.inf
        inside = max(ndtr((high - d2) * np.sqrt(g)) - ndtr((low - d2) * np.sqrt(g)), 0.0)
        return norm.pdf(x, d1, 1 / np.sqrt(f)) * inside

    edges = sorted({d1 - 18.0, 0.0, bound / f * part, bound, d1, d1 + 3, d1 + 6, d1 + 18.0})
    whole = sum(quad(given, a, b, epsabs=1e-13, limit=200)[0] for a, b in pairwise(edges))
    truth = whole / ndtr(of.whole - bound)
    # At 6 the trial succeeds with 0.1%, and the integral has so many digits less.
    assert retained(of, 0, part, bound) == pytest.approx(truth, abs=1e-8)


def test_a_trial_with_one_region_keeps_all_of_itself():
    of = regions([1], 2.0)
    assert retained(of, 0, 0.5) == pytest.approx(ndtr(2.0))
    assert retained(of, 0, 0.5, 1.96) == 1.0
    assert retained(of, 0, 1.0) == 1.0
    assert retained(of, 0, 0.5, -0.5) == pytest.approx(ndtr(2.0) / ndtr(2.5))


def test_method_2_without_a_condition_is_a_product():
    of = regions([0.2, 0.3, 0.5], [1.0, 2.0, 3.0])
    assert all_positive(of) == pytest.approx(np.prod(ndtr(of.drift * np.sqrt(of.share))), abs=1e-15)


@pytest.mark.parametrize("bound", [-0.5, 0.3, 1.96, 4.0])
def test_method_2_given_success_of_two_and_three_regions_against_plain_integrals(bound):
    two, three = regions([0.3, 0.7], [2.0, 2.6]), regions([0.15, 0.25, 0.6], [2.0, 3.5, 2.6])
    a, m = np.sqrt(two.share), two.drift * np.sqrt(two.share)

    def last(sum_before, scale, mean):
        return ndtr(mean - max(bound - sum_before, 0.0) / scale)

    kink = max(bound, 0) / a[0]
    truth = sum(
        quad(lambda x: norm.pdf(x - m[0]) * last(a[0] * x, a[1], m[1]), *ends, epsabs=1e-12)[0]
        for ends in ((0, kink), (kink, kink + 12))
    )
    assert all_positive(two, bound) == pytest.approx(truth / ndtr(two.whole - bound), abs=1e-9)
    b, n = np.sqrt(three.share), three.drift * np.sqrt(three.share)
    x, y = np.linspace(0, 12, 1201)[:, None], np.linspace(0, 12, 1201)
    ends = np.where((np.arange(1201) == 0) | (np.arange(1201) == 1200), 0.5, 1.0)
    missing = np.maximum(bound - b[0] * x - b[1] * y, 0.0)
    inside = norm.pdf(x - n[0]) * norm.pdf(y - n[1]) * ndtr(n[2] - missing / b[2])
    truth = ends @ inside @ ends * 0.01**2
    # The trapezia have a step of 0.01 and are good to 1e-5.
    assert all_positive(three, bound) == pytest.approx(truth / ndtr(three.whole - bound), abs=1e-5)


@pytest.mark.parametrize("drift", [1.0, 2.8, 3.24, 4.0])
@pytest.mark.parametrize(("part", "probability"), [(0.5, 0.8), (0.5, 0.9), (0.0, 0.8), (0.75, 0.6)])
def test_the_share_that_is_needed_has_the_probability(drift, part, probability):
    share = share_needed(drift, part, probability)
    if share < 1:
        assert retained(regions([share, 1 - share], drift), 0, part) == pytest.approx(probability, abs=1e-12)
    else:
        assert retained(regions([0.999, 0.001], drift), 0, part) < probability + 0.01


def test_the_share_of_a_trial_with_ninety_percent_power():
    """By hand: 1/f = (0.5 (1.959964 + 1.281552) / 0.841621)^2 + 0.75."""
    assert share_needed(1.959964 + 1.281552) == pytest.approx(1 / 4.458498, rel=1e-3)


def trials(n=12, n_patients=90):
    rng = np.random.default_rng(5)
    shape = (n, n_patients)
    return Replicates(
        entry=rng.uniform(0, 10, shape),
        time=rng.exponential(8, shape),
        event=rng.random(shape) < 0.85,
        arm=rng.integers(0, 2, shape),
        stratum=rng.integers(0, 2, shape),
    ), rng.integers(0, 3, shape)


def test_data_cut_beforehand_are_those_of_the_look():
    patients, _ = trials()
    at_look = log_rank_rows(patients, (Look(40),))
    before = log_rank_rows(cut_at(patients, at_look.cut[:, 0]))
    np.testing.assert_array_equal(before.events, at_look.events)
    np.testing.assert_array_equal(before.patients, at_look.patients)
    np.testing.assert_allclose(before.score, at_look.score, atol=1e-12)
    np.testing.assert_allclose(before.covariance, at_look.covariance, atol=1e-12)


def test_the_effect_of_a_region_is_that_of_its_patients():
    patients, region = trials()
    cut = np.full(12, 11.0)
    found = regional_effects(patients, region, cut)
    for row in range(12):
        for k in range(3):
            own = (region[row] == k) & (patients.entry[row] <= 11)
            entry, time = patients.entry[row, own], patients.time[row, own]
            event = patients.event[row, own] & (entry + time <= 11)
            seen = np.minimum(time, 11 - entry)
            alone = log_rank(seen, event, patients.arm[row, own], patients.stratum[row, own])
            assert found.effect[row, k] == pytest.approx(-np.log(alone.estimate), abs=1e-10)
            assert found.se[row, k] == pytest.approx(float(alone.se), abs=1e-10)
            assert found.events[row, k] == event.sum()
            assert found.patients[row, k] == own.sum()


def test_without_a_cut_all_events_count():
    patients, region = trials()
    found = regional_effects(patients, region)
    np.testing.assert_array_equal(found.events.sum(axis=1), patients.event.sum(axis=1))


def effects(effect, se=0.2):
    given = np.asarray(effect, dtype=float)
    counts = np.zeros(given.shape, dtype=np.int64)
    return RegionalEffects(given, np.full(given.shape, se), counts, counts)


def test_agreement_by_hand():
    found = effects([[0.2, 0.5], [-0.1, 0.5], [0.3, 0.3], [np.nan, 0.4]])
    whole = np.array([0.4, 0.3, 0.3, 0.4])
    seen = consistency(found, whole)
    assert seen.n_trials == 4
    assert [each.value for each in seen.retained] == [0.5, 1.0]
    assert seen.all_positive.value == 0.5
    assert seen.effect[0].value == pytest.approx(0.4 / 3)
    some = consistency(found, whole, np.array([True, False, True, False]))
    assert some.n_trials == 2
    assert [each.value for each in some.retained] == [1.0, 1.0]


def test_the_scale_of_a_part_matters():
    # Hazard ratios 0.8 and 0.6: half of the log ratio is 0.255 > 0.223, half of the risk reduction 0.2.
    found, whole = effects([[-np.log(0.8), 1.0]]), np.array([-np.log(0.6)])
    assert consistency(found, whole).retained[0].value == 0
    risk = consistency(found, np.array([-np.log(0.6001)]), scale="risk reduction")
    assert risk.retained[0].value == 1


def test_no_trials_are_nan():
    seen = consistency(effects([[0.2, 0.5]]), np.array([0.3]), np.array([False]))
    assert seen.n_trials == 0
    assert np.isnan(seen.all_positive.value)


def test_heterogeneity_by_hand():
    found = heterogeneity_p_value(np.array([[0.1, 0.5, np.nan], [0.3, np.nan, np.nan]]), np.full((2, 3), 0.2))
    assert found[0] == pytest.approx(chi2.sf(2 * 0.2**2 / 0.04, 1))
    assert np.isnan(found[1])


@pytest.mark.parametrize(
    "call",
    [
        lambda: regions([0.0, 1.0], 1.0),
        lambda: regions([0.5, 0.5], [1.0]),
        lambda: regions([0.5, 0.5], np.nan),
        lambda: share_needed(-1.0),
        lambda: share_needed(3.0, 1.0),
        lambda: share_needed(3.0, 0.5, 0.4),
        lambda: regional_effects(trials()[0], [0, 1]),
        lambda: regional_effects(trials()[0], -1),
        lambda: regional_effects(trials()[0], 0, np.zeros(2)),
        lambda: consistency(effects([[0.1]]), np.zeros(2)),
        lambda: consistency(effects([[0.1]]), np.zeros(1), part=2.0),
        lambda: consistency(effects([[0.1]]), np.zeros(1), scale="odds"),
        lambda: consistency(effects([[0.1]]), np.zeros(1), level=0.0),
        lambda: consistency(effects([[0.1]]), np.zeros(1), np.array([True, False])),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(InputError):
        call()

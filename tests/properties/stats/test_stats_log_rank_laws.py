"""Laws of the log-rank test: who is called what, and what time is measured in, changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.stats.survival.log_rank import log_rank, observed_and_expected, sums_of
from remit.stats.survival.log_rank_rows import Look, Replicates, log_rank_rows
from remit.stats.survival.log_rank_weights import (
    GEHAN,
    LOG_RANK,
    TARONE_WARE,
    fleming_harrington,
    modestly_weighted,
    piecewise,
)
from remit.stats.survival.max_combo import max_combo

patients = st.lists(
    st.tuples(st.integers(1, 12).map(float), st.booleans(), st.integers(0, 1), st.integers(0, 2)),
    min_size=1,
    max_size=30,
)
weights = st.sampled_from(
    [
        LOG_RANK,
        GEHAN,
        TARONE_WARE,
        fleming_harrington(1, 0),
        fleming_harrington(0, 1),
        fleming_harrington(0.5, 0.5),
        modestly_weighted(4),
    ]
)


def arrays(found):
    time, event, arm, stratum = (np.array(column) for column in zip(*found, strict=True))
    return time, event, arm, stratum


@given(patients, weights)
def test_swapping_arms_flips_the_sign(found, weight):
    time, event, arm, stratum = arrays(found)
    one, other = (log_rank(time, event, each, stratum, weight) for each in (arm, 1 - arm))
    np.testing.assert_allclose(one.z, -other.z, atol=1e-12)
    np.testing.assert_allclose(one.p_value, 1 - other.p_value, atol=1e-12)
    np.testing.assert_allclose(np.log(one.estimate), -np.log(other.estimate), atol=1e-10)
    np.testing.assert_allclose(np.log(one.low), -np.log(other.high), atol=1e-9)
    np.testing.assert_allclose(one.se, other.se, atol=1e-12)


@given(patients, weights, st.randoms(use_true_random=False))
def test_relabelling_patients_and_strata_changes_no_bit(found, weight, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    first, second = (log_rank(*arrays(each), weight) for each in (found, shuffled))
    np.testing.assert_array_equal(first.z, second.z)
    time, event, arm, stratum = arrays(found)
    named = log_rank(time, event, arm, np.array(["north", "south", "west"])[stratum], weight)
    np.testing.assert_array_equal(first.z, named.z)


@given(patients, st.sampled_from([0.25, 7.0, 365.25]))
def test_the_unit_of_time_does_not_matter(found, unit):
    time, event, arm, stratum = arrays(found)
    for here, there in (
        (LOG_RANK, LOG_RANK),
        (fleming_harrington(0, 1), fleming_harrington(0, 1)),
        (modestly_weighted(4), modestly_weighted(4 * unit)),
        (piecewise([3], [0, 1]), piecewise([3 * unit], [0, 1])),
    ):
        one = log_rank(time, event, arm, stratum, here)
        other = log_rank(time * unit, event, arm, stratum, there)
        np.testing.assert_array_equal(one.z, other.z)


@given(patients, weights)
def test_only_the_order_of_times_matters_without_a_time_in_the_weight(found, weight):
    time, event, arm, stratum = arrays(found)
    if weight.held_from < np.inf:
        return
    one, other = (log_rank(each, event, arm, stratum, weight) for each in (time, np.exp(time) - 1))
    np.testing.assert_array_equal(one.z, other.z)


@given(patients, weights)
def test_one_stratum_is_the_plain_test(found, weight):
    time, event, arm, _ = arrays(found)
    plain = log_rank(time, event, arm, None, weight)
    np.testing.assert_array_equal(plain.z, log_rank(time, event, arm, np.full(time.size, 5), weight).z)


@given(patients, weights)
def test_sums_of_strata_add_up(found, weight):
    time, event, arm, stratum = arrays(found)
    whole = sums_of(time, event, arm, stratum, (weight,))
    parts = [sums_of(*(each[stratum == s] for each in (time, event, arm)), None, (weight,)) for s in range(3)]
    for name in ("score", "covariance", "observed", "slope"):
        total = sum(getattr(part, name) for part in parts)
        np.testing.assert_allclose(getattr(whole, name), total, atol=1e-10)


@given(patients)
def test_observed_and_expected_have_the_same_total(found):
    result = observed_and_expected(*arrays(found))
    assert result.observed.sum() == pytest.approx(result.expected.sum())
    assert result.observed.sum() == result.events.sum()


@given(patients)
def test_a_weight_of_one_is_the_log_rank_test(found):
    sums = sums_of(
        *arrays(found), (LOG_RANK, fleming_harrington(0, 0), modestly_weighted(0), piecewise([], [2]))
    )
    np.testing.assert_allclose(sums.z[0, 0], np.full(4, sums.z[0, 0, 0]), atol=1e-12)


@given(patients)
def test_a_twin_of_each_patient_in_the_other_arm_leaves_nothing(found):
    time, event, arm, stratum = arrays(found + [(t, e, 1 - a, s) for t, e, a, s in found])
    z = log_rank(time, event, arm, stratum).z
    assert np.isnan(z) or abs(z) < 1e-12


@settings(deadline=None)
@given(patients)
def test_max_combo_of_swapped_arms_is_that_of_the_other_side(found):
    time, event, arm, stratum = arrays(found)
    one, other = (max_combo(time, event, each, stratum) for each in (arm, 1 - arm))
    np.testing.assert_allclose(one.z, -other.z, atol=1e-12)
    np.testing.assert_allclose(one.p_value_absolute, other.p_value_absolute, atol=1e-8)


@given(patients, st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_later_looks_have_no_fewer_patients_and_events(found, seed, target):
    time, event, arm, stratum = arrays(found)
    entry = np.random.default_rng(seed).integers(0, 20, time.size).astype(float)
    row = Replicates(
        entry=entry[None], time=time[None], event=event[None], arm=arm[None], stratum=stratum[None]
    )
    looks = [Look(k) for k in range(1, target + 1)]
    sums = log_rank_rows(row, looks)
    for each in (sums.cut, sums.events, sums.patients):
        assert (np.diff(each, axis=1) >= 0).all()
    reached = sums.events.sum(axis=2)[0]
    assert (reached >= np.minimum(np.arange(1, target + 1), event.sum())).all()

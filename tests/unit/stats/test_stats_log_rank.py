"""Log-rank tests by hand, how trials are cut, and what is refused.

The data set has events at 1, 2, 3 (control, experimental, control) and one patient of each arm censored at 4,
so that risk sets are (3, 2), (2, 2), (2, 1) of control and experimental: expected in the
experimental arm are 2/5, 1/2, 1/3.
"""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.survival.log_rank import log_rank, observed_and_expected, sums_of
from remit.stats.survival.log_rank_rows import Look, Replicates, compared, log_rank_rows
from remit.stats.survival.log_rank_weights import (
    GEHAN,
    LOG_RANK,
    TARONE_WARE,
    fleming_harrington,
    modestly_weighted,
    piecewise,
)

TIME = np.array([1.0, 2.0, 3.0, 4.0, 4.0])
EVENT = np.array([True, True, True, False, False])
ARM = np.array([0, 1, 0, 0, 1])
ONES = np.ones(2)


def many(n, n_patients, seed=3):
    rng = np.random.default_rng(seed)
    shape = (n, n_patients)
    return Replicates(
        entry=rng.uniform(0, 12, shape),
        time=rng.exponential(10, shape),
        event=rng.random(shape) < 0.8,
        arm=rng.integers(0, 2, shape),
        stratum=rng.integers(0, 3, shape),
    )


def cut_by_hand(patients, row, cut):
    """The data of one trial at a calendar time."""
    entry, time, event = patients.entry[row], patients.time[row], patients.event[row]
    here = entry <= cut
    seen = np.minimum(time, cut - entry)[here]
    return seen, (event & (entry + time <= cut))[here], patients.arm[row][here], patients.stratum[row][here]


def test_the_log_rank_test_by_hand():
    found = observed_and_expected(TIME, EVENT, ARM)
    expected = 2 / 5 + 1 / 2 + 1 / 3
    variance = 6 / 25 + 1 / 4 + 2 / 9
    np.testing.assert_allclose(found.observed, [2, 1])
    np.testing.assert_allclose(found.expected, [3 - expected, expected])
    assert found.variance == pytest.approx(variance)
    assert found.chi_square == pytest.approx((1 - expected) ** 2 / variance)
    assert found.patients.tolist() == [3, 2]
    assert found.events.tolist() == [2, 1]


def test_the_one_step_hazard_ratio_by_hand():
    found = log_rank(TIME, EVENT, ARM)
    score, variance = 1 - (2 / 5 + 1 / 2 + 1 / 3), 6 / 25 + 1 / 4 + 2 / 9
    assert found.estimate == pytest.approx(np.exp(score / variance))
    assert found.se == pytest.approx(1 / np.sqrt(variance))
    assert found.z == pytest.approx(-score / np.sqrt(variance))
    assert found.low < found.estimate < found.high


@pytest.mark.parametrize(
    ("weight", "by_time"),
    [
        (LOG_RANK, [1, 1, 1]),
        (GEHAN, [5, 4, 3]),
        (TARONE_WARE, np.sqrt([5, 4, 3])),
        (fleming_harrington(1, 0), [1, 0.8, 0.6]),
        (fleming_harrington(0, 1), [0, 0.2, 0.4]),
        (fleming_harrington(0.5, 2), np.sqrt([1, 0.8, 0.6]) * np.square([0, 0.2, 0.4])),
        (modestly_weighted(1.5), [1, 1 / 0.8, 1 / 0.8]),
        (modestly_weighted(9), [1, 1 / 0.8, 1 / 0.6]),
        (modestly_weighted(0), [1, 1, 1]),
        (piecewise([2], [0, 1]), [0, 1, 1]),
        (piecewise([0.5, 2.5], [7, 1, 3]), [1, 1, 3]),
    ],
)
def test_weights_by_hand(weight, by_time):
    sums = sums_of(TIME, EVENT, ARM, None, (weight,))
    w, excess = np.asarray(by_time, dtype=float), np.array([-2 / 5, 1 / 2, -1 / 3])
    variance = np.array([6 / 25, 1 / 4, 2 / 9])
    assert sums.score[0, 0, 0] == pytest.approx(w @ excess)
    assert sums.variance[0, 0, 0] == pytest.approx(w**2 @ variance)
    assert sums.slope[0, 0, 0] == pytest.approx(w @ variance)


def test_the_interval_excludes_one_where_the_test_rejects():
    sums = log_rank_rows(many(400, 60), weights=(LOG_RANK, fleming_harrington(0, 1)))
    for which in (0, 1):
        found = compared(sums, which)
        outside = (found.low > 1) | (found.high < 1)
        np.testing.assert_array_equal(outside, found.two_sided < 0.05)
        assert 0 < outside.sum() < outside.size


def test_every_row_and_look_is_the_test_of_the_data_as_they_were():
    patients = many(20, 50)
    weights = (LOG_RANK, fleming_harrington(0, 1), GEHAN)
    sums = log_rank_rows(patients, [Look(10), Look(25), Look(0, 9.0), Look(30, 8.0)], weights)
    for row in range(20):
        for look in range(4):
            data = cut_by_hand(patients, row, sums.cut[row, look])
            alone = sums_of(*data, weights)
            np.testing.assert_allclose(sums.score[row, look], alone.score[0, 0], atol=1e-12)
            np.testing.assert_allclose(sums.covariance[row, look], alone.covariance[0, 0], atol=1e-12)
            np.testing.assert_array_equal(sums.events[row, look], alone.events[0, 0])
            np.testing.assert_array_equal(sums.patients[row, look], alone.patients[0, 0])


def test_a_look_comes_at_its_event_or_at_its_calendar_time():
    patients = many(30, 40)
    sums = log_rank_rows(patients, [Look(10), Look(10, 5.0), Look(0, 7.5), Look(4000), Look(4000, 20.0)])
    assert (sums.events[:, 0].sum(axis=1) == 10).all()
    np.testing.assert_array_equal(sums.cut[:, 1], np.minimum(sums.cut[:, 0], 5.0))
    assert (sums.cut[:, 2] == 7.5).all()
    np.testing.assert_allclose(sums.cut[:, 3], (patients.entry + patients.time).max(axis=1))
    assert (sums.cut[:, 4] == 20.0).all()


def test_threads_change_no_bit():
    patients = many(700, 30)
    one, two = (log_rank_rows(patients, [Look(8), Look(16)], threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.score, two.score)
    np.testing.assert_array_equal(one.covariance, two.covariance)
    np.testing.assert_array_equal(one.cut, two.cut)


def test_nobody_is_a_patient_with_infinite_entry():
    patients = many(5, 30)
    empty = np.arange(30) % 3 == 0
    some = Replicates(
        entry=np.where(empty, np.inf, patients.entry),
        time=patients.time,
        event=patients.event,
        arm=patients.arm,
        stratum=patients.stratum,
    )
    fewer = Replicates(
        entry=patients.entry[:, ~empty],
        time=patients.time[:, ~empty],
        event=patients.event[:, ~empty],
        arm=patients.arm[:, ~empty],
        stratum=patients.stratum[:, ~empty],
    )
    np.testing.assert_array_equal(log_rank_rows(some).score, log_rank_rows(fewer).score)
    np.testing.assert_array_equal(log_rank_rows(some).patients, log_rank_rows(fewer).patients)


def test_patients_who_never_have_the_event_are_at_risk_at_all_events():
    finite, never = (log_rank(np.array([1.0, 2.0, 3.0, end, end]), EVENT, ARM) for end in (99.0, np.inf))
    assert finite.z == never.z


@pytest.mark.parametrize(
    ("event", "arm"),
    [
        ([0, 0, 0, 0, 0], [0, 1, 0, 0, 1]),
        ([1, 1, 1, 0, 0], [1, 1, 1, 1, 1]),
        # Events when the other arm has left.
        ([0, 0, 1, 1, 0], [1, 1, 0, 0, 0]),
    ],
)
def test_nothing_to_compare_is_nan(event, arm):
    found = log_rank([1.0, 2.0, 3.0, 4.0, 5.0], event, arm)
    assert np.isnan([found.z, found.p_value, found.estimate, found.se]).all()


def test_an_empty_data_set_is_nan():
    assert np.isnan(log_rank([], [], []).z)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        log_rank([1.0, -1.0, np.nan], [0, 2, 1], [0, 1, 3], [0, 0, 0])
    assert {each.where for each in caught.value.findings} == {"time", "event", "arm"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: log_rank([[1.0]], [[1]], [[1]]),
        lambda: log_rank([1.0, 2.0], [1], [1, 0, 1]),
        lambda: log_rank([1.0, 2.0], [1, 1], [1, 0], [1]),
        lambda: log_rank_rows(
            Replicates(entry=np.zeros(2), time=np.ones(2), event=np.ones(2), arm=np.ones(2))
        ),
        lambda: fleming_harrington(-1, 0),
        lambda: modestly_weighted(-1),
        lambda: modestly_weighted(np.nan),
        lambda: piecewise([2, 1], [1, 1, 1]),
        lambda: piecewise([1], [1]),
        lambda: piecewise([1], [0, 0]),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(InputError):
        call()

"""Laws of a randomised trial: nothing after a cut-off enters, and nothing added moves the rest.

Standing: exact. Frames and arrays are compared bit for bit, after days beyond the cut-off were replaced by
others beyond it.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.unit.trial_randomised.virtual_pool import (
    READING,
    SITES,
    Hazards,
    declared,
    hypothesis,
    planned,
    tables,
    trial,
)

from remit.random import draws
from remit.trial.milestones import Milestones
from remit.trial.randomised.cohort import cohort
from remit.trial.randomised.conduct import Supplied, conducted
from remit.trial.randomised.plan import LookAt
from remit.trial.randomised.records import Records, records_of
from remit.trial.randomised.trials import randomise_trials

ARMS = {"control": "control", "experimental": "better"}
HAZARDS = {"control": Hazards(), "better": Hazards(450.0, 1300.0, 0.6)}
# As many patients as a trial has: each is in it once, so that a patient has one cut-off.
POOL = tables(HAZARDS, n=90)
TRIAL = trial(
    90,
    (
        hypothesis("PFS", 50, test=planned(50, (0.5, 1.0)), looks=(1, 2)),
        hypothesis("OS", 30, test=planned(30, (0.5, 1.0), alpha_harm=0.05), looks=(1, 2)),
    ),
    (LookAt("PFS", 25, 3000.0), LookAt("PFS", 50, 3000.0)),
    arms=ARMS,
)
RECORDS = records_of(POOL, ARMS, READING)


def one_trial(seed: int):
    """A cohort of one replicate, an allocation by chance, and lags."""
    who, _ = cohort(seed, POOL["adsl"], (SITES, None), TRIAL, 1)
    chance, lag = draws(seed, "law.arm", [0], who.day.shape[1]), draws(seed, "law.lag", [0], who.day.shape[1])
    return who, Supplied((chance < 0.5).astype(np.int64), {"PFS": 60 * lag, "OS": 20 * lag})


def limits(who, cut: float) -> np.ndarray:
    """Days on which the patients of the one trial are cut, by row of the records."""
    limit = np.empty(RECORDS.n_pool)
    limit[who.who[0]] = cut - who.day[0]
    return np.tile(limit, 2)


def scrambled(m: Milestones, limit: np.ndarray, seed: int) -> Milestones:
    """Other days beyond the limit, finite or not, for whatever lies beyond it."""
    rng = np.random.default_rng(seed)

    def other(day):
        own = limit if day.ndim == 1 else limit[:, None]
        later = np.maximum(own, 0.0) + rng.exponential(200.0, day.shape) + 1e-6
        later = np.where(rng.random(day.shape) < 0.3, np.inf, later)
        return np.where(day > own, later, day)

    contact = np.where(
        m.contact > limit, np.maximum(limit, 0.0) + rng.exponential(200.0, limit.shape), m.contact
    )
    return replace(
        m, response=other(m.response), complete=other(m.complete), progression=other(m.progression),
        other_progression=other(m.other_progression), scan_time=np.sort(other(m.scan_time), axis=1),
        death=other(m.death), new_therapy=other(m.new_therapy), lost=other(m.lost),
        response_end=other(m.response_end), contact=contact,
        first={name: other(day) for name, day in m.first.items()},
    )  # fmt: skip


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_what_happens_after_the_last_cut_off_changes_nothing(seed):
    who, supplied = one_trial(seed)
    before = conducted(RECORDS, who, supplied, TRIAL)
    cut = before.looks["CUTDAY"].max()
    changed = scrambled(RECORDS.milestones, limits(who, cut), seed)
    after = conducted(replace(RECORDS, milestones=changed), who, supplied, TRIAL)
    assert_frame_equal(before.looks, after.looks)
    assert_frame_equal(before.trials, after.trials)
    assert_frame_equal(before.regions, after.regions)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_what_happens_after_the_first_cut_off_does_not_change_what_the_first_look_finds(seed):
    who, supplied = one_trial(seed)
    before = conducted(RECORDS, who, supplied, TRIAL)
    cut = before.looks.filter(LOOK=1)["CUTDAY"][0]
    changed = scrambled(RECORDS.milestones, limits(who, cut), seed)
    after = conducted(replace(RECORDS, milestones=changed), who, supplied, TRIAL)
    # The decision of the first look, and no other column, may rest on there being a second one at all.
    columns = ["REPLICATE", "ENDPOINT", "LOOK", "CUTDAY", "KNOWN", "ENROLLED", "EVENTS", "EVENTSC", "Z", "HR"]
    first = (each.looks.filter(LOOK=1).select(columns) for each in (before, after))
    assert_frame_equal(*first)


def test_the_scramble_is_seen_where_it_is_before_the_cut_off():
    who, supplied = one_trial(1)
    before = conducted(RECORDS, who, supplied, TRIAL)
    early = before.looks["CUTDAY"].max() - 200.0
    changed = scrambled(RECORDS.milestones, limits(who, early), 1)
    after = conducted(replace(RECORDS, milestones=changed), who, supplied, TRIAL)
    assert not before.looks.equals(after.looks)


@given(seed=st.integers(0, 10_000))
def test_an_arm_that_is_added_leaves_the_records_of_the_others(seed):
    three = tables(HAZARDS | {"third": Hazards(200.0)}, n=90)
    wider = records_of(three, ARMS | {"third": "third"}, READING)
    rng = np.random.default_rng(seed)
    who, arm = rng.integers(0, 90, (3, 20)), rng.integers(0, 2, (3, 20))
    one, other = RECORDS.under(who, arm), wider.under(who, arm)
    for name in ("response", "progression", "death", "lost", "contact", "response_end"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    width = one.scan_time.shape[-1]
    np.testing.assert_array_equal(one.scan_time, other.scan_time[..., :width])
    assert np.isinf(other.scan_time[..., width:]).all()


def test_an_arm_that_is_added_moves_no_patient_of_a_trial():
    three = tables(HAZARDS | {"third": Hazards(200.0)}, n=90)
    wider = replace(TRIAL, arms=ARMS | {"third": "third"})
    one, _ = cohort(5, POOL["adsl"], (SITES, None), TRIAL, 4)
    other, _ = cohort(5, three["adsl"], (SITES, None), wider, 4)
    np.testing.assert_array_equal(one.who, other.who)
    np.testing.assert_array_equal(one.day, other.day)
    np.testing.assert_array_equal(one.stratum, other.stratum)


@pytest.mark.parametrize("fewer", [1, 3])
def test_a_replicate_is_the_same_whatever_their_number(fewer):
    few, many = (randomise_trials(2, "s", POOL, declared(TRIAL), n) for n in (fewer, 5))
    for name in ("looks", "trials"):
        whole = getattr(many, name)
        kept = whole.filter(whole["REPLICATE"] < fewer)
        assert_frame_equal(getattr(few, name), kept)


@given(seed=st.integers(0, 10_000))
def test_swapping_the_arms_turns_the_sign_of_the_statistic(seed):
    who, supplied = one_trial(seed)
    plain = conducted(RECORDS, who, supplied, TRIAL)
    turned = conducted(
        Records(RECORDS.milestones, RECORDS.source[::-1], RECORDS.n_pool),
        who, Supplied(1 - supplied.allocation, supplied.lag), TRIAL,
    )  # fmt: skip
    np.testing.assert_allclose(plain.z, -turned.z, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(plain.events, turned.events)

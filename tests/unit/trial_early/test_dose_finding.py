"""Dose finding on the calendar: trial by trial as the statistics have it, and by hand where time matters."""

from dataclasses import replace

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.planning.boin_operation import DoseFindingConduct, simulate_dose_finding
from remit.trial.designs import boin
from remit.trial.dose_finding.conduct import conduct, counts
from remit.trial.dose_finding.outcomes import Outcomes, truth
from remit.trial.dose_finding.recommended import FinalData, Recommendation, mean_utility, recommended
from remit.trial.dose_finding.trials import dose_finding_trials, true_mtd

WINDOW = 28.0
NEVER = np.inf


def pool(dlt, response=None, evaluable=None, draw=None):
    """A pool of patients whose outcomes are known on day 28; shape (n_pool, n_doses)."""
    dlt = np.asarray(dlt, dtype=bool)
    days = np.full(dlt.shape, NEVER) if response is None else np.asarray(response, dtype=float)
    counted = np.ones(dlt.shape, dtype=bool) if evaluable is None else np.asarray(evaluable, dtype=bool)
    return Outcomes(
        tuple(f"dose {k}" for k in range(dlt.shape[1])),
        np.zeros(dlt.shape[0], dtype=np.int64) if draw is None else np.asarray(draw),
        np.ones(dlt.shape[0]),
        dlt,
        counted,
        np.full(dlt.shape, WINDOW),
        days,
        np.minimum(days, WINDOW),
    )


def one(dlt, days, params, **kwargs):
    """A single trial of patients in order."""
    outcomes = pool(dlt, **kwargs)
    who = np.arange(len(days))[None, :]
    return conduct(outcomes, who, np.asarray(days, dtype=float)[None, :], params)


CASES = {
    "cohorts of three": ((0.04, 0.12, 0.25, 0.43, 0.63), boin.planned(0.25, 3, 30, 9)),
    "the last cohort is smaller": ((0.1, 0.3, 0.5), boin.planned(0.3, 3, 10)),
    "cohorts of one": ((0.1, 0.3, 0.5), boin.planned(0.3, 1, 12)),
    "a toxic lowest dose, stricter": ((0.6, 0.8), replace(boin.planned(0.25, 3, 12), stricter_by=0.1)),
    "from the second dose": ((0.2, 0.35, 0.4), replace(boin.planned(0.33, 2, 10, 4), first_dose=1)),
}


@pytest.mark.parametrize("name", CASES)
def test_trial_by_trial_patients_toxicities_and_doses_are_those_of_the_statistics(name):
    """The same patients in the same order: chance below the rate of the dose is a DLT, in both programs."""
    true, params = CASES[name]
    trials = 800
    run = DoseFindingConduct(
        most=params.most, cohort=params.cohort, first_dose=params.first_dose, enough=params.enough or None
    )
    theirs = simulate_dose_finding(np.random.default_rng(3), np.array(true), params.rules, run, trials)
    chance = np.random.default_rng(3).random((trials, params.most))
    outcomes = pool(chance.reshape(-1, 1) < np.array(true))
    who = np.arange(chance.size).reshape(chance.shape)
    days = np.arange(params.most) * 2 * WINDOW + np.zeros((trials, 1))
    done = conduct(outcomes, who, days, params)
    enrolled = done.dose >= 0
    toxic = enrolled & outcomes.dlt[who, np.maximum(done.dose, 0)]
    np.testing.assert_array_equal(counts(done.dose, enrolled, len(true)), theirs.patients)
    np.testing.assert_array_equal(counts(done.dose, toxic, len(true)), theirs.dlts)
    np.testing.assert_array_equal(done.eliminated_from, theirs.eliminated_from)
    table = dose_finding_trials(outcomes, who, days, params).trials
    arms = [*outcomes.doses, None]
    assert table["MTD"].to_list() == [arms[k] for k in theirs.selected]
    assert table["FILLED"].all()


def test_suspended_accrual_turns_away_who_comes_in_the_window():
    done = one(np.zeros((40, 2)), np.arange(40.0), boin.planned(0.25, 3, 6))
    # Three on days 0, 1, 2; outcomes on day 30, when the next may start.
    assert done.start[0][done.dose[0] >= 0].tolist() == [0, 1, 2, 30, 31, 32]
    assert done.dose[0][done.dose[0] >= 0].tolist() == [0, 0, 0, 1, 1, 1]
    assert done.escalation_end[0] == 32 + WINDOW


def test_patients_who_wait_start_on_the_day_of_the_decision_in_the_order_they_came():
    params = replace(boin.planned(0.25, 3, 9), waiting="wait")
    done = one(np.zeros((9, 2)), np.arange(9.0), params)
    assert done.start[0].tolist() == [0, 1, 2, 30, 30, 30, 58, 58, 58]
    assert done.dose[0].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_a_patient_who_is_not_evaluable_is_replaced():
    evaluable = np.ones((12, 2), dtype=bool)
    evaluable[1] = False
    days = np.arange(12) * 20.0
    done = one(np.zeros((12, 2)), days, boin.planned(0.25, 3, 6), evaluable=evaluable)
    # Of days 0, 20, 40 the second is lost on day 48; the patient of day 60 replaces it; decision on day 88.
    assert done.start[0][done.dose[0] == 0].tolist() == [0, 20, 40, 60]
    assert done.start[0][done.dose[0] == 1][0] == 100
    table = dose_finding_trials(
        pool(np.zeros((12, 2)), evaluable=evaluable), np.arange(12)[None, :], days[None, :],
        boin.planned(0.25, 3, 6),
    )  # fmt: skip
    assert table.trials["NONEVAL"][0] == 1
    assert table.doses["NEVAL"].to_list() == [3, 3]
    assert table.doses["N"].to_list() == [4, 3]


def test_a_waiting_patient_takes_the_slot_of_one_who_is_not_evaluable():
    evaluable = np.ones((6, 1), dtype=bool)
    evaluable[0] = False
    params = replace(boin.planned(0.25, 3, 3), waiting="wait")
    done = one(np.zeros((6, 1)), np.arange(6.0), params, evaluable=evaluable)
    assert done.start[0].tolist() == [0, 1, 2, 28, np.inf, np.inf]
    assert done.escalation_end[0] == 28 + WINDOW


def test_lower_doses_are_back_filled_up_to_their_cap_once_they_have_shown_activity():
    params = boin.with_backfill(boin.planned(0.25, 3, 6), cap=5)
    response = np.full((60, 2), NEVER)
    response[0] = 20.0
    done = one(np.zeros((60, 2)), np.arange(60.0), params, response=response)
    # Cohort of the second dose on days 30 to 32; then the lower dose takes two more, to five.
    filled = np.flatnonzero(done.backfill[0])
    assert filled.tolist() == [33, 34]
    assert done.dose[0][filled].tolist() == [0, 0]
    silent = one(np.zeros((60, 2)), np.arange(60.0), params)
    assert not silent.backfill.any()
    late = response.copy()
    late[0] = 36.0
    waited = one(np.zeros((60, 2)), np.arange(60.0), params, response=late)
    assert np.flatnonzero(waited.backfill[0]).tolist() == [36, 37]


def test_back_fill_ends_with_escalation_and_its_last_window_is_awaited():
    params = boin.with_backfill(boin.planned(0.25, 3, 6), cap=60)
    response = np.full((90, 2), 1.0)
    outcomes = pool(np.zeros((90, 2)), response=response)
    done = dose_finding_trials(outcomes, np.arange(90)[None, :], np.arange(90.0)[None, :], params)
    row = done.trials.row(0, named=True)
    assert row["ESCDAY"] == 32 + WINDOW
    # Back-filled from day 33 to 59; on day 60 escalation ends.
    assert row["NBACKFILL"] == 27
    assert row["ENDDAY"] == 59 + WINDOW


def test_toxic_back_fill_data_hold_back_a_dose_whose_own_data_would_escalate():
    look = boin.DoseLook(np.array([1]), np.array([[9, 3, 0]]), np.array([[6, 0, 0]]), np.array([3]))
    plain = boin.planned(0.25)
    with_data = boin.with_backfill(replace(plain, eliminate_above=0.9999), 12)
    assert boin.decide(look, replace(with_data, backfill_cap=boin.NEVER)).dose[0] == 2
    # Six DLTs of twelve in both doses together: de-escalate.
    assert boin.decide(look, with_data).dose[0] == 0
    # At the usual limit the lower dose is eliminated by its own data, and with it the trial.
    assert boin.decide(look, boin.with_backfill(plain, 12)).stop[0]


def test_a_dose_is_closed_for_back_fill_only_if_it_and_the_next_together_are_toxic():
    params = boin.with_backfill(boin.planned(0.25), 12)
    treated, responses = np.array([[6, 6, 3]]), np.array([[1, 1, 0]])

    def is_open(dlts):
        look = boin.DoseLook(np.array([2]), np.array([[6, 6, 3]]), np.array([dlts]), np.array([3]))
        return boin.open_for_backfill(look, treated, responses, params)[0].tolist()

    assert is_open([0, 0, 0]) == [True, True, False]
    assert is_open([2, 0, 0]) == [True, True, False]
    # Two of six and two of six: four of twelve is above the boundary of 0.298, and closes all from there.
    assert is_open([2, 2, 0]) == [False, False, False]
    assert is_open([0, 3, 1]) == [True, False, False]
    none = boin.open_for_backfill(
        boin.DoseLook(np.array([2]), treated, np.zeros((1, 3), dtype=int), np.array([3])),
        treated, np.array([[0, 1, 0]]), params,
    )  # fmt: skip
    assert none[0].tolist() == [False, True, False]


def test_one_of_three_means_stay_only_if_declared():
    three, one_dlt = np.array([3, 6]), np.array([1, 2])
    assert boin.step(three, one_dlt, boin.planned(0.25)).tolist() == [-1, -1]
    declared = replace(boin.planned(0.25), stay_on_one_of_three=True)
    assert boin.step(three, one_dlt, declared).tolist() == [0, -1]


def test_patients_who_come_later_change_nothing_of_what_was_before():
    rng = np.random.default_rng(8)
    outcomes = pool(
        rng.random((2000, 3)) < (0.1, 0.3, 0.5), response=np.where(rng.random((2000, 3)) < 0.5, 9, NEVER)
    )
    who, days = np.arange(2000).reshape(40, 50), np.cumsum(rng.exponential(8, (40, 50)), axis=1)
    params = boin.with_backfill(boin.planned(0.25, 3, 18), 9)
    whole, part = (conduct(outcomes, who[:, :k], days[:, :k], params) for k in (50, 30))
    np.testing.assert_array_equal(whole.dose[:, :30], part.dose)
    np.testing.assert_array_equal(whole.start[:, :30], part.start)
    assert not part.filled.all()


def test_utility_prefers_a_lower_dose_that_works_as_well():
    data = FinalData(
        np.array([[12, 12, 6]]),
        np.array([[0, 3, 4]]),
        np.array([[7, 7, 4]]),
        np.array([[0, 2, 3]]),
        np.array([3]),
    )
    params = boin.planned(0.25)
    rule = Recommendation(rule="utility", neither=0.4, both=0.6, fewest=6)
    # (1 + 7 + 0.4 * 5) / 14 at the lowest dose.
    assert mean_utility(data, rule)[0, 0] == pytest.approx(10 / 14)
    assert recommended(data, params, rule).tolist() == [0]
    assert recommended(data, params, replace(rule, rule="mtd")).tolist() == [1]
    assert recommended(data, params, replace(rule, fewest=13)).tolist() == [-1]


def test_truth_is_of_evaluable_patients_by_draw_and_names_the_true_mtd():
    dlt = np.array([[0, 1], [0, 1], [1, 1], [0, 0]])
    evaluable = np.array([[1, 1], [1, 1], [1, 1], [0, 1]])
    found = truth(pool(dlt, evaluable=evaluable, draw=[0, 0, 1, 1]))
    np.testing.assert_allclose(found.dlt, [[0, 1], [1, 0.5]])
    assert true_mtd(found, boin.planned(0.25)).tolist() == [0, -1]


def test_impossible_trials_are_refused_with_every_finding():
    wrong = replace(boin.planned(0.25), first_dose=5, most=2)
    with pytest.raises(InputError) as caught:
        one(np.zeros((3, 2)), [0, 1, 2], wrong)
    assert {each.where for each in caught.value.findings} == {"first_dose", "cohort, most"}

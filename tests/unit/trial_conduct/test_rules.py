"""Dose rules: what follows from a standing and a visit."""

from dataclasses import replace

import numpy as np
import pytest

from remit.trial import rules
from remit.trial.rules import End, Hold
from remit.trial.therapy import Plan, plan_of

ALL = np.array([[True]])
DAY = np.array([56.0])


@pytest.fixture
def plan(setting) -> Plan:
    """Four steps of a week, then the target dose."""
    return setting.protocol.plan


def cycles(drug, line: str) -> Plan:
    return plan_of([drug(line, kind="cytotoxic").schedule])


def at(plan: Plan, period: int, **changes: object) -> rules.Treatment:
    """One patient in a period."""
    return replace(rules.first_day(1, plan), period=np.array([[period]]), **changes)  # pyright: ignore[reportArgumentType]


def test_a_period_ends_after_its_days_and_the_target_never(plan):
    assert rules.period_end(at(plan, 0), plan)[0, 0] == 7.0
    assert np.isinf(rules.period_end(at(plan, 4), plan)[0, 0])


def test_a_held_patient_takes_nothing_and_says_why(plan):
    t = rules.hold(rules.first_day(1, plan), ALL, Hold.COUNTS, DAY, DAY + 7)
    assert rules.dose_fraction(t, plan)[0, 0] == 0.0
    assert rules.DOSE_TEXT[rules.dose_reason(t, plan)[0, 0]] == "hold"


def test_a_second_reason_to_hold_waits_for_the_later_check(plan):
    t = rules.hold(rules.first_day(1, plan), ALL, Hold.COUNTS, DAY, DAY + 7)
    later = rules.hold(t, ALL, Hold.EVENT, DAY + 1, DAY + 15)
    assert (later.hold[0, 0], later.hold_start[0, 0], later.recheck[0, 0]) == (Hold.COUNTS, 56.0, 71.0)


def test_a_reduction_leaves_low_ramp_up_steps_as_they_are(plan):
    doses = [rules.dose_fraction(at(plan, k, level=np.array([[0.5]])), plan)[0, 0] for k in range(5)]
    assert doses == [0.05, 0.125, 0.25, 0.5, 0.5]


def test_treatment_ends_once(plan):
    t = rules.end(rules.first_day(1, plan), ALL, DAY, End.PROGRESSION)
    again = rules.end(t, ALL, DAY + 5, End.DEATH)
    assert (again.ended[0, 0], again.reason[0, 0]) == (56.0, End.PROGRESSION)
    assert rules.dose_fraction(again, plan)[0, 0] == 0.0


def test_recovery_asks_no_more_than_baseline(setting):
    counts = np.array([0.9, 0.9]), np.array([60.0, 60.0])
    baseline = np.array([0.8, 3.0]), np.array([200.0, 200.0])
    assert rules.has_recovered(*counts, *baseline, setting.protocol.dose_rules).tolist() == [True, False]


def test_a_patient_who_needs_too_many_starts_leaves_treatment(plan):
    held = rules.hold(at(plan, 0, starts=np.array([[rules.MOST_STARTS]])), ALL, Hold.LYSIS, DAY, DAY + 2)
    t = rules.resume(held, ALL, DAY + 2, plan)
    assert t.reason[0, 0] == End.ADVERSE_EVENT


def test_a_drug_that_begins_later_waits_without_being_held_for_toxicity(drug):
    plan = plan_of([drug("venetoclax 400 mg q24h from day 84").schedule])
    t = rules.first_day(1, plan)
    assert (t.hold[0, 0], t.recheck[0, 0]) == (Hold.WAITING, 84.0)
    unchanged = rules.hold(t, ALL, Hold.COUNTS, DAY, DAY + 7)
    assert unchanged.hold[0, 0] == Hold.WAITING
    begun = rules.resume(t, ALL, np.array([84.0]), plan)
    assert (begun.period[0, 0], begun.period_start[0, 0], begun.starts[0, 0]) == (0, 84.0, 0)
    assert begun.is_dosed[0, 0]


def test_a_cycle_that_was_held_is_followed_by_the_next(drug):
    plan = cycles(drug, "azacitidine 75 mg/m2 q24h x 7 every 28 d x 3")
    held = rules.hold(at(plan, 1), ALL, Hold.COUNTS, DAY, DAY + 7)
    t = rules.resume(held, ALL, DAY + 7, plan)
    assert (t.period[0, 0], t.period_start[0, 0]) == (2, 63.0)


def test_the_last_cycle_completes_treatment(drug):
    plan = cycles(drug, "azacitidine 75 mg/m2 q24h x 7 every 28 d x 3")
    t = rules.step_up(at(plan, 2), ALL, np.array([84.0]), plan)
    assert (t.reason[0, 0], t.ended[0, 0]) == (End.COMPLETED, 84.0)


def test_cycles_without_a_number_go_on(drug):
    plan = cycles(drug, "azacitidine 75 mg/m2 q24h x 7 every 28 d")
    t = rules.step_up(at(plan, 40), ALL, DAY, plan)
    assert t.period[0, 0] == 41 and t.is_dosed[0, 0]
    assert rules.dose_fraction(t, plan)[0, 0] == 1.0


def test_who_completed_treatment_is_not_on_the_way_to_another(plan):
    completed = rules.end(rules.first_day(1, plan), ALL, DAY, End.COMPLETED)
    stopped = rules.end(rules.first_day(1, plan), ALL, DAY, End.ADVERSE_EVENT)
    assert np.isinf(rules.unplanned_end(completed)[0])
    assert rules.unplanned_end(stopped)[0] == 56.0


def test_treatment_as_a_whole_ends_with_its_last_drug(drug):
    plan = plan_of([drug("venetoclax 400 mg").schedule, drug("ibrutinib 420 mg").schedule])
    t = rules.end(rules.first_day(1, plan), np.array([[True, False]]), DAY, End.ADVERSE_EVENT)
    assert t.is_treated[0] and np.isinf(t.all_ended[0]) and t.last_reason[0] == End.ONGOING
    t = rules.end(t, np.array([[False, True]]), DAY + 10, End.PROGRESSION)
    assert (t.all_ended[0], t.last_reason[0]) == (66.0, End.PROGRESSION)

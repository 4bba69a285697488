"""Sizes and calendars from assumptions: how they hang together, and what is refused."""

import numpy as np
import pytest

from remit.design.as_it_went import Observed
from remit.design.calendar import Assumptions
from remit.design.group_sequential import group_sequential
from remit.design.survival import survival
from remit.errors import InputError
from remit.stats.planning.requirement import Requirement
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.plan import Plan

LOOKS = (0.5, 0.75, 1.0)
USUAL = Assumptions(hazard_ratio=0.65, accrual=24.0, median=12.0, follow_up=12.0, dropout=0.05)


def changed(**given):
    base = {"hazard_ratio": 0.65, "accrual": 24.0, "median": 12.0, "follow_up": 12.0, "dropout": 0.05}
    return Assumptions(**(base | given))


def test_the_last_look_comes_when_the_trial_ends():
    found = group_sequential(Plan(fractions=LOOKS), assumptions=USUAL)
    assert found.table("calendar")["MONTH"][-1] == pytest.approx(36.0)
    assert found.table("trial")["DURATION"][0] == pytest.approx(36.0)
    assert found.table("size")["EVENTS"][0] == pytest.approx(found.table("calendar")["EVENTS"][-1])


def test_a_group_sequential_trial_is_larger_by_its_inflation():
    one = survival(USUAL, Requirement()).table("trial")["EVENTSEXACT"][0]
    three = group_sequential(Plan(fractions=LOOKS), assumptions=USUAL).table("size")
    assert three["EVENTS"][0] == pytest.approx(one * three["RELATIVE"][0])


def test_one_piece_of_hazard_is_the_median():
    piece = changed(median=None, control=((0.0, np.log(2) / 12),))
    by_median, by_piece = (survival(each, Requirement()).table("trial") for each in (USUAL, piece))
    assert by_median.equals(by_piece)


def test_months_may_be_weeks():
    per_month = 52.0 / 12
    weeks = Assumptions(
        hazard_ratio=0.65, accrual=24 * per_month, median=12 * per_month, follow_up=12 * per_month
    )
    months = changed(dropout=0.0)
    in_weeks, in_months = (survival(each, Requirement()).table("trial") for each in (weeks, months))
    for same in ("EVENTSEXACT", "PATIENTSEXACT"):
        assert in_weeks[same][0] == pytest.approx(in_months[same][0])


@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_patients_and_follow_up_find_each_other(delay):
    sized = survival(changed(delay=delay), Requirement()).table("trial")
    back = changed(follow_up=None, patients=int(sized["PATIENTS"][0]), delay=delay)
    # Whole patients are a little more than the exact ones: the events come a little earlier.
    assert survival(back, Requirement()).table("trial")["DURATION"][0] == pytest.approx(36.0, abs=0.5)


def test_with_a_delay_the_power_over_all_looks_is_that_of_the_plan():
    found = group_sequential(Plan(fractions=LOOKS), assumptions=changed(delay=3.0))
    assert found.table("stopping")["POWER"][-1] == pytest.approx(0.9, abs=1e-6)
    ratios = found.table("calendar")["HR"].to_numpy()
    assert (np.diff(ratios) < 0).all()
    assert (ratios > 0.65).all()


def test_an_early_end_by_the_calendar_costs_power():
    found = group_sequential(Plan(fractions=LOOKS), assumptions=changed(cap=30.0))
    cap = found.table("cap")
    assert found.table("calendar")["MONTH"].max() == 30.0
    assert cap["SHARE"][0] < 1
    assert 0.8 < cap["POWER"][0] < 0.9
    # What is left of alpha is spent: the last bound is below the one planned.
    assert cap["UPPER"][0] < found.table("bounds")["UPPER"][-1]
    alone = survival(changed(cap=30.0), Requirement()).table("cap")
    assert 0.8 < alone["POWER"][0] < 0.9


def test_a_late_cap_changes_nothing():
    found = group_sequential(Plan(fractions=LOOKS), assumptions=changed(cap=48.0))
    assert "cap" not in [each.name for each in found.sections]


def test_a_classical_family_has_no_bound_at_the_cap_and_says_so():
    plan = Plan(fractions=LOOKS, efficacy=Boundary("obrien-fleming"))
    section = next(
        each for each in group_sequential(plan, assumptions=changed(cap=30.0)).sections if each.name == "cap"
    )
    assert section.frame["POWER"][0] is None
    assert "spending functions do" in section.footnotes[-1]


def test_bounds_follow_the_events_there_are():
    plan = Plan(fractions=LOOKS)
    planned = group_sequential(plan, assumptions=USUAL)
    whole = planned.table("rounding")["EVENTS"].to_list()
    at_plan = group_sequential(
        plan, assumptions=USUAL, observed=Observed(information=(0.5 * whole[-1],))
    ).table("observed")
    assert at_plan["UPPER"].to_numpy() == pytest.approx(planned.table("bounds")["UPPER"].to_numpy(), abs=1e-9)
    early = group_sequential(plan, assumptions=USUAL, observed=Observed(information=(80.0,))).table(
        "observed"
    )
    assert early["UPPER"][0] > at_plan["UPPER"][0]
    assert early["STATE"].to_list() == ["done", "to come", "to come"]


@pytest.mark.parametrize(("events", "word"), [(200.0, "ends with 200"), (260.0, "no more alpha")])
def test_the_last_look_spends_what_is_left_after_fewer_or_more_events(events, word):
    found = group_sequential(
        Plan(fractions=LOOKS), assumptions=USUAL, observed=Observed(information=(116.0, events), final=True)
    )
    section = next(each for each in found.sections if each.name == "observed")
    assert section.frame["ALPHA"][-1] == pytest.approx(0.025, abs=1e-9)
    assert word in section.footnotes[-1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (changed(median=None), ("median, control", "neither")),
        (changed(control=((0.0, 0.1),)), ("median, control", "both")),
        (changed(patients=300), ("patients, follow-up", "both")),
        (changed(hazard_ratio=1.0), ("hr", "above 0 and below 1")),
        (changed(ramp=30.0), ("ramp", "shorter than enrolment")),
        (changed(dropout=1.0, cap=-1.0), ("dropout", "cap")),
        (changed(median=None, control=((1.0, 0.1),)), ("control starts", "increase from 0")),
        (changed(median=None, control=((0.0, -0.1),)), ("control rates", "at least 0")),
        (changed(follow_up=None, patients=50), ("50 patients", "more patients")),
        (changed(follow_up=None, patients=500, delay=40.0), ("patients", "more patients")),
    ],
)
def test_impossible_assumptions_are_refused_at_once(given, words):
    with pytest.raises(InputError) as refused:
        survival(given, Requirement())
    for word in words:
        assert word in str(refused.value)


def test_under_a_delay_what_is_shown_as_spent_is_what_trials_do():
    plan = Plan(fractions=LOOKS, futility=Boundary("hwang-shih-decani", -2.0))
    found = group_sequential(plan, assumptions=changed(delay=3.0))
    spent, stops = found.table("bounds")["BETA"].to_numpy(), found.table("stopping")["LOWER1"].to_numpy()
    assert spent[:-1] == pytest.approx(np.cumsum(stops[:-1]))
    assert spent[-1] == pytest.approx(0.1, abs=1e-6)
    assert any("under the delay" in note for note in found.notes)


def test_an_effect_that_comes_too_late_is_said():
    found = group_sequential(Plan(fractions=(1.0,)), assumptions=changed(delay=20.0))
    assert any("small difference" in note for note in found.notes)


def test_at_a_cap_looks_come_together_and_what_can_be_shown_is_what_is_then_there():
    found = group_sequential(Plan(fractions=LOOKS), assumptions=changed(cap=15.0))
    assert found.table("calendar").height == 1
    cap = next(each for each in found.sections if each.name == "cap")
    assert any("before enrolment ends" in note for note in cap.footnotes)
    alone = survival(changed(cap=30.0), Requirement())
    assert alone.table("effects")["POWER"][0] == pytest.approx(alone.table("cap")["POWER"][0])

"""What is said of statistics at looks: agreement with the bounds, with one look, and with each other."""

import numpy as np
import pytest
from scipy.stats import norm

from remit.design.as_it_went import Observed
from remit.design.calendar import Assumptions
from remit.design.effect import HazardRatio, Rates
from remit.design.group_sequential import group_sequential
from remit.errors import InputError
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.plan import Plan

PLAN = Plan(fractions=(0.5, 0.75, 1.0))
EFFECT = HazardRatio(value=0.65)


def said(z, information, *, plan=PLAN, effect=EFFECT, **more):
    observed = Observed(information=information, z=z, **more)
    return group_sequential(plan, effect, observed=observed)


def sections(found):
    return [each.name for each in found.sections]


def notes(found, name):
    return " ".join(note for each in found.sections if each.name == name for note in each.footnotes)


def test_one_look_gives_the_usual_p_value_and_interval():
    found = said((2.1,), (200.0,), plan=Plan(fractions=(1.0,)), final=True).table("inference")
    assert found["PVALUE"][0] == pytest.approx(norm.sf(2.1))
    usual = np.exp(-(2.1 + np.array([0, 1, -1]) * norm.ppf(0.975)) * 2 / np.sqrt(200))
    assert found.select("ESTIMATE", "LOW", "HIGH").row(0) == pytest.approx(tuple(usual))


@pytest.mark.parametrize(("z", "verdict"), [(2.5, "benefit shown"), (2.0, "goes on")])
def test_a_look_shows_benefit_if_its_bound_is_reached(z, verdict):
    found = said((1.5, z), (116.0, 174.0))
    assert found.table("results")["SAID"].to_list() == ["goes on", verdict]
    assert ("inference" in sections(found)) == (verdict == "benefit shown")
    low, high = found.table("results").select("LOW", "HIGH").row(1)
    assert (high < 1) == (verdict == "benefit shown")
    assert low < high


def test_at_the_bound_of_the_last_look_the_p_value_is_alpha():
    whole = (116.0, 174.0, 231.0)
    bound = said((), whole, final=True).table("observed")["UPPER"][-1]
    found = said((1.0, 1.5, bound), whole, final=True).table("inference")
    assert found["PVALUE"][0] == pytest.approx(0.025, abs=1e-9)
    assert found["HIGH"][0] == pytest.approx(1.0, abs=1e-6)


def test_power_left_grows_with_the_effect_that_is_assumed():
    powers = said((1.8,), (116.0,)).table("left")["POWER"].to_list()
    alternative, trend, none, predictive = powers
    assert none < predictive < alternative
    assert none < trend


def test_a_statistic_on_the_plan_leaves_the_power_of_the_trend_and_of_the_alternative_equal():
    planned = group_sequential(PLAN, EFFECT)
    events = planned.table("rounding")["EVENTS"][-1]
    z = -np.log(0.65) * np.sqrt(planned.table("size")["EVENTS"][0] / events * 0.5 * events) / 2
    powers = said((float(z),), (0.5 * events,)).table("left")["POWER"]
    assert powers[0] == pytest.approx(powers[1], abs=2e-3)


def test_rates_are_shown_as_a_share_of_the_alternative():
    found = said((1.0,), (130.0,), effect=Rates(experimental=0.6, control=0.4))
    heading = {c.key: c.heading for s in found.sections if s.name == "results" for c in s.columns}["ESTIMATE"]
    assert heading == "share of the alternative"


def test_swapping_the_arms_of_a_two_sided_trial_swaps_the_verdict():
    plan = Plan(fractions=(0.5, 1.0), sides=2)
    up, down = (said((s * 3.2,), (115.0,), plan=plan).table("results") for s in (1, -1))
    assert (up["SAID"][0], down["SAID"][0]) == ("benefit shown", "harm shown")
    assert up["ESTIMATE"][0] * down["ESTIMATE"][0] == pytest.approx(1.0)


def test_futility_that_is_reached_is_said():
    plan = Plan(fractions=(0.5, 1.0), futility=Boundary("hwang-shih-decani", -2.0))
    assert said((-0.5,), (115.0,), plan=plan).table("results")["SAID"][0] == "at or below futility"


@pytest.mark.parametrize("maximum", [None, 200.0, 400.0])
def test_the_alternative_is_the_hazard_ratio_given_whatever_the_maximum(maximum):
    plan = Plan(fractions=(0.5, 1.0))
    found = said((1.6,), (95.0,), plan=plan, maximum=maximum)
    rows = found.table("observed")
    last, bound = rows["INFORMATION"][-1], rows["UPPER"][-1]
    # With one look ahead conditional power has a closed form; information is events over four.
    now, whole, theta = 95.0 / 4, last / 4, -np.log(0.65)
    missing = 1.6 * np.sqrt(now) - bound * np.sqrt(whole) + theta * (whole - now)
    expected = norm.cdf(missing / np.sqrt(whole - now))
    assert found.table("left")["POWER"][0] == pytest.approx(expected, abs=1e-9)


def test_with_a_delay_the_alternative_follows_the_calendar():
    plan = Plan(fractions=(0.5, 1.0))
    trial = Assumptions(hazard_ratio=0.65, accrual=24.0, median=12.0, follow_up=12.0, delay=3.0)
    planned = group_sequential(plan, assumptions=trial)
    events, drift = (planned.table("calendar")[each].to_numpy() for each in ("EVENTS", "DRIFT"))
    found = group_sequential(plan, assumptions=trial, observed=Observed(information=(events[0],), z=(1.5,)))
    whole = found.table("observed")
    information = whole["INFORMATION"].to_numpy() / 4
    score = drift * np.sqrt(events / 4)
    missing = whole["UPPER"][1] * np.sqrt(information[1]) - 1.5 * np.sqrt(information[0]) - np.diff(score)[0]
    expected = norm.sf(missing / np.sqrt(np.diff(information)[0]))
    # The last look has whole events, the calendar exact ones.
    assert found.table("left")["POWER"][0] == pytest.approx(expected, abs=2e-3)
    assert "take hazards as proportional" in notes(found, "left")


def test_after_binding_futility_no_later_look_is_read():
    plan = Plan(fractions=(0.5, 1.0), futility=Boundary("hwang-shih-decani", -2.0), binding=True)
    with pytest.raises(InputError, match="no look after one whose bound ends the trial"):
        said((-0.5, 2.0), (116.0, 231.0), plan=plan)
    assert "it binds" in notes(said((-0.5,), (116.0,), plan=plan), "inference")


def test_after_harm_a_look_may_follow_as_after_futility_that_does_not_bind():
    plan = Plan(fractions=(0.5, 1.0), harm=Boundary("lan-demets-pocock"))
    found = said((-4.0, 0.0), (116.0, 231.0), plan=plan)
    assert found.table("results")["SAID"].to_list() == ["harm shown", "benefit not shown"]
    inference = found.table("inference")
    assert inference["PVALUE"][0] + inference["PHARM"][0] == pytest.approx(1.0)
    assert np.isfinite(found.table("observed")["HARM"].to_numpy()).all()


def test_an_early_end_that_spends_what_is_left_is_warned_of_and_one_that_does_not_keeps_its_bound():
    ended, stopped = said((2.1,), (130.0,), final=True), said((2.1,), (130.0,), stopped=True)
    assert ended.table("results")["SAID"][0] == "benefit shown"
    assert "did not depend on the results" in notes(ended, "observed")
    assert stopped.table("results")["SAID"][0] == "goes on"
    assert stopped.table("observed")["UPPER"][0] > 2.7
    assert "inference" in sections(stopped)
    with pytest.raises(InputError, match="leave one out"):
        said((2.1,), (130.0,), final=True, stopped=True)


def test_levels_that_give_a_look_no_alpha_give_it_none_when_it_comes():
    plan = Plan(fractions=(0.5, 1.0), efficacy=Boundary("user", levels=(0.0, 0.025)))
    found = said((5.0,), (120.0,), plan=plan)
    assert np.isinf(found.table("observed")["UPPER"][0])
    assert found.table("results")["SAID"][0] == "goes on"
    assert "along a line" in notes(found, "observed")


def test_a_classical_family_is_read_where_looks_keep_to_plan():
    plan = Plan(fractions=(0.5, 1.0), efficacy=Boundary("obrien-fleming"))
    found = said((3.0,), (114.0,), plan=plan)
    assert found.table("results")["SAID"][0] == "benefit shown"
    assert "kept to plan" in notes(found, "observed")
    with pytest.raises(InputError, match="spending function"):
        said((3.0,), (100.0,), plan=plan)


def test_a_record_says_what_was_asked():
    given = said((2.1,), (130.0,)).given
    assert (given["observed"], given["z"], given["final"]) == ((130.0,), (2.1,), False)


@pytest.mark.parametrize(
    ("z", "information", "words"),
    [
        ((1.0, 2.0), (116.0,), "one finite number for each of 1 looks"),
        ((np.nan,), (116.0,), "one finite number"),
        ((4.0, 2.0), (116.0, 174.0), "no look after one whose bound ends the trial"),
    ],
)
def test_statistics_that_do_not_fit_the_looks_are_refused(z, information, words):
    with pytest.raises(InputError, match=words):
        said(z, information)

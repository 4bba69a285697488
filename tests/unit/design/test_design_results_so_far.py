"""What is said of statistics at looks: agreement with the bounds, with one look, and with each other."""

import numpy as np
import pytest
from scipy.stats import norm

from remit.design.as_it_went import Observed
from remit.design.effect import HazardRatio, Rates
from remit.design.group_sequential import group_sequential
from remit.errors import InputError
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.plan import Plan

PLAN = Plan(fractions=(0.5, 0.75, 1.0))
EFFECT = HazardRatio(value=0.65)


def said(z, information, *, plan=PLAN, effect=EFFECT, final=False):
    observed = Observed(information=information, z=z, final=final)
    return group_sequential(plan, effect, observed=observed)


def test_one_look_gives_the_usual_p_value_and_interval():
    found = said((2.1,), (200.0,), plan=Plan(fractions=(1.0,)), final=True).table("inference")
    assert found["PVALUE"][0] == pytest.approx(norm.sf(2.1))
    usual = np.exp(-(2.1 + np.array([0, 1, -1]) * norm.ppf(0.975)) * 2 / np.sqrt(200))
    assert found.select("ESTIMATE", "LOW", "HIGH").row(0) == pytest.approx(tuple(usual))


@pytest.mark.parametrize(("z", "verdict"), [(2.5, "benefit shown"), (2.0, "goes on")])
def test_a_look_shows_benefit_if_its_bound_is_reached(z, verdict):
    found = said((1.5, z), (116.0, 174.0))
    assert found.table("results")["SAID"].to_list() == ["goes on", verdict]
    assert ("inference" in [each.name for each in found.sections]) == (verdict == "benefit shown")
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


@pytest.mark.parametrize(
    ("z", "information", "words"),
    [
        ((1.0, 2.0), (116.0,), "one finite number for each of 1 looks"),
        ((np.nan,), (116.0,), "one finite number"),
        ((4.0, 2.0), (116.0, 174.0), "no look after the trial has ended"),
    ],
)
def test_statistics_that_do_not_fit_the_looks_are_refused(z, information, words):
    with pytest.raises(InputError, match=words):
        said(z, information)

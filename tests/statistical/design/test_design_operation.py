"""Simulated trials of a design against what was calculated for it, within Monte Carlo error.

Tolerance: 4 Monte Carlo standard errors of the simulated number; seeds are fixed.
"""

import numpy as np
import pytest

from remit.design.calendar import Assumptions
from remit.design.group_sequential import group_sequential
from remit.design.operation import Simulation
from remit.errors import InputError
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.plan import Plan

PLAN = Plan(fractions=(0.5, 0.75, 1.0), futility=Boundary("hwang-shih-decani", -2.0))
TRIAL = Assumptions(hazard_ratio=0.65, accrual=24.0, median=12.0, follow_up=12.0, dropout=0.05)
TRIALS = Simulation(
    replicates=4_000, seed=11, scenarios=(("weak", {"hazard_ratio": 0.8}), ("late", {"delay": 3.0}))
)


@pytest.fixture(scope="module")
def found():
    return group_sequential(PLAN, assumptions=TRIAL, simulation=TRIALS)


def near(value, error, expected):
    return abs(value - expected) < 4 * error


def measure(found, scenario, name):
    return found.table("operating").filter(SCENARIO=scenario, MEASURE=name).select("VALUE", "MCSE").row(0)


def test_power_is_the_one_planned(found):
    # Schoenfeld's formula, by which the trial was sized, is itself an approximation: half a percent.
    value, error = measure(found, "alternative", "benefit shown")
    assert abs(value - 0.9) < 4 * error + 0.005


def test_type_one_error_is_held_and_as_calculated(found):
    value, error = measure(found, "no effect", "benefit shown")
    assert near(value, error, found.table("stopping")["UPPER0"].sum())
    assert value < 0.025 + 4 * error


@pytest.mark.parametrize(("scenario", "column"), [("no effect", "UPPER0"), ("alternative", "UPPER1")])
def test_trials_stop_where_it_was_calculated(found, scenario, column):
    looks = found.table("operatinglooks").filter(SCENARIO=scenario)
    for did, error, expected in zip(
        looks["EFFICACY"], looks["EFFICACYMCSE"], found.table("stopping")[column], strict=True
    ):
        assert abs(did - expected) < 4 * error + 0.01


def test_looks_come_when_the_calendar_says(found):
    looks = found.table("operatinglooks").filter(SCENARIO="alternative")
    # The calendar takes the time at which the events are expected; the mean of times is a little later.
    assert looks["MONTH"].to_numpy() == pytest.approx(found.table("calendar")["MONTH"].to_numpy(), abs=0.6)


def test_scenarios_are_ordered_as_their_effects_are(found):
    powers = [measure(found, each, "benefit shown")[0] for each in ("alternative", "weak", "no effect")]
    assert powers == sorted(powers, reverse=True)
    assert measure(found, "late", "benefit shown")[0] < powers[0]


def test_an_estimate_after_early_stops_is_too_good_and_the_unbiased_one_less_so(found):
    naive, unbiased = (
        measure(found, "alternative", f"{each}: bias")[0] for each in ("estimate", "median-unbiased estimate")
    )
    assert naive > unbiased


def test_where_hazards_are_not_proportional_no_bias_is_claimed(found):
    late = found.table("operating").filter(SCENARIO="late")["MEASURE"].to_list()
    assert not any("bias" in each for each in late)


def test_the_same_seed_gives_the_same_trials_on_any_number_of_threads():
    few = Simulation(replicates=300, seed=3)
    one, two = (
        group_sequential(PLAN, assumptions=TRIAL, simulation=each).table("operating")
        for each in (few, Simulation(replicates=300, seed=3, threads=2))
    )
    assert np.array_equal(one["VALUE"], two["VALUE"], equal_nan=True)


def test_a_cap_costs_the_power_that_was_calculated():
    capped = Assumptions(hazard_ratio=0.65, accrual=24.0, median=12.0, follow_up=12.0, dropout=0.05, cap=30.0)
    done = group_sequential(
        Plan(fractions=(0.5, 1.0)), assumptions=capped, simulation=Simulation(replicates=3_000)
    )
    value, error = measure(done, "alternative", "benefit shown")
    assert abs(value - done.table("cap")["POWER"][0]) < 4 * error + 0.005


@pytest.mark.parametrize(
    ("simulation", "words"),
    [
        (Simulation(replicates=1), "at least 2 trials"),
        (Simulation(replicates=10, scenarios=(("odd", {"colour": 1.0}),)), "one of hazard_ratio"),
        (Simulation(replicates=10, scenarios=(("odd", {"dropout": 2.0}),)), "dropout"),
    ],
)
def test_impossible_simulations_are_refused(simulation, words):
    with pytest.raises(InputError, match=words):
        group_sequential(PLAN, assumptions=TRIAL, simulation=simulation)

"""What a user reads of a group-sequential design; the mathematics is tested where it is done."""

import json

import numpy as np
import pytest

from remit.design.designed import printed
from remit.design.effect import HazardRatio, Rates
from remit.design.group_sequential import group_sequential
from remit.design.proportions import proportions
from remit.errors import InputError
from remit.stats.planning.requirement import Requirement
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.scales import z_of_risk_difference

LOOKS = (0.5, 0.75, 1.0)


@pytest.fixture(scope="module")
def found():
    plan = Plan(
        fractions=LOOKS, futility=Boundary("hwang-shih-decani", -2.0), harm=Boundary("lan-demets-pocock")
    )
    return group_sequential(plan, HazardRatio(value=0.65, ratio=2.0))


def test_one_look_needs_the_events_of_schoenfeld():
    one = group_sequential(Plan(fractions=(1.0,)), HazardRatio(value=0.7, ratio=2.0)).table("size")
    expected = (1.959963984540054 + 1.2815515655446004) ** 2 * 9 / 2 / np.log(0.7) ** 2
    assert one["EVENTS"].to_list() == pytest.approx([expected] * 3)


def test_the_hazard_ratio_at_a_bound_has_the_statistic_of_the_bound(found):
    bounds = found.table("bounds")
    z = -np.log(bounds["UPPERHR"].to_numpy()) * np.sqrt(bounds["EVENTS"].to_numpy() * 2 / 9)
    assert z == pytest.approx(bounds["UPPER"].to_numpy())


def test_rounded_events_are_the_next_whole_numbers(found):
    rounding = found.table("rounding")
    exact, whole = rounding["EXACT"].to_numpy(), rounding["EVENTS"].to_numpy()
    assert ((whole >= exact - 1e-6) & (whole < exact + 1)).all()
    assert rounding["FRACTION"].to_numpy() == pytest.approx(whole / whole[-1])
    assert found.table("bounds")["FRACTION"].to_list() == list(LOOKS)


def test_what_trials_do_adds_up(found):
    stops, size = found.table("stopping"), found.table("size")
    assert stops["POWER"][-1] == pytest.approx(0.9, abs=1e-6)
    assert stops["UPPER0"].sum() <= 0.025
    by_name = dict(size.select("WHAT", "EVENTS").iter_rows())
    assert by_name["expected, no effect"] < by_name["expected, alternative"] < by_name["maximum"]


def test_json_holds_the_numbers_in_full_and_nothing_infinite(found):
    text = json.dumps(found.to_dict(), allow_nan=False)
    back = json.loads(text)
    assert back["design"] == "group-sequential"
    assert back["given"]["hazard_ratio"] == 0.65
    assert [row["UPPER"] for row in back["bounds"]] == found.table("bounds")["UPPER"].to_list()


def test_an_infinite_bound_is_a_dash_and_null():
    plan = Plan(fractions=LOOKS, efficacy_looks=(False, True, True))
    design = group_sequential(plan)
    assert design.to_dict()["bounds"][0]["UPPER"] is None
    line = next(line for line in printed(design) if line.split()[:2] == ["1", "0.5000"])
    assert line.split()[2] == "-"


def test_whether_futility_binds_is_said(found):
    assert any("not binding" in note for note in found.notes)
    plan = Plan(fractions=LOOKS, futility=(0.0, 0.5), binding=True)
    assert any("is binding" in note for note in group_sequential(plan).notes)


@pytest.mark.parametrize(
    "effect", [HazardRatio(value=1.0), HazardRatio(value=0.0), HazardRatio(value=0.6, ratio=0.0)]
)
def test_an_alternative_that_is_no_benefit_is_refused(effect):
    with pytest.raises(InputError, match=r"benefit is below 1|ratio above 0"):
        group_sequential(Plan(fractions=LOOKS), effect)


def test_one_look_at_rates_needs_the_patients_of_two_proportions():
    one = group_sequential(Plan(fractions=(1.0,)), Rates(experimental=0.6, control=0.4)).table("size")
    expected = proportions(0.6, 0.4, Requirement()).table("size")["EXACT"][0]
    assert one["PATIENTS"].to_list() == pytest.approx([expected] * 3)


def test_the_difference_at_a_bound_has_the_statistic_of_the_bound():
    bounds = group_sequential(Plan(fractions=LOOKS), Rates(experimental=0.6, control=0.4, ratio=2.0)).table(
        "bounds"
    )
    difference, patients = bounds["UPPERRD"].to_numpy(), bounds["PATIENTS"].to_numpy()
    assert z_of_risk_difference(difference, patients, 0.4, 2.0) == pytest.approx(bounds["UPPER"].to_numpy())
    assert (np.diff(difference) < 0).all()


@pytest.mark.parametrize("rates", [(0.4, 0.6), (0.4, 0.4), (1.0, 0.4), (0.5, 0.0)])
def test_rates_without_benefit_are_refused(rates):
    with pytest.raises(InputError, match="the experimental one higher"):
        group_sequential(Plan(fractions=LOOKS), Rates(experimental=rates[0], control=rates[1]))


def test_patients_are_whole_in_each_arm():
    effect = Rates(experimental=0.6, control=0.4, ratio=2.0)
    rows = group_sequential(Plan(fractions=LOOKS), effect).table("rounding")
    assert (rows["EXPERIMENTAL"] == 2 * rows["CONTROL"]).all()
    assert (rows["PATIENTS"] == rows["EXPERIMENTAL"] + rows["CONTROL"]).all()


def test_without_futility_nothing_is_called_so():
    found = group_sequential(Plan(fractions=LOOKS))
    section = next(each for each in found.sections if each.name == "stopping")
    assert not any("futility" in column.heading for column in section.columns)


def test_a_look_without_a_test_has_no_estimate_at_its_bound():
    plan = Plan(fractions=LOOKS, efficacy=Boundary("user", levels=(0.0, 0.01, 0.025)))
    assert np.isnan(group_sequential(plan, HazardRatio(value=0.65)).table("bounds")["UPPERHR"][0])

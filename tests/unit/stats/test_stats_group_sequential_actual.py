"""A design met by other information than planned: what is spent, and what stays as it was."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import USER, Boundary, spent_by
from remit.stats.sequential.design import design
from remit.stats.sequential.plan import Plan

PLANNED = design(Plan(fractions=(0.5, 0.75, 1.0)))
OBF = Boundary("lan-demets-obrien-fleming")


def spent_at(*fractions):
    return spent_by(OBF, np.array(fractions), 0.025)


def test_a_look_spends_by_the_information_it_has():
    found = recompute(PLANNED, [140], 300)
    np.testing.assert_allclose(found.alpha_spent, spent_at(140 / 300, 0.75, 1), rtol=1e-10)
    np.testing.assert_allclose(found.fractions, [140 / 300, 0.75, 1])


def test_an_under_running_last_look_spends_all_that_is_left():
    # The calendar ends the trial at 270 of 300 events.
    found = recompute(PLANNED, [150, 230, 270], 300, final=True)
    np.testing.assert_allclose(found.alpha_spent, [*spent_at(0.5, 230 / 300), 0.025], rtol=1e-10)
    assert found.fractions[-1] == 1
    assert found.fractions[0] == pytest.approx(150 / 270)
    assert found.drift == pytest.approx(PLANNED.drift * np.sqrt(0.9))
    assert found.plan.power < PLANNED.power


def test_an_over_running_last_look_spends_all_with_its_own_correlation():
    found = recompute(PLANNED, [150, 225, 330], 300)
    np.testing.assert_allclose(found.alpha_spent, [*spent_at(0.5, 0.75), 0.025], rtol=1e-10)
    assert found.upper[-1] > PLANNED.upper[-1]
    assert found.plan.power > PLANNED.power
    np.testing.assert_allclose(found.upper[:2], PLANNED.upper[:2], rtol=1e-10)


def test_a_calendar_cap_at_the_first_look_leaves_a_fixed_design():
    found = recompute(PLANNED, [150], 300, final=True)
    assert found.n_looks == 1
    assert found.upper[0] == pytest.approx(1.959963984540054, rel=1e-12)


def test_an_unplanned_look_takes_its_place_and_those_ahead_may_be_named():
    # By default the second look is taken for the planned second: 0.75 comes next only if it is named.
    default = recompute(PLANNED, [150, 180], 300)
    np.testing.assert_allclose(default.fractions, [0.5, 0.6, 1.0])
    named = recompute(PLANNED, [150, 180], 300, ahead=[0.75, 1.0])
    np.testing.assert_allclose(named.fractions, [0.5, 0.6, 0.75, 1.0])
    np.testing.assert_allclose(named.alpha_spent, spent_at(0.5, 0.6, 0.75, 1), rtol=1e-10)


def test_looks_ahead_that_have_been_overtaken_are_dropped():
    found = recompute(PLANNED, [240], 300)
    np.testing.assert_allclose(found.fractions, [0.8, 1.0])


def test_after_all_of_alpha_is_spent_there_is_no_bound():
    found = recompute(PLANNED, [150, 310, 340], 300, final=True)
    assert found.upper[2] == np.inf
    assert found.alpha_spent[1] == pytest.approx(0.025, rel=1e-10)


def test_a_maximum_that_changes_keeps_what_was_spent():
    found = recompute(PLANNED, [150, 225], [300, 360], final=False)
    np.testing.assert_allclose(found.alpha_spent, spent_at(0.5, 225 / 360, 1), rtol=1e-10)
    assert found.upper[0] == pytest.approx(PLANNED.upper[0], rel=1e-12)
    # Nothing that was spent is given back where the maximum grows by more.
    grown = recompute(PLANNED, [150, 160], [300, 600])
    assert grown.upper[1] == np.inf
    assert grown.alpha_spent[1] == pytest.approx(grown.alpha_spent[0])


def test_levels_that_were_given_are_followed_between_planned_looks():
    levels = (0.005, 0.015, 0.025)
    planned = design(Plan(fractions=(0.5, 0.75, 1.0), efficacy=Boundary(USER, levels=levels)))
    found = recompute(planned, [75, 200], 300)
    np.testing.assert_allclose(found.alpha_spent, [0.0025, 0.005 + 0.01 * 2 / 3, 0.025], rtol=1e-10)


def test_futility_that_spends_keeps_the_planned_effect():
    planned = design(Plan(fractions=(0.5, 0.75, 1.0), futility=Boundary("hwang-shih-decani", -2.0)))
    same = recompute(planned, [150, 225, 300], 300)
    np.testing.assert_allclose(same.lower, planned.lower, rtol=1e-8)
    np.testing.assert_allclose(same.beta_spent, planned.beta_spent, rtol=1e-8)
    early = recompute(planned, [120], 300)
    assert early.lower[0] < planned.lower[0]
    assert early.beta_spent[0] == pytest.approx(0.1 * np.expm1(0.8) / np.expm1(2), rel=1e-8)
    # Bounds at the last look are one, and the power is what is left.
    assert early.lower[-1] == early.upper[-1]
    assert early.beta_spent[-1] == pytest.approx(1 - early.power, rel=1e-9)


def test_binding_futility_and_harm_follow_too():
    planned = design(
        Plan(
            fractions=(0.5, 0.75, 1.0),
            futility=Boundary("kim-demets", 2.0),
            binding=True,
            harm=Boundary("lan-demets-pocock"),
        )
    )
    same = recompute(planned, [150, 225, 300], 300)
    for ours, theirs in ((same.upper, planned.upper), (same.lower, planned.lower), (same.harm, planned.harm)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    late = recompute(planned, [150, 225, 330], 300)
    assert late.alpha_spent[-1] == pytest.approx(0.025, rel=1e-9)
    assert late.harm_spent[-1] == pytest.approx(0.025, rel=1e-9)


def test_given_futility_bounds_go_by_the_number_of_the_look():
    planned = design(Plan(fractions=(0.5, 0.75, 1.0), futility=(0.0, 0.7), binding=True))
    found = recompute(planned, [130, 230], 300)
    np.testing.assert_array_equal(found.lower[:2], [0.0, 0.7])
    assert found.lower[2] == found.upper[2]
    assert found.alpha_spent[-1] == pytest.approx(0.025, rel=1e-10)


@pytest.mark.parametrize(
    ("information", "maximum", "ahead", "where"),
    [
        ([], 300, None, "information"),
        ([150, 150], 300, None, "information"),
        ([200, 150], 300, None, "information"),
        ([0, 150], 300, None, "information"),
        ([np.nan], 300, None, "information"),
        ([150], 0, None, "maximum"),
        ([150], np.inf, None, "maximum"),
        ([150], [300, 400], None, "maximum"),
        ([150], 300, [0.9], "ahead"),
        ([150], 300, [0.9, 0.8, 1.0], "ahead"),
    ],
)
def test_impossible_looks_are_refused(information, maximum, ahead, where):
    with pytest.raises(InputError) as refused:
        recompute(PLANNED, information, maximum, ahead=ahead)
    assert [each.where for each in refused.value.findings] == [where]
    assert all(each.found and each.needed and each.remedy for each in refused.value.findings)


def test_a_classical_family_is_refused_with_levels_that_would_do():
    planned = design(Plan(fractions=(0.5, 1.0), efficacy=Boundary("obrien-fleming")))
    with pytest.raises(InputError, match="lan-demets-obrien-fleming") as refused:
        recompute(planned, [150], 300)
    assert f"{planned.alpha_spent[0]:.6g}" in str(refused.value)
    levels = Boundary(USER, levels=(*planned.alpha_spent[:-1].tolist(), 0.025))
    again = design(Plan(fractions=(0.5, 1.0), efficacy=levels))
    np.testing.assert_allclose(recompute(again, [150, 300], 300).upper, planned.upper, rtol=1e-9)

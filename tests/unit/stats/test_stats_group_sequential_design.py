"""Bounds of harm, of Haybittle and Peto, of given levels; looks without a test; what cannot be met."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from remit.errors import InputError
from remit.stats.sequential.boundaries import USER, Boundary, efficacy_bounds, setting, spent_by
from remit.stats.sequential.crossing import increments, lower_bound, upper_bound
from remit.stats.sequential.design import design
from remit.stats.sequential.integration import above, begin, below, exits, within
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import power_curve, stopping

LOOKS = (0.3, 0.6, 0.8, 1.0)


def test_the_bound_of_harm_is_the_efficacy_bound_of_its_family_with_arms_swapped():
    pocock = Boundary("lan-demets-pocock")
    found = design(Plan(fractions=LOOKS, harm=pocock, alpha_harm=0.05))
    np.testing.assert_array_equal(found.harm, -efficacy_bounds(pocock, setting(LOOKS, 0.05)))
    assert found.harm_spent[-1] == pytest.approx(0.05, rel=1e-11)
    # Efficacy does not count on it: alpha is what it is without.
    np.testing.assert_array_equal(found.upper, design(Plan(fractions=LOOKS)).upper)
    under = stopping(found, np.array([0.0, found.drift]))
    assert 0.04 < under.harm[0].sum() < 0.05
    assert under.efficacy[1].sum() == pytest.approx(found.power, rel=1e-11)


def test_where_harm_is_above_futility_trials_stop_there_and_are_counted_as_harm():
    found = design(
        Plan(fractions=(0.5, 1.0), futility=(-3.0,), harm=Boundary("lan-demets-pocock"), alpha_harm=0.1)
    )
    assert found.harm[0] > found.lower[0]
    np.testing.assert_array_equal(found.stops_below, [found.harm[0], found.upper[1]])
    where = stopping(found, 0.0)
    assert where.futility[0, 0] == 0
    assert where.harm[0, 0] == pytest.approx(found.harm_spent[0], rel=1e-12)


def test_futility_that_spends_counts_what_harm_has_spent():
    plan = Plan(fractions=LOOKS, futility=Boundary("kim-demets", 9.0))
    with_harm = design(replace(plan, harm=Boundary("lan-demets-pocock"), alpha_harm=0.4))
    assert with_harm.beta_spent[-1] == pytest.approx(0.1, rel=1e-9)
    assert stopping(with_harm, with_harm.drift).efficacy.sum() == pytest.approx(0.9, rel=1e-9)
    # Harm spends more by the first look than futility may have by then; later bounds make up for it.
    allowed = 0.1 * np.array(LOOKS) ** 9
    assert with_harm.beta_spent[0] > allowed[0]
    assert with_harm.lower[0] < with_harm.harm[0]
    np.testing.assert_allclose(with_harm.beta_spent[-2:], allowed[-2:], rtol=1e-8)
    np.testing.assert_allclose(design(plan).beta_spent, allowed, rtol=1e-8)


def test_haybittle_and_petos_last_bound_holds_alpha_or_is_that_of_the_fixed_design():
    held = design(Plan(fractions=LOOKS, efficacy=Boundary("haybittle-peto")))
    plain = design(Plan(fractions=LOOKS, efficacy=Boundary("haybittle-peto", 3.29, last_adjusted=False)))
    np.testing.assert_array_equal(held.upper[:-1], 3.0)
    assert held.upper[-1] > -ndtri(0.025)
    assert held.alpha_spent[-1] == pytest.approx(0.025, rel=1e-11)
    np.testing.assert_array_equal(plain.upper[:-1], 3.29)
    assert plain.upper[-1] == pytest.approx(-ndtri(0.025), rel=1e-14)
    assert 0.025 < plain.alpha_spent[-1] < 0.0255


def test_early_bounds_that_spend_all_are_refused():
    with pytest.raises(InputError, match="a higher early bound, or fewer looks"):
        design(Plan(fractions=LOOKS, efficacy=Boundary("haybittle-peto", 1.5)))


def test_given_levels_are_spent():
    levels = (0.001, 0.001, 0.01, 0.025)
    found = design(Plan(fractions=LOOKS, efficacy=Boundary(USER, levels=levels)))
    np.testing.assert_allclose(found.alpha_spent, levels, rtol=1e-11)
    assert found.upper[1] == np.inf


def test_bounds_of_a_classical_family_leave_out_looks_without_a_test():
    tested = (True, False, True, True)
    found = design(Plan(fractions=LOOKS, efficacy=Boundary("pocock"), efficacy_looks=tested))
    assert found.upper[1] == np.inf
    without = design(Plan(fractions=(0.3, 0.8, 1.0), efficacy=Boundary("pocock")))
    np.testing.assert_allclose(found.upper[[0, 2, 3]], without.upper, rtol=1e-11)


def test_futility_is_tested_where_it_is_said_to_be():
    plan = Plan(fractions=LOOKS, futility_looks=(True, False, True))
    given = design(replace(plan, futility=(0.0, 0.5, 0.7)))
    spends = design(replace(plan, futility=Boundary("hwang-shih-decani", -2.0)))
    np.testing.assert_array_equal(given.lower[:-1], [0.0, -np.inf, 0.7])
    np.testing.assert_array_equal(np.isfinite(spends.lower), [True, False, True, True])


def test_binding_futility_that_leaves_too_few_trials_is_refused():
    for family in ("lan-demets-obrien-fleming", "pocock"):
        with pytest.raises(InputError, match="futility"):
            design(
                Plan(
                    fractions=(0.5, 1.0), futility=(2.9,), efficacy=Boundary(family), binding=True, alpha=0.2
                )
            )


def test_a_futility_bound_above_the_efficacy_bound_is_refused_with_the_look():
    with pytest.raises(InputError, match="at look 2"):
        design(Plan(fractions=(0.3, 0.9, 1.0), futility=(0.0, 2.5)))


def test_power_that_futility_keeps_out_of_reach_is_found_at_a_large_drift():
    # At 1% of the information a bound of z = 3 stops most trials under any usual effect.
    found = design(Plan(fractions=(0.01, 1.0), futility=(3.0,), power=0.8))
    assert found.drift == pytest.approx(10 * (3.0 + ndtri(0.8)), rel=1e-6)
    with pytest.raises(InputError, match="a smaller power"):
        design(Plan(fractions=(1e-4, 1.0), futility=(3.5,), power=0.8))


def test_a_curve_of_power_has_alpha_without_effect_and_the_power_at_the_planned_one():
    found = design(Plan(fractions=LOOKS, efficacy=Boundary("obrien-fleming")))
    curve = power_curve(found, np.array([-1.0, 0.0, 0.5, 1.0, 2.0]))
    np.testing.assert_allclose(curve.power[[1, 3]], [0.025, 0.9], rtol=1e-10)
    np.testing.assert_allclose(curve.fixed_power[[1, 3]], [0.025, 0.9], rtol=1e-10)
    assert curve.information[0] == pytest.approx(found.inflation, rel=1e-6)
    assert curve.information[3] < 1
    np.testing.assert_array_equal(curve.drift, curve.effect * found.drift)


def test_many_drifts_are_each_their_own():
    found = design(Plan(fractions=LOOKS, futility=(0.0, 0.4, 0.8)))
    drifts = np.array([-30.0, -3.9, 0.0, 4.1, 11.0, 60.0])
    together = stopping(found, drifts)
    for row, drift in enumerate(drifts):
        alone = exits(found.fractions, found.stops_below, found.upper, float(drift))
        np.testing.assert_allclose(together.efficacy[row], alone.upper, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(together.futility[row], alone.lower, rtol=1e-9, atol=1e-14)


def test_two_sides_spend_alpha_on_each_and_have_no_lower_bound_of_their_own():
    found = design(Plan(fractions=LOOKS, sides=2, efficacy=Boundary("pocock")))
    assert found.alpha_spent[-1] == pytest.approx(0.025, rel=1e-11)
    assert np.isneginf(found.lower).all()
    np.testing.assert_array_equal(found.stops_below, -found.upper)
    where = stopping(found, 0.0)
    assert where.harm.sum() == pytest.approx(0.025, rel=1e-10)
    assert where.goes_on[0, -1] == pytest.approx(0.95, rel=1e-10)
    assert where.futility.sum() == 0


@pytest.mark.parametrize("probability", [1e-299, 1e-100, 1e-9, 0.3, 0.9])
def test_bounds_are_found_however_little_is_to_be_spent(probability):
    going = within(begin(0.4), 0.5, -1.0, 2.5, 1.0)
    wanted = probability * going.probability
    assert above(going, 1.0, upper_bound(going, 1.0, wanted)) == pytest.approx(wanted, rel=1e-10)
    assert below(going, 1.0, lower_bound(going, 1.0, wanted)) == pytest.approx(wanted, rel=1e-10)


def test_nothing_to_spend_is_an_infinite_bound_and_all_there_is_the_opposite():
    going = begin(0.0)
    assert upper_bound(going, 1.0, 0.0) == np.inf
    assert lower_bound(going, 1.0, 0.0) == -np.inf
    assert upper_bound(going, 1.0, 1.0) == -np.inf


def test_where_bounds_meet_before_the_end_nobody_goes_on():
    found = exits(np.array([0.5, 1.0]), np.array([1.0, 0.0]), np.array([1.0, 0.0]), 0.5)
    assert found.upper[0] + found.lower[0] == pytest.approx(1, abs=1e-15)
    np.testing.assert_array_equal([found.upper[1], found.lower[1]], 0)


def test_a_look_that_is_not_tested_leaves_its_share_to_the_next():
    spent = increments(np.array([0.1, 0.3, 0.4, 1.0]), np.array([True, False, True, True]))
    np.testing.assert_allclose(spent, [0.1, 0.0, 0.3, 0.6], rtol=1e-15)


def test_a_hundred_looks_and_looks_a_millionth_apart_have_their_alpha_and_power():
    many = design(Plan(fractions=tuple((np.arange(1, 101) / 100).tolist()), sides=2))
    fifty = design(
        Plan(fractions=tuple((np.arange(1, 51) / 50).tolist()), futility=Boundary("hwang-shih-decani", -2.0))
    )
    close = design(
        Plan(
            fractions=(1e-6, 0.001, 0.5, 0.5 + 1e-6, 1 - 1e-6, 1.0),
            efficacy=Boundary("lan-demets-pocock"),
            futility=(-np.inf, -3.0, 0.0, 0.0, 1.0),
        )
    )
    for found in (many, fifty, close):
        spent = spent_by(found.plan.efficacy, found.fractions, 0.025)
        np.testing.assert_allclose(found.alpha_spent, spent, rtol=1e-10, atol=1e-290)
        assert stopping(found, found.drift).efficacy.sum() == pytest.approx(0.9, rel=1e-9)
    assert fifty.beta_spent[-1] == pytest.approx(0.1, rel=1e-9)
    assert (np.diff(many.upper) < 0).all()
    # Two looks that are almost one: little is spent between them, and the bound is a little higher.
    assert 0 < close.upper[3] - close.upper[2] < 0.1

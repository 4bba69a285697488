"""Laws of group-sequential designs: spending, symmetry, information, looks and effects."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import Boundary, efficacy_bounds, setting
from remit.stats.sequential.crossing import upper_bound
from remit.stats.sequential.design import design
from remit.stats.sequential.integration import above, exits, goings
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import expected_information, power, stopping
from remit.stats.sequential.spending import SPENDING

FEW = settings(max_examples=20, deadline=None)
gaps = st.lists(st.floats(0.02, 1.0), min_size=1, max_size=6)
fractions = gaps.map(lambda each: (*(np.cumsum(each) / np.sum(each)).tolist()[:-1], 1.0))
spending = st.one_of(
    st.sampled_from([Boundary("lan-demets-obrien-fleming"), Boundary("lan-demets-pocock")]),
    st.floats(-10, 5).map(lambda gamma: Boundary("hwang-shih-decani", gamma)),
    st.floats(0.2, 6).map(lambda rho: Boundary("kim-demets", rho)),
)
classical = st.one_of(
    st.sampled_from([Boundary("pocock"), Boundary("obrien-fleming")]),
    st.floats(-0.5, 0.9).map(lambda delta: Boundary("wang-tsiatis", delta)),
)
alphas = st.floats(1e-5, 0.2)
drifts = st.floats(-3.0, 6.0)


@given(st.sampled_from(sorted(SPENDING)), st.floats(0, 1), st.lists(st.floats(1e-6, 1), min_size=2), alphas)
def test_spending_increases_from_nothing_to_the_whole_error(name, within, times, alpha):
    family = SPENDING[name]
    parameter = family.low + within * (family.high - family.low) if family.parameter else np.nan
    t = np.sort(np.array([*times, 1.0]))
    spent = family.spent(t, alpha, parameter)
    assert (np.diff(spent) >= 0).all()
    assert (spent >= 0).all()
    assert spent[-1] == pytest.approx(alpha, rel=1e-12)
    assert (family.spent(np.array([1e-300]), alpha, parameter) < 0.6 * alpha).all()


@given(fractions, spending, alphas)
@FEW
def test_a_design_spends_what_its_function_says(at, efficacy, alpha):
    found = design(Plan(fractions=at, alpha=alpha, efficacy=efficacy))
    family = SPENDING[efficacy.family]
    asked = family.spent(found.fractions, alpha, np.nan if efficacy.parameter is None else efficacy.parameter)
    np.testing.assert_allclose(found.alpha_spent, asked, rtol=1e-10)
    assert found.alpha_spent[-1] == pytest.approx(alpha, rel=1e-11)
    assert power(found, found.drift)[0] == pytest.approx(0.9, rel=1e-11)
    # No test with this alpha has more power than the fixed one (Neyman and Pearson).
    assert found.inflation >= 1 - 1e-12


@given(fractions, spending, alphas, drifts)
@FEW
def test_two_sides_are_symmetric(at, efficacy, alpha, drift):
    found = design(Plan(fractions=at, alpha=alpha, sides=2, efficacy=efficacy))
    where = stopping(found, np.array([drift, -drift]))
    np.testing.assert_allclose(where.efficacy[0], where.harm[1], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(where.goes_on[0], where.goes_on[1], rtol=1e-9, atol=1e-15)
    assert where.efficacy[0].sum() + where.harm[0].sum() + where.goes_on[0, -1] == pytest.approx(1, abs=1e-12)


@given(fractions, spending, st.floats(1e-3, 1e4), drifts)
@FEW
def test_the_unit_of_information_does_not_matter(at, efficacy, unit, drift):
    upper = efficacy_bounds(efficacy, setting(list(at), 0.025))
    other = efficacy_bounds(efficacy, setting(list(at), 0.025))
    t, lower = np.array(at), upper - 4
    first, second = exits(t, lower, upper, drift), exits(t * unit, lower, other, drift / np.sqrt(unit))
    np.testing.assert_allclose(first.upper, second.upper, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(first.lower, second.lower, rtol=1e-9, atol=1e-15)


@given(fractions, drifts, st.lists(st.floats(0.2, 3.5), min_size=6, max_size=6))
@FEW
def test_swapping_arms_swaps_the_bounds(at, drift, bounds):
    t, upper = np.array(at), np.array(bounds[: len(at)])
    lower = upper[::-1] - 3.6
    one, other = exits(t, lower, upper, drift), exits(t, -upper, -lower, -drift)
    np.testing.assert_allclose(one.upper, other.lower, rtol=1e-9, atol=1e-16)
    np.testing.assert_allclose(one.lower, other.upper, rtol=1e-9, atol=1e-16)
    assert one.stays >= -1e-12


@given(fractions, drifts, st.floats(1e-12, 0.3))
@FEW
def test_a_bound_is_crossed_with_the_probability_it_was_placed_for(at, drift, share):
    t = np.array(at)
    going = goings(t, np.full(t.size, -np.inf), np.full(t.size, 2.5), drift)[-1]
    wanted = share * going.probability
    assert above(going, 1.0, upper_bound(going, 1.0, wanted)) == pytest.approx(wanted, rel=1e-11)


@given(fractions, classical, alphas, st.sampled_from([1, 2]))
@FEW
def test_another_look_never_lowers_the_bounds_of_a_classical_family(at, efficacy, alpha, sides):
    t = np.array(at)
    more = np.unique(np.append(t, 0.9 * t[0]))
    before = efficacy_bounds(efficacy, setting(t, alpha, sides))
    after = efficacy_bounds(efficacy, setting(more, alpha, sides))
    assert (after[1:] >= before - 1e-11).all()


@pytest.mark.parametrize("efficacy", ["lan-demets-obrien-fleming", "lan-demets-pocock", "kim-demets"])
def test_more_equally_spaced_looks_never_lower_the_last_bound(efficacy):
    last = [
        efficacy_bounds(Boundary(efficacy), setting(np.arange(1, n + 1) / n, 0.025))[-1] for n in range(1, 9)
    ]
    assert (np.diff(last) > 0).all()


@given(fractions, spending, st.floats(0.2, 1.0))
@FEW
def test_bounds_of_looks_that_are_done_do_not_depend_on_what_follows(at, efficacy, part):
    t = np.array(at)
    done = t[t <= part] if (t <= part).any() else t[:1]
    first = efficacy_bounds(efficacy, setting(t, 0.025))[: done.size]
    other = np.unique(np.append(done, [(1 + done[-1]) / 2, 1.0]))
    np.testing.assert_allclose(
        efficacy_bounds(efficacy, setting(other, 0.025))[: done.size], first, rtol=1e-10
    )


@given(fractions, spending)
@FEW
def test_a_look_without_a_test_is_no_look(at, efficacy):
    t = np.array(at)
    tested = np.append(np.arange(t.size - 1) % 2 == 0, True)
    found = efficacy_bounds(efficacy, setting(t, 0.025, tested=tested))
    assert np.isinf(found[~tested]).all()
    np.testing.assert_allclose(found[tested], efficacy_bounds(efficacy, setting(t[tested], 0.025)), rtol=1e-9)


@given(fractions, spending, st.lists(drifts, min_size=2, max_size=5, unique=True))
@FEW
def test_power_rises_with_the_effect_and_trials_that_stop_are_all_trials(at, efficacy, effects):
    found = design(
        Plan(fractions=at, efficacy=efficacy, futility=tuple([-0.4] * (len(at) - 1)) if len(at) > 1 else None)
    )
    ordered = np.sort(np.array(effects))
    where = stopping(found, ordered)
    shown = where.efficacy.sum(axis=1)
    assert (np.diff(shown) >= -1e-12).all()
    total = where.efficacy + where.futility + where.harm
    np.testing.assert_allclose(total.sum(axis=1), 1, atol=1e-11)
    information = expected_information(found, ordered)
    assert (information <= 1 + 1e-12).all()
    assert (information >= found.fractions[0] - 1e-12).all()


@given(fractions.filter(lambda at: len(at) > 1 and at[0] > 0.15), spending, st.floats(0.5, 0.95))
@FEW
def test_futility_that_spends_ends_at_the_type_two_error_and_binding_futility_lowers_bounds(
    at, efficacy, share
):
    plan = Plan(fractions=at, power=share, efficacy=efficacy, futility=Boundary("hwang-shih-decani", -2.0))
    loose, bound = design(plan), design(replace(plan, binding=True))
    for found in (loose, bound):
        assert (np.diff(found.beta_spent) >= -1e-13).all()
        assert found.beta_spent[-1] == pytest.approx(1 - share, rel=1e-9)
        assert found.alpha_spent[-1] == pytest.approx(0.025, rel=1e-9)
        assert power(found, found.drift)[0] == pytest.approx(share, rel=1e-9)
        assert (found.lower[:-1] < found.upper[:-1]).all()
    assert (bound.upper <= loose.upper + 1e-9).all()
    assert 1 - 1e-9 <= bound.inflation <= loose.inflation + 1e-9
    # Non-binding bounds hold alpha when they are ignored, binding ones only when they are obeyed.
    assert stopping(loose, 0.0, futility_obeyed=False).efficacy.sum() == pytest.approx(0.025, rel=1e-9)
    assert stopping(loose, 0.0).efficacy.sum() < 0.025
    assert stopping(bound, 0.0).efficacy.sum() == pytest.approx(0.025, rel=1e-9)
    assert stopping(bound, 0.0, futility_obeyed=False).efficacy.sum() > 0.025 * (1 - 1e-9)


@given(fractions, spending, st.sampled_from([1, 2]), st.floats(0.1, 1e4))
@FEW
def test_looks_that_keep_to_plan_have_the_planned_bounds(at, efficacy, sides, most):
    planned = design(Plan(fractions=at, sides=sides, efficacy=efficacy))
    for look in range(1, len(at) + 1):
        found = recompute(planned, [most * t for t in at[:look]], most)
        np.testing.assert_allclose(found.upper, planned.upper, rtol=1e-9)
        assert found.drift == pytest.approx(planned.drift, rel=1e-9)
        assert found.plan.power == pytest.approx(planned.power, rel=1e-8)


@given(fractions, spending, st.lists(st.floats(0.05, 0.6), min_size=1, max_size=5))
@FEW
def test_whatever_looks_there_are_alpha_is_spent_at_the_end_and_bounds_that_were_used_stay(
    at, efficacy, steps
):
    planned = design(Plan(fractions=at, efficacy=efficacy))
    came = np.cumsum(steps) * 200
    last = recompute(planned, came.tolist(), 200.0, final=True)
    assert last.n_looks == came.size
    assert last.alpha_spent[-1] == pytest.approx(0.025, rel=1e-9)
    for look in range(1, came.size):
        then = recompute(planned, came[:look].tolist(), 200.0)
        np.testing.assert_allclose(then.upper[:look], last.upper[:look], rtol=1e-9)

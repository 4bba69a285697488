"""What every trial design promises, and what those of one arm with an exact test promise beside.

Standing: double programmed; exact errors are made here a second time from the binomial distribution of
``scipy.stats``.
"""

from dataclasses import fields, is_dataclass, replace
from inspect import signature

import numpy as np
import pytest
from scipy.stats import binom

from remit.stats.planning.requirement import Requirement
from remit.stats.proportions.clopper_pearson import critical_responders
from remit.trial.designs import DESIGNS, basket, fixed, simon
from remit.trial.designs.look import Look
from remit.units import Quantity

TEST_NOTHING = {"boin"}
"""Designs that test no hypothesis."""
SIZES = [(20, 0.3, 0.025), (80, 0.3, 0.025), (80, 0.15, 0.05), (133, 0.5, 0.01)]
TWO_STAGES = [(0.05, 0.25), (0.3, 0.5), (0.7, 0.85)]
every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
every_size = pytest.mark.parametrize(("n", "p0", "alpha"), SIZES)
every_pair = pytest.mark.parametrize(("p0", "p1"), TWO_STAGES)


@every_design
def test_a_design_has_a_name_declared_parameters_and_a_decision(design):
    assert DESIGNS[design.NAME] is design
    assert is_dataclass(design.Params)
    assert all(isinstance(each.metadata["quantity"], Quantity) for each in fields(design.Params))
    assert all(each.metadata["quantity"].meaning for each in fields(design.Params))
    assert list(signature(design.decide).parameters) == ["look", "params"]


@every_design
def test_a_design_that_tests_a_hypothesis_states_its_type_i_error(design):
    assert hasattr(design, "type_I_error") is (design.NAME not in TEST_NOTHING)


def outcomes(n):
    return Look(np.full(n + 1, n), np.arange(n + 1))


@every_size
def test_the_fixed_design_is_exact_and_at_most_alpha(n, p0, alpha):
    params = fixed.Params(n=n, p0=p0, alpha=alpha)
    rejected = fixed.decide(outcomes(n), params).reject
    exact = binom.pmf(np.arange(n + 1), n, p0)[rejected].sum()
    assert exact <= alpha
    assert fixed.type_I_error(params) == pytest.approx(exact, rel=1e-9)


@every_size
def test_more_responders_never_undo_a_rejection_of_the_fixed_design(n, p0, alpha):
    rejected = fixed.decide(outcomes(n), fixed.Params(n=n, p0=p0, alpha=alpha)).reject
    assert (np.diff(rejected.astype(int)) >= 0).all()
    assert not rejected[0]
    assert rejected[-1]


@every_size
def test_the_p_value_of_the_fixed_design_says_what_its_decision_says(n, p0, alpha):
    decision = fixed.decide(outcomes(n), fixed.Params(n=n, p0=p0, alpha=alpha))
    np.testing.assert_array_equal(decision.reject, decision.p_value < alpha)


def test_a_decision_on_one_trial_does_not_depend_on_the_others():
    params = fixed.Params(n=80, p0=0.3, alpha=0.025)
    together = fixed.decide(Look(np.array([80, 76, 60]), np.array([33, 31, 30])), params)
    for place, (n, responders) in enumerate(((80, 33), (76, 31), (60, 30))):
        alone = fixed.decide(Look(np.array([n]), np.array([responders])), params)
        assert alone.p_value[0] == together.p_value[place]


def test_a_trial_that_fell_short_is_tested_at_the_size_it_reached():
    params = fixed.Params(n=80, p0=0.3, alpha=0.025)
    needed = critical_responders(60, 0.3, 0.025)
    look = Look(np.array([60, 60]), np.array([needed - 1, needed]))
    np.testing.assert_array_equal(fixed.decide(look, params).reject, [False, True])


def test_rejection_under_the_null_by_simulation_is_within_error_of_the_exact_level():
    params = fixed.Params(n=80, p0=0.3, alpha=0.025)
    trials = 40_000
    responders = np.random.default_rng(9).binomial(80, 0.3, trials)
    share = fixed.decide(Look(np.full(trials, 80), responders), params).reject.mean()
    level = fixed.type_I_error(params)
    assert abs(share - level) < 4 * np.sqrt(level * (1 - level) / trials)


def both_stages(params):
    """Every outcome of a two-stage trial that reaches its planned sizes: a look, and its probability at p."""
    first, second = (
        np.ravel(each)
        for each in np.meshgrid(np.arange(params.n1 + 1), np.arange(params.n - params.n1 + 1), indexing="ij")
    )
    on = first > params.r1
    kept = on | (second == 0)
    first, second, on = first[kept], second[kept], on[kept]
    look = simon.StageLook(np.where(on, params.n, params.n1), first + second, first)

    def probability(p):
        chance = binom.pmf(first, params.n1, p)
        return np.where(on, chance * binom.pmf(second, params.n - params.n1, p), chance)

    return look, probability


@every_pair
def test_the_two_stage_design_rejects_with_more_than_r_responders_and_has_the_stated_error(p0, p1):
    params = simon.planned(p0, p1, Requirement(0.05, 0.8))
    look, probability = both_stages(params)
    decision = simon.decide(look, params)
    expected = (look.n_patients == params.n) & (look.responders > params.r)
    np.testing.assert_array_equal(decision.reject, expected)
    assert decision.stop.all()
    exact = probability(p0)[decision.reject].sum()
    assert simon.type_I_error(params) == pytest.approx(exact, rel=1e-9)
    assert exact <= 0.05


@every_pair
@pytest.mark.parametrize("shift", [-5, 4])
def test_another_final_size_never_raises_the_error_of_the_two_stage_design(p0, p1, shift):
    params = simon.planned(p0, p1, Requirement(0.05, 0.8))
    reached = replace(params, n=params.n + shift)
    look, probability = both_stages(reached)
    rejected = simon.decide(look, params).reject
    assert probability(p0)[rejected].sum() <= simon.type_I_error(params) * (1 + 1e-9)
    assert rejected.any()


def test_the_two_stage_design_goes_on_after_a_good_first_stage_and_has_no_p_value_yet():
    params = simon.planned(0.3, 0.5, Requirement(0.05, 0.8))
    good, poor = params.r1 + 1, params.r1
    look = simon.StageLook(np.full(2, params.n1), np.array([good, poor]), np.array([good, poor]))
    decision = simon.decide(look, params)
    np.testing.assert_array_equal(decision.stop, [False, True])
    np.testing.assert_array_equal(np.isnan(decision.p_value), [True, False])
    assert not decision.reject.any()


def test_patients_beyond_a_stop_do_not_undo_it():
    params = simon.planned(0.3, 0.5, Requirement(0.05, 0.8))
    look = simon.StageLook(np.array([params.n]), np.array([params.n]), np.array([params.r1]))
    decision = simon.decide(look, params)
    assert decision.stop[0]
    assert not decision.reject[0]


@pytest.mark.parametrize("interim", [(0, 0), (12, 2)])
def test_a_basket_on_its_own_has_the_stated_error_by_enumeration(interim):
    n_interim, stop = interim
    one = basket.Basket(name="a", n=25, p0=0.2, n_interim=n_interim, stop_at_most=stop)
    params = basket.Params(baskets=(one,), alpha=0.025, borrowing=None, cut_off=0.975)
    first = np.repeat(np.arange(n_interim + 1), 26 - n_interim)
    later = np.tile(np.arange(26 - n_interim), n_interim + 1)
    chance = binom.pmf(first, n_interim, 0.2) * binom.pmf(later, 25 - n_interim, 0.2)
    look = basket.BasketLook(*(each[:, None] for each in (np.full(first.size, 25), first + later, first)))
    decision = basket.decide(look, params)
    assert basket.type_I_error(params)[0] == pytest.approx(chance[decision.reject_own[:, 0]].sum(), rel=1e-9)
    assert basket.type_I_error(params)[0] <= 0.025
    assert decision.reject_borrowed is None

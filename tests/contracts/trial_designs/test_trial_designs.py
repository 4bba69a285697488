"""What every trial design promises."""

import numpy as np
import pytest
from scipy.stats import binom

from remit.stats.proportions.clopper_pearson import critical_responders
from remit.trial.designs import DESIGNS
from remit.trial.designs.look import Look

SIZES = [(20, 0.3, 0.025), (80, 0.3, 0.025), (80, 0.15, 0.05), (133, 0.5, 0.01)]
every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
every_size = pytest.mark.parametrize(("n", "p0", "alpha"), SIZES)


def outcomes(n):
    return Look(np.full(n + 1, n), np.arange(n + 1))


@every_design
@every_size
def test_type_i_error_is_exact_and_at_most_alpha(design, n, p0, alpha):
    params = design.Params(n=n, p0=p0, alpha=alpha)
    rejected = design.decide(outcomes(n), params).reject
    exact = binom.pmf(np.arange(n + 1), n, p0)[rejected].sum()
    assert exact <= alpha
    assert design.type_I_error(params) == pytest.approx(exact, rel=1e-9)


@every_design
@every_size
def test_more_responders_never_undo_a_rejection(design, n, p0, alpha):
    rejected = design.decide(outcomes(n), design.Params(n=n, p0=p0, alpha=alpha)).reject
    assert (np.diff(rejected.astype(int)) >= 0).all()
    assert not rejected[0]
    assert rejected[-1]


@every_design
@every_size
def test_the_p_value_says_what_the_decision_says(design, n, p0, alpha):
    decision = design.decide(outcomes(n), design.Params(n=n, p0=p0, alpha=alpha))
    np.testing.assert_array_equal(decision.reject, decision.p_value < alpha)


@every_design
def test_a_decision_on_one_trial_does_not_depend_on_the_others(design):
    params = design.Params(n=80, p0=0.3, alpha=0.025)
    together = design.decide(Look(np.array([80, 76, 60]), np.array([33, 31, 30])), params)
    for place, (n, responders) in enumerate(((80, 33), (76, 31), (60, 30))):
        alone = design.decide(Look(np.array([n]), np.array([responders])), params)
        assert alone.p_value[0] == together.p_value[place]


@every_design
def test_a_trial_that_fell_short_is_tested_at_the_size_it_reached(design):
    params = design.Params(n=80, p0=0.3, alpha=0.025)
    needed = critical_responders(60, 0.3, 0.025)
    look = Look(np.array([60, 60]), np.array([needed - 1, needed]))
    np.testing.assert_array_equal(design.decide(look, params).reject, [False, True])


@every_design
def test_rejection_under_the_null_by_simulation_is_within_error_of_the_exact_level(design):
    params = design.Params(n=80, p0=0.3, alpha=0.025)
    trials = 40_000
    responders = np.random.default_rng(9).binomial(80, 0.3, trials)
    share = design.decide(Look(np.full(trials, 80), responders), params).reject.mean()
    level = design.type_I_error(params)
    assert abs(share - level) < 4 * np.sqrt(level * (1 - level) / trials)

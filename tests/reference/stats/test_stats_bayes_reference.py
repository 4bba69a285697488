"""Bayesian analyses of rates against R, case by case.

Standing: double programmed. ``bayes/make.R`` makes the numbers with base R alone (pbeta, qbeta, lbeta,
integrate); versions and licences are in ``bayes/bayes.json``. Where there is a closed form, and for
differences, predictive probabilities and assurance, which R integrates to 1e-12, the tolerance is 1e-8,
relative or absolute, whichever is larger; the largest difference found is near 1e-12. No package for
meta-analytic-predictive priors is run: R sums the three integrals of a meta-analysis over fixed grids, by
brute force, and agrees to 1e-8 too.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from remit.stats.bayes.assurance import normal_assurance, single_arm_assurance
from remit.stats.bayes.beta_binomial import (
    beta,
    equal_tailed,
    mean,
    mixture,
    posterior,
    predictive,
    probability_above,
    variance,
)
from remit.stats.bayes.difference import probability_difference_above
from remit.stats.bayes.predictive import success_probability_normal
from remit.stats.bayes.random_effects import Prior, random_effects
from remit.stats.bayes.rate_density import mean as density_mean
from remit.stats.bayes.rate_density import mean_rate, new_study, probability_below
from remit.stats.bayes.rate_density import predictive as density_predictive

FOUND = json.loads((Path(__file__).parent / "bayes" / "bayes.json").read_text())


def cases(name):
    return [pytest.param(each, id=f"{name} {place}") for place, each in enumerate(FOUND[name])]


def agree(ours, theirs, tolerance=1e-8):
    np.testing.assert_allclose(ours, np.array(theirs, dtype=float), rtol=tolerance, atol=tolerance)


def prior_of(case):
    return mixture(*(np.atleast_1d(case[key]) for key in ("weight", "a", "b")))


def test_there_are_enough_cases():
    assert sum(len(each) for name, each in FOUND.items() if name != "made_by") >= 80


@pytest.mark.parametrize("case", cases("single"))
def test_the_posterior_of_a_rate_is_that_of_pbeta_and_lbeta(case):
    after = posterior(prior_of(case), np.array(case["x"]), np.array(case["n"]))
    agree(after.weight, np.atleast_1d(case["posterior_weight"]))
    agree([mean(after), variance(after)], [case["mean"], case["variance"]])
    agree(probability_above(after, case["p0"]), case["above"])
    limits = equal_tailed(after)
    agree([limits.low, limits.high], case["interval"])
    agree(predictive(after, len(case["ahead"]) - 1), case["ahead"])


@pytest.mark.parametrize("case", cases("difference"))
def test_the_probability_of_a_larger_difference_is_that_of_integrate(case):
    found = probability_difference_above(beta(*case["experimental"]), beta(*case["control"]), case["margin"])
    agree(found, case["above"], 1e-10)


@pytest.mark.parametrize("case", cases("normal"))
def test_the_predictive_probability_of_a_normal_statistic_is_that_of_integrate(case):
    found = success_probability_normal(
        np.array(case["z"]),
        case["information"],
        case["final"],
        case["bound"],
        prior_mean=case["prior_mean"],
        prior_information=case["prior_information"],
    )
    agree(found, case["success"])


@pytest.mark.parametrize("case", cases("assurance"))
def test_the_assurance_of_a_normal_statistic_is_that_of_integrate(case):
    agree(normal_assurance(case["mean"], case["sd"], case["information"], case["bound"]), case["assurance"])


@pytest.mark.parametrize("case", cases("single_arm"))
def test_the_assurance_of_a_single_arm_is_the_beta_binomial_tail(case):
    agree(single_arm_assurance(prior_of(case), case["n"], case["needed"]), case["assurance"])


@pytest.mark.parametrize("case", cases("meta"))
def test_the_meta_analysis_is_that_of_brute_force(case):
    prior = Prior(case["mu_mean"], case["mu_sd"], case["tau_scale"])
    found = random_effects(np.atleast_1d(case["x"]), np.atleast_1d(case["n"]), prior)
    agree(found.log_evidence, case["log_evidence"])
    agree(found.weight.sum(axis=1) @ found.tau, case["tau"])
    agree((found.weight * found.mu).sum(), case["mu"])
    agree(density_mean(mean_rate(found)), case["mean_rate"])
    new = new_study(found)
    agree(density_mean(new), case["new_rate"])
    agree(probability_below(new, 0.3), case["below"])
    agree(density_predictive(new, 10)[0], case["none_of_ten"])

"""Laws of Bayesian analyses of rates, on generated priors and data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.stats.bayes.assurance import normal_assurance, rate_assurance, single_arm_assurance
from remit.stats.bayes.beta_binomial import (
    BetaMixture,
    mean,
    mixture,
    posterior,
    predictive,
    probability_above,
    probability_below,
    quantile,
)
from remit.stats.bayes.difference import (
    difference_interval,
    difference_quantile,
    probability_difference_above,
)
from remit.stats.bayes.effective_sample_size import expected_local_information_ratio
from remit.stats.bayes.map_prior import robustified
from remit.stats.bayes.predictive import success_probability, success_probability_normal
from remit.stats.bayes.random_effects import Prior, random_effects, study_likelihood
from remit.stats.proportions.clopper_pearson import critical_responders, exact_power

FEW = settings(max_examples=20)
VERY_FEW = settings(max_examples=5, deadline=None)
"""For laws of meta-analyses, each of which takes a fraction of a second."""

sizes = st.floats(0.3, 60)


@st.composite
def priors(draw, least=0.3, most=3):
    k = draw(st.integers(1, most))
    share = np.array(draw(st.lists(st.floats(0.05, 1), min_size=k, max_size=k)))
    worth = st.lists(st.floats(least, 60), min_size=k, max_size=k)
    return mixture(share / share.sum(), draw(worth), draw(worth))


@st.composite
def counts(draw, most=50):
    n = draw(st.integers(0, most))
    return draw(st.integers(0, n)), n


def failures(rate):
    """The distribution of one less the rate."""
    return BetaMixture(rate.weight, rate.b, rate.a)


def close(ours, theirs, tolerance=1e-9):
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@given(priors(), counts(), counts())
def test_data_at_once_and_in_turn_give_the_same_posterior(prior, first, second):
    once = posterior(prior, first[0] + second[0], first[1] + second[1])
    turn = posterior(posterior(prior, *first), *second)
    for each in ("weight", "a", "b"):
        close(getattr(once, each), getattr(turn, each))


@given(priors(), counts())
def test_counting_failures_mirrors_the_posterior(prior, data):
    x, n = data
    close(mean(posterior(prior, x, n)), 1 - mean(posterior(failures(prior), n - x, n)))


@given(priors(), st.integers(0, 40))
def test_the_posterior_mean_is_on_average_the_prior_mean(prior, n):
    after = posterior(prior, np.arange(n + 1), np.full(n + 1, n))
    close(predictive(prior, n) @ mean(after), mean(prior))


@given(priors(), st.integers(0, 40))
def test_predictive_probabilities_sum_to_one(prior, m):
    close(predictive(prior, m).sum(), 1.0)


@given(priors(), st.floats(0.001, 0.999))
def test_a_quantile_has_its_probability_below(prior, probability):
    at = quantile(prior, probability)
    close(probability_below(prior, at), probability)
    close(probability_above(prior, at), 1 - probability)


@FEW
@given(priors(), priors(), st.floats(-0.9, 0.9))
def test_swapping_arms_flips_the_difference(experimental, control, margin):
    one = probability_difference_above(experimental, control, margin)
    close(one, 1 - probability_difference_above(control, experimental, -margin), 1e-10)


@FEW
@given(priors(), priors(), st.floats(-0.9, 0.9))
def test_counting_failures_swaps_the_arms(experimental, control, margin):
    one = probability_difference_above(experimental, control, margin)
    close(one, probability_difference_above(failures(control), failures(experimental), margin), 1e-10)


@FEW
@given(priors(), st.floats(0.1, 0.9))
def test_against_a_rate_that_is_nearly_known_it_is_the_tail(experimental, p0):
    known = mixture([1.0], [1e9 * p0], [1e9 * (1 - p0)])
    close(probability_difference_above(experimental, known), probability_above(experimental, p0), 1e-4)


@FEW
@given(priors(), priors(), st.floats(0.01, 0.99))
def test_a_quantile_of_the_difference_has_its_probability_above(experimental, control, probability):
    at = difference_quantile(experimental, control, probability)
    close(probability_difference_above(experimental, control, at), 1 - probability)


@FEW
@given(priors(), priors())
def test_the_interval_of_a_difference_flips_with_the_arms(experimental, control):
    one, other = (
        difference_interval(experimental, control, 0.9),
        difference_interval(control, experimental, 0.9),
    )
    close([one.low, one.high], [-other.high, -other.low], 1e-6)


@given(priors(), counts(40), st.integers(0, 41))
def test_predictive_probability_is_a_martingale(prior, data, needed):
    x, n = data
    now = success_probability(prior, np.array(x), np.array(n), 40, needed)
    if n == 40:
        assert float(now) == float(x >= needed)
        return
    # After one more patient it is on average what it is.
    one_more = predictive(posterior(prior, x, n), 1)
    then = success_probability(prior, np.array([x, x + 1]), np.array([n + 1, n + 1]), 40, needed)
    close(one_more @ then, now)


@given(st.floats(-3, 4), st.floats(0.05, 0.95), st.floats(1, 3))
def test_without_a_prior_predictive_probability_is_between_the_half_and_the_trend(z, share, bound):
    # With the flat prior the statistic at the end is expected where the trend leads.
    found = float(success_probability_normal(np.array(z), 100 * share, 100.0, bound))
    assert (found >= 0.5) == (z / np.sqrt(share) >= bound) or abs(found - 0.5) < 1e-9


@given(st.floats(-1, 1), st.floats(0.01, 1), st.floats(1, 500), st.floats(0.5, 3))
def test_assurance_is_the_predictive_probability_before_any_data(mean_effect, sd, information, bound):
    before = success_probability_normal(
        np.array(0.0), 0.0, information, bound, prior_mean=mean_effect, prior_information=1 / sd**2
    )
    close(normal_assurance(mean_effect, sd, information, bound), before)


@FEW
@given(priors(), st.integers(2, 120))
def test_assurance_by_quadrature_is_the_exact_tail(prior, n):
    needed = critical_responders(n, 0.3, 0.05)
    close(
        rate_assurance(prior, lambda p: exact_power(n, 0.3, 0.05, p)),
        single_arm_assurance(prior, n, needed),
    )


@FEW
@given(priors(least=1.1), st.integers(1, 12))
def test_the_effective_sample_size_grows_on_average_by_the_patients(prior, n):
    after = posterior(prior, np.arange(n + 1), np.full(n + 1, n))
    sizes_after = [
        expected_local_information_ratio(BetaMixture(*each))
        for each in zip(after.weight, after.a, after.b, strict=True)
    ]
    close(predictive(prior, n) @ sizes_after - n, expected_local_information_ratio(prior), 1e-6)


@given(st.floats(0.01, 500), st.floats(0.01, 500))
def test_a_beta_is_worth_the_sum_of_its_parameters(a, b):
    assert expected_local_information_ratio(mixture([1.0], [a], [b])) == pytest.approx(a + b)


@given(priors(), st.floats(0.01, 0.99), counts())
def test_a_vague_component_gains_weight_where_it_predicts_better(prior, weight, data):
    robust = robustified(prior, weight)
    after = posterior(robust, *data)
    x, n = data
    predicted = [predictive(each, n)[x] for each in (prior, mixture([1.0], [1.0], [1.0]))]
    odds = weight / (1 - weight) * predicted[1] / predicted[0]
    close(after.weight[-1], odds / (1 + odds))


@FEW
@given(st.integers(0, 25), st.floats(-4, 4), st.floats(0, 3))
def test_the_likelihood_of_a_study_sums_to_one_over_its_counts(n, mu, tau):
    values = [study_likelihood(x, n, np.array(mu), np.array(tau)) for x in range(n + 1)]
    close(np.exp(values).sum(), 1.0)


study_sets = st.lists(counts(30), min_size=1, max_size=3)


@VERY_FEW
@given(study_sets, st.randoms(use_true_random=False))
def test_the_order_of_studies_does_not_matter(studies, random):
    other = list(studies)
    random.shuffle(other)
    one, two = (random_effects(*np.array(each).T, Prior(0.0, 2.0, 1.0)) for each in (studies, other))
    close(one.log_evidence, two.log_evidence, 1e-12)
    close(one.weight, two.weight, 1e-12)


@VERY_FEW
@given(study_sets)
def test_counting_failures_mirrors_the_meta_analysis(studies):
    x, n = np.array(studies).T
    one, two = (random_effects(each, n, Prior(0.0, 2.0, 1.0)) for each in (x, n - x))
    close(one.log_evidence, two.log_evidence, 1e-10)
    close((one.weight * one.mu).sum(), -(two.weight * two.mu).sum(), 1e-8)

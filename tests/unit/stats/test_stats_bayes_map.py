"""Meta-analysis of rates and the prior that it gives: closed forms, brute force, drawing, refusals.

Standing: closed forms to 1e-10, adaptive quadrature of scipy to 1e-9, draws within four Monte Carlo errors.
The earlier studies are invented.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit, polygamma, xlogy
from scipy.stats import beta as beta_distribution
from scipy.stats import binom, halfnorm, norm

from remit.errors import InputError
from remit.stats.bayes.beta_binomial import beta, mixture, posterior, probability_above
from remit.stats.bayes.beta_binomial import mean as mixture_mean
from remit.stats.bayes.beta_binomial import predictive as mixture_predictive
from remit.stats.bayes.effective_sample_size import expected_local_information_ratio
from remit.stats.bayes.map_prior import map_prior, robustified
from remit.stats.bayes.mixture_fit import fit_mixture
from remit.stats.bayes.random_effects import Prior, random_effects, study_likelihood
from remit.stats.bayes.rate_density import (
    RateDensity,
    equal_tailed,
    expectation,
    mean,
    mean_rate,
    new_study,
    predictive,
    probability_below,
    quantile,
    variance,
)

X, N = np.array([9, 14, 6, 11]), np.array([30, 35, 28, 40])
VAGUE = Prior(0.0, 2.0, 1.0)


@pytest.fixture(scope="module")
def earlier():
    return map_prior(X, N, VAGUE)


def normal_rate(centre, sd):
    """Density of a rate whose logit is normal."""
    theta = np.linspace(centre - 9 * sd, centre + 9 * sd, 601)
    return RateDensity(theta, norm.pdf(theta, centre, sd))


def beta_rate(a, b):
    """Density of the logit of a Beta rate."""
    centre, sd = np.log(a / b), np.sqrt(polygamma(1, a) + polygamma(1, b))
    theta = np.linspace(centre - 9 * sd - 40 / a, centre + 9 * sd + 40 / b, 4001)
    log_density = -a * np.logaddexp(0, -theta) - b * np.logaddexp(0, theta)
    density = np.exp(log_density - log_density.max())
    return RateDensity(theta, density / (density.sum() * (theta[1] - theta[0])))


@pytest.mark.parametrize(("x", "n"), [(0, 12), (12, 12), (5, 60), (0, 800), (397, 800)])
@pytest.mark.parametrize("tau", [0.02, 0.4, 1.5, 4.0])
@pytest.mark.parametrize("mu", [-3.0, 0.5])
def test_the_likelihood_of_a_study_is_that_of_adaptive_quadrature(x, n, tau, mu):
    found = float(study_likelihood(x, n, np.array(mu), np.array(tau)))

    def log_integrand(theta):
        return binom.logpmf(x, n, expit(theta)) + norm.logpdf(theta, mu, tau)

    # Divided by what was found, so that the integral is one even where the likelihood is tiny.
    low, high = mu - 9 * tau, mu + 9 * tau
    near = logit((x + 0.5) / (n + 1))
    ends = (min(low, near), max(high, near))
    peak = minimize_scalar(lambda theta: -log_integrand(theta), bounds=ends, options={"xatol": 1e-6}).x
    width = 1 / np.sqrt(1 / tau**2 + n * expit(peak) * expit(-peak))
    edges = np.unique(peak + width * np.array([-40, -10, -4, -1, 0, 1, 4, 10, 40]))
    whole = sum(
        quad(lambda theta: np.exp(log_integrand(theta) - found), u, v, epsabs=1e-12, epsrel=1e-11, limit=400)[
            0
        ]
        for u, v in pairwise(edges)
    )
    assert whole == pytest.approx(1, abs=1e-9)


def test_without_heterogeneity_a_study_is_binomial():
    found = study_likelihood(3, 10, np.array([-1.0, 2.0]), np.zeros(2))
    np.testing.assert_allclose(found, binom.logpmf(3, 10, expit(np.array([-1.0, 2.0]))), rtol=1e-12)


def test_without_studies_the_posterior_is_the_prior():
    found = random_effects(np.array([0]), np.array([0]), Prior(-0.5, 1.2, 0.7))
    assert found.log_evidence == pytest.approx(0, abs=1e-12)
    assert found.weight.sum(axis=1) @ found.tau == pytest.approx(0.7 * np.sqrt(2 / np.pi), rel=1e-12)
    assert found.weight.sum(axis=1) @ found.tau**2 == pytest.approx(0.49, rel=1e-12)
    overall = mean_rate(found)
    assert overall.step * overall.density @ overall.logit == pytest.approx(-0.5, abs=1e-10)
    np.testing.assert_allclose(
        logit(quantile(overall, np.array([0.025, 0.5, 0.9]))),
        norm.ppf([0.025, 0.5, 0.9], -0.5, 1.2),
        atol=1e-9,
    )
    new = new_study(found)
    at = np.array([0.1, 0.4, 0.8])
    by_tau = [
        quad(lambda t, p=p: halfnorm.pdf(t, scale=0.7) * norm.cdf((logit(p) + 0.5) / np.hypot(1.2, t)), 0, 7)[
            0
        ]
        for p in at
    ]
    np.testing.assert_allclose(probability_below(new, at), by_tau, atol=1e-8)


def test_more_nodes_change_nothing():
    one, two = (random_effects(X, N, VAGUE, n_mean) for n_mean in (48, 128))
    assert one.log_evidence == pytest.approx(two.log_evidence, abs=1e-11)
    assert one.weight.sum(axis=1) @ one.tau == pytest.approx(two.weight.sum(axis=1) @ two.tau, abs=1e-11)


def test_drawing_from_the_prior_and_weighing_gives_the_same_prediction():
    rng, n = np.random.default_rng(15), 400_000
    mu, tau = rng.normal(0, 2, n), np.abs(rng.normal(0, 1, n))
    log_weight = np.zeros(n)
    for x, size in zip(X, N, strict=True):
        # One draw of the effect of each study is an unbiased estimate of its likelihood.
        log_weight += binom.logpmf(x, size, expit(mu + tau * rng.normal(size=n)))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    rate = expit(mu + tau * rng.normal(size=n))
    estimate = weight @ rate
    error = np.sqrt((weight**2) @ (rate - estimate) ** 2)
    found = mean(new_study(random_effects(X, N, VAGUE)))
    assert error < 0.02
    assert abs(found - estimate) < 4 * error


def test_a_new_study_is_less_certain_than_the_mean(earlier):
    overall = mean_rate(earlier.meta_analysis)
    assert variance(earlier.exact) > variance(overall)
    wide, narrow = equal_tailed(earlier.exact), equal_tailed(overall)
    assert wide.low < narrow.low < mean(overall) < narrow.high < wide.high


def test_a_density_says_what_the_normal_logit_does():
    rate = normal_rate(-0.8, 0.5)
    p = np.array([0.1, 0.31, 0.5])
    np.testing.assert_allclose(probability_below(rate, p), norm.cdf(logit(p), -0.8, 0.5), atol=1e-12)
    assert float(quantile(rate, 0.9)) == pytest.approx(expit(norm.ppf(0.9, -0.8, 0.5)), abs=1e-11)
    by_quad = quad(lambda t: expit(t) * norm.pdf(t, -0.8, 0.5), -6, 5, epsabs=1e-13)[0]
    assert mean(rate) == pytest.approx(by_quad, abs=1e-12)
    assert predictive(rate, 1)[1] == pytest.approx(by_quad, abs=1e-12)
    assert predictive(rate, 7).sum() == pytest.approx(1, abs=1e-12)
    assert expectation(rate, lambda q: 0 * q + 2) == pytest.approx(2, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [(3.0, 7.0), (0.6, 2.5), (80.0, 40.0)])
def test_a_beta_is_found_again(a, b):
    found = fit_mixture(beta_rate(a, b), 1)
    np.testing.assert_allclose([found.mixture.a[0], found.mixture.b[0]], [a, b], rtol=1e-6)
    assert abs(found.divergence) < 1e-10
    assert found.largest_difference < 1e-8


def test_a_mixture_of_two_is_found_again():
    first, second = beta_rate(4.0, 30.0), beta_rate(25.0, 9.0)
    theta = np.linspace(-16, 8, 4001)
    density = sum(
        w * np.interp(theta, each.logit, each.density, 0, 0) for w, each in ((0.35, first), (0.65, second))
    )
    rate = RateDensity(theta, density / (density.sum() * (theta[1] - theta[0])))
    found = fit_mixture(rate, 2)
    np.testing.assert_allclose(found.mixture.weight, [0.65, 0.35], atol=1e-3)
    np.testing.assert_allclose(found.mixture.a, [25, 4], rtol=1e-2)
    assert found.divergence < 1e-5


def test_the_divergence_is_that_of_its_definition():
    rate = normal_rate(0.4, 0.7)
    found = fit_mixture(rate, 1)
    p, q = expit(rate.logit), expit(-rate.logit)
    fitted = beta_distribution.pdf(p, found.mixture.a[0], found.mixture.b[0]) * p * q
    by_hand = rate.step * (xlogy(rate.density, rate.density) - xlogy(rate.density, fitted)).sum()
    assert found.divergence == pytest.approx(by_hand, abs=1e-10)
    assert found.divergence > 1e-5


def test_more_components_come_nearer(earlier):
    fits = [fit_mixture(earlier.exact, k) for k in (1, 2, 3)]
    divergences = [each.divergence for each in fits]
    assert divergences[0] > divergences[1] > divergences[2] > 0
    differences = [each.largest_difference for each in fits]
    assert differences[0] > differences[1] > differences[2]


def test_the_prior_is_as_near_as_was_asked_for_and_says_how_near(earlier):
    assert earlier.fit.divergence <= 1e-3
    assert earlier.fit.largest_difference < 0.01
    assert abs(earlier.fit.mean_difference) < 1e-3
    assert earlier.fit.mean_difference == pytest.approx(
        float(mixture_mean(earlier.mixture)) - mean(earlier.exact)
    )
    rough = map_prior(X, N, VAGUE, divergence=1.0)
    assert rough.mixture.a.size == 1
    # As much as the error of the approximation lets a posterior differ: here about two patients of forty.
    x = np.arange(41)
    np.testing.assert_allclose(
        mixture_predictive(earlier.mixture, 40), predictive(earlier.exact, 40), atol=2e-3
    )
    with_data = posterior(earlier.mixture, x, np.full(41, 40))
    theta = earlier.exact.logit
    likelihood = binom.pmf(x[:, None], 40, expit(theta))
    exact = (likelihood * earlier.exact.density) @ expit(theta) / (likelihood @ earlier.exact.density)
    likely = predictive(earlier.exact, 40) > 1e-3
    np.testing.assert_allclose(mixture_mean(with_data)[likely], exact[likely], atol=0.01)


def test_more_heterogeneity_is_worth_fewer_patients(earlier):
    alike = map_prior(X, N, Prior(0.0, 2.0, 0.1))
    few, many = (expected_local_information_ratio(each.mixture) for each in (earlier, alike))
    assert N.sum() > many > few > 1


def test_data_that_disagree_are_left_to_the_vague_component(earlier):
    robust = robustified(earlier.mixture, 0.2)
    assert robust.weight[-1] == pytest.approx(0.2)
    agree, disagree = (posterior(robust, x, 40) for x in (12, 38))
    assert agree.weight[-1] < 0.2
    assert disagree.weight[-1] > 0.9
    trusting = posterior(earlier.mixture, 38, 40)
    assert float(probability_above(disagree, 0.9)) > float(probability_above(trusting, 0.9))
    assert expected_local_information_ratio(robust) < expected_local_information_ratio(earlier.mixture)
    np.testing.assert_allclose(robustified(earlier.mixture, 0.0).weight[:-1], earlier.mixture.weight)
    other = robustified(earlier.mixture, 0.5, mixture([0.5, 0.5], [1, 2], [2, 1]))
    assert other.a.size == earlier.mixture.a.size + 2


def test_what_cannot_be_studies_or_priors_is_refused():
    with pytest.raises(InputError) as refused:
        random_effects(np.array([3, 12, 1.5]), np.array([10, 10, 4]), Prior(np.nan, 0.0, -1.0), 4)
    text = str(refused.value)
    for each in ("6 problems", "study 1", "12 of 10", "study 2", "mu_mean", "mu_sd", "tau_scale", "n_mean"):
        assert each in text
    with pytest.raises(InputError, match="for each study"):
        random_effects(np.array([3, 1]), np.array([10]), VAGUE)
    with pytest.raises(InputError, match="n_components"):
        fit_mixture(normal_rate(0, 1), 0)
    with pytest.raises(InputError, match="most_components"):
        map_prior(X, N, VAGUE, most_components=0)
    with pytest.raises(InputError) as refused:
        robustified(posterior(beta(1, 1), np.array([1, 2]), np.array([3, 3])), 1.2)
    assert "2 problems" in str(refused.value)

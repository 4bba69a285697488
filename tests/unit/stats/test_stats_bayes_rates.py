"""Response rates with Beta priors: worked cases, edges, what is refused, and brute force by drawing.

Standing: closed forms to 1e-12; draws within four Monte Carlo errors.
"""

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import beta as beta_distribution
from scipy.stats import betabinom, fisher_exact

from remit.errors import InputError
from remit.stats.bayes.assurance import (
    assurance,
    normal_assurance,
    normal_power,
    rate_assurance,
    single_arm_assurance,
)
from remit.stats.bayes.beta_binomial import (
    beta,
    density,
    equal_tailed,
    mean,
    mixture,
    posterior,
    predictive,
    probability_above,
    quantile,
    variance,
)
from remit.stats.bayes.difference import (
    difference_interval,
    difference_quantile,
    probability_difference_above,
)
from remit.stats.bayes.effective_sample_size import (
    expected_local_information_ratio,
    moment_effective_sample_size,
)
from remit.stats.bayes.predictive import (
    exceeds,
    needed_responders,
    success_probability,
    success_probability_normal,
    success_table,
    two_arm_success_probability,
)
from remit.stats.proportions.clopper_pearson import exact_power
from remit.stats.proportions.fisher import fisher_exact as our_fisher

FLAT = beta(1, 1)
ROBUST = mixture([0.8, 0.2], [12, 1], [28, 1])


def test_a_flat_prior_and_seven_of_ten_give_beta_eight_four():
    after = posterior(FLAT, np.array(7), np.array(10))
    assert (after.a[0], after.b[0], after.weight[0]) == (8, 4, 1)
    assert float(mean(after)) == pytest.approx(8 / 12)
    limits = equal_tailed(after, 0.9)
    np.testing.assert_allclose(
        [limits.low, limits.high], beta_distribution(8, 4).ppf([0.05, 0.95]), rtol=1e-12
    )


def test_the_density_of_a_mixture_integrates_to_its_probability():
    p = np.linspace(0.3, 1, 20001)
    assert np.trapezoid(density(ROBUST, p), p) == pytest.approx(
        float(probability_above(ROBUST, 0.3)), abs=1e-8
    )


def test_many_replicates_are_the_replicates_one_by_one():
    x, n = np.array([[0, 3, 9], [10, 2, 5]]), np.array([[4, 8, 9], [12, 20, 5]])
    together = posterior(ROBUST, x, n)
    margins = probability_difference_above(together, FLAT, 0.1)
    limits = difference_interval(together, FLAT)
    for place in np.ndindex(x.shape):
        alone = posterior(ROBUST, x[place], n[place])
        assert float(mean(together)[place]) == pytest.approx(float(mean(alone)), rel=1e-12)
        assert float(variance(together)[place]) == pytest.approx(float(variance(alone)), rel=1e-12)
        assert float(quantile(together, 0.3)[place]) == pytest.approx(float(quantile(alone, 0.3)), rel=1e-12)
        np.testing.assert_allclose(predictive(together, 5)[place], predictive(alone, 5), rtol=1e-12)
        assert margins[place] == pytest.approx(
            float(probability_difference_above(alone, FLAT, 0.1)), abs=1e-12
        )
        assert limits.low[place] == pytest.approx(float(difference_interval(alone, FLAT).low), abs=1e-9)


def test_a_missing_count_gives_nan_and_leaves_its_neighbour_alone():
    after = posterior(ROBUST, np.array([np.nan, 3]), np.array([10, 10]))
    values = (mean(after), probability_above(after, 0.3), probability_difference_above(after, FLAT))
    for each in values:
        assert np.isnan(each[0])
        assert np.isfinite(each[1])
    chance = success_probability(ROBUST, np.array([np.nan, 3]), np.array([10, 10]), 20, 8)
    assert np.isnan(chance[0])
    assert 0 < chance[1] < 1


def exact_superiority(a1, b1, a0, b0):
    """Probability that the first rate is larger, a finite sum for a whole a1."""
    i = np.arange(a1)
    return np.exp(betaln(a0 + i, b0 + b1) - np.log(b1 + i) - betaln(1 + i, b1) - betaln(a0, b0)).sum()


@pytest.mark.parametrize(
    "pair", [(1, 1, 1, 1), (8, 4, 3, 9), (2, 150, 0.5, 99.5), (300, 200, 280, 220), (40, 0.3, 9, 0.2)]
)
def test_superiority_is_the_finite_sum(pair):
    found = probability_difference_above(beta(*pair[:2]), beta(*pair[2:]))
    assert float(found) == pytest.approx(exact_superiority(*pair), abs=2e-12)


@pytest.mark.parametrize("margin", [-0.7, -0.01, 0.0, 0.3, 0.95])
def test_the_difference_of_two_flat_rates_is_triangular(margin):
    exact = (1 - margin) ** 2 / 2 if margin >= 0 else 1 - (1 + margin) ** 2 / 2
    assert float(probability_difference_above(FLAT, FLAT, margin)) == pytest.approx(exact, abs=1e-13)
    assert float(difference_quantile(FLAT, FLAT, 1 - exact)) == pytest.approx(margin, abs=1e-9)


def test_a_margin_beyond_the_scale_is_certain():
    found = probability_difference_above(FLAT, FLAT, np.array([-1.5, -1.0, 1.0, 2.0, np.nan]))
    np.testing.assert_array_equal(found, [1, 1, 0, 0, np.nan])


@pytest.mark.parametrize("margin", [-1e-300, -1e-20, -1e-17, 0.0, 1e-17, 1e-20, 1e-300])
def test_a_margin_that_is_next_to_nothing_is_none(margin):
    # The rate of Beta(1/2, 1) is below 1e-17 with a probability of 3e-9.
    found = float(probability_difference_above(FLAT, beta(0.5, 1), margin))
    assert found == pytest.approx(2 / 3, abs=1e-12)


def test_drawing_gives_the_same_difference():
    rng, n = np.random.default_rng(11), 200_000
    which = rng.random(n) < 0.8
    first = np.where(which, rng.beta(12, 28, n), rng.beta(1, 1, n))
    share = (first - rng.beta(5, 9, n) > 0.05).mean()
    found = float(probability_difference_above(ROBUST, beta(5, 9), 0.05))
    assert abs(share - found) < 4 * np.sqrt(found * (1 - found) / n)


def test_needed_responders_are_the_fewest_that_convince():
    needed = needed_responders(FLAT, 40, 0.2, 0.95)
    chances = [float(probability_above(posterior(FLAT, x, 40), 0.2)) for x in (needed - 1, needed)]
    assert chances[0] < 0.95 <= chances[1]
    assert needed_responders(beta(1, 1000), 5, 0.9, 0.5) == 6


def test_predictive_success_is_the_beta_binomial_tail():
    found = success_probability(beta(0.5, 0.5), np.array([6, 15, 0]), np.array([20, 20, 39]), 40, 15)
    tail = betabinom(20, 6.5, 14.5).sf(8)
    np.testing.assert_allclose(found, [tail, 1.0, 0.0], rtol=1e-12)
    with pytest.raises(InputError, match="at most n_final, 40"):
        success_probability(FLAT, np.array(3), np.array(41), 40, 15)


def test_a_two_arm_trial_succeeds_as_often_as_all_its_futures():
    table = success_table(12, 10, lambda *counts: our_fisher(*counts).p_value <= 0.05)
    assert not table[5, 5]
    assert table[12, 0]
    found = two_arm_success_probability(FLAT, ROBUST, table, (4, 7, 1, 6))
    first, second = betabinom(5, 5, 4), predictive(posterior(ROBUST, 1, 6), 4)
    by_hand = 0.0
    for y1 in range(6):
        for y0 in range(5):
            x1, x0 = 4 + y1, 1 + y0
            p_value = fisher_exact([[x1, 12 - x1], [x0, 10 - x0]], alternative="greater").pvalue
            by_hand += first.pmf(y1) * second[y0] * (p_value <= 0.05)
    assert found == pytest.approx(by_hand, rel=1e-10)


def test_a_finished_two_arm_trial_has_its_result():
    table = success_table(12, 10, exceeds(FLAT, FLAT, 0.0, 0.975))
    assert two_arm_success_probability(FLAT, FLAT, table, (11, 12, 2, 10)) == 1.0
    assert two_arm_success_probability(FLAT, FLAT, table, (6, 12, 5, 10)) == 0.0
    convinced = float(probability_difference_above(beta(10, 4), beta(4, 8)))
    assert bool(table[9, 3]) == (convinced >= 0.975)


def test_two_arms_refuse_what_does_not_fit():
    with pytest.raises(InputError, match="at least one in each"):
        success_table(0, 5, lambda *counts: counts[0] > counts[2])
    with pytest.raises(InputError, match="true or false for each table"):
        success_table(4, 5, lambda *counts: counts[0] - counts[2])
    table = success_table(4, 5, lambda *counts: counts[0] > counts[2])
    with pytest.raises(InputError, match="those of the final analysis"):
        two_arm_success_probability(FLAT, FLAT, table, (1, 5, 1, 2))
    with pytest.raises(InputError, match="between 0 and all patients"):
        two_arm_success_probability(FLAT, FLAT, table, (3, 2, 1, 2))


def test_a_normal_statistic_at_the_end_is_decided():
    found = success_probability_normal(np.array([1.9, 2.1, np.nan]), 100.0, 100.0, 2.0)
    np.testing.assert_array_equal(found, [0, 1, np.nan])
    assert np.isnan(success_probability_normal(np.array(1.0), 0.0, 100.0, 2.0))
    with pytest.raises(InputError, match="between 0 and information_final"):
        success_probability_normal(np.array(1.0), 101.0, 100.0, 2.0)
    with pytest.raises(InputError, match="0 for a flat prior"):
        success_probability_normal(np.array(1.0), 50.0, 100.0, 2.0, prior_information=-1.0)


def test_predictive_probability_of_a_normal_statistic_is_what_drawing_gives():
    rng, n = np.random.default_rng(12), 400_000
    # Effect given z = 1.5 at information 40 with a prior N(0.1, 1/10).
    effect = (10 * 0.1 + 1.5 * np.sqrt(40)) / 50 + rng.normal(size=n) / np.sqrt(50)
    score = 1.5 * np.sqrt(40) + effect * 60 + np.sqrt(60) * rng.normal(size=n)
    share = (score / 10 >= 1.96).mean()
    found = float(
        success_probability_normal(np.array(1.5), 40.0, 100.0, 1.96, prior_mean=0.1, prior_information=10.0)
    )
    assert abs(share - found) < 4 * np.sqrt(found * (1 - found) / n)


def test_assurance_over_draws_is_the_closed_form_within_its_error():
    draws = np.random.default_rng(13).normal(0.3, 0.2, 20_000)
    found = assurance(draws, lambda effect: normal_power(effect, 60.0, 1.96))
    exact = normal_assurance(0.3, 0.2, 60.0, 1.96)
    assert 0 < found.mcse < 0.005
    assert abs(found.value - exact) < 4 * found.mcse


def test_assurance_of_simulated_successes_has_the_error_of_the_draws():
    rng = np.random.default_rng(14)
    draws = rng.beta(12, 28, 4000)
    share = assurance(draws, lambda p: (rng.binomial(60, p) >= 25).astype(float))
    exact = float(single_arm_assurance(beta(12, 28), 60, 25))
    assert abs(share.value - exact) < 4 * share.mcse
    assert share.mcse == pytest.approx(np.sqrt(exact * (1 - exact) / 4000), rel=0.1)


def test_draws_that_share_a_group_do_not_count_as_independent():
    draws, group = np.repeat([0.0, 0.5], 500), np.repeat([0, 1], 500)
    alone = assurance(draws, lambda effect: normal_power(effect, 60.0, 1.96))
    grouped = assurance(draws, lambda effect: normal_power(effect, 60.0, 1.96), group)
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.mcse > 10 * alone.mcse


def test_draws_may_be_pairs_of_rates():
    draws = np.array([[0.5, 0.3], [0.3, 0.3], [0.6, 0.2]])
    found = assurance(draws, lambda rates: normal_power(rates[:, 0] - rates[:, 1], 100.0, 1.96))
    assert found.value == pytest.approx(float(normal_power(np.array([0.2, 0.0, 0.4]), 100.0, 1.96).mean()))


def test_assurance_refuses_what_is_no_power_and_keeps_what_is_unknown():
    with pytest.raises(InputError, match="at least one draw"):
        assurance(np.array([]), lambda effect: effect)
    with pytest.raises(InputError) as refused:
        assurance(np.array([0.2, 1.4]), lambda effect: effect, np.array([1]))
    assert "probabilities" in str(refused.value)
    assert "2 problems" in str(refused.value)
    with pytest.raises(InputError, match="one number for each draw"):
        assurance(np.array([0.2, 0.4]), lambda effect: np.array(0.3))
    assert np.isnan(assurance(np.array([0.2, np.nan]), lambda effect: effect).value)
    with pytest.raises(InputError) as refused:
        normal_assurance(0.1, -1.0, -5.0, 1.96)
    assert "2 problems" in str(refused.value)


def test_assurance_of_a_certain_effect_is_power_and_of_a_huge_trial_the_probability_of_an_effect():
    assert normal_assurance(0.3, 0.0, 60.0, 1.96) == pytest.approx(
        float(normal_power(np.array(0.3), 60.0, 1.96))
    )
    assert normal_assurance(0.3, 0.2, 1e16, 1.96) == pytest.approx(
        float(normal_power(np.array(1.5), 1.0, 0.0))
    )


def test_one_node_is_the_power_at_the_mean():
    assert rate_assurance(beta(3, 7), lambda p: p**3, 1) == pytest.approx(0.3**3)
    assert rate_assurance(beta(0.5, 0.5), lambda p: p**2, 2) == pytest.approx(3 / 8)
    with pytest.raises(InputError, match="one distribution"):
        rate_assurance(posterior(FLAT, np.array([1, 2]), np.array([3, 3])), lambda p: p)
    with pytest.raises(InputError, match="n_nodes"):
        rate_assurance(FLAT, lambda p: p, 0)


def test_quadrature_over_a_mixture_is_a_sum_of_its_components():
    power = [float(single_arm_assurance(each, 60, 25)) for each in (beta(12, 28), FLAT)]
    # Twenty-five is the critical value of the exact test of this level.
    found = rate_assurance(ROBUST, lambda p: exact_power(60, 0.3, 0.04, p))
    assert found == pytest.approx(0.8 * power[0] + 0.2 * power[1], rel=1e-10)


def test_effective_sample_sizes():
    assert expected_local_information_ratio(beta(0.3, 9)) == pytest.approx(9.3)
    assert float(moment_effective_sample_size(beta(3, 9))) == pytest.approx(12)
    assert float(moment_effective_sample_size(ROBUST)) < expected_local_information_ratio(ROBUST) < 42
    same = mixture([0.4, 0.6], [3, 3], [9, 9])
    assert expected_local_information_ratio(same) == pytest.approx(12)
    # Two components that compete below one response: the ratio is not finite.
    assert np.isnan(expected_local_information_ratio(mixture([0.5, 0.5], [0.4, 0.8], [3, 3])))


def test_the_local_information_ratio_is_that_of_differences_of_the_log_density():
    logit = np.linspace(-40, 25, 650_001)
    p = 1 / (1 + np.exp(-logit))
    q = 1 / (1 + np.exp(logit))
    f = density(ROBUST, p) * p * q
    step = logit[1] - logit[0]
    # By parts: minus the second derivative of log f times f is f' squared over f, less f''.
    first = np.gradient(f, step)
    second = np.zeros_like(f)
    second[1:-1] = (f[2:] - 2 * f[1:-1] + f[:-2]) / step**2
    kept = slice(10, -10)
    ratio = (first**2 / f - second)[kept] / (p * q)[kept]
    assert expected_local_information_ratio(ROBUST) == pytest.approx(ratio.sum() * step, rel=1e-4)


@pytest.mark.parametrize(
    ("weight", "a", "b", "complaint"),
    [
        ([0.5, 0.6], [1, 1], [1, 1], "sum to 1"),
        ([1.2, -0.2], [1, 1], [1, 1], "at least 0"),
        ([1.0], [0.0], [1], "numbers above 0"),
        ([1.0], [1.0, 2.0], [1], "for each component"),
        ([], [], [], "for each component"),
    ],
)
def test_what_is_no_mixture_is_refused(weight, a, b, complaint):
    with pytest.raises(InputError, match=complaint):
        mixture(weight, a, b)


def test_impossible_counts_and_levels_are_refused():
    with pytest.raises(InputError, match="between 0 and all patients"):
        posterior(FLAT, np.array([3, 11]), np.array([10, 10]))
    with pytest.raises(InputError, match="between 0 and 1"):
        equal_tailed(FLAT, 95)
    with pytest.raises(InputError, match="between 0 and 1"):
        difference_interval(FLAT, FLAT, 0.0)

"""Laws of comparisons of proportions, on generated tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from remit.stats.proportions.breslow_day import breslow_day
from remit.stats.proportions.fisher import fisher_exact, fisher_two_sided
from remit.stats.proportions.mantel_haenszel import (
    cochran_mantel_haenszel,
    common_odds_ratio,
    common_risk_difference,
)
from remit.stats.proportions.miettinen_nurminen import (
    restricted_control_rate,
    risk_difference,
    stratified_risk_difference,
)
from remit.stats.proportions.newcombe import newcombe
from remit.stats.proportions.odds_ratio import odds_ratio
from remit.stats.proportions.relative_risk import koopman, relative_risk
from remit.stats.roots import crossing, decreasing_root


@st.composite
def arms(draw, most=60):
    n1, n0 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n0)), n0


strata = st.lists(arms(25), min_size=1, max_size=5).map(lambda found: np.array(found).T)
FEW = settings(max_examples=25)
"""For laws of intervals that are found by iteration."""
DIFFERENCES = [risk_difference, newcombe]
RATIOS = [odds_ratio, relative_risk, koopman]


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def swapped(found):
    x1, n1, x0, n0 = found
    return x0, n0, x1, n1


def inverse(value):
    with np.errstate(divide="ignore"):
        return 1 / np.asarray(value)


@pytest.mark.parametrize("compare", DIFFERENCES)
@FEW
@given(arms())
def test_swapping_arms_flips_a_difference(compare, table):
    first, second = compare(*table), compare(*swapped(table))
    close([first.estimate, first.low, first.high], [-second.estimate, -second.high, -second.low])
    close(first.z, -second.z)
    close(first.p_value, 1 - second.p_value)


@pytest.mark.parametrize("compare", RATIOS)
@given(arms())
def test_swapping_arms_inverts_a_ratio(compare, table):
    first, second = compare(*table), compare(*swapped(table))
    close(
        [first.estimate, first.low, first.high],
        [inverse(v) for v in (second.estimate, second.high, second.low)],
    )
    close(first.z, -second.z)


@FEW
@given(strata)
def test_swapping_arms_flips_stratified_results(found):
    first, second = common_risk_difference(*found), common_risk_difference(*swapped(found))
    close([first.estimate, first.low, first.se], [-second.estimate, -second.high, second.se])
    score, other = stratified_risk_difference(*found), stratified_risk_difference(*swapped(found))
    close([score.estimate, score.low, score.z], [-other.estimate, -other.high, -other.z])
    ratio, its = common_odds_ratio(*found), common_odds_ratio(*swapped(found))
    close([ratio.estimate, ratio.low], [inverse(its.estimate), inverse(its.high)])
    close(cochran_mantel_haenszel(*found).z, -cochran_mantel_haenszel(*swapped(found)).z)
    close(breslow_day(*found).tarone, breslow_day(*swapped(found)).tarone)


@FEW
@given(arms())
def test_counting_failures_flips_the_difference_too(table):
    x1, n1, x0, n0 = table
    first, second = risk_difference(*table), risk_difference(n1 - x1, n1, n0 - x0, n0)
    close([first.estimate, first.low, first.high], [-second.estimate, -second.high, -second.low])


@FEW
@given(strata, st.randoms(use_true_random=False))
def test_the_order_of_strata_does_not_matter(found, random):
    order = list(range(found.shape[1]))
    random.shuffle(order)
    for compare in (stratified_risk_difference, common_risk_difference, common_odds_ratio):
        first, second = compare(*found), compare(*found[:, order])
        close(
            [first.estimate, first.low, first.high, first.z],
            [second.estimate, second.low, second.high, second.z],
        )


@FEW
@given(arms())
def test_one_stratum_is_the_plain_table(table):
    wrapped = [[each] for each in table]
    plain, strata_of_one = risk_difference(*table), stratified_risk_difference(*wrapped)
    close(
        [plain.estimate, plain.low, plain.high],
        [strata_of_one.estimate, strata_of_one.low, strata_of_one.high],
    )
    ratio, common = odds_ratio(*table), common_odds_ratio(*wrapped)
    close([ratio.estimate, ratio.low, ratio.high], [common.estimate, common.low, common.high])
    n = table[1] + table[3]
    # The pooled test of one table is Pearson's; Mantel and Haenszel have n - 1 for n, as the score test.
    z = cochran_mantel_haenszel(*wrapped).z
    if not np.isnan(z):
        close(z, koopman(*table).z * np.sqrt((n - 1) / n))
        close(z, plain.z)


@FEW
@given(arms(), st.sampled_from([-0.3, -0.05, 0.0, 0.2]))
def test_the_test_rejects_just_where_the_interval_excludes_the_null(table, null):
    found = risk_difference(*table, null=null, level=0.9)
    if abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (found.low > null)
    exact = fisher_exact(*table, level=0.9)
    if abs(exact.p_value - 0.05) > 1e-9:
        assert (exact.p_value < 0.05) == (exact.low > 1)


@given(arms(), st.sampled_from([-0.95, -0.4, -1e-6, 0.0, 1e-9, 0.3, 0.99]))
def test_no_rate_is_more_likely_than_the_restricted_one(table, delta):
    x1, n1, x0, n0 = (np.array([float(each)]) for each in table)
    best = restricted_control_rate((x1, n1, x0, n0), np.array([delta]))
    rates = np.concatenate([best, np.linspace(max(0, -delta), min(1, 1 - delta), 400)])

    def log_likelihood(x, n, p):
        p = np.clip(p, 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, x * np.log(p), 0) + np.where(n > x, (n - x) * np.log1p(-p), 0)

    values = log_likelihood(x1, n1, rates + delta) + log_likelihood(x0, n0, rates)
    assert values[0] >= values[1:].max() - 1e-9


@FEW
@given(arms())
def test_the_interval_holds_the_estimate(table):
    for compare in [*DIFFERENCES, koopman, fisher_exact]:
        found = compare(*table)
        if not np.isnan(found.estimate):
            assert found.low - 1e-12 <= found.estimate <= found.high + 1e-12


@given(arms())
def test_the_exact_test_is_the_hypergeometric_tail(table):
    x1, n1, x0, n0 = table
    distribution = hypergeom(n1 + n0, x1 + x0, n1)
    chances = distribution.pmf(np.arange(n1 + 1))
    assert float(fisher_exact(*table).p_value) == pytest.approx(chances[x1:].sum(), rel=1e-9)
    assert float(fisher_two_sided(*table)) == pytest.approx(
        chances[chances <= chances[x1] * (1 + 1e-7)].sum(), rel=1e-9
    )


@FEW
@given(arms(20))
def test_the_two_one_sided_exact_tests_overlap_by_the_observed_table(table):
    x1, n1, x0, n0 = table
    other = float(fisher_exact(x0, n0, x1, n1).p_value)
    observed = hypergeom(n1 + n0, x1 + x0, n1).pmf(x1)
    assert float(fisher_exact(*table).p_value) + other == pytest.approx(1 + observed, rel=1e-9)


@given(st.lists(st.floats(-0.999, 0.999), min_size=1, max_size=6))
def test_both_root_finders_find_the_root(roots):
    at = np.array(roots)
    ends = np.ones(at.size)

    def function(x):
        return np.tanh(3 * (at - x)) + (at - x) ** 3

    def slope(x):
        return -3 / np.cosh(3 * (at - x)) ** 2 - 3 * (at - x) ** 2

    np.testing.assert_allclose(crossing(function, -ends, ends), at, atol=1e-14)
    np.testing.assert_allclose(
        decreasing_root(lambda x: (function(x), slope(x)), -ends, ends), at, atol=1e-12
    )

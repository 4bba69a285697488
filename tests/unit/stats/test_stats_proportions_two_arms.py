"""Two arms compared by proportions: tables at the edge, many tables at once, and what is refused."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.proportions.breslow_day import breslow_day
from remit.stats.proportions.fisher import fisher_exact, fisher_two_sided
from remit.stats.proportions.mantel_haenszel import (
    cochran_mantel_haenszel,
    common_odds_ratio,
    common_risk_difference,
)
from remit.stats.proportions.miettinen_nurminen import risk_difference, stratified_risk_difference
from remit.stats.proportions.newcombe import newcombe
from remit.stats.proportions.odds_ratio import odds_ratio
from remit.stats.proportions.relative_risk import koopman, relative_risk

PLAIN = [risk_difference, newcombe, odds_ratio, relative_risk, koopman, fisher_exact]
STRATIFIED = [
    stratified_risk_difference,
    cochran_mantel_haenszel,
    common_odds_ratio,
    common_risk_difference,
]
NUMBERS = ("estimate", "low", "high", "se", "z", "p_value")


def all_nan(found):
    return all(np.isnan(getattr(found, each)).all() for each in NUMBERS)


@pytest.mark.parametrize("compare", PLAIN)
def test_an_empty_arm_gives_nothing(compare):
    assert all_nan(compare(0, 0, 3, 5))
    assert all_nan(compare(3, 5, 0, 0))


@pytest.mark.parametrize("compare", STRATIFIED)
def test_strata_that_all_lack_an_arm_give_nothing(compare):
    assert all_nan(compare([3, 0], [5, 0], [0, 2], [0, 9]))


@pytest.mark.parametrize("compare", STRATIFIED)
def test_a_stratum_without_one_arm_adds_nothing(compare):
    alone = compare([9, 4], [20, 12], [5, 3], [19, 13])
    beside = compare([9, 4, 3], [20, 12, 5], [5, 3, 0], [19, 13, 0])
    for each in NUMBERS:
        np.testing.assert_array_equal(getattr(alone, each), getattr(beside, each))


@pytest.mark.parametrize("compare", PLAIN)
def test_a_missing_count_gives_nothing_and_leaves_its_neighbour_alone(compare):
    found = compare([np.nan, 9], [20, 20], [5, 5], [19, 19])
    alone = compare(9, 20, 5, 19)
    for each in NUMBERS:
        values = getattr(found, each)
        assert np.isnan(values[0])
        np.testing.assert_allclose(values[1], getattr(alone, each), rtol=1e-12)


@pytest.mark.parametrize("compare", STRATIFIED)
def test_a_missing_count_in_one_stratum_makes_the_result_unknown(compare):
    assert all_nan(compare([np.nan, 9], [20, 20], [5, 5], [19, 19]))


@pytest.mark.parametrize("compare", PLAIN)
def test_many_tables_are_the_tables_one_by_one(compare):
    rng = np.random.default_rng(5)
    n1, n0 = rng.integers(1, 60, (2, 3, 7))
    x1, x0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.2)
    together = compare(x1, n1, x0, n0)
    for place in np.ndindex(3, 7):
        alone = compare(x1[place], n1[place], x0[place], n0[place])
        for each in NUMBERS:
            np.testing.assert_allclose(
                getattr(together, each)[place], getattr(alone, each), rtol=1e-9, atol=1e-12
            )


@pytest.mark.parametrize("compare", STRATIFIED)
def test_many_sets_of_strata_are_the_sets_one_by_one(compare):
    rng = np.random.default_rng(6)
    n1, n0 = rng.integers(1, 60, (2, 2, 5, 3))
    x1, x0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.2)
    together = compare(x1, n1, x0, n0)
    for place in np.ndindex(2, 5):
        alone = compare(x1[place], n1[place], x0[place], n0[place])
        for each in NUMBERS:
            np.testing.assert_allclose(
                getattr(together, each)[place], getattr(alone, each), rtol=1e-9, atol=1e-12
            )


def test_nobody_responds_is_no_difference_with_an_interval():
    found = risk_difference(0, 10, 0, 10)
    assert (float(found.estimate), float(found.z), float(found.p_value)) == (0.0, 0.0, 0.5)
    assert found.low < 0 < found.high
    # The limit solves delta / sqrt(delta (1 - delta) / 10 * 20 / 19) = z.
    z = 1.959963984540054
    factor = z**2 * 2 / 19
    assert float(found.high) == pytest.approx(factor / (1 + factor), rel=1e-12)


def test_everybody_against_nobody_reaches_the_end_of_the_scale():
    assert float(risk_difference(10, 10, 0, 10).high) == 1.0
    assert float(risk_difference(0, 10, 10, 10).low) == -1.0
    assert float(koopman(10, 10, 0, 10).high) == np.inf
    assert float(koopman(0, 10, 10, 10).low) == 0.0
    exact = fisher_exact(10, 10, 0, 10)
    assert (float(exact.estimate), float(exact.high)) == (np.inf, np.inf)


def test_an_empty_cell_gives_a_ratio_without_an_error_unless_a_half_is_added():
    ratio = odds_ratio(5, 56, 0, 29)
    assert float(ratio.estimate) == np.inf
    assert np.isnan([ratio.se, ratio.z, ratio.low, ratio.high]).all()
    added = odds_ratio(5, 56, 0, 29, added=0.5)
    assert float(added.estimate) == pytest.approx(5.5 * 29.5 / (51.5 * 0.5))
    assert float(common_odds_ratio([5], [56], [0], [29]).estimate) == np.inf


def test_a_table_that_its_margins_fix_says_nothing():
    exact = fisher_exact(0, 10, 0, 20)
    assert (float(exact.p_value), float(exact.low), float(exact.high)) == (1.0, 0.0, np.inf)
    assert np.isnan(exact.estimate)
    assert float(fisher_two_sided(0, 10, 0, 20)) == 1.0
    assert np.isnan(cochran_mantel_haenszel([0, 3], [4, 3], [0, 5], [6, 5]).z)


def test_homogeneity_needs_two_strata_that_inform():
    assert np.isnan(breslow_day([3, 0], [9, 9], [2, 0], [8, 8]).p_value)
    assert np.isnan(breslow_day([9, 3], [9, 3], [2, 1], [8, 8]).p_value)
    assert float(breslow_day([3, 0, 4], [9, 9, 9], [2, 0, 1], [8, 8, 8]).degrees_of_freedom) == 1


def test_the_correction_for_continuity_does_not_cross_zero():
    assert float(cochran_mantel_haenszel([4], [9], [4], [10], continuity=True).z) == 0.0


def test_a_margin_makes_the_same_data_more_convincing():
    plain, margin = (risk_difference(40, 80, 42, 80, null=null) for null in (0.0, -0.2))
    assert margin.p_value < 0.05 < plain.p_value
    assert (float(margin.low), float(margin.estimate)) == (float(plain.low), float(plain.estimate))


@pytest.mark.parametrize("compare", PLAIN + STRATIFIED)
def test_impossible_counts_are_refused_and_all_are_named(compare):
    with pytest.raises(InputError) as refused:
        compare(np.array([11, 3]), np.array([10, 5]), np.array([2.5, 1]), np.array([10, 10]))
    text = str(refused.value)
    assert "2 problems found" in text
    assert "11 of 10" in text
    assert "2.5 of 10" in text
    assert "whole numbers" in text


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="shapes that broadcast to one"):
        risk_difference(np.array([1, 2]), np.array([5, 5, 5]), 1, 5)


@pytest.mark.parametrize("compare", STRATIFIED)
def test_strata_need_an_axis(compare):
    with pytest.raises(InputError, match="an axis of strata"):
        compare(1, 5, 2, 5)


def test_levels_nulls_and_weights_that_mean_nothing_are_refused():
    with pytest.raises(InputError, match="between 0 and 1"):
        newcombe(1, 5, 2, 5, level=95)
    with pytest.raises(InputError, match="a difference between -1 and 1"):
        risk_difference(1, 5, 2, 5, null=-10)
    with pytest.raises(InputError, match="mantel-haenszel or sample size"):
        stratified_risk_difference([1], [5], [2], [5], weights="inverse variance")
    with pytest.raises(InputError, match="at least 0"):
        odds_ratio(1, 5, 2, 5, added=-1)

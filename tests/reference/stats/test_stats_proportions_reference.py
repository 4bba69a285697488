"""Comparisons of two proportions against R, case by case, over 30 single tables and 30 sets of strata.

Standing: double programmed. ``proportions/make.R`` makes the numbers and says which function of which package
gave each, with licence; versions are in ``proportions/proportions.json``. Packages were run, not read.
For the score intervals (Miettinen-Nurminen, Koopman) and for the exact interval of the conditional odds ratio
none of these packages gives eight digits: the script profiles the likelihood by brute force with ``uniroot``.

Tolerance: 1e-8, relative or absolute, whichever is larger; only ``fisher.test`` itself
stops its search for the estimate at 1e-4.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from remit.stats.proportions.breslow_day import breslow_day
from remit.stats.proportions.clopper_pearson import exact_interval
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
from remit.stats.proportions.wilson import wilson_interval

FOUND = json.loads((Path(__file__).parent / "proportions" / "proportions.json").read_text())
SINGLE = [pytest.param(each, id="-".join(map(str, each["table"]))) for each in FOUND["single"]]
STRATA = [pytest.param(each, id=f"strata {place}") for place, each in enumerate(FOUND["strata"])]


def numbers(values):
    """Numbers of the file: R writes what is missing as NA and infinity as Inf."""
    return np.array(
        [np.nan if each == "NA" else float(each) for each in np.atleast_1d(np.array(values, object))]
    )


def agree(ours, theirs, tolerance=1e-8):
    np.testing.assert_allclose(np.array(ours, dtype=float), numbers(theirs), rtol=tolerance, atol=tolerance)


def strata_of(case):
    return [np.array(case[key]) for key in ("x_experimental", "n_experimental", "x_control", "n_control")]


def test_there_are_enough_cases():
    assert len(SINGLE) >= 30
    assert len(STRATA) >= 30


@pytest.mark.parametrize("case", SINGLE)
def test_intervals_of_one_proportion_are_those_of_binom_test_and_prop_test(case):
    x, n = case["table"][:2]
    exact, score = (f(np.array(x), np.array(n), case["level"]) for f in (exact_interval, wilson_interval))
    agree([exact.low, exact.high], case["clopper_pearson"])
    agree([score.low, score.high], case["wilson"])


@pytest.mark.parametrize("case", SINGLE)
def test_miettinen_nurminen_is_the_profiled_score(case):
    found = risk_difference(*case["table"], null=case["null"], level=case["level"])
    agree([found.low, found.high], case["miettinen_nurminen"])
    agree(found.z, case["miettinen_nurminen_z"])


@pytest.mark.parametrize("case", SINGLE)
def test_the_test_of_a_margin_is_that_of_farrington_and_manning_with_the_factor_of_the_variance(case):
    if case["farrington_manning_z"] == "NA":
        pytest.skip("rpact gives no statistic where the variance under the null hypothesis is zero")
    n = case["table"][1] + case["table"][3]
    found = risk_difference(*case["table"], null=case["null"])
    agree(found.z * np.sqrt(n / (n - 1)), case["farrington_manning_z"])


@pytest.mark.parametrize("case", SINGLE)
def test_newcombe_is_made_of_the_intervals_of_prop_test(case):
    found = newcombe(*case["table"], level=case["level"])
    agree([found.low, found.high], case["newcombe"])


@pytest.mark.parametrize("case", SINGLE)
def test_fisher_p_values_are_those_of_fisher_test(case):
    agree(fisher_exact(*case["table"]).p_value, case["fisher_greater"])
    agree(fisher_two_sided(*case["table"]), case["fisher_two_sided"])


@pytest.mark.parametrize("case", SINGLE)
def test_conditional_odds_ratio_and_its_exact_limits_agree(case):
    found = fisher_exact(*case["table"], level=case["level"])
    agree([found.estimate, found.low, found.high], case["conditional"])
    # fisher.test looks for the smaller of the ratio and its inverse, to 1e-4 of the unit.
    inside = np.isfinite(found.estimate) and found.estimate > 0
    if inside:
        theirs = case["fisher_test_estimate"]
        assert min(found.estimate, 1 / found.estimate) == pytest.approx(min(theirs, 1 / theirs), abs=1.3e-4)


@pytest.mark.parametrize("case", SINGLE)
def test_koopman_is_the_profiled_score_and_tests_like_pearson(case):
    found = koopman(*case["table"], level=case["level"])
    agree([found.low, found.high], case["koopman"])
    if case["pearson_z"] in {"NA", "NaN"}:
        assert found.z == 0
    else:
        agree(found.z, case["pearson_z"])


@pytest.mark.parametrize("case", SINGLE)
def test_wald_ratios_are_those_of_metafor(case):
    half_added = odds_ratio(*case["table"], added=0.5)
    agree([np.log(half_added.estimate), half_added.se**2], case["woolf_half_added"])
    ratio = relative_risk(*case["table"])
    if "NA" in case["katz"]:
        assert np.isnan(ratio.se)
    else:
        agree([np.log(ratio.estimate), ratio.se**2], case["katz"])


@pytest.mark.parametrize("case", STRATA)
def test_the_stratified_test_is_that_of_mantelhaen_test(case):
    counts = strata_of(case)
    agree(cochran_mantel_haenszel(*counts).z ** 2, case["cmh"])
    # mantelhaen.test leaves the correction out where it would change the sign; here it gives zero.
    corrected = cochran_mantel_haenszel(*counts, continuity=True).z ** 2
    if corrected > 0:
        agree(corrected, case["cmh_corrected"])


@pytest.mark.parametrize("case", STRATA)
def test_the_common_odds_ratio_is_that_of_mantelhaen_test(case):
    found = common_odds_ratio(*strata_of(case), level=case["level"])
    agree([found.estimate, found.low, found.high], case["odds_ratio"])
    agree(found.se, case["odds_ratio_log_se"])


@pytest.mark.parametrize("case", STRATA)
def test_the_common_risk_difference_is_that_of_metafor(case):
    found = common_risk_difference(*strata_of(case), level=case["level"])
    agree([found.estimate, found.se, found.low, found.high], case["risk_difference"])


@pytest.mark.parametrize("case", STRATA)
def test_homogeneity_is_that_of_metafor(case):
    found = breslow_day(*strata_of(case))
    agree(
        [found.breslow_day, found.tarone, found.p_value],
        [case[k] for k in ("breslow_day", "tarone", "tarone_p")],
    )


@pytest.mark.parametrize("weights", ["mantel-haenszel", "sample size"])
@pytest.mark.parametrize("case", STRATA)
def test_the_stratified_score_interval_is_the_profiled_one(case, weights):
    found = stratified_risk_difference(
        *strata_of(case), null=case["null"], level=case["level"], weights=weights
    )
    agree(
        [found.estimate, found.low, found.high, found.z],
        case[f"score_{weights.replace('-', '_').replace(' ', '_')}"],
    )
    assert found.p_value == pytest.approx(ndtr(-found.z), rel=1e-12)


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10, as printed.
PRINTED = {
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
    (0, 10, 0, 20): (-0.1611, 0.2775),
    (0, 10, 0, 10): (-0.2775, 0.2775),
    (10, 10, 0, 20): (0.6791, 1.0),
    (10, 10, 0, 10): (0.6075, 1.0),
}


@pytest.mark.parametrize("table", PRINTED)
def test_newcombe_is_his_table(table):
    found = newcombe(*table)
    assert (round(float(found.low), 4), round(float(found.high), 4)) == PRINTED[table]


def test_the_comparison_would_notice_a_variance_without_the_factor():
    case = FOUND["single"][0]
    assert abs(risk_difference(*case["table"]).z - case["farrington_manning_z"]) > 1e-3

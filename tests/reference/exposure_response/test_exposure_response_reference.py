"""Exposure-response models against R: fits, limits, predictions, goodness of fit, ratios of geometric means.

Standing: double programmed. ``make.R`` makes the data and runs glm, t.test, wilcox.test of R 4.2.2 and vcovHC
of sandwich for their output. Tolerance: 1e-7 relative, glm having stopped at a change of the deviance of
1e-13; of Emax and Firth, which optim maximises with numerical derivatives, 1e-5, and 1e-8 for the maximum
itself. The last case of Firth has a closed form: half a patient in each cell of the table.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from remit.stats.confidence_level import critical_value
from remit.stats.exposure_response import geometric
from remit.stats.exposure_response.forms import ec50_limits, fit_exposure, slope_limits
from remit.stats.exposure_response.goodness import agreement, calibration, discrimination
from remit.stats.exposure_response.logistic import Status, logistic
from remit.stats.exposure_response.prediction import curve, difference, fitted_probability
from remit.stats.exposure_response.profile import profile_limits

STORED = json.loads((Path(__file__).parent / "exposure_response.json").read_text())
LEVEL = STORED["level"]
EQUAL = {"rtol": 1e-7, "atol": 1e-9}
SEARCHED = {"rtol": 1e-5, "atol": 1e-6}


def of(data, theirs, tens=1.0):
    x, y = (np.array(data[name], dtype=float) for name in ("x", "y"))
    z = np.column_stack([data["region"], np.array(data["age"]) / tens]).astype(float)
    return x, y, z if theirs["adjusted"] else None


@pytest.fixture(
    params=STORED["logistic"], ids=lambda case: f"{case['data']} {case['form']} {case['adjusted']}"
)
def case(request):
    theirs = request.param
    x, y, z = of(STORED["data"][theirs["data"]], theirs)
    return theirs, x, y, z, fit_exposure(x, y, theirs["form"], z)


def test_coefficients_covariance_likelihood_and_aic(case):
    theirs, _, _, _, ours = case
    assert ours.fit.status is Status.CONVERGED
    np.testing.assert_allclose(ours.fit.coefficients, theirs["coefficients"], **EQUAL)
    # R takes the covariance one step before its last, which is off by the length of that step.
    np.testing.assert_allclose(ours.covariance, theirs["covariance"], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(
        [ours.fit.log_likelihood, ours.aic], [theirs["log_likelihood"], theirs["aic"]], **EQUAL
    )


def test_profile_limits_of_the_slope(case):
    theirs, x, y, z, ours = case
    found = slope_limits(ours, x, y, z, level=LEVEL)
    np.testing.assert_allclose([found.low, found.high], theirs["limits"], rtol=1e-6, atol=1e-7)


def test_probabilities_standardised_over_covariates_and_their_errors(case):
    theirs, _, _, z, ours = case
    found = curve(ours, np.array(theirs["at"]), z, level=LEVEL)
    np.testing.assert_allclose(found.probability, theirs["probability"], **EQUAL)
    half = (logit(found.high) - logit(found.low)) / 2 / critical_value(LEVEL)
    se = half * found.probability * (1 - found.probability)
    np.testing.assert_allclose(se, theirs["probability_se"], rtol=1e-6)
    if theirs["probability_low"]:
        np.testing.assert_allclose(found.low, theirs["probability_low"], rtol=1e-6)
        np.testing.assert_allclose(found.high, theirs["probability_high"], rtol=1e-6)
    change = difference(ours, theirs["at"][3], theirs["at"][2], z, level=LEVEL)
    np.testing.assert_allclose(change.value, theirs["difference"], rtol=1e-6, atol=1e-9)
    half = (change.high - change.low) / 2
    np.testing.assert_allclose(half, critical_value(LEVEL) * theirs["difference_se"], rtol=1e-6)


def test_hosmer_lemeshow_and_area_under_the_curve(case):
    theirs, x, y, z, ours = case
    p = fitted_probability(ours, x, z)
    found = agreement(y, p)
    np.testing.assert_allclose(
        [found.statistic, found.p_value], [theirs["hosmer_lemeshow"], theirs["hl_p"]], rtol=1e-6
    )
    np.testing.assert_allclose(discrimination(y, p), theirs["auc"], rtol=1e-10)


def test_frequency_weights_are_patients_repeated():
    theirs = STORED["weighted"]
    data = STORED["data"][theirs["data"]]
    x, y, w = (np.array(each, dtype=float) for each in (data["x"], data["y"], theirs["weight"]))
    ours = fit_exposure(x, y, "log-linear", weight=w)
    np.testing.assert_allclose(ours.fit.coefficients, theirs["coefficients"], **EQUAL)
    np.testing.assert_allclose(ours.covariance, theirs["covariance"], rtol=1e-6)
    repeated = fit_exposure(np.repeat(x, w.astype(int)), np.repeat(y, w.astype(int)), "log-linear")
    np.testing.assert_allclose(ours.fit.coefficients, repeated.fit.coefficients, rtol=1e-9)


@pytest.mark.parametrize("theirs", STORED["emax"], ids=lambda case: f"{case['data']} {case['adjusted']}")
def test_emax_model_on_the_log_odds(theirs):
    x, y, z = of(STORED["emax_data"][theirs["data"]], theirs, tens=10.0)
    ours = fit_exposure(x, y, "Emax", z)
    np.testing.assert_allclose(ours.fit.log_likelihood, theirs["log_likelihood"], rtol=1e-10)
    assert ours.fit.log_likelihood >= theirs["log_likelihood"] - 1e-8
    np.testing.assert_allclose(ours.ec50, theirs["ec50"], **SEARCHED)
    np.testing.assert_allclose(ours.fit.coefficients, theirs["coefficients"], **SEARCHED)
    # R has ln EC50 last, and so have we.
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs["se"], rtol=1e-4)
    found = ec50_limits(ours, x, y, z, level=LEVEL)
    np.testing.assert_allclose(
        [found.low, found.high], [theirs["ec50_low"], float(theirs["ec50_high"])], rtol=1e-5
    )


@pytest.mark.parametrize("theirs", STORED["firth"])
def test_penalty_of_firth_with_limits_of_the_penalised_likelihood(theirs):
    x, y = np.array(theirs["x"], dtype=float), np.array(theirs["y"])
    design = np.column_stack([np.ones(y.size), x])
    ours = logistic(design, y, firth=True)
    np.testing.assert_allclose(ours.penalised, theirs["penalised"], rtol=1e-8)
    np.testing.assert_allclose(ours.coefficients, theirs["coefficients"], **SEARCHED)
    found = profile_limits(ours, design, y, theirs["place"] - 1)
    np.testing.assert_allclose([found.low, found.high], [theirs["low"], theirs["high"]], **SEARCHED)


def test_penalty_of_firth_in_a_table_of_four_is_half_a_patient_in_each_cell():
    theirs = STORED["firth"][-1]
    y = np.array(theirs["y"])
    ours = logistic(np.column_stack([np.ones(y.size), np.ravel(theirs["x"])]), y, firth=True)
    first, second = np.log(0.5 / 12.5), np.log(4.5 / 5.5)
    np.testing.assert_allclose(ours.coefficients, [first, second - first], rtol=1e-9)


@pytest.mark.parametrize("theirs", STORED["geometric"])
def test_ratios_of_geometric_means(theirs):
    data = STORED["data"][theirs["data"]]
    x, region, age = (np.array(data[name], dtype=float) for name in ("x", "region", "age"))
    crude = geometric.geometric_mean_ratio(x, region == 1, region == 0)
    np.testing.assert_allclose(
        [crude.value, crude.low, crude.high], [theirs["ratio"], theirs["low"], theirs["high"]], rtol=1e-9
    )
    ours = geometric.adjusted_ratios(x, np.column_stack([region, age > 67]).astype(float))
    for name, key in (("value", "adjusted"), ("low", "adjusted_low"), ("high", "adjusted_high")):
        np.testing.assert_allclose([getattr(each, name) for each in ours.ratios], theirs[key], rtol=1e-9)
    half = x.size // 2
    pair = geometric.paired_ratio(x[:half], x[::-1][:half])
    wanted = [theirs["paired"], theirs["paired_low"], theirs["paired_high"]]
    np.testing.assert_allclose([pair.value, pair.low, pair.high], wanted, rtol=1e-9)


def test_calibration_of_a_model_on_other_patients():
    theirs = STORED["calibration"]
    y = np.array(STORED["data"][theirs["data"]]["y"])
    ours = calibration(y, np.array(theirs["probability"]), level=LEVEL)
    for found, name in ((ours.intercept, "intercept"), (ours.slope, "slope")):
        half = (found.high - found.low) / 2 / critical_value(LEVEL)
        np.testing.assert_allclose([found.value, half], [theirs[name], theirs[f"{name}_se"]], rtol=1e-6)

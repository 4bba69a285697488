"""What exposure-response models do where data are plain, thin, separated or wrong.

Standing: developer. Numbers are closed forms: a saturated model of a two-by-two table has the log odds ratio
as its coefficient. Comparison with R is in ``tests/reference/exposure_response``.
"""

import numpy as np
import pytest
from scipy.special import expit, logit

from remit.errors import InputError
from remit.stats.exposure_response.forms import ec50_limits, fit_exposure, slope_limits
from remit.stats.exposure_response.goodness import agreement, calibration, discrimination, exposure_bins
from remit.stats.exposure_response.logistic import Status, logistic
from remit.stats.exposure_response.prediction import Curve, curve, difference, fitted_probability
from remit.stats.exposure_response.profile import profile_limits
from remit.stats.exposure_response.separation import is_separated
from remit.stats.exposure_response.window import therapeutic_window

SEPARATED_X = np.array([0.2, 0.3, 0.5, 0.6, 0.8, 1.1, 1.3, 1.6, 2.0, 2.2])
SEPARATED_Y = SEPARATED_X > 1


def sample(n=2000, seed=1, slope=1.0, spread=0.5):
    rng = np.random.default_rng(seed)
    x = np.exp(rng.normal(0, spread, n))
    return x, rng.random(n) < expit(-0.3 + slope * np.log(x))


def two_by_two(a, b, c, d):
    group = np.repeat([0.0, 1.0], [a + b, c + d])
    return np.column_stack([np.ones(group.size), group]), np.repeat([1, 0, 1, 0], [a, b, c, d])


def test_coefficient_of_a_two_by_two_table_is_its_log_odds_ratio():
    design, y = two_by_two(10, 30, 25, 15)
    fit = logistic(design, y)
    np.testing.assert_allclose(
        fit.coefficients, [np.log(10 / 30), np.log(25 / 15) - np.log(10 / 30)], rtol=1e-10
    )
    np.testing.assert_allclose(fit.se[1], np.sqrt(1 / 10 + 1 / 30 + 1 / 25 + 1 / 15), rtol=1e-10)


def test_units_of_exposure_scale_the_slope_and_leave_probabilities():
    x, y = sample(400)
    one, other = fit_exposure(x, y, "linear"), fit_exposure(1000 * x, y, "linear")
    np.testing.assert_allclose(other.fit.coefficients[1] * 1000, one.fit.coefficients[1], rtol=1e-8)
    np.testing.assert_allclose(fitted_probability(other, 1000 * x), fitted_probability(one, x), rtol=1e-8)
    emax, wide = fit_exposure(x, y, "Emax"), fit_exposure(1000 * x, y, "Emax")
    assert wide.fit.status is emax.fit.status


def test_separated_responses_have_no_estimate_and_firth_gives_one():
    fit = fit_exposure(SEPARATED_X, SEPARATED_Y, "log-linear")
    assert fit.fit.status is Status.SEPARATED
    assert np.isnan(fit.fit.coefficients).all()
    assert "separate" in fit.reason
    assert np.isnan(slope_limits(fit, SEPARATED_X, SEPARATED_Y).low)
    assert np.isnan(curve(fit, np.array([1.0])).probability).all()
    penalised = fit_exposure(SEPARATED_X, SEPARATED_Y, "log-linear", firth=True)
    assert penalised.fit.status is Status.CONVERGED
    assert 0 < penalised.fit.coefficients[1] < 20


@pytest.mark.parametrize("ties", [0.0, 1.0])
def test_separation_is_seen_with_and_without_ties_at_the_border(ties):
    x = np.array([1.0, 2.0, 3.0, 3.0, 4.0])
    y = np.array([0, 0, ties, 1, 1]) == 1
    assert is_separated(np.column_stack([np.ones(5), x]), y)
    assert logistic(np.column_stack([np.ones(5), x]), y).status is Status.SEPARATED


def test_overlapping_responses_are_not_called_separated():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    y = np.array([False, True, False, True])
    assert not is_separated(np.column_stack([np.ones(4), x]), y)
    assert logistic(np.column_stack([np.ones(4), x]), y).status is Status.CONVERGED


def test_a_penalty_of_firth_vanishes_with_many_patients():
    x, y = sample(20_000)
    plain, firth = (fit_exposure(x, y, "log-linear", firth=each).fit for each in (False, True))
    assert np.abs((plain.coefficients - firth.coefficients) / plain.se).max() < 0.02


def test_everyone_with_one_outcome_or_one_exposure_gives_no_estimate():
    x, _ = sample(30)
    assert fit_exposure(x, np.ones(30), "linear").fit.status is Status.ONE_OUTCOME
    assert fit_exposure(x, np.zeros(30), "Emax").fit.status is Status.ONE_OUTCOME
    assert fit_exposure(np.ones(30), np.arange(30) % 2, "linear").fit.status is Status.NOT_IDENTIFIED
    assert fit_exposure(np.ones(30), np.arange(30) % 2, "Emax").fit.status is Status.NOT_IDENTIFIED


def test_an_exposure_of_zero_has_no_logarithm_but_the_other_forms_take_it():
    x, y = sample(200)
    x = np.concatenate([np.zeros(40), x])
    y = np.concatenate([np.zeros(40), y])
    assert fit_exposure(x, y, "log-linear").fit.status is Status.NOT_DEFINED
    assert fit_exposure(x, y, "linear").fit.status is Status.CONVERGED


def test_emax_without_curvature_says_so_and_keeps_its_likelihood():
    rng = np.random.default_rng(8)
    x = rng.uniform(0.0, 3.0, 1000)
    y = rng.random(1000) < expit(-3 + 0.8 * x**2)
    fit = fit_exposure(x, y, "Emax")
    assert fit.fit.status is Status.NO_CURVATURE
    assert np.isnan(fit.ec50)
    assert np.isfinite(fit.aic)
    assert np.isnan(ec50_limits(fit, x, y).low)


def test_emax_finds_the_ec50_that_made_the_data():
    rng = np.random.default_rng(11)
    x = np.exp(rng.normal(0, 1.3, 6000))
    y = rng.random(6000) < expit(-1.5 + 4 * x / (0.6 + x))
    fit = fit_exposure(x, y, "Emax")
    limits = ec50_limits(fit, x, y, level=0.9999)
    assert limits.low < 0.6 < limits.high
    assert abs(np.log(fit.ec50 / 0.6)) < 4 * np.sqrt(fit.covariance[2, 2])


def test_limits_of_the_profile_hold_their_level():
    # 150 data sets of 120 patients; the share that holds the truth is within four standard errors of 0.9.
    truth, held = 1.0, 0
    for seed in range(150):
        x, y = sample(120, seed=seed + 100, slope=truth)
        found = slope_limits(fit_exposure(x, y, "log-linear"), x, y, level=0.9)
        held += found.low <= truth <= found.high
    assert abs(held / 150 - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 150)


def test_profile_limits_are_where_the_likelihood_ratio_is_the_quantile():
    x, y = sample(80)
    design = np.column_stack([np.ones(80), np.log(x)])
    fit = logistic(design, y)
    found = profile_limits(fit, design, y, 1)
    for limit in (found.low, found.high):
        eta = limit * np.log(x)
        best = max(
            -np.logaddexp(0, np.where(y, -(a + eta), a + eta)).sum() for a in np.linspace(-2, 2, 20_001)
        )
        assert 2 * (fit.log_likelihood - best) == pytest.approx(3.841459, abs=1e-4)


def test_standardised_probability_at_the_exposures_seen_reproduces_the_observed_share():
    x, y = sample(500)
    z = np.random.default_rng(3).normal(size=(500, 2))
    fit = fit_exposure(x, y, "log-linear", z)
    assert fitted_probability(fit, x, z).mean() == pytest.approx(y.mean(), rel=1e-9)
    change = difference(fit, 2.0, 1.0, z)
    both = curve(fit, np.array([1.0, 2.0]), z)
    assert change.value == pytest.approx(both.probability[1] - both.probability[0], rel=1e-12)
    assert change.low < change.value < change.high


def test_covariates_of_a_model_must_be_given_to_its_curve():
    x, y = sample(100)
    fit = fit_exposure(x, y, "linear", np.random.default_rng(3).normal(size=(100, 1)))
    with pytest.raises(InputError, match="1 columns of covariates"):
        curve(fit, x)


def test_bins_are_of_equal_size_and_hold_exact_limits():
    x, y = sample(103)
    bins = exposure_bins(x, y, np.full(103, 0.5), n_bins=4)
    assert bins.n.sum() == 103
    assert bins.n.max() - bins.n.min() <= 1
    assert (bins.from_[1:] > bins.to[:-1]).all()
    assert ((bins.low <= bins.observed) & (bins.observed <= bins.high)).all()
    np.testing.assert_allclose(bins.expected, 0.5)


def test_equal_exposures_stay_in_one_bin():
    x = np.repeat([1.0, 2.0], [90, 10])
    bins = exposure_bins(x, np.arange(100) % 3 == 0, n_bins=4)
    assert bins.n.tolist() == [90, 10]


def test_calibration_in_the_data_of_a_model_is_perfect_and_elsewhere_shows_what_is_wrong():
    x, y = sample(2000)
    p = fitted_probability(fit_exposure(x, y, "log-linear"), x)
    own = calibration(y, p)
    assert own.intercept.value == pytest.approx(0.0, abs=1e-8)
    assert own.slope.value == pytest.approx(1.0, abs=1e-8)
    shifted = calibration(y, expit(logit(p) - 1.0))
    assert shifted.intercept.value == pytest.approx(1.0, abs=1e-8)
    doubled = calibration(y, expit(2 * logit(p)))
    assert doubled.slope.value == pytest.approx(0.5, abs=1e-8)
    assert np.isnan(calibration(y, np.ones(2000)).slope.value)


def test_lack_of_fit_is_found_where_there_is_some_and_not_in_three_bins_too_few():
    rng = np.random.default_rng(2)
    x = rng.uniform(0.1, 3, 4000)
    y = rng.random(4000) < np.where((x > 1) & (x < 2), 0.8, 0.2)
    p = fitted_probability(fit_exposure(x, y, "linear"), x)
    assert agreement(y, p).p_value < 1e-6
    assert np.isnan(agreement(y, np.full(4000, 0.4)).p_value)
    assert discrimination(y, np.full(4000, 0.4)) == 0.5
    assert discrimination(y, y.astype(float)) == 1.0


def test_a_window_is_found_not_told_or_not_there():
    grid = np.linspace(0.2, 4, 100)
    benefit, harm = expit(2 * np.log(grid)), expit(-2 + 1.5 * np.log(grid))

    def at(p, half):
        return Curve(grid, p, expit(logit(p) - half), expit(logit(p) + half))

    found = therapeutic_window(at(benefit, 0.1), at(harm, 0.1), 0.5, 0.3)
    assert found.verdict == "met"
    assert found.low == pytest.approx(1.0, abs=0.04)
    assert found.high == pytest.approx(np.exp((2 + logit(0.3)) / 1.5), abs=0.04)
    assert found.low < found.sure_low < found.sure_high < found.high
    assert not found.is_open_below and not found.is_open_above
    assert therapeutic_window(at(benefit, 3.0), at(harm, 3.0), 0.5, 0.3).verdict == "cannot tell"
    assert therapeutic_window(at(benefit, 0.1), at(harm, 0.1), 0.9, 0.1).verdict == "not met"


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: logistic(np.ones((3, 1)), [0, 1]), "one row per patient"),
        (lambda: logistic([[1.0], [np.nan]], [0, 1]), "not finite"),
        (lambda: logistic(np.ones((2, 1)), [0, 2]), "0 or 1"),
        (lambda: logistic(np.ones((2, 1)), [0, 1], [1.0, 0.0]), "above 0"),
        (lambda: fit_exposure([-1.0, 1.0], [0, 1], "linear"), "at least 0"),
        (lambda: fit_exposure([1.0, 2.0], [0, 1], "Emax", firth=True), "Emax"),
        (lambda: fit_exposure([1.0, 2.0], [0, 1], "linear", np.ones((3, 1))), "one row per patient"),
        (lambda: exposure_bins([1.0], [True], n_bins=0), "at least one bin"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(call, complaint):
    with pytest.raises(InputError, match=complaint):
        call()

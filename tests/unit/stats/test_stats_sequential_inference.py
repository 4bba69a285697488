"""Conditional and predictive power, and the looks they start from.

Standing: closed forms with one look ahead, and brute force that shares nothing with the code: averages of
conditional power by Gauss and Hermite's quadrature, bivariate normal probabilities of scipy
(to 1e-9).
"""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from remit.errors import InputError
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.conditional import (
    FLAT,
    DriftPrior,
    conditional_error,
    conditional_exits,
    conditional_power,
    current_trend,
    predictive_exits,
    predictive_power,
    rest_of_trial,
)
from remit.stats.sequential.design import design
from remit.stats.sequential.drift_mixture import DriftMixture, mixture_power, points, posterior_weights
from remit.stats.sequential.looks import Stop, after, check_stop, looks, of_design
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import power

INFORMATION = np.array([30.0, 60.0, 80.0])
UPPER = np.array([3.0, 2.4, 2.05])
LOWER = np.array([-0.5, 0.6, 2.05])
WHOLE = looks(INFORMATION, UPPER, LOWER)


def brute(ahead, z, now, drift):
    """Probability of crossing at the first or, between the bounds, at the second of two looks ahead."""
    gained = ahead.information - now
    mean = z * np.sqrt(now) + drift * gained
    high, low = (b * np.sqrt(ahead.information) for b in (ahead.upper, ahead.lower))
    first = ndtr((mean[0] - high[0]) / np.sqrt(gained[0]))
    both = multivariate_normal([mean[0], -mean[1]], [[gained[0], -gained[0]], [-gained[0], gained[1]]])
    second = both.cdf([high[0], -high[1]], rng=1) - both.cdf([low[0], -high[1]], rng=1)
    return first + second


@pytest.mark.parametrize("z", [-1.0, 0.0, 1.3, 2.6])
def test_conditional_power_with_one_look_ahead_is_the_closed_form(z):
    ahead, now, drift = after(WHOLE, 2), 60.0, 0.25
    score = z * np.sqrt(60)
    expected = ndtr((score - 2.05 * np.sqrt(80) + drift * 20) / np.sqrt(20))
    assert conditional_power(ahead, z, now, drift) == pytest.approx(expected, rel=1e-13)
    trend = ndtr((score - 2.05 * np.sqrt(80) + z / np.sqrt(60) * 20) / np.sqrt(20))
    assert conditional_power(ahead, z, now, current_trend(z, now)) == pytest.approx(trend, rel=1e-13)


@pytest.mark.parametrize(("z", "drift"), [(0.3, 0.0), (1.1, 0.3), (2.5, 0.1), (-0.4, 0.5)])
def test_conditional_power_with_two_looks_ahead_is_the_bivariate_normal_probability(z, drift):
    found = conditional_power(after(WHOLE, 1), z, 30.0, drift)
    assert found == pytest.approx(brute(after(WHOLE, 1), z, 30.0, drift), abs=1e-8)


def test_conditional_power_before_the_first_patient_is_the_power_of_the_design():
    made = design(Plan(fractions=(0.4, 0.7, 1.0), futility=(0.0, 0.5)))
    for drift in (0.0, 1.5, made.drift):
        found = conditional_power(of_design(made), 0.0, 0.0, drift)
        assert found == pytest.approx(float(power(made, drift)[0]), rel=1e-11)


def test_conditional_power_averages_to_the_power_of_the_rest():
    """Over all that a first look without bounds may be, its mean is the power at the end."""
    fixed = looks([30.0, 80.0], [np.inf, 1.96])
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    drift = 0.2
    found = (
        weight @ conditional_power(after(fixed, 1), z + drift * np.sqrt(30), 30.0, drift) / np.sqrt(2 * np.pi)
    )
    assert found == pytest.approx(float(ndtr(drift * np.sqrt(80) - 1.96)), abs=1e-10)


def test_conditional_power_is_of_the_shape_of_its_arguments_and_keeps_nan():
    for ahead, now in ((after(WHOLE, 1), 30.0), (after(WHOLE, 2), 60.0)):
        found = conditional_power(ahead, np.array([[0.5], [np.nan]]), now, np.array([0.0, 0.1, 0.2]))
        assert found.shape == (2, 3)
        assert np.isnan(found[1]).all()
        assert (np.diff(found[0]) > 0).all()


def test_the_rest_of_the_trial_is_a_trial_with_the_same_power():
    rest = rest_of_trial(after(WHOLE, 1), 1.2, 30.0)
    found = conditional_power(rest, 0.0, 0.0, 0.2)
    assert found == pytest.approx(float(conditional_power(after(WHOLE, 1), 1.2, 30.0, 0.2)), rel=1e-12)


def test_conditional_error_counts_on_binding_bounds_only():
    ahead = after(WHOLE, 1)
    without = looks(ahead.information, ahead.upper)
    assert conditional_error(ahead, 1.0, 30.0) == conditional_power(without, 1.0, 30.0, 0.0)
    binding = looks(ahead.information, ahead.upper, ahead.lower, binding=True)
    assert conditional_error(binding, 1.0, 30.0) == conditional_power(ahead, 1.0, 30.0, 0.0)
    assert conditional_error(binding, 1.0, 30.0) < conditional_error(ahead, 1.0, 30.0)


def test_conditional_error_averages_to_what_is_left_to_spend():
    """The mean, where the first look does not stop, is the error of the looks after it."""
    made = design(Plan(fractions=(0.5, 1.0)))
    z, weight = np.polynomial.legendre.leggauss(200)
    low, high = -10.0, float(made.upper[0])
    z, weight = (low + high) / 2 + (high - low) / 2 * z, (high - low) / 2 * weight
    mass = weight * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    error = conditional_error(after(of_design(made), 1), z, 0.5)
    assert mass @ error == pytest.approx(0.025 - made.alpha_spent[0], rel=1e-10)


@pytest.mark.parametrize("z", [-0.5, 1.0, 2.2])
def test_predictive_power_with_a_flat_prior_is_the_closed_form(z):
    share = 60 / 80
    expected = ndtr((z - 2.05 * np.sqrt(share)) / np.sqrt(1 - share))
    assert predictive_power(after(WHOLE, 2), z, 60.0) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("prior", [FLAT, DriftPrior(0.2, 0.15)])
def test_looks_without_lower_bounds_have_a_predictive_power(prior):
    open_below, far_below = (looks(INFORMATION, UPPER, low) for low in (None, np.array([-30.0, -30.0, 2.05])))
    ahead = [predictive_power(after(each, 1), 0.8, 30.0, prior) for each in (open_below, far_below)]
    assert ahead[0] == pytest.approx(float(ahead[1]), rel=1e-10)


@pytest.mark.parametrize("prior", [FLAT, DriftPrior(0.2, 0.1), DriftPrior(-0.1, 0.4)])
@pytest.mark.parametrize("look", [1, 2])
def test_predictive_power_is_the_average_of_conditional_power(prior, look):
    ahead, now, z = after(WHOLE, look), float(INFORMATION[look - 1]), 1.4
    precision = prior.sd**-2 + now
    mean = (z * np.sqrt(now) + (prior.mean * prior.sd**-2 if np.isfinite(prior.sd) else 0.0)) / precision
    at, weight = np.polynomial.hermite_e.hermegauss(40)
    each = conditional_power(ahead, z, now, mean + at / np.sqrt(precision))
    expected = weight @ each / np.sqrt(2 * np.pi)
    assert predictive_power(ahead, z, now, prior) == pytest.approx(expected, abs=1e-9)


def test_a_sharp_prior_gives_conditional_power_and_a_prior_alone_the_assurance():
    ahead = after(WHOLE, 1)
    sharp = predictive_power(ahead, 1.0, 30.0, DriftPrior(0.25, 1e-9))
    assert sharp == pytest.approx(float(conditional_power(ahead, 1.0, 30.0, 0.25)), rel=1e-12)
    at, weight = np.polynomial.hermite_e.hermegauss(40)
    assurance = weight @ conditional_power(WHOLE, 0.0, 0.0, 0.2 + 0.15 * at) / np.sqrt(2 * np.pi)
    assert predictive_power(WHOLE, 0.0, 0.0, DriftPrior(0.2, 0.15)) == pytest.approx(assurance, abs=1e-9)


def test_probabilities_of_leaving_add_up():
    for found in (
        conditional_exits(after(WHOLE, 1), 0.8, 30.0, 0.1),
        predictive_exits(after(WHOLE, 1), 0.8, 30.0),
    ):
        # Upper and lower bound of the last look are one.
        assert found.stays == pytest.approx(0, abs=1e-12)
    assert np.isnan(predictive_power(after(WHOLE, 1), np.nan, 30.0))


def test_weights_of_a_mixture_follow_bayes_rule():
    mixture = DriftMixture((0.3, 0.5, 0.2), (DriftPrior(0, 0.0), DriftPrior(0.3, 0.0), DriftPrior(0.3, 0.2)))
    z, now = np.array([-1.0, 1.5, 40.0]), 30.0
    mean, sd = np.array([0, 0.3, 0.3]) * np.sqrt(30), np.sqrt([1, 1, 1 + 0.04 * 30])
    density = np.exp(-0.5 * ((z[:2, None] - mean) / sd) ** 2) / sd * mixture.weights
    found = posterior_weights(mixture, z, now)
    np.testing.assert_allclose(found[:2], density / density.sum(axis=1, keepdims=True), rtol=1e-12)
    # Far from every component the widest has all.
    np.testing.assert_allclose(found[2], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(posterior_weights(mixture, 0.0, 0.0), mixture.weights, rtol=1e-14)


def test_power_of_a_mixture_is_the_average_over_its_components():
    ahead, z, now = after(WHOLE, 1), 1.2, 30.0
    two = points((0.4, 0.6), (0.0, 0.3))
    weight = posterior_weights(two, z, now)
    expected = weight @ [float(conditional_power(ahead, z, now, each)) for each in (0.0, 0.3)]
    assert mixture_power(ahead, z, now, two) == pytest.approx(expected, rel=1e-12)
    one = DriftMixture((1.0,), (DriftPrior(0.1, 0.2),))
    assert mixture_power(ahead, z, now, one) == pytest.approx(
        float(predictive_power(ahead, z, now, DriftPrior(0.1, 0.2))), rel=1e-12
    )
    # A fine mixture of points is the normal prior that it follows.
    at, mass = np.polynomial.hermite_e.hermegauss(80)
    fine = points(tuple(mass / mass.sum()), tuple(0.1 + 0.2 * at))
    assert mixture_power(ahead, z, now, fine) == pytest.approx(
        float(mixture_power(ahead, z, now, one)), abs=1e-8
    )
    assert mixture_power(ahead, np.zeros((2, 3)), now, two).shape == (2, 3)


def test_looks_of_designs_count_on_what_their_bounds_counted_on():
    open_ = of_design(design(Plan(fractions=(0.5, 1.0), futility=(0.2,))), 50.0)
    np.testing.assert_allclose(open_.information, [25, 50])
    assert open_.lower[0] == 0.2
    assert (open_.counted == -np.inf).all()
    binding = of_design(design(Plan(fractions=(0.5, 1.0), futility=(0.2,), binding=True)))
    assert binding.counted[0] == 0.2
    both = of_design(design(Plan(fractions=(0.5, 1.0), sides=2)))
    np.testing.assert_array_equal(both.counted, -both.upper)
    harm = of_design(design(Plan(fractions=(0.5, 1.0), harm=Boundary("lan-demets-pocock"))))
    assert np.isfinite(harm.lower[0])
    assert (harm.counted == -np.inf).all()


def test_conditional_power_where_the_current_trend_is_the_bound_is_one_half():
    z = 2.05 * np.sqrt(60 / 80)
    assert conditional_power(after(WHOLE, 2), z, 60.0, current_trend(z, 60.0)) == pytest.approx(
        0.5, abs=1e-12
    )
    assert float(ndtri(0.5)) == 0


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: conditional_power(after(WHOLE, 1), 1.0, 60.0, 0.0), ["now"]),
        (lambda: conditional_power(after(WHOLE, 3), 1.0, 80.0, 0.0), ["ahead"]),
        (lambda: predictive_power(after(WHOLE, 1), 1.0, 0.0), ["prior"]),
        (lambda: predictive_power(after(WHOLE, 1), 1.0, -1.0, DriftPrior(np.nan, 0)), ["now", "prior"]),
        (lambda: looks([1.0, 1.0], [2.0, np.nan], [3.0]), ["information", "upper", "lower"]),
        (lambda: looks([1.0, 2.0], [1.0, 2.0], [0.0, 3.0]), ["lower"]),
        (lambda: check_stop(WHOLE, Stop(4, np.nan)), ["look", "z"]),
        (lambda: check_stop(WHOLE, Stop(2, 1.0, 29.0)), ["information"]),
        (lambda: of_design(design(Plan(fractions=(1.0,))), 0.0), ["maximum"]),
        (
            lambda: points((0.5, 0.6), (0.0, 0.1)) and posterior_weights(points((0.5, 0.6), (0, 1)), 1, 1),
            ["weights"],
        ),
        (lambda: posterior_weights(DriftMixture((1.0,), (FLAT,)), 1.0, -2.0), ["component 1", "now"]),
        (lambda: posterior_weights(DriftMixture((), ()), 1.0, 1.0), ["weights"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_every_finding(call, names):
    with pytest.raises(InputError) as caught:
        call()
    assert [each.where for each in caught.value.findings] == names

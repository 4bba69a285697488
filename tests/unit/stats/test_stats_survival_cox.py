"""Cox regression by hand: small likelihoods, ties, what has no maximum, bad input."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.survival.cox import Status, cox, hazard_ratio
from remit.stats.survival.cox_rows import hazard_ratios

EIGHT = np.arange(1.0, 9.0)
ALL = np.ones(8, dtype=bool)


def test_one_event_in_each_arm_by_hand():
    # A control has the event among 2 controls and 2 treated, then a treated among 1 control and 2 treated.
    # With the ratio r the likelihood 1 / (2 + 2 r) * r / (1 + 2 r) has its maximum where 1 = 2 r^2.
    fit = cox([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [0, 1, 0, 1])
    r = 1 / np.sqrt(2)
    np.testing.assert_allclose(np.exp(fit.coefficients), r, rtol=1e-10)
    np.testing.assert_allclose(fit.log_likelihood, np.log(r) - np.log(2 + 2 * r) - np.log(1 + 2 * r))
    np.testing.assert_allclose(fit.information, r / (1 + r) ** 2 + 2 * r / (1 + 2 * r) ** 2)


def test_two_tied_events_by_hand():
    # Two of four have the event at once, one in each arm; with r the ratio the risk set weighs 2 + 2 r.
    time, event, arm = [1.0, 1.0, 2.0, 2.0], [1, 1, 0, 0], [0, 1, 0, 1]
    breslow, efron = (cox(time, event, arm, ties=ties) for ties in ("breslow", "efron"))
    np.testing.assert_allclose(breslow.null_log_likelihood, -2 * np.log(4))
    np.testing.assert_allclose(efron.null_log_likelihood, -np.log(4) - np.log(4 - 1))
    np.testing.assert_allclose([breslow.coefficients, efron.coefficients], 0, atol=1e-12)


def test_rows_of_one_event_and_of_none():
    found = hazard_ratios([[1.0, 2, 3], [1, 2, 3]], [[1, 1, 0], [0, 0, 0]], [0, 1, 0])
    # r / ((2 + r)(1 + r)) has its maximum at the square root of 2.
    np.testing.assert_allclose(found.estimate, [np.sqrt(2), np.nan], rtol=1e-9)
    assert np.isnan(found.p_value[1])


@pytest.mark.parametrize(("arm", "limit"), [(EIGHT > 4, 0.0), (EIGHT < 5, np.inf)])
def test_arms_that_are_apart_have_an_infinite_log_hazard_ratio(arm, limit):
    fit, found = cox(EIGHT, ALL, arm), hazard_ratio(EIGHT, ALL, arm)
    assert fit.status is Status.INFINITE
    assert found.estimate == limit
    assert np.isnan([found.low, found.high, found.se, found.z, found.p_value]).all()
    assert np.isnan(fit.wald.p_value)
    # The likelihood has a limit, and the score is at zero: both tests stand.
    assert fit.likelihood_ratio.p_value < 0.01
    assert fit.score.p_value < 0.01
    rows = hazard_ratios(EIGHT[None], ALL[None], arm)
    assert rows.estimate[0] == limit
    assert np.isnan(rows.high[0])


def test_a_group_without_events_beside_a_covariate_that_is_estimated():
    random = np.random.default_rng(3)
    group, marker = np.arange(60) % 3 == 0, random.normal(size=60)
    time, event = random.exponential(1, 60), (random.random(60) < 0.7) & ~group
    fit = cox(time, event, np.column_stack([group, marker]))
    assert fit.status is Status.INFINITE
    assert fit.coefficients[0] == -np.inf
    # The other is as if the group, which then has no hazard, were not there.
    alone = cox(time[~group], event[~group], marker[~group])
    np.testing.assert_allclose(fit.coefficients[1], alone.coefficients[0], rtol=1e-6)
    np.testing.assert_allclose(fit.se[1], alone.se[0], rtol=1e-6)
    np.testing.assert_allclose(fit.log_likelihood, alone.log_likelihood, rtol=1e-9)


def test_events_in_the_order_of_a_sum_of_covariates_are_found_to_be_monotone():
    random = np.random.default_rng(5)
    x = random.normal(size=(30, 2))
    time = 10 - x.sum(axis=1)
    fit = cox(time - time.min(), np.ones(30), x)
    assert fit.status is Status.INFINITE
    assert (fit.coefficients == np.inf).all()


def test_a_large_finite_maximum_is_not_taken_for_an_infinite_one():
    # The one event out of order keeps the ratio finite, however small.
    time = np.arange(1.0, 201.0)
    arm = time > 100
    arm[0] = True
    fit = cox(time, np.ones(200), arm)
    assert fit.status is Status.CONVERGED
    assert -10 < fit.coefficients[0] < -3


@pytest.mark.parametrize(
    ("covariates", "strata"),
    [
        (np.column_stack([EIGHT, 2 * EIGHT + 1]), None),
        (np.full(8, 1.7), None),
        (EIGHT > 4, EIGHT > 4),
    ],
    ids=["collinear", "constant", "constant within strata"],
)
def test_what_is_not_identified_says_so(covariates, strata):
    fit = cox(EIGHT, ALL, covariates, strata)
    assert fit.status is Status.NOT_IDENTIFIED
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(fit.log_likelihood)


def test_no_events_and_no_patients_are_no_errors():
    assert cox(EIGHT, ~ALL, EIGHT).status is Status.NO_EVENTS
    assert cox([], [], np.zeros((0, 2))).status is Status.NO_EVENTS


def test_covariates_far_from_zero_and_of_any_size():
    random = np.random.default_rng(2)
    x, time = random.normal(size=50), random.exponential(1, 50)
    plain, scaled = cox(time, np.ones(50), x), cox(time, np.ones(50), 1e9 + 1e6 * x)
    np.testing.assert_allclose(scaled.coefficients * 1e6, plain.coefficients, rtol=1e-6)
    outlier = cox(time, np.ones(50), np.where(np.arange(50) == 7, 1e5, x))
    assert outlier.status in (Status.CONVERGED, Status.ITERATION_LIMIT)


def test_an_adjusted_ratio_is_that_of_the_model():
    random = np.random.default_rng(8)
    arm, x, time = np.arange(40) % 2 == 0, random.normal(size=40), random.exponential(1, 40)
    found = hazard_ratio(time, np.ones(40), arm, covariates=x, level=0.9)
    fit = cox(time, np.ones(40), np.column_stack([arm, x]))
    np.testing.assert_allclose(np.log(found.estimate), fit.coefficients[0])
    half = 1.6448536269514722 * fit.se[0]
    np.testing.assert_allclose(np.log([found.low, found.high]), fit.coefficients[0] + [-half, half])
    np.testing.assert_allclose(found.z, -fit.coefficients[0] / fit.se[0])
    assert found.method == "Cox, adjusted"


def test_bad_input():
    with pytest.raises(InputError, match="covariates"):
        cox(EIGHT, ALL, np.ones((7, 2)))
    with pytest.raises(InputError, match="finite"):
        cox(EIGHT, ALL, np.where(EIGHT == 3, np.nan, 1.0))
    with pytest.raises(InputError, match="strata"):
        cox(EIGHT, ALL, EIGHT, [1, 2])
    with pytest.raises(InputError, match="efron"):
        cox(EIGHT, ALL, EIGHT, ties="exact")
    with pytest.raises(InputError, match="experimental"):
        hazard_ratio(EIGHT, ALL, EIGHT)
    with pytest.raises(InputError) as caught:
        hazard_ratios(EIGHT[None], np.ones((1, 7)), np.ones(3))
    assert {each.where for each in caught.value.findings} == {"event", "experimental"}
    with pytest.raises(InputError, match="n_replicates"):
        hazard_ratios(EIGHT, ALL, ALL)

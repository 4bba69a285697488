"""Bounds on the scales on which they are read and asked for."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from remit.errors import InputError
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.conditional import conditional_power
from remit.stats.sequential.design import design
from remit.stats.sequential.futility_scales import (
    last_test_power,
    with_conditional_powers,
    with_effects,
    with_hazard_ratios,
    z_of_last_test_power,
)
from remit.stats.sequential.looks import looks
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import power
from remit.stats.sequential.scales import (
    drift_of_hazard_ratio,
    event_information,
    hazard_ratio_at,
    mean_difference_at,
    nominal_p,
    risk_difference_at,
    z_of_hazard_ratio,
    z_of_mean_difference,
    z_of_nominal_p,
    z_of_risk_difference,
)

LOOKS = (0.3, 0.6, 0.8, 1.0)
Z = np.array([-1.0, 0.0, 0.7, 2.3])


def test_hazard_ratios_by_hand_and_back():
    events = np.array([100.0, 100.0, 200.0, 400.0])
    found = hazard_ratio_at(Z, events)
    np.testing.assert_allclose(found, np.exp(-Z * 2 / np.sqrt(events)), rtol=1e-14)
    np.testing.assert_allclose(z_of_hazard_ratio(found, events), Z, atol=1e-14)
    # 2:1 has 8/9 of the information of 1:1.
    assert event_information(90.0, 2 / 3) == pytest.approx(event_information(80.0))
    np.testing.assert_allclose(hazard_ratio_at(Z, events * 9 / 8, 2.0), found, rtol=1e-14)
    np.testing.assert_array_equal(hazard_ratio_at(np.array([np.inf, -np.inf]), events[:2]), [0.0, np.inf])
    assert drift_of_hazard_ratio(0.5) == pytest.approx(np.log(2))
    margin = hazard_ratio_at(Z, events, 2.0, null=1.3)
    np.testing.assert_allclose(margin, 1.3 * hazard_ratio_at(Z, events, 2.0), rtol=1e-14)
    np.testing.assert_allclose(z_of_hazard_ratio(margin, events, 2.0, null=1.3), Z, atol=1e-14)


def test_differences_of_means_by_hand_and_back():
    n = np.array([40.0, 80.0, 120.0, 160.0])
    found = mean_difference_at(Z, n, 1.7)
    np.testing.assert_allclose(found, Z * 1.7 * np.sqrt(4 / n), rtol=1e-14)
    np.testing.assert_allclose(z_of_mean_difference(found, n, 1.7), Z, atol=1e-14)


@pytest.mark.parametrize("control", [0.1, 0.4, 0.85])
@pytest.mark.parametrize("allocation", [0.5, 1.0, 2.0])
def test_differences_of_rates_are_those_whose_pooled_statistic_is_the_bound(control, allocation):
    z = np.array([-1.2, 0.0, 0.4, 1.1])
    n = np.array([60.0, 100.0, 200.0, 400.0])
    found = risk_difference_at(z, n, control, allocation)
    np.testing.assert_allclose(z_of_risk_difference(found, n, control, allocation), z, atol=1e-12)
    assert (np.sign(found) == np.sign(z)).all()


def test_a_rate_that_no_arm_can_have_is_not_a_number():
    assert np.isnan(risk_difference_at(np.array([9.0]), np.array([20.0]), 0.9)).all()
    assert np.isnan(z_of_risk_difference(np.zeros(1), np.array([20.0]), 1.0)).all()


def test_nominal_p_values_are_normal_tails():
    np.testing.assert_allclose(nominal_p(Z), norm.sf(Z), rtol=1e-14)
    np.testing.assert_allclose(z_of_nominal_p(nominal_p(Z)), Z, atol=1e-13)


@pytest.mark.parametrize("drift", [None, 2.8])
def test_conditional_power_of_the_last_test_is_that_of_a_trial_with_one_look_ahead(drift):
    t, bound = np.array([0.25, 0.5, 0.9]), 2.02
    z = np.array([0.3, 1.2, 1.9])
    found = last_test_power(z, t, bound, drift)
    ahead = looks([1.0], [bound])
    by_looks = [
        float(conditional_power(ahead, x, s, x / np.sqrt(s) if drift is None else drift))
        for x, s in zip(z, t, strict=True)
    ]
    np.testing.assert_allclose(found, by_looks, rtol=1e-12)
    np.testing.assert_allclose(z_of_last_test_power(found, t, bound, drift), z, rtol=1e-12)
    assert np.isneginf(z_of_last_test_power(np.zeros(1), t[:1], bound, drift)).all()


@pytest.mark.parametrize("binding", [False, True])
@pytest.mark.parametrize("under", ["current trend", "alternative"])
def test_futility_at_conditional_powers(binding, under):
    plan = with_conditional_powers(Plan(fractions=(0.3, 0.7, 1.0), binding=binding), (0.1, 0.2), under)
    found = design(plan)
    drift = found.drift if under == "alternative" else None
    powers = last_test_power(found.lower[:-1], found.fractions[:-1], found.upper[-1], drift)
    np.testing.assert_allclose(powers, [0.1, 0.2], rtol=1e-8)
    assert power(found, found.drift)[0] == pytest.approx(0.9, rel=1e-10)
    assert found.alpha_spent[-1] == pytest.approx(0.025, rel=1e-10)


def test_without_looks_between_the_conditional_power_is_that_of_the_whole_trial():
    found = design(with_conditional_powers(Plan(fractions=(0.5, 1.0)), (0.15,)))
    ahead = looks([1.0], [found.upper[-1]])
    trend = found.lower[0] / np.sqrt(0.5)
    assert conditional_power(ahead, found.lower[0], 0.5, trend) == pytest.approx(0.15, rel=1e-12)


@pytest.mark.parametrize("binding", [False, True])
def test_futility_at_hazard_ratios_is_at_those_whatever_the_events(binding):
    planned = 0.7
    plan = with_hazard_ratios(
        Plan(fractions=LOOKS, efficacy=Boundary("lan-demets-pocock"), binding=binding),
        (1.1, 1.0, np.inf),
        planned,
    )
    found = design(plan)
    np.testing.assert_array_equal(found.lower[1:3], [0.0, -np.inf])
    for allocation in (1.0, 2.0):
        share = allocation / (1 + allocation)
        events = (found.drift / -np.log(planned)) ** 2 / (share * (1 - share)) * found.fractions
        ratios = hazard_ratio_at(found.lower, events, allocation)
        np.testing.assert_allclose(ratios[:3], [1.1, 1.0, np.inf], rtol=1e-9)
    assert power(found, found.drift)[0] == pytest.approx(0.9, rel=1e-10)


def test_futility_at_shares_of_the_planned_effect():
    found = design(with_effects(Plan(fractions=LOOKS), (-np.inf, 0.0, 0.25)))
    np.testing.assert_allclose(
        found.lower[:-1], [-np.inf, 0.0, 0.25 * found.drift * np.sqrt(0.8)], rtol=1e-9, atol=1e-12
    )


def test_a_look_where_futility_is_not_tested_has_no_bound():
    found = design(
        with_conditional_powers(
            Plan(fractions=(0.3, 0.7, 1.0), futility_looks=(False, True)), (0.3, 0.3), "alternative"
        )
    )
    assert np.isneginf(found.lower[0])
    assert power(found, found.drift)[0] == pytest.approx(0.9, rel=1e-10)
    reached = last_test_power(found.lower[1], found.fractions[1], found.upper[-1], found.drift)
    assert float(reached) == pytest.approx(0.3, rel=1e-8)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: with_conditional_powers(Plan(fractions=LOOKS), (0.1, 0.1)), "powers"),
        (lambda: with_conditional_powers(Plan(fractions=LOOKS), (0.1, 1.0, 0.1)), "powers"),
        (lambda: with_conditional_powers(Plan(fractions=LOOKS), (0.1, np.nan, 0.1)), "powers"),
        (lambda: with_conditional_powers(Plan(fractions=LOOKS), (0.1, 0.1, 0.1), "hope"), "under"),
        (lambda: with_conditional_powers(Plan(fractions=LOOKS, sides=2), (0.1, 0.1, 0.1)), "sides"),
        (lambda: with_effects(Plan(fractions=LOOKS, futility=(0.0, 0.0, 0.0)), (0, 0, 0)), "futility"),
        (lambda: with_effects(Plan(fractions=(0.5, 0.4, 1.0)), (0, 0)), "fractions"),
        (lambda: with_effects(Plan(fractions=LOOKS), (0, np.inf, 0)), "effects"),
        (lambda: with_hazard_ratios(Plan(fractions=LOOKS), (1.0, 0.0, 1.0), 0.7), "ratios"),
        (lambda: with_hazard_ratios(Plan(fractions=LOOKS), (1.0, 1.0, 1.0), 1.2), "planned"),
    ],
)
def test_what_is_no_futility_bound_is_refused(call, where):
    with pytest.raises(InputError) as refused:
        call()
    assert where in [each.where for each in refused.value.findings]
    assert all(each.found and each.needed and each.remedy for each in refused.value.findings)


def test_a_conditional_power_under_no_look_but_the_last_is_its_power():
    # As the fraction tends to nothing, conditional power under a drift tends to the power of the last test.
    found = last_test_power(np.zeros(1), np.array([1e-12]), 1.96, 3.2)
    assert found[0] == pytest.approx(ndtr(3.2 - 1.96), rel=1e-9)
    assert ndtri(found[0]) == pytest.approx(1.24, rel=1e-9)

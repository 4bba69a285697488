"""Promising zone.

Standing: table I of Mehta and Pocock (2011), printed to two digits and entered from memory, for the least
conditional power; the type I error of the weighted test, known to be alpha; power by quadrature against a
fine grid.
"""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from remit.errors import InputError
from remit.stats.sequential.adaptive import adapted_bound
from remit.stats.sequential.conditional import conditional_error, conditional_power, current_trend
from remit.stats.sequential.design import design
from remit.stats.sequential.looks import after, looks, of_design
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.promising_zone import (
    PromisingZone,
    Zone,
    interim_at_power,
    least_power,
    performance,
    re_estimate,
)

FIXED = -float(ndtri(0.025))
INFINITE = np.inf


def planned(share, upper=INFINITE, lower=-INFINITE):
    """Two looks, the first for information only, with the fixed test at the last."""
    return looks([share, 1.0], [upper, FIXED], [lower, -INFINITE])


TABLE_I = [
    (0.8, 1.5, (0.42, 0.41, 0.38)),
    (0.8, 2.0, (0.37, 0.36, 0.33)),
    (0.8, 3.0, (0.32, 0.31, 0.30)),
    (0.8, INFINITE, (0.32, 0.31, 0.30)),
    (0.9, 1.5, (0.42, 0.41, 0.38)),
    (0.9, 2.0, (0.37, 0.36, 0.33)),
    (0.9, 3.0, (0.32, 0.30, 0.27)),
    (0.9, INFINITE, (0.28, 0.27, 0.25)),
]


@pytest.mark.parametrize(("target", "cap", "printed"), TABLE_I)
def test_the_least_power_is_that_of_table_i_of_mehta_and_pocock(target, cap, printed):
    found = [least_power(planned(share), target, cap) for share in (0.25, 0.5, 0.75)]
    np.testing.assert_allclose(np.round(found, 2), printed, atol=1e-12)


def test_at_the_least_power_the_adapted_bound_is_the_planned_one_and_above_it_lower():
    for target, cap in ((0.8, 1.5), (0.9, 2.0), (0.9, INFINITE)):
        whole = planned(0.5)
        least = least_power(whole, target, cap)
        plan = PromisingZone(whole, target, 0.01, cap)
        found = re_estimate(plan, interim_at_power(whole, least))
        assert found.bound == pytest.approx(FIXED, abs=1e-9)
        inside = re_estimate(
            plan, np.array([interim_at_power(whole, x) for x in (least + 0.01, 0.45, 0.6, 0.75)])
        )
        assert (inside.bound <= FIXED + 1e-12).all()
        assert re_estimate(plan, interim_at_power(whole, least - 0.02)).bound > FIXED


@pytest.mark.parametrize("power", [0.05, 0.36, 0.8, 0.99])
def test_the_interim_at_a_power_has_it_under_the_current_trend(power):
    whole = planned(0.4)
    z = interim_at_power(whole, power)
    assert conditional_power(after(whole, 1), z, 0.4, current_trend(z, 0.4)) == pytest.approx(
        power, abs=1e-12
    )


def test_zones_and_information_follow_the_conditional_power():
    whole = planned(0.5, upper=2.9, lower=-1.0)
    plan = PromisingZone(whole, 0.9, 0.4, 1.6)
    z = np.array([-1.2, 0.2, 1.4, 1.9, 2.4, 3.0, np.nan])
    found = re_estimate(plan, z)
    zones = [Zone.STOPPED, Zone.UNFAVOURABLE, Zone.PROMISING, Zone.PROMISING, Zone.FAVOURABLE, Zone.STOPPED]
    assert found.zone[:6].tolist() == zones
    np.testing.assert_allclose(found.information[[0, 1, 4, 5]], [0.5, 1, 1, 0.5])
    assert found.information[2] == 1.6
    assert 1 < found.information[3] < 1.6
    # Where the cap does not bind the conditional power becomes the target.
    ahead = looks([found.information[3]], [found.bound[3]])
    reached = conditional_power(ahead, z[3], 0.5, current_trend(z[3], 0.5))
    assert reached == pytest.approx(0.9, abs=1e-10)
    assert np.isnan(found.bound[[0, 5, 6]]).all()


def test_the_weighted_test_has_its_type_i_error_whatever_the_zone_and_the_ordinary_one_has_less():
    made = of_design(design(Plan(fractions=(0.5, 1.0))))
    for least, cap in ((0.36, 2.0), (0.45, 3.0)):
        found = performance(PromisingZone(made, 0.9, max(least, least_power(made, 0.9, cap)), cap), 0.0)
        assert found.weighted == pytest.approx(0.025, abs=1e-10)
        assert found.ordinary < 0.025
        assert found.zones.sum() == pytest.approx(1, abs=1e-10)


def test_a_zone_that_begins_too_early_with_the_ordinary_test_would_raise_the_type_i_error():
    """Chen, DeMets and Lan's condition is not for show: raising information after a poor interim inflates."""
    whole = planned(0.5)
    now, z = 0.5, np.linspace(-6.0, 1.2, 4001)
    error = conditional_error(after(whole, 1), z, now)
    assert (adapted_bound(error, z, now, 3.0)[z < 1.0] > FIXED).all()
    found = performance(PromisingZone(whole, 0.9, 0.001, 50.0), 0.0)
    assert found.weighted == pytest.approx(0.025, abs=1e-10)
    assert found.ordinary > 0.0252


def test_power_and_expected_information_are_the_means_over_a_fine_grid():
    whole = planned(0.4, upper=2.8, lower=-0.5)
    plan, drift = PromisingZone(whole, 0.85, 0.35, 1.8), 2.2
    z = np.linspace(-9, 9, 200_001) + drift * np.sqrt(0.4)
    mass = np.exp(-((z - drift * np.sqrt(0.4)) ** 2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    rule = re_estimate(plan, z)
    on = rule.zone != Zone.STOPPED
    more = np.where(on, rule.information - 0.4, 1.0)

    def crossing(bound):
        last = ndtr((drift * more + z * np.sqrt(0.4) - bound * np.sqrt(rule.information)) / np.sqrt(more))
        return mass @ np.where(on, last, z >= 2.8)

    found = performance(plan, drift)
    assert found.weighted == pytest.approx(crossing(np.where(on, rule.bound, 0.0)), abs=1e-5)
    assert found.ordinary == pytest.approx(crossing(FIXED), abs=1e-5)
    assert found.information == pytest.approx(mass @ rule.information, abs=1e-4)
    for zone in Zone:
        assert found.zones[zone] == pytest.approx(mass[rule.zone == zone].sum(), abs=1e-4)


def test_more_information_in_the_zone_gives_more_power():
    whole, drift = planned(0.5), 2.4
    powers = [performance(PromisingZone(whole, 0.9, 0.36, cap), drift).weighted for cap in (1.0, 1.5, 2.0)]
    assert powers[0] == pytest.approx(float(ndtr(drift - FIXED)), abs=1e-9)
    assert powers[0] < powers[1] < powers[2]


def test_what_cannot_be_used_is_refused_with_every_finding():
    with pytest.raises(InputError) as caught:
        re_estimate(PromisingZone(planned(0.5), 0.3, 0.4, 0.9), 1.0)
    assert [each.where for each in caught.value.findings] == ["cap", "least, target"]
    with pytest.raises(InputError):
        performance(PromisingZone(looks([1.0], [2.0]), 0.9, 0.3, 2.0), 0.0)
    with pytest.raises(InputError):
        least_power(planned(0.5), 0.45, 2.0)

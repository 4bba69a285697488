"""Every linear structure, route and kind of record against sums of exponentials in 40 digits, to 1e-9."""

import mpmath as mp
import numpy as np
import pytest
from tests.closed_form.events.exponentials import CHAIN, ORAL, VALUES, agree, response, simulated

TIMES = np.array([0.0, 0.3, 1.0, 2.5, 4.0, 7.7, 12.0, 23.9, 48.0, 96.0])
AFTER = TIMES[1:]
ROUTES = {
    "iv": ("", {}),
    "oral": ("oral", ORAL),
    "transit": ("transit", CHAIN),
}


@pytest.fixture(params=list(VALUES))
def size(request):
    """A structure without absorption."""
    return request.param


@pytest.fixture(params=list(ROUTES))
def route(request, size):
    """A structure with a route, its values, and its response to a unit dose."""
    absorption, more = ROUTES[request.param]
    values = VALUES[size] | more
    name = f"{size}_{absorption}" if absorption else size
    return name, values, response(values, absorption)


@pytest.fixture
def central(size):
    """A structure's response to drug given into the central compartment."""
    return response(VALUES[size])


def test_one_bolus(route):
    name, values, unit = route
    found = simulated(name, values, [{"TIME": 0.0, "AMT": 100.0}], AFTER)
    agree(found, [unit.bolus(t, 100) for t in AFTER])


def test_an_observation_at_the_time_of_a_bolus_after_its_record_sees_it(route):
    name, values, unit = route
    found = simulated(name, values, [{"TIME": 2.0, "AMT": 100.0}], [0.0, 2.0])
    agree(found, [0, unit.bolus(0, 100)])


def test_bioavailability_and_lag_time(route):
    name, values, unit = route
    found = simulated(name, values | {"F1": 0.37, "ALAG1": 0.7}, [{"TIME": 0.0, "AMT": 100.0}], TIMES)
    agree(found, [unit.bolus(t - 0.7, 37) for t in TIMES])


def test_additional_doses(route):
    name, values, unit = route
    dose = {"TIME": 1.1, "AMT": 100.0, "II": 0.1, "ADDL": 9}
    found = simulated(name, values, [dose], AFTER)
    given = [1.1 + n * mp.mpf("0.1") for n in range(10)]
    agree(found, [mp.fsum(unit.bolus(t - when, 100) for when in given) for t in AFTER])


def test_steady_state_of_boluses(route):
    name, values, unit = route

    dose = {"TIME": 0.0, "AMT": 100.0, "II": 12.0, "SS": 1}
    found = simulated(name, values, [dose], AFTER)
    agree(found, [unit.steady(t, 12, amount=100) for t in AFTER])


@pytest.mark.parametrize("lag", [0.7, 5.0, 12.0, 14.5, 30.1])
def test_steady_state_with_a_lag_even_beyond_the_interval(route, lag):
    name, values, unit = route

    dose = {"TIME": 0.0, "AMT": 100.0, "II": 12.0, "SS": 1}
    times = AFTER[~np.isclose(np.mod(AFTER - lag, 12.0), 0.0)]
    found = simulated(name, values | {"ALAG1": lag}, [dose], times)
    # The doses up to the record at time 0 arrive after the lag, those on their way too.
    agree(found, [unit.steady(t - lag, 12, amount=100) for t in times])


def test_infusion_into_the_centre(route, central):
    name, values, _ = route
    target = 1 if "oral" not in name and "transit" not in name else 2
    dose = {"TIME": 0.0, "AMT": 100.0, "RATE": 30.0, "CMT": target}
    agree(simulated(name, values, [dose], AFTER), [central.infusion(t, 30, mp.mpf(100) / 30) for t in AFTER])


def test_infusion_into_the_dosed_compartment(route):
    name, values, unit = route
    dose = {"TIME": 0.0, "AMT": 100.0, "RATE": 30.0}
    agree(simulated(name, values, [dose], AFTER), [unit.infusion(t, 30, mp.mpf(100) / 30) for t in AFTER])


def test_bioavailability_shortens_an_infusion_and_keeps_its_rate(route):
    name, values, unit = route
    dose = {"TIME": 0.0, "AMT": 100.0, "RATE": 30.0}
    found = simulated(name, values | {"F1": 0.5}, [dose], AFTER)
    agree(found, [unit.infusion(t, 30, mp.mpf(50) / 30) for t in AFTER])


def test_modelled_rate(route):
    name, values, unit = route
    dose = {"TIME": 0.0, "AMT": 100.0, "RATE": -1.0}
    found = simulated(name, values | {"R1": 25.0, "F1": 0.5}, [dose], AFTER)
    agree(found, [unit.infusion(t, 25, 2) for t in AFTER])


def test_modelled_duration(route):
    name, values, unit = route
    dose = {"TIME": 0.0, "AMT": 100.0, "RATE": -2.0}
    found = simulated(name, values | {"D1": 3.2, "F1": 0.5}, [dose], AFTER)
    agree(found, [unit.infusion(t, 50 / mp.mpf("3.2"), mp.mpf("3.2")) for t in AFTER])


@pytest.mark.parametrize(("rate", "interval"), [(30.0, 12.0), (8.0, 12.0), (10.0, 5.0), (7.0, 3.0)])
def test_steady_state_of_infusions_shorter_and_longer_than_the_interval(route, rate, interval):
    name, values, unit = route
    lasting = mp.mpf(100) / mp.mpf(rate)

    dose = {"TIME": 0.0, "AMT": 100.0, "RATE": rate, "II": interval, "SS": 1}
    found = simulated(name, values, [dose], TIMES)
    agree(found, [unit.steady(t, interval, rate=rate, duration=lasting) for t in TIMES])


@pytest.mark.parametrize("kind", [{"RATE": -1.0}, {"RATE": -2.0}])
def test_steady_state_of_modelled_infusions(route, kind):
    name, values, unit = route

    dose = {"TIME": 0.0, "AMT": 100.0, "II": 12.0, "SS": 1, **kind}
    found = simulated(name, values | {"R1": 20.0, "D1": 5.0}, [dose], TIMES)
    agree(found, [unit.steady(t, 12, rate=20, duration=5) for t in TIMES])


def test_an_infusion_that_has_gone_on_for_ever_ends_with_its_record(route):
    name, values, unit = route
    found = simulated(name, values, [{"TIME": 5.0, "RATE": 10.0, "SS": 1}], [0.0, *(5.0 + TIMES)])
    rest = [unit.endless(10) - 10 * unit.integral(t) for t in TIMES]
    agree(found, [0, *rest])


def test_a_steady_state_adds_to_what_is_there_or_replaces_it(route):
    name, values, unit = route

    before, steady = {"TIME": 0.0, "AMT": 80.0}, {"TIME": 6.0, "AMT": 50.0, "II": 8.0}
    times = 6.0 + AFTER
    added = simulated(name, values, [before, steady | {"SS": 2}], times)
    agree(added, [unit.bolus(t, 80) + unit.steady(t - 6, 8, amount=50) for t in times])
    replaced = simulated(name, values, [before, steady | {"SS": 1}], times)
    agree(replaced, [unit.steady(t - 6, 8, amount=50) for t in times])


def test_zero_order_absorption(size):
    values, unit = VALUES[size], response(VALUES[size])
    dose = {"TIME": 0.0, "AMT": 100.0}
    found = simulated(f"{size}_zero_order", values | {"D1": 2.2, "F1": 0.8, "ALAG1": 0.4}, [dose], TIMES)
    lasting = mp.mpf("2.2")
    agree(found, [unit.infusion(t - mp.mpf("0.4"), 80 / lasting, lasting) for t in TIMES])
    infused = {"TIME": 0.0, "AMT": 100.0, "RATE": 50.0}
    found = simulated(f"{size}_zero_order", values | {"D1": 2.2}, [infused], TIMES)
    agree(found, [unit.infusion(t, 50, 2) for t in TIMES])


def test_transit_time_is_the_mean_time_to_the_absorbing_depot(size):
    values = VALUES[size] | CHAIN
    unit, direct = response(values, "transit"), response(VALUES[size])

    # The mean of a chain of steps is the sum of their means: compare first moments.
    def mean(response):
        terms = list(zip(response.weights, response.rates, response.powers, strict=True))
        area = mp.fsum(w * mp.factorial(k) / r ** (k + 1) for w, r, k in terms)
        return mp.fsum(w * mp.factorial(k + 1) / r ** (k + 2) for w, r, k in terms) / area

    assert float(mean(unit) - mean(direct)) == pytest.approx(CHAIN["MTT"] + 1 / CHAIN["ka"], rel=1e-12)

"""Michaelis-Menten elimination against Lambert's W, balance of mass, and its linear limit."""

import mpmath as mp
import numpy as np
import polars as pl
import pytest
from tests.closed_form.events.exponentials import CHAIN, ORAL, VALUES, data_set, observed, simulated

from remit.errors import InputError
from remit.events import simulate_events
from remit.pk import STRUCTURES

SATURABLE = {"Vmax": 9.0, "Km": 2.0}
TIMES = np.array([0.5, 2.0, 6.0, 12.0, 20.0, 30.0])
NAMES = [name for name, each in STRUCTURES.items() if each.saturable]


def values_of(name):
    """Values of a saturable structure."""
    size = "_".join(name.split("_")[:2])
    found = {key: value for key, value in VALUES[size].items() if key != "CL"} | SATURABLE
    if "oral" in name:
        return found | ORAL
    if "transit" in name:
        return found | CHAIN
    return found | ({"D1": 2.0} if "zero_order" in name else {})


def lambert(t, amount, V, Vmax, Km):
    """Concentration after a bolus: Km W(C0/Km exp((C0 - Vmax/V t)/Km))."""
    start = mp.mpf(amount) / V
    return Km * mp.lambertw(start / Km * mp.exp((start - mp.mpf(Vmax) / V * t) / Km)).real


@pytest.mark.parametrize("amount", [1.0, 100.0, 2000.0])
def test_a_bolus_follows_lambert_w(amount):
    values = {"V": 20.0, **SATURABLE}
    found = simulated("one_compartment_michaelis_menten", values, [{"TIME": 0.0, "AMT": amount}], TIMES)
    expected = [float(lambert(mp.mpf(float(t)), amount, **values)) for t in TIMES]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * amount / 20 * 1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_every_structure_is_as_accurate_as_asked(name):
    rows = [{"TIME": 0.0, "AMT": 100.0, "II": 8.0, "ADDL": 3}, {"TIME": 5.0, "AMT": 40.0, "RATE": 12.0}]
    frame = data_set(rows, [*TIMES, 60.0])
    found = simulate_events(frame, name, values_of(name))
    tight = simulate_events(frame, name, values_of(name), accuracy=1e-12)
    n = len(STRUCTURES[name].compartments)
    for column in [f"A{i}" for i in range(1, n + 1)]:
        exact = tight[column].to_numpy()
        np.testing.assert_allclose(found[column].to_numpy(), exact, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_little_drug_is_eliminated_linearly(name):
    values = values_of(name) | {"Km": 1e9, "Vmax": 1.1e9}
    rows = [{"TIME": 0.0, "AMT": 1.0}]
    found = simulated(name, values, rows, TIMES)
    linear = {key: value for key, value in values.items() if key not in SATURABLE} | {"CL": 1.1}
    expected = simulated(name.removesuffix("_michaelis_menten"), linear, rows, TIMES)
    np.testing.assert_allclose(found, expected, rtol=3e-8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [{}, {"RATE": 5.0}, {"RATE": 40.0}])
def test_a_steady_state_is_what_doses_lead_to_in_the_end(name, kind):
    dose = {"AMT": 60.0, "II": 12.0, **kind}
    times = np.array([1.0, 3.0, 11.0, 12.0, 30.0])
    found = simulated(name, values_of(name), [{"TIME": 0.0, "SS": 1, **dose}], times)
    n = 700
    many = simulated(name, values_of(name), [{"TIME": 0.0, "ADDL": n, **dose}], n * 12.0 + times)
    np.testing.assert_allclose(found, many, rtol=1e-7)


def test_at_a_steady_state_elimination_equals_input():
    values = {"V": 20.0, **SATURABLE}
    rows = [{"TIME": 0.0, "RATE": 6.0, "SS": 1}]
    found = simulated("one_compartment_michaelis_menten", values, rows, [0.0])
    np.testing.assert_allclose(found, 2.0 * 6.0 / (9.0 - 6.0), rtol=1e-9)


@pytest.mark.parametrize("dose", [{"AMT": 120.0, "II": 12.0}, {"RATE": 9.0}, {"AMT": 108.0, "II": 12.0}])
def test_more_than_can_be_eliminated_has_no_steady_state(dose):
    values = {"V": 20.0, **SATURABLE}
    with pytest.raises(InputError, match="accumulate without end"):
        simulated("one_compartment_michaelis_menten", values, [{"TIME": 0.0, "SS": 1, **dose}], [1.0])


def test_close_to_saturation_a_steady_state_is_found():
    values = {"V": 20.0, **SATURABLE}
    dose = {"TIME": 0.0, "AMT": 107.9, "II": 12.0, "SS": 1}
    frame = data_set([dose], [12.0])
    found = simulate_events(frame, "one_compartment_michaelis_menten", values)
    # What an interval takes away is what it was given.
    start, end = (found[i, "A1"] for i in (0, 1))
    after = simulate_events(
        data_set([{"TIME": 0.0, "AMT": start}], [12.0]), "one_compartment_michaelis_menten", values
    )
    assert observed(after)[0] * 20 == pytest.approx(start - 107.9, rel=1e-8)
    assert end == pytest.approx(start - 107.9, rel=1e-7)
    assert start > 1e3


def test_a_steady_state_that_adds_is_refused():
    rows = [{"TIME": 0.0, "AMT": 10.0, "II": 12.0, "SS": 2}]
    with pytest.raises(InputError, match="do not add up"):
        simulated("one_compartment_michaelis_menten", {"V": 20.0, **SATURABLE}, rows, [1.0])


def test_rows_of_a_subject_that_cannot_be_solved_are_null_and_others_are_not():
    one = data_set([{"TIME": 0.0, "AMT": 10.0}], [1.0, 2.0]).with_columns(V=pl.lit(20.0))
    two = one.with_columns(ID=pl.lit(2, dtype=pl.Int64), V=pl.lit(1e-310))
    found = simulate_events(pl.concat([two, one]), "one_compartment", {"CL": 1.0})
    assert found["A1"].is_null().to_list() == [False, True, True, False, False, False]

"""The C that other solvers are given has the rates of the equations, and their Jacobian.

The Jacobian is compared with central differences of the equations in NumPy, which know nothing of how
either was derived or printed.
"""

import shutil
from itertools import pairwise

import numpy as np
import pytest
from benchmarks import csource
from benchmarks.models import full, intervals, networks, two_drug_patients

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc, which compiles the C, is missing")

WORKLOADS = {
    "two drugs": lambda: two_drug_patients.workload(6),
    "network": lambda: networks.workload(12, 6),
    "remit's own": lambda: full.workload(6),
}
SIZE = 1e-4
"""Relative size of a difference: its own error and that of rounding are both far below ``CLOSE``."""
CLOSE = 1e-5


@pytest.fixture(scope="module", params=WORKLOADS)
def workload(request):
    return WORKLOADS[request.param]()


@pytest.fixture
def compiled(workload, tmp_path, monkeypatch):
    monkeypatch.setattr(csource, "BUILD", tmp_path)
    return csource.compiled(workload.equations)


def perturbed(workload):
    """States off balance, so that every term has a size."""
    factors = np.exp(0.5 * np.random.default_rng(2).standard_normal(workload.state.shape))
    return (workload.state + np.maximum(workload.levels, 1e-2)) * factors


def rates_in_numpy(workload, states):
    named = dict(zip(workload.equations.parameters, workload.parameters.T, strict=True))
    return np.stack(np.broadcast_arrays(*workload.equations.rates(tuple(states.T), named)), axis=1)


def rates_in_c(workload, compiled, states):
    constants = compiled.constants(workload.parameters)
    return np.stack([compiled.rates(*each) for each in zip(states, constants, strict=True)])


def worst_rate(workload, found, states):
    """Largest difference from the equations, in units of the largest rate of each state."""
    expected = rates_in_numpy(workload, states)
    largest = np.abs(expected).max(axis=0)
    assert (found[:, largest == 0] == 0).all(), "a rate that the equations do not have"
    return (np.abs(found - expected)[:, largest > 0] / largest[largest > 0]).max()


def differences(workload, states):
    """Central differences of the equations, shape (n_patients, n_states, n_states)."""
    found = np.empty((*states.shape, states.shape[1]))
    for j in range(states.shape[1]):
        step = np.zeros_like(states)
        step[:, j] = SIZE * states[:, j]
        up, down = (rates_in_numpy(workload, states + sign * step) for sign in (1, -1))
        found[:, :, j] = (up - down) / (2 * step[:, j, None])
    return found


def worst_entry(workload, jacobian, states):
    """Largest difference of an entry, as what it means for the rate beside the largest of its row."""
    expected = differences(workload, states)
    size = np.abs(states[:, None, :])
    weight = (np.abs(expected) * size).max(axis=2, keepdims=True)
    assert (np.where(weight == 0, jacobian, 0.0) == 0).all(), (
        "an entry of a rate that the equations do not have"
    )
    return (np.abs(jacobian - expected) * size / np.where(weight == 0, 1.0, weight)).max()


def jacobian_in_c(workload, compiled, states):
    constants = compiled.constants(workload.parameters)
    return np.stack([compiled.jacobian(*each) for each in zip(states, constants, strict=True)])


def test_rates_are_those_of_the_equations(workload, compiled):
    states = perturbed(workload)
    assert worst_rate(workload, rates_in_c(workload, compiled, states), states) < 1e-12


def test_jacobian_is_that_of_the_equations(workload, compiled):
    states = perturbed(workload)
    assert worst_entry(workload, jacobian_in_c(workload, compiled, states), states) < CLOSE


def test_a_wrong_rate_and_a_wrong_entry_are_found(workload, compiled):
    states = perturbed(workload)
    found = rates_in_c(workload, compiled, states)
    found[0, 0] += 1e-9 * np.abs(found[:, 0]).max()
    assert worst_rate(workload, found, states) > 1e-12
    jacobian = jacobian_in_c(workload, compiled, states)
    row, column = np.unravel_index((np.abs(jacobian[0]) * states[0]).argmax(), jacobian[0].shape)
    jacobian[0, row, column] *= 1.001
    assert worst_entry(workload, jacobian, states) > CLOSE


def test_intervals_hold_every_dose_and_every_output_once():
    workload = two_drug_patients.workload(1)
    parts = list(intervals(workload))
    given = sum(part.given for part in parts)
    ramp = 7 * sum(two_drug_patients.RAMP)
    target = two_drug_patients.TARGET * (two_drug_patients.DAYS - 7 * len(two_drug_patients.RAMP))
    assert given[0] == ramp + target
    assert given[4] == two_drug_patients.SECOND * two_drug_patients.DAYS
    assert np.array_equal(np.concatenate([part.outputs for part in parts]), np.arange(len(workload.outputs)))
    assert all(one.end == other.start for one, other in pairwise(parts))
    times = workload.records_between(0.0, workload.end).time
    assert np.array_equal(np.unique(times), [part.start for part in parts])


def test_untreated_patients_of_the_two_drug_model_are_in_balance():
    workload = two_drug_patients.workload(6)
    rates = rates_in_numpy(workload, workload.state)
    cells = [
        i for i, name in enumerate(workload.equations.states) if name.startswith(("sensitive", "resistant"))
    ]
    still = np.delete(rates, cells, axis=1)
    assert np.abs(still).max() < 1e-12 * np.abs(workload.state).max()

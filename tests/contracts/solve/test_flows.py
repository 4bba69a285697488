"""What lets time pass for data sets: the matrix exponential and the kernel, against SciPy and each other."""

import mpmath as mp
import numpy as np
import pytest
from scipy.linalg import expm

from remit.courses import Status
from remit.errors import InputError
from remit.pk import STRUCTURES
from remit.solve.equations import Equations
from remit.solve.kernel_flow import KernelFlow
from remit.solve.linear_flow import LinearFlow

N = 40


def equations(structure, level=1e-6):
    return Equations(
        structure.name,
        structure.compartments,
        tuple(structure.quantities),
        (),
        structure.rates,
        lambda y, p: (),
        (level,) * len(structure.compartments),
    )


def problem(name, seed=1):
    """Random parameters, states, inputs and lengths of a structure."""
    structure = STRUCTURES[name]
    structure = structure.with_transit(5) if structure.absorption == "transit" else structure
    rng = np.random.default_rng(seed)
    n_states = len(structure.compartments)
    parameters = np.exp(rng.normal(0, 1, (N, len(structure.quantities))))
    state = rng.uniform(0, 100, (N, n_states)) * (rng.random((N, n_states)) < 0.7)
    inputs = rng.uniform(0, 10, (N, n_states)) * (rng.random((N, n_states)) < 0.3)
    return equations(structure), parameters, state, inputs, np.exp(rng.normal(1, 1.5, N))


@pytest.mark.parametrize("name", [name for name, each in STRUCTURES.items() if each.is_linear])
def test_the_matrix_exponential_is_that_of_scipy(name):
    model, parameters, state, inputs, length = problem(name)
    flow = LinearFlow(model)
    found, status = flow.advance(parameters, state, inputs, length)
    assert (status == Status.OK).all()
    for k, matrix in enumerate(flow.matrices(parameters)):
        n = len(matrix)
        whole = np.zeros((n + 1, n + 1))
        whole[:n, :n], whole[:n, n] = matrix, inputs[k]
        expected = (expm(whole * length[k]) @ np.append(state[k], 1.0))[:n]
        np.testing.assert_allclose(found[k], expected, rtol=1e-9, atol=1e-11)


def test_small_amounts_are_accurate_relative_to_themselves():
    model = equations(STRUCTURES["one_compartment_oral"])
    parameters, state = np.array([[1.1, 20.0, 1.5]]), np.array([[100.0, 0.0]])
    found, _ = LinearFlow(model).advance(parameters, state, np.zeros((1, 2)), np.array([200.0]))
    ka, k, t = mp.mpf("1.5"), mp.mpf("1.1") / 20, 200
    depot = 100 * mp.exp(-ka * t)
    central = 100 * ka / (ka - k) * (mp.exp(-k * t) - mp.exp(-ka * t))
    np.testing.assert_allclose(found[0], [float(depot), float(central)], rtol=1e-12)
    assert found[0, 0] < 1e-100


@pytest.mark.parametrize("name", list(STRUCTURES)[::3])
def test_the_kernel_agrees_with_itself_cut_in_two_and_with_the_exponential(name):
    model, parameters, state, inputs, length = problem(name)
    flow = KernelFlow(model, 1e-11)
    whole, status = flow.advance(parameters, state, inputs, length)
    assert (status == Status.OK).all()
    half, _ = flow.advance(parameters, state, inputs, 0.3 * length)
    rest, _ = flow.advance(parameters, half, inputs, 0.7 * length)
    np.testing.assert_allclose(rest, whole, rtol=1e-8, atol=1e-9)
    if STRUCTURES[name].is_linear:
        exact, _ = LinearFlow(model).advance(parameters, state, inputs, length)
        np.testing.assert_allclose(whole, exact, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("make", [LinearFlow, lambda model: KernelFlow(model, 1e-9)])
def test_no_time_changes_nothing_and_what_is_not_finite_is_said(make):
    model, parameters, state, inputs, length = problem("two_compartment")
    flow = make(model)
    found, _ = flow.advance(parameters, state, inputs, 0 * length)
    np.testing.assert_array_equal(found, state)
    parameters[3, 0] = np.nan
    found, status = flow.advance(parameters, state, inputs, length)
    assert status[3] == Status.NOT_FINITE
    assert np.isnan(found[3]).all()
    others = np.arange(N) != 3
    assert np.isfinite(found[others]).all()


def test_equations_in_which_one_state_lowers_another_are_refused():
    model = Equations(
        "backwards", ("a", "b"), ("k",), (), lambda y, p: (-p["k"] * y[1], y[0]), lambda y, p: (), (1.0, 1.0)
    )
    with pytest.raises(InputError, match="flows from one compartment into another"):
        LinearFlow(model).advance(np.ones((1, 1)), np.ones((1, 2)), np.zeros((1, 2)), np.ones(1))

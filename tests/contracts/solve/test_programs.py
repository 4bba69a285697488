"""Programs of the full model, computed in NumPy, against the equation files and linear algebra of SciPy."""

from itertools import product

import numpy as np
import pytest

from remit import model
from remit.population.sample import sample_candidates, untreated_state
from remit.run.courses import kernel
from remit.solve.linear import elimination_order, factorise, substitute
from remit.solve.program import Program, evaluate
from remit.solve.system import trace
from remit.solve.translate import programs

N = 12
STATES = len(model.STATES)


@pytest.fixture(scope="module")
def system():
    return trace(kernel().equations)


@pytest.fixture(scope="module")
def found(system):
    return programs(system)


@pytest.fixture(scope="module")
def point(treated):
    """Parameters and states away from rest, one column a patient.

    All clones are of a size, so that differences of rates are not lost in the rounding of the largest.
    """
    least = np.where(np.array(list(model.STATES.values())) == "cells", 1e9, 0.1)
    patients = sample_candidates(5, 0, np.arange(N), treated)
    factors = np.exp(0.5 * np.random.default_rng(5).standard_normal((N, STATES)))
    return patients.parameters.T, ((np.minimum(untreated_state(patients), 1e10) + least) * factors).T


def array(values, n):
    """Outputs of a program as an array of so many rows."""
    return np.stack(np.broadcast_arrays(*(values[i] for i in range(n))))


def starts(found):
    """Where the search for free ligands begins."""
    return np.zeros((found.size("free"), N))


def rates(parameters, state):
    named = dict(zip(model.PARAMETERS, parameters, strict=True))
    return np.stack(np.broadcast_arrays(*model.rates_by_name(tuple(state), named)))


@pytest.fixture(scope="module")
def constants(found, point):
    return array(evaluate(found.prepare, {"p": point[0]})["q"], found.size("q"))


def test_rates_are_those_of_the_equation_files(found, point, constants):
    given = {"u": point[1], "q": constants, "free": starts(found)}
    computed = array(evaluate(found.rates, given)["f"], STATES)
    expected = rates(*point)
    assert (np.abs(computed - expected) <= 1e-12 * np.abs(expected).max(axis=1, keepdims=True)).all()


def test_observables_are_those_of_the_equation_files(found, point, constants):
    seen = array(evaluate(found.observe, {"u": point[1], "q": constants})["seen"], len(model.OBSERVABLES))
    named = dict(zip(model.PARAMETERS, point[0], strict=True))
    expected = np.stack(np.broadcast_arrays(*model.observe_by_name(tuple(point[1]), named)))
    np.testing.assert_allclose(seen, expected, rtol=1e-11, atol=1e-300)


def jacobian(parameters, state):
    """Differences of order four, shape (n_states, n_states, n_patients)."""
    slopes = np.empty((STATES, STATES, N))
    for j in range(STATES):
        step = 1e-3 * np.maximum(np.abs(state[j]), 1e-3)
        near, far = (
            (
                rates(parameters, moved(state, j, times * step))
                - rates(parameters, moved(state, j, -times * step))
            )
            / (2 * times * step)
            for times in (1, 2)
        )
        slopes[:, j] = (4 * near - far) / 3
    return slopes


def moved(state, j, step):
    """The state with one component moved."""
    found = state.copy()
    found[j] += step
    return found


def test_a_solve_with_the_factors_solves_the_linear_system(system, found, point, constants):
    """``(w I - J) k = f + d``, the Jacobian by differences: derivatives, order, factors, substitution."""
    w = np.full((1, N), 137.0)
    lu = evaluate(found.factorise, {"y": point[1], "q": constants, "w": w, "free": starts(found)})
    right = np.random.default_rng(1).standard_normal((STATES, N)) * np.maximum(np.abs(point[1]), 1.0)
    arrays = {"lu": array(lu["lu"], found.size("lu")), "f": right, "d": np.zeros_like(right)}
    k = array(evaluate(found.substitute, arrays)["k"], STATES)
    slopes = jacobian(*point)
    for patient in range(N):
        matrix = 137.0 * np.eye(STATES) - slopes[..., patient]
        # In units of each state, so that cells and fractions weigh alike.
        size = np.maximum(np.abs(point[1][:, patient]), 1.0)
        expected = np.linalg.solve(matrix * size / size[:, None], right[:, patient] / size)
        np.testing.assert_allclose(k[:, patient] / size, expected, rtol=1e-5, atol=1e-6)
    assert (array(lu["guard"], 1) > 0).all()
    assert len(system.jacobian) < STATES**2 / 4


@pytest.mark.parametrize("seed", range(4))
def test_sparse_factors_of_a_random_matrix_are_exact(seed):
    generator = np.random.default_rng(seed)
    n, w = 14, 3.0
    pattern = [place for place in product(range(n), range(n)) if generator.random() < 0.2]
    dense = np.zeros((n, n))
    for place in pattern:
        dense[place] = generator.standard_normal() * 0.3
    program = Program()
    entries = {place: program.input("j", index) for index, place in enumerate(pattern)}
    order = elimination_order(n, set(pattern))
    assert sorted(order) == list(range(n))
    store = factorise(program, program.input("w", 0), entries, order)
    lu = evaluate(program, {"w": np.array([w]), "j": np.array([dense[place] for place in pattern])})["lu"]
    right = generator.standard_normal(n)
    arrays = {"lu": np.array([lu[i] for i in range(len(store))]), "f": right, "d": 0 * right}
    k = evaluate(substitute(order, store), arrays)["k"]
    solution = np.linalg.solve(w * np.eye(n) - dense, right)
    np.testing.assert_allclose([k[i] for i in range(n)], solution, rtol=1e-10)


def test_a_fill_reducing_order_keeps_an_arrow_sparse():
    """A matrix with full first row and column fills completely in the given order, and not at all in this."""
    n = 20
    pattern = {(i, j) for i, j in product(range(n), range(n)) if i == j or 0 in (i, j)}
    program = Program()
    entries = {place: program.input("j", index) for index, place in enumerate(sorted(pattern))}
    assert len(factorise(program, program.input("w", 0), entries, elimination_order(n, pattern))) == len(
        pattern
    )

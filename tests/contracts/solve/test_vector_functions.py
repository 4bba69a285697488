"""The functions of equations as compiled code computes them, at every width, against NumPy."""

import math

import numpy as np
import pytest

from remit.functions import PARTNERS, exp, free_ligand, log, maximum, minimum, power, where
from remit.solve import Equations, compile_kernel
from remit.solve.object_code import WIDTHS

EPSILON = np.finfo(float).eps

EDGES = np.array([0.0, -0.0, 1.0, -1.0, 5e-324, 1e-310, 2.2e-308, 1e308, np.inf, -np.inf, np.nan])
POINTS = np.concatenate(
    [
        EDGES,
        np.linspace(-760.0, 720.0, 4001),
        np.geomspace(1e-320, 1e308, 2000),
        [709.7, 709.9, -745.1, -745.2],
    ]
)

every_width = pytest.mark.parametrize("width", WIDTHS)


def computed(width, function, *arguments):
    """Values of a function in compiled code, each argument of shape (n,)."""
    names = tuple(f"a{i}" for i in range(len(arguments)))
    equations = Equations(
        "function",
        names,
        (),
        ("value",),
        lambda y, p: tuple(0 * each for each in y),
        lambda y, p: (function(*y),),
        (1.0,) * len(names),
    )
    kernel = compile_kernel(equations, width)
    state = np.stack(arguments, axis=1)
    return kernel.observe(np.empty((len(state), 0)), state)[:, 0]


@every_width
def test_exp_is_within_two_units_in_the_last_place(width):
    found, expected = computed(width, exp, POINTS), exp(POINTS)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    sound = np.isfinite(expected) & (expected > 1e-300)
    np.testing.assert_allclose(found[sound], expected[sound], rtol=2 * EPSILON, atol=0)
    np.testing.assert_array_equal(found[np.isinf(expected)], np.inf)
    np.testing.assert_allclose(found[~sound & ~np.isnan(expected)], expected[~sound & ~np.isnan(expected)])


@every_width
def test_log_is_within_two_units_in_the_last_place(width):
    found, expected = computed(width, log, POINTS), log(POINTS)
    near_one = np.abs(expected) < 1e-3
    np.testing.assert_allclose(found[~near_one], expected[~near_one], rtol=2 * EPSILON, atol=0)
    np.testing.assert_allclose(found[near_one], expected[near_one], rtol=0, atol=EPSILON)


@every_width
def test_power_follows_numpy_as_closely_as_the_size_of_its_logarithm_allows(width):
    base = np.geomspace(1e-12, 1e12, 997)
    exponent = np.linspace(-7.0, 7.0, 997)
    error = np.abs(computed(width, power, base, exponent) / base**exponent - 1.0)
    assert (error <= 2 * EPSILON * (2 + np.abs(exponent * np.log(base)))).all()


@every_width
def test_power_is_zero_where_the_base_is_not_positive_and_undefined_where_it_is(width):
    base = np.array([0.0, -3.0, 1e-310, np.nan, np.inf])
    found = computed(width, power, base, np.full(5, 0.37))
    np.testing.assert_array_equal(found, [0.0, 0.0, 0.0, np.nan, np.nan])
    np.testing.assert_array_equal(found, power(base, 0.37))


@every_width
def test_choices_are_those_of_numpy(width):
    generator = np.random.default_rng(1)
    x, a, b = (generator.integers(-2, 3, 53).astype(float) for _ in range(3))
    np.testing.assert_array_equal(computed(width, where, x, a, b), where(x, a, b))
    np.testing.assert_array_equal(computed(width, maximum, a, b), np.maximum(a, b))
    np.testing.assert_array_equal(computed(width, minimum, a, b), np.minimum(a, b))


@every_width
@pytest.mark.parametrize("partners", range(1, PARTNERS + 1))
def test_free_ligand_is_that_of_numpy_and_balances(width, partners):
    generator = np.random.default_rng(partners)
    total = 10 ** generator.uniform(0, 2.5, 203)
    capacities = tuple(10 ** generator.uniform(-1, 3, (partners, 203)))
    dissociations = tuple(10 ** generator.uniform(-1, 5, (partners, 203)))

    def binding(total, *rest):
        return free_ligand(total, tuple(rest[:partners]), tuple(rest[partners:]))

    found = computed(width, binding, total, *capacities, *dissociations)
    np.testing.assert_allclose(found, free_ligand(total, capacities, dissociations), rtol=1e-12)
    bound = sum(c * found / (k + found) for c, k in zip(capacities, dissociations, strict=True))
    np.testing.assert_allclose(found + bound, total, rtol=1e-12)


@every_width
def test_free_ligand_is_found_from_wherever_the_search_begins(width):
    """A stage begins from what the step began with, which may lie on either side, and far away."""
    generator = np.random.default_rng(9)
    n = 203
    total = 10 ** generator.uniform(-1, 3, n)
    capacities, dissociations = 10 ** generator.uniform(-1, 3, (2, n)), 10 ** generator.uniform(-3, 3, (2, n))
    equations = Equations(
        "competition",
        ("total", "c1", "c2", "k1", "k2"),
        (),
        (),
        lambda y, p: (free_ligand(y[0], y[1:3], y[3:]), *(0 * each for each in y[1:])),
        lambda y, p: (),
        (1.0,) * 5,
    )
    kernel = compile_kernel(equations, width)
    u = np.stack([total, *capacities, *dissociations], axis=1)
    expected = free_ligand(total, tuple(capacities), tuple(dissociations))
    for start in (0 * expected, 0.01 * expected, expected, 1.5 * expected, 1e6 * total):
        found = kernel._mapped("rates", {"u": u, "free": start[:, None]}, "f")[:, 0]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_slope_of_a_power_is_finite_where_its_base_is_zero():
    equations = Equations(
        "uptake",
        ("drug", "effect"),
        ("hill",),
        (),
        lambda y, p: (-y[0], power(y[0], p["hill"]) - y[1]),
        lambda y, p: (),
        (1.0, 1.0),
    )
    kernel = compile_kernel(equations)
    constants = kernel.constants(np.array([[2.3], [0.4]]))
    stepped = kernel.step("rodas4", constants, np.zeros((2, 2)), np.full(2, 0.1))
    np.testing.assert_array_equal(stepped, np.zeros((2, 2)))
    assert math.isfinite(float(stepped.sum()))

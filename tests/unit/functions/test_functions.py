"""The functions that equations may call, in each of their forms."""

import math
import sys
from types import ModuleType

import mpmath
import numpy as np
import pytest
import sympy

from remit import symbols
from remit.errors import InputError
from remit.functions import (
    EXP_COEFFICIENTS,
    LOG_COEFFICIENTS,
    exp,
    free_ligand,
    log,
    maximum,
    minimum,
    power,
    where,
)
from remit.units import registry

POINTS = np.concatenate([np.linspace(-700, 700, 20_001), np.linspace(-1, 1, 10_001), [0.0, -0.0]])


def test_exp_agrees_with_the_library_to_two_units_in_the_last_place():
    np.testing.assert_allclose(exp(POINTS), np.exp(POINTS), rtol=4e-16)


def test_log_agrees_with_the_library_to_two_units_in_the_last_place():
    values = np.exp(POINTS[np.abs(POINTS) > 1e-3])
    np.testing.assert_allclose(log(values), np.log(values), rtol=4e-16, atol=2e-16)


@pytest.mark.parametrize(
    ("function", "argument", "expected"),
    [
        (exp, 800.0, math.inf),
        (exp, -800.0, 0.0),
        (log, 0.0, -math.inf),
        (log, math.inf, math.inf),
    ],
)
def test_limits_are_reached_without_error(function, argument, expected):
    assert function(argument) == expected


def test_log_of_a_negative_number_is_undefined():
    assert math.isnan(log(-1.0))


def test_power_of_zero_is_zero():
    assert power(0.0, 0.145) == 0.0


def test_maximum_and_minimum_choose():
    a, b = np.array([1.0, 5.0, 2.0]), np.array([3.0, 4.0, 2.0])
    np.testing.assert_array_equal(maximum(a, b), [3.0, 5.0, 2.0])
    np.testing.assert_array_equal(minimum(a, b), [1.0, 4.0, 2.0])


def competition(seed: int, n: int) -> tuple[np.ndarray, ...]:
    """Totals of 1 to 300, capacities of 0.1 to 1,000 and dissociation constants of 0.1 to 100,000 nmol/L."""
    generator = np.random.default_rng(seed)
    ranges = [(0, 2.5)] + [(-1, 3)] * 3 + [(-1, 5)] * 3
    return tuple(10 ** generator.uniform(*decades, n) for decades in ranges)


def test_free_ligand_satisfies_mass_balance_on_many_random_sets():
    total, c1, c2, c3, k1, k2, k3 = competition(1, 200_000)
    free = free_ligand(total, (c1, c2, c3), (k1, k2, k3))
    bound = c1 * free / (k1 + free) + c2 * free / (k2 + free) + c3 * free / (k3 + free)
    np.testing.assert_allclose(free + bound, total, rtol=1e-12)
    assert (free >= 0).all()


def test_free_ligand_balances_where_binding_is_as_tight_as_it_gets():
    """Seven decades of everything: stoichiometric binding takes the most steps."""
    generator = np.random.default_rng(2)
    total, c1, c2, c3, k1, k2, k3 = 10 ** generator.uniform(-3, 4, (7, 50_000))
    free = free_ligand(total, (c1, c2, c3), (k1, k2, k3))
    bound = c1 * free / (k1 + free) + c2 * free / (k2 + free) + c3 * free / (k3 + free)
    np.testing.assert_allclose(free + bound, total, rtol=1e-11)


def test_free_ligand_of_one_does_not_depend_on_the_others():
    total, c1, c2, c3, k1, k2, k3 = competition(3, 2_000)
    whole = free_ligand(total, (c1, c2, c3), (k1, k2, k3))
    for i in (0, 77, 1_999):
        alone = free_ligand(total[i], (c1[i], c2[i], c3[i]), (k1[i], k2[i], k3[i]))
        assert alone == whole[i]


def test_coefficients_are_those_of_a_chebyshev_fit():
    with mpmath.workdps(60):
        edge = mpmath.log(2) / 2 * mpmath.mpf("1.000001")
        assert [float(each) for each in mpmath.chebyfit(mpmath.exp, [-edge, edge], 12)] == list(
            EXP_COEFFICIENTS
        )
        most = ((mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1)) ** 2 * mpmath.mpf("1.000001")
        of_log = mpmath.chebyfit(
            lambda z: 2 * mpmath.atanh(mpmath.sqrt(z)) / mpmath.sqrt(z) if z else 2, [0, most], 8
        )
        assert [float(each) for each in of_log] == list(LOG_COEFFICIENTS)


def test_free_ligand_with_one_partner_is_the_root_of_the_quadratic():
    total, capacity, dissociation = 30.0, 100.0, 4.7
    half = (total - capacity - dissociation) / 2
    root = half + math.sqrt(half**2 + dissociation * total)
    assert free_ligand(total, (capacity,), (dissociation,)) == pytest.approx(root, rel=1e-13)


def test_more_partners_than_the_kernel_holds_are_refused():
    with pytest.raises(InputError, match="at most 3"):
        free_ligand(1.0, (1.0,) * 4, (1.0,) * 4)


@pytest.mark.parametrize("argument", range(1, 8))
def test_declared_derivatives_of_free_ligand_agree_with_differences(argument):
    arguments = sympy.symbols("T c1 c2 c3 k1 k2 k3")
    node = symbols.FreeLigandNode(*arguments)
    slope = sympy.diff(node, arguments[argument - 1])
    values = [30.0, 75.0, 2.0, 17.0, 900.0, 5.0, 0.2]

    def at(point: list[float]) -> float:
        return float(free_ligand(point[0], tuple(point[1:4]), tuple(point[4:])))

    step = 1e-5 * values[argument - 1]
    above, below = ([v + s * step * (i == argument - 1) for i, v in enumerate(values)] for s in (1, -1))
    numbers = dict(zip(arguments, values, strict=True))
    declared = slope.xreplace({node: sympy.Float(at(values))}).subs(numbers)
    assert float(declared) == pytest.approx((at(above) - at(below)) / (2 * step), rel=1e-7)


def test_where_is_not_differentiated_across_its_jump():
    x, a, b = sympy.symbols("x a b")
    node = where(x, a, b)
    assert sympy.diff(node, x) == 0
    assert sympy.diff(node, a) == symbols.WhereNode(x, 1, 0)


@pytest.mark.parametrize("package", ["sympy", "pint"])
def test_numbers_are_computed_while_another_thread_loads_a_package(package, monkeypatch):
    expected = where(1.0, exp(0.3), log(0.3))
    monkeypatch.setitem(sys.modules, package, ModuleType(package))
    assert where(1.0, exp(0.3), log(0.3)) == expected


def test_every_function_has_a_symbolic_form():
    x, a, b = sympy.symbols("x a b")
    assert exp(x) == sympy.exp(x)
    assert log(2 * x) == sympy.log(2 * x)
    assert power(x, 3) == x**3
    assert power(x, 0.5) == symbols.PowerNode(x, 0.5)
    assert maximum(a, b) == symbols.WhereNode(a - b, a, b)
    assert free_ligand(x, (a,), (b,)) == symbols.FreeLigandNode(x, a, b)


def test_units_are_checked_where_they_matter():
    units = registry()
    with pytest.raises(Exception, match="dimensionless"):
        exp(units.Quantity(1.0, "nmol/L"))
    assert power(units.Quantity(4.0, "L"), 0.5).check("[length]**1.5")


@pytest.mark.parametrize(("base", "exponent"), [(2.7, 1.3), (0.01, 0.4), (30.0, -2.5)])
def test_declared_derivatives_of_power_agree_with_differences(base, exponent):
    b, e = sympy.symbols("b e")
    node = symbols.PowerNode(b, e)

    def value(slope):
        forms = {"PowerNode": power, "WhereNode": where, "log": log}
        return float(sympy.lambdify((b, e), slope, [forms, "numpy"])(base, exponent))

    step = 1e-6
    by_base = (power(base * (1 + step), exponent) - power(base * (1 - step), exponent)) / (2 * step * base)
    by_exponent = (power(base, exponent + step) - power(base, exponent - step)) / (2 * step)
    assert value(sympy.diff(node, b)) == pytest.approx(by_base, rel=1e-7)
    assert value(sympy.diff(node, e)) == pytest.approx(by_exponent, rel=1e-7)

"""The few functions that equations may call, each with a NumPy, pint, SymPy and kernel form.

With SymPy arguments they return nodes with declared derivatives (``remit.symbols``), which the kernel
generator prints as calls of the same algorithms. With pint quantities they check dimensions. With
numbers and arrays they compute, using only IEEE ``+ - * /`` and exact scaling by powers of two, so a
result does not depend on a mathematics library. Neither SymPy nor pint is loaded for numbers.
"""

import math
import sys
from types import ModuleType
from typing import Any

import numpy as np

from remit.errors import problem
from remit.units import Value

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
"""ln 2 in two parts; the first has 20 trailing zero bits, so ``k * LN2_HIGH`` is exact for |k| < 2**20."""
LOG2_E = 1.4426950408889634
EXP_OVERFLOW = 709.782712893384
EXP_UNDERFLOW = -745.1332191019412
EXP_COEFFICIENTS = tuple(1 / math.factorial(n) for n in range(13, -1, -1))
LOG_COEFFICIENTS = tuple(2.0 / (2 * n + 1) for n in range(11, -1, -1))
SQRT_HALF = 0.7071067811865476
PARTNERS = 3
"""Most binding partners of one ligand; the Newton step is written out for this many, with one division."""
NEWTON_STEPS = 10
"""Enough for round-off on every set tried (eight sufficed); fixed, so the function has no branch."""


def is_symbolic(*values: Any) -> bool:
    """Whether any of the values is a SymPy expression."""
    return _is_of("sympy", "Basic", values)


def is_quantity(*values: Any) -> bool:
    """Whether any of the values carries a pint unit."""
    return _is_of("pint", "Quantity", values)


def _is_of(package: str, name: str, values: tuple[Any, ...]) -> bool:
    """Whether any of the values is of a class; none is, as long as nothing has loaded its package."""
    # Not `sympy.Basic`: another thread may be in the middle of loading the package.
    kind = getattr(sys.modules.get(package), name, ())
    return any(isinstance(value, kind) for value in values)


def _symbols() -> ModuleType:
    """The forms for SymPy arguments."""
    from remit import symbols  # noqa: PLC0415 - SymPy takes half a second to load

    return symbols


def _plain(value: Any) -> Any:
    return value.to("").magnitude if is_quantity(value) else value


def _exp(x: Any) -> Any:
    x = np.asarray(x, dtype=float)
    k = np.floor(np.where(np.isfinite(x), x, 0.0) * LOG2_E + 0.5)
    k = np.clip(k, -1100.0, 1100.0)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    value = np.full_like(r, EXP_COEFFICIENTS[0])
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for coefficient in EXP_COEFFICIENTS[1:]:
            value = value * r + coefficient
        value = np.ldexp(value, k.astype(np.int32))
    value = np.where(x > EXP_OVERFLOW, np.inf, value)
    value = np.where(x < EXP_UNDERFLOW, 0.0, value)
    return np.where(np.isnan(x), np.nan, value)[()]


def _log(x: Any) -> Any:
    x = np.asarray(x, dtype=float)
    mantissa, exponent = np.frexp(np.where((x > 0) & np.isfinite(x), x, 1.0))
    small = mantissa < SQRT_HALF
    mantissa = np.where(small, mantissa * 2.0, mantissa)
    e = exponent.astype(float) - small
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = np.full_like(z, LOG_COEFFICIENTS[0])
    for coefficient in LOG_COEFFICIENTS[1:]:
        series = series * z + coefficient
    value = e * LN2_HIGH + (s * series + e * LN2_LOW)
    value = np.where(x == 0, -np.inf, value)
    value = np.where(x < 0, np.nan, value)
    return np.where(np.isnan(x) | (x == np.inf), x, value)[()]


def exp(x: Value) -> Value:
    """Exponential of a dimensionless value; relative error under 1e-15."""
    if is_symbolic(x):
        return _symbols().exp(x)
    if is_quantity(x):
        return x.units._REGISTRY.Quantity(_exp(_plain(x)), "")
    return _exp(x)


def log(x: Value) -> Value:
    """Natural logarithm of a dimensionless value; relative error under 1e-15, minus infinity at zero."""
    if is_symbolic(x):
        return _symbols().log(x)
    if is_quantity(x):
        return x.units._REGISTRY.Quantity(_log(_plain(x)), "")
    return _log(x)


def power(base: Value, exponent: Value) -> Value:
    """``base`` to a real exponent, for ``base >= 0``; zero where the base is not positive."""
    if is_symbolic(base, exponent):
        return _symbols().power(base, exponent)
    if is_quantity(base, exponent):
        return base ** _plain(exponent)
    base = np.asarray(base, dtype=float)
    positive = np.where(base > 0, base, 1.0)
    return np.where(base > 0, _exp(exponent * _log(positive)), 0.0)[()]


def where(x: Value, a: Value, b: Value) -> Value:
    """``a`` where ``x > 0``, else ``b``; ``x`` may have any unit, ``a`` and ``b`` the same one."""
    if is_symbolic(x, a, b):
        return _symbols().WhereNode(x, a, b)
    if is_quantity(x, a, b):
        units = a.units if is_quantity(a) else b.units
        registry = units._REGISTRY
        left, right = (registry.Quantity(v) if not is_quantity(v) else v for v in (a, b))
        condition = x.magnitude if is_quantity(x) else x
        return registry.Quantity(
            np.where(condition > 0, left.to(units).magnitude, right.to(units).magnitude), units
        )
    return np.where(np.asarray(x) > 0, a, b)[()]


def maximum(a: Value, b: Value) -> Value:
    """The larger of two values."""
    return where(a - b, a, b)


def minimum(a: Value, b: Value) -> Value:
    """The smaller of two values."""
    return where(a - b, b, a)


def free_ligand(total: Value, capacities: tuple[Value, ...], dissociations: tuple[Value, ...]) -> Value:
    r"""Free ligand in equilibrium with several binding partners.

    Solves :math:`f + \sum_i c_i f / (K_i + f) = T` for ``f`` by ten Newton steps from the tangent at
    zero. The left side is increasing and concave, so the start lies below the root and Newton
    approaches it from below, monotonically.

    Parameters
    ----------
    total
        Total ligand, free and bound [any concentration], each value >= 0.
    capacities
        Total of each binding partner [same unit].
    dissociations
        Dissociation constant of each partner [same unit], > 0.

    Returns
    -------
    Free ligand [same unit].

    Raises
    ------
    InputError
        If there are more than three partners.
    """
    if is_symbolic(total, *capacities, *dissociations):
        return _symbols().FreeLigandNode(total, *capacities, *dissociations)
    if is_quantity(total):
        unit = total.units
        numbers = [value.to(unit).magnitude for value in (total, *capacities, *dissociations)]
        half = len(capacities)
        return unit._REGISTRY.Quantity(
            free_ligand(numbers[0], tuple(numbers[1 : half + 1]), tuple(numbers[half + 1 :])), unit
        )
    if len(capacities) > PARTNERS:
        raise problem("free_ligand", f"{len(capacities)} binding partners", f"at most {PARTNERS}")
    absent = PARTNERS - len(capacities)
    c1, c2, c3 = (*capacities, *(0.0,) * absent)
    k1, k2, k3 = (*dissociations, *(1.0,) * absent)
    f = total / (1.0 + c1 / k1 + c2 / k2 + c3 / k3)
    for _ in range(NEWTON_STEPS):
        a, b, c = k1 + f, k2 + f, k3 + f
        ab, ac, bc = a * b, a * c, b * c
        abc = ab * c
        value = (f - total) * abc + f * (c1 * bc + c2 * ac + c3 * ab)
        slope = abc * abc + c1 * k1 * bc * bc + c2 * k2 * ac * ac + c3 * k3 * ab * ab
        f = f - value * abc / slope
    return f

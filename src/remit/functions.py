"""The few functions that equations may call, each with a NumPy, pint, SymPy and kernel form.

With SymPy arguments they return nodes with declared derivatives (``remit.symbols``), which the kernel
generator prints as calls of the same algorithms. With pint quantities they check dimensions. With
numbers and arrays they compute, using only IEEE ``+ - * /`` and exact scaling by powers of two, so a
result does not depend on a mathematics library. Neither SymPy nor pint is loaded for numbers.
"""

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
SMALLEST_NORMAL = 2.0**-1022
EXP_COEFFICIENTS = (
    2.5110037721946562e-08, 2.7632639789868395e-07, 2.7557240918265525e-06, 2.480148548192088e-05,
    0.00019841269890047406, 0.0013888888952315155, 0.008333333333319601, 0.04166666666648809,
    0.1666666666666668, 0.5000000000000019, 1.0, 1.0,
)  # fmt: skip
"""Chebyshev fit of ``exp(r)`` for ``|r| <= ln 2 / 2``, highest power first; relative error under 2e-17."""
LOG_COEFFICIENTS = (
    0.148097119327619, 0.1531252799803632, 0.18183631685842616, 0.22222197056622844,
    0.2857142876064265, 0.3999999999930233, 0.6666666666666765, 2.0,
)  # fmt: skip
"""Chebyshev fit of ``log(m) / s`` in ``s**2``, with ``s = (m - 1) / (m + 1)``, for ``m`` from ``sqrt(1/2)``
to ``sqrt(2)``; relative error under 4e-18."""
SQRT_HALF = 0.7071067811865476
PARTNERS = 3
"""Most binding partners of one ligand; the Newton step is written out for this many, with one division."""
SETTLED = 1e-8
"""A Newton step that moves free ligand by a smaller share leaves a relative error below its square."""
ROUND_OFF = 1e-15
"""A Newton step of a smaller share is rounding and is not taken: a value once found is found again."""
MOST_NEWTON_STEPS = 60
"""Each of the first steps at least doubles free ligand or halves what is missing; six suffice in cells."""


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
    """``base`` to a real exponent, for ``base >= 0``.

    Zero where the base is not positive, or so small that it has lost digits (below 2e-308); undefined where
    it is infinite.
    """
    if is_symbolic(base, exponent):
        return _symbols().power(base, exponent)
    if is_quantity(base, exponent):
        return base ** _plain(exponent)
    base = np.asarray(base, dtype=float)
    positive = np.where(base < SMALLEST_NORMAL, 1.0, base)
    value = np.where(base < SMALLEST_NORMAL, 0.0, _exp(exponent * _log(positive)))
    return np.where(np.isinf(base) & (base > 0), np.nan, value)[()]


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

    Solves :math:`f + \sum_i c_i f / (K_i + f) = T` for ``f`` by Newton steps from zero, until one moves it
    by a share of less than ``SETTLED``. The left side is increasing and concave, so Newton approaches the
    root from below, monotonically, and the relative error of a step is at most the square of the last one.

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
    Free ligand [same unit]. An element of an array does not depend on the others.

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
    partners = (*capacities, *(0.0,) * absent), (*dissociations, *(1.0,) * absent)
    f, moving = 0.0 * np.asarray(total, dtype=float), np.asarray(True)
    for _ in range(MOST_NEWTON_STEPS):
        following = newton_step(f, total, *partners)
        step, size = np.abs(following - f), np.abs(following)
        f = np.where(moving & ~(step <= ROUND_OFF * size), following, f)
        moving = moving & (step > SETTLED * size)
        if not moving.any():
            break
    return f[()]


def newton_step(
    free: Value, total: Value, capacities: tuple[Value, ...], dissociations: tuple[Value, ...]
) -> Value:
    """The next iterate of :func:`free_ligand` for ``PARTNERS`` partners, with one division.

    Value and slope of the equation are taken over the product of all ``K + f``. Plain arithmetic, which other
    formats print.
    """
    (c1, c2, c3), (k1, k2, k3) = capacities, dissociations
    a, b, c = k1 + free, k2 + free, k3 + free
    ab, ac, bc = a * b, a * c, b * c
    abc = ab * c
    value = (free - total) * abc + free * (c1 * bc + c2 * ac + c3 * ab)
    slope = abc * abc + c1 * k1 * bc * bc + c2 * k2 * ac * ac + c3 * k3 * ab * ab
    return free - value * abc / slope

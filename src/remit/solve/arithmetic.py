"""The functions of ``remit.functions`` as the kernel calls them: the same algorithms, one number at a time.

A test holds them bit for bit to the NumPy forms. Nothing here calls a mathematics library; ``ldexp``
and ``frexp`` scale by powers of two and are exact.
"""

import math

from numba import njit

from remit.functions import (
    EXP_COEFFICIENTS,
    EXP_OVERFLOW,
    EXP_UNDERFLOW,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    LOG_COEFFICIENTS,
    NEWTON_STEPS,
    SQRT_HALF,
)


@njit(cache=True, error_model="numpy", inline="never")
def exp_(x: float) -> float:
    """Exponential."""
    if x > EXP_OVERFLOW:
        return math.inf
    if x < EXP_UNDERFLOW:
        return 0.0
    if x != x:
        return x
    k = math.floor(x * LOG2_E + 0.5)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    value = EXP_COEFFICIENTS[0]
    for i in range(1, len(EXP_COEFFICIENTS)):
        value = value * r + EXP_COEFFICIENTS[i]
    return math.ldexp(value, int(k))


@njit(cache=True, error_model="numpy", inline="never")
def log_(x: float) -> float:
    """Natural logarithm."""
    if x <= 0.0:
        return -math.inf if x == 0.0 else math.nan
    if x != x or x == math.inf:
        return x
    mantissa, exponent = math.frexp(x)
    e = float(exponent)
    if mantissa < SQRT_HALF:
        mantissa = mantissa * 2.0
        e = e - 1.0
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = LOG_COEFFICIENTS[0]
    for i in range(1, len(LOG_COEFFICIENTS)):
        series = series * z + LOG_COEFFICIENTS[i]
    return e * LN2_HIGH + (s * series + e * LN2_LOW)


@njit(cache=True, error_model="numpy", inline="never")
def power_(base: float, exponent: float) -> float:
    """Real power of a base that is not negative; zero where it is not positive."""
    if base <= 0.0:
        return 0.0
    return exp_(exponent * log_(base))


@njit(cache=True, error_model="numpy", inline="always")
def where_(x: float, a: float, b: float) -> float:
    """``a`` where ``x > 0``, else ``b``."""
    return a if x > 0.0 else b


@njit(cache=True, error_model="numpy", inline="never")
def free_ligands_(scratch, n):
    """Free ligand of ``n`` competitions at once, three partners each.

    ``scratch`` holds rows of length ``n``: total, three capacities, three dissociation constants; the
    result goes into an eighth row. The inner loop runs over competitions, so that it is vectorised.
    """
    for j in range(n):
        slope = 1.0 + scratch[n + j] / scratch[4 * n + j] + scratch[2 * n + j] / scratch[5 * n + j]
        scratch[7 * n + j] = scratch[j] / (slope + scratch[3 * n + j] / scratch[6 * n + j])
    for _ in range(NEWTON_STEPS):
        for j in range(n):
            total, c1, c2, c3 = scratch[j], scratch[n + j], scratch[2 * n + j], scratch[3 * n + j]
            k1, k2, k3, f = scratch[4 * n + j], scratch[5 * n + j], scratch[6 * n + j], scratch[7 * n + j]
            a, b, c = k1 + f, k2 + f, k3 + f
            ab, ac, bc = a * b, a * c, b * c
            abc = ab * c
            value = (f - total) * abc + f * (c1 * bc + c2 * ac + c3 * ab)
            slope = abc * abc + c1 * k1 * bc * bc + c2 * k2 * ac * ac + c3 * k3 * ab * ab
            scratch[7 * n + j] = f - value * abc / slope

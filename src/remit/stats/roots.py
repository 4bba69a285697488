"""Where a function of one variable crosses zero: one root, or many at once, each within its bracket."""

from collections.abc import Callable
from typing import cast

import numpy as np
from scipy.optimize import brentq

from remit.stats.estimate import Floats

MOST = 200
"""Steps after which a root is taken as it stands; halvings alone would need about 60."""
NEAR = 1e-13
"""Relative length of a Newton step after which the root is known to rounding: the error is of its square."""
CLOSE = 1e-14
"""Accuracy of a single root over its scale."""
CLOSEST = 2.3e-16
"""Relative width of a bracket that is not made narrower."""


def root(function: Callable[[float], float], low: float, high: float, scale: float | None = None) -> float:
    """Root of a function that changes its sign between two points, by the method of Brent (1973).

    Parameters
    ----------
    function
        Of opposite signs at both points.
    low, high
        Between which the root is.
    scale
        Size of the root, of which the accuracy is 1e-14; the larger of both points where it is not known.
    """
    accuracy = CLOSE * (max(abs(low), abs(high)) if scale is None else scale)
    # The stubs of SciPy know neither the number that comes back nor a float as tolerance.
    return cast(float, brentq(function, low, high, xtol=accuracy, rtol=CLOSE))  # pyright: ignore[reportArgumentType]


def decreasing_root(
    function: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats, zero: float = 0.0
) -> Floats:
    """Root of a function that is positive left of it and negative right of it, by Newton steps and halvings.

    A Newton step that leaves the bracket, or is more than half as long as the last, is replaced by half of
    the bracket, so that it always converges.

    Parameters
    ----------
    function
        Value and slope at points of the shape of the brackets.
    low, high
        Brackets, arrays of one shape. Without a change of sign the root is the end where it would be.
    zero
        Absolute value of the function that counts as zero; for functions that are not exact.
    """
    low, high = (np.array(each, dtype=np.float64) for each in np.broadcast_arrays(low, high))
    x: Floats = (low + high) / 2
    last = high - low
    done = last <= 0
    for _ in range(MOST):
        value, slope = function(x)
        low, high = np.where(value > 0, x, low), np.where(value > 0, high, x)
        with np.errstate(all="ignore"):
            newton = x - value / slope
        # Written so that a step that is not a number counts as one that leaves.
        kept = (newton >= low) & (newton <= high) & (np.abs(newton - x) <= last / 2)
        found = np.abs(value) <= zero
        after = np.where(done | found, x, np.where(kept, newton, (low + high) / 2))
        last = np.abs(after - x)
        x = after
        done |= (last <= NEAR * np.abs(x)) | found | np.isnan(value)
        if done.all():
            break
    return x


def crossing(function: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Point where a function without known slope goes from positive to negative, after Chandrupatla (1997).

    Inverse quadratic interpolation where three points allow it, halving elsewhere.

    Parameters
    ----------
    function
        Values at points of the shape of the brackets; they may be infinite.
    low, high
        Brackets, arrays of one shape. Without a change of sign the result is exactly the end where it would
        be.
    """
    low, high = (np.array(each, dtype=np.float64) for each in np.broadcast_arrays(low, high))
    left, right = function(low), function(high)
    ends = np.where(left <= 0, low, np.where(right >= 0, high, np.nan))
    # Where the function is not known the result means nothing, and must not be waited for.
    ends = np.where(np.isnan(left) | np.isnan(right), low, ends)
    # The newest point is a; the root is between a and b; c is the one before.
    a, b, fa, fb = high, low, right, left
    share = np.full(a.shape, 0.5)
    best = a
    for _ in range(MOST):
        new = a + share * (b - a)
        f = function(new)
        same = np.sign(f) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = new, f
        best = np.where(np.abs(fa) <= np.abs(fb), a, b)
        with np.errstate(all="ignore"):
            closest = 2 * CLOSEST * np.abs(best) / np.abs(b - a)
            if not ((closest < 0.5) & (f != 0) & np.isnan(ends)).any():
                break
            share = _interpolated(a, b, c, fa, fb, fc)
        share = np.clip(share, np.minimum(closest, 0.5), np.maximum(1 - closest, 0.5))
    return np.where(np.isnan(ends), best, ends)


def _interpolated(a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats) -> Floats:
    """Next point as a share of the way from a to b: inverse quadratic where that is safe, else half."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    quadratic = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi) & np.isfinite(quadratic)
    return np.where(safe, quadratic, 0.5)

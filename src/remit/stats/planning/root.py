"""Where a function of one number changes its sign."""

from collections.abc import Callable
from typing import cast

from scipy.optimize import brentq

CLOSE = 1e-14
"""Accuracy of a zero over its scale."""


def root(function: Callable[[float], float], low: float, high: float, scale: float | None = None) -> float:
    """Zero of a function that changes its sign between two points, by the method of Brent (1973).

    Parameters
    ----------
    function
        Of opposite signs at both points.
    low, high
        Between which the zero is.
    scale
        Size of the zero, of which the accuracy is 1e-14; the larger of both points where it is not known.
    """
    accuracy = CLOSE * (max(abs(low), abs(high)) if scale is None else scale)
    # The stubs of SciPy know neither the number that comes back nor a float as tolerance.
    return cast(float, brentq(function, low, high, xtol=accuracy, rtol=CLOSE))  # pyright: ignore[reportArgumentType]

r"""The drift that gives a power: the expected statistic at the last look under the alternative."""

from collections.abc import Callable

from scipy.special import ndtri

from remit.errors import problem
from remit.stats.estimate import Floats
from remit.stats.roots import root
from remit.stats.sequential.integration import goings, leave

LARGEST = 200.0
"""A drift beyond which no trial is planned."""


def fixed_drift(alpha: float, power: float) -> float:
    r"""Drift of the design with one look: :math:`z_{1-\alpha} + z_{power}`."""
    return float(ndtri(power) - ndtri(alpha))


def bounds_drift(fractions: Floats, lower: Floats, upper: Floats, alpha: float, power: float) -> float:
    """Drift at which upper bounds are crossed before lower ones with the power.

    Parameters
    ----------
    fractions, lower, upper
        Looks and bounds, shape (n_looks,).
    alpha, power
        One-sided type I error, near whose fixed design the drift is sought, and power.

    Raises
    ------
    InputError
        If no drift up to 200 has the power.
    """
    center = 1.1 * fixed_drift(alpha, power)
    path = goings(fractions, lower, upper, center, center)

    def excess(drift: float) -> float:
        near = abs(drift - center) <= center
        went = path if near else goings(fractions, lower, upper, drift)
        return power - float(leave(went, fractions, lower, upper, drift).upper.sum())

    return drift_where(excess, alpha, power)


def drift_where(excess: Callable[[float], float], alpha: float, power: float) -> float:
    """Drift at which a function of it is zero that is positive where the power is too small.

    Raises
    ------
    InputError
        If no drift up to 200 has the power, or the bounds meet before the last look at the one that has it.
    """
    fixed = fixed_drift(alpha, power)
    low, high = 0.9 * fixed, 1.3 * fixed
    if excess(low) <= 0:
        low = 0.0
    while excess(high) > 0:
        low, high = high, 2 * high
        if high > LARGEST:
            raise problem(
                "power",
                f"bounds that keep the power below {power:g} at a drift of {low:g}",
                f"bounds with which a power of {power:g} can be had",
                "lower futility bounds, or a smaller power",
            )
    return root(excess, low, high)

r"""Repeated confidence intervals and p-values: at any look, whether or not the trial stops there.

After Jennison and Turnbull (1989; 2000, chapter 9). A repeated interval at a look holds the drifts that the
efficacy bounds, applied to :math:`Z_k - \theta\sqrt{I_k}`, do not reject there. All looks together hold the
true drift with at least the stated probability, so that one look at one moment may be reported whatever the
rule to stop; the price is length. The bounds must be those computed without counting on futility stops.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from remit.errors import problem
from remit.stats.estimate import Floats, Limits
from remit.stats.roots import root
from remit.stats.sequential.looks import Looks

SMALLEST, LARGEST = 1e-15, 0.5
"""Errors outside these are not sought: a repeated p-value of one of them says at most, or at least, so much.

Bounds of one-sided designs are not defined for every error above one half.
"""
FAR = 100.0
"""Stands for an infinite bound."""


def repeated_intervals(whole: Looks, z: Floats | float) -> Limits:
    r"""Repeated confidence interval of the drift at each look, of the shape of ``z``.

    .. math:: \left(\frac{Z_k - b_k}{\sqrt{I_k}},\; \frac{Z_k + b_k}{\sqrt{I_k}}\right)

    Each side has the one-sided error of the efficacy bounds, so that the level is 1 - 2 alpha. Where the
    bound is infinite so is the interval.

    Parameters
    ----------
    whole
        Looks, with efficacy bounds.
    z
        Statistic at the first looks, shape (..., n) with n at most the number of looks. NaN gives NaN.

    Raises
    ------
    InputError
        If there are more statistics than looks.
    """
    at = np.asarray(z, dtype=np.float64)
    seen = _seen(at, whole.n_looks)
    roots, bounds = np.sqrt(whole.information[:seen]), whole.upper[:seen]
    return Limits((at - bounds) / roots, (at + bounds) / roots)


def repeated_p_values(bounds: Callable[[float], Floats], z: Floats) -> Floats:
    """Repeated p-value at each look: the smallest one-sided error at which its bound is reached.

    Parameters
    ----------
    bounds
        Efficacy bounds at each look, shape (n_looks,), for a one-sided error in (0, 0.5], by the same family
        or spending function throughout; they must not rise with the error. (Those of Lan and DeMets in
        O'Brien and Fleming's manner may, for errors above 0.317: a p-value there may be too large, none is
        too small.)
    z
        Statistic at the first looks, shape (n,) with n at most the number of looks. NaN gives NaN.

    Returns
    -------
    Shape (n,), from ``SMALLEST`` to ``LARGEST``.

    Raises
    ------
    InputError
        If there are more statistics than looks.
    """
    at = np.atleast_1d(np.asarray(z, dtype=np.float64))
    _seen(at, bounds(0.5).size)
    found = [_smallest_error(bounds, k, float(x)) if np.isfinite(x) else np.nan for k, x in enumerate(at)]
    return np.array(found, dtype=np.float64)


def sequential_p_values(bounds: Callable[[float], Floats], z: Floats) -> Floats:
    """Smallest one-sided error at which a bound was reached until each look, shape (n,).

    The running least repeated p-value (Liu and Anderson 2008). It is a p-value at every look, and can be
    given to multiple testing procedures. Looks with a NaN are passed over.
    """
    each = repeated_p_values(bounds, z)
    return np.minimum.accumulate(np.where(np.isnan(each), 1.0, each))


def _seen(z: Floats, n_looks: int) -> int:
    seen = z.shape[-1] if z.ndim else 1
    if seen > n_looks:
        raise problem("z", f"{seen} statistics", f"at most one for each of {n_looks} looks")
    return seen


def _smallest_error(bounds: Callable[[float], Floats], look: int, z: float) -> float:
    """Smallest error, sought on the scale of normal quantiles, on which bounds are close to straight."""

    def off(quantile: float) -> float:
        # Bounds that are infinite either way are far away, and have a sign.
        return float(np.clip(bounds(float(ndtr(quantile)))[look], -FAR, FAR)) - z

    low, high = float(ndtri(SMALLEST)), float(ndtri(LARGEST))
    if off(low) <= 0:
        return SMALLEST
    if off(high) >= 0:
        return LARGEST
    return float(ndtr(root(off, low, high)))

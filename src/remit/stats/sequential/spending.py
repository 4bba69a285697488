r"""Spending functions: the error that may be used up by a fraction of the information.

Each is a function of the fractions, the whole error and one parameter, which most do not have. They serve
type I and type II errors and that of a bound of harm alike. All are zero at 0, do not decrease, and are the
whole error at 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri

from remit.stats.estimate import Floats


@dataclass(frozen=True, slots=True)
class Spending:
    """A spending function and its parameter: name (empty for none), default, and range, ends included."""

    spent: Callable[[Floats, float, float], Floats]
    meaning: str
    parameter: str = ""
    default: float = np.nan
    low: float = np.nan
    high: float = np.nan


def obrien_fleming_type(fractions: Floats, error: float, _parameter: float = np.nan) -> Floats:
    r"""Spending that nearly gives the bounds of O'Brien and Fleming, after Lan and DeMets (1983).

    .. math:: \alpha(t) = 2 - 2\,\Phi\!\left(z_{\alpha/2} / \sqrt{t}\right)

    Here :math:`\alpha` is one-sided; each side of a two-sided design spends its own.
    """
    z = -float(ndtri(error / 2))
    return np.exp(np.log(2.0) + log_ndtr(-z / np.sqrt(fractions)))


def pocock_type(fractions: Floats, error: float, _parameter: float = np.nan) -> Floats:
    r"""Spending that nearly gives the bounds of Pocock, after Lan and DeMets (1983).

    .. math:: \alpha(t) = \alpha \ln(1 + (e - 1)\,t)
    """
    return error * np.log1p(np.expm1(1.0) * np.asarray(fractions))


def hwang_shih_decani(fractions: Floats, error: float, gamma: float) -> Floats:
    r"""Spending of Hwang, Shih and DeCani (1990); late for a negative gamma, early for a positive one.

    .. math:: \alpha(t) = \alpha\,\frac{1 - e^{-\gamma t}}{1 - e^{-\gamma}}, \qquad \alpha t
        \text{ for } \gamma = 0
    """
    t = np.asarray(fractions, dtype=np.float64)
    return error * (t if gamma == 0 else np.expm1(-gamma * t) / np.expm1(-gamma))


def kim_demets(fractions: Floats, error: float, rho: float) -> Floats:
    r"""Power spending of Kim and DeMets (1987): :math:`\alpha(t) = \alpha t^\rho`."""
    return error * np.asarray(fractions, dtype=np.float64) ** rho


SPENDING = {
    "lan-demets-obrien-fleming": Spending(obrien_fleming_type, "little early, like O'Brien and Fleming"),
    "lan-demets-pocock": Spending(pocock_type, "about as much at each look, like Pocock"),
    "hwang-shih-decani": Spending(
        hwang_shih_decani,
        "exponential; -4 is near O'Brien and Fleming, 1 near Pocock",
        "gamma",
        -4.0,
        -40.0,
        40.0,
    ),
    "kim-demets": Spending(
        kim_demets, "a power; 3 is near O'Brien and Fleming, 1 near Pocock", "rho", 3.0, 0.001, 50.0
    ),
}
"""Spending functions by name. That of given levels, "user", has no function."""

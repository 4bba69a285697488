r"""Confidence limits of a probability read off a curve, at each time by itself.

A normal interval is set on a scale and brought back. With the estimate :math:`p`, and
:math:`\sigma^2 = \mathrm{Var}(p) / p^2` the variance of its logarithm, the standard errors are

======================  ==========================  =================================================
scale                   of                          standard error
======================  ==========================  =================================================
``plain``               :math:`p`                   :math:`p\,\sigma`
``log``                 :math:`\log p`              :math:`\sigma`
``log-log``             :math:`\log(-\log p)`       :math:`\sigma / |\log p|`
``arcsine``             :math:`\arcsin\sqrt p`      :math:`\tfrac12 \sigma \sqrt{p / (1 - p)}`
``logit``               :math:`\log(p / (1 - p))`   :math:`\sigma / (1 - p)`
======================  ==========================  =================================================

The log-log scale is that of Kalbfleisch and Prentice (2002); Borgan and Liestøl (1990) found it and the
arcsine square root to keep their level from some 25 patients, where the plain one does not.
"""

from typing import Literal

import numpy as np
from scipy.special import expit, logit

from remit.errors import problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Floats, Limits

Scale = Literal["plain", "log", "log-log", "arcsine", "logit"]
SCALES: tuple[Scale, ...] = ("plain", "log", "log-log", "arcsine", "logit")


def pointwise_limits(
    probability: Floats, log_variance: Floats, level: float = 0.95, scale: Scale = "log-log"
) -> Limits:
    """Limits of probabilities from normal intervals on a scale.

    Limits are cut at 0 and 1. Where the probability is 1 both are 1; where it is 0 they are NaN.

    Parameters
    ----------
    probability
        Estimates in [0, 1], of any shape.
    log_variance
        Variance of the logarithm of each, of that shape; for Kaplan-Meier the sum of Greenwood.
    level
        Confidence level, in (0, 1).
    scale
        Where the normal interval is set, one of ``SCALES``.

    Raises
    ------
    InputError
        If the level or the scale is none of these.
    """
    check_level(level)
    if scale not in SCALES:
        raise problem("scale", scale, f"one of {', '.join(SCALES)}", "log-log")
    z = critical_value(level)
    p = np.asarray(probability, dtype=float)
    inside = (p > 0) & (p < 1)
    # What is at an end is replaced after the arithmetic, which then has nothing to divide by zero.
    at, deviation = np.where(inside, p, 0.5), z * np.sqrt(np.where(inside, log_variance, 0.0))
    low, high = _FROM_SCALE[scale](at, deviation)
    ends = np.where(p >= 1, 1.0, np.nan)
    return Limits(np.where(inside, low, ends), np.where(inside, high, ends))


def _plain(p: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    return np.maximum(p - p * deviation, 0.0), np.minimum(p + p * deviation, 1.0)


def _log(p: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    return p * np.exp(-deviation), np.minimum(p * np.exp(deviation), 1.0)


def _log_log(p: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    half = deviation / np.abs(np.log(p))
    return p ** np.exp(half), p ** np.exp(-half)


def _arcsine(p: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    angle, half = np.arcsin(np.sqrt(p)), 0.5 * deviation * np.sqrt(p / (1 - p))
    return np.sin(np.maximum(angle - half, 0.0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


def _logit(p: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    at, half = logit(p), deviation / (1 - p)
    return expit(at - half), expit(at + half)


_FROM_SCALE = {"plain": _plain, "log": _log, "log-log": _log_log, "arcsine": _arcsine, "logit": _logit}

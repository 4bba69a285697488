"""How well a fitted probability agrees with what was seen: exposure bins, calibration, discrimination.

The calibration of a model on the data it was fitted to is no test of it: without a penalty its intercept is 0
and its slope 1. It tells something on other patients, such as those of another dose.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, logit

from remit.errors import problem
from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Booleans, Estimate, Floats, Integers
from remit.stats.exposure_response.logistic import logistic
from remit.stats.proportions.clopper_pearson import exact_interval


@dataclass(frozen=True, slots=True)
class Bins:
    """Patients in bins of equal size by exposure, arrays of shape (n_bins,).

    ``exposure`` is the median of a bin, ``from_`` and ``to`` its smallest and largest; ``low`` and ``high``
    are exact limits (Clopper and Pearson 1934) of the ``observed`` share; ``expected`` is the mean of the
    fitted probabilities, NaN if none were given.
    """

    exposure: Floats
    from_: Floats
    to: Floats
    n: Integers
    events: Integers
    observed: Floats
    low: Floats
    high: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class Agreement:
    """Chi-square of observed against expected counts in bins; NaN with fewer than three of them."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration in the large (on the log-odds, slope held at 1) and slope, with Wald limits."""

    intercept: Estimate
    slope: Estimate


def exposure_bins(
    exposure: ArrayLike,
    response: ArrayLike,
    probability: ArrayLike | None = None,
    *,
    n_bins: int = 4,
    level: float = 0.95,
) -> Bins:
    """Observed share of responders by quantiles of exposure; equal exposures stay in one bin.

    Raises
    ------
    InputError
        If shapes differ or there is no bin.
    """
    x, y = np.asarray(exposure, dtype=float), np.asarray(response, dtype=bool)
    p = np.full(x.shape, np.nan) if probability is None else np.asarray(probability, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or p.shape != x.shape or n_bins < 1:
        found = f"shapes {x.shape}, {y.shape}, {p.shape}, {n_bins} bins"
        raise problem("exposure, response, probability", found, "one shape (n,), and at least one bin")
    edges = np.quantile(x, np.arange(1, n_bins) / n_bins) if x.size else np.empty(0)
    place = np.searchsorted(edges, x, side="left")
    bins = [np.flatnonzero(place == each) for each in range(n_bins)]
    bins = [each for each in bins if each.size]
    n = np.array([each.size for each in bins], dtype=np.int64)
    events = np.array([int(y[each].sum()) for each in bins], dtype=np.int64)
    limits = exact_interval(events, n, level)
    return Bins(
        np.array([np.median(x[each]) for each in bins]),
        np.array([x[each].min() for each in bins]),
        np.array([x[each].max() for each in bins]),
        n,
        events,
        events / n,
        limits.low,
        limits.high,
        np.array([p[each].mean() for each in bins]),
    )


def agreement(response: ArrayLike, probability: ArrayLike, *, n_bins: int = 10) -> Agreement:
    """Test of Hosmer and Lemeshow (1980), by quantiles of the fitted probability, with n_bins - 2 degrees.

    Its reference distribution is that of a model fitted to these same patients. A large p-value says that
    so many patients show no lack of fit, not that the model is right.
    """
    p = np.asarray(probability, dtype=float)
    if not np.isfinite(p).all() or not p.size:
        return Agreement(np.nan, 0, np.nan)
    bins = exposure_bins(p, response, p, n_bins=n_bins)
    df = bins.n.size - 2
    if df < 1:
        return Agreement(np.nan, df, np.nan)
    expected, n = bins.n * bins.expected, bins.n
    statistic = float(((bins.events - expected) ** 2 / (expected * (1 - expected / n))).sum())
    return Agreement(statistic, df, float(chdtrc(df, statistic)))


def calibration(response: ArrayLike, probability: ArrayLike, *, level: float = 0.95) -> Calibration:
    """Calibration of probabilities from elsewhere on these patients (Cox 1958).

    NaN where a probability is 0, 1 or not known, or the patients do not give it.
    """
    p, y = np.asarray(probability, dtype=float), np.asarray(response, dtype=bool)
    nothing = Estimate(np.nan, np.nan, np.nan)
    if not ((p > 0) & (p < 1)).all() or not p.size:
        return Calibration(nothing, nothing)
    odds, z = logit(p), critical_value(level)
    fit = logistic(np.column_stack([np.ones(p.size), odds]), y)
    slope, se = float(fit.coefficients[1]), float(fit.se[1])
    return Calibration(_in_the_large(y, odds, z), Estimate(slope, slope - z * se, slope + z * se))


def _in_the_large(response: Booleans, odds: Floats, z: float) -> Estimate:
    """Shift of the log-odds that makes expected and observed number of responders equal."""
    events = int(response.sum())
    if events in (0, response.size):
        return Estimate(np.nan, np.nan, np.nan)
    shift = 0.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-(odds + shift)))
        step = (events - p.sum()) / (p * (1 - p)).sum()
        # A step of more than one on the log-odds is cut, so that the search cannot run away.
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-12:
            break
    p = 1 / (1 + np.exp(-(odds + shift)))
    se = float(1 / np.sqrt((p * (1 - p)).sum()))
    return Estimate(shift, shift - z * se, shift + z * se)


def discrimination(response: ArrayLike, probability: ArrayLike) -> float:
    """Share of pairs of a responder and another patient in which the responder's probability is higher.

    Ties count half (the area under the curve of Hanley and McNeil 1982); NaN without both kinds.
    """
    y, p = np.asarray(response, dtype=bool), np.asarray(probability, dtype=float)
    positive, negative = int(y.sum()), int((~y).sum())
    if not positive or not negative or not np.isfinite(p).all():
        return np.nan
    _, place, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    total = float(rank[place][y].sum())
    return (total - positive * (positive + 1) / 2) / (positive * negative)

"""Ratios of geometric means of exposure between groups of patients, crude and adjusted.

On the log scale a difference of means with the limits of Welch (1947); adjusted, a coefficient of a linear
model of log exposure on all groupings at once. The covariance there is that of White (1980) with the
correction HC3 of MacKinnon and White (1985), since spread differs between groups.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from remit.errors import problem
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Booleans, Estimate, Floats

ALIKE = 1e-10
"""Smallest eigenvalue of the correlations of the columns, below which they do not differ."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Ratios of a linear model, one per column of the design after the intercept; NaN without a solution."""

    ratios: tuple[Estimate, ...]


def geometric_mean(exposure: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Geometric mean of exposures above 0; NaN of nobody."""
    x = np.asarray(exposure, dtype=float)
    w = np.ones(x.shape) if weight is None else np.asarray(weight, dtype=float)
    return float(np.exp((w * np.log(x)).sum() / w.sum())) if x.size else np.nan


def geometric_mean_ratio(
    exposure: ArrayLike, is_group: Booleans, is_reference: Booleans, *, level: float = 0.90
) -> Estimate:
    """Geometric mean of a group over that of the reference, with the limits of Welch (1947).

    Parameters
    ----------
    exposure
        Above 0, shape (n_patients,).
    is_group, is_reference
        Who belongs to which, shape (n_patients,); they have nobody in common.
    level
        Confidence level; 0.90 is customary beside limits of 0.8 and 1.25.

    Returns
    -------
    Limits are NaN where a group has fewer than two patients.
    """
    check_level(level)
    x = _logarithms(exposure)
    one, other = x[is_group], x[is_reference]
    if not one.size or not other.size:
        return Estimate(np.nan, np.nan, np.nan)
    change = float(one.mean() - other.mean())
    if one.size < 2 or other.size < 2:
        return Estimate(float(np.exp(change)), np.nan, np.nan)
    a, b = (float(each.var(ddof=1)) / each.size for each in (one, other))
    if a + b == 0:
        return Estimate(*(float(np.exp(change)),) * 3)
    df = (a + b) ** 2 / (a**2 / (one.size - 1) + b**2 / (other.size - 1))
    half = float(stdtrit(df, (1 + level) / 2)) * np.sqrt(a + b)
    return Estimate(*(float(np.exp(change + side * half)) for side in (0, -1, 1)))


def paired_ratio(exposure: ArrayLike, reference: ArrayLike, *, level: float = 0.90) -> Estimate:
    """Geometric mean of the ratio of exposures of the same patients, with the limits of Student."""
    check_level(level)
    change = _logarithms(exposure) - _logarithms(reference)
    if not change.size:
        return Estimate(np.nan, np.nan, np.nan)
    mean = float(change.mean())
    if change.size < 2:
        return Estimate(float(np.exp(mean)), np.nan, np.nan)
    half = float(stdtrit(change.size - 1, (1 + level) / 2)) * float(change.std(ddof=1)) / np.sqrt(change.size)
    return Estimate(*(float(np.exp(mean + side * half)) for side in (0, -1, 1)))


def adjusted_ratios(exposure: ArrayLike, design: Floats, *, level: float = 0.90) -> Adjusted:
    """Ratios by groups, each with the others held equal, by least squares on the logarithm of exposure.

    Parameters
    ----------
    exposure
        Above 0, shape (n_patients,).
    design
        Indicators of the groups without the intercept, shape (n_patients, q).
    """
    check_level(level)
    y, x = _logarithms(exposure), np.column_stack([np.ones(design.shape[0]), design])
    n, p = x.shape
    squares = x.T @ x
    size = np.sqrt(np.diag(squares))
    size = np.where(size > 0, size, 1.0)
    if n <= p or np.linalg.eigvalsh(squares / np.outer(size, size))[0] < ALIKE:
        return Adjusted((Estimate(np.nan, np.nan, np.nan),) * (p - 1))
    inverse = np.linalg.inv(squares / np.outer(size, size)) / np.outer(size, size)
    beta = inverse @ (x.T @ y)
    leverage = ((x @ inverse) * x).sum(axis=1)
    # A patient alone in a group has a residual of zero and a leverage of one.
    residual = (y - x @ beta) / np.maximum(1 - leverage, 1e-8)
    covariance = inverse @ ((x.T * residual**2) @ x) @ inverse
    half = float(stdtrit(n - p, (1 + level) / 2)) * np.sqrt(np.diag(covariance))
    return Adjusted(
        tuple(
            Estimate(*(float(np.exp(beta[k] + side * half[k])) for side in (0, -1, 1))) for k in range(1, p)
        )
    )


def _logarithms(exposure: ArrayLike) -> Floats:
    """Logarithms of exposures.

    Raises
    ------
    InputError
        If one is not above 0.
    """
    x = np.asarray(exposure, dtype=float)
    if not (np.isfinite(x) & (x > 0)).all():
        raise problem("exposure", "a value not above 0", "finite exposures above 0", "leave the patient out")
    return np.log(x)

"""Profile-likelihood limits of one coefficient: values that the likelihood ratio does not reject.

With the penalty of Firth they are limits of the penalised likelihood (Heinze and Schemper 2002).
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from remit.stats.estimate import Estimate
from remit.stats.exposure_response.logistic import (
    Data,
    LogisticFit,
    Status,
    checked,
    climb,
)
from remit.stats.roots import root

WIDEST = 40
"""Doublings of a standard error after which a limit is taken for infinite."""


def profile_limits(
    fit: LogisticFit,
    design: ArrayLike,
    response: ArrayLike,
    place: int,
    weight: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """Estimate of one coefficient with its profile-likelihood limits.

    Parameters
    ----------
    fit
        A fit to the same data.
    design, response, weight
        As they were fitted.
    place
        Column of the coefficient.
    level
        Confidence level, in (0, 1).

    Returns
    -------
    NaN where the fit has no estimate; a limit is infinite where no value is rejected.
    """
    if fit.status is not Status.CONVERGED:
        return Estimate(np.nan, np.nan, np.nan)
    data = checked(design, response, weight)
    most = float(chdtri(1, 1 - level))
    low, high = (_limit(fit, data, place, side, most) for side in (-1.0, 1.0))
    return Estimate(float(fit.coefficients[place]), low, high)


def _limit(fit: LogisticFit, data: Data, place: int, side: float, most: float) -> float:
    """The limit on one side, infinite where the likelihood never falls far enough."""
    estimate, se = float(fit.coefficients[place]), float(fit.se[place])
    free = np.ones(fit.coefficients.size, dtype=bool)
    free[place] = False
    start = fit.coefficients

    def excess(distance: float) -> float:
        held = start.copy()
        held[place] = estimate + side * distance
        _, point, _ = climb(data, held, free, firth=fit.is_penalised)
        reached = point.penalised if fit.is_penalised else point.log_likelihood
        return 2 * (fit.maximum - reached) - most

    step = 2 * se
    for _ in range(WIDEST):
        if excess(step) > 0:
            return estimate + side * root(excess, 0.0, step)
        step *= 2
    return side * np.inf

r"""Futility bounds that spend type II error, and the drift at which they and the efficacy bounds meet.

Under the alternative a trial may be at or below its futility bound with a probability that a spending
function gives: :math:`\beta(t_k)` by look :math:`k`. At the last look both bounds are to be one, and this
fixes the alternative: the drift for which the power is :math:`1-\beta`. After Pampallona, Tsiatis and Kim
(2001).
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats
from remit.stats.sequential.crossing import increments, lower_bound, upper_bound
from remit.stats.sequential.integration import above, begin, below, within

LOWEST = -40.0
"""In place of minus infinity, where binding futility leaves fewer trials than alpha is to be spent on."""


@dataclass(frozen=True, slots=True)
class FutilitySpending:
    """What futility bounds are placed with, arrays of shape (n_looks,).

    Parameters
    ----------
    fractions
        Information at each look over that at the last.
    beta
        Cumulative type II error allowed by each look.
    tested
        Whether futility is tested at a look; the last always is.
    harm
        Bound of harm, at which a trial stops too; minus infinity where there is none.
    alpha
        For binding futility: the type I error to be spent at each look. None where futility is not binding.
    """

    fractions: Floats
    beta: Floats
    tested: Booleans
    harm: Floats
    alpha: Floats | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Efficacy and futility bounds, shape (n_looks,), and the type II error left over at the last look.

    ``excess`` is positive where the drift is too small for the power, negative where it is too large.
    """

    upper: Floats
    lower: Floats
    excess: float


def futility_bounds(spending: FutilitySpending, upper: Floats, drift: float) -> Bounds:
    """Futility bounds that spend the type II error under a drift.

    Where futility is binding the efficacy bounds are placed in the same pass, each after the lower bounds
    before it; ``upper`` is then not used. Where a lower bound would be above the upper one it is put there:
    a drift that large leaves nobody to go on.
    """
    at = spending.fractions
    under, none = begin(drift), begin(0.0)
    lower, upper = np.full(at.size, -np.inf), upper.copy()
    beta = increments(spending.beta, spending.tested)
    alpha_left = beta_left = 0.0
    for k, now in enumerate(at[:-1]):
        if spending.alpha is not None:
            alpha_left += spending.alpha[k]
            # What rounding has left over is no reason for a bound where nothing is to be spent.
            upper[k] = max(upper_bound(none, now, alpha_left), LOWEST) if spending.alpha[k] > 0 else np.inf
            alpha_left -= above(none, now, upper[k]) if np.isfinite(upper[k]) else 0.0
        beta_left += beta[k]
        if beta[k] > 0:
            lower[k] = min(lower_bound(under, now, beta_left), upper[k])
        stop = max(lower[k], spending.harm[k])
        beta_left -= below(under, now, stop) if np.isfinite(stop) else 0.0
        under = within(under, now, stop, upper[k], at[k + 1])
        if spending.alpha is not None:
            none = within(none, now, lower[k], upper[k], at[k + 1])
    if spending.alpha is not None:
        upper[-1] = max(upper_bound(none, at[-1], alpha_left + spending.alpha[-1]), LOWEST)
    lower[-1] = upper[-1]
    return Bounds(upper, lower, below(under, at[-1], upper[-1]) - beta_left - beta[-1])

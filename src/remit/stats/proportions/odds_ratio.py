"""Odds ratio of one table with the normal interval of its logarithm."""

import numpy as np

from remit.errors import problem
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Comparison, Integers
from remit.stats.proportions.counts import tables
from remit.stats.proportions.log_ratio import wald


def odds_ratio(
    x_experimental: Integers,
    n_experimental: Integers,
    x_control: Integers,
    n_control: Integers,
    *,
    added: float = 0.0,
    level: float = 0.95,
) -> Comparison:
    r"""Ratio of the odds of response, experimental over control.

    After Woolf (1955), with cells :math:`a, b` of the experimental and :math:`c, d` of the control arm:

    .. math:: \hat\psi = \frac{a d}{b c}, \qquad
        \mathrm{Var}\,\log\hat\psi = \frac1a + \frac1b + \frac1c + \frac1d

    Parameters
    ----------
    x_experimental, n_experimental, x_control, n_control
        Responders and patients of each arm; arrays of one shape, or numbers.
    added
        What is added to every cell of every table: 0, or 1/2 after Haldane (1956) and Anscombe (1956), with
        which there is an estimate for every table with patients in both arms.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Comparison; ``se`` is that of the logarithm. With an empty cell the ratio is 0, infinite, or NaN where
    both products are zero, and the rest is NaN. With an arm without patients all is NaN.

    Raises
    ------
    InputError
        Impossible counts, ``level`` or ``added``.
    """
    check_level(level)
    if not 0 <= added < np.inf:
        raise problem("added", added, "a finite number of at least 0", "0 or 0.5")
    x1, n1, x0, n0 = tables(x_experimental, n_experimental, x_control, n_control)
    both = np.where((n1 > 0) & (n0 > 0), 0.0, np.nan)
    a, b, c, d = (cell + added + both for cell in (x1, n1 - x1, x0, n0 - x0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, variance = a * d / (b * c), 1 / a + 1 / b + 1 / c + 1 / d
    name = "odds ratio, Woolf" if not added else f"odds ratio, Woolf, {added:g} added"
    return wald(name, "odds ratio", ratio, variance, level)

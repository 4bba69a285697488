r"""MaxCombo: the largest of several weighted log-rank statistics, for effects that may come early or late.

After Lee (2007) and Karrison (2016). With statistics :math:`Z_j` of weights :math:`w_j`, whose covariances
are those of ``log_rank_rows``, the p-value is the probability that the largest of normal variables so
correlated is at least as large as the largest seen. It is computed, not simulated: see ``largest_normal``.

FH(0, 1) can favour an arm whose survival is lower at every time, and with it the largest statistic can
(Freidlin and Korn 2019). ``log_rank_weights.modestly_weighted`` cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from remit.stats.estimate import Comparison, Floats
from remit.stats.survival.largest_normal import probability_beyond
from remit.stats.survival.log_rank import sums_of
from remit.stats.survival.log_rank_rows import LogRankSums
from remit.stats.survival.log_rank_weights import Weight, fleming_harrington

COMBINATION = (
    fleming_harrington(0, 0),
    fleming_harrington(0, 1),
    fleming_harrington(1, 0),
    fleming_harrington(1, 1),
)
"""Weights for any time at which the effect is largest: all alike, late, early, middle."""


@dataclass(frozen=True, slots=True)
class MaxCombo:
    """A MaxCombo test, arrays of the shape of its comparison, with (n_weights,) behind.

    Parameters
    ----------
    comparison
        Largest statistic, one-sided p-value; no estimate. Its ``z`` is not standard normal under no effect:
        bounds of a standardised statistic do not hold for it, those for ``z_of_p`` do.
    weights, z, correlation
        The tests that were combined, positive in favour of the experimental arm. NaN for a weight under
        which nothing is compared, such as FH(0, 1) at a first event; it is left out.
    p_value_absolute
        Probability of a largest absolute value as large as that seen, the two-sided test of both directions.
    """

    comparison: Comparison
    weights: tuple[Weight, ...]
    z: Floats
    correlation: Floats
    p_value_absolute: Floats

    @property
    def best(self) -> Floats:
        """Position of the weight with the largest statistic; NaN without any."""
        nowhere = np.isnan(self.z).all(axis=-1)
        return np.where(nowhere, np.nan, np.argmax(np.where(np.isnan(self.z), -np.inf, self.z), axis=-1))

    @property
    def z_of_p(self) -> Floats:
        """The standard normal statistic of the same one-sided p-value."""
        return -ndtri(self.comparison.p_value)


def max_combo(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    stratum: ArrayLike | None = None,
    weights: Sequence[Weight] = COMBINATION,
) -> MaxCombo:
    """MaxCombo of one data set; arrays of shape (). Other arguments as ``log_rank``.

    Raises
    ------
    InputError
        If arrays do not fit one another or hold what they must not, or more than four weights are
        independent.
    """
    found = max_combo_rows(sums_of(time, event, arm, stratum, weights))
    one = found.comparison
    method = f"{one.method}, stratified" if stratum is not None else one.method
    nothing = np.full((), np.nan)
    comparison = Comparison(
        method, "", nothing, nothing, nothing, nothing, one.z[0, 0], one.p_value[0, 0], one.level
    )
    return MaxCombo(
        comparison, found.weights, found.z[0, 0], found.correlation[0, 0], found.p_value_absolute[0, 0]
    )


def max_combo_rows(sums: LogRankSums, two_sided: bool = True) -> MaxCombo:
    """MaxCombo of every trial at every look, of all the weights of the sums; arrays (n_replicates, n_looks).

    Parameters
    ----------
    sums
        From ``log_rank_rows``.
    two_sided
        Whether ``p_value_absolute`` is computed, which takes most of the time; NaN if not.

    Raises
    ------
    InputError
        If more than four weights are independent.
    """
    z, correlation = sums.z, sums.correlation
    shape, m = z.shape[:-1], z.shape[-1]
    there = ~np.isnan(z)
    # A number stands where there is none only until the mask below.
    largest = np.where(there.any(axis=-1), np.where(there, z, -np.inf).max(axis=-1), np.nan)
    absolute = np.where(there.any(axis=-1), np.where(there, np.abs(z), -np.inf).max(axis=-1), np.nan)
    flat = correlation.reshape(-1, m, m)
    p_value = probability_beyond(largest.ravel(), flat).reshape(shape)
    nothing = np.full(shape, np.nan)
    two = probability_beyond(absolute.ravel(), flat, two_sided=True).reshape(shape) if two_sided else nothing
    names = ", ".join(weight.name for weight in sums.weights)
    comparison = Comparison(f"MaxCombo of {names}", "", nothing, nothing, nothing, nothing, largest, p_value)
    return MaxCombo(comparison, sums.weights, z, correlation, two)

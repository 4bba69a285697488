"""Log-rank test of one data set: two arms, strata, weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import problem
from remit.stats.estimate import Comparison, Floats, Integers
from remit.stats.survival.log_rank_rows import LogRankSums, Replicates, compared, log_rank_rows
from remit.stats.survival.log_rank_weights import LOG_RANK, Weight


@dataclass(frozen=True, slots=True)
class ObservedExpected:
    """What a log-rank test compares, arms in the order control, experimental.

    ``observed`` and ``expected`` count each event by its weight; ``variance`` is that of their difference,
    and ``chi_square`` the two-sided statistic with one degree of freedom, NaN where nothing is compared.
    """

    patients: Integers
    events: Integers
    observed: Floats
    expected: Floats
    variance: float
    chi_square: float


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    stratum: ArrayLike | None = None,
    weight: Weight = LOG_RANK,
    level: float = 0.95,
) -> Comparison:
    """Compare the survival of two arms, after Mantel (1966) and Peto and Peto (1972).

    Parameters
    ----------
    time
        Time of event or censoring, shape (n_patients,), in any unit, at least 0.
    event
        True for an event, shape (n_patients,).
    arm
        1 for the experimental arm, 0 for control, shape (n_patients,).
    stratum
        Anything that names the stratum of each patient, shape (n_patients,); None for one.
    weight
        How events count by time: see ``log_rank_weights``.
    level
        Confidence level of the interval of the hazard ratio.

    Returns
    -------
    Arrays of shape (): the test, with the hazard ratio of one step, see ``log_rank_rows.compared``.

    Raises
    ------
    InputError
        If arrays do not fit one another, or hold what they must not.
    """
    rows = compared(sums_of(time, event, arm, stratum, (weight,)), level=level)
    return Comparison(
        f"{rows.method}, stratified" if stratum is not None else rows.method,
        rows.parameter,
        rows.estimate[0, 0],
        rows.low[0, 0],
        rows.high[0, 0],
        rows.se[0, 0],
        rows.z[0, 0],
        rows.p_value[0, 0],
        level,
    )


def observed_and_expected(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    stratum: ArrayLike | None = None,
    weight: Weight = LOG_RANK,
) -> ObservedExpected:
    """Observed and expected events of each arm; arguments as :func:`log_rank`."""
    sums = sums_of(time, event, arm, stratum, (weight,))
    return ObservedExpected(
        sums.patients[0, 0],
        sums.events[0, 0],
        sums.observed[0, 0, 0],
        sums.expected[0, 0, 0],
        float(sums.variance[0, 0, 0]),
        float(sums.z[0, 0, 0] ** 2),
    )


def sums_of(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, stratum: ArrayLike | None, weights: Sequence[Weight]
) -> LogRankSums:
    """One data set as a single trial that is never cut."""
    when = np.asarray(time, dtype=float)
    if when.ndim != 1:
        raise problem("time", f"shape {when.shape}", "shape (n_patients,)", "many trials: log_rank_rows")
    label = np.zeros(when.size) if stratum is None else np.asarray(stratum)
    if label.shape != when.shape:
        raise problem("stratum", f"shape {label.shape}", f"that of time, {when.shape}")
    _, number = np.unique(label, return_inverse=True)
    row = Replicates(
        entry=np.zeros((1, 1)),
        time=when[None],
        event=np.asarray(event)[None],
        arm=np.asarray(arm)[None],
        stratum=number[None],
    )
    return log_rank_rows(row, weights=weights)

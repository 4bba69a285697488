r"""Survival when a time is only known to lie between two visits, one data set.

A patient without progression at the visit :math:`L` who has it at the next, :math:`R`, had it in
:math:`(L, R]`; a time that is known is the interval of that time alone, censoring at :math:`L` is
:math:`(L, \infty)`, and progression before the first visit is :math:`(0, R]`. The estimate without a model
(Peto 1973; Turnbull 1976) has mass only on the innermost intervals, those that begin with a left end and end
with the next right end, and within such an interval the data say nothing of where. So survival between its
ends and a quantile that falls there are known to lie between two values, and are given so. With censoring on
the right alone it is Kaplan-Meier, the mass that is left being on :math:`(t_n, \infty)`.

Taking the visit at which a progression is seen for its time is simpler, and shifts survival by up to the gap
between visits. There is no variance here: the estimate does not converge as a normal variable does.
``interval_likelihood`` finds the maximum, and says how far from it the result may be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import Finding, InputError, problem
from remit.stats.estimate import Floats, Integers
from remit.stats.survival.interval_likelihood import CLOSE, Members, largest_likelihood, members

ROUNDING = 1e-9
"""A share of patients that rounding has moved by less still counts as what it is without rounding."""


@dataclass(frozen=True, slots=True)
class Between:
    """What is only known to lie between two values; they are equal where it is known."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class IntervalCurve:
    r"""Estimate of the distribution of a time from intervals.

    Parameters
    ----------
    left, right
        Ends of the innermost intervals :math:`(L, R]`, increasing, shape (n_intervals,). Equal for a time
        that is known; an infinite right end is survival beyond what was seen.
    mass
        Share of patients with the event in each, shape (n_intervals,); many are 0.
    log_likelihood
        Largest log-likelihood.
    gap
        Bound of what the largest log-likelihood exceeds ``log_likelihood`` by.
    n_patients
        Patients.
    """

    left: Floats
    right: Floats
    mass: Floats
    log_likelihood: float
    gap: float
    n_patients: int

    @property
    def is_converged(self) -> bool:
        """Whether the conditions of a maximum hold, but for rounding."""
        return self.gap <= CLOSE * self.n_patients


def turnbull(left: ArrayLike, right: ArrayLike) -> IntervalCurve:
    """Largest likelihood of a distribution known by intervals.

    What it takes grows with the cube of the number of innermost intervals that have mass: half a second at
    400, some ten at 900.

    Parameters
    ----------
    left
        Last time without the event, 0 if there is none; the time itself if it is known. Shape (n_patients,).
    right
        First time with the event, infinite if there is none; the time itself if it is known. Of that shape.

    Raises
    ------
    InputError
        If there are no patients, shapes differ, or an interval is none.
    """
    begin, end = _checked(left, right)
    first_code, last_code, value = _codes(begin, end)
    begins, ends = _innermost(first_code, last_code)
    first = np.searchsorted(begins, first_code, side="left")
    last = np.searchsorted(ends, last_code, side="right") - 1
    rows: Members = members(first, last, begins.size)
    found = largest_likelihood(rows)
    return IntervalCurve(
        value[begins // 3],
        value[ends // 3],
        found.mass,
        found.log_likelihood,
        found.gap,
        begin.size,
    )


def survival_between(curve: IntervalCurve, at: ArrayLike) -> Between:
    """Smallest and largest survival at each time of ``at``, of its shape, that the estimate allows."""
    when = np.asarray(at, dtype=float)
    total = np.concatenate([[0.0], np.cumsum(curve.mass)])
    exact = curve.left == curve.right
    # An interval open on the left has not begun at its left end; a known time has.
    begun = np.searchsorted(np.where(exact, curve.left, np.nextafter(curve.left, np.inf)), when, side="right")
    over = np.searchsorted(curve.right, when, side="right")
    return Between(np.maximum(1 - total[begun], 0.0), np.maximum(1 - total[over], 0.0))


def quantile_between(curve: IntervalCurve, probability: float) -> Between:
    """Ends of the innermost interval in which a share of patients has first had the event.

    Equal if that is a time that is known; the second is infinite if the share is not reached.

    Raises
    ------
    InputError
        If the probability is not between 0 and 1.
    """
    if not 0 < probability < 1:
        raise problem("quantile_between: probability", probability, "a share between 0 and 1", "0.5")
    place = int(np.flatnonzero(np.cumsum(curve.mass) >= probability - ROUNDING)[0])
    return Between(curve.left[place], curve.right[place])


def _checked(left: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
    begin, end = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if begin.ndim != 1 or begin.shape != end.shape or begin.size == 0:
        found_shapes = f"shapes {begin.shape} and {end.shape}"
        raise problem("left, right", found_shapes, "two ends for each of some patients, shape (n_patients,)")
    found: list[Finding] = []
    if not (np.isfinite(begin) & (begin >= 0)).all():
        found.append(Finding("left", "an end that is none", "finite times of at least 0", "0 if unknown"))
    if np.isnan(end).any():
        found.append(Finding("right", "NaN", "times, or infinity", "numpy.inf for censoring"))
    if (end < begin).any():
        number = int(np.flatnonzero(end < begin)[0])
        pair = f"{begin[number]} and {end[number]} for patient {number}"
        found.append(Finding("left, right", pair, "no right end before the left end", "swap them"))
    if found:
        raise InputError(found)
    return begin, end


def _codes(begin: Floats, end: Floats) -> tuple[Integers, Integers, Floats]:
    """Whole numbers that order the ends: at one time, that known starts, then right ends, then left ends."""
    value, rank = np.unique(np.concatenate([begin, end]), return_inverse=True)
    first, last = rank[: begin.size], rank[begin.size :]
    exact = first == last
    return np.where(exact, 3 * first, 3 * first + 2), 3 * last + 1, value


def _innermost(first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """Left ends that the next end, a right one, follows; and these right ends."""
    ends = np.unique(np.concatenate([first, last]))
    # Codes of right ends are 1 more than a multiple of 3.
    is_right = ends % 3 == 1
    places = np.flatnonzero(~is_right[:-1] & is_right[1:])
    return ends[places], ends[places + 1]

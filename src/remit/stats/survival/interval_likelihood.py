r"""Largest likelihood of masses on ordered intervals, each patient being in one of several in a row.

With the share :math:`p_j` of interval :math:`j`, and :math:`w_l` patients known to be in one of the intervals
:math:`f_l, \ldots, g_l`,

.. math:: \ell(p) = \sum_l w_l \log q_l, \qquad q_l = \sum_{j=f_l}^{g_l} p_j, \qquad
    D_j = \sum_{l : f_l \le j \le g_l} \frac{w_l}{q_l}

It is concave, and :math:`p` is its maximum over all masses that sum to 1 if and only if no :math:`D_j`
exceeds the number of patients :math:`n` (Kuhn and Tucker; Gentleman and Geyer 1994). Elsewhere the excess
bounds what is missing: :math:`\max \ell - \ell(p) \le \max_j D_j - n`, the gap that is returned.
Self-consistency (Turnbull 1976), :math:`p_j \leftarrow p_j D_j / n`, comes near the maximum and then hardly
moves; the constrained Newton method (Wang 2007; Wang and Taylor 2013) ends there, and finds which masses are
zero.

Where each interval is the first of some patient there is one maximum: with :math:`P_j = p_1 + \cdots + p_j`,
equal shares :math:`q_l = P_{g_l} - P_{f_l - 1}` tie each :math:`P_{j-1}` to a later one, and so to
:math:`P_J = 1`.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # of which `optimize` is loaded when it is first asked for

from remit.stats.estimate import Booleans, Floats, Integers

N_SELF_CONSISTENT = 30
"""Steps of self-consistency before the first of Newton."""
N_NEWTON = 100
CLOSE = 1e-10
"""Gap per patient at which the maximum is reached."""
N_HALVED = 40
"""How often a Newton step is halved before it is given up."""


@dataclass(frozen=True, slots=True)
class Members:
    """Which intervals patients may be in: from ``first`` to ``last``, both included; one row for all alike.

    Arrays of shape (n_rows,); ``weight`` is how many patients.
    """

    first: Integers
    last: Integers
    weight: Floats
    n_intervals: int


@dataclass(frozen=True, slots=True)
class Maximum:
    """Masses at the end of a climb, shape (n_intervals,), and how far it came.

    Parameters
    ----------
    mass
        Share of each interval.
    log_likelihood
        Log-likelihood there.
    gap
        Bound of what the largest log-likelihood exceeds it by.
    n_steps
        Steps of Newton.
    """

    mass: Floats
    log_likelihood: float
    gap: float
    n_steps: int


def members(first: Integers, last: Integers, n_intervals: int) -> Members:
    """Patients alike brought together; ``first`` and ``last`` have shape (n_patients,)."""
    rows, weight = np.unique(np.stack([first, last], axis=1), axis=0, return_counts=True)
    return Members(rows[:, 0], rows[:, 1], weight.astype(float), n_intervals)


def largest_likelihood(rows: Members) -> Maximum:
    """Masses of largest likelihood."""
    n = float(rows.weight.sum())
    mass = np.full(rows.n_intervals, 1 / rows.n_intervals)
    for _ in range(N_SELF_CONSISTENT):
        mass = mass * _gradient(rows, mass) / n
    n_steps = 0
    gradient = _gradient(rows, mass)
    while float(gradient.max()) - n > CLOSE * n and n_steps < N_NEWTON:
        n_steps += 1
        moved = _newton(rows, mass, gradient)
        if moved is None:
            break
        # A step of self-consistency takes away what rounding has left in the sum.
        mass = moved * _gradient(rows, moved) / n
        gradient = _gradient(rows, mass)
    gap = max(float(gradient.max()) - n, 0.0)
    return Maximum(mass, _log_likelihood(rows, mass), gap, n_steps)


def _shares(rows: Members, mass: Floats) -> Floats:
    """Mass of the intervals that each row may be in."""
    below = np.concatenate([[0.0], np.cumsum(mass)])
    return below[rows.last + 1] - below[rows.first]


def _log_likelihood(rows: Members, mass: Floats) -> float:
    shares = _shares(rows, mass)
    return float(rows.weight @ np.log(shares)) if (shares > 0).all() else -np.inf


def _gradient(rows: Members, mass: Floats) -> Floats:
    """Derivative of the log-likelihood by each mass."""
    pull = rows.weight / _shares(rows, mass)
    starts = np.bincount(rows.first, weights=pull, minlength=rows.n_intervals + 1)
    ends = np.bincount(rows.last + 1, weights=pull, minlength=rows.n_intervals + 1)
    return np.cumsum(starts - ends)[:-1].astype(float)


def _holds(rows: Members, chosen: Integers) -> Booleans:
    """Whether a row may be in an interval, (n_rows, n_chosen)."""
    return (rows.first[:, None] <= chosen) & (chosen <= rows.last[:, None])


def _newton(rows: Members, mass: Floats, gradient: Floats) -> Floats | None:
    r"""Masses of the largest quadratic approximation, or part of the way to them; None if it does not rise.

    That is the least :math:`\sum_l w_l (q_l^\ast / q_l - 2)^2` over masses that sum to 1, a problem of least
    squares that are not negative once the sum is taken in as a row of ones.
    """
    n = float(rows.weight.sum())
    chosen = _candidates(mass, gradient - n)
    scale = np.sqrt(rows.weight / n)[:, None]
    left = scale * (_holds(rows, chosen) / _shares(rows, mass)[:, None] - 2)
    system, target_sum = (
        np.concatenate([left, np.ones((1, chosen.size))]),
        np.append(np.zeros(scale.size), 1.0),
    )
    try:
        found, _ = scipy.optimize.nnls(system, target_sum, maxiter=10 * chosen.size + 100)
    except RuntimeError:
        return None
    target = np.zeros(mass.size)
    target[chosen] = found / found.sum()
    direction, before = target - mass, _log_likelihood(rows, mass)
    slope, step = float(gradient @ direction), 1.0
    for _ in range(N_HALVED):
        moved = target if step == 1 else mass + step * direction
        # Within rounding of the maximum a step is not asked to rise.
        if _log_likelihood(rows, moved) >= before + step * slope / 3 - 1e-14 * n * (1 + abs(before / n)):
            return moved
        step /= 2
    return None


def _candidates(mass: Floats, excess: Floats) -> Integers:
    """Intervals with mass, and of those between two of them the one that would gain most, if any would."""
    has = mass > 0
    group = np.cumsum(has)
    order = np.lexsort((np.where(has, -np.inf, excess), group))
    best = order[np.append(group[order][1:] != group[order][:-1], True)]
    return np.flatnonzero(has | np.isin(np.arange(mass.size), best[(excess > 0)[best]]))

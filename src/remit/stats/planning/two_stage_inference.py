r"""Exact inference on a response probability after a two-stage trial that may have stopped early.

Outcomes are ordered by the uniformly minimum-variance unbiased estimate of Jung and Kim (2004), Statistics in
Medicine 23:881: all outcomes that stop after the first stage are below all others. The probability of an
outcome as high or higher is the p-value of Jung, Owzar, Rajagopalan and Kim (2006), Journal of
Biopharmaceutical Statistics 16:1, and its inverse gives limits of Clopper and Pearson's kind.

The number of patients may differ from the planned one (overrunning, or a trial that fell short): the design
is then that of the numbers reached, with the planned first stage.
"""

import numpy as np
from scipy.special import bdtrc

from remit.stats.binomial import binomial_probabilities, log_choose
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Floats, Integers, Limits

HALVINGS = 60
"""Bisections of a limit: its error is below 1e-18."""


def upper_tail(responders: Integers, n: Integers, r1: int, n1: int, p: Floats | float) -> Floats:
    r"""Probability of an outcome as high or higher, by true response probability.

    .. math:: \Pr(X_1 \ge s) \text{ after a stop}, \qquad
        \sum_{x = r_1 + 1}^{n_1} b(x; p, n_1)\, \Pr(X_2 \ge s - x) \text{ after both stages}

    Parameters
    ----------
    responders, n
        Responders and patients in all, arrays of one shape; ``n`` is at most ``n1`` for a trial that stopped
        after its first stage.
    r1, n1
        The first stage stops at ``r1`` or fewer responders of ``n1``.
    p
        Response probability, a number or of the shape of the others.
    """
    s, size, at = np.broadcast_arrays(np.asarray(responders), np.asarray(n), np.asarray(p, dtype=np.float64))
    first = _at_least(s, np.minimum(size, n1), at)
    second = np.zeros(s.shape)
    n2 = np.maximum(size - n1, 0)
    chances = binomial_probabilities(n1, at)
    for x in range(r1 + 1, n1 + 1):
        second = second + chances[..., x] * _at_least(s - x, n2, at)
    return np.where(size > n1, second, first)


def p_value(responders: Integers, n: Integers, r1: int, n1: int, p0: float) -> Floats:
    """One-sided p-value of the test of ``p0``; arguments as ``upper_tail``."""
    return upper_tail(responders, n, r1, n1, p0)


def unbiased_estimate(responders: Integers, n: Integers, r1: int, n1: int) -> Floats:
    r"""Uniformly minimum-variance unbiased estimate of the response probability, after Jung and Kim (2004).

    .. math:: \hat p = \frac{s}{n_1} \text{ after a stop}, \qquad
        \hat p = \frac{\sum_x \binom{n_1 - 1}{x - 1} \binom{n_2}{s - x}}
        {\sum_x \binom{n_1}{x} \binom{n_2}{s - x}}, \quad x > r_1 \text{ after both stages}

    The observed proportion is too low on average, as poor first stages end the trial. NaN without patients
    and for an outcome that the design does not allow.
    """
    s, size = np.broadcast_arrays(np.asarray(responders, dtype=np.float64), np.asarray(n, dtype=np.float64))
    n2 = np.maximum(size - n1, 0.0)
    above, below = np.zeros(s.shape), np.zeros(s.shape)
    for x in range(r1 + 1, n1 + 1):
        left = s - x
        possible = (left >= 0) & (left <= n2)
        ways = np.where(possible, np.exp(log_choose(n2, np.where(possible, left, 0.0))), 0.0)
        above += np.exp(log_choose(n1 - 1, x - 1)) * ways
        below += np.exp(log_choose(n1, x)) * ways
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size > n1, above / below, s / size)


def exact_limits(responders: Integers, n: Integers, r1: int, n1: int, level: float = 0.95) -> Limits:
    """Exact confidence limits by the order of outcomes; coverage is at least ``level``.

    Raises
    ------
    InputError
        A ``level`` outside (0, 1).
    """
    check_level(level)
    tail = (1 - level) / 2
    every = np.stack([each.ravel() for each in np.broadcast_arrays(responders, n)])
    # Few outcomes are possible, however many trials there are.
    (s, size), place = np.unique(every, axis=1, return_inverse=True)
    shape = np.broadcast_shapes(np.shape(responders), np.shape(n))
    # Of the upper limit: as low or lower is the complement of the next outcome or higher.
    low = _crossing(s, size, r1, n1, tail)
    after, its_size = _next_outcome(s, size, r1, n1)
    high = _crossing(after, its_size, r1, n1, 1 - tail)
    low, high = np.where(s == 0, 0.0, low), np.where(s >= size, 1.0, high)
    back = np.ravel(place)
    return Limits(low[back].reshape(shape), high[back].reshape(shape))


def _next_outcome(s: Integers, size: Integers, r1: int, n1: int) -> tuple[Integers, Integers]:
    """The next higher outcome: one responder more, or after the last stop the lowest of both stages."""
    last_stop = (size == n1) & (s == r1)
    return np.where(last_stop, r1 + 1, s + 1), np.where(last_stop, n1 + 1, size)


def _crossing(s: Integers, size: Integers, r1: int, n1: int, target: float) -> Floats:
    """Response probability at which the upper tail, which rises with it, is ``target``."""
    low, high = np.zeros(s.shape), np.ones(s.shape)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = upper_tail(s, size, r1, n1, middle) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _at_least(s: Integers, n: Integers, p: Floats) -> Floats:
    """Probability of at least ``s`` responders of ``n``."""
    inside = bdtrc(np.clip(s - 1, 0, np.maximum(n - 1, 0)), np.maximum(n, 1), p)
    return np.where(s <= 0, 1.0, np.where(s > n, 0.0, inside))

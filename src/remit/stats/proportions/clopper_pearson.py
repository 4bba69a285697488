"""Exact inference on a proportion: Clopper-Pearson interval, one-sided binomial test, exact power."""

import numpy as np
import scipy  # of which `special` is loaded when a limit is first asked for

from remit.stats.estimate import Booleans, Floats, Integers, Limits


def exact_interval(responders: Integers, n: Integers, level: float = 0.95) -> Limits:
    """Clopper-Pearson interval of a proportion, after Clopper and Pearson (1934).

    Parameters
    ----------
    responders, n
        Responders and patients; arrays of one shape, or numbers. Without patients the interval is (0, 1).
    level
        Confidence level of the two-sided interval, in (0, 1).
    """
    x, size = np.broadcast_arrays(np.asarray(responders), np.asarray(n))
    tail = (1 - level) / 2
    # Limits at the ends are known; the beta quantile there would be asked for a parameter of zero.
    low = scipy.special.betaincinv(np.maximum(x, 1), size - x + 1, tail)
    high = scipy.special.betainccinv(x + 1, np.maximum(size - x, 1), tail)
    return Limits(np.where(x == 0, 0.0, low), np.where(x == size, 1.0, high))


def exact_p_value(responders: Integers, n: Integers, p0: float) -> Floats:
    """Probability of at least as many responders if the response probability were ``p0``."""
    return _tail(np.asarray(responders), np.asarray(n), p0)


def _tail(responders: Integers, n: Integers, probability: Floats | float) -> Floats:
    """Probability of at least ``responders`` of ``n``, by the incomplete beta function."""
    within = scipy.special.betainc(np.maximum(responders, 1), np.maximum(n - responders, 0) + 1, probability)
    return np.where(responders > n, 0.0, np.where(responders < 1, 1.0, within))


def rejects(responders: Integers, n: Integers, p0: float, alpha: float) -> Booleans:
    """Whether the exact one-sided test at level ``alpha`` rejects a probability of at most ``p0``."""
    return exact_p_value(responders, n, p0) < alpha


def critical_responders(n: int, p0: float, alpha: float) -> int:
    """Fewest responders of ``n`` that reject ``p0``; ``n + 1`` where not even all of them would."""
    return int(np.count_nonzero(~rejects(np.arange(n + 1), np.full(n + 1, n), p0, alpha)))


def exact_power(n: int, p0: float, alpha: float, probability: Floats) -> Floats:
    """Probability that a trial of ``n`` rejects ``p0``, by true response probability, of its shape.

    At ``p0`` this is the type I error, at most ``alpha``.
    """
    return _tail(np.asarray(critical_responders(n, p0, alpha)), np.asarray(n), probability)

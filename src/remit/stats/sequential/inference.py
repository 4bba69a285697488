r"""Inference after a group-sequential trial has stopped, by stage-wise ordering.

What a trial that stops early would have shown is not known, so that a p-value needs an order of results of
different looks. In the stage-wise order (Armitage 1957; Tsiatis, Rosner and Mehta 1984) a result (k, z) is
at least as favourable as another if it crossed the upper bound at an earlier look, or has a larger z at the
same look, or the other crossed the lower bound earlier. The probability of a result at least as favourable as
that observed,

.. math:: p(\theta) = \sum_{j<k} P_\theta(\text{upper bound crossed at } j)
    + P_\theta(\text{goes on to } k,\; Z_k \ge z),

increases with the drift :math:`\theta`. It is the p-value at no effect; the drifts for which it is
:math:`\gamma/2`, one half and :math:`1 - \gamma/2` are the limits of the confidence interval of level
:math:`1-\gamma` and the median-unbiased estimate. Nothing after look k enters, so that the looks to come may
be unknown. The p-value agrees with the test: at a stop for efficacy and at the last look it is at most the
error spent so far if and only if the efficacy bound was reached. A trial that stops between its bounds, for
reasons of its own, may have a p-value below alpha without having shown benefit.

Futility that does not bind is ignored unless the looks say that it is binding: the p-value and the limits
then hold whether or not futility stops were obeyed, and are a little conservative if they were.

Data that come in after the decision to stop (over-running) replace those of the look, with their information:
the deletion method of Whitehead (1992). The bound of that look plays no part then.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from remit.errors import problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Estimate
from remit.stats.roots import root
from remit.stats.sequential.integration import TINY, above, begin, below, within
from remit.stats.sequential.looks import Looks, Stop, check_stop

MOST = 20
"""Times a step is doubled in search of a limit: a million standard errors."""


@dataclass(frozen=True, slots=True)
class StagewiseInference:
    r"""Stage-wise p-value, one-sided, and median-unbiased estimate of the drift with its interval.

    ``naive`` is :math:`z/\sqrt{I}`, as if the trial had had one look.
    """

    p_value: float
    drift: Estimate
    naive: float
    level: float


@dataclass(frozen=True, slots=True)
class Order:
    """Probabilities of a result at least as favourable as that observed, and of a less favourable one.

    Both are sums of positive terms, so that each keeps its digits where it is small.
    """

    favourable: float
    less: float

    @property
    def quantile(self) -> float:
        """Normal quantile of ``favourable``."""
        small = float(ndtri(max(min(self.favourable, self.less), TINY)))
        return small if self.favourable < self.less else -small


def stagewise_order(whole: Looks, stop: Stop, drift: float) -> Order:
    """Place of the observed result in the stage-wise order under a drift.

    Raises
    ------
    InputError
        If the look does not exist, the statistic is NaN, or the information is not above that of the look
        before.
    """
    information = check_stop(whole, stop)
    going, lower = begin(drift), whole.counted
    favourable = less = 0.0
    before = stop.look - 1
    for k in range(before):
        now, low, high = float(whole.information[k]), float(lower[k]), float(whole.upper[k])
        favourable += above(going, now, high)
        less += below(going, now, low)
        following = information if k + 1 == before else float(whole.information[k + 1])
        going = within(going, now, low, high, following)
    return Order(favourable + above(going, information, stop.z), less + below(going, information, stop.z))


def stagewise_p_value(whole: Looks, stop: Stop, drift: float = 0.0) -> float:
    """One-sided p-value of the drift being at most ``drift``, by stage-wise ordering.

    After Tsiatis, Rosner and Mehta (1984); Fairbanks and Madsen (1982).

    Raises
    ------
    InputError
        As :func:`stagewise_order`.
    """
    return stagewise_order(whole, stop, drift).favourable


def stagewise_limit(whole: Looks, stop: Stop, probability: float) -> float:
    """Drift under which a result at least as favourable has a given probability, in (0, 1).

    At one half this is the median-unbiased estimate. Infinite or minus infinity where no drift has it:
    binding lower bounds equal to the upper ones, or a statistic that is infinite.

    Raises
    ------
    InputError
        If the probability is not inside (0, 1); as :func:`stagewise_order`.
    """
    if not 0 < probability < 1:
        raise problem("probability", probability, "a number between 0 and 1, ends excluded")
    information = check_stop(whole, stop)
    if np.isinf(stop.z):
        return stop.z
    wanted, spread = float(ndtri(probability)), 1 / float(np.sqrt(information))

    def off(drift: float) -> float:
        return stagewise_order(whole, stop, drift).quantile - wanted

    # Without earlier looks the quantile is a line of slope sqrt(information), and this is the answer.
    start = (stop.z + wanted) * spread
    return start if stop.look == 1 else rising_root(off, start, spread)


def rising_root(off: Callable[[float], float], start: float, width: float) -> float:
    """Zero of an increasing function, sought in steps that double; infinite beyond ``MOST`` of them."""
    low = high = start
    for step in width * 2.0 ** np.arange(MOST):
        if off(low) <= 0:
            break
        low, high = low - step, low
    else:
        return -np.inf
    for step in width * 2.0 ** np.arange(MOST):
        if off(high) >= 0:
            break
        low, high = high, high + step
    else:
        return np.inf
    return root(off, low, high) if low < high else start


def stagewise(whole: Looks, stop: Stop, level: float = 0.95) -> StagewiseInference:
    """P-value, median-unbiased estimate and confidence interval after a trial has stopped.

    Parameters
    ----------
    whole
        Looks of the trial; those after the stop do not matter, nor does the bound of the look of the stop.
    stop
        Where it stopped: by a bound, at the last look, or for reasons of its own.
    level
        Of the two-sided interval, in (0, 1); each side has an error of half the rest.

    Raises
    ------
    InputError
        If the level is not inside (0, 1); as :func:`stagewise_order`.
    """
    information = check_stop(whole, stop)
    low, value, high = (stagewise_limit(whole, stop, float(ndtr(each))) for each in tail_quantiles(level))
    naive = stop.z / np.sqrt(information)
    return StagewiseInference(stagewise_p_value(whole, stop), Estimate(value, low, high), float(naive), level)


def tail_quantiles(level: float) -> tuple[float, float, float]:
    """Normal quantiles at which an interval of a level begins, has its middle, and ends.

    Raises
    ------
    InputError
        If the level is not inside (0, 1).
    """
    check_level(level)
    half = critical_value(level)
    return -half, 0.0, half

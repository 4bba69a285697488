r"""Bias of the naive estimate of the drift after a trial that may stop early, and its correction.

The naive estimate :math:`\hat\theta = Z_k/\sqrt{I_k}` at the look where the trial stops is too large on
average when trials stop early for efficacy. Its moments are sums over the nodes of the recursive integration,
on which the next statistic is normal:

.. math:: E_\theta[\hat\theta] = \sum_k \frac{E[Z_k; \text{until } k] - E[Z_k; \text{beyond } k]}{\sqrt{I_k}}

All lower bounds given are obeyed, binding or not: bias depends on what a trial does.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from remit.errors import problem
from remit.stats.estimate import Floats
from remit.stats.sequential.inference import rising_root
from remit.stats.sequential.integration import PER_SQUARE_ROOT, Going, begin, step, within
from remit.stats.sequential.looks import Looks, Stop, check_stop


@dataclass(frozen=True, slots=True)
class NaiveEstimate:
    """How the naive estimate of the drift is distributed under a drift.

    ``upper`` and ``lower``, shape (n_looks,), are its means among trials that leave by that bound at a look,
    NaN where none does; those that reach the last look between its bounds count with neither.
    """

    drift: float
    mean: float
    mean_square_error: float
    upper: Floats
    lower: Floats

    @property
    def bias(self) -> float:
        """Mean of the naive estimate less the drift."""
        return self.mean - self.drift


def naive_estimate(whole: Looks, drift: float) -> NaiveEstimate:
    """Mean, mean square error, and mean by bound and look of the naive estimate, under a drift.

    After Emerson and Fleming (1990); Whitehead (1986).

    Parameters
    ----------
    whole
        All looks of the trial; every trial stops at the last.
    drift
        True effect per unit of information.
    """
    going, last = begin(drift), whole.n_looks - 1
    mean = square = 0.0
    means = np.full((2, whole.n_looks), np.nan)
    for k, (now, low, high) in enumerate(zip(whole.information, whole.lower, whole.upper, strict=True)):
        means[:, k] = _beyond(going, now, high, 1.0), _beyond(going, now, low, -1.0)
        at, sd = step(going, now)
        centre = drift * np.sqrt(now)
        first = float(going.mass @ at)
        second = float(going.mass @ ((at - centre) ** 2 + sd**2))
        if k < last:
            going = within(going, now, low, high, whole.information[k + 1])
            first -= float(going.mass @ going.z)
            second -= float(going.mass @ (going.z - centre) ** 2)
        mean += first / np.sqrt(now)
        square += second / now
    return NaiveEstimate(drift, float(mean), float(square), means[0], means[1])


def _beyond(going: Going, now: float, bound: float, sign: float) -> float:
    """Mean naive estimate among trials beyond a bound, above it for a positive sign."""
    if np.isinf(bound):
        return np.nan
    mean, sd = step(going, now)
    away = sign * (mean - bound) / sd
    inside = ndtr(away)
    probability = float(going.mass @ inside)
    if probability == 0:
        return np.nan
    total = going.mass @ (mean * inside + sign * sd * PER_SQUARE_ROOT * np.exp(-0.5 * away * away))
    return float(total) / probability / float(np.sqrt(now))


def bias_adjusted(whole: Looks, stop: Stop) -> float:
    r"""Bias-adjusted mean estimate: the drift whose expected naive estimate is that observed.

    After Whitehead (1986).

    All looks of the trial matter, those after the stop too, and are taken as planned.

    Raises
    ------
    InputError
        If the look does not exist, or the analysis over-ran: how it would have elsewhere is not known.
    """
    check_stop(whole, stop)
    if stop.information is not None and stop.information != whole.information[stop.look - 1]:
        raise problem(
            "information",
            f"{stop.information:g} at look {stop.look}",
            f"that of the look, {whole.information[stop.look - 1]:g}",
            "the stage-wise estimate, which allows over-running",
        )
    if np.isinf(stop.z):
        return stop.z
    naive = float(stop.z / np.sqrt(whole.information[stop.look - 1]))
    spread = float(1 / np.sqrt(whole.information[0]))
    return rising_root(lambda drift: naive_estimate(whole, drift).mean - naive, naive, spread)

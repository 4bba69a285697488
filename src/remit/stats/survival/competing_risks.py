r"""Cumulative incidence under competing risks of one data set.

A patient has the event of the cause that comes first, or none.

After Aalen and Johansen (1978). With :math:`d_{ki}` events of cause :math:`k`, :math:`d_i` of any, among
:math:`n_i` at risk at the time :math:`t_i`, and the survival :math:`\hat S` without any of them,

.. math:: \hat F_k(t) = \sum_{t_i \le t} \hat S(t_i-)\,\frac{d_{ki}}{n_i}, \qquad
    \hat S(t) + \sum_k \hat F_k(t) = 1

One minus the Kaplan-Meier estimate that censors the other causes is larger, and no probability of anything
that happens. At each time the estimate moves by :math:`\hat S(t_i-)\,(-a_i, a_{ki})`, where
:math:`a_{ki} = d_{ki} / n_i` and :math:`a_i = d_i / n_i`. Its variance :math:`V_k`, with that of survival
:math:`V_S` and their covariance :math:`C_k`, is carried along by the same steps:

.. math:: V_S' &= (1 - a_i)^2 V_S + \hat S^2 w_{00} \\
    C_k' &= (1 - a_i)(C_k + a_{ki} V_S) + \hat S^2 w_{0k} \\
    V_k' &= V_k + 2 a_{ki} C_k + a_{ki}^2 V_S + \hat S^2 w_{kk}

What the increments add, with :math:`h(a) = a (1 - a) / (n - 1)`, and :math:`h(1) = 1` for a last patient:

===========  ===========================  =====================  =====================
variance     :math:`w_{00}`               :math:`w_{0k}`         :math:`w_{kk}`
===========  ===========================  =====================  =====================
``delta``    :math:`a (1 - a) / n`        :math:`-a_k (1-a)/n`   :math:`a_k (1-a_k)/n`
``aalen``    :math:`h(a_k) + h(a - a_k)`  :math:`-h(a_k)`        :math:`h(a_k)`
===========  ===========================  =====================  =====================

``delta`` takes them as shares of a multinomial sample (Dinse and Larson 1986), as Greenwood does: with one
cause it is Greenwood's, without censoring :math:`F (1 - F) / n`, and it is the infinitesimal jackknife that
R's survival gives. ``aalen`` (Aalen 1978) takes the cause and all others as two independent counting
processes, :math:`a / n` without ties; what it does with ties is what R's cmprsk does.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import problem
from remit.stats.estimate import Estimate, Floats, Integers
from remit.stats.survival.checks import check_causes
from remit.stats.survival.pointwise_limits import Scale, pointwise_limits

Variance = Literal["delta", "aalen"]

ROUNDING = 1e-12
"""An incidence that is 1 but for less is 1."""


@dataclass(frozen=True, slots=True)
class Incidence:
    """Cumulative incidence of causes 1 to ``n_causes`` at each time of the data.

    Parameters
    ----------
    time
        Times of the data, increasing, shape (n_times,).
    at_risk
        Patients at risk, shape (n_times,).
    events
        Events of each cause, shape (n_causes, n_times).
    survival
        Probability of no event of any cause, shape (n_times,).
    incidence, variance, low, high
        Cumulative incidence of each cause, its variance, its pointwise limits, shape (n_causes, n_times).
        Before the first event of a cause all are 0; where an incidence is 1 it has no limits, NaN.
    """

    time: Floats
    at_risk: Integers
    events: Integers
    survival: Floats
    incidence: Floats
    variance: Floats
    low: Floats
    high: Floats


def aalen_johansen(
    time: ArrayLike,
    cause: ArrayLike,
    level: float = 0.95,
    *,
    n_causes: int | None = None,
    variance: Variance = "delta",
    scale: Scale = "log-log",
) -> Incidence:
    """Cumulative incidence of each cause.

    Parameters
    ----------
    time
        Time of the first event of any cause or of censoring, shape (n_patients,), in any unit.
    cause
        Whole number of the cause, from 1; 0 for censoring. Shape (n_patients,).
    level
        Confidence level of the pointwise limits, in (0, 1).
    n_causes
        How many causes there are; the largest that occurs if not given.
    variance
        What each time adds to it, above.
    scale
        Scale of the incidence on which the limits are symmetric, one of ``pointwise_limits.SCALES``.

    Raises
    ------
    InputError
        If patients or causes are not known, or an option is none of these.
    """
    when, which = check_causes(time, cause)
    largest = int(which.max(initial=1))
    count = largest if n_causes is None else n_causes
    if count < largest:
        raise problem("aalen_johansen: n_causes", count, f"at least {largest}", "leave it out")
    if variance not in ("delta", "aalen"):
        raise problem("aalen_johansen: variance", variance, "delta or aalen", "delta")
    moments, index = np.unique(when, return_inverse=True)
    leaving = np.bincount(index, minlength=moments.size)
    at_risk = leaving[::-1].cumsum()[::-1]
    cells = np.bincount(index * (count + 1) + which, minlength=moments.size * (count + 1))
    events = cells.reshape(moments.size, count + 1).T[1:]
    survival, incidence, spread = _carried(at_risk.astype(float), events.astype(float), variance)
    relative = np.divide(spread, incidence**2, out=np.zeros(spread.shape), where=incidence > 0)
    limits = pointwise_limits(incidence, relative, level, scale)
    none, everyone = incidence <= 0, incidence >= 1
    return Incidence(
        moments,
        at_risk.astype(np.int64),
        events.astype(np.int64),
        survival,
        incidence,
        spread,
        np.where(none, 0.0, np.where(everyone, np.nan, limits.low)),
        np.where(none, 0.0, np.where(everyone, np.nan, limits.high)),
    )


def incidence_at(curve: Incidence, cause: int, at: float) -> Estimate:
    """Cumulative incidence of a cause at a time, with the limits of the curve.

    NaN if nobody is followed that long while some are left without an event.

    Raises
    ------
    InputError
        If there is no such cause.
    """
    n_causes = curve.incidence.shape[0]
    if not 1 <= cause <= n_causes:
        raise problem("incidence_at: cause", cause, f"a cause from 1 to {n_causes}", "see n_causes")
    if curve.time.size == 0 or (at > curve.time[-1] and curve.survival[-1] > 0):
        return Estimate(np.nan, np.nan, np.nan)
    place = int(np.searchsorted(curve.time, at, side="right")) - 1
    if place < 0:
        return Estimate(0.0, 0.0, 0.0)
    own = cause - 1, place
    return Estimate(float(curve.incidence[own]), float(curve.low[own]), float(curve.high[own]))


def _carried(n: Floats, events: Floats, variance: Variance) -> tuple[Floats, Floats, Floats]:
    """Survival (n_times,), incidence and its variance, both (n_causes, n_times), step by step."""
    a = events / n
    total = a.sum(axis=0)
    # One minus the sum would leave what is none but for rounding.
    survival = np.cumprod(1 - events.sum(axis=0) / n)
    before = np.concatenate([[1.0], survival[:-1]]) if n.size else survival
    incidence = np.cumsum(before * a, axis=1)
    # What has been added up to 1 but for rounding is 1.
    incidence = np.where(incidence > 1 - ROUNDING, 1.0, incidence)
    of_all, with_all, of_cause = (before**2 * each for each in _added(a, total, n, variance))
    spread = np.zeros_like(a)
    survival_variance, covariance, own = np.zeros((3, a.shape[0]))
    for i in np.flatnonzero(total > 0):
        at, left = a[:, i], 1 - total[i]
        own = own + 2 * at * covariance + at**2 * survival_variance + of_cause[:, i]
        covariance = left * (covariance + at * survival_variance) + with_all[:, i]
        survival_variance = left**2 * survival_variance + of_all[:, i]
        spread[:, i] = np.maximum(own, 0.0)
    # Between events nothing changes.
    latest = np.maximum.accumulate(np.where(total > 0, np.arange(n.size), -1))
    return survival, incidence, np.where(latest >= 0, spread[:, latest], 0.0)


def _added(a: Floats, total: Floats, n: Floats, variance: Variance) -> tuple[Floats, Floats, Floats]:
    """Variance of the increments of any cause, its covariance with that of a cause, and of a cause.

    All of shape (n_causes, n_times).
    """
    if variance == "delta":
        return np.broadcast_to(total * (1 - total) / n, a.shape), -a * (1 - total) / n, a * (1 - a) / n

    def hypergeometric(share: Floats) -> Floats:
        return np.where(n > 1, share * (1 - share) / np.maximum(n - 1, 1), share)

    of_cause = hypergeometric(a)
    return of_cause + hypergeometric(total - a), -of_cause, of_cause

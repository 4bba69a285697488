r"""What a log-rank test of two arms sees at a calendar time, whatever the hazards: expected score and
variance.

At calendar time :math:`t` there are, of arm :math:`j` at a follow-up of :math:`s`, expected at risk

.. math:: y_j(s) = q_j A(t - s) S_j(s) G_j(s)

with the share :math:`q_j` of patients, :math:`A` enrolled, :math:`S_j` without event and :math:`G_j` not
lost. The log-rank score and the variance that the test computes are, to first order in one over the number of
patients,

.. math::

    U(t) = \int_0^t \frac{y_1 y_0}{y_1 + y_0} (\lambda_0 - \lambda_1)\,ds, \qquad
    V(t) = \int_0^t \frac{y_1 y_0}{(y_1 + y_0)^2} (y_1 \lambda_1 + y_0 \lambda_0)\,ds

so that the standardised statistic is about normal with mean :math:`U / \sqrt V` and variance one. That is
Schoenfeld's (1981) drift before he sets the hazard ratio near one, and what Lakatos (1988) sums over
intervals. No proportional hazards are assumed.

How good it is: in trials with 80 to 300 patients, equal arms and a power of 65 to 90%, delayed and crossing
hazards among them, the power is within 0.006 of a simulated one; in unequal arms the statistic has a variance
other than one where the effect is large: at a hazard ratio of 0.4 the power is 0.015 too high with 2:1 and
0.024 too low with 1:2 (see tests/statistical). A variance of the score under the alternative that ignores
that risk sets are random was tried and was worse in every case.

The integrals are by Gauss and Legendre between the changes of hazards and of enrolment, to about 1e-12.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from remit.stats.estimate import Floats
from remit.stats.planning.accrual import accrued
from remit.stats.planning.piecewise import Hazard, Observed, cumulative_hazard, observed, rate_at
from remit.stats.planning.requirement import check
from remit.stats.planning.survival_trial import SurvivalTrial, trial_findings
from remit.stats.roots import root

ROOTS = np.polynomial.legendre.leggauss(16)
"""Nodes and weights of a panel."""
STEEP = 1.0
"""Cumulative hazard of leaving in a panel above which it is divided."""
EMPTY = 100.0
"""Cumulative hazard of leaving after which an arm is empty: of its patients 4e-44 are left."""
FURTHEST = 700.0
"""Logarithm of a hazard ratio up to which the limit of Cox's estimate is looked for."""
WIDER = 1e-6
"""By which the interval in which it lies is widened, so that rounding does not hide a change of sign."""


@dataclass(frozen=True, slots=True)
class LogRankMoments:
    """Expectations at calendar times, arrays of their shape.

    Parameters
    ----------
    time
        Calendar times.
    score
        U of the module, positive in favour of the experimental arm.
    variance
        V of the module: the information of the test.
    hazard_ratio
        What Cox's estimate tends to, after Struthers and Kalbfleisch (1986): the hazard ratio itself where
        hazards are proportional, else a mean that depends on enrolment and follow-up. NaN without events in
        both arms.
    average_hazard_ratio
        Geometric mean of the hazard ratio over the expected events of both arms. NaN where a hazard is zero
        in one arm only.
    """

    time: Floats
    score: Floats
    variance: Floats
    hazard_ratio: Floats
    average_hazard_ratio: Floats

    @property
    def drift(self) -> Floats:
        """Expected standardised statistic; NaN where no event is expected."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.score / np.sqrt(self.variance)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Points of the quadrature over follow-up, shape (n_nodes,).

    ``at_risk`` is the weight times the patients at risk in both arms, of which ``share1`` are in the
    experimental arm and ``share0`` in control; ``log_odds`` is the logit of the first, finite where arms have
    become empty. Rates are hazards.
    """

    at_risk: Floats
    share1: Floats
    share0: Floats
    log_odds: Floats
    rate1: Floats
    rate0: Floats

    @property
    def events1(self) -> Floats:
        """Weighted events of the experimental arm."""
        return self.at_risk * self.share1 * self.rate1

    @property
    def events(self) -> Floats:
        """Weighted events of both arms."""
        return self.at_risk * (self.share1 * self.rate1 + self.share0 * self.rate0)


def log_rank_moments(trial: SurvivalTrial, time: Floats | float) -> LogRankMoments:
    """Expected score, variance and hazard ratios at calendar times, of their shape.

    Raises
    ------
    InputError
        Impossible accrual, hazards or ratio.
    """
    check(trial_findings(trial))
    at = np.asarray(time, dtype=np.float64)
    rows = np.array([_moments(trial, each) for each in at.ravel()]).reshape((at.size, 4))
    return LogRankMoments(at, *(column.reshape(at.shape) for column in rows.T))


def _moments(trial: SurvivalTrial, time: float) -> tuple[float, float, float, float]:
    """Score, variance and both hazard ratios at one time."""
    if not time > 0:
        return 0.0, 0.0, np.nan, np.nan
    at = _nodes(trial, time)
    product = at.share1 * at.share0
    score = float((at.at_risk * product) @ (at.rate0 - at.rate1))
    return score, float(product @ at.events), _limit(at), _average(at)


def _nodes(trial: SurvivalTrial, time: float) -> _Nodes:
    """Points between the changes of hazards, dropout and enrolment; nobody is at risk for longer than
    ``time``.
    """
    arms = (
        observed(trial.experimental, trial.dropout_experimental),
        observed(trial.control, trial.dropout_control),
    )
    changes = np.concatenate([*(arm.starts for arm in arms), time - np.asarray(trial.accrual.times)])
    empty = [_empty_at(arm) for arm in arms]
    end = min(time, max(empty))
    edges = np.unique(np.clip(np.concatenate([changes, empty, [0.0, end]]), 0.0, end))
    # An arm that is empty changes no more, and leaves the other its wide panels.
    steepness = np.max(
        [
            np.where(
                edges[:-1] < gone,
                arm.leaving_rates[np.searchsorted(arm.starts, edges[:-1], side="right") - 1],
                0.0,
            )
            for arm, gone in zip(arms, empty, strict=True)
        ],
        axis=0,
    )
    parts = np.maximum(np.ceil(steepness * np.diff(edges) / STEEP), 1).astype(np.int64)
    fine = np.concatenate(
        [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(edges, edges[1:], parts, strict=False)]
        + [[end]]
    )
    half = np.diff(fine)[:, None] / 2
    s = (fine[:-1, None] + half + half * ROOTS[0]).ravel()
    # In logarithms, as after a long time both arms are smaller than the smallest double.
    leaving1 = cumulative_hazard(trial.experimental, s) + cumulative_hazard(trial.dropout_experimental, s)
    leaving0 = cumulative_hazard(trial.control, s) + cumulative_hazard(trial.dropout_control, s)
    log_odds = np.log(trial.ratio) - leaving1 + leaving0
    both1, both0 = trial.shares
    enrolled = (half * ROOTS[1]).ravel() * accrued(trial.accrual, time - s)
    at_risk = enrolled * (both1 * np.exp(-leaving1) + both0 * np.exp(-leaving0))
    rate1, rate0 = (rate_at(hazard, s) for hazard in (trial.experimental, trial.control))
    return _Nodes(at_risk, expit(log_odds), expit(-log_odds), log_odds, rate1, rate0)


def _empty_at(arm: Observed) -> float:
    """Follow-up after which the arm is empty."""
    already = float(np.diff(arm.starts) @ arm.leaving_rates[:-1])
    last = float(arm.leaving_rates[-1])
    return float(arm.starts[-1]) + max(EMPTY - already, 0.0) / last if last > 0 else np.inf


def _limit(at: _Nodes) -> float:
    """Hazard ratio at which the expected score of Cox's partial likelihood is zero."""
    events, in_experimental = at.events, float(at.events1.sum())
    if not 0 < in_experimental < float(events.sum()):
        return np.nan

    def above(log_ratio: float) -> float:
        return in_experimental - float(events @ expit(at.log_odds + log_ratio))

    # The limit lies between the smallest and the largest hazard ratio.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.log(at.rate1[events > 0]) - np.log(at.rate0[events > 0])
    low = max(float(ratios.min()), -FURTHEST) - WIDER
    high = min(float(ratios.max()), FURTHEST) + WIDER
    if not above(low) > 0 > above(high):
        return np.nan
    return float(np.exp(root(above, low, high, scale=1.0)))


def _average(at: _Nodes) -> float:
    """Geometric mean of the hazard ratio over events."""
    events = at.events
    seen = events > 0
    if not seen.any():
        return np.nan
    rate1, rate0 = at.rate1[seen], at.rate0[seen]
    if not ((rate1 > 0) & (rate0 > 0)).all():
        return np.nan
    return float(np.exp(events[seen] @ np.log(rate1 / rate0) / events[seen].sum()))


def largest_difference(experimental: Hazard, control: Hazard) -> float:
    """Largest hazard of control less that of experimental: above zero if the treatment helps at any time."""
    starts = np.union1d(experimental.starts, control.starts)
    return float((rate_at(control, starts) - rate_at(experimental, starts)).max())

r"""Effects between two records of the same patients, and their Monte Carlo error, by influence functions.

Every patient is there twice, once under each treatment, so that what patients have in common cancels. The
error of an estimate follows from its derivative with respect to the weight of each patient, both records of
the patient taken together: the infinitesimal jackknife, :math:`\widehat{\mathrm{Var}} = \sum_i \psi_i^2`
(Efron 1982). For the hazard ratio that is the robust variance of Lin and Wei (1989) with patients as
clusters.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.survival.cox_rows import hazard_ratios


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times and events of the same patients under one treatment, arrays of shape (n_patients,)."""

    time: Floats
    event: Booleans


@dataclass(frozen=True, slots=True)
class Influenced:
    """An estimate and the influence of each patient on it, of shape (n_patients,)."""

    value: float
    influence: Floats

    @property
    def estimate(self) -> MonteCarlo:
        """The value with its Monte Carlo error; NaN for fewer than two patients."""
        error = float(np.sqrt((self.influence**2).sum())) if self.influence.size > 1 else np.nan
        return MonteCarlo(self.value, error)

    def minus(self, other: "Influenced") -> "Influenced":
        """Difference of two estimates on the same patients."""
        return Influenced(self.value - other.value, self.influence - other.influence)


def share(flags: Booleans) -> Influenced:
    """Share of patients."""
    values = flags.astype(float)
    if not values.size:
        return Influenced(np.nan, values)
    return Influenced(float(values.mean()), (values - values.mean()) / values.size)


def survival(outcome: Outcome, at: float) -> Influenced:
    """Kaplan-Meier survival at a day; NaN where nobody is followed that long while some survive."""
    curve = _curve(outcome)
    inside = curve.day <= at
    value = float(curve.survival[inside][-1]) if inside.any() else 1.0
    known = outcome.time.size and (outcome.time.max() >= at or value == 0)
    if not known:
        return Influenced(np.nan, np.full(outcome.time.shape, np.nan))
    return Influenced(value, _influence(outcome, curve, np.where(inside, value, 0.0)))


def restricted_mean(outcome: Outcome, horizon: float) -> Influenced:
    """Area under Kaplan-Meier up to a horizon; NaN where nobody is followed that long while some survive."""
    curve = _curve(outcome)
    last = float(curve.survival[-1]) if curve.day.size else 1.0
    known = outcome.time.size and (outcome.time.max() >= horizon or last == 0)
    if not known:
        return Influenced(np.nan, np.full(outcome.time.shape, np.nan))
    edges = np.minimum(np.concatenate([[0.0], curve.day, [horizon]]), horizon)
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival])
    after = areas[::-1].cumsum()[::-1][1:]
    return Influenced(float(areas.sum()), _influence(outcome, curve, after))


@dataclass(frozen=True, slots=True)
class _Curve:
    """Kaplan-Meier at days with events: survival, at risk and events, arrays of shape (n_days,)."""

    day: Floats
    survival: Floats
    at_risk: Integers
    events: Integers


def _curve(outcome: Outcome) -> _Curve:
    ordered = np.sort(outcome.time)
    day, events = np.unique(outcome.time[outcome.event], return_counts=True)
    at_risk = ordered.size - np.searchsorted(ordered, day, side="left")
    share_left = 1.0 - events.astype(float) / np.maximum(at_risk, 1)
    return _Curve(day, np.cumprod(share_left, dtype=np.float64), at_risk, events)


def _influence(outcome: Outcome, curve: _Curve, weight: Floats) -> Floats:
    r"""Sum over days with events of ``weight`` times the derivative of the logarithm of survival.

    With n at risk and d events that is 1/(n - d) - 1/n for one at risk without, -1/n for one with the event.
    """
    n, d = curve.at_risk.astype(float), curve.events.astype(float)
    left = n - d
    # Nothing survives the last event of all: its weight is 0, and so is what it says.
    inverse = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
    alive = np.concatenate([[0.0], np.cumsum(weight * (inverse - 1 / n))])
    dead = np.concatenate([weight * inverse, [0.0]])
    place = np.searchsorted(curve.day, outcome.time, side="right")
    own = np.where(outcome.event, dead[np.maximum(place - 1, 0)], 0.0)
    return alive[place] - own


def log_hazard_ratio(experimental: Outcome, control: Outcome) -> Influenced:
    r"""Logarithm of the marginal hazard ratio by Cox's model with treatment alone, ties after Efron.

    If hazards are not proportional it is the average that the censoring of the records implies; censored on
    one day for all, that of this follow-up. The influence is the score residual divided by the information.
    """
    time = np.concatenate([experimental.time, control.time])
    event = np.concatenate([experimental.event, control.event])
    n = experimental.time.size
    if n == 0:
        return Influenced(np.nan, np.empty(0))
    arm = np.arange(2 * n) < n
    found = hazard_ratios(time[None], event[None], arm[None])
    log_hr = float(np.log(found.estimate[0])) if found.estimate[0] > 0 else np.nan
    if not np.isfinite(log_hr):
        return Influenced(np.nan, np.full(n, np.nan))
    residual = _score_residuals(time, event, arm, log_hr)
    return Influenced(log_hr, (residual[:n] + residual[n:]) * float(found.se[0]) ** 2)


def _score_residuals(time: Floats, event: Booleans, arm: Booleans, log_hr: float) -> Floats:
    """Score residual of each record with ties after Efron, shape (n_records,).

    Of d tied events the k-th, from 0, meets the risk set less a share k/d of the tied ones.
    """
    risk, x = np.where(arm, np.exp(log_hr), 1.0), arm.astype(float)
    day, first, d = np.unique(time[event], return_inverse=True, return_counts=True)
    order = np.argsort(time, kind="stable")
    place = np.searchsorted(time[order], day, side="left")

    def at_risk(values: Floats) -> Floats:
        after = np.concatenate([np.cumsum(values[order][::-1])[::-1], [0.0]])
        return after[place]

    def tied(values: Floats) -> Floats:
        return np.bincount(first, weights=values[event], minlength=day.size).astype(float)

    moment = np.repeat(np.arange(day.size), d)
    k = (np.arange(moment.size) - np.repeat(np.cumsum(d) - d, d)) / d[moment]
    total = at_risk(risk)[moment] - k * tied(risk)[moment]
    mean = (at_risk(risk * x)[moment] - k * tied(risk * x)[moment]) / total

    def over(values: Floats) -> Floats:
        return np.bincount(moment, weights=values, minlength=day.size).astype(float)

    hazard, mean_hazard = over(1 / total), over(mean / total)
    tied_hazard, tied_mean = over(k / total), over(k * mean / total)
    upto = np.searchsorted(day, time, side="right")
    cumulative, cumulative_mean = (
        np.concatenate([[0.0], np.cumsum(each)])[upto] for each in (hazard, mean_hazard)
    )
    residual = -risk * (x * cumulative - cumulative_mean)
    residual[event] += x[event] - (over(mean) / d)[first]
    residual[event] += risk[event] * (x[event] * tied_hazard[first] - tied_mean[first])
    return residual

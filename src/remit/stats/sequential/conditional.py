r"""Conditional and predictive power: how probable benefit is, given where a trial stands.

The score :math:`S = Z\sqrt{I}` gains independent normal increments. Given :math:`S_0` at an interim with
information :math:`I_0` the rest of the trial is therefore a trial of its own: its information is :math:`I_k -
I_0`, its bounds are

.. math:: b'_k = \frac{b_k \sqrt{I_k} - S_0}{\sqrt{I_k - I_0}}

and :func:`~remit.stats.sequential.integration.exits` gives its probabilities. Lower bounds that are given are
obeyed: a trial that stops at one does not show benefit. Leave them out to ask what happens without them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.sequential.integration import Exits, exits
from remit.stats.sequential.looks import Looks


@dataclass(frozen=True, slots=True)
class DriftPrior:
    """Normal prior of the drift (effect per unit of information); an infinite ``sd`` is flat."""

    mean: float = 0.0
    sd: float = np.inf


FLAT = DriftPrior()
SHARPEST = 1e-150
"""Standard deviations of a prior below this have no precision in a double; they are refused as zero is."""


def current_trend(z: Floats | float, now: float) -> Floats:
    r"""Drift estimated at an interim: :math:`\hat\theta = z / \sqrt{I}`, of the shape of ``z``."""
    return np.asarray(z, dtype=np.float64) / np.sqrt(now)


def rest_of_trial(ahead: Looks, z: float, now: float) -> Looks:
    """The looks ahead as a trial of its own: the information to come and its bounds."""
    gained = ahead.information - now
    score, roots, spread = z * np.sqrt(now), np.sqrt(ahead.information), np.sqrt(gained)
    upper, lower, counted = (
        (bounds * roots - score) / spread for bounds in (ahead.upper, ahead.lower, ahead.counted)
    )
    return Looks(gained, upper, lower, counted)


def conditional_exits(ahead: Looks, z: float, now: float, drift: float) -> Exits:
    """Probabilities of leaving by each bound at each look ahead, given a statistic now, under a drift.

    Parameters
    ----------
    ahead
        Looks that remain.
    z, now
        Statistic and information at the interim; information is zero before the first patient.
    drift
        Effect per unit of information.

    Raises
    ------
    InputError
        If the next look has no more information than the interim.
    """
    _check(ahead, now)
    rest = rest_of_trial(ahead, z, now)
    return exits(rest.information, rest.lower, rest.upper, drift)


def conditional_power(ahead: Looks, z: Floats | float, now: float, drift: Floats | float) -> Floats:
    r"""Probability of showing benefit at any look ahead, given a statistic now, under a drift.

    With one look ahead, of bound b, this is (Jennison and Turnbull 2000, chapter 10)

    .. math:: \Phi\!\left(\frac{z\sqrt{I_0} - b\sqrt{I_1} + \theta (I_1 - I_0)}{\sqrt{I_1 - I_0}}\right)

    Parameters
    ----------
    ahead
        Looks that remain; lower bounds are obeyed.
    z
        Statistic at the interim. NaN gives NaN.
    now
        Information at the interim.
    drift
        Effect per unit of information: an assumed one, ``current_trend(z, now)``, or 0 for the conditional
        type I error. Broadcast with ``z``.

    Raises
    ------
    InputError
        If the next look has no more information than the interim.
    """
    _check(ahead, now)
    at, effect = np.broadcast_arrays(np.asarray(z, dtype=np.float64), np.asarray(drift, dtype=np.float64))
    if ahead.n_looks == 1:
        more = ahead.information[0] - now
        to_go = ahead.upper[0] * np.sqrt(ahead.information[0]) - at * np.sqrt(now)
        return np.asarray(ndtr((effect * more - to_go) / np.sqrt(more)))
    each = [_one(ahead, x, now, d) for x, d in zip(at.ravel(), effect.ravel(), strict=True)]
    return np.array(each, dtype=np.float64).reshape(at.shape)


def _one(ahead: Looks, z: float, now: float, drift: float) -> float:
    known = np.isfinite(z) and np.isfinite(drift)
    return float(conditional_exits(ahead, float(z), now, float(drift)).upper.sum()) if known else np.nan


def conditional_error(ahead: Looks, z: Floats | float, now: float) -> Floats:
    """Conditional type I error: that of the rest of the trial, given a statistic now, of the shape of ``z``.

    A trial that is changed at an interim keeps its type I error if the new rest has no more than this
    (Proschan and Hunsberger 1995; Mueller and Schaefer 2001, 2004). Non-binding lower bounds are left out, as
    they were when the efficacy bounds were computed.

    Raises
    ------
    InputError
        If the next look has no more information than the interim.
    """
    counted = Looks(ahead.information, ahead.upper, ahead.counted, ahead.counted)
    return conditional_power(counted, z, now, 0.0)


def predictive_exits(ahead: Looks, z: float, now: float, prior: DriftPrior = FLAT) -> Exits:
    r"""Probabilities of leaving by each bound at each look ahead, averaged over the posterior of the drift.

    With a normal prior of precision :math:`\kappa` and mean :math:`\mu` the posterior mean at information I
    is :math:`(S + \kappa\mu)/(I + \kappa)`. It is a martingale with independent normal increments, whose
    variance from the interim on is :math:`1/(I_0 + \kappa) - 1/(I_k + \kappa)`. In that variance as
    information, and with the bounds put on the scale of the posterior mean, the predictive distribution is
    again that of a sequence of looks, without drift; no average over drifts has to be computed.

    Parameters
    ----------
    ahead
        Looks that remain.
    z, now
        Statistic and information at the interim; with a proper prior ``now`` may be zero, and the sum of the
        probabilities above is the assurance of the trial.
    prior
        Of the drift; flat by default.

    Raises
    ------
    InputError
        If the next look has no more information than the interim, or a flat prior meets no information.
    """
    _check(ahead, now, prior)
    kappa = prior.sd**-2.0
    more, score, here = ahead.information - now, z * np.sqrt(now), now + kappa
    # Everything over 1 / (I0 + k), without the difference of what is nearly equal where the prior is sharp.
    share = kappa / here
    planned = share * (score + prior.mean * more) if kappa > 0 else 0.0
    variance = more * here / (ahead.information + kappa)

    def standardised(bounds: Floats) -> Floats:
        missing = bounds * np.sqrt(ahead.information) - planned - score * ahead.information / here
        return missing * np.sqrt(here / ((ahead.information + kappa) * more))

    upper, lower = standardised(ahead.upper), standardised(ahead.lower)
    return exits(variance, lower, upper, 0.0)


def predictive_power(ahead: Looks, z: Floats | float, now: float, prior: DriftPrior = FLAT) -> Floats:
    r"""Probability of showing benefit at any look ahead, averaged over the posterior of the drift.

    After Spiegelhalter, Freedman and Blackburn (1986); for one look ahead and a flat prior it is
    :math:`\Phi((z - b\sqrt{I_0/I_1})/\sqrt{1 - I_0/I_1})`.

    Parameters
    ----------
    ahead, now, prior
        As in :func:`predictive_exits`.
    z
        Statistic at the interim, of any shape; NaN gives NaN.

    Raises
    ------
    InputError
        As :func:`predictive_exits`.
    """
    _check(ahead, now, prior)
    at = np.asarray(z, dtype=np.float64)
    each = [
        float(predictive_exits(ahead, float(x), now, prior).upper.sum()) if np.isfinite(x) else np.nan
        for x in at.ravel()
    ]
    return np.array(each, dtype=np.float64).reshape(at.shape)


def _check(ahead: Looks, now: float, prior: DriftPrior | None = None) -> None:
    """All that is wrong with an interim."""
    found: list[Finding] = []
    if ahead.n_looks == 0:
        found.append(Finding("ahead", "no look", "at least one look after the interim"))
    elif not 0 <= now < ahead.information[0]:
        needed = f"at least 0 and below that of the next look, {ahead.information[0]:g}"
        found.append(Finding("now", f"information {now:g}", needed, "only looks that are still ahead"))
    if prior is not None and not (prior.sd > SHARPEST and np.isfinite(prior.mean)):
        found.append(Finding("prior", str(prior), "a finite mean and a standard deviation above zero"))
    elif prior is not None and np.isinf(prior.sd) and now == 0:
        found.append(Finding("prior", "a flat prior before any information", "a proper prior", "a finite sd"))
    if found:
        raise InputError(found)

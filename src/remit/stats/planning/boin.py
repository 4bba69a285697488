r"""Bayesian optimal interval design of dose finding, after Liu and Yuan (2015): intervals, decisions,
selected dose.

With a target probability :math:`\phi` of a dose-limiting toxicity (DLT), a probability :math:`\phi_1` at or
below which a dose is too low and :math:`\phi_2` at or above which it is too toxic, the observed share of DLTs
at the dose is compared with

.. math::

    \lambda_e = \log\frac{1 - \phi_1}{1 - \phi} \bigg/ \log\frac{\phi (1 - \phi_1)}{\phi_1 (1 - \phi)}, \qquad
    \lambda_d = \log\frac{1 - \phi}{1 - \phi_2} \bigg/ \log\frac{\phi_2 (1 - \phi)}{\phi (1 - \phi_2)}

which make the fewest wrong decisions among local rules: escalate at or below :math:`\lambda_e`, de-escalate
at or above :math:`\lambda_d`, else stay.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc

from remit.errors import Finding
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.planning.requirement import check

TOO_LOW, TOO_HIGH = 0.6, 1.4
"""Defaults of Liu and Yuan (2015) for the two other probabilities, over the target."""
NOISE = 1e-12
"""A share of DLTs this near to a boundary is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFinding:
    """Rules of a trial.

    Parameters
    ----------
    target
        Probability of a DLT at the dose that is sought.
    too_low, too_high
        Probabilities of too low and of too toxic a dose; None for 0.6 and 1.4 times the target.
    eliminate_above
        Posterior probability of exceeding the target above which a dose and all higher ones are eliminated.
    stricter_by
        What is taken off ``eliminate_above`` at the lowest dose, whose elimination stops the trial; 0 for no
        extra rule.
    fewest_to_eliminate
        Patients at a dose from which on it can be eliminated.
    """

    target: float
    too_low: float | None = None
    too_high: float | None = None
    eliminate_above: float = 0.95
    stricter_by: float = 0.0
    fewest_to_eliminate: int = 3


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Shares of DLTs at or below which the dose is escalated, and at or above which it is de-escalated."""

    escalate: float
    de_escalate: float


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """Numbers of DLTs by number of patients treated at the current dose, arrays of shape (n_patients,).

    Escalate with at most ``escalate_at_most``, de-escalate with at least ``de_escalate_at_least``, else stay;
    with at least ``eliminate_at_least`` the dose and all higher ones are eliminated, and the trial stops if
    it is the lowest and has ``stop_at_least``. A number above ``patients`` stands for never, -1 for no number
    that would do.
    """

    patients: Integers
    escalate_at_most: Integers
    de_escalate_at_least: Integers
    eliminate_at_least: Integers
    stop_at_least: Integers


def boundaries(rules: DoseFinding) -> Boundaries:
    """Boundaries of the interval in which the dose stays.

    Raises
    ------
    InputError
        Impossible rules.
    """
    check(rule_findings(rules))
    phi, low, high = rules.target, *_others(rules)
    escalate = np.log((1 - low) / (1 - phi)) / np.log(phi * (1 - low) / (low * (1 - phi)))
    de_escalate = np.log((1 - phi) / (1 - high)) / np.log(high * (1 - phi) / (phi * (1 - high)))
    return Boundaries(float(escalate), float(de_escalate))


def decision_table(rules: DoseFinding, most: int) -> DecisionTable:
    """Decisions by number of patients at the current dose, from 1 to ``most``.

    Raises
    ------
    InputError
        Impossible rules, no patients.
    """
    between = boundaries(rules)
    check([] if most >= 1 else [Finding("most", str(most), "at least 1 patient")])
    n = np.arange(1, most + 1)
    dlts = np.arange(most + 2)
    share = dlts / n[:, None]
    counted = dlts <= n[:, None]
    escalate = (counted & (share <= between.escalate + NOISE)).sum(axis=1) - 1
    de_escalate = (share < between.de_escalate - NOISE).sum(axis=1)
    toxic = exceeds_target(np.minimum(dlts, n[:, None]), n[:, None], rules.target)
    can = n >= rules.fewest_to_eliminate
    limits = (rules.eliminate_above, rules.eliminate_above - rules.stricter_by)
    eliminate, stop = (np.where(can, (counted & (toxic <= limit)).sum(axis=1), n + 1) for limit in limits)
    return DecisionTable(n, escalate, np.minimum(de_escalate, n + 1), eliminate, stop)


def exceeds_target(dlts: Integers, patients: Integers, target: float) -> Floats:
    """Posterior probability, under a uniform prior, that the probability of a DLT is above the target;
    broadcasts.
    """
    return betaincc(1.0 + dlts, 1.0 + np.asarray(patients) - dlts, target)


def isotonic(values: Floats, weights: Floats) -> Floats:
    """Weighted least-squares fit that does not decrease along the last axis, by pooling adjacent violators.

    After Barlow and others (1972); in the form that takes, of all pools around a place, the largest over
    starts of the least over ends of their means, which runs on many rows at once.

    Parameters
    ----------
    values
        Shape (..., n_doses); ignored where the weight is zero.
    weights
        Not negative, of the same shape.

    Returns
    -------
    Fit of the same shape; NaN where the weight is zero.
    """
    weight = np.asarray(weights, dtype=np.float64)
    known = np.where(weight > 0, values, 0.0) * weight
    sums = np.concatenate([np.zeros((*known.shape[:-1], 1)), np.cumsum(known, axis=-1)], axis=-1)
    totals = np.concatenate([np.zeros((*weight.shape[:-1], 1)), np.cumsum(weight, axis=-1)], axis=-1)
    doses = weight.shape[-1]
    fit = np.full(weight.shape, np.nan)
    for j in range(doses):
        best = np.full(weight.shape[:-1], -np.inf)
        for start in range(j + 1):
            total = totals[..., j + 1 :] - totals[..., start, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                means = (sums[..., j + 1 :] - sums[..., start, None]) / total
            best = np.maximum(best, np.where(total > 0, means, np.inf).min(axis=-1))
        fit[..., j] = np.where(weight[..., j] > 0, best, np.nan)
    return fit


def selected_dose(
    dlts: Integers, patients: Integers, rules: DoseFinding, eliminated_from: Integers | None = None
) -> Integers:
    """Dose whose isotonic share of DLTs is nearest to the target, among doses that were tried and not
    eliminated.

    The shares, weighted by patients, are the most likely ones that do not decrease with dose. Of equally near
    doses the highest is taken where they are below the target, else the lowest. Programs that shrink the
    shares before they are pooled may select another dose where two are about equally near.

    Parameters
    ----------
    dlts, patients
        At each dose, shape (..., n_doses).
    rules
        Of the trial, of which the target counts.
    eliminated_from
        Number of the lowest eliminated dose, from 0; n_doses or None for none. Shape (...,).

    Returns
    -------
    Number of the dose, from 0; -1 for none. Shape (...,).

    Raises
    ------
    InputError
        Impossible rules, more DLTs than patients, shapes that do not fit.
    """
    check(rule_findings(rules), _count_findings(dlts, patients))
    n = np.asarray(patients, dtype=np.float64)
    share = np.divide(dlts, n, out=np.zeros(n.shape), where=n > 0)
    fit = isotonic(share, n)
    doses = np.arange(n.shape[-1])
    top = np.full(n.shape[:-1], n.shape[-1]) if eliminated_from is None else np.asarray(eliminated_from)
    eligible: Booleans = (n > 0) & (doses < top[..., None])
    away = np.where(eligible, np.abs(fit - rules.target), np.inf)
    nearest = away.min(axis=-1, keepdims=True)
    tied = eligible & (away <= nearest + NOISE)
    below = tied & (fit < rules.target)
    highest_below = np.where(below, doses, -1).max(axis=-1)
    lowest = np.where(tied, doses, n.shape[-1]).min(axis=-1)
    chosen = np.where(highest_below >= 0, highest_below, lowest)
    return np.where(eligible.any(axis=-1), chosen, -1).astype(np.int64)


def _others(rules: DoseFinding) -> tuple[float, float]:
    """Probabilities of too low and too toxic a dose."""
    low = TOO_LOW * rules.target if rules.too_low is None else rules.too_low
    return low, TOO_HIGH * rules.target if rules.too_high is None else rules.too_high


def rule_findings(rules: DoseFinding) -> list[Finding]:
    """What is wrong with the rules of a trial."""
    low, high = _others(rules)
    found: list[Finding] = []
    if not 0 < low < rules.target < high < 1:
        shown = f"{low:g}, {rules.target:g}, {high:g}"
        found.append(
            Finding(
                "too_low, target, too_high",
                shown,
                "probabilities that increase, in (0, 1)",
                "a target such as 0.3, or too_low and too_high of your own",
            )
        )
    if not 0 < rules.eliminate_above < 1:
        found.append(
            Finding("eliminate_above", f"{rules.eliminate_above:g}", "a probability in (0, 1)", "0.95")
        )
    if not 0 <= rules.stricter_by < rules.eliminate_above:
        needed = f"at least 0 and below {rules.eliminate_above:g}"
        found.append(Finding("stricter_by", f"{rules.stricter_by:g}", needed, "0.05"))
    if rules.fewest_to_eliminate < 1:
        found.append(Finding("fewest_to_eliminate", str(rules.fewest_to_eliminate), "at least 1", "3"))
    return found


def _count_findings(dlts: Integers, patients: Integers) -> list[Finding]:
    """What is wrong with counts at each dose."""
    y, n = np.asarray(dlts), np.asarray(patients)
    if y.shape != n.shape or not y.ndim or y.shape[-1] == 0:
        return [
            Finding(
                "dlts, patients", f"shapes {y.shape}, {n.shape}", "one shape, with doses along its last axis"
            )
        ]
    if (y < 0).any() or (y > n).any():
        return [
            Finding("dlts", "fewer than 0, or more than patients", "between 0 and the patients at the dose")
        ]
    return []

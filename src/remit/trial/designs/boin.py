"""Dose escalation by Bayesian optimal intervals, after Liu and Yuan (2015), with back-fill after Zhao and
others (2024), Clinical Cancer Research 30:673.

A decision is a function of patients and dose-limiting toxicities (DLT) at each dose. Without back-fill it is
that of ``remit.stats.planning.boin``. With back-fill, lower doses have data that may contradict the dose in
hand; then all doses from the lower one to that in hand are pooled, and the more careful of the two steps is
taken.

Nothing is tested, so that there is no type I error: what a dose-finding trial does wrong is to treat at and
to select too toxic doses, which its operating characteristics say.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from remit.stats.estimate import Booleans, Integers
from remit.stats.planning.boin import DecisionTable, DoseFinding, decision_table, exceeds_target
from remit.units import quantity

NAME = "boin"
Waiting = Literal["suspend", "wait"]
"""What a patient does who comes while no slot is open: is turned away, or waits for the next cohort."""
NEVER = 0
"""In place of a number of patients: no such rule."""
THREE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Target, cohorts, safety and back-fill."""

    target: float = quantity("fraction", meaning="probability of DLT that is sought", low=0, high=1)
    too_low: float = quantity("fraction", meaning="probability of DLT of too low a dose", low=0, high=1)
    too_high: float = quantity("fraction", meaning="probability of DLT of too toxic a dose", low=0, high=1)
    cohort: int = quantity("", meaning="evaluable patients before a decision", low=1)
    most: int = quantity("", meaning="evaluable patients of all cohorts, without back-fill", low=1)
    first_dose: int = quantity("", meaning="dose of the first cohort, from 0", low=0)
    enough: int = quantity(
        "", meaning="patients at the next dose with which escalation ends, 0: no rule", low=0
    )
    enough_on_stay: bool = quantity("", meaning="whether that holds only where the dose stays the same")
    eliminate_above: float = quantity(
        "fraction", meaning="posterior probability of exceeding the target that eliminates", low=0, high=1
    )
    stricter_by: float = quantity("fraction", meaning="taken off that at the lowest dose", low=0, high=1)
    stay_on_one_of_three: bool = quantity("", meaning="whether one DLT among three patients means stay")
    waiting: Waiting = quantity("", meaning="suspend or wait: what patients do while a cohort is awaited")
    backfill_cap: int = quantity("", meaning="patients at a dose that close it for back-fill, 0: none", low=0)
    backfill_responses: int = quantity(
        "", meaning="responses at a dose or lower that open it for back-fill", low=0
    )

    @property
    def rules(self) -> DoseFinding:
        """Target and safety, as the statistics know them."""
        return DoseFinding(
            target=self.target,
            too_low=self.too_low,
            too_high=self.too_high,
            eliminate_above=self.eliminate_above,
            stricter_by=self.stricter_by,
        )


@dataclass(frozen=True, slots=True)
class DoseLook:
    """What is known when a cohort is complete.

    ``dose`` in hand and ``eliminated_from``, the lowest eliminated dose (n_doses for none), have shape
    (n_replicates,); ``patients``, evaluable ones whose outcome is known, and ``dlts`` among them
    (n_replicates, n_doses).
    """

    dose: Integers
    patients: Integers
    dlts: Integers
    eliminated_from: Integers


@dataclass(frozen=True, slots=True)
class DoseDecision:
    """Dose of the next cohort, lowest eliminated dose, and whether escalation ends; (n_replicates,)."""

    dose: Integers
    eliminated_from: Integers
    stop: Booleans


def planned(target: float, cohort: int = 3, most: int = 30, enough: int = NEVER) -> Params:
    """Parameters with the defaults of Liu and Yuan (2015); accrual suspended in a window, no back-fill."""
    return Params(
        target=target, too_low=0.6 * target, too_high=1.4 * target, cohort=cohort, most=most, first_dose=0,
        enough=enough, enough_on_stay=False, eliminate_above=0.95, stricter_by=0.0,
        stay_on_one_of_three=False, waiting="suspend", backfill_cap=NEVER, backfill_responses=1,
    )  # fmt: skip


def with_backfill(params: Params, cap: int, responses: int = 1) -> Params:
    """The same trial with back-fill up to ``cap`` patients at a dose."""
    return replace(params, backfill_cap=cap, backfill_responses=responses)


@cache
def table(params: Params, most: int) -> DecisionTable:
    """Decisions by number of patients at a dose, up to ``most``.

    Raises
    ------
    InputError
        Impossible rules.
    """
    found = decision_table(params.rules, most)
    if params.stay_on_one_of_three and most >= THREE:
        limit = found.de_escalate_at_least.copy()
        limit[THREE - 1] = max(limit[THREE - 1], 2)
        found = replace(found, de_escalate_at_least=limit)
    return found


def step(patients: Integers, dlts: Integers, params: Params) -> Integers:
    """Escalate (1), stay (0) or de-escalate (-1) by patients and DLTs at one dose; stay without patients.

    Elimination is left to ``eliminated``. Arrays of one shape.
    """
    found = table(params, int(patients.max(initial=1)))
    row = np.maximum(patients, 1) - 1
    up, down = dlts <= found.escalate_at_most[row], dlts >= found.de_escalate_at_least[row]
    return np.where(patients == 0, 0, np.where(up, 1, np.where(down, -1, 0)))


def eliminated(patients: Integers, dlts: Integers, params: Params) -> Integers:
    """Lowest dose that is too toxic by its own data, n_doses for none; from arrays (..., n_doses)."""
    rules = params.rules
    limit = np.full(patients.shape[-1], rules.eliminate_above)
    limit[0] -= rules.stricter_by
    toxic = (exceeds_target(dlts, patients, rules.target) > limit) & (patients >= rules.fewest_to_eliminate)
    return np.where(toxic.any(axis=-1), toxic.argmax(axis=-1), patients.shape[-1])


def decide(look: DoseLook, params: Params) -> DoseDecision:
    """Dose of the next cohort, or the end of escalation.

    Escalation ends where the lowest dose is eliminated, or the next dose already has ``enough`` patients (if
    so declared, only where it is the dose in hand). The largest number of patients is left to the conduct.
    """
    rows, doses = np.arange(look.dose.size), look.patients.shape[1]
    own = step(look.patients[rows, look.dose], look.dlts[rows, look.dose], params)
    move = _with_lower_doses(look, own, params)
    out = np.minimum(look.eliminated_from, eliminated(look.patients, look.dlts, params))
    # An eliminated dose is left, whatever its share of DLTs says.
    move = np.where(look.dose >= out, -1, move)
    dose = np.clip(look.dose + move, 0, np.maximum(np.minimum(doses, out) - 1, 0))
    stop = out == 0
    if params.enough > NEVER:
        same = (dose == look.dose) | (not params.enough_on_stay)
        stop |= same & (look.patients[rows, dose] >= params.enough)
    return DoseDecision(dose, out, stop)


def _with_lower_doses(look: DoseLook, own: Integers, params: Params) -> Integers:
    """The step, made more careful by lower doses whose data ask to de-escalate."""
    if params.backfill_cap == NEVER:
        return own
    rows, doses = np.arange(look.dose.size), look.patients.shape[1]
    n, y = (
        np.concatenate([np.zeros((rows.size, 1), dtype=np.int64), np.cumsum(each, axis=1)], axis=1)
        for each in (look.patients, look.dlts)
    )
    move = own
    for dose in range(doses):
        contradicts = (dose < look.dose) & (step(look.patients[:, dose], look.dlts[:, dose], params) < 0)
        pooled = step(n[rows, look.dose + 1] - n[:, dose], y[rows, look.dose + 1] - y[:, dose], params)
        move = np.where(contradicts, np.minimum(move, pooled), move)
    return move


def open_for_backfill(look: DoseLook, treated: Integers, responses: Integers, params: Params) -> Booleans:
    """Doses at which patients may be back-filled, shape (n_replicates, n_doses).

    A dose is open where it is below the dose in hand, is not eliminated, has fewer than ``backfill_cap``
    patients, and it or a lower one has shown ``backfill_responses`` responses. It is closed, with all higher
    ones, as long as both its own DLTs and those of it and the next dose together ask to de-escalate.

    Parameters
    ----------
    look
        What is known of DLTs.
    treated
        Patients at each dose, whether or not their outcome is known.
    responses
        Known responses at each dose.
    params
        Of the trial.
    """
    doses = np.arange(look.patients.shape[1])
    active = np.cumsum(responses, axis=1) >= params.backfill_responses
    own = step(look.patients, look.dlts, params) < 0
    together_n, together_y = (each.copy() for each in (look.patients, look.dlts))
    together_n[:, :-1] += look.patients[:, 1:]
    together_y[:, :-1] += look.dlts[:, 1:]
    toxic = own & (step(together_n, together_y, params) < 0)
    closed = np.maximum.accumulate(toxic, axis=1)
    lower = (doses < look.dose[:, None]) & (doses < look.eliminated_from[:, None])
    return lower & active & ~closed & (treated < params.backfill_cap)

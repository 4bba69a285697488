"""Protocol rules: ramp-up, cycles, holds, reductions, end of treatment.

``Treatment`` is where each patient stands with each drug; every rule is a function from a standing and what a
visit showed to the next standing. Doses of the next interval follow from the standing alone.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial.parameters import DoseRules, Lysis
from remit.trial.therapy import Plan

Booleans = NDArray[np.bool_]

MOST_STARTS = 24
"""Dose steps and resumptions before a patient counts as intolerant; draws of samples are kept for as many."""
INSTANT = 1e-9
"""Times closer than this [day] are the same."""


class Hold(IntEnum):
    """Why doses are held; a drug that begins later than the first waits."""

    NONE = 0
    COUNTS = 1
    LYSIS = 2
    EVENT = 3
    WAITING = 4


class End(IntEnum):
    """Why treatment with a drug ended."""

    ONGOING = 0
    PROGRESSION = 1
    ADVERSE_EVENT = 2
    DEATH = 3
    WITHDRAWAL = 4
    LOST = 5
    NOT_EVALUABLE = 6
    COMPLETED = 7
    UNDETECTABLE = 8
    NO_RESPONSE = 9


END_TEXT = (
    "ongoing",
    "progression",
    "adverse event",
    "death",
    "withdrawal",
    "lost to follow-up",
    "not evaluable",
    "completed",
    "undetectable disease",
    "lack of efficacy",
)
"""What ADSL says for each ``End``."""
DOSE_TEXT = ("ramp-up", "target", "hold", "reduction", "repeat step", "cycle")
RAMP_UP, TARGET, HELD, REDUCED, REPEATED, CYCLE = range(6)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Where each patient stands with each drug, arrays of shape (n_patients, n_drugs).

    ``period`` of the schedule, begun at ``period_start`` [day] as the ``starts``-th in all, ``repeated`` if
    for another time. ``level`` is the share of the target dose that reductions leave. ``hold`` is a ``Hold``
    since ``hold_start``, looked at again at ``recheck`` [day]. ``toxicities`` counts holds for blood counts.
    ``ended`` [day] is infinite on treatment, with an ``End`` as ``reason``.
    """

    period: Integers
    period_start: Floats
    starts: Integers
    repeated: Booleans
    level: Floats
    hold: Integers
    hold_start: Floats
    recheck: Floats
    toxicities: Integers
    ended: Floats
    reason: Integers

    @property
    def is_on(self) -> Booleans:
        """On a drug, held or waiting or not."""
        return np.isinf(self.ended)

    @property
    def is_held(self) -> Booleans:
        """On a drug with doses held, or waiting for the first."""
        return self.is_on & (self.hold != Hold.NONE)

    @property
    def is_dosed(self) -> Booleans:
        """Taking doses of a drug."""
        return self.is_on & (self.hold == Hold.NONE)

    @property
    def has_begun(self) -> Booleans:
        """Whether the first dose of a drug has been given."""
        return self.hold != Hold.WAITING

    @property
    def is_treated(self) -> Booleans:
        """On any drug, shape (n_patients,)."""
        return np.any(self.is_on, axis=1)

    @property
    def all_ended(self) -> Floats:
        """Day on which the last drug ended, infinite on treatment; shape (n_patients,)."""
        return self.ended.max(axis=1)

    @property
    def last_reason(self) -> Integers:
        """Why treatment as a whole ended: that of the drug that ended last; shape (n_patients,)."""
        last = np.argmax(self.ended, axis=1)
        return np.where(self.is_treated, int(End.ONGOING), self.reason[np.arange(last.size), last])


def first_day(n_patients: int, plan: Plan) -> Treatment:
    """Everyone at the first period of what begins on day 0, and waiting for the rest."""
    shape = (n_patients, plan.last.size)
    zeros, whole = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    waits = np.broadcast_to(plan.start > 0, shape)
    return Treatment(
        period=whole,
        period_start=zeros,
        starts=whole,
        repeated=np.zeros(shape, dtype=bool),
        level=np.ones(shape),
        hold=np.where(waits, int(Hold.WAITING), int(Hold.NONE)),
        hold_start=zeros,
        recheck=np.where(waits, plan.start, np.inf),
        toxicities=whole,
        ended=np.full(shape, np.inf),
        reason=whole,
    )


def period_end(t: Treatment, plan: Plan) -> Floats:
    """Day on which the present period has lasted its days, infinite if it goes on or doses are held."""
    return np.where(t.is_dosed, t.period_start + plan.at(plan.days, t.period), np.inf)


def is_watched(t: Treatment, plan: Plan, drug: int) -> Booleans:
    """Who is in a period of the watched drug whose start is followed by samples; shape (n_patients,).

    These are the steps of the ramp-up and the target dose, or the first cycle.
    """
    return t.is_dosed[:, drug] & (t.period[:, drug] <= plan.n_ramp[drug])


def next_decision(t: Treatment, now: Floats, plan: Plan, drug: int, lysis: Lysis) -> Floats:
    """Next day on which the treatment asks for a visit, shape (n_patients,).

    That is the end of a period or of a drug, the check after a step of the watched ``drug``, one in a hold,
    or the first dose of a drug that begins later.
    """
    check = np.where(is_watched(t, plan, drug), t.period_start[:, drug] + lysis.second_sample, np.inf)
    check = np.where(check > now + INSTANT, check, np.inf)
    recheck = np.where(t.is_held, t.recheck, np.inf).min(axis=1)
    until = np.where(t.is_on, plan.until, np.inf).min(axis=1)
    return np.minimum(np.minimum(period_end(t, plan).min(axis=1), until), np.minimum(check, recheck))


def dose_fraction(t: Treatment, plan: Plan) -> Floats:
    """Largest dose of the period as a fraction of target, zero when held or ended; (n_patients, n_drugs)."""
    return np.where(t.is_dosed, np.minimum(plan.at(plan.planned, t.period), t.level), 0.0)


def dose_reason(t: Treatment, plan: Plan) -> Integers:
    """Why this dose, as an index into ``DOSE_TEXT``; shape (n_patients, n_drugs)."""
    planned = plan.at(plan.planned, t.period)
    ramping = np.where(t.repeated, REPEATED, RAMP_UP)
    settled = np.where(plan.is_cyclic, CYCLE, TARGET)
    reason = np.where(t.period < plan.n_ramp, ramping, settled)
    reason = np.where(t.level < planned, REDUCED, reason)
    return np.where(t.is_held, HELD, reason)


def hold(t: Treatment, rows: Booleans, why: Hold, now: Floats, recheck: Floats) -> Treatment:
    """Hold doses of ``rows`` that have begun; one already held keeps its start and waits for the later check.

    ``now`` and ``recheck`` [day] have shape (n_patients,).
    """
    rows = rows & t.is_on & t.has_begun
    fresh = rows & ~t.is_held
    later = np.maximum(t.recheck, recheck[:, None])
    return replace(
        t,
        hold=np.where(fresh, int(why), t.hold),
        hold_start=np.where(fresh, now[:, None], t.hold_start),
        recheck=np.where(fresh, recheck[:, None], np.where(rows, later, t.recheck)),
    )


def reduce_for_counts(t: Treatment, rows: Booleans, rules: DoseRules) -> Treatment:
    """Count a toxicity of ``rows``, and lower their dose from the occurrence the rules name."""
    count = np.where(rows, t.toxicities + 1, t.toxicities)
    lower = rows & (count >= rules.reduction_from)
    return replace(t, toxicities=count, level=np.where(lower, t.level * rules.reduction_factor, t.level))


def is_toxic(neutrophils: Floats, platelets: Floats, febrile: Booleans, rules: DoseRules) -> Booleans:
    """Whether counts [1e9/L] call for a hold; missing counts do not."""
    return (neutrophils < rules.neutrophil_hold) | (platelets < rules.platelet_hold) | febrile


def has_recovered(
    neutrophils: Floats,
    platelets: Floats,
    baseline_neutrophils: Floats,
    baseline_platelets: Floats,
    rules: DoseRules,
) -> Booleans:
    """Whether counts [1e9/L] allow doses again: at the restart limit, or at baseline where that was lower."""
    enough_neutrophils = neutrophils >= np.minimum(rules.neutrophil_restart, baseline_neutrophils)
    return enough_neutrophils & (platelets >= np.minimum(rules.platelet_restart, baseline_platelets))


def resume(t: Treatment, rows: Booleans, now: Floats, plan: Plan) -> Treatment:
    """Take up doses again: a step of a ramp-up begins anew, a cycle is followed by the next.

    A drug that waited for its first dose begins. After ``MOST_STARTS`` starts treatment with a drug that is
    not cyclic ends instead: this patient does not tolerate it.
    """
    rows = rows & t.is_held
    begins, again = rows & ~t.has_begun, rows & t.has_begun
    t = end(t, again & ~plan.is_cyclic & (t.starts >= MOST_STARTS), now, End.ADVERSE_EVENT)
    again = again & t.is_on
    over = again & plan.is_cyclic & ~plan.repeats & (t.period >= plan.last)
    t = end(t, over, now, End.COMPLETED)
    again = again & ~over
    rows = begins | again
    return replace(
        t,
        hold=np.where(rows, int(Hold.NONE), t.hold),
        recheck=np.where(rows, np.inf, t.recheck),
        period=np.where(again & plan.is_cyclic, t.period + 1, t.period),
        period_start=np.where(rows, now[:, None], t.period_start),
        starts=np.where(again, t.starts + 1, t.starts),
        repeated=np.where(again, ~plan.is_cyclic & (t.period < plan.n_ramp), t.repeated),
    )


def wait(t: Treatment, rows: Booleans, now: Floats, rules: DoseRules) -> Treatment:
    """Hold on until the next check, or end treatment where the hold has lasted too long."""
    rows = rows & t.is_held
    too_long = rows & t.has_begun & (now[:, None] - t.hold_start > rules.longest_hold)
    interval = np.where(t.hold == Hold.LYSIS, rules.lysis_recheck, rules.recheck_interval)
    waiting = replace(t, recheck=np.where(rows, now[:, None] + interval, t.recheck))
    return end(waiting, too_long, now, End.ADVERSE_EVENT)


def step_up(t: Treatment, rows: Booleans, now: Floats, plan: Plan) -> Treatment:
    """Next period for ``rows`` that take doses; a drug whose last period is over has been completed."""
    rows = rows & t.is_dosed
    over = rows & ~plan.repeats & (t.period >= plan.last)
    t = end(t, over, now, End.COMPLETED)
    rows = rows & ~over
    return replace(
        t,
        period=np.where(rows, t.period + 1, t.period),
        period_start=np.where(rows, now[:, None], t.period_start),
        starts=np.where(rows, t.starts + 1, t.starts),
        repeated=t.repeated & ~rows,
    )


def unplanned_end(t: Treatment) -> Floats:
    """Day on which treatment ended for another reason than its plan, infinite otherwise; (n_patients,).

    Who has completed treatment, or stopped it with undetectable disease, is observed without therapy.
    """
    planned = np.isin(t.last_reason, (End.COMPLETED, End.UNDETECTABLE))
    return np.where(planned, np.inf, t.all_ended)


def complete(t: Treatment, rows: Booleans, now: Floats, plan: Plan) -> Treatment:
    """End the drugs of the patients ``rows`` (n_patients,) that are given up to a day which has come."""
    return end(t, rows[:, None] & (now[:, None] >= plan.until - INSTANT), now, End.COMPLETED)


def end(t: Treatment, rows: Booleans, now: Floats, reason: End) -> Treatment:
    """End treatment with the drugs ``rows`` that are still on; (n_patients,) for all drugs of a patient."""
    rows = (rows[:, None] if rows.ndim == 1 else rows) & t.is_on
    return replace(
        t, ended=np.where(rows, now[:, None], t.ended), reason=np.where(rows, int(reason), t.reason)
    )

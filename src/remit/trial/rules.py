"""Protocol rules: ramp-up, holds, reductions, end of treatment, and progression as the investigator sees it.

``Treatment`` is where each patient stands; every rule is a function from a standing and what a visit
showed to the next standing. Doses of the next interval follow from the standing alone.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers, Regimen
from remit.trial.parameters import DoseRules, Lysis
from remit.trial.readers import Measurements

Booleans = NDArray[np.bool_]

MOST_STARTS = 24
"""Dose steps and resumptions before a patient counts as intolerant; draws of samples are kept for as many."""
INSTANT = 1e-9
"""Times closer than this [day] are the same."""


class Hold(IntEnum):
    """Why doses are held."""

    NONE = 0
    COUNTS = 1
    LYSIS = 2
    EVENT = 3


class End(IntEnum):
    """Why treatment ended."""

    ONGOING = 0
    PROGRESSION = 1
    ADVERSE_EVENT = 2
    DEATH = 3
    WITHDRAWAL = 4
    LOST = 5
    NOT_EVALUABLE = 6


END_TEXT = (
    "ongoing",
    "progression",
    "adverse event",
    "death",
    "withdrawal",
    "lost to follow-up",
    "not evaluable",
)
"""What ADSL says for each ``End``."""
DOSE_TEXT = ("ramp-up", "target", "hold", "reduction", "repeat step")
RAMP_UP, TARGET, HELD, REDUCED, REPEATED = range(5)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Where each patient stands in treatment, arrays of shape (n_patients,).

    ``step`` of the ramp-up (its length once at target), begun at ``step_start`` [day] as the
    ``starts``-th step in all, ``repeated`` if for another time. ``level`` is the share of the target dose
    that reductions leave. ``hold`` is a ``Hold`` since ``hold_start``, looked at again at ``recheck``
    [day]. ``toxicities`` counts holds for blood counts. ``ended`` [day] is infinite on treatment, with an
    ``End`` as ``reason``.
    """

    step: Integers
    step_start: Floats
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
        """On treatment, held or not."""
        return np.isinf(self.ended)

    @property
    def is_held(self) -> Booleans:
        """On treatment with doses held."""
        return self.is_on & (self.hold != Hold.NONE)

    @property
    def is_dosed(self) -> Booleans:
        """Taking doses."""
        return self.is_on & (self.hold == Hold.NONE)


def first_day(n_patients: int) -> Treatment:
    """Everyone at the first step on day 0."""
    zeros, whole = np.zeros(n_patients), np.zeros(n_patients, dtype=np.int64)
    never = np.full(n_patients, np.inf)
    return Treatment(
        whole,
        zeros,
        whole,
        np.zeros(n_patients, dtype=bool),
        np.ones(n_patients),
        whole,
        zeros,
        never,
        whole,
        never,
        whole,
    )


def step_end(t: Treatment, regimen: Regimen) -> Floats:
    """Day on which the present step has lasted its days, infinite at target dose or off doses."""
    days = np.array([each.days for each in regimen.ramp_up] + [np.inf])[
        np.minimum(t.step, len(regimen.ramp_up))
    ]
    return np.where(t.is_dosed, t.step_start + days, np.inf)


def next_decision(t: Treatment, now: Floats, regimen: Regimen, lysis: Lysis) -> Floats:
    """Next day on which the regimen asks for a visit: end of a step, check after a step, check in a hold."""
    check = np.where(t.is_dosed, t.step_start + lysis.second_sample, np.inf)
    check = np.where(check > now + INSTANT, check, np.inf)
    recheck = np.where(t.is_held, t.recheck, np.inf)
    return np.minimum(np.minimum(step_end(t, regimen), check), recheck)


def dose_fraction(t: Treatment, regimen: Regimen) -> Floats:
    """Dose as a fraction of target, zero when held or ended; shape (n_patients,)."""
    return np.where(t.is_dosed, np.minimum(regimen.fraction_at_step(t.step), t.level), 0.0)


def dose_reason(t: Treatment, regimen: Regimen) -> Integers:
    """Why this dose, as an index into ``DOSE_TEXT``."""
    planned = regimen.fraction_at_step(t.step)
    ramping = np.where(t.repeated, REPEATED, RAMP_UP)
    reason = np.where(t.step < len(regimen.ramp_up), ramping, TARGET)
    reason = np.where(t.level < planned, REDUCED, reason)
    return np.where(t.is_held, HELD, reason)


def hold(t: Treatment, rows: Booleans, why: Hold, now: Floats, recheck: Floats) -> Treatment:
    """Hold doses of ``rows`` on treatment; one already held keeps its start and waits for the later check."""
    rows = rows & t.is_on
    fresh = rows & ~t.is_held
    return replace(
        t,
        hold=np.where(fresh, int(why), t.hold),
        hold_start=np.where(fresh, now, t.hold_start),
        recheck=np.where(fresh, recheck, np.where(rows, np.maximum(t.recheck, recheck), t.recheck)),
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


def resume(t: Treatment, rows: Booleans, now: Floats, regimen: Regimen) -> Treatment:
    """Take up doses again: the ramp-up step is repeated from its first day, and lysis windows restart.

    After ``MOST_STARTS`` starts treatment ends instead: this patient does not tolerate it.
    """
    t = end(t, rows & t.is_held & (t.starts >= MOST_STARTS), now, End.ADVERSE_EVENT)
    rows = rows & t.is_held
    return replace(
        t,
        hold=np.where(rows, int(Hold.NONE), t.hold),
        recheck=np.where(rows, np.inf, t.recheck),
        step_start=np.where(rows, now, t.step_start),
        starts=np.where(rows, t.starts + 1, t.starts),
        repeated=np.where(rows, t.step < len(regimen.ramp_up), t.repeated),
    )


def wait(t: Treatment, rows: Booleans, now: Floats, rules: DoseRules) -> Treatment:
    """Hold on until the next check, or end treatment where the hold has lasted too long."""
    rows = rows & t.is_held
    too_long = rows & (now - t.hold_start > rules.longest_hold)
    interval = np.where(t.hold == Hold.LYSIS, rules.lysis_recheck, rules.recheck_interval)
    waiting = replace(t, recheck=np.where(rows, now + interval, t.recheck))
    return end(waiting, too_long, now, End.ADVERSE_EVENT)


def step_up(t: Treatment, rows: Booleans, now: Floats) -> Treatment:
    """Next step of the ramp-up for ``rows`` that take doses."""
    rows = rows & t.is_dosed
    return replace(
        t,
        step=np.where(rows, t.step + 1, t.step),
        step_start=np.where(rows, now, t.step_start),
        starts=np.where(rows, t.starts + 1, t.starts),
        repeated=t.repeated & ~rows,
    )


def end(t: Treatment, rows: Booleans, now: Floats, reason: End) -> Treatment:
    """End treatment of ``rows`` that are still on it."""
    rows = rows & t.is_on
    return replace(t, ended=np.where(rows, now, t.ended), reason=np.where(rows, int(reason), t.reason))


LARGE_NODE = 15.0
GROWTH_OF_PRODUCT = 1.5
SIZE_BREAK = 20.0
GROWTH_OF_SMALL, GROWTH_OF_LARGE = 5.0, 10.0
SPLEEN_LIMIT = 130.0
SPLEEN_SHARE = 0.5
SPLEEN_NEW = 20.0
SPLEEN_NOTICEABLE = 10.0
"""Lugano 2014, in mm; the last is not in it: no reader calls a smaller change of an organ's length."""


def progressed(m: Measurements) -> Booleans:
    """Progression by Lugano 2014 at the latest scan, shape (n_patients,).

    A node over 15 mm whose product is up by half from its nadir and whose longest or shortest diameter
    is up by 5 mm (10 mm if the node is over 20 mm); or the splenic rule; or a new site; or unequivocal
    progression of non-target disease. A scan that could not be read shows nothing.
    """
    n = m.latest.shape[0]
    rows, at = np.arange(n), m.latest
    earlier = np.arange(m.spleen.shape[1])[None, :] < at[:, None]
    longest, shortest = m.longest[rows, at], m.shortest[rows, at]

    def nadir(values: Floats) -> Floats:
        mask = earlier if values.ndim == 2 else earlier[:, :, None]
        return np.where(mask & ~np.isnan(values), values, np.inf).min(axis=1)

    product_up = longest * shortest >= GROWTH_OF_PRODUCT * nadir(m.longest * m.shortest)
    needed = np.where(longest <= SIZE_BREAK, GROWTH_OF_SMALL, GROWTH_OF_LARGE)
    diameter_up = (longest - nadir(m.longest) >= needed) | (shortest - nadir(m.shortest) >= needed)
    node = ((longest > LARGE_NODE) & product_up & diameter_up).any(axis=1)

    spleen, lowest = m.spleen[rows, at], nadir(m.spleen)
    before = np.maximum(m.spleen[:, 0] - SPLEEN_LIMIT, 0.0)
    more = np.where(before > 0, np.maximum(SPLEEN_SHARE * before, SPLEEN_NOTICEABLE), SPLEEN_NEW)
    splenic = (spleen > SPLEEN_LIMIT) & (spleen - lowest >= more)
    return node | splenic | m.new_site[rows, at] | m.nontarget_progression[rows, at]


def suggests_complete_response(longest: Floats, spleen: Floats) -> Booleans:
    """Whether no node is over 15 mm and the spleen not over 130 mm, which prompts a repeated biopsy.

    ``longest`` [mm] has shape (..., 6), NaN where there is no lesion; ``spleen`` [mm] the leading shape.
    """
    missing = np.isnan(longest)
    return (
        np.all(missing | (longest <= LARGE_NODE), axis=-1) & ~missing.all(axis=-1) & (spleen <= SPLEEN_LIMIT)
    )

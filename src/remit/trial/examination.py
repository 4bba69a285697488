"""What happens at a laboratory visit: samples, and the decisions that rest on them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial import laboratory, lysis_syndrome, rules, support, toxicity, visits
from remit.trial.chance import half_week
from remit.trial.course import Arm, Course
from remit.trial.laboratory import PLACE
from remit.trial.rules import End, Hold

Booleans = NDArray[np.bool_]

ANC, PLAT = PLACE["ANC"], PLACE["PLAT"]
HELD, REDUCED = 1, 2
"""Places in ``written.ACTIONS``."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is seen at a visit and why, arrays of shape (n_patients,) or by drug (n_patients, n_drugs).

    ``sampled`` has a laboratory sample, ``ended_period`` is at the end of a period of a drug, ``rechecked``
    at a check in a hold or before its first dose, ``labs`` (n_patients, n_analytes) is NaN without a sample.
    """

    sampled: Booleans
    ended_period: Booleans
    rechecked: Booleans
    labs: Floats


def first_samples(arm: Arm, course: Course, time: Floats, seen: Floats, moved: Booleans) -> Course:
    """The sample hours after a dose step: it counts for tumour lysis and is acted on at the next."""
    rows = np.flatnonzero(moved & np.isfinite(time))
    if not rows.size:
        return course
    noise = arm.chance.step_noise(rows, course.treatment.starts[rows, arm.watched], 0)
    return take_labs(arm, course, rows, time, seen, noise)


def take_labs(arm: Arm, course: Course, rows: Integers, time: Floats, seen: Floats, noise: Floats) -> Course:
    """Measure and write a sample of the patients ``rows``, and look for tumour lysis."""
    p, watched = arm.protocol, arm.watched
    labs = np.full((course.now.shape[0], len(laboratory.ANALYTES)), np.nan)
    cv = laboratory.variation(p.laboratory)
    labs[rows] = laboratory.measured(arm.true_labs(seen[rows]), noise, cv, p.measured)
    arm.ledger.write_labs(rows, time[rows], labs[rows], toxicity.grades(labs[rows], p.laboratory))
    baseline = course.lysis_baseline
    last = lysis_syndrome.last_abnormal(course.last_abnormal, time, labs, baseline, p.lysis)
    sampled = np.zeros(course.now.shape, dtype=bool)
    sampled[rows] = True
    t = course.treatment
    starts = t.starts[:, watched]
    lysing = sampled & t.has_begun[:, watched]
    lysing &= lysis_syndrome.is_laboratory(last, time, t.period_start[:, watched], p.lysis)
    new = lysing & (course.lysis_start != starts)
    place = np.minimum(starts, arm.chance.clinical.shape[1] - 1)
    chance = arm.chance.clinical[np.arange(new.size), place]
    creatinine = lysis_syndrome.CREATININE
    clinical = lysis_syndrome.is_clinical(new, labs[:, creatinine], baseline[:, creatinine], chance, p.lysis)
    action = "held" if "lysis" in p.therapies[watched].holds else "none"
    for name, grade, happened in (
        (lysis_syndrome.LABORATORY_EVENT, 3, new),
        (lysis_syndrome.CLINICAL_EVENT, 4, clinical),
    ):
        at = np.flatnonzero(happened)
        stop = time[at] + p.dose_rules.lysis_recheck
        arm.ledger.write_events(at, name, grade, time[at], stop, serious=grade > 3, action=action)
    return replace(
        course,
        last_abnormal=last,
        lysis_start=np.where(lysing, starts, course.lysis_start),
        labs=np.where(sampled[:, None], labs, course.labs),
    )


def examine(arm: Arm, course: Course, before: Floats, seen: Floats, moved: Booleans) -> tuple[Course, Visit]:
    """Laboratory sample of those who are due one, and what the rules of doses and support make of it."""
    p, now, t, plan = arm.protocol, course.now, course.treatment, arm.plan
    followed = moved & course.is_followed
    calendar = arm.chance.calendar
    due = visits.due(calendar, before, now)
    planned = (due & calendar.is_lab & calendar.lab_done).any(axis=1) & t.is_treated
    assessed = (due & calendar.is_assessment & calendar.assessment_done).any(axis=1)
    step = t.period_start[:, arm.watched] + p.lysis.second_sample
    checked = rules.is_watched(t, plan, arm.watched) & (np.abs(now - step) <= rules.INSTANT)
    ended_period = t.is_dosed & (now[:, None] >= rules.period_end(t, plan) - rules.INSTANT)
    rechecked = t.is_held & (now[:, None] >= t.recheck)
    over = (t.is_on & (now[:, None] >= plan.until - rules.INSTANT)).any(axis=1)
    asked = planned | assessed | checked | over | ended_period.any(axis=1) | rechecked.any(axis=1)
    sampled = followed & asked
    rows = np.flatnonzero(sampled)
    labs = np.full(course.labs.shape, np.nan)
    if not rows.size:
        return course, Visit(sampled, ended_period, rechecked, labs)
    after_step = checked[rows]
    noise = np.empty((rows.size, len(laboratory.ANALYTES)))
    noise[~after_step] = arm.chance.visit_noise(rows[~after_step], half_week(now[rows[~after_step]]))
    starts = t.starts[rows[after_step], arm.watched]
    noise[after_step] = arm.chance.step_noise(rows[after_step], starts, 1)
    course = take_labs(arm, course, rows, now, seen, noise)
    labs[rows] = course.labs[rows]
    visit = Visit(sampled, ended_period, rechecked, labs)
    course = adjust(arm, course, visit)
    return support.at_visit(arm, course, labs, sampled & t.is_treated), visit


def adjust(arm: Arm, course: Course, visit: Visit) -> Course:
    """Begin, hold, resume, reduce or go on to the next period after a laboratory visit."""
    p, now, t, plan = arm.protocol, course.now, course.treatment, arm.plan
    labs, on = visit.labs, visit.sampled[:, None] & t.is_on
    neutrophils, platelets = labs[:, ANC], labs[:, PLAT]
    period_start = t.period_start[:, arm.watched]
    lysing = visit.sampled & lysis_syndrome.is_laboratory(course.last_abnormal, now, period_start, p.lysis)
    febrile = fever(arm, course, visit)
    toxic = visit.sampled & rules.is_toxic(neutrophils, platelets, febrile, p.dose_rules)
    if p.dose_rules.hold_from_remission >= 1:
        toxic &= course.in_remission
    recovered = rules.has_recovered(
        neutrophils, platelets, course.baseline_labs[:, ANC], course.baseline_labs[:, PLAT], p.dose_rules
    )
    # Counts that do not hold a dose do not keep one from being taken up again.
    enough = recovered & ~febrile if p.dose_rules.hold_from_remission < 1 else ~toxic
    well = (enough & ~lysing)[:, None]
    again = on & visit.rechecked
    by_counts = held_by(arm, "counts") & (~plan.is_cyclic | visit.ended_period)
    waits_for_lysis = held_by(arm, "lysis")
    begins = again & well & ~t.has_begun
    t = rules.wait(t, again & ~well, now, p.dose_rules)
    t = rules.resume(t, again & well, now, plan)
    fresh = on & toxic[:, None] & by_counts & t.is_dosed & ~again
    t = rules.reduce_for_counts(t, fresh & np.array([each.is_reduced for each in p.therapies]), p.dose_rules)
    t = rules.hold(t, fresh, Hold.COUNTS, now, now + p.dose_rules.recheck_interval)
    write_actions(arm, course, t, fresh)
    lysed = on & lysing[:, None] & waits_for_lysis & ~again
    t = rules.hold(t, lysed, Hold.LYSIS, now, now + p.dose_rules.lysis_recheck)
    t = rules.step_up(t, on & visit.ended_period & ~again, now, plan)
    t = rules.complete(t, visit.sampled, now, plan)
    first = begins[:, arm.watched]
    return replace(
        course,
        treatment=t,
        lysis_baseline=np.where(first[:, None], labs, course.lysis_baseline),
        last_abnormal=np.where(first[:, None], -np.inf, course.last_abnormal),
    )


def held_by(arm: Arm, why: str) -> Booleans:
    """Which drugs are held for a reason, shape (n_drugs,)."""
    return np.array([why in each.holds for each in arm.protocol.therapies])


def fever(arm: Arm, course: Course, visit: Visit) -> Booleans:
    """Who has febrile neutropenia at a visit, written as an event; the largest probability of the drugs."""
    now, t = course.now, course.treatment
    rate = np.zeros(t.is_on.shape)
    for drug, each in enumerate(arm.protocol.therapies):
        if each.background is not None and each.background.febrile_probability is not None:
            rate[:, drug] = np.where(t.is_on[:, drug], each.background.febrile_probability, 0.0)
    most = rate.max(axis=1)
    low = toxicity.is_severe_neutropenia(visit.labs[:, ANC], arm.protocol.laboratory)
    at_risk = np.flatnonzero(visit.sampled & low & (most > 0))
    chance = arm.chance.by_half_week("toxicity.febrile", at_risk, half_week(now[at_risk]))
    febrile = np.zeros(now.shape, dtype=bool)
    febrile[at_risk] = chance < most[at_risk]
    rows = np.flatnonzero(febrile)
    stop = now[rows] + arm.protocol.dose_rules.recheck_interval
    action = "held" if held_by(arm, "counts").any() else "none"
    arm.ledger.write_events(rows, "Febrile neutropenia", 3, now[rows], stop, serious=True, action=action)
    return febrile


def write_actions(arm: Arm, course: Course, after: rules.Treatment, fresh: Booleans) -> None:
    """Write who was held, and who was held with a lower dose to come."""
    lowered = (fresh & (after.level < course.treatment.level)).any(axis=1)
    held = fresh.any(axis=1)
    for action, who in ((HELD, held & ~lowered), (REDUCED, held & lowered)):
        rows = np.flatnonzero(who)
        arm.ledger.write_actions(rows, course.now[rows], action)


def undetectable_stop(arm: Arm, course: Course) -> Course:
    """End the drugs that stop with undetectable disease, where enough samples in a row say so."""
    stop = arm.protocol.mrd_stop
    if stop is None:
        return course
    done = (course.undetectable >= stop.consecutive) & (course.now >= stop.earliest) & course.is_followed
    named = np.array([each.drug in stop.drugs for each in arm.protocol.therapies])
    t = rules.end(course.treatment, done[:, None] & named, course.now, End.UNDETECTABLE)
    return replace(course, treatment=t)

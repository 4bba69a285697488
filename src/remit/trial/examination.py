"""What happens at a visit: samples, the decisions that rest on them, and scans read by two readers."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial import laboratory, lesions, lysis_syndrome, readers, rules, toxicity, visits
from remit.trial.chance import half_week
from remit.trial.course import Arm, Course
from remit.trial.rules import End, Hold

Booleans = NDArray[np.bool_]

ANC, PLAT = 0, 1


def first_samples(arm: Arm, course: Course, time: Floats, seen: Floats, moved: Booleans) -> Course:
    """The sample hours after a dose step: it counts for tumour lysis and is acted on at the next."""
    rows = np.flatnonzero(moved & np.isfinite(time))
    if not rows.size:
        return course
    noise = arm.chance.step_noise(rows, course.treatment.starts[rows], 0)
    return take_labs(arm, course, rows, time, seen, noise)


def take_labs(arm: Arm, course: Course, rows: Integers, time: Floats, seen: Floats, noise: Floats) -> Course:
    """Measure and write a sample of the patients ``rows``, and look for tumour lysis."""
    p = arm.protocol
    labs = np.full((course.now.shape[0], len(laboratory.ANALYTES)), np.nan)
    labs[rows] = laboratory.measured(arm.true_labs(seen[rows]), noise, laboratory.variation(p.laboratory))
    arm.ledger.write_labs(rows, time[rows], labs[rows], toxicity.grades(labs[rows], p.laboratory))
    last = lysis_syndrome.last_abnormal(course.last_abnormal, time, labs, course.baseline_labs, p.lysis)
    sampled = np.zeros(course.now.shape, dtype=bool)
    sampled[rows] = True
    t = course.treatment
    lysing = sampled & lysis_syndrome.is_laboratory(last, time, t.step_start, p.lysis)
    new = lysing & (course.lysis_start != t.starts)
    chance = arm.chance.clinical[np.arange(new.size), t.starts]
    creatinine = lysis_syndrome.CREATININE
    clinical = lysis_syndrome.is_clinical(
        new, labs[:, creatinine], course.baseline_labs[:, creatinine], chance, p.lysis
    )
    for name, grade, happened in (
        (lysis_syndrome.LABORATORY_EVENT, 3, new),
        (lysis_syndrome.CLINICAL_EVENT, 4, clinical),
    ):
        at = np.flatnonzero(happened)
        stop = time[at] + p.dose_rules.lysis_recheck
        arm.ledger.write_events(at, name, grade, time[at], stop, serious=grade > 3)
    return replace(course, last_abnormal=last, lysis_start=np.where(lysing, t.starts, course.lysis_start))


def examine(arm: Arm, course: Course, before: Floats, seen: Floats, moved: Booleans) -> Course:
    """Laboratory visit of those on treatment, and what the dose rules make of it."""
    p, now, t = arm.protocol, course.now, course.treatment
    on = moved & course.is_followed & t.is_on
    planned = (visits.due(arm.chance.calendar, before, now) & arm.chance.calendar.lab_done).any(axis=1)
    checked = t.is_dosed & (np.abs(now - t.step_start - p.lysis.second_sample) <= rules.INSTANT)
    ended_step = now >= rules.step_end(t, p.regimen) - rules.INSTANT
    rechecked = t.is_held & (now >= t.recheck)
    sampled = on & (planned | checked | ended_step | rechecked)
    rows = np.flatnonzero(sampled)
    if not rows.size:
        return course
    after_step = checked[rows]
    noise = np.empty((rows.size, len(laboratory.ANALYTES)))
    noise[~after_step] = arm.chance.visit_noise(rows[~after_step], half_week(now[rows[~after_step]]))
    noise[after_step] = arm.chance.step_noise(rows[after_step], t.starts[rows[after_step]], 1)
    course = take_labs(arm, course, rows, now, seen, noise)
    counts = arm.ledger.labs[-1]["values"]
    labs = np.full((now.shape[0], len(laboratory.ANALYTES)), np.nan)
    labs[rows] = counts
    return adjust(arm, course, labs, (sampled, ended_step, rechecked))


def adjust(arm: Arm, course: Course, labs: Floats, visit: tuple[Booleans, Booleans, Booleans]) -> Course:
    """Hold, resume, reduce or step up after a laboratory visit.

    ``visit`` says who was sampled, who at the end of a ramp-up step, and who at a recheck in a hold.
    """
    sampled, ended_step, rechecked = visit
    p, now, t = arm.protocol, course.now, course.treatment
    neutrophils, platelets = labs[:, ANC], labs[:, PLAT]
    lysing = sampled & lysis_syndrome.is_laboratory(course.last_abnormal, now, t.step_start, p.lysis)
    febrile = np.zeros(now.shape, dtype=bool)
    at_risk = np.flatnonzero(sampled & toxicity.is_severe_neutropenia(neutrophils, p.laboratory))
    chance = arm.chance.febrile(at_risk, half_week(now[at_risk]))
    febrile[at_risk] = chance < (p.background.febrile_probability or 0.0)
    rows = np.flatnonzero(febrile)
    arm.ledger.write_events(
        rows, "Febrile neutropenia", 3, now[rows], now[rows] + p.dose_rules.recheck_interval, serious=True
    )
    toxic = sampled & rules.is_toxic(neutrophils, platelets, febrile, p.dose_rules)
    recovered = rules.has_recovered(
        neutrophils, platelets, course.baseline_labs[:, ANC], course.baseline_labs[:, PLAT], p.dose_rules
    )
    well = sampled & rechecked & recovered & ~febrile & ~lysing
    t = rules.wait(t, sampled & rechecked & ~well, now, p.dose_rules)
    t = rules.resume(t, well, now, p.regimen)
    t = rules.reduce_for_counts(t, toxic & t.is_dosed & ~well, p.dose_rules)
    t = rules.hold(t, toxic & ~well & t.is_dosed, Hold.COUNTS, now, now + p.dose_rules.recheck_interval)
    t = rules.hold(t, lysing & ~rechecked, Hold.LYSIS, now, now + p.dose_rules.lysis_recheck)
    t = rules.step_up(t, sampled & ended_step & ~well, now)
    return replace(course, treatment=t)


def scan(arm: Arm, course: Course, before: Floats, seen: Floats, moved: Booleans) -> Course:
    """Scans that are due and done: two readers measure; the investigator's progression ends treatment."""
    plan = arm.chance.calendar
    due = visits.due(plan, before, course.now) & plan.scan_done & (moved & course.is_followed)[:, None]
    rows = np.flatnonzero(due.any(axis=1))
    if not rows.size:
        return course
    number = (due[rows] * plan.scan_number).max(axis=1)
    nadir, readable = read_scans(arm, course, rows, number, seen)
    progressed = np.zeros(course.now.shape, dtype=bool)
    progressed[rows] = readable[:, 0] & arm.protocol.judge(arm.ledger.measurements(rows, 0, number))
    return replace(
        course,
        nadir=nadir,
        treatment=rules.end(course.treatment, progressed, course.now, End.PROGRESSION),
        progression=np.where(progressed, course.now, course.progression),
        followed_until=np.where(progressed, course.now, course.followed_until),
    )


def read_scans(
    arm: Arm, course: Course, rows: Integers, number: Integers, seen: Floats
) -> tuple[Floats, Booleans]:
    """Write what both readers make of scan ``number`` of the patients ``rows``.

    Returns the new nadirs of all patients, and whether each reader could read it, shape (n_rows, 2).
    """
    p, sites, ledger = arm.protocol, arm.chance.sites, arm.ledger
    errors = arm.chance.reading(rows, number, p.readers)
    burden = lesions.relative(
        arm.node_cells(seen[rows]), course.baseline_cells[rows], arm.protocol.resistant_clones
    )
    true = lesions.diameters(sites, rows, burden)
    measured = readers.measured_diameters(true, errors.diameter, p.readers)
    length = lesions.spleen_length(sites, rows, burden)[:, None] * (
        1 + p.readers.spleen_error * errors.spleen
    )
    visible = p.lesions.visible_share
    new = lesions.shows(sites.new_site_fold[rows], burden.total, course.nadir[rows], visible)
    nontarget = lesions.shows(sites.nontarget_fold[rows], burden.total, course.nadir[rows], visible)
    after_baseline = number > 0
    readable = errors.readable
    ledger.scan_time[rows, number] = course.now[rows]
    ledger.infiltration[rows, number] = seen[rows, arm.columns["marrow_infiltration"]]
    ledger.longest[rows, number] = np.where(readable[:, :, None], measured[..., 0], np.nan)
    ledger.shortest[rows, number] = np.where(readable[:, :, None], measured[..., 1], np.nan)
    ledger.spleen[rows, number] = np.where(readable, length, np.nan)
    ledger.new_site[rows, number] = readable & errors.sees_new & (new & after_baseline)[:, None]
    seen_nontarget = errors.sees_nontarget & (nontarget & after_baseline)[:, None]
    ledger.nontarget_progression[rows, number] = readable & seen_nontarget
    nadir = course.nadir.copy()
    nadir[rows] = np.minimum(nadir[rows], burden.total)
    return nadir, readable

"""Response assessments: scans read by two readers, bone marrow, samples for residual disease."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.functions import exp
from remit.random import draws, normals
from remit.trial import lesions, mrd, readers, rules, visits
from remit.trial.chance import half_week
from remit.trial.course import Arm, Course
from remit.trial.lesions import Sites
from remit.trial.parameters import Biopsy, Lesions
from remit.trial.response.readings import Readings
from remit.trial.rules import End
from remit.trial.therapy import BTK_INHIBITOR

Booleans = NDArray[np.bool_]

REMISSION = 0.05
"""Share of blasts in the marrow below which it is in remission."""
NORMAL_NODE, NORMAL_SPLEEN = 15.0, 130.0
"""Longest diameter of a node and length of a spleen [mm] up to which they count as normal."""
SUPPORTED_WITHIN = 14.0
"""Days after filgrastim or a transfusion in which blood counts are not the patient's own."""


def assess(arm: Arm, course: Course, before: Floats, seen: Floats, moved: Booleans, labs: Floats) -> Course:
    """Assessments that are due and done, or that suspicion asks for; progression ends treatment.

    ``labs`` (n_patients, n_analytes) are those of the visit, NaN without a sample.
    """
    plan = arm.chance.calendar
    followed = moved & course.is_followed
    due = visits.due(plan, before, course.now) & plan.is_assessment
    done = (due & plan.assessment_done & followed[:, None]).any(axis=1)
    slot = np.where(due, 2 * plan.assessment, 0).max(axis=1, initial=0)
    reached = 2 * (plan.is_assessment & (plan.time <= course.now[:, None])).sum(axis=1)
    suspected = is_suspected(arm, course, seen, ~np.isnan(labs[:, 0]) & followed & ~done)
    suspected &= (course.assessed <= reached) & (reached < 2 * plan.n_assessments)
    slot = np.where(suspected, reached + 1, slot)
    rows = np.flatnonzero(done | suspected)
    if not rows.size:
        return course
    course = record(arm, course, rows, slot[rows], seen)
    off_since = np.where(course.treatment.is_treated, np.nan, course.treatment.all_ended)
    readings = arm.ledger.readings(rows, 0, off_since[rows])
    progressed = np.zeros(course.now.shape, dtype=bool)
    progressed[rows] = arm.protocol.judge(readings, slot[rows])
    course = without_response(arm, course, rows, readings, progressed)
    return replace(
        course,
        treatment=rules.end(course.treatment, progressed, course.now, End.PROGRESSION),
        progression=np.where(progressed, course.now, course.progression),
        followed_until=np.where(progressed, course.now, course.followed_until),
    )


def without_response(
    arm: Arm, course: Course, rows: Integers, readings: Readings, progressed: Booleans
) -> Course:
    """End treatment of those who have had time to respond and have not."""
    p = arm.protocol
    late = course.now[rows] >= p.response_by
    if p.has_responded is None or not late.any():
        return course
    fails = np.zeros(course.now.shape, dtype=bool)
    fails[rows] = late & ~p.has_responded(readings)
    fails &= ~progressed & course.treatment.is_treated
    return replace(
        course,
        treatment=rules.end(course.treatment, fails, course.now, End.NO_RESPONSE),
        failure=np.where(fails, course.now, course.failure),
    )


def is_suspected(arm: Arm, course: Course, seen: Floats, sampled: Booleans) -> Booleans:
    """Whose nodes have grown so much that a laboratory visit leads to a scan out of schedule."""
    found = np.zeros(course.now.shape, dtype=bool)
    p, rows = arm.protocol, np.flatnonzero(sampled)
    if p.lesions is None or not rows.size:
        return found
    cells = arm.node_cells(seen[rows])
    total = lesions.relative(cells, course.baseline_cells[rows], p.resistant_clones).total
    fold = np.full(rows.size, p.visits.suspicion_fold)
    grown = lesions.shows(fold, total, course.nadir[rows], p.lesions.visible_share)
    chance = arm.chance.by_half_week("visits.suspicion", rows, half_week(course.now[rows]))
    found[rows] = grown & (chance < p.visits.suspicion_probability)
    return found


def record(arm: Arm, course: Course, rows: Integers, slot: Integers, seen: Floats) -> Course:
    """Write the assessment in ``slot`` of the patients ``rows``: counts, scans, marrow."""
    book, now = arm.ledger, course.now
    book.time[rows, slot] = now[rows]
    book.labs[rows, slot] = course.labs[rows]
    filgrastim = now[rows] - course.last_filgrastim[rows] <= SUPPORTED_WITHIN
    transfused = now[rows] - course.last_transfusion[rows] <= SUPPORTED_WITHIN
    book.supported[rows, slot] = filgrastim | transfused
    book.growth_factor_only[rows, slot] = filgrastim & ~transfused
    btki = arm.protocol.place(BTK_INHIBITOR)
    if btki is not None:
        t = course.treatment
        begun = t.has_begun[rows, btki]
        book.on_btki[rows, slot] = t.is_on[rows, btki] & begun
        book.btki_held[rows, slot] = t.is_held[rows, btki] & begun
    if arm.protocol.lesions is not None and arm.chance.sites is not None:
        course = read_scans(arm, course, rows, slot, seen, arm.chance.sites, arm.protocol.lesions)
    sampled = needs_marrow(arm, rows, slot)
    course = sample_marrow(arm, course, rows[sampled], slot[sampled], seen)
    assessed = course.assessed.copy()
    assessed[rows] = slot
    return replace(course, assessed=assessed)


def read_scans(
    arm: Arm,
    course: Course,
    rows: Integers,
    slot: Integers,
    seen: Floats,
    sites: Sites,
    sizes: Lesions,
) -> Course:
    """Write what both readers make of the scan in ``slot`` of the patients ``rows``; the nadir follows."""
    p, ledger = arm.protocol, arm.ledger
    errors = arm.chance.reading(rows, slot, p.readers)
    burden = lesions.relative(
        arm.node_cells(seen[rows]), course.baseline_cells[rows], arm.protocol.resistant_clones
    )
    true = lesions.diameters(sites, rows, burden)
    measured = readers.measured_diameters(true, errors.diameter, p.readers)
    length = lesions.spleen_length(sites, rows, burden)[:, None] * (
        1 + p.readers.spleen_error * errors.spleen
    )
    new = lesions.shows(sites.new_site_fold[rows], burden.total, course.nadir[rows], sizes.visible_share)
    nontarget = lesions.shows(
        sites.nontarget_fold[rows], burden.total, course.nadir[rows], sizes.visible_share
    )
    after_baseline, readable = slot > 0, errors.readable
    ledger.longest[rows, slot] = np.where(readable[:, :, None], measured[..., 0], np.nan)
    ledger.shortest[rows, slot] = np.where(readable[:, :, None], measured[..., 1], np.nan)
    ledger.spleen[rows, slot] = np.where(readable, length, np.nan)
    ledger.new_site[rows, slot] = readable & errors.sees_new & (new & after_baseline)[:, None]
    seen_nontarget = errors.sees_nontarget & (nontarget & after_baseline)[:, None]
    ledger.nontarget_progression[rows, slot] = readable & seen_nontarget
    nadir = course.nadir.copy()
    nadir[rows] = np.minimum(nadir[rows], burden.total)
    return replace(course, nadir=nadir)


def needs_marrow(arm: Arm, rows: Integers, slot: Integers) -> Booleans:
    """Whose marrow is taken at an assessment.

    At baseline everyone's. After that at every assessment, or, where the protocol takes it to confirm, at
    those whose scans suggest complete response, until one is negative: only an involved marrow is repeated,
    and only in patients in whom a repeat is done at all.
    """
    book, p = arm.ledger, arm.protocol
    if p.marrow == "every" or p.lesions is None:
        return np.ones(rows.size, dtype=bool)
    suggested = suggests_complete_response(book.longest[rows, slot, 0], book.spleen[rows, slot, 0])
    involved = book.involved[rows, 0] > 0
    cleared = (book.involved[rows] == 0).any(axis=1)
    willing = arm.chance.marrow[rows] < p.lesions.marrow_repeat_probability
    return (slot == 0) | (suggested & involved & willing & ~cleared)


def suggests_complete_response(longest: Floats, spleen: Floats) -> Booleans:
    """Whether no node is over 15 mm and the spleen not over 130 mm, which prompts a repeated biopsy.

    ``longest`` [mm] has shape (..., 6), NaN where there is no lesion; ``spleen`` [mm] the leading shape.
    """
    missing = np.isnan(longest)
    return (
        np.all(missing | (longest <= NORMAL_NODE), axis=-1)
        & ~missing.all(axis=-1)
        & (spleen <= NORMAL_SPLEEN)
    )


def sample_marrow(arm: Arm, course: Course, rows: Integers, slot: Integers, seen: Floats) -> Course:
    """Take bone marrow of the patients ``rows``; a sample that fails says nothing."""
    if not rows.size:
        return course
    true = seen[rows, arm.columns["marrow_infiltration"]]
    share = marrow_share(arm.chance.seed, arm.chance.index[rows], true, slot, arm.protocol.biopsy)
    book = arm.ledger
    book.marrow_taken[rows, slot] = True
    book.blasts[rows, slot] = share
    involved = np.where(np.isnan(share), np.nan, (share >= arm.protocol.marrow_visible).astype(float))
    book.involved[rows, slot] = involved
    remission = course.in_remission.copy()
    remission[rows] = np.where(np.isnan(share), remission[rows], share < REMISSION)
    return replace(course, in_remission=remission)


def marrow_share(seed: int, patients: Integers, true: Floats, slot: Integers, biopsy: Biopsy) -> Floats:
    """Share of malignant cells that a marrow sample shows, NaN where it fails; shape (n_samples,).

    Infiltration varies between sites of the marrow, and of the cells at a site some are counted: the share
    counted is binomial, which a Poisson number of at most all cells stands for. The sample at baseline is
    always read: one that failed would be repeated before treatment.
    """
    chance = draws(seed, "biopsy", patients, 2, first=2 * slot)
    patchiness = normals(seed, "biopsy.site", patients, 1, first=slot)[:, 0]
    local = np.clip(true * exp(biopsy.sampling_cv * patchiness), 0.0, 1.0)
    counted = np.minimum(mrd.poisson(local * biopsy.cells_counted, chance[:, 1]), biopsy.cells_counted)
    fails = (chance[:, 0] < biopsy.failure_probability) & (slot > 0)
    return np.where(fails | np.isnan(true), np.nan, counted / biopsy.cells_counted)


def sample_residual(arm: Arm, course: Course, before: Floats, seen: Floats, moved: Booleans) -> Course:
    """Samples for residual disease that are due and done; the stopping rule counts its own."""
    plan, p = arm.chance.calendar, arm.protocol
    due = visits.due(plan, before, course.now) & plan.assessment_done & (moved & course.is_followed)[:, None]
    for place, sampling in enumerate(p.samplings):
        number = np.where(due, plan.sample[place], 0).max(axis=1, initial=0)
        rows = np.flatnonzero(number > 0)
        if not rows.size:
            continue
        true = seen[rows, arm.columns[mrd.COMPARTMENTS[sampling.compartment]]]
        found = mrd.sampled(arm.chance.seed, arm.chance.index[rows], true, sampling, number[rows])
        shown = (found.cells, found.fraction, found.result)
        arm.ledger.write_residual(rows, place, number[rows], course.now[rows], shown)
        stop = p.mrd_stop
        if stop is not None and (stop.compartment, stop.assay) == (sampling.compartment, sampling.assay):
            count = course.undetectable.copy()
            count[rows] = np.where(found.result == mrd.UNDETECTABLE, count[rows] + 1, 0)
            course = replace(course, undetectable=count)
    return course

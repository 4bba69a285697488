"""A trial arm from first dose to the end of follow-up, on each patient's own clock.

The loop takes a block of patients from one visit that can change a dose to the next. Between visits the
solver works alone; at a visit the patient is examined, scans are read, rules decide, and the doses of
the next interval are written. Everything is an array over patients.
"""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.courses import Block, Status
from remit.dosing import Floats, no_doses
from remit.errors import RunError
from remit.trial import (
    assessing,
    background,
    disposition,
    examination,
    giving,
    laboratory,
    lysis_syndrome,
    rules,
    support,
    toxicity,
    visits,
)
from remit.trial.chance import draw_chance
from remit.trial.course import NODE_CELLS, Arm, Course
from remit.trial.ledger import open_ledger
from remit.trial.protocol import ArmProtocol, Patients, check
from remit.trial.rules import End, Hold

Booleans = NDArray[np.bool_]

MOST_STOPS = 10_000
SHOWN = ("bcl2_occupancy_blood", "bcl2_occupancy_node", "btk_occupancy_blood")


def conduct_arm(
    block: Block, patients: Patients, protocol: ArmProtocol, seed: int
) -> dict[str, pl.DataFrame]:
    """Conduct one arm of one scenario for the patients of one draw.

    Parameters
    ----------
    block
        The patients at time 0, untreated; advanced in place.
    patients
        Who they are, in the order of the block.
    protocol
        How the arm is conducted.
    seed
        Seed of the run.

    Returns
    -------
    Tables ``adsl adex adpc adtr adlb adae adbm admrd adcm`` as ``remit.results`` declares them.

    Raises
    ------
    InputError
        If patients or protocol cannot be used.
    """
    check(patients, protocol)
    arm, course = begin(block, patients, protocol, seed)
    for _ in range(MOST_STOPS):
        if not course.is_followed.any():
            return disposition.frames(arm, course, np.asarray(block.status))
        course = to_next_visit(block, arm, course)
    raise RunError(f"arm {protocol.arm}: not ended after {MOST_STOPS} visits, at day {course.now.min():g}")


def begin(block: Block, patients: Patients, protocol: ArmProtocol, seed: int) -> tuple[Arm, Course]:
    """Baseline visit: draws, first laboratory values, scan and marrow, before the first dose."""
    n, k = patients.n_patients, len(protocol.therapies)
    columns = {name: i for i, name in enumerate(block.observables)}
    zero, never, whole = np.zeros(n), np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    seen = block.advance(zero, no_doses(n), zero[:, None])[:, 0]
    cells = seen[:, [columns[name] for name in NODE_CELLS]]
    chance = draw_chance(seed, patients, protocol, np.nan_to_num(cells.sum(axis=1), nan=1.0))
    arm = Arm(patients, protocol, chance, open_ledger(n, chance.calendar.n_assessments), columns)
    cv, everyone = laboratory.variation(protocol.laboratory), np.arange(n)
    noise = chance.visit_noise(everyone, whole)
    labs = laboratory.measured(arm.true_labs(seen), noise, cv, protocol.measured)
    arm.ledger.write_labs(everyone, zero, labs, toxicity.grades(labs, protocol.laboratory))
    course = Course(
        now=zero, treatment=rules.first_day(n, arm.plan), followed_until=never, progression=never,
        failure=never, death=never, died_of_event=np.zeros(n, dtype=bool), new_therapy=never,
        next_dose=np.zeros((n, k)),
        last_dose=np.full((n, k), np.nan),
        last_abnormal=np.full((n, len(lysis_syndrome.CRITERIA)), -np.inf),
        lysis_start=np.full(n, -1, dtype=np.int64), baseline_labs=labs, lysis_baseline=labs, labs=labs,
        baseline_cells=cells, nadir=np.ones(n), in_remission=np.zeros(n, dtype=bool), gcsf_left=zero,
        gcsf_next=zero, to_give=np.zeros((n, len(support.AT_ONCE))), last_filgrastim=np.full(n, -np.inf),
        last_transfusion=np.full(n, -np.inf),
        undetectable=whole, assessed=whole,
    )  # fmt: skip
    course = assessing.record(arm, course, everyone, whole, seen)
    return arm, support.prophylaxis(arm, course)


def to_next_visit(block: Block, arm: Arm, course: Course) -> Course:
    """Advance everyone still followed to the next visit, and let that visit happen."""
    until = next_stop(arm, course)
    before = course.now
    runs = giving.interval(arm, course, until)
    records = giving.doses(arm, course, until, runs)
    wanted = observations(arm, course, until)
    order = np.argsort(wanted, axis=1, kind="stable")
    sorted_seen = block.advance(until, records, np.take_along_axis(wanted, order, axis=1))
    back = np.argsort(order, axis=1, kind="stable")
    seen = np.take_along_axis(sorted_seen, back[:, :, None], axis=1)
    moved = course.is_followed
    failed = moved & (np.asarray(block.status) != Status.OK)
    moved = moved & ~failed
    course = after_failure(course, failed)
    course = giving.after_doses(arm, course, until, runs, moved)
    course = replace(course, now=np.where(moved, until, before))
    write_concentrations(arm, wanted[:, 2:], seen[:, 2:], moved)
    course = examination.first_samples(arm, course, wanted[:, 1], seen[:, 1], moved)
    course = after_events(arm, course, moved)
    course = after_exits(arm, course, moved)
    course, visit = examination.examine(arm, course, before, seen[:, 0], moved)
    course = assessing.assess(arm, course, before, seen[:, 0], moved, visit.labs)
    course = assessing.sample_residual(arm, course, before, seen[:, 0], moved)
    course = examination.undetectable_stop(arm, course)
    return at_horizon(arm, course, moved)


def next_stop(arm: Arm, course: Course) -> Floats:
    """The next day on which something may change for each patient; who is no longer followed stays."""
    t, p, c = course.treatment, arm.protocol, arm.chance
    never, on = np.full(course.now.shape, np.inf), t.is_treated
    decision = rules.next_decision(t, course.now, arm.plan, arm.watched, p.lysis)
    severe = [
        np.where(t.is_on[:, drug] & t.has_begun[:, drug], background.next_severe(each, course.now), np.inf)
        for drug, each in enumerate(c.events)
        if each is not None
    ]
    candidates = np.stack(
        [
            np.where(on, decision, never),
            visits.next_visit(c.calendar, course.now, ~on),
            *severe,
            np.where(on, c.exits.discontinuation, rules.unplanned_end(t) + c.exits.new_therapy),
            c.fates.death,
            c.exits.withdrawal,
            c.exits.loss,
            np.full(course.now.shape, p.follow_up),
        ]
    )
    return np.where(course.is_followed, np.maximum(candidates.min(axis=0), course.now), course.now)


def observations(arm: Arm, course: Course, until: Floats) -> Floats:
    """Times to observe [day], infinite if none: the stop, the first sample after a step, concentrations."""
    p, now = arm.protocol, course.now
    moving = course.is_followed
    first = course.treatment.period_start[:, arm.watched] + p.lysis.first_sample
    watched = rules.is_watched(course.treatment, arm.plan, arm.watched)
    first = np.where(watched & (first > now) & (first <= until), first, np.inf)
    columns = [np.where(moving, until, np.inf), np.where(moving, first, np.inf)]
    sampled = moving & arm.patients.sampled
    if sampled.any():
        grid = np.arange(0.0, min(p.visits.pk_duration, p.follow_up) + 1e-9, p.visits.pk_interval)
        grid = grid[(grid >= now[sampled].min()) & (grid <= until[sampled].max())]
        inside = sampled[:, None] & (grid > now[:, None]) & (grid <= until[:, None])
        columns.extend(np.where(inside, grid, np.inf).T)
    return np.stack(columns, axis=1)


def write_concentrations(arm: Arm, times: Floats, seen: Floats, moved: Booleans) -> None:
    """Write exposure relative to the own steady-state average, and occupancies."""
    rows, samples = np.nonzero(np.isfinite(times) & moved[:, None])
    if not rows.size:
        return
    values = seen[rows, samples]
    relative = values[:, arm.columns["bcl2i_concentration"]] / arm.patients.average_concentration[rows]
    shown = values[:, [arm.columns[name] for name in SHOWN]]
    arm.ledger.write_concentrations(rows, times[rows, samples], np.column_stack([relative, shown]))


def after_failure(course: Course, failed: Booleans) -> Course:
    """A patient whose solve has failed is not evaluable from the last visit on, and keeps the status."""
    treatment = rules.end(course.treatment, failed, course.now, End.NOT_EVALUABLE)
    return replace(
        course, treatment=treatment, followed_until=np.where(failed, course.now, course.followed_until)
    )


def after_events(arm: Arm, course: Course, moved: Booleans) -> Course:
    """Background events of grade 3 or more under a drug: death, its end, or a hold."""
    now, t = course.now, course.treatment
    death, died, followed = course.death, course.died_of_event, course.followed_until
    holds = examination.held_by(arm, "event")
    for drug, (events, each) in enumerate(zip(arm.chance.events, arm.protocol.therapies, strict=True)):
        if events is None or each.background is None:
            continue
        under = moved & t.is_on[:, drug] & t.has_begun[:, drug]
        happens, ends, fatal = (found & under for found in background.severe_at(events, now))
        own = np.arange(len(arm.protocol.therapies)) == drug
        t = rules.end(t, fatal, now, End.DEATH)
        t = rules.end(t, ends[:, None] & own, now, End.ADVERSE_EVENT)
        t = rules.hold(t, happens[:, None] & holds, Hold.EVENT, now, now + each.background.hold_duration)
        death = np.where(fatal, np.minimum(death, now), death)
        died = died | fatal
        followed = np.where(fatal, np.minimum(followed, now), followed)
    return replace(course, treatment=t, death=death, died_of_event=died, followed_until=followed)


def after_exits(arm: Arm, course: Course, moved: Booleans) -> Course:
    """Deaths without progression, withdrawal, loss, discontinuation, and other therapy after treatment."""
    now, exits = course.now, arm.chance.exits
    here = moved & course.is_followed
    dies = here & (now >= arm.chance.fates.death)
    withdraws = here & ~dies & (now >= exits.withdrawal)
    lost = here & ~dies & ~withdraws & (now >= exits.loss)
    stays = here & ~dies & ~withdraws & ~lost
    switches = stays & (now >= rules.unplanned_end(course.treatment) + exits.new_therapy)
    t = rules.end(course.treatment, dies, now, End.DEATH)
    t = rules.end(t, withdraws, now, End.WITHDRAWAL)
    t = rules.end(t, lost, now, End.LOST)
    t = rules.end(t, stays & (now >= exits.discontinuation), now, End.ADVERSE_EVENT)
    return replace(
        course,
        treatment=t,
        death=np.where(dies, now, course.death),
        new_therapy=np.where(switches, now, course.new_therapy),
        followed_until=np.where(dies | withdraws | lost | switches, now, course.followed_until),
    )


def at_horizon(arm: Arm, course: Course, moved: Booleans) -> Course:
    """Follow-up ends at the longest patient time."""
    over = moved & course.is_followed & (course.now >= arm.protocol.follow_up)
    return replace(course, followed_until=np.where(over, course.now, course.followed_until))

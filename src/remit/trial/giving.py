"""Doses of an arm from one visit to the next, and what is written of them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.dosing import NEVER, DoseRecords, Floats, no_doses, together
from remit.trial import rules, support
from remit.trial.course import Arm, Course
from remit.trial.protocol import given_amount

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interval:
    """Runs of doses of an interval, each array of shape (n_patients, n_drugs, n_runs).

    ``first`` [day], ``count`` of doses and days between them, and ``fraction`` of the target dose.
    """

    first: Floats
    count: Floats
    every: Floats
    fraction: Floats


def interval(arm: Arm, course: Course, until: Floats) -> Interval:
    """Runs of doses from now to ``until``; doses keep their rhythm whatever the time of a visit."""
    t, plan = course.treatment, arm.plan
    taking = (t.is_dosed & course.is_followed[:, None])[:, :, None]
    fraction = np.minimum(plan.at(plan.fraction, t.period), t.level[:, :, None]) * taking
    every = plan.at(plan.interval, t.period)
    begin = t.period_start[:, :, None] + plan.at(plan.offset, t.period)
    end = np.minimum(begin + plan.at(plan.count, t.period) * every, rules.period_end(t, plan)[:, :, None])
    end = np.minimum(end, np.minimum(plan.until[None, :], until[:, None])[:, :, None])
    first = np.maximum(begin, np.maximum(course.next_dose, course.now[:, None])[:, :, None])
    count = np.maximum(np.ceil((end - first) / every - rules.INSTANT), 0.0)
    return Interval(first, np.where(fraction > 0, count, 0.0), every, fraction)


def doses(arm: Arm, course: Course, until: Floats, runs: Interval) -> DoseRecords:
    """Dose records of drugs and of supportive measures from now to ``until``."""
    patients, p = arm.patients, arm.protocol
    exponent = np.array([each.dose_exponent for each in p.therapies])
    amount = given_amount(patients, runs.fraction, exponent)
    parts = [
        _every_dose(arm, runs, amount, drug)
        if drug in arm.chance.taken
        else _compact(arm, runs, amount, drug)
        for drug in range(len(p.therapies))
    ]
    parts += support.records(arm, course, until)
    kept = [each for each in parts if np.isfinite(each.time).any()]
    return together(*kept) if kept else no_doses(patients.n_patients)


def _compact(arm: Arm, runs: Interval, amount: Floats, drug: int) -> DoseRecords:
    """Runs of one drug as repeated records."""
    given = (runs.count[:, drug] > 0) & (amount[:, drug] > 0)
    whole = np.where(given, runs.count[:, drug] - 1, 0.0).astype(np.int64)
    return DoseRecords(
        np.where(given, runs.first[:, drug], NEVER),
        np.where(given, amount[:, drug], 0.0),
        np.full(given.shape, arm.protocol.therapies[drug].dosed_state, dtype=np.int64),
        np.zeros(given.shape),
        runs.every[:, drug].copy(),
        whole,
    )


def _every_dose(arm: Arm, runs: Interval, amount: Floats, drug: int) -> DoseRecords:
    """Doses of one drug one by one, without those that are missed."""
    taken = arm.chance.taken[drug]
    found: list[DoseRecords] = []
    for run in range(runs.first.shape[2]):
        number = np.arange(int(runs.count[:, drug, run].max(initial=0.0)))
        if not number.size:
            continue
        every = runs.every[:, drug, run][:, None]
        times = runs.first[:, drug, run][:, None] + every * number
        place = np.minimum((times / every + rules.INSTANT).astype(np.int64), taken.shape[1] - 1)
        kept = (number < runs.count[:, drug, run][:, None]) & np.take_along_axis(taken, place, axis=1)
        kept &= amount[:, drug, run][:, None] > 0
        shape = kept.shape
        found.append(
            DoseRecords(
                np.where(kept, times, NEVER),
                np.where(kept, amount[:, drug, run][:, None], 0.0),
                np.full(shape, arm.protocol.therapies[drug].dosed_state, dtype=np.int64),
                np.zeros(shape),
                np.zeros(shape),
                np.zeros(shape, dtype=np.int64),
            )
        )
    return together(*found) if found else no_doses(arm.patients.n_patients)


def after_doses(arm: Arm, course: Course, until: Floats, runs: Interval, moved: Booleans) -> Course:
    """Write the periods that end at ``until`` and move the rhythm past their doses."""
    t, plan = course.treatment, arm.plan
    fraction, reason = rules.dose_fraction(t, plan), rules.dose_reason(t, plan)
    for drug in range(len(arm.protocol.therapies)):
        on = t.is_on[:, drug] & t.has_begun[:, drug]
        rows = np.flatnonzero(moved & on & (until > course.now))
        columns = {
            "start": course.now, "stop": until, "fraction": fraction[:, drug], "reason": reason[:, drug],
            "step": t.period[:, drug] + 1,
        }  # fmt: skip
        arm.ledger.write_doses(drug, rows, {name: each[rows] for name, each in columns.items()})
    count = np.where(moved[:, None, None], runs.count, 0.0)
    last = np.where(count > 0, runs.first + (count - 1) * runs.every, -np.inf)
    following = np.where(count > 0, runs.first + count * runs.every, -np.inf)
    given = (count > 0).any(axis=2)
    course = replace(
        course,
        next_dose=np.where(given, following.max(axis=2), course.next_dose),
        last_dose=np.where(given, last.max(axis=2), course.last_dose),
    )
    return support.after(course, until, moved)

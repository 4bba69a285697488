"""Supportive care: filgrastim, rasburicase, and transfusions, given by rules at visits."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.dosing import DoseRecords, Floats, daily_doses
from remit.trial import lysis_risk, rules
from remit.trial.chance import half_week
from remit.trial.course import Arm, Course
from remit.trial.laboratory import PLACE

Booleans = NDArray[np.bool_]

MEASURES = ("filgrastim", "rasburicase", "red_cells", "platelets")
FILGRASTIM, RASBURICASE, RED_CELLS, PLATELETS = range(4)
AT_ONCE = MEASURES[1:]
"""Measures that are given in one piece."""
REASONS = ("prophylaxis", "treatment")
PROPHYLAXIS, TREATMENT = range(2)


def risk_classes(arm: Arm, labs: Floats) -> np.ndarray:
    """Risk class of tumour lysis at baseline, -1 where the disease has no nodes to measure; (n_patients,)."""
    n = labs.shape[0]
    if arm.chance.sites is None:
        return np.full(n, -1)
    measured = arm.ledger.longest[:, 0, 0]
    longest = np.where(np.isnan(measured).all(axis=1), np.nan, np.nan_to_num(measured).max(axis=1))
    return lysis_risk.risk_class(longest, labs[:, PLACE["LYMPH"]])


def prophylaxis(arm: Arm, course: Course) -> Course:
    """Rasburicase before the first dose for those of a risk class that asks for it."""
    at_risk = risk_classes(arm, course.baseline_labs) >= arm.protocol.supportive_care.prophylaxis_class
    return give(arm, course, RASBURICASE, at_risk, np.ones(at_risk.shape), PROPHYLAXIS)


def at_visit(arm: Arm, course: Course, labs: Floats, sampled: Booleans) -> Course:
    """What a laboratory visit of the patients ``sampled`` calls for; labs are NaN for others.

    Rasburicase is given for urate in the days after a dose step that are watched for tumour lysis, not for
    high urate at other times.
    """
    s, now = arm.protocol.supportive_care, course.now
    low = np.flatnonzero(sampled & (labs[:, PLACE["ANC"]] < s.gcsf_trigger) & (course.gcsf_left <= 0))
    chance = arm.chance.by_half_week("support.filgrastim", low, half_week(now[low]))
    begins = np.zeros(now.shape, dtype=bool)
    begins[low] = chance < s.gcsf_probability
    rows = np.flatnonzero(begins)
    arm.ledger.write_support(rows, FILGRASTIM, now[rows], s.gcsf_days, TREATMENT)
    course = replace(
        course,
        gcsf_left=np.where(begins, s.gcsf_days, course.gcsf_left),
        gcsf_next=np.where(begins, now, course.gcsf_next),
        last_filgrastim=np.where(begins, now + s.gcsf_days, course.last_filgrastim),
    )
    t, watched = course.treatment, arm.watched
    since = now - t.period_start[:, watched]
    lysing = rules.is_watched(t, arm.plan, watched) & (since <= arm.protocol.lysis.window_after)
    for measure, needed, units in (
        (RASBURICASE, lysing & (labs[:, PLACE["URATE"]] > s.urate_trigger), 1.0),
        (RED_CELLS, labs[:, PLACE["HGB"]] < s.red_cell_trigger, s.red_cell_units),
        (PLATELETS, labs[:, PLACE["PLAT"]] < s.platelet_trigger, s.platelet_units),
    ):
        course = give(arm, course, measure, sampled & needed, np.full(now.shape, units), TREATMENT)
    return course


def give(arm: Arm, course: Course, measure: int, needed: Booleans, units: Floats, reason: int) -> Course:
    """Give a measure at once to those in need of it."""
    rows = np.flatnonzero(needed & course.is_followed)
    if not rows.size:
        return course
    arm.ledger.write_support(rows, measure, course.now[rows], 0.0, reason)
    due = course.to_give.copy()
    due[rows, measure - 1] = units[rows]
    blood = measure in (RED_CELLS, PLATELETS)
    supported = needed & course.is_followed & blood
    last = np.where(supported, course.now, course.last_transfusion)
    return replace(course, to_give=due, last_transfusion=last)


def records(arm: Arm, course: Course, until: Floats) -> Iterator[DoseRecords]:
    """Doses of supportive measures from now to ``until``."""
    amounts = arm.protocol.support_amounts
    for place, name in enumerate(AT_ONCE):
        due = course.to_give[:, place]
        if name in amounts and due.any():
            state, amount = amounts[name]
            yield daily_doses(course.now, course.now + (due > 0), due * amount, state)
    if "filgrastim" in amounts and (course.gcsf_left > 0).any():
        state, amount = amounts["filgrastim"]
        start = np.maximum(course.gcsf_next, course.now)
        end = np.minimum(until, start + course.gcsf_left)
        yield daily_doses(start, end, np.where(course.gcsf_left > 0, amount, 0.0), state)


def after(course: Course, until: Floats, moved: Booleans) -> Course:
    """What is left once patients have come to ``until``."""
    start = np.maximum(course.gcsf_next, course.now)
    end = np.minimum(until, start + course.gcsf_left)
    given = np.where(moved, np.maximum(np.ceil(end - start - 1e-9), 0.0), 0.0)
    return replace(
        course,
        to_give=np.where(moved[:, None], 0.0, course.to_give),
        gcsf_left=course.gcsf_left - given,
        gcsf_next=np.where(given > 0, start + given, course.gcsf_next),
    )

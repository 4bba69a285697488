"""What is assumed of a trial with a time to event, and when its looks are expected."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.planning.accrual import Accrual, ramp_up_accrual, uniform_accrual
from remit.stats.planning.look_calendar import LookCalendar, look_calendar
from remit.stats.planning.piecewise import (
    NONE,
    Hazard,
    delayed_effect,
    hazard_findings,
    hazard_of_median,
    hazard_of_share,
)
from remit.stats.planning.survival import Analysis, SurvivalSize, duration_for_patients, patients_for_duration
from remit.stats.planning.survival_trial import SurvivalTrial, expected, under_null

YEAR = 12.0
"""Months over which the share of dropouts is given."""
POINTS = 121
"""Points of the curves by calendar time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """A trial of two arms in months; of ``patients`` and ``follow_up`` one is given and the other found.

    Parameters
    ----------
    median
        Median time to the event in the control arm, exponential [month]; or ``control``.
    hazard_ratio
        Experimental over control, below 1; before ``delay`` there is no difference.
    accrual
        Enrolment, at a constant rate after ``ramp`` [month].
    patients
        Patients of both arms.
    follow_up
        From the last patient to the last look, where no patients are given [month].
    ramp
        Time over which the rate of enrolment rises to its full height [month].
    delay
        Time from randomisation without an effect [month].
    dropout
        Share of patients lost to follow-up within a year, in either arm.
    ratio
        Experimental patients per control patient.
    control
        Hazard of the control arm, constant between times, where no ``median`` is given: pairs of a start
        [month], the first 0, and the hazard from there on [1/month].
    cap
        Calendar time at which the trial ends in any case [month].
    """

    hazard_ratio: float
    accrual: float
    median: float | None = None
    patients: int | None = None
    follow_up: float | None = None
    ramp: float = 0.0
    delay: float = 0.0
    dropout: float = 0.0
    ratio: float = 1.0
    control: tuple[tuple[float, float], ...] = ()
    cap: float | None = None


def findings(given: Assumptions, *, benefit: bool = True) -> list[Finding]:
    """What is wrong with assumptions; with ``benefit`` also a hazard ratio of 1 or more."""
    highest = 1.0 if benefit else np.inf
    ranges = (
        ("median", given.median, given.median is None or given.median > 0, "a time above 0"),
        ("hr", given.hazard_ratio, 0 < given.hazard_ratio < highest, f"above 0 and below {highest:g}"),
        ("accrual", given.accrual, given.accrual > 0, "a duration above 0"),
        ("ramp", given.ramp, 0 <= given.ramp < given.accrual, "0 or more, shorter than enrolment"),
        ("delay", given.delay, given.delay >= 0, "a duration of 0 or more"),
        ("dropout", given.dropout, 0 <= given.dropout < 1, "a share of 0 or more and below 1, by a year"),
        ("ratio", given.ratio, given.ratio > 0, "a ratio above 0"),
        ("cap", given.cap, given.cap is None or given.cap > 0, "a calendar time above 0"),
    )
    found = [Finding(name, f"{value:g}", needed) for name, value, fits, needed in ranges if not fits]
    found += _one_of("median", given.median, "control", given.control or None)
    found += _one_of("patients", given.patients, "follow-up", given.follow_up)
    if given.patients is not None and given.patients < 2:
        found.append(Finding("patients", f"{given.patients}", "at least 2"))
    if given.follow_up is not None and given.follow_up < 0:
        found.append(Finding("follow-up", f"{given.follow_up:g}", "a duration of 0 or more"))
    if given.control:
        found += hazard_findings("control", _pieces(given.control))
    return found


def _one_of(first: str, this: object, second: str, that: object) -> list[Finding]:
    """A finding where not exactly one of two is given."""
    if (this is None) != (that is None):
        return []
    what, remedy = ("neither", "give one") if this is None else ("both", "leave one out")
    return [Finding(f"{first}, {second}", what, "one of them", remedy)]


def _pieces(control: tuple[tuple[float, float], ...]) -> Hazard:
    starts, rates = zip(*control, strict=True)
    return Hazard(tuple(starts), tuple(rates))


def control_hazard(given: Assumptions) -> Hazard:
    """Hazard of the control arm of assumptions without findings [1/month]."""
    return _pieces(given.control) if given.median is None else hazard_of_median(given.median)


def trial_of(given: Assumptions, *, benefit: bool = True) -> SurvivalTrial:
    """The trial of assumptions; with a placeholder of patients where these are to be found.

    Parameters
    ----------
    given
        Assumptions.
    benefit
        Whether a hazard ratio of 1 or more is refused.

    Raises
    ------
    InputError
        With everything that is wrong with them.
    """
    wrong = findings(given, benefit=benefit)
    if wrong:
        raise InputError(wrong)
    control = control_hazard(given)
    lost = hazard_of_share(given.dropout, YEAR) if given.dropout else NONE
    return SurvivalTrial(
        accrual=_accrual(given), control=control,
        experimental=delayed_effect(control, given.delay, given.hazard_ratio),
        dropout_control=lost, dropout_experimental=lost, ratio=given.ratio,
    )  # fmt: skip


def _accrual(given: Assumptions) -> Accrual:
    patients = float(given.patients or 1)
    if given.ramp > 0:
        return ramp_up_accrual(patients, given.accrual, given.ramp)
    return uniform_accrual(patients, given.accrual)


def sized(given: Assumptions, analysis: Analysis) -> SurvivalSize:
    """Patients, or the duration, with which the power is met.

    Raises
    ------
    InputError
        Impossible assumptions, or a power that is out of reach.
    """
    trial = trial_of(given)
    if given.patients is not None:
        return duration_for_patients(trial, analysis)
    return patients_for_duration(trial, given.accrual + (given.follow_up or 0.0), analysis)


def calendar_section(
    trial: SurvivalTrial, events: Floats, cap: float | None = None
) -> tuple[Section, LookCalendar]:
    """When looks at numbers of events are expected, under the alternative and without an effect."""
    end = np.inf if cap is None else cap
    looks, null = look_calendar(trial, events, end), look_calendar(under_null(trial), events, end)
    at = looks.expected
    # Looks that the cap brings together are one look.
    kept = int(np.argmax(looks.at_cap)) + 1 if looks.at_cap.any() else len(events)
    frame = pl.DataFrame(
        {
            "LOOK": np.arange(1, len(events) + 1),
            "EVENTS": looks.events,
            "EXPECTED": at.events,
            "MONTH": looks.time,
            "MONTH0": null.time,
            "ENROLLED": at.accrued,
            "EXPERIMENTAL": at.events_experimental,
            "CONTROL": at.events_control,
            "LOST": at.dropouts_experimental + at.dropouts_control,
            "HR": looks.log_rank.hazard_ratio,
            "DRIFT": looks.log_rank.drift,
        }
    ).head(kept)
    columns = (
        Column("LOOK", "look", "count"),
        Column("EVENTS", "events, exact", "time"),
        *(() if cap is None else (Column("EXPECTED", "expected by then", "time"),)),
        Column("MONTH", "month", "time"),
        Column("MONTH0", "month, no effect", "time"),
        Column("ENROLLED", "enrolled", "time"),
        Column("EXPERIMENTAL", "events, experimental", "time"),
        Column("CONTROL", "events, control", "time"),
        Column("LOST", "lost", "time"),
        Column("HR", "expected HR", "statistic"),
        Column("DRIFT", "expected z", "statistic"),
    )
    notes = (
        "Months from the first patient. Expected HR: what Cox's estimate tends to, with a delayed effect "
        "nearer to 1 at early looks.",
        *(() if cap is None else (f"The trial ends at month {cap:g} in any case.",)),
    )
    return Section("calendar", "Calendar", columns, frame, notes), looks


def calendar_curves(trial: SurvivalTrial, looks: LookCalendar) -> dict[str, pl.DataFrame]:
    """Patients and events by calendar time, and the looks, for the figure."""
    finite = looks.time[np.isfinite(looks.time)]
    end = 1.08 * max(float(finite.max()) if finite.size else 0.0, trial.accrual.duration)
    month = np.linspace(0.0, end, POINTS)
    at, null = expected(trial, month), expected(under_null(trial), month)
    lines = {
        "patients enrolled": at.accrued,
        "events, both arms": at.events,
        "events, no effect": null.events,
    }
    rows = [
        {"MONTH": float(m), "WHAT": what, "VALUE": round(float(value), 3)}
        for what, values in lines.items()
        for m, value in zip(month, values, strict=True)
    ]
    due = [
        {"MONTH": float(m), "LOOK": f"look {k}", "HOVER": f"look {k}: {events:.0f} events at month {m:.1f}"}
        for k, (m, events) in enumerate(zip(looks.time, looks.events, strict=True), 1)
        if np.isfinite(m)
    ]
    schema = {"MONTH": pl.Float64, "LOOK": pl.String, "HOVER": pl.String}
    return {"calendar": pl.DataFrame(rows), "looks": pl.DataFrame(due, schema=schema)}

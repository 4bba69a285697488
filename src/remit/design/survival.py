"""A trial of two arms with a time to event and one look: events, patients, duration, calendar."""

from dataclasses import asdict

import numpy as np
import polars as pl

from remit.design.calendar import Assumptions, calendar_curves, calendar_section, control_hazard, sized
from remit.design.designed import Column, Designed, Given, Section, errors_of
from remit.stats.planning.look_calendar import LookCalendar
from remit.stats.planning.piecewise import delayed_effect
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.survival import Analysis, Method, SurvivalSize, detectable_effect, power_at
from remit.stats.planning.survival_trial import events_at
from remit.stats.sequential.scales import hazard_ratio_at

SIZE_COLUMNS = (
    Column("EVENTS", "events", "count"),
    Column("EVENTSEXACT", "exact", "statistic"),
    Column("PATIENTS", "patients", "count"),
    Column("PATIENTSEXACT", "exact", "statistic"),
    Column("EXPERIMENTAL", "experimental", "count"),
    Column("CONTROL", "control", "count"),
    Column("ACCRUAL", "enrolment, months", "time"),
    Column("FOLLOWUP", "follow-up, months", "time"),
    Column("DURATION", "duration, months", "time"),
)


def method_of(given: Assumptions, method: Method | None) -> Method:
    """The method asked for; else Schoenfeld's, with a delayed effect the drift of the log-rank test."""
    return method or ("log-rank drift" if given.delay > 0 else "schoenfeld")


def size_section(size: SurvivalSize) -> Section:
    """Events, patients and durations of a trial."""
    frame = pl.DataFrame(
        {
            "EVENTS": [size.events],
            "EVENTSEXACT": [size.exact_events],
            "PATIENTS": [int(size.n_experimental + size.n_control)],
            "PATIENTSEXACT": [size.exact_patients],
            "EXPERIMENTAL": [int(size.n_experimental)],
            "CONTROL": [int(size.n_control)],
            "ACCRUAL": [size.accrual_duration],
            "FOLLOWUP": [size.follow_up],
            "DURATION": [size.duration],
        }
    )
    notes = (f"Whole numbers: events rounded up; patients, {size.rounding}.",)
    return Section("trial", "Size and duration", SIZE_COLUMNS, frame, notes)


def given_assumptions(given: Assumptions) -> Given:
    """Assumptions as they are recorded; hazards as month:hazard."""
    return asdict(given) | {"control": tuple(f"{month:g}:{rate:g}" for month, rate in given.control)}


def given_of(given: Assumptions, required: Requirement, method: str) -> Given:
    """Every option, for the record."""
    return {"alpha": required.alpha, "power": required.power, "method": method, **given_assumptions(given)}


def survival(given: Assumptions, required: Requirement, method: Method | None = None) -> Designed:
    """Events, patients, duration and calendar of a trial with one look.

    Parameters
    ----------
    given
        Assumptions, in months.
    required
        Type I error and power.
    method
        See ``remit.stats.planning.survival``.

    Raises
    ------
    InputError
        Impossible assumptions, or a power that is out of reach.
    """
    how = method_of(given, method)
    analysis = Analysis(required=required, method=how)
    size = sized(given, analysis)
    calendar, looks = calendar_section(size.trial, np.array([float(size.events)]), given.cap)
    capped = _capped(size, looks, analysis)
    sections = (size_section(size), calendar, *capped, _effects(given, size, analysis))
    title = f"Trial with a time to event, HR {given.hazard_ratio:g}, {errors_of(required)}"
    return Designed("survival", title, given_of(given, required, how), sections, notes_of(given, how),
                    calendar_curves(size.trial, looks))  # fmt: skip


def _capped(size: SurvivalSize, looks: LookCalendar, analysis: Analysis) -> tuple[Section, ...]:
    """The power where the calendar ends the trial before its events; nothing where it does not."""
    if not looks.at_cap.any():
        return ()
    cap = float(looks.time[0])
    frame = pl.DataFrame(
        {
            "MONTH": [cap],
            "EVENTS": looks.expected.events,
            "SHARE": looks.expected.events / size.exact_events,
            "POWER": [power_at(size.trial, cap, analysis)],
        }
    )
    columns = (
        Column("MONTH", "month", "time"),
        Column("EVENTS", "events expected then", "time"),
        Column("SHARE", "of planned", "statistic"),
        Column("POWER", "power then", "statistic"),
    )
    note = f"{size.events} events are expected after month {cap:g}, or never."
    return (Section("cap", "The calendar ends the trial", columns, frame, (note,)),)


def notes_of(given: Assumptions, method: str) -> tuple[str, ...]:
    """What a reader must know of the assumptions."""
    times = (
        "piecewise exponential" if given.median is None else f"exponential, median {given.median:g} months"
    )
    notes = [f"Size by {method}; times to the event in the control arm are {times}."]
    if given.delay > 0:
        notes.append(
            f"No effect before month {given.delay:g}: hazards are not proportional, and power depends on the "
            "calendar, not on events alone."
        )
    return tuple(notes)


def _effects(given: Assumptions, size: SurvivalSize, analysis: Analysis) -> Section:
    """What the trial can show: the estimate that is just significant, and the true effect with the power."""
    z = np.array([analysis.required.z_alpha])
    control = control_hazard(given)
    end = size.duration if given.cap is None else min(given.cap, size.duration)
    events = size.events if end == size.duration else float(events_at(size.trial, end))
    least = detectable_effect(size.trial, end, analysis, lambda h: delayed_effect(control, given.delay, h))
    frame = pl.DataFrame(
        {
            "CRITICAL": hazard_ratio_at(z, np.array([float(events)]), given.ratio),
            "DETECTABLE": [least],
            "POWER": [power_at(size.trial, end, analysis)],
        }
    )
    columns = (
        Column("CRITICAL", "HR just significant", "statistic"),
        Column("DETECTABLE", "HR shown with the power", "statistic"),
        Column("POWER", "power", "probability"),
    )
    return Section("effects", "What it can show", columns, frame)

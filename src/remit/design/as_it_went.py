"""A group-sequential design as it went: looks at other events than planned, an end by the calendar."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.design.effect import Effect
from remit.design.results_so_far import Sofar, results_sections
from remit.design.stopping import leaving
from remit.errors import problem
from remit.stats.estimate import Floats
from remit.stats.planning.allocation import rounded_up
from remit.stats.planning.log_rank_moments import log_rank_moments
from remit.stats.planning.look_calendar import LookCalendar
from remit.stats.planning.survival_trial import SurvivalTrial
from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import FAMILIES, USER
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.scales import nominal_p


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What looks had so far.

    Parameters
    ----------
    information
        Events at each look so far, or other information; increasing.
    final
        Whether the last of them is the last look of the trial, which spends all that is left.
    stopped
        Whether the trial ended there for whatever reason, at the bound that the look has anyway.
    maximum
        Information planned for the last look, in the same unit; None for the events of the design.
    z
        Statistic at each look so far, positive in favour of the experimental arm; empty for bounds alone.
    """

    information: tuple[float, ...]
    final: bool = False
    stopped: bool = False
    maximum: float | None = None
    z: tuple[float, ...] = ()


def observed_sections(
    found: GroupSequentialDesign,
    given: Observed,
    exact: float,
    effect: Effect | None,
    course: Callable[[Floats], Floats] | None = None,
) -> list[Section]:
    """Bounds at looks as they were and those to come; with statistics also what these say.

    Parameters
    ----------
    found
        As planned; with a classical family for looks that keep to plan.
    given
        Looks so far.
    exact
        Information at which the design has its power, in the unit of the effect, not rounded.
    effect
        What the trial measures.
    course
        Expected statistic under the alternative by information, where hazards are not proportional.

    Raises
    ------
    InputError
        Information that does not increase, a family of bounds that does not say what fewer events mean, or
        statistics that do not fit the looks.
    """
    if given.final and given.stopped:
        needed = "--final spends the alpha that is left, --stopped does not"
        raise problem("observed", "--final and --stopped", needed, "leave one out")
    planned = exact if effect is None else float(rounded_up(np.asarray(exact)))
    most = planned if given.maximum is None else given.maximum
    done = len(given.information)
    if _kept_to_plan(found, given, most):
        now, whole = found, most
    else:
        now = recompute(found, given.information, most, final=given.final, planned=exact)
        whole = given.information[-1] if now.n_looks == done else most
    sections = [_bounds(now, given, whole, most, "information" if effect is None else effect.unit)]
    if given.z:
        sofar = Sofar(now, given.z, done, whole, given.stopped, effect, course)
        sections += results_sections(sofar)
    return sections


def _kept_to_plan(found: GroupSequentialDesign, given: Observed, most: float) -> bool:
    """Whether a classical family can be used: looks within one event of the fractions that were planned."""
    if FAMILIES[found.plan.efficacy.family].spends:
        return False
    at = np.asarray(given.information, dtype=np.float64)
    if at.size > found.n_looks or (given.final and at.size < found.n_looks):
        return False
    return bool((np.abs(at - found.fractions[: at.size] * most) <= (1.0 if most > 1 else 1e-9)).all())


def _bounds(now: GroupSequentialDesign, given: Observed, last: float, most: float, unit: str) -> Section:
    """Bounds at each look; ``last`` is the information at the last, ``most`` what was planned for it."""
    at, done = now.fractions * last, len(given.information)
    at[:done] = given.information
    frame: dict[str, object] = {
        "LOOK": np.arange(1, now.n_looks + 1),
        "STATE": ["done" if k < done else "to come" for k in range(now.n_looks)],
        "INFORMATION": at,
        "FRACTION": at / most,
        "UPPER": now.upper,
        "UPPERP": nominal_p(now.upper),
        "ALPHA": now.alpha_spent,
    }
    columns = [
        Column("LOOK", "look", "count"),
        Column("STATE", "", "text"),
        Column("INFORMATION", unit, "time"),
        Column("FRACTION", "of planned", "statistic"),
        Column("UPPER", "efficacy z", "statistic"),
        Column("UPPERP", "one-sided p", "probability"),
        Column("ALPHA", "alpha spent", "probability"),
    ]
    if now.sides == 2:
        frame["OTHER"] = -now.upper
        columns.append(Column("OTHER", "other side z", "statistic"))
    if np.isfinite(now.lower[:-1]).any():
        frame["LOWER"] = now.lower
        columns.append(Column("LOWER", "futility z", "statistic"))
    if np.isfinite(now.harm).any():
        frame["HARM"] = now.harm
        columns.append(Column("HARM", "harm z", "statistic"))
    notes = _notes(now, given, float(at[-1]), most, unit)
    return Section("observed", "Bounds at looks as they were", tuple(columns), pl.DataFrame(frame), notes)


def _notes(
    now: GroupSequentialDesign, given: Observed, last: float, most: float, unit: str
) -> tuple[str, ...]:
    """What must be said of looks that differ from plan."""
    family = FAMILIES[now.plan.efficacy.family]
    notes = [
        f"Each look is tested at what the spending function has for its {unit}; looks done keep their bound."
        if family.spends
        else f"The looks kept to plan: their bounds are the planned ones of {now.plan.efficacy.family}."
    ]
    if now.plan.efficacy.family == USER:
        notes.append("Between the planned looks, levels that were given are read along a line.")
    if now.n_looks == len(given.information) and last < most * (1 - 1e-9):
        notes.append(
            f"The trial ends with {last:g} of {most:g}; its last look spends what is left of alpha. That is "
            "valid only if the decision to end did not depend on the results."
        )
    if last > most * (1 + 1e-9):
        notes.append(f"{last:g} instead of {most:g}: more information than planned, no more alpha.")
    return tuple(notes)


def capped_section(
    found: GroupSequentialDesign, trial: SurvivalTrial, looks: LookCalendar, events: float
) -> Section | None:
    """What is left of the power where the calendar ends the trial before its events; None where it does not.

    The last look is then at the events expected at the cap and spends all of alpha that is left.
    """
    if not looks.at_cap.any():
        return None
    cap = float(looks.time[-1])
    before = looks.events[~looks.at_cap]
    at_cap = float(looks.expected.events[-1])
    row: dict[str, float | None] = {"MONTH": cap, "EVENTS": at_cap, "SHARE": at_cap / events}
    notes = [
        f"{events:.1f} events are expected after month {cap:g}, or never.",
        "Bounds, stops and sizes above are without the cap.",
    ]
    if cap < trial.accrual.duration:
        notes.append("The cap comes before enrolment ends.")
    if FAMILIES[found.plan.efficacy.family].spends:
        now = recompute(found, [*before, at_cap], events, final=True)
        times = np.append(looks.time[~looks.at_cap], cap)
        row |= {
            "UPPER": float(now.upper[-1]),
            "POWER": float(leaving(now, log_rank_moments(trial, times).drift).upper.sum()),
        }
    else:
        row |= {"UPPER": None, "POWER": None}
        notes.append(
            f"{found.plan.efficacy.family} has no bound for fewer events than planned; spending functions do."
        )
    columns = (
        Column("MONTH", "month", "time"),
        Column("EVENTS", "events expected then", "time"),
        Column("SHARE", "of planned", "statistic"),
        Column("UPPER", "efficacy z then", "statistic"),
        Column("POWER", "power then", "statistic"),
    )
    frame = pl.DataFrame(row, schema=dict.fromkeys(row, pl.Float64))
    return Section("cap", "The calendar ends the trial", columns, frame, tuple(notes))

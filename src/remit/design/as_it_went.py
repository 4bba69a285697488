"""A group-sequential design as it went: looks at other events than planned, an end by the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.design.effect import Effect
from remit.design.results_so_far import results_sections
from remit.design.stopping import leaving
from remit.stats.planning.log_rank_moments import log_rank_moments
from remit.stats.planning.look_calendar import LookCalendar
from remit.stats.planning.survival_trial import SurvivalTrial
from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import FAMILIES
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
    maximum
        Information planned for the last look, in the same unit; None for the events of the design.
    z
        Statistic at each look so far, positive in favour of the experimental arm; empty for bounds alone.
    """

    information: tuple[float, ...]
    final: bool = False
    maximum: float | None = None
    z: tuple[float, ...] = ()


def observed_sections(
    found: GroupSequentialDesign, given: Observed, planned: float, effect: Effect | None
) -> list[Section]:
    """Bounds at looks as they were and those to come; with statistics also what these say.

    Parameters
    ----------
    found
        As planned, with spending functions.
    given
        Looks so far.
    planned
        Information planned for the last look, where ``given`` says nothing else.
    effect
        What the trial measures.

    Raises
    ------
    InputError
        Information that does not increase, a family of bounds that does not say what fewer events mean, or
        statistics that do not fit the looks.
    """
    most = given.maximum or planned
    now = recompute(found, given.information, most, final=given.final)
    done = len(given.information)
    last = given.information[-1] if now.n_looks == done else most
    bounds = _bounds(now, done, last, most, "information" if effect is None else effect.unit)
    return [bounds, *(results_sections(now, given.z, done, last, effect) if given.z else [])]


def _bounds(now: GroupSequentialDesign, done: int, last: float, most: float, unit: str) -> Section:
    """Bounds at each look; ``last`` is the information at the last, ``most`` what was planned for it."""
    at = now.fractions * last
    frame = pl.DataFrame(
        {
            "LOOK": np.arange(1, now.n_looks + 1),
            "STATE": ["done" if k < done else "to come" for k in range(now.n_looks)],
            "INFORMATION": at,
            "FRACTION": at / most,
            "UPPER": now.upper,
            "UPPERP": nominal_p(now.upper),
            "LOWER": now.lower,
            "ALPHA": now.alpha_spent,
        }
    )
    columns = (
        Column("LOOK", "look", "count"),
        Column("STATE", "", "text"),
        Column("INFORMATION", unit, "time"),
        Column("FRACTION", "of planned", "statistic"),
        Column("UPPER", "efficacy z", "statistic"),
        Column("UPPERP", "one-sided p", "probability"),
        Column("LOWER", "futility z", "statistic"),
        Column("ALPHA", "alpha spent", "probability"),
    )
    notes = [
        f"Each look is tested at what the spending function has for its {unit}; looks done keep their bound."
    ]
    if now.n_looks == done and at[-1] < most * (1 - 1e-9):
        notes.append(
            f"The trial ends with {at[-1]:g} of {most:g}; its last look spends all of alpha that is left."
        )
    if at[-1] > most * (1 + 1e-9):
        notes.append(f"{at[-1]:g} instead of {most:g}: more information than planned, no more alpha.")
    return Section("observed", "Bounds at looks as they were", columns, frame, tuple(notes))


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
    notes = [f"{events:.1f} events are expected after month {cap:g}, or never."]
    if FAMILIES[found.plan.efficacy.family].spends:
        now = recompute(found, [*before, at_cap], events, final=True)
        times = np.append(looks.time[~looks.at_cap], cap)
        row |= {
            "UPPER": float(now.upper[-1]),
            "POWER": float(leaving(now, _drifts(trial, times)).upper.sum()),
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


def _drifts(trial: SurvivalTrial, times: Sequence[float] | np.ndarray) -> np.ndarray:
    return log_rank_moments(trial, np.asarray(times, dtype=np.float64)).drift

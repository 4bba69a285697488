"""A group-sequential design: bounds, what they spend, how often trials stop, events, and their calendar."""

from collections.abc import Callable

import numpy as np
import polars as pl

from remit.design.as_it_went import Observed, capped_section, observed_sections
from remit.design.calendar import Assumptions, calendar_curves, calendar_section, sized
from remit.design.designed import Designed, Given, Section
from remit.design.effect import Effect, HazardRatio, check
from remit.design.operation import Simulation, operation_sections
from remit.design.sequential_tables import (
    bound_curve,
    bounds_section,
    information_section,
    power_curve,
    rounding_section,
    stopping_section,
)
from remit.design.stopping import leaving
from remit.design.survival import given_assumptions, method_of, notes_of, size_section
from remit.errors import problem
from remit.stats.estimate import Floats
from remit.stats.planning.look_calendar import look_calendar
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.survival import Analysis, SurvivalSize
from remit.stats.planning.survival_trial import SurvivalTrial
from remit.stats.roots import root
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.design import GroupSequentialDesign, design
from remit.stats.sequential.plan import Plan

LITTLE = 0.9
"""Expected hazard ratio at the last look above which a delayed effect is said to be hardly seen."""
MOST_INFLATION = 50.0
"""Inflation beyond which the power under a delayed effect counts as out of reach."""


def group_sequential(
    plan: Plan,
    effect: Effect | None = None,
    assumptions: Assumptions | None = None,
    observed: Observed | None = None,
    simulation: Simulation | None = None,
) -> Designed:
    """The design of a plan; with an effect its size, with assumptions about enrolment its calendar.

    Parameters
    ----------
    plan
        Looks, errors and rules.
    effect
        The alternative. Without one, information is relative to that of the fixed design.
    assumptions
        Enrolment and hazards; their hazard ratio takes the place of ``effect``. With a delayed effect, the
        power over all looks, each at the statistic that is expected then, is that of the plan.
    observed
        Looks as they were, for bounds that follow them; None while a trial is planned.
    simulation
        Trials to simulate under the assumptions; None for none.

    Raises
    ------
    InputError
        If the plan cannot be met, the hazard ratio is no benefit, assumptions are impossible, or looks as
        they were do not fit.
    """
    if simulation is not None and assumptions is None:
        needed = "assumptions to simulate by"
        raise problem("simulation", "no enrolment and hazards", needed, "--median 12 --accrual 24")
    if assumptions is not None:
        effect = HazardRatio(value=assumptions.hazard_ratio, ratio=assumptions.ratio)
    if effect is not None:
        check(effect)
    found = design(plan)
    alternative, maximum = found.drift * np.sqrt(found.fractions), 1.0
    course: Callable[[Floats], Floats] | None = None
    curves: dict[str, pl.DataFrame] = {"bounds": bound_curve(found)}
    sections, notes = list[Section](), _notes(plan)
    if assumptions is not None:
        size = _sized(found, assumptions)
        maximum = size.exact_events
        calendar, looks = calendar_section(size.trial, maximum * found.fractions, assumptions.cap)
        capped = capped_section(found, size.trial, looks, maximum)
        sections = [size_section(size), calendar, *([] if capped is None else [capped])]
        curves |= calendar_curves(size.trial, looks)
        if simulation is not None:
            sections += operation_sections(found, size, assumptions, simulation)
        notes += notes_of(assumptions, size.analysis.method)
        if assumptions.delay > 0:
            course = _course(size.trial)
            alternative = course(maximum * found.fractions)
            notes += _delay_notes(plan, float(looks.log_rank.hazard_ratio[-1]))
    elif effect is not None:
        maximum = effect.maximum(found)
    if assumptions is None or assumptions.delay == 0:
        # With a delayed effect power goes by the calendar, and there is no curve by the hazard ratio alone.
        curves["effect"] = power_curve(found, effect)
    stops = leaving(found, alternative)
    delayed = assumptions is not None and assumptions.delay > 0
    sections = [
        bounds_section(found, effect, maximum, np.cumsum(stops.lower) if delayed else None),
        stopping_section(found, stops),
        information_section(found, effect, maximum, stops),
        *sections,
    ]
    if effect is not None:
        sections.append(rounding_section(found.fractions, effect, maximum))
    if observed is not None:
        sections = [*observed_sections(found, observed, maximum, effect, course), *sections]
    axis = "true effect, share of the alternative" if effect is None else effect.axis
    given = {**_given(plan, effect, assumptions), **_asked(observed, simulation)}
    return Designed("group-sequential", _title(plan), given, tuple(sections), notes, curves, axis)


def _sized(found: GroupSequentialDesign, given: Assumptions) -> SurvivalSize:
    """Patients or duration with which the design has its power."""
    required, method = Requirement(found.alpha, found.power), method_of(given, None)
    if given.delay == 0:
        return sized(given, Analysis(required=required, method=method, inflation=found.inflation))

    def size(inflation: float) -> SurvivalSize:
        return sized(given, Analysis(required=required, method=method, inflation=inflation))

    def missing(inflation: float) -> float:
        at = size(inflation)
        looks = look_calendar(at.trial, at.exact_events * found.fractions)
        return float(leaving(found, looks.log_rank.drift).upper.sum()) - found.power

    high = found.inflation
    while missing(high) < 0:
        high *= 1.5
        if high > MOST_INFLATION:
            raise problem(
                "delay", f"{given.delay:g} months", "an effect that these looks can show", "later looks"
            )
    return size(root(missing, 0.5 * found.inflation, high))


def _course(trial: SurvivalTrial) -> Callable[[Floats], Floats]:
    """Expected statistic by events."""
    return lambda events: look_calendar(trial, events).log_rank.drift


def _delay_notes(plan: Plan, last_ratio: float) -> tuple[str, ...]:
    """What must be said of a delayed effect."""
    notes: list[str] = []
    if plan.futility is not None:
        notes.append(
            "Futility bounds are those of proportional hazards: under the delay early looks cross them more "
            "often than the error that was to be spent. What is shown as spent is what the delay gives."
        )
    if last_ratio > LITTLE:
        notes.append(
            f"The expected hazard ratio at the last look is {last_ratio:.2f}: most events come before the "
            "effect, and the size rests on a small difference."
        )
    return tuple(notes)


def _asked(observed: Observed | None, simulation: Simulation | None) -> Given:
    """What was asked beside the plan, for the record."""
    more: dict[str, str | float | int | bool | tuple[float | str, ...] | None] = {}
    if observed is not None:
        more |= {
            "observed": observed.information, "z": observed.z, "final": observed.final,
            "stopped": observed.stopped, "maximum": observed.maximum,
        }  # fmt: skip
    if simulation is not None:
        scenarios = tuple(
            f"{name}:" + ",".join(f"{key}={value:g}" for key, value in changes.items())
            for name, changes in simulation.scenarios
        )
        more |= {"simulate": simulation.replicates, "seed": simulation.seed, "scenarios": scenarios}
    return more


def _title(plan: Plan) -> str:
    side = "one-sided" if plan.sides == 1 else "two-sided, each side"
    looks = f"{len(plan.fractions)} looks" if len(plan.fractions) > 1 else "one look"
    errors = f"alpha {plan.alpha:g} {side}, power {plan.power:g}"
    return f"Group-sequential design, {plan.efficacy.family}, {looks}, {errors}"


def _named(boundary: Boundary | tuple[float, ...] | None) -> str | tuple[float, ...] | None:
    if not isinstance(boundary, Boundary):
        return boundary
    return boundary.family if boundary.parameter is None else f"{boundary.family}({boundary.parameter:g})"


def _given(
    plan: Plan, effect: Effect | None, assumptions: Assumptions | None
) -> dict[str, str | float | int | bool | tuple[float | str, ...] | None]:
    """Every option with the value that was used."""
    more: Given = {} if assumptions is None else given_assumptions(assumptions)
    return {
        "looks": plan.fractions,
        "alpha": plan.alpha,
        "power": plan.power,
        "sides": plan.sides,
        "boundary": _named(plan.efficacy),
        "levels": plan.efficacy.levels or None,
        "futility": _named(plan.futility),
        "binding": plan.binding,
        "harm": _named(plan.harm),
        "alpha_harm": plan.alpha_harm if plan.harm is not None else None,
        **({} if effect is None else effect.given()),
        **more,
    }


def _notes(plan: Plan) -> tuple[str, ...]:
    notes = ["z is positive in favour of the experimental arm; alpha is one-sided, also with two sides."]
    if plan.futility is not None:
        notes.append(
            "Futility is binding: type I error is held only if its stops are obeyed."
            if plan.binding
            else "Futility is not binding: type I error is held without it, power counts its stops."
        )
    if plan.efficacy.family == "haybittle-peto" and not plan.efficacy.last_adjusted:
        notes.append(
            "The last look is tested at alpha itself: the type I error is above alpha by what looks spend."
        )
    return tuple(notes)

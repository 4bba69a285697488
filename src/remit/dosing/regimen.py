"""Regimens and ramp-ups: what a patient is meant to take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remit.dosing.records import Floats, Integers
from remit.dosing.shorthand import Course, course_text, interval_text, plain, rounded, whole_doses
from remit.errors import Finding, InputError


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a regimen: a dose as a fraction of the target dose, for a number of days."""

    fraction: float
    days: float


@dataclass(frozen=True, slots=True)
class Regimen:
    """A ramp-up of steps, then the target dose.

    ``target`` is the target dose in its own ``unit``: ``mg`` where the drug's mass is public, else
    ``study dose``. Doses are taken every ``interval`` days.
    """

    target: float
    unit: str
    ramp_up: tuple[Step, ...]
    interval: float = 1.0

    def fraction_at_step(self, step: Integers) -> Floats:
        """Fraction of the target dose at a ramp-up step; steps beyond the last are the target."""
        fractions = np.array([each.fraction for each in self.ramp_up] + [1.0])
        return fractions[np.minimum(step, len(self.ramp_up))]


def regimen_of(courses: Sequence[Course], where: str = "regimen") -> Regimen:
    """The regimen of a study: courses of a fixed length are its ramp-up, the last one is its target dose.

    Raises
    ------
    InputError
        If the last course ends or another does not, or the courses differ in unit or interval.
    """
    found = list(_hindrances(courses, where))
    if found:
        raise InputError(found)
    *earlier, target = courses
    steps = tuple(Step(each.amount / target.amount, each.days) for each in earlier if each.days is not None)
    return Regimen(target.amount, target.unit, steps, target.interval)


def _hindrances(courses: Sequence[Course], where: str) -> Iterator[Finding]:
    """What keeps courses from being the regimen of a study."""
    if not courses:
        yield Finding(where, "no course", "one course or more", "write it as '400 mg q24h'")
        return
    units = list(dict.fromkeys(each.unit for each in courses))
    if len(units) > 1:
        yield Finding(where, " and ".join(units), "one unit in all courses")
    intervals = list(dict.fromkeys(f"q{''.join(interval_text(each.interval))}" for each in courses))
    if len(intervals) > 1:
        yield Finding(
            where,
            ", then ".join(intervals),
            "one interval in all courses, which the visits of a study assume",
            f"choose one, as {intervals[-1]}, for the whole regimen",
        )
    if any(each.doses is None for each in courses[:-1]):
        yield Finding(where, "an earlier course that goes on", "a number of doses, as 'x 7'")
    if courses[-1].doses is not None:
        yield Finding(
            where,
            f"a last course of {courses[-1].doses} doses",
            "a last course that goes on, until treatment ends by the rules of the study",
            "leave out its count",
        )


def describe(regimen: Regimen) -> str:
    """One line in the field's shorthand, as ``20 mg q24h x 7 then 50 mg q24h x 7 then 400 mg q24h``.

    A step that is no whole number of intervals is shown in days, ``x 7.5 d``.
    """
    lengths = [_length(each.days, regimen.interval) for each in regimen.ramp_up]
    amounts = [rounded(each.fraction * regimen.target) for each in regimen.ramp_up]
    return " then ".join(
        course_text(amount, regimen.unit, regimen.interval, length)
        for amount, length in zip([*amounts, regimen.target], [*lengths, ""], strict=True)
    )


def _length(days: float, interval: float) -> str:
    """How long a step lasts: doses where they fill it, else days."""
    doses = whole_doses(days, interval)
    return f"x {plain(days)} d" if doses is None else f"x {doses}"

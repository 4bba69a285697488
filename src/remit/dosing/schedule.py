"""What a patient is meant to take of one drug: periods that follow one another, each with its doses.

A step of a ramp-up is a period, a cycle is a period, and so is the time at the target dose, which goes on. A
trial decides at the end of each whether the next one begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from remit.dosing.given import Given
from remit.dosing.shorthand import Course, exact_interval
from remit.errors import Finding, InputError, problem

CYCLE = 7.0
"""Doses at least so far apart [day] are cycles of one dose each."""
WITHIN = 1e-9


@dataclass(frozen=True, slots=True)
class Doses:
    """Equal doses within a period.

    The first is given ``offset`` days after the period began, the others every ``interval`` days: ``count``
    in all, to the end of the period where it is None. ``fraction`` is of the target dose.
    """

    offset: float
    fraction: float
    interval: float
    count: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """Doses of some ``days``, infinite where they go on; a rest where there are none."""

    days: float
    doses: tuple[Doses, ...]

    @property
    def fraction(self) -> float:
        """Largest dose of the period as a fraction of the target, 0 in a rest."""
        return max((each.fraction for each in self.doses), default=0.0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Periods of one drug.

    ``target`` is the target dose in its own ``unit``. The first period begins on day ``start``; nothing is
    given on or after day ``until``. The first ``n_ramp`` periods are the ramp-up. In a cyclic schedule
    decisions fall at the start of a cycle; where it ``repeats``, the last period follows itself.
    """

    target: float
    unit: str
    periods: tuple[Period, ...]
    start: float = 0.0
    until: float = inf
    n_ramp: int = 0
    is_cyclic: bool = False
    repeats: bool = False

    @property
    def end(self) -> float:
        """Day on which it is over if nothing is held, infinite if it goes on."""
        length = inf if self.repeats else sum(each.days for each in self.periods)
        return min(self.until, self.start + length)

    @property
    def ramp_up_days(self) -> float:
        """Length of the ramp-up [day]."""
        return sum(each.days for each in self.periods[: self.n_ramp])


def schedule_of(lines: Sequence[Given], where: str = "treatment") -> Schedule:
    """The schedule of one drug from its lines, in the order of their starts.

    Raises
    ------
    InputError
        With every hindrance: no line, two units, lines that overlap or follow one that goes on.
    """
    if not lines:
        raise problem(where, "no line", "one line or more of the drug")
    ordered = sorted(lines, key=lambda each: each.start)
    found = list(_hindrances(ordered, where))
    if found:
        raise InputError(found)
    target = ordered[-1].courses[-1].amount
    periods: list[Period] = []
    start = now = ordered[0].start
    for line in ordered:
        if line.start > now + WITHIN:
            periods.append(Period(line.start - now, ()))
        periods += _periods(line, target)
        now = _end(line)
    last = ordered[-1]
    cyclic = any(_is_cyclic(each) for each in ordered)
    n_ramp = 0 if cyclic else next((i for i, each in enumerate(periods) if each.fraction >= 1), 0)
    until = inf if last.until is None else last.until
    repeats = _is_cyclic(last) and _goes_on(last)
    return Schedule(target, last.unit, tuple(periods), start, until, n_ramp, cyclic, repeats)


def _hindrances(lines: Sequence[Given], where: str) -> Iterator[Finding]:
    """What keeps lines from being one schedule."""
    units = list(dict.fromkeys(each.unit for each in lines))
    if len(units) > 1:
        yield Finding(where, " and ".join(units), "one unit in all lines of a drug")
    for before, after in pairwise(lines):
        end = _end(before)
        if end == inf:
            needed = "a count of doses or cycles, or 'until day', in all lines but the last"
            yield Finding(where, f"a line that goes on before one from day {after.start:g}", needed)
        elif after.start < end - WITHIN:
            found = f"a line to day {end:g} and one from day {after.start:g}"
            yield Finding(where, found, "lines of one drug that do not overlap", "begin the second later")


def _is_cyclic(line: Given) -> bool:
    """Whether a line is given in cycles, said so or by doses far apart."""
    return line.every is not None or all(each.interval >= CYCLE for each in line.courses)


def _goes_on(line: Given) -> bool:
    """Whether a line ends only with treatment, or on its last day."""
    return line.cycles is None if line.every is not None else line.courses[-1].doses is None


def _end(line: Given) -> float:
    """Day on which a line is over."""
    until = inf if line.until is None else line.until
    if _goes_on(line):
        return until
    if line.every is not None and line.cycles is not None:
        return min(until, line.start + line.every * line.cycles)
    return min(until, line.start + sum(each.days or 0.0 for each in line.courses))


def _periods(line: Given, target: float) -> list[Period]:
    """Periods of a line."""
    if line.every is not None:
        return [Period(line.every, _within_a_cycle(line.courses, target))] * (line.cycles or 1)
    found: list[Period] = []
    for each in line.courses:
        interval, fraction = float(exact_interval(each.interval)), each.amount / target
        if interval >= CYCLE:
            found += [Period(interval, (Doses(0.0, fraction, interval, 1),))] * (each.doses or 1)
        else:
            days = inf if each.days is None else each.days
            found.append(Period(days, (Doses(0.0, fraction, interval, None),)))
    return found


def _within_a_cycle(courses: Sequence[Course], target: float) -> tuple[Doses, ...]:
    """Doses of courses, one after the other from the start of the cycle."""
    found: list[Doses] = []
    offset = 0.0
    for each in courses:
        interval = float(exact_interval(each.interval))
        found.append(Doses(offset, each.amount / target, interval, each.doses))
        offset += each.days or 0.0
    return tuple(found)

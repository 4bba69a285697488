"""One drug and how it is given, read from a line as ``azacitidine 75 mg/m2 q24h x 7 every 28 d x 6``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from remit.dosing.shorthand import LONGEST, Course, exact_interval, parse_regimen
from remit.errors import problem

CYCLES = re.compile(r"\bevery\s+([0-9.]+)\s*(d|days?|w|weeks?)\b(?:\s*x\s*([0-9]+)\b)?")
FROM = re.compile(r"\bfrom\s+day\s+([0-9.]+)\b")
UNTIL = re.compile(r"\buntil\s+day\s+([0-9.]+)\b")
EXAMPLE = (
    "write it as 'venetoclax 20 mg q24h x 7 then 400 mg q24h', 'rituximab 375 mg/m2 q28d x 6 from day 36'"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """Equal doses: the first at ``start`` [day], then ``additional`` more every ``interval`` [day]."""

    start: float
    amount: float
    interval: float
    additional: int


@dataclass(frozen=True, slots=True)
class Given:
    """A drug by name, its courses, and when: ``start`` and ``until`` [day], repeated ``every`` [day]."""

    drug: str
    courses: tuple[Course, ...]
    start: float = 0.0
    every: float | None = None
    cycles: int | None = None
    until: float | None = None

    @property
    def unit(self) -> str:
        """Unit of its doses."""
        return self.courses[0].unit

    def segments(self, end: float) -> Iterator[Segment]:
        """Its doses before ``end`` [day], in order."""
        end = end if self.until is None else min(end, self.until)
        begin, cycle = self.start, 0
        while begin < end and (self.cycles is None or cycle < self.cycles):
            yield from _segments(
                self.courses, begin, end if self.every is None else min(end, begin + self.every)
            )
            if self.every is None:
                return
            cycle += 1
            begin = self.start + cycle * self.every


def _segments(courses: tuple[Course, ...], begin: float, end: float) -> Iterator[Segment]:
    """Doses of courses, one after the other from ``begin``, before ``end`` [day]."""
    for course in courses:
        interval = float(exact_interval(course.interval))
        fit = max(0, -int(-(end - begin) // interval)) if begin < end else 0
        if fit and begin + (fit - 1) * interval >= end - 1e-9:
            fit -= 1
        count = fit if course.doses is None else min(fit, course.doses)
        if count:
            yield Segment(begin, course.amount, interval, count - 1)
        if course.days is None:
            return
        begin += course.days


def parse_given(text: str) -> Given:
    """A line of a treatment.

    Parameters
    ----------
    text
        Drug, regimen in the field's shorthand, and optionally ``every 28 d x 6`` for cycles, ``from day 8``
        (day 0 is the first) and ``until day 365``.

    Raises
    ------
    InputError
        If the line names no drug or no regimen; the message says where it ceases to be one.
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - the border of the package
        raise problem("treatment", repr(text), "a line of text", EXAMPLE)
    where = f"treatment '{text.strip()}'"
    words = text.strip().split(maxsplit=1)
    if len(words) < 2 or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", words[0]):
        raise problem(where, "no drug and regimen", "a drug by name, then its regimen", EXAMPLE)
    drug, rest = words
    start, rest = _taken(FROM, rest)
    until, rest = _taken(UNTIL, rest)
    cycles = CYCLES.search(rest)
    every = count = None
    if cycles:
        length = _number(cycles.group(1), where)
        every = length * (7.0 if cycles.group(2).startswith("w") else 1.0)
        count = int(cycles.group(3)) if cycles.group(3) else None
        after = rest[cycles.end() :].strip()
        if after:
            raise problem(where, f"'{after}' after its cycles", "'every ...' after all courses", EXAMPLE)
        rest = rest[: cycles.start()]
    given = Given(
        drug,
        parse_regimen(rest.strip(), where),
        0.0 if start is None else _number(start, where),
        every,
        count,
        None if until is None else _number(until, where),
    )
    _check(given, where)
    return given


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    """What a pattern finds in a text, and the text without it."""
    found = pattern.search(text)
    return (None, text) if found is None else (found.group(1), text[: found.start()] + text[found.end() :])


def _number(text: str, where: str) -> float:
    """A number of days."""
    try:
        value = float(text)
    except ValueError:
        raise problem(where, f"'{text}'", "a number of days", EXAMPLE) from None
    if not 0 <= value <= LONGEST:
        raise problem(where, f"'{text}' days", "a number of days from 0 to a century", EXAMPLE)
    return value


def _check(given: Given, where: str) -> None:
    """Refuse cycles that overlap, and an end before the start.

    Raises
    ------
    InputError
        With what is wrong.
    """
    if given.cycles == 0:
        raise problem(where, "0 cycles", "1 cycle or more", "leave the line out")
    length = sum(course.days or 0.0 for course in given.courses)
    if given.every is not None and (given.every <= 0 or length > given.every + 1e-9):
        found, needed = f"{length:g} days of doses every {given.every:g} days", "cycles that do not overlap"
        raise problem(where, found, needed, "lengthen the cycle, or shorten its courses")
    if given.until is not None and given.until <= given.start:
        raise problem(
            where, f"until day {given.until:g} from day {given.start:g}", "an end after the start", ""
        )

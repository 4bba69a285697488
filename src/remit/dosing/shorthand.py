"""Regimens in the field's shorthand, ``20 mg q24h x 7 then 400 mg q24h``: read, and printed back.

A regimen is courses joined by ``then`` or a comma, each ``AMOUNT UNIT [OFTEN] [x COUNT | for LENGTH]``.
The unit is ``mg``, ``mg/m2``, ``mg/kg``, ``study dose`` or ``dose``. How often is ``q24h``, which may be left
out, or as ``q0.5d``, ``q1w``, ``qd``, ``bid``, ``tid``, ``qw``. ``x 7`` is seven doses; ``x 7 d`` and
``for 1 w`` are lengths of time. Only the last course may go on.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from remit.errors import Finding, InputError, problem

UNITS = ("mg", "mg/m2", "mg/kg", "study dose", "dose")
"""Units of a dose: mass, also by body surface or weight; the study dose itself where no mass is public; and
the usual dose of a supportive measure."""

NAMED = {"qd": Fraction(1), "bid": Fraction(1, 2), "tid": Fraction(1, 3), "qw": Fraction(7)}
"""Intervals with a name of their own [day]."""

DAYS = {
    "h": Fraction(1, 24),
    **dict.fromkeys(("d", "day", "days"), Fraction(1)),
    **dict.fromkeys(("w", "week", "weeks"), Fraction(7)),
}
"""Days in a unit of time."""

LEAST, MOST = 1e-9, 1e9
"""Smallest and largest amount, in its unit."""

SHORTEST, LONGEST = 1 / 1440, 36525.0
"""Shortest interval, a minute, and longest interval or course, a century [day]."""

DIGITS = 40
"""Longest number that is read; what is printed is shorter."""

EXAMPLE = "write it as '20 mg q24h x 7 then 400 mg q24h'"
TOKEN = re.compile(r"-?(?:[0-9]*\.)?[0-9]+|[^\W\d_]+|\S")


@dataclass(frozen=True, slots=True)
class Course:
    """Doses of one ``amount`` in its ``unit``, every ``interval`` days; it goes on if ``doses`` is None."""

    amount: float
    unit: str
    interval: float = 1.0
    doses: int | None = None

    def __post_init__(self) -> None:
        """Check values at the border; inside they are trusted."""
        found: list[Finding] = []
        if self.unit not in UNITS:
            found.append(Finding("course: unit", f"'{self.unit}'", f"one of {', '.join(UNITS)}"))
        if not LEAST <= self.amount <= MOST:
            found.append(Finding("course: amount", f"{self.amount:g}", "a dose above 0, from 1e-9 to 1e9"))
        if not SHORTEST <= self.interval <= LONGEST:
            found.append(Finding("course: interval", f"{self.interval:g} days", "a minute to a century"))
        if self.doses is not None and not 1 <= self.doses <= LONGEST / self.interval:
            found.append(Finding("course: doses", f"{self.doses}", "1 or more, for at most a century"))
        if found:
            raise InputError(found)

    @property
    def days(self) -> float | None:
        """How long the course lasts, None if it goes on [day]."""
        return None if self.doses is None else float(self.doses * exact_interval(self.interval))


def parse_regimen(text: str, where: str = "regimen") -> tuple[Course, ...]:
    """Courses of a regimen in the field's shorthand.

    Parameters
    ----------
    text
        As ``100 mg q24h x 7 then 200 mg q24h``; capitals and spaces do not matter.
    where
        What a message names as the place of the text.

    Raises
    ------
    InputError
        If the text is no regimen; the message names the column and the word where it ceases to be one.
    """
    reader = _Reader(text, where, tuple((each[0], each.start() + 1) for each in TOKEN.finditer(text)))
    courses = [_course(reader, None)]
    while not reader.is_at_end:
        counted = courses[-1].doses is not None
        if reader.word not in {"then", ","}:
            more = "'then' or a comma" if counted else "how often, as 'q24h', how many doses, as 'x 7'"
            raise reader.refused(f"{more}, or the end")
        if not counted:
            raise reader.refused(
                "a count for the course before, as 'x 7' or 'for 7 d'", "only the last course may go on"
            )
        if reader.take() == "," and reader.word == "then":
            reader.take()
        courses.append(_course(reader, courses[0].unit))
    return tuple(courses)


def print_courses(courses: Iterable[Course]) -> str:
    """Courses as one line, ``100 mg q24h x 7 then 200 mg q24h``; reading it gives the same courses."""
    return " then ".join(
        course_text(each.amount, each.unit, each.interval, "" if each.doses is None else f"x {each.doses}")
        for each in courses
    )


def course_text(amount: float, unit: str, interval: float, length: str = "") -> str:
    """One course as it is printed; ``length`` is as ``x 7``, or empty where the course goes on."""
    return f"{plain(amount)} {unit} q{''.join(interval_text(interval))} {length}".rstrip()


def interval_text(interval: float) -> tuple[str, str]:
    """Number and unit of an interval: hours, or days where no short number of hours is exactly the same."""
    hours = 24 * interval
    if math.isfinite(hours):
        text = plain(rounded(hours))
        if float(Fraction(text) / 24) == interval:
            return text, "h"
    return plain(interval), "d"


def exact_interval(interval: float) -> Fraction:
    """An interval as it is printed, so that 21 doses every 8 hours are 7 days to the last digit [day]."""
    number, unit = interval_text(interval)
    return Fraction(number) * DAYS[unit]


def whole_doses(days: float, interval: float) -> int | None:
    """How many doses a length of time holds; None where it is no whole number of intervals."""
    doses = days / interval if interval > 0 else math.nan
    if not math.isfinite(doses) or round(doses) < 1 or not math.isclose(doses, round(doses), rel_tol=1e-12):
        return None
    return round(doses)


def plain(number: float) -> str:
    """A number in all its digits, without an exponent."""
    return format(Decimal(repr(float(number))), "f").removesuffix(".0")


def rounded(number: float) -> float:
    """A number to twelve digits, without the noise of a product."""
    return float(f"{number:.12g}")


@dataclass(slots=True)
class _Reader:
    """Words of a text with their columns, and how far they have been read."""

    text: str
    where: str
    tokens: tuple[tuple[str, int], ...]
    at: int = 0

    @property
    def is_at_end(self) -> bool:
        """Whether all words have been read."""
        return self.at >= len(self.tokens)

    @property
    def word(self) -> str:
        """The next word in small letters, empty at the end."""
        return "" if self.is_at_end else self.tokens[self.at][0].lower()

    @property
    def is_number(self) -> bool:
        """Whether the next word is a number."""
        return self.word[-1:] in set("0123456789")

    def take(self) -> str:
        """The next word, read."""
        word = self.word
        self.at += 1
        return word

    def number(self, needed: str) -> Fraction:
        """The next word as a number, read."""
        if not self.is_number:
            raise self.refused(needed)
        if len(self.word) > DIGITS:
            raise self.refused(f"a number of at most {DIGITS} characters", "round it")
        return Fraction(self.take())

    def refused(self, needed: str, remedy: str = EXAMPLE, back: int = 0) -> InputError:
        """An error about the next word, or one that stands ``back`` words before it."""
        at = self.at - back
        word, column = self.tokens[at] if at < len(self.tokens) else ("", len(self.text) + 1)
        start = max(column - 40, 0) if len(self.text) > 80 else 0
        shown = self.text[start : start + 80]
        around = f"{'...' if start else ''}{shown}{'...' if start + 80 < len(self.text) else ''}"
        what = repr(word if len(word) <= DIGITS else f"{word[:DIGITS]}...") if word else "the end"
        return problem(self.where, f"{what} in column {column} of {around!r}", needed, remedy)


def _course(reader: _Reader, unit: str | None) -> Course:
    """One course; ``unit`` is that of the courses before."""
    amount = float(reader.number("a dose, as '400 mg' or '0.5 study dose'"))
    if not LEAST <= amount <= MOST:
        raise reader.refused(
            "a dose above 0, from 1e-9 to 1e9", "check the sign; a hold is a dose rule, not a dose", back=1
        )
    start = reader.at
    found = _unit(reader)
    if unit is not None and found != unit:
        needed, back = f"'{unit}', as in the courses before", reader.at - start
        raise reader.refused(needed, "one regimen has one unit", back)
    interval = _interval(reader)
    return Course(amount, found, interval, _doses(reader, interval))


def _unit(reader: _Reader) -> str:
    """The unit of a dose."""
    if reader.word == "mg":
        reader.take()
        return _mass(reader)
    if reader.word == "dose":
        return reader.take()
    if reader.word == "x":
        reader.take()
    for word in ("study", "dose"):
        if reader.word != word:
            raise reader.refused("a unit, 'mg' or 'study dose'", "mass only where it is public")
        reader.take()
    return "study dose"


def _mass(reader: _Reader) -> str:
    """A unit that begins with ``mg``, which has been read."""
    if reader.word != "/":
        return "mg"
    reader.take()
    start = reader.at
    for words, unit in ((("kg",), "mg/kg"), (("m", "2"), "mg/m2")):
        if tuple(word.lower() for word, _ in reader.tokens[start : start + len(words)]) == words:
            reader.at += len(words)
            return unit
    raise reader.refused("'m2' or 'kg' after 'mg/'", "as in 375 mg/m2")


def _interval(reader: _Reader) -> float:
    """Days between doses; one where nothing is said."""
    if reader.word in NAMED:
        return float(NAMED[reader.take()])
    if reader.word != "q":
        return 1.0
    reader.take()
    number = reader.number("a number after 'q', as in q24h")
    if reader.word not in DAYS:
        raise reader.refused(f"h, d or w after 'q{plain(float(number))}', as in q24h")
    interval = float(number * DAYS[reader.take()])
    if not SHORTEST <= interval <= LONGEST:
        raise reader.refused("an interval of a minute to a century", back=2)
    return interval


def _doses(reader: _Reader, interval: float) -> int | None:
    """How many doses, or None where nothing is said and the course goes on."""
    if reader.word not in {"x", "for"}:
        return None
    is_length = reader.take() == "for"
    number = reader.number(
        "a length of time, as in 'for 7 d'" if is_length else "how many doses, as in 'x 7' or 'x 7 d'"
    )
    if reader.word in DAYS:
        length = float(number * DAYS[reader.take()])
        if length > LONGEST:
            raise reader.refused("a course of at most a century", back=2)
        doses = whole_doses(length, interval)
        if doses is None:
            every = " ".join(interval_text(interval))
            raise reader.refused(f"a whole number of intervals of {every}", "count the doses, as 'x 7'", 2)
    elif is_length:
        raise reader.refused("h, d or w after a length of time, as in 'for 7 d'")
    elif number.denominator != 1 or number < 1:
        raise reader.refused("a whole number of doses, 1 or more, or a length, as in 'x 7 d'", back=1)
    else:
        doses = int(number)
    if doses > LONGEST / interval:
        raise reader.refused("a course of at most a century", back=1)
    return doses

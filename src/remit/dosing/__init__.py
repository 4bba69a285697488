"""Doses, regimens and ramp-ups: what is planned, and the records that a solver takes."""

from remit.dosing.given import Given, parse_given
from remit.dosing.records import (
    NEVER,
    DoseRecords,
    Floats,
    Integers,
    constant_input,
    daily_doses,
    no_doses,
    together,
)
from remit.dosing.schedule import Doses, Period, Schedule, schedule_of
from remit.dosing.shorthand import Course, parse_regimen, print_courses

__all__ = [
    "NEVER",
    "Course",
    "DoseRecords",
    "Doses",
    "Floats",
    "Given",
    "Integers",
    "Period",
    "Schedule",
    "constant_input",
    "daily_doses",
    "no_doses",
    "parse_given",
    "parse_regimen",
    "print_courses",
    "schedule_of",
    "together",
]

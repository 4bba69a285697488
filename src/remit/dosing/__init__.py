"""Doses, regimens and ramp-ups: what is planned, and the records that a solver takes."""

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
from remit.dosing.regimen import Regimen, Step, describe, regimen_of
from remit.dosing.shorthand import Course, parse_regimen, print_courses

__all__ = [
    "NEVER",
    "Course",
    "DoseRecords",
    "Floats",
    "Integers",
    "Regimen",
    "Step",
    "constant_input",
    "daily_doses",
    "describe",
    "no_doses",
    "parse_regimen",
    "print_courses",
    "regimen_of",
    "together",
]

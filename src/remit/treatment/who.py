"""Whom a treatment is given to: population, number, scenarios, and values replaced."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite

import numpy as np

from remit.dosing import Floats
from remit.errors import Finding, InputError, UnknownNameError, problem
from remit.library import Entry
from remit.library.declared import DECLARED
from remit.library.form import nearest

MOST_PATIENTS = 100_000
LONGEST = 20 * 365.25
"""Longest time that patients are followed [day]."""
SHORTEST_STEP = 1e-3
NO_DRUG = "no drug"
"""File of the values of drugs that are not given."""
EXTINCTION = ("stochastic", "one_cell")


def is_number(value: object) -> bool:
    """Whether a value is a number, of Python or NumPy, and no flag."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whom a treatment is given to.

    ``population`` and ``host`` name library files; the first population of the disease that had no BTK
    inhibitor, and the host that it names or ``host_adult``, unless given. ``patients`` is the number of
    virtual patients, 0 for the typical patient alone. ``resistance`` names a scenario of the disease, the
    first unless given; ``drug_scenarios`` those of drugs, by drug and group. ``values`` replaces typical
    values by parameter, in canonical units. The earlier course of a population that has one is on ibrutinib.

    Raises
    ------
    InputError
        With every field that cannot be used.
    """

    population: str | None = None
    host: str | None = None
    patients: int = 0
    seed: int = 1
    resistance: str | None = None
    drug_scenarios: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extinction: str = "stochastic"
    values: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check fields at the border."""
        findings = [
            Finding(f"who: {name}", repr(value), "a name, or None")
            for name in ("population", "host", "resistance")
            if (value := getattr(self, name)) is not None and not (isinstance(value, str) and value)
        ]
        if not is_count(self.patients) or not 0 <= self.patients <= MOST_PATIENTS:
            findings.append(Finding("who: patients", repr(self.patients), f"0 to {MOST_PATIENTS:,}"))
        if not is_count(self.seed) or not 0 <= self.seed < 2**63:
            findings.append(Finding("who: seed", repr(self.seed), "a whole number of 0 or more"))
        if self.extinction not in EXTINCTION:
            findings.append(Finding("who: extinction", repr(self.extinction), " or ".join(EXTINCTION)))
        findings += [
            Finding(f"who: {name}", repr(getattr(self, name)), "a table by name, {} for none")
            for name in ("values", "drug_scenarios")
            if not isinstance(getattr(self, name), Mapping)
        ]
        if findings:
            raise InputError(findings)
        findings += [
            Finding(f"who: values, {name}", repr(value), "a finite number")
            for name, value in self.values.items()
            if not is_number(value) or not isfinite(value)
        ]
        findings += [
            Finding(f"who: drug_scenarios, {drug}", repr(each), "scenarios by group")
            for drug, each in self.drug_scenarios.items()
            if not isinstance(each, Mapping)  # pyright: ignore[reportUnnecessaryIsInstance] - the border
        ]
        if findings:
            raise InputError(findings)


def observation_days(days: float, every: float | Iterable[float]) -> Floats:
    """Days of observation, the first and the last of the course among them.

    Raises
    ------
    InputError
        If they cannot be used.
    """
    if not is_number(days) or not 0 < days <= LONGEST:
        raise problem("treatment: days", repr(days), f"a number above 0, at most {LONGEST:g}")
    needed = f"a step from {SHORTEST_STEP:g} to {days:g} days, or days from 0 to {days:g}"
    if is_number(every):
        step = float(every)  # pyright: ignore[reportArgumentType]
        if not SHORTEST_STEP <= step <= days:
            raise problem("treatment: every", repr(every), needed)
        return np.unique(np.append(np.arange(0.0, days, step), days))
    listed = list(every) if isinstance(every, Iterable) and not isinstance(every, str) else None
    if listed is None or not all(is_number(each) and 0 <= each <= days for each in listed):
        raise problem("treatment: every", repr(every), needed)
    return np.unique(np.append(np.asarray(listed, dtype=float), [0.0, days]))


def replaced(entries: Mapping[str, Entry], values: Mapping[str, float]) -> dict[str, Entry]:
    """Entries with some typical values replaced.

    Raises
    ------
    UnknownNameError
        If a name is no parameter, or one of a drug that is not given.
    InputError
        If a value is out of its range.
    """
    in_use = {name: each for name, each in entries.items() if each.file != NO_DRUG}
    unknown = [
        Finding("values", f"'{name}'", "a parameter in use", _near(name, in_use))
        for name in values
        if name not in in_use
    ]
    if unknown:
        raise UnknownNameError(unknown)
    found = dict(entries)
    findings: list[Finding] = []
    for name, value in values.items():
        declared = next(tables[name] for tables in DECLARED.values() if name in tables).quantity
        low, high = (
            (-inf if declared.low is None else declared.low),
            (inf if declared.high is None else declared.high),
        )
        if not low <= value <= high:
            limits = f"{low:g} to {high:g} {declared.unit}".strip()
            findings.append(
                Finding(f"values: {name}", f"{value:g} {declared.unit}".strip(), limits, declared.meaning)
            )
        found[name] = replace(entries[name], value=float(value))
    if findings:
        raise InputError(findings)
    return found


def _near(name: str, known: Iterable[str]) -> str:
    """The nearest known parameter; there are too many to name them all."""
    found = nearest(name, known)
    return found if found.startswith("did you mean") else "`remit library show` names those of a file"

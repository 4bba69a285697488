"""Treated patients of the shipped library, each simulated once."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from remit.dosing import Floats
from remit.treatment import Conditions, Treated, Who, simulate_treatment

Course = Callable[..., dict[str, Floats]]
Cohort = Callable[..., Treated]

RAMP = (
    "venetoclax 20 mg q24h x 7 then 50 mg q24h x 7 then 100 mg q24h x 7 then 200 mg q24h x 7 then 400 mg q24h"
)


@cache
def simulated(
    disease: str,
    treatment: tuple[str, ...],
    days: float,
    every: float,
    conditions: Conditions,
    patients: int,
    population: str | None,
    settings: tuple[tuple[str, str, str], ...],
    values: tuple[tuple[str, float], ...],
) -> Treated:
    chosen = {drug: {group: name} for drug, group, name in settings}
    who = Who(patients=patients, population=population, drug_scenarios=chosen, values=dict(values))
    return simulate_treatment(disease, treatment, days=days, every=every, who=who, conditions=conditions)


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    """Simulated patients: the typical one where ``patients`` is 0."""

    def make(
        disease,
        treatment,
        days,
        every=1.0,
        *,
        conditions=None,
        patients=0,
        population=None,
        settings=(),
        values=(),
    ):
        return simulated(
            disease, tuple(treatment), float(days), float(every), conditions or Conditions(), patients,
            population, tuple(settings), tuple(values),
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def course(cohort: Cohort) -> Course:
    """The typical patient: every column of the courses by name, shape (n_times,)."""

    def make(*args, **options):
        frame = cohort(*args, **options).courses
        numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
        return {name: frame[name].to_numpy() for name in numbers}

    return make


@pytest.fixture(scope="session")
def at() -> Callable[..., float]:
    """Value of a column of a course on a day."""

    def read(found: dict[str, Floats], day: float, name: str) -> float:
        return float(found[name][np.argmin(np.abs(found["DAY"] - day))])

    return read


@pytest.fixture(scope="session")
def ramp() -> str:
    """Venetoclax with the five-week ramp-up of its label."""
    return RAMP

"""A cohort on disk and back."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import remit
from remit.population import Cohort, enter
from remit.results import open_table, save_table
from remit.run.cohorts import from_table, to_table
from remit.run.courses import make_block
from remit.run.options import Options, plan_of
from remit.run.simulate import drawn_spec, population


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    study = remit.load_study("mcl_btki_treated")
    first = study.scenarios[0]
    spec = drawn_spec(study, study.population_values(first.arm, first.name), 4, 1, 2)
    return enter(4, 1, 6, spec, make_block)


def differing(one: Cohort, other: Cohort) -> list[str]:
    """Names of the fields that differ in a bit or in their type."""
    found = []
    for field in fields(Cohort):
        first, second = getattr(one, field.name), getattr(other, field.name)
        if isinstance(first, pl.DataFrame):
            same = first.equals(second) and first.schema == second.schema
        elif isinstance(first, np.ndarray):
            same = first.dtype == second.dtype and first.tobytes() == np.ascontiguousarray(second).tobytes()
        else:
            same = first == second
        if not same:
            found.append(field.name)
    return found


def test_a_cohort_comes_back_from_its_table_to_the_bit(cohort: Cohort, tmp_path: Path) -> None:
    save_table(to_table(cohort), tmp_path / "cohort.parquet")
    back = from_table(1, open_table(tmp_path / "cohort.parquet"), cohort.screening, cohort.shifts)
    assert differing(cohort, back) == []


def test_a_difference_in_the_last_bit_would_be_caught(cohort: Cohort) -> None:
    table = to_table(cohort).with_columns(pl.col("y.protected_S") * (1 + 2**-52))
    assert differing(cohort, from_table(1, table, cohort.screening, cohort.shifts)) == ["state"]


def test_a_slice_of_the_table_is_those_patients(cohort: Cohort) -> None:
    part = from_table(1, to_table(cohort).slice(2, 3), cohort.screening, cohort.shifts)
    assert part.counter.tolist() == cohort.counter[2:5].tolist()
    np.testing.assert_array_equal(part.parameters, cohort.parameters[2:5])
    assert part.covariates.equals(cohort.covariates.slice(2, 3))


def test_the_population_task_of_a_draw_makes_the_same_cohort(cohort: Cohort) -> None:
    study = remit.load_study("mcl_btki_treated")
    task = plan_of(study, Options(draws=2, patients=12, seed=4)).stages[0][1]
    assert population(task, study)["cohort"].equals(to_table(cohort))

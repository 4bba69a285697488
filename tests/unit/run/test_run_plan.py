"""The plan of a run."""

import pytest

from remit.errors import InputError
from remit.run.plan import BLOCK_SIZE, MOST_PATIENTS, Plan, Sizes, make_plan

COURSES = (("mesutoclax", "pharmacology/ki_shift"), ("venetoclax", "reference/ki_shift"))


def plan(courses: tuple[tuple[str, str], ...] = COURSES, *, patients: int = 10, sensitivity: int = 0) -> Plan:
    sizes = Sizes(draws=2, patients=patients, replicates=5, sensitivity=sensitivity)
    return make_plan("hash", courses, seed=1, sizes=sizes, n_variations=3)


def test_every_draw_has_one_population_and_then_a_course_for_each_scenario() -> None:
    populations, courses, varied = plan().stages
    assert [task.id for task in populations] == ["population-0000", "population-0001"]
    assert [task.id for task in courses] == [
        "course-mesutoclax-pharmacology-ki_shift-0000-00",
        "course-venetoclax-reference-ki_shift-0000-00",
        "course-mesutoclax-pharmacology-ki_shift-0001-00",
        "course-venetoclax-reference-ki_shift-0001-00",
    ]
    assert varied == ()


def test_every_level_of_the_sensitivity_analysis_is_one_task_about_the_typical_draw() -> None:
    made = plan(sensitivity=7)
    varied = made.stages[2]
    assert [task.id for task in varied] == ["variation-000", "variation-001", "variation-002"]
    assert {(task.draw, task.n_draws, task.pool, task.n_patients) for task in varied} == {(0, 1, 7, 7)}
    assert made.tasks[-3:] == varied


def test_patients_of_the_sensitivity_analysis_are_not_counted_as_courses() -> None:
    assert plan(sensitivity=7).n_courses == plan().n_courses


def test_blocks_share_out_every_patient_once() -> None:
    blocks = [task for task in plan(COURSES[:1], patients=2 * BLOCK_SIZE + 3).stages[1] if task.draw == 0]
    assert [(task.first, task.n_patients) for task in blocks] == [(0, 1024), (1024, 1024), (2048, 3)]


def test_patients_are_counted_under_every_scenario() -> None:
    assert plan().n_courses == 2 * 10 * 2


def test_a_course_task_finds_the_population_of_its_draw() -> None:
    made = plan()
    assert {task.population for task in made.stages[1]} == set(made.stages[0])


def test_all_impossible_sizes_are_found_at_once() -> None:
    with pytest.raises(InputError) as caught:
        make_plan("hash", COURSES, seed=-1, sizes=Sizes(0, MOST_PATIENTS, 0, MOST_PATIENTS))
    assert [each.where for each in caught.value.findings] == [
        "run: seed",
        "run: draws",
        "run: patients per draw",
        "run: replicates",
        "run: sensitivity",
    ]


def test_scenarios_whose_blocks_would_share_a_name_are_refused() -> None:
    with pytest.raises(InputError, match="a-b-c twice"):
        plan((("a", "b/c"), ("a", "b-c")))


def test_a_study_without_scenarios_is_refused() -> None:
    with pytest.raises(InputError, match="at least one arm"):
        plan(())

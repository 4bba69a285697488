"""What a caller may change in a study."""

import pytest

import remit
from remit.run.options import Options, digest_of, plan_of
from remit.run.plan import Sizes
from remit.run.variations import variations


@pytest.fixture(scope="module")
def study() -> remit.Study:
    return remit.load_study("mcl_btki_treated")


def test_without_options_the_study_file_decides(study: remit.Study) -> None:
    plan, default = plan_of(study, Options()), study.file.run
    assert plan.sizes == Sizes(default.draws, default.patients, default.replicates, default.sensitivity)
    assert plan.seed == default.seed


def test_every_arm_and_scenario_of_the_study_is_planned(study: remit.Study) -> None:
    courses = plan_of(study, Options(draws=1)).stages[1]
    assert [(task.arm, task.scenario) for task in courses] == [
        (each.arm, each.name) for each in study.scenarios
    ]


def test_every_level_of_the_sensitivity_analysis_is_planned(study: remit.Study) -> None:
    levels = plan_of(study, Options(sensitivity=5)).stages[2]
    assert len(levels) == len(variations(study)) > 0
    assert {task.n_patients for task in levels} == {5}


def test_the_sensitivity_analysis_can_be_left_out(study: remit.Study) -> None:
    assert plan_of(study, Options(sensitivity=0)).stages[2] == ()


@pytest.mark.parametrize(("patients", "per_draw"), [(2000, 500), (2001, 501), (1, 1)])
def test_a_pool_is_shared_by_the_draws_and_rounded_up(
    study: remit.Study, patients: int, per_draw: int
) -> None:
    assert plan_of(study, Options(patients=patients, draws=4)).sizes.patients == per_draw


def test_a_seed_of_zero_is_a_seed(study: remit.Study) -> None:
    assert plan_of(study, Options(seed=0)).seed == 0


def test_all_options_that_cannot_be_used_are_found_at_once(study: remit.Study) -> None:
    with pytest.raises(remit.InputError) as caught:
        plan_of(study, Options(patients=0, draws=0, replicates=0, sensitivity=-1, seed=-1, threads=0))
    places = ("threads", "patients", "seed", "draws", "replicates", "sensitivity")
    assert [each.where for each in caught.value.findings] == [f"run: {place}" for place in places]


def test_a_pool_below_one_patient_is_named_as_the_caller_named_it(study: remit.Study) -> None:
    with pytest.raises(remit.InputError) as caught:
        plan_of(study, Options(patients=-3))
    assert [(each.where, each.found) for each in caught.value.findings] == [("run: patients", "-3")]


def test_sizes_do_not_change_what_a_study_is(study: remit.Study) -> None:
    assert plan_of(study, Options(draws=2, patients=4, sensitivity=3, seed=9)).study_hash == digest_of(study)

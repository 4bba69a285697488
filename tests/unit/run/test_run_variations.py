"""Levels of the sensitivity analysis."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import remit
from remit.library.posteriors import members
from remit.population.distributions import normal_probability
from remit.run.variations import (
    ALONG,
    DISEASE,
    EDGE,
    HALF_LIFE,
    HALF_LIFE_LEVELS,
    KILL,
    LEVELS,
    N_MEMBERS,
    REFERENCE,
    SOURCES,
    VOLUMES,
    Variation,
    variations,
    varied_scenarios,
    varied_values,
)

SEED = 2


@pytest.fixture(scope="module")
def study() -> remit.Study:
    return remit.load_study("mcl_btki_treated")


@pytest.fixture(scope="module")
def levels(study: remit.Study) -> tuple[Variation, ...]:
    return variations(study)


@pytest.fixture(scope="module")
def fitted(study: remit.Study) -> dict[str, np.ndarray]:
    analysis = study.file.analysis
    return members(analysis.calibration, analysis.recalled_records)


def values_under(study: remit.Study, level: Variation) -> tuple[dict[str, float], str]:
    return varied_values(study, varied_scenarios(study)[0], level, SEED)


def without_role(study: remit.Study, role: str) -> remit.Study:
    """The study with every arm of a role made a reference arm."""
    arms = tuple(
        each.model_copy(update={"role": "reference"}) if each.role == role else each
        for each in study.file.arms
    )
    return replace(study, file=study.file.model_copy(update={"arms": arms}))


def changed_in(one: dict[str, float], other: dict[str, float]) -> set[str]:
    assert one.keys() == other.keys()
    return {name for name in one if one[name] != other[name]}


def test_names_are_unique_and_the_reference_is_first(levels: tuple[Variation, ...]) -> None:
    assert max(Counter((each.factor, each.level) for each in levels).values()) == 1
    assert [each.factor for each in levels].index(REFERENCE) == 0
    assert [each.factor for each in levels].count(REFERENCE) == 1


def test_levels_lie_symmetrically_in_the_deviate_of_one_value(levels: tuple[Variation, ...]) -> None:
    assert list(LEVELS.values()) == [-EDGE, EDGE]
    shares = normal_probability(np.array(list(LEVELS.values())))
    assert [f"({share:.0%} percentile)".replace("%", "th") for share in shares] == [
        name.split(" ", 1)[1] for name in LEVELS
    ]
    by_factor = {each.factor: [] for each in levels if each.factor in ALONG}
    for each in levels:
        if each.factor in ALONG:
            by_factor[each.factor].append(each.deviates)
    assert {each.factor for each in levels if each.deviates} == {*by_factor, HALF_LIFE}
    for factor, found in by_factor.items():
        assert found == [{ALONG[factor]: -EDGE}, {ALONG[factor]: EDGE}]


def test_factors_of_the_kill_are_symmetric_on_the_log_scale(levels: tuple[Variation, ...]) -> None:
    logs = [np.log(factor) for each in levels if each.factor == KILL for factor in each.factors.values()]
    assert len(logs) == 4
    assert sum(logs) == pytest.approx(0.0, abs=1e-12)


def test_the_reference_changes_nothing(study: remit.Study, levels: tuple[Variation, ...]) -> None:
    values, extinction = values_under(study, levels[0])
    assert extinction == study.file.analysis.extinction
    assert changed_in(values, values_under(study, Variation(factor="x", level="x", note=""))[0]) == set()


def test_a_variation_changes_what_it_names_and_nothing_else(
    study: remit.Study, levels: tuple[Variation, ...], fitted: dict[str, np.ndarray]
) -> None:
    plain, rule = values_under(study, levels[0])
    for each in levels:
        values, extinction = values_under(study, each)
        changed = changed_in(plain, values)
        if each.member is not None or each.recalled_records is not None:
            assert changed <= fitted.keys(), each
        else:
            moved = {name for name, deviate in each.deviates.items() if deviate != 0}
            assert changed == moved | each.factors.keys(), each
        assert (extinction == rule) == (each.extinction is None), each


def test_low_and_high_levels_stand_on_either_side_of_the_typical_value(
    study: remit.Study, levels: tuple[Variation, ...]
) -> None:
    plain, _ = values_under(study, levels[0])
    for factor, name in ALONG.items():
        found = [values_under(study, each)[0][name] for each in levels if each.factor == factor]
        if found:
            assert found[0] < plain[name] < found[1], factor


def test_half_lives_scale_both_volumes_and_are_compared_as_doses(levels: tuple[Variation, ...]) -> None:
    found = {each.level: each for each in levels if each.factor == HALF_LIFE}
    assert found.keys() == HALF_LIFE_LEVELS.keys()
    for level, deviate in HALF_LIFE_LEVELS.items():
        assert found[level].deviates == dict.fromkeys(VOLUMES, deviate)
        assert found[level].as_doses
    assert sorted(HALF_LIFE_LEVELS.values()) == [-EDGE, 0.0, EDGE]
    assert not any(each.as_doses for each in levels if each.factor != HALF_LIFE)


def test_the_half_life_moves_and_the_clearance_does_not(
    study: remit.Study, levels: tuple[Variation, ...]
) -> None:
    found = [values_under(study, each)[0] for each in levels if each.factor == HALF_LIFE]
    short, middle, long = (sum(values[name] for name in VOLUMES) for values in found)
    assert short < middle < long
    assert len({values["bcl2i.CL"] for values in found}) == 1


def test_the_other_weights_of_recalled_records_take_their_own_posterior(
    study: remit.Study, levels: tuple[Variation, ...]
) -> None:
    analysis = study.file.analysis
    found = {each.recalled_records: each for each in levels if each.recalled_records is not None}
    assert found.keys() == {"full", "default", "absent"} - {analysis.recalled_records}
    for weight, each in found.items():
        values, _ = values_under(study, each)
        for name, column in members(analysis.calibration, weight).items():
            if name in values:
                assert values[name] == pytest.approx(float(np.median(column))), (weight, name)


def test_members_of_the_calibration_are_taken_whole_and_evenly(
    study: remit.Study, levels: tuple[Variation, ...], fitted: dict[str, np.ndarray]
) -> None:
    chosen = [each for each in levels if each.factor == DISEASE]
    size = len(next(iter(fitted.values())))
    numbers = [each.member for each in chosen]
    assert len(set(numbers)) == len(numbers) == min(N_MEMBERS, size)
    # From the first half and from the second half of the members alike.
    assert min(numbers) < size / 2 < max(numbers)
    for each in chosen:
        values, _ = values_under(study, each)
        drawn = {name: column[each.member] for name, column in fitted.items() if name in values}
        assert {name: values[name] for name in drawn} == drawn


def test_without_a_calibration_there_are_no_levels_of_it(study: remit.Study) -> None:
    analysis = study.file.analysis.model_copy(update={"calibration": "none"})
    plain = replace(study, file=study.file.model_copy(update={"analysis": analysis}))
    found = variations(plain)
    assert not [each for each in found if each.member is not None or each.recalled_records is not None]
    assert {each.note for each in found if "calibrated" in each.note} == set()


def test_without_an_investigational_arm_nothing_is_varied(study: remit.Study) -> None:
    plain = without_role(study, "investigational")
    assert varied_scenarios(plain) == ()
    assert variations(plain) == ()


def test_sources_of_the_interval_are_varied_under_every_scenario_of_the_arm(study: remit.Study) -> None:
    own = tuple(each for each in study.scenarios if each.arm == "mesutoclax")
    assert len({each.resistance for each in own}) > 1
    for factor in SOURCES:
        assert varied_scenarios(study, factor) == own


def test_other_factors_are_varied_under_the_first_form_of_resistance(
    study: remit.Study, levels: tuple[Variation, ...]
) -> None:
    others = {each.factor for each in levels}.difference(SOURCES)
    assert {"clearance", "extinction", "recalled records"} <= others
    for factor in others:
        found = varied_scenarios(study, factor)
        assert {(each.arm, each.resistance) for each in found} == {("mesutoclax", "ki_shift")}
        potencies = {each.potency_exposure for each in study.scenarios if each.arm == "mesutoclax"}
        assert {each.potency_exposure for each in found} == potencies


def test_no_member_of_the_calibration_is_taken_twice(
    study: remit.Study, levels: tuple[Variation, ...]
) -> None:
    analysis = study.file.analysis
    fitted = members(analysis.calibration, analysis.recalled_records)
    taken = [each.member for each in levels if each.factor == DISEASE]
    values = {tuple(float(column[place]) for column in fitted.values()) for place in taken}
    assert len(values) == len(taken) == N_MEMBERS

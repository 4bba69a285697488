"""How the sensitivity analysis moves values, judges courses, and tells an effect from none.

What SALib itself does is compared with functions whose indices are known in closed form; these tests are left
out where it is not installed.
"""

import dataclasses
import warnings

import numpy as np
import pytest
from benchmarks import page
from benchmarks.sensitivity.__main__ import PAGE
from benchmarks.sensitivity.effects import (
    N_LEVELS,
    UNCLEAR,
    UP,
    Effect,
    effects_of,
    floor,
    in_turns,
    is_told,
    problem_of,
)
from benchmarks.sensitivity.inputs import SETTINGS, WHO_ENTERS, entries_of, inputs_of, values_at
from benchmarks.sensitivity.outcomes import (
    MRD_FLOOR,
    OUTPUTS,
    SCANS,
    VISITS,
    YEAR,
    Seen,
    definition,
    observed_days,
    outcomes,
    samples,
)
from benchmarks.sensitivity.shares import shares_of
from benchmarks.sensitivity.tables import SECTIONS

from remit.library.entries import Spread
from remit.trial.laboratory import ANALYTES

NORMAL = {"size": 1.0, "mrd_blood": 0.5, "neutrophils": 4.0, "platelets": 200.0, "haemoglobin": 130.0}
CELLS_AND_PROTEIN = {"lymphocytes": 2.0, "paraprotein": 1.0}
CHEMISTRY = {"potassium": 4.0, "phosphate": 1.1, "calcium": 2.3, "urate": 0.3, "creatinine": 80.0}


@pytest.fixture(scope="module")
def entries():
    return entries_of(SETTINGS[0])


@pytest.fixture(scope="module")
def lysis():
    return definition()


def courses(n):
    """Patients in whom nothing happens."""
    days = np.array(observed_days())
    usual = {**NORMAL, **CELLS_AND_PROTEIN, **CHEMISTRY}
    assert set(ANALYTES.values()) <= set(usual)
    return Seen(days, {name: np.full((n, len(days)), value) for name, value in usual.items()})


def put(seen, name, patient, day, value):
    seen.columns[name][patient, np.searchsorted(seen.days, day)] = value


def outcome(seen, lysis):
    return dict(zip((each.name for each in OUTPUTS), outcomes(seen, lysis), strict=True))


def salib(package):
    """A part of SALib, or the test is left out; what it warns of on the way in is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(package)


def test_every_value_that_is_not_known_is_in_one_coordinate(entries):
    moved = [each.key for one in inputs_of(entries.values()) for each in one.members]
    assert sorted(moved) == sorted(name for name, each in entries.items() if each.uncertainty is not None)


def test_a_value_moves_between_its_5th_and_95th_percentile(entries):
    entry = dataclasses.replace(entries["apoptosis.BIM"], value=30.0, uncertainty=Spread("lognormal", sd=0.2))
    (one,) = inputs_of([entry])
    low, middle, high = (one.values(unit)["apoptosis.BIM"] for unit in (0.0, 0.5, 1.0))
    assert middle == pytest.approx(30.0)
    assert (low, high) == pytest.approx((30 * np.exp(-0.2 * 1.644854), 30 * np.exp(0.2 * 1.644854)))


def test_values_that_share_a_draw_move_together(entries):
    first = dataclasses.replace(entries["apoptosis.BIM"], uncertainty=Spread("lognormal", sd=0.2))
    shared = Spread("lognormal", sd=0.4, same_draw_as="apoptosis.BIM")
    second = dataclasses.replace(entries["apoptosis.MCL1"], uncertainty=shared)
    (one,) = inputs_of([second, first])
    assert one.name == "apoptosis.BIM"
    moved = values_at([one], np.array([1.0]))
    assert np.log(moved["apoptosis.MCL1"] / second.value) == pytest.approx(
        2 * np.log(moved["apoptosis.BIM"] / first.value)
    )


def test_values_of_which_no_output_depends_are_one_coordinate(entries):
    names = [each.name for each in inputs_of(entries.values())]
    assert names.count(WHO_ENTERS) == 1
    assert not any(name.startswith(("platelets.", "haemoglobin.")) for name in names)


def test_nothing_happens_to_patients_in_whom_nothing_changes(lysis):
    found = outcome(courses(3), lysis)
    assert found == pytest.approx(
        {"response": 0, "mrd_median": np.log10(0.5), "mrd_low": 0, "neutropenia": 0, "lysis": 0, "urate": 0.3}
    )


def test_response_is_half_the_size_at_any_scan_and_not_between_scans(lysis):
    seen = courses(4)
    put(seen, "size", 0, SCANS[2], 0.5)
    put(seen, "size", 1, SCANS[2], 0.51)
    put(seen, "size", 2, VISITS[0], 0.1)
    assert outcome(seen, lysis)["response"] == 0.25


def test_mrd_counts_at_one_year_and_not_below_its_floor(lysis):
    seen = courses(3)
    for patient, value in enumerate((0.0, 1e-12, 1e-3)):
        put(seen, "mrd_blood", patient, YEAR, value)
    found = outcome(seen, lysis)
    assert found["mrd_median"] == pytest.approx(np.log10(MRD_FLOOR))
    assert found["mrd_low"] == pytest.approx(2 / 3)


def test_neutropenia_counts_from_the_first_visit_after_the_first_dose(lysis):
    seen = courses(2)
    put(seen, "neutrophils", 0, 0.0, 0.5)
    put(seen, "neutrophils", 1, VISITS[20], 0.99)
    assert outcome(seen, lysis)["neutropenia"] == 0.5


def test_tumour_lysis_needs_two_new_abnormal_values_after_one_step(lysis):
    seen = courses(4)
    (early, late), (next_early, _), *_ = samples(lysis)
    put(seen, "urate", 0, early, 0.5)
    put(seen, "phosphate", 0, late, 1.6)
    put(seen, "urate", 1, early, 0.5)
    put(seen, "phosphate", 1, next_early, 1.6)
    put(seen, "urate", 2, early, 0.9)
    for day in (0.0, early):
        put(seen, "phosphate", 3, day, 1.6)
    put(seen, "urate", 3, early, 0.5)
    found = outcome(seen, lysis)
    assert found["lysis"] == 0.25
    assert found["urate"] == pytest.approx((0.5 + 0.5 + 0.9 + 0.5) / 4)


def test_who_could_not_be_solved_counts_until_then_for_lysis_alone(lysis):
    seen = courses(2)
    early, late = samples(lysis)[0]
    put(seen, "urate", 0, early, 0.5)
    put(seen, "phosphate", 0, early, 1.6)
    for values in seen.columns.values():
        values[0, np.searchsorted(seen.days, late) :] = np.nan
    put(seen, "size", 1, SCANS[0], 0.2)
    found = outcome(seen, lysis)
    assert (found["lysis"], found["response"]) == (0.5, 1.0)
    assert found["urate"] == pytest.approx(0.4)


def effect(**changed):
    return Effect(**{"name": "a", "mean_size": 5.0, "half": 1.0, "mean": 0.0, "sd": 5.0, "n": 12, **changed})


@pytest.mark.parametrize(
    ("found", "least", "told"),
    [
        (effect(mean=5.0, sd=1.0), 100.0, True),
        (effect(mean=-5.0, sd=1.0), 100.0, True),
        (effect(), 3.9, True),
        (effect(), 4.1, False),
        (effect(mean_size=0.0, half=0.0, sd=0.0), 0.0, False),
    ],
)
def test_an_effect_is_told_by_its_sign_or_above_the_floor(found, least, told):
    assert is_told(found, least) is told


def test_the_floor_is_one_patient_or_what_who_enters_does():
    share, smooth = OUTPUTS[0], OUTPUTS[1]
    assert floor(share, {}, 50) == 2.0
    assert floor(smooth, {}, 50) == 0.0
    assert floor(share, {WHO_ENTERS: effect()}, 50) == 5.0


def test_rankings_take_turns_and_repeat_nothing():
    assert in_turns([["a", "b", "c"], ["a", "d"], []], 4) == ["a", "d", "b", "c"]
    assert in_turns([["a"], ["b"]], 1) == ["a"]
    assert in_turns([], 3) == []


def test_the_document_has_a_place_for_every_section():
    text = PAGE.read_text(encoding="utf-8")
    for name in ("summary", *SECTIONS):
        begin, end = page.BEGIN.format(name), page.END.format(name)
        assert text.index(begin) < text.index(end)
    for each in SETTINGS:
        assert f"(sensitivity-{each.name}.svg)" in text


def problem(entries, n):
    return problem_of(inputs_of(entries.values())[:n])


def test_effects_of_a_plane_are_its_slopes(entries):
    design = salib("SALib.sample.morris")
    found = problem(entries, 3)
    points = design.sample(found, 6, num_levels=N_LEVELS, seed=1)
    effects = effects_of(found, points, points @ np.array([3.0, -2.0, 0.0]))
    first, second, third = (effects[name] for name in found["names"])
    assert (first.mean, second.mean, third.mean) == pytest.approx((3.0, -2.0, 0.0))
    assert (first.mean_size, second.mean_size) == pytest.approx((3.0, 2.0))
    assert (first.sign, third.sign) == (UP, UNCLEAR)
    assert first.n == 6


def test_shares_of_a_sum_are_those_of_its_parts(entries):
    design = salib("SALib.sample.sobol")
    found = problem(entries, 3)
    points = design.sample(found, 512, calc_second_order=False, seed=1)
    shares = shares_of(found, points @ np.array([2.0, 1.0, 0.0]))
    assert [each.first for each in shares.values()] == pytest.approx([0.8, 0.2, 0.0], abs=0.05)
    assert [each.total for each in shares.values()] == pytest.approx([0.8, 0.2, 0.0], abs=0.05)
    assert shares_of(found, np.ones(len(points))) == {}

"""Laws of the response rules, for readings drawn at random: 64 patients of 7 assessments a draw."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.trial.response import CRITERIA, iwwm_6, lugano_2014
from remit.trial.response.history import nadir, peak
from remit.trial.response.readings import Readings, nothing_measured

PATIENTS, ASSESSMENTS = 64, 7
every_criterion = pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15)


def drawn(seed):
    """Readings that grow, shrink, are missing, and lie on both sides of every threshold."""
    random = np.random.default_rng(seed)
    shape = (PATIENTS, ASSESSMENTS)

    def walk(low, high, drift, spread, size=shape):
        steps = random.normal(drift, spread, size)
        steps[:, 0] = np.log(random.uniform(low, high, (PATIENTS, *size[2:])))
        values = np.exp(np.cumsum(steps, axis=1))
        return np.where(random.random(size) < 0.04, np.nan, values)

    def chance(p):
        found = random.random(shape) < p
        found[:, 0] = False
        return found

    longest = walk(8, 40, -0.12, 0.12, (*shape, 6))
    longest = np.where(np.arange(6) < random.integers(0, 7, (PATIENTS, 1, 1)), longest, np.nan)
    on = random.random((PATIENTS, 1)) < 0.5
    clears = 0.6 ** np.arange(ASSESSMENTS)
    held = on & chance(0.15)
    return replace(
        nothing_measured(*shape),
        time=np.cumsum(np.where(np.arange(ASSESSMENTS) > 0, random.uniform(25, 90, shape), 0), axis=1),
        longest=longest,
        shortest=longest * random.uniform(0.5, 1, longest.shape),
        spleen=walk(100, 170, -0.02, 0.03),
        new_lesion=chance(0.01),
        nontarget_progression=chance(0.01),
        neutrophils=walk(0.3, 3, 0.1, 0.3),
        platelets=walk(20, 150, 0.15, 0.3),
        haemoglobin=walk(80, 130, 0.02, 0.1),
        lymphocytes=walk(2, 80, -0.4, 0.5),
        paraprotein=walk(10, 50, -0.3, 0.4),
        blasts=np.minimum(walk(0.2, 0.9, -0.6, 0.9), 0.95),
        involved=np.where(random.random(shape) < 0.6, np.nan, random.random(shape) < clears),
        supported=chance(0.1),
        on_btki=on & np.ones(shape, dtype=bool),
        btki_held=held,
        off_since=np.where(random.random(PATIENTS) < 0.5, random.uniform(0, 300, PATIENTS), np.nan),
    )  # fmt: skip


def assessed(r, change):
    """Readings with ``change`` applied to every array by assessment."""
    arrays = {each.name: getattr(r, each.name) for each in fields(Readings)}
    by_assessment = {name: array for name, array in arrays.items() if array is not None and array.ndim > 1}
    return replace(r, **{name: change(array) for name, array in by_assessment.items()})


def repeated(r, days):
    """Readings with one more assessment that is like the last, without anything seen to happen."""
    longer = assessed(r, lambda each: np.concatenate([each, each[:, -1:]], axis=1))
    longer.time[:, -1] += days
    longer.new_lesion[:, -1] = longer.nontarget_progression[:, -1] = False
    longer.involved[:, -1] = np.nan
    return longer


@every_criterion
@few
@given(seeds)
def test_the_draws_have_every_kind_of_response(criterion, seed):
    assert len(np.unique(criterion.responses(drawn(seed)))) >= 4


@every_criterion
@few
@given(seeds, st.permutations(range(6)))
def test_a_response_does_not_depend_on_the_order_of_lesions(criterion, seed, order):
    r = drawn(seed)
    other = replace(r, longest=r.longest[:, :, order], shortest=r.shortest[:, :, order])
    np.testing.assert_array_equal(criterion.responses(other), criterion.responses(r))


@every_criterion
@few
@given(seeds, st.integers(1, ASSESSMENTS - 1))
def test_later_assessments_never_change_earlier_responses(criterion, seed, known):
    r = drawn(seed)
    early = criterion.responses(assessed(r, lambda each: each[:, :known]))
    np.testing.assert_array_equal(early, criterion.responses(r)[:, :known])


@every_criterion
@few
@given(seeds, st.integers(1, ASSESSMENTS))
def test_an_assessment_that_was_not_done_changes_no_response(criterion, seed, place):
    r = drawn(seed)
    wide = assessed(r, lambda each: np.insert(each, place, np.nan if each.dtype == float else False, axis=1))
    found = criterion.responses(wide)
    assert (found[:, place] == 0).all()
    np.testing.assert_array_equal(np.delete(found, place, axis=1), criterion.responses(r))


@every_criterion
@few
@given(seeds, st.permutations(range(PATIENTS)))
def test_a_response_does_not_depend_on_other_patients(criterion, seed, order):
    r = drawn(seed)
    mixed = assessed(r, lambda each: each[order])
    mixed = replace(mixed, off_since=r.off_since[order])
    np.testing.assert_array_equal(criterion.responses(mixed), criterion.responses(r)[order])


@every_criterion
@few
@given(seeds)
def test_judging_is_the_response_of_that_assessment(criterion, seed):
    r = drawn(seed)
    ends = [criterion.CODES.index(code) for code in criterion.PROGRESSION]
    found = criterion.responses(r)
    for latest in range(1, ASSESSMENTS):
        known = assessed(r, lambda each, latest=latest: each[:, : latest + 1])
        judged = criterion.judge(known, np.full(PATIENTS, latest))
        np.testing.assert_array_equal(judged, np.isin(found[:, latest], ends))


@pytest.mark.parametrize("name", ["lugano_2014", "iwcll_2018", "iwwm_6"])
@few
@given(seeds, st.floats(1, 200))
def test_time_that_passes_without_change_is_never_a_worse_response(name, seed, days):
    """But for a rise of IgM that it confirms; no one is off treatment, so no cytopenia comes to count."""
    r = replace(drawn(seed), off_since=np.full(PATIENTS, np.nan))
    found = CRITERIA[name].responses(repeated(r, days))
    settled = found[:, -1] > 0
    if name == "iwwm_6":
        settled &= ~iwwm_6.is_raised(r)[:, -1]
    later, last = found[settled, -1], found[settled, -2]
    assert settled.any()
    assert (later >= last).all() if name == "iwcll_2018" else (later == last).all()


@few
@given(seeds, st.floats(0, 100))
def test_remission_that_lasts_keeps_its_name(seed, days):
    module = CRITERIA["eln_2022"]
    found = module.responses(repeated(drawn(seed), days))
    remission = found[:, -2] >= module.PR
    assert remission.any()
    np.testing.assert_array_equal(found[remission, -1], found[remission, -2])


def with_less_at_the_end(r, share):
    """Readings whose last assessment shows less disease."""
    less = {
        name: getattr(r, name).copy()
        for name in ("longest", "shortest", "blasts", "paraprotein", "lymphocytes")
    }
    for array in less.values():
        array[:, -1] *= share
    return replace(r, **less)


@every_criterion
@few
@given(seeds, st.floats(0.1, 1))
def test_less_disease_is_never_a_worse_response(criterion, seed, share):
    """Where it is evaluable: progression can show in what was measured while the rest was not."""
    r = drawn(seed)
    better, worse = criterion.responses(with_less_at_the_end(r, share))[:, -1], criterion.responses(r)[:, -1]
    evaluable = better > 0
    assert (better[evaluable] >= worse[evaluable]).all()


@every_criterion
def test_and_much_less_is_a_better_one_in_some(criterion):
    pairs = [
        (criterion.responses(with_less_at_the_end(drawn(seed), 0.1)), criterion.responses(drawn(seed)))
        for seed in range(5)
    ]
    assert sum((better[:, -1] > worse[:, -1]).sum() for better, worse in pairs) >= 10


@few
@given(seeds)
def test_a_nadir_never_rises_and_a_peak_never_falls(seed):
    for values in (drawn(seed).spleen, drawn(seed).longest):
        for steps, sign in ((np.diff(nadir(values), axis=1), 1), (np.diff(peak(values), axis=1), -1)):
            assert (sign * steps[~np.isnan(steps)] <= 0).all()


@few
@given(seeds, st.integers(-3, 3))
def test_shrinkage_is_relative_to_baseline(seed, power):
    """A power of 2, so that products are exact."""
    r = replace(drawn(seed), spleen=np.full((PATIENTS, ASSESSMENTS), np.nan))
    scaled = replace(r, longest=r.longest * 2.0**power, shortest=r.shortest * 2.0**power)
    np.testing.assert_array_equal(lugano_2014.is_partial(scaled), lugano_2014.is_partial(r))


@few
@given(seeds, st.integers(1, 4))
def test_reduction_of_igm_is_relative_to_baseline(seed, power):
    r = drawn(seed)
    above = replace(r, paraprotein=np.maximum(r.paraprotein, 3.0))
    scaled = replace(above, paraprotein=above.paraprotein * 2.0**power)
    both = ~iwwm_6.progression(above) & ~iwwm_6.progression(scaled)
    first = np.logical_and.accumulate(both, axis=1)
    found, other = iwwm_6.responses(above), iwwm_6.responses(scaled)
    np.testing.assert_array_equal(found[first], other[first])

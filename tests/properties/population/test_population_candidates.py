"""Laws of candidates, for any seed, draw and index."""

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remit import model
from remit.population.plausibility import moments, plausible, violations
from remit.population.sample import DRAW_SPAN, Candidates, sample_candidates, select, untreated_state

seeds = st.integers(0, 2**40)
draws = st.integers(0, 9_999)
groups = st.lists(st.integers(0, DRAW_SPAN - 1), min_size=1, max_size=8, unique=True)
STATES = list(model.STATES)
few = settings(max_examples=12)


def arrays(candidates: Candidates) -> dict[str, np.ndarray]:
    """Every array of candidates by name, the patients along the first axis."""
    found = {field.name: getattr(candidates, field.name) for field in fields(Candidates)}
    known = found.pop("covariates")
    return {**found, "shares": found["shares"].T, **known}


@few
@given(seeds, draws, groups)
def test_a_candidate_alone_is_the_one_drawn_among_others(treated, seed, draw, group):
    every = arrays(sample_candidates(seed, draw, np.array(group), treated))
    for place, index in enumerate(group):
        alone = arrays(sample_candidates(seed, draw, np.array([index]), treated))
        for name, column in alone.items():
            assert column.tobytes() == every[name][[place]].tobytes(), name


@few
@given(seeds, draws, groups)
def test_selected_candidates_are_those_of_the_group(treated, seed, draw, group):
    every = sample_candidates(seed, draw, np.array(group), treated)
    kept = np.arange(len(group)) % 2 == 0
    some = arrays(select(every, kept))
    others = arrays(sample_candidates(seed, draw, np.array(group)[kept], treated))
    for name, column in others.items():
        assert column.tobytes() == some[name].tobytes(), name


@few
@given(seeds, draws, draws, st.integers(0, 1000))
def test_draws_do_not_share_a_patient(treated, seed, one, other, index):
    first, second = (sample_candidates(seed, draw, np.array([index]), treated) for draw in (one, other))
    assert (first.counter == second.counter).all() == (one == other)
    assert (first.protected == second.protected).all() == (one == other)


@few
@given(seeds, draws, groups)
def test_covariates_lie_in_their_ranges(treated, seed, draw, group):
    found = sample_candidates(seed, draw, np.array(group), treated)
    known = {name: np.asarray(column) for name, column in found.covariates.items()}
    assert (known["AGE"] >= 18).all()
    for name in ("WEIGHT", "BCL2EXP", "CRCL"):
        assert (known[name] > 0).all(), name
    assert ((known["KI67"] > 0) & (known["KI67"] < 1)).all()
    fewest = round(treated["covariates.fewest_lines"])
    assert ((known["PRIORLN"] >= fewest) & (known["PRIORLN"] <= fewest + 4)).all()
    assert np.isin(known["SEX"], ["F", "M"]).all()
    np.testing.assert_array_equal(known["COUNTRY"] == "China", known["REGION"] == "china")


@few
@given(seeds, draws, groups)
def test_parameters_lie_in_the_ranges_that_the_model_declares(treated, seed, draw, group):
    found = sample_candidates(seed, draw, np.array(group), treated)
    assert np.isfinite(found.parameters).all()
    for name, declared in model.PARAMETERS.items():
        column = found.column(name)
        low, high = (edge if edge is None else float(edge) for edge in (declared.low, declared.high))
        assert low is None or (column >= low).all(), name
        assert high is None or (column <= high).all(), name


@few
@given(seeds, draws, groups)
def test_clones_share_the_whole_burden(treated, seed, draw, group):
    found = sample_candidates(seed, draw, np.array(group), treated)
    assert (found.shares > 0).all()
    np.testing.assert_allclose(found.shares.sum(axis=0), 1.0, rtol=1e-12)
    state = untreated_state(found)
    nodes = state[:, [STATES.index(f"protected_{clone}") for clone in "SVBD"]]
    np.testing.assert_allclose(nodes.sum(axis=1), found.protected, rtol=1e-12)
    np.testing.assert_allclose(nodes, found.protected[:, None] * found.shares.T, rtol=1e-12)
    assert (state >= 0).all()


@few
@given(seeds, draws, groups)
def test_the_share_that_resists_both_is_larger_in_refractory_patients(treated, seed, draw, group):
    never, always = (
        replace(treated, typical={**treated.typical, "refractory.probability": share}) for share in (0.0, 1.0)
    )
    plain, refractory = (sample_candidates(seed, draw, np.array(group), spec) for spec in (never, always))
    assert not plain.refractory.any()
    assert refractory.refractory.all()
    assert (refractory.shares[3] > plain.shares[3]).all()
    for name in ("parameters", "protected", "thresholds"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(refractory, name))


@few
@given(seeds, draws, groups)
def test_a_candidate_is_plausible_or_violates_a_limit(treated, seed, draw, group):
    found = sample_candidates(seed, draw, np.array(group), treated)
    broken = np.sum(list(violations(found, treated).values()), axis=0)
    np.testing.assert_array_equal(plausible(found, treated), broken == 0)


@few
@given(seeds, draws, groups, st.integers(1, 7))
def test_moments_of_parts_are_those_of_the_whole(treated, seed, draw, group, cut):
    found = sample_candidates(seed, draw, np.array(group), treated)
    first = np.arange(len(group)) < cut
    parts, whole = moments(found, first) + moments(found, ~first), moments(found, np.ones_like(first))
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(parts.sd, whole.sd, rtol=1e-6, atol=1e-6 * np.abs(whole.mean).max())


@few
@given(seeds, draws, groups)
def test_extinction_at_one_cell_changes_the_thresholds_alone(treated, seed, draw, group):
    chance = arrays(sample_candidates(seed, draw, np.array(group), treated))
    cut = arrays(sample_candidates(seed, draw, np.array(group), replace(treated, one_cell_extinction=True)))
    assert (cut.pop("thresholds") == 1).all()
    assert (chance.pop("thresholds") > 0).all()
    for name, column in cut.items():
        np.testing.assert_array_equal(column, chance[name])

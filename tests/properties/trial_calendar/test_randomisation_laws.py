"""Laws of randomisation: later patients, other strata and other replicates change nobody's arm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.trial.randomisation import RANDOMISATIONS, minimisation, simple, stratified_blocks
from remit.trial.randomisation.balance import counts_by_arm
from remit.trial.randomisation.factors import factors_of

R, N = 3, 30
LEVELS = {"SITE": ["a", "b", "c"], "TP53": ["no", "yes"]}
seeds = st.integers(0, 2**31)
ratios = st.lists(st.integers(1, 3), min_size=2, max_size=4).map(tuple)
every_scheme = pytest.mark.parametrize("scheme", RANDOMISATIONS.values(), ids=RANDOMISATIONS)


def columns(seed, replicates=R, n=N):
    """Levels of patients, all of them in use."""
    random = np.random.default_rng(seed)
    found = {
        name: np.array(levels)[random.integers(len(levels), size=(replicates, n))]
        for name, levels in LEVELS.items()
    }
    found["SITE"][:, :3], found["TP53"][:, :2] = ["a", "b", "c"], ["no", "yes"]
    return found


def params(scheme, ratio):
    whole = sum(ratio)
    return {
        "simple": simple.Params(ratio),
        "stratified_blocks": stratified_blocks.Params(ratio, (whole, 2 * whole)),
        "minimisation": minimisation.Params(ratio, 0.9),
    }[scheme.NAME]


@every_scheme
@given(seeds, ratios, st.integers(3, N))
def test_patients_enrolled_later_change_nothing(scheme, seed, ratio, n):
    now = columns(seed)
    earlier = {name: each[:, :n] for name, each in now.items()}
    one = scheme.allocate(seed, factors_of(earlier, LEVELS), params(scheme, ratio))
    all_of_them = scheme.allocate(seed, factors_of(now, LEVELS), params(scheme, ratio))
    np.testing.assert_array_equal(one, all_of_them[:, :n])


@every_scheme
@given(seeds, ratios)
def test_other_replicates_change_nothing(scheme, seed, ratio):
    now = columns(seed)
    few = {name: each[:2] for name, each in now.items()}
    one = scheme.allocate(seed, factors_of(few, LEVELS), params(scheme, ratio))
    np.testing.assert_array_equal(
        one, scheme.allocate(seed, factors_of(now, LEVELS), params(scheme, ratio))[:2]
    )


@every_scheme
@given(seeds, ratios)
def test_empty_places_at_the_end_change_nothing(scheme, seed, ratio):
    now = columns(seed)
    padded = {name: np.pad(each, ((0, 0), (0, 4)), constant_values="") for name, each in now.items()}
    one = scheme.allocate(seed, factors_of(now, LEVELS), params(scheme, ratio))
    other = scheme.allocate(seed, factors_of(padded, LEVELS), params(scheme, ratio))
    np.testing.assert_array_equal(one, other[:, :N])
    assert (other[:, N:] == -1).all()


@given(seeds, ratios, st.integers(0, 3))
def test_with_blocks_a_level_added_anywhere_changes_no_other_stratum(seed, ratio, where):
    now = columns(seed)
    one = stratified_blocks.allocate(seed, factors_of(now, LEVELS), params(stratified_blocks, ratio))
    newcomer = np.full((R, 1), "new")
    wider = {
        "SITE": np.hstack([newcomer, now["SITE"]]),
        "TP53": np.hstack([np.full((R, 1), "no"), now["TP53"]]),
    }
    declared = LEVELS | {"SITE": [*LEVELS["SITE"][:where], "new", *LEVELS["SITE"][where:]]}
    other = stratified_blocks.allocate(seed, factors_of(wider, declared), params(stratified_blocks, ratio))
    np.testing.assert_array_equal(one, other[:, 1:])


@given(seeds, ratios)
def test_with_blocks_only_the_order_within_a_stratum_counts(seed, ratio):
    now = columns(seed)
    stratum = np.char.add(now["SITE"], now["TP53"])
    order = np.argsort(stratum, axis=1, kind="stable")
    sorted_columns = {name: np.take_along_axis(each, order, axis=1) for name, each in now.items()}
    one = stratified_blocks.allocate(seed, factors_of(now, LEVELS), params(stratified_blocks, ratio))
    other = stratified_blocks.allocate(
        seed, factors_of(sorted_columns, LEVELS), params(stratified_blocks, ratio)
    )
    np.testing.assert_array_equal(np.take_along_axis(one, order, axis=1), other)


@given(seeds, ratios, st.integers(1, 4))
def test_a_list_is_never_further_from_the_ratio_than_half_a_block_allows(seed, ratio, times):
    whole = sum(ratio)
    listed = stratified_blocks.allocation_list(
        seed, "s", stratified_blocks.Params(ratio, (times * whole,)), np.arange(4), 6 * times * whole
    )
    for n in range(0, listed.shape[1] + 1, times * whole):
        count = counts_by_arm(listed[:, :n], len(ratio))
        np.testing.assert_array_equal(count, np.broadcast_to(np.array(ratio) * (n // whole), count.shape))


@given(seeds, ratios)
def test_scaling_a_ratio_does_not_change_minimisation_without_a_coin(seed, ratio):
    factors = factors_of(columns(seed), LEVELS)
    one, other = (
        minimisation.allocate(seed, factors, minimisation.Params(each, 1.0))
        for each in (ratio, tuple(3 * k for k in ratio))
    )
    np.testing.assert_array_equal(one, other)

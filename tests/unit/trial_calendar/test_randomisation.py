"""Randomisation: blocks that are balanced by construction, minimisation step by step, factors refused.

Standing: ``preferred`` is a second programming of the rule of Pocock and Simon (1975), patient by patient in
exact fractions; it must agree without exception.
"""

from fractions import Fraction

import numpy as np
import pytest

from remit.errors import InputError
from remit.trial.randomisation import RANDOMISATIONS, minimisation, simple, stratified_blocks
from remit.trial.randomisation.balance import counts_by_arm, counts_by_level, largest_imbalance
from remit.trial.randomisation.factors import Factors, factor_findings, factors_of, without_factors

R, N = 12, 60


def patients(seed=1, n=N):
    random = np.random.default_rng(seed)
    columns = {
        "TP53": np.array(["wild type", "altered"])[(random.random((R, n)) < 0.3).astype(int)],
        "REGION": np.array(["china", "europe", "usa"])[random.integers(3, size=(R, n))],
    }
    return factors_of(columns, {"TP53": ["wild type", "altered"], "REGION": ["china", "europe", "usa"]})


FACTORS = patients()
PARAMS = {
    "simple": simple.Params((2, 1)),
    "stratified_blocks": stratified_blocks.Params((2, 1), (3, 6)),
    "minimisation": minimisation.Params((2, 1), 0.8),
}
every_scheme = pytest.mark.parametrize("scheme", RANDOMISATIONS.values(), ids=RANDOMISATIONS)


@every_scheme
def test_every_patient_has_an_arm_and_nobody_else(scheme):
    codes = FACTORS.codes.copy()
    codes[2, 50:] = -1
    found = scheme.allocate(1, Factors(codes, FACTORS.names, FACTORS.levels), PARAMS[scheme.NAME])
    assert found.shape == (R, N)
    assert set(np.unique(found)) == {-1, 0, 1}
    np.testing.assert_array_equal(found == -1, (codes < 0).any(axis=2))


@every_scheme
def test_another_seed_gives_another_allocation(scheme):
    one, other = (scheme.allocate(seed, FACTORS, PARAMS[scheme.NAME]) for seed in (1, 2))
    assert (one != other).any()


@every_scheme
@pytest.mark.parametrize("ratio", [(1,), (), (1, 0), (2, -1)])
def test_a_ratio_that_is_none_is_refused(scheme, ratio):
    params = {
        "simple": simple.Params(ratio),
        "stratified_blocks": stratified_blocks.Params(ratio, (4,)),
        "minimisation": minimisation.Params(ratio, 0.8),
    }
    with pytest.raises(InputError, match=r"randomisation\.ratio"):
        scheme.allocate(1, FACTORS, params[scheme.NAME])


@pytest.mark.parametrize("ratio", [(1, 1), (2, 1), (1, 2, 3)])
def test_each_complete_block_is_balanced(ratio):
    size = 2 * sum(ratio)
    params = stratified_blocks.Params(ratio, (size,))
    listed = stratified_blocks.allocation_list(1, "all", params, np.arange(50), 5 * size)
    blocks = listed.reshape(50, 5, size)
    for arm, patients_of_arm in enumerate(ratio):
        assert ((blocks == arm).sum(axis=2) == 2 * patients_of_arm).all()


def test_blocks_of_varying_size_end_balanced():
    params = stratified_blocks.Params((1, 1), (2, 4, 6))
    listed = stratified_blocks.allocation_list(1, "all", params, np.arange(200), 60)
    difference = np.cumsum(np.where(listed == 0, 1, -1), axis=1)
    assert np.abs(difference).max() == 3
    lengths = np.diff(np.flatnonzero(difference[0] == 0))
    assert (lengths <= 6).all()
    # Not all replicates are balanced after the same patients, or sizes would not vary.
    assert 0 < ((difference[:, 3] == 0).mean()) < 1


def test_strata_are_balanced_within_a_block():
    params = stratified_blocks.Params((1, 1), (4,))
    arm = stratified_blocks.allocate(1, FACTORS, params)
    stratum = FACTORS.codes[:, :, 0] * 3 + FACTORS.codes[:, :, 1]
    for each in range(6):
        count = counts_by_arm(np.where(stratum == each, arm, -1), 2)
        assert np.abs(count[:, 0] - count[:, 1]).max() <= 2


@pytest.mark.parametrize("sizes", [(), (3,), (4, 5), (0,)])
def test_blocks_that_do_not_fit_the_ratio_are_refused(sizes):
    with pytest.raises(InputError, match="block_sizes"):
        stratified_blocks.allocate(1, FACTORS, stratified_blocks.Params((1, 1), sizes))


def preferred(codes, arms, ratio, measure, weights):
    """Arms that leave least imbalance for the last of the patients ``codes``, given the arms before."""
    total = []
    for arm in range(len(ratio)):
        whole = Fraction(0)
        for factor, weight in enumerate(weights):
            same = [a for c, a in zip(codes[:-1], arms, strict=True) if c[factor] == codes[-1][factor]]
            counts = [Fraction(same.count(k) + (k == arm), ratio[k]) for k in range(len(ratio))]
            mean = sum(counts) / len(counts)
            spread = max(counts) - min(counts)
            whole += weight * (spread if measure == "range" else sum((c - mean) ** 2 for c in counts))
        total.append(whole)
    return {arm for arm, each in enumerate(total) if each == min(total)}


@pytest.mark.parametrize("measure", ["range", "variance"])
@pytest.mark.parametrize("ratio", [(1, 1), (3, 2), (1, 1, 2)])
def test_without_a_coin_the_arm_of_least_imbalance_is_always_taken(measure, ratio):
    weights = (2.0, 1.0)
    params = minimisation.Params(ratio, 1.0, measure, weights)
    arm = minimisation.allocate(3, FACTORS, params)
    for replicate in range(3):
        codes = FACTORS.codes[replicate].tolist()
        for place in range(N):
            best = preferred(codes[: place + 1], arm[replicate, :place].tolist(), ratio, measure, weights)
            assert arm[replicate, place] in best


def test_minimisation_can_balance_the_trial_as_a_whole():
    arm = minimisation.allocate(
        3, FACTORS, minimisation.Params((1, 1), 1.0, weights=(0, 0), overall_weight=1)
    )
    assert np.abs(np.cumsum(np.where(arm == 0, 1, -1), axis=1)).max() == 1


@pytest.mark.parametrize(
    "params",
    [
        minimisation.Params((2, 1), 0.3),
        minimisation.Params((2, 1), 1.1),
        minimisation.Params((2, 1), 0.8, weights=(1.0,)),
        minimisation.Params((2, 1), 0.8, weights=(1.0, -1.0)),
        minimisation.Params((2, 1), 0.8, overall_weight=-1.0),
    ],
)
def test_a_coin_or_weights_that_are_none_are_refused(params):
    with pytest.raises(InputError, match=r"probability|weights"):
        minimisation.allocate(1, FACTORS, params)


COLUMNS = {"SEX": np.array([["F", "M", ""]]), "ECOG": np.array([["0", "1", ""]])}


@pytest.mark.parametrize(
    ("declared", "needed"),
    [
        ({"SEX": ["F", "M", "X"]}, "levels that some patient has"),
        ({"TP53": ["Y", "N"]}, "one of: SEX, ECOG"),
        ({"SEX": ["F"]}, "declared levels only"),
        ({"SEX": ["F", "M", "M"]}, "different levels, none of them empty"),
        ({}, "at least one"),
    ],
)
def test_a_stratum_that_the_patients_do_not_have_is_refused(declared, needed):
    assert needed in [each.needed for each in factor_findings(COLUMNS, declared)]
    with pytest.raises(InputError):
        factors_of(COLUMNS, declared)


def test_a_patient_without_a_level_is_refused():
    columns = COLUMNS | {"ECOG": np.array([["0", "", ""]])}
    wanted = "a level of each factor for each patient"
    assert wanted in [each.needed for each in factor_findings(columns, {"SEX": ["F", "M"], "ECOG": ["0"]})]
    columns = COLUMNS | {"ECOG": np.array([["0", "1"]])}
    findings = factor_findings(columns, {"SEX": ["F", "M"], "ECOG": ["0", "1"]})
    assert [each.needed for each in findings] == ["one shape for all factors"]


def test_balance_counts_patients_by_level():
    factors = factors_of(COLUMNS, {"SEX": ["F", "M"]})
    arm = np.array([[0, 1, -1]])
    counts = counts_by_level(arm, factors, 2)
    assert {key: each.tolist() for key, each in counts.items()} == {
        ("SEX", "F"): [[1, 0]], ("SEX", "M"): [[0, 1]]
    }  # fmt: skip
    assert largest_imbalance(arm, factors, (1, 1)).tolist() == [0.5]
    assert largest_imbalance(arm, without_factors(arm >= 0), (1, 1)).tolist() == [0.0]

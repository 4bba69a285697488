"""Shares and balance of randomisation.

Standing: closed form for blocks and for the biased coin. Seeds are fixed; a share over independent replicates
may differ by four of its standard errors.
"""

import numpy as np
import pytest

from remit.trial.randomisation import minimisation, simple, stratified_blocks
from remit.trial.randomisation.balance import counts_by_arm, largest_imbalance
from remit.trial.randomisation.factors import factors_of, without_factors

pytestmark = pytest.mark.statistical
R = 4000


def assert_share(values, share):
    """A share of independent replicates, binomial."""
    assert abs(values.mean() - share) < 4 * np.sqrt(share * (1 - share) / values.size)


def patients(replicates, n, seed=1):
    random = np.random.default_rng(seed)
    chances = {
        "TP53": (0.75, 0.25),
        "LINES": (0.4, 0.4, 0.2),
        "REGION": (0.5, 0.3, 0.2),
        "BLASTOID": (0.8, 0.2),
    }
    levels = {name: [f"{name}{k}" for k in range(len(chance))] for name, chance in chances.items()}
    columns = {
        name: np.array(levels[name])[random.choice(len(chance), size=(replicates, n), p=chance)]
        for name, chance in chances.items()
    }
    return factors_of(columns, levels)


@pytest.mark.parametrize("ratio", [(1, 1), (2, 1), (1, 2, 3)])
def test_in_blocks_each_place_goes_to_each_arm_in_its_share(ratio):
    whole = sum(ratio)
    params = stratified_blocks.Params(ratio, (whole, 2 * whole))
    arm = stratified_blocks.allocate(1, without_factors(np.ones((R, 3 * whole), dtype=bool)), params)
    for each, share in enumerate(ratio):
        for place in range(3 * whole):
            assert_share(arm[:, place] == each, share / whole)


def test_all_orders_of_a_block_are_equally_likely():
    params = stratified_blocks.Params((2, 2), (4,))
    listed = stratified_blocks.allocation_list(2, "s", params, np.arange(R), 8)[:, 4:]
    word = listed @ (2 ** np.arange(4))
    assert np.unique(word).size == 6
    for each in np.unique(word):
        assert_share(word == each, 1 / 6)


def test_sizes_of_blocks_are_equally_likely_and_lists_of_strata_independent():
    params = stratified_blocks.Params((1, 1), (2, 4))
    one, other = (stratified_blocks.allocation_list(3, each, params, np.arange(R), 4) for each in "ab")
    # Sizes 2 then 2 or 4: the first two are balanced always; a block of 4 is so in two orders of three.
    balanced = one[:, :2].sum(axis=1) == 1
    assert_share(balanced, 0.5 + 0.5 * 2 / 3)
    assert_share(one[:, 0] == other[:, 0], 0.5)


@pytest.mark.parametrize("ratio", [(1, 1), (2, 1), (3, 2, 1)])
def test_simple_randomisation_has_binomial_numbers(ratio):
    arm = simple.allocate(4, without_factors(np.ones((R, 20), dtype=bool)), simple.Params(ratio))
    for each, part in enumerate(ratio):
        assert_share((arm == each).ravel(), part / sum(ratio))


@pytest.mark.parametrize("measure", ["range", "variance"])
@pytest.mark.parametrize("ratio", [(1, 1), (2, 1), (1, 1, 2), (3, 2, 1)])
def test_minimisation_keeps_the_ratio_in_the_long_run(ratio, measure):
    # The first patients of an unequal ratio need not; of the second hundred the share is that of the ratio.
    arm = minimisation.allocate(5, patients(600, 200), minimisation.Params(ratio, 0.8, measure))[:, 100:]
    for each, part in enumerate(ratio):
        share = (arm == each).mean(axis=1)
        assert abs(share.mean() - part / sum(ratio)) < 4 * share.std(ddof=1) / np.sqrt(share.size)


def test_the_biased_coin_has_the_declared_probability():
    # The second of two like patients; the other arm is preferred. With 2:1 it is taken with 0.8 where it is
    # the smaller one, else with 1 - 0.2 (1 - 2/3) / (1 - 1/3) = 0.9 (Han, Enas and McEntegart 2009).
    two = without_factors(np.ones((5 * R, 2), dtype=bool))
    arm = minimisation.allocate(6, two, minimisation.Params((1, 1), 0.8))
    assert_share(arm[:, 0] == 0, 0.5)
    assert_share(arm[:, 1] != arm[:, 0], 0.8)
    arm = minimisation.allocate(7, two, minimisation.Params((2, 1), 0.8))
    first = arm[:, 0]
    assert_share(arm[first == 0, 1] == 1, 0.8)
    assert_share(arm[first == 1, 1] == 0, 0.9)


def test_minimisation_balances_many_factors_better_than_blocks_and_blocks_better_than_chance():
    factors, replicates = patients(500, 80), 500
    schemes = {
        "minimisation": minimisation.allocate(8, factors, minimisation.Params((1, 1), 0.8)),
        "blocks": stratified_blocks.allocate(8, factors, stratified_blocks.Params((1, 1), (4,))),
        "simple": simple.allocate(8, factors, simple.Params((1, 1))),
    }
    imbalance = {name: largest_imbalance(arm, factors, (1, 1)) for name, arm in schemes.items()}
    for better, worse in (("minimisation", "blocks"), ("blocks", "simple")):
        gain = imbalance[worse] - imbalance[better]
        assert gain.mean() > 4 * gain.std(ddof=1) / np.sqrt(replicates)
    # Without a coin balance is better still.
    strict = minimisation.allocate(8, factors, minimisation.Params((1, 1), 1.0))
    gain = imbalance["minimisation"] - largest_imbalance(strict, factors, (1, 1))
    assert gain.mean() > 4 * gain.std(ddof=1) / np.sqrt(replicates)


def test_simple_randomisation_is_as_unbalanced_as_the_binomial():
    arm = simple.allocate(9, without_factors(np.ones((R, 100), dtype=bool)), simple.Params((1, 1)))
    difference = np.subtract(*counts_by_arm(arm, 2).T).astype(float)
    deviation = difference**2
    assert abs(deviation.mean() - 100) < 4 * deviation.std(ddof=1) / np.sqrt(R)

"""MaxCombo, and the largest of correlated normal variables against integrals that are made another way.

Standing: double programmed. FH(0, 0) is the sum of FH(0, 1) and FH(1, 0) in every stratum, so that of the
usual four statistics three are independent. Their largest is found here on a fine grid of all directions but
the last, in which what lies between bounds that are linear has a closed form.
"""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from remit.errors import InputError
from remit.stats.survival.largest_normal import bound_of, probability_beyond
from remit.stats.survival.log_rank import log_rank, sums_of
from remit.stats.survival.log_rank_rows import Replicates, log_rank_rows
from remit.stats.survival.log_rank_weights import LOG_RANK, fleming_harrington, modestly_weighted
from remit.stats.survival.max_combo import COMBINATION, max_combo, max_combo_rows


def data(seed, n=80, ratio=0.6):
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, n)
    time = rng.exponential(10 / np.where(arm == 1, ratio, 1))
    censored = rng.uniform(3, 25, n)
    return np.minimum(time, censored), time < censored, arm, rng.integers(0, 2, n)


def inside(normals, bound, n):
    """Probability that all statistics are at most a bound: trapezia, n points a direction, but for the last.

    In the last direction what is between bounds is a difference of two normal probabilities.
    """
    y = np.linspace(-9, 9, n)
    grid = np.meshgrid(*[y] * (normals.shape[1] - 1), indexing="ij")
    low, high = np.full(grid[0].shape, -np.inf), np.full(grid[0].shape, np.inf)
    for *others, last in normals:
        left = bound - sum(each * at for each, at in zip(others, grid, strict=True))
        if last > 0:
            high = np.minimum(high, left / last)
        else:
            low = np.maximum(low, left / last)
    density = np.prod([norm.pdf(each) for each in grid], axis=0)
    return (np.maximum(ndtr(high) - ndtr(low), 0) * density).sum() * (y[1] - y[0]) ** len(grid)


def factored(correlation):
    values, vectors = np.linalg.eigh(correlation)
    kept = values > 1e-10
    return vectors[:, kept] * np.sqrt(values[kept])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("two_sided", [False, True])
def test_three_of_which_one_is_a_combination(seed, two_sided):
    sums = sums_of(*data(seed), COMBINATION[:3])
    correlation = sums.correlation[0, 0]
    normals = factored(correlation)
    assert normals.shape == (3, 2)
    faces = np.concatenate([normals, -normals]) if two_sided else normals
    for bound in (0.3, 1.7, 2.4):
        ours = probability_beyond(np.array([bound]), correlation[None], two_sided)[0]
        assert ours == pytest.approx(1 - inside(faces, bound, 400_001), abs=1e-9)


def test_the_usual_four_of_which_three_are_independent():
    correlation = sums_of(*data(4), COMBINATION).correlation[0, 0]
    normals = factored(correlation)
    assert normals.shape == (4, 3)
    for two_sided in (False, True):
        faces = np.concatenate([normals, -normals]) if two_sided else normals
        ours = probability_beyond(np.array([2.0]), correlation[None], two_sided)[0]
        # The kinks of the integrand leave the trapezia with about 1e-7.
        assert ours == pytest.approx(1 - inside(faces, 2.0, 1201), abs=5e-7)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("bound", [-1.0, 0.0, 0.7, 2.2, 6.0])
def test_independent_statistics(m, bound):
    one, two = (
        probability_beyond(np.array([bound]), np.eye(m)[None], two_sided)[0] for two_sided in (False, True)
    )
    assert one == pytest.approx(1 - ndtr(bound) ** m, abs=1e-10)
    both = max(ndtr(bound) - ndtr(-bound), 0.0) ** m
    assert two == pytest.approx(1 - both, abs=1e-10)


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.5, 0.999])
def test_two_statistics_at_zero_have_the_arcsine_probability(r):
    """Sheppard (1899): both are below zero with 1/4 + arcsin(r) / (2 pi)."""
    found = probability_beyond(np.zeros(1), np.array([[[1, r], [r, 1]]]))[0]
    assert found == pytest.approx(3 / 4 - np.arcsin(r) / (2 * np.pi), abs=1e-12)


def test_equal_statistics_are_one():
    found = probability_beyond(np.array([1.96]), np.ones((1, 3, 3)))[0]
    assert found == pytest.approx(norm.sf(1.96), abs=1e-12)


def test_the_bound_holds_its_error():
    correlation = sums_of(*data(5), COMBINATION).correlation[0, 0]
    bound = bound_of(correlation, 0.025)
    assert probability_beyond(np.array([bound]), correlation[None])[0] == pytest.approx(0.025, abs=1e-9)
    assert norm.isf(0.025) < bound < norm.isf(0.025 / 4)


def test_one_weight_is_its_own_test():
    time, event, arm, stratum = data(6)
    found = max_combo(time, event, arm, stratum, (LOG_RANK,))
    alone = log_rank(time, event, arm, stratum)
    assert found.comparison.z == alone.z
    assert found.comparison.p_value == pytest.approx(float(alone.p_value), abs=1e-10)
    assert found.p_value_absolute == pytest.approx(float(alone.two_sided), abs=1e-10)


def test_the_p_value_is_between_that_of_the_best_test_and_bonferronis():
    for seed in range(8):
        found = max_combo(*data(seed))
        best = norm.sf(found.comparison.z)
        assert best <= found.comparison.p_value + 1e-12
        assert found.comparison.p_value <= min(4 * best, 1) + 1e-12
        assert found.z[int(found.best)] == found.comparison.z
        assert found.z_of_p == pytest.approx(norm.isf(found.comparison.p_value))


def test_a_weight_under_which_nothing_is_compared_is_left_out():
    # One event time: FH(0, 1) and FH(1, 1) have no weight there.
    found = max_combo([1, 1, 2, 2], [1, 0, 0, 0], [0, 1, 0, 1])
    assert np.isnan(found.z).tolist() == [False, True, False, True]
    assert found.comparison.p_value == pytest.approx(norm.sf(found.comparison.z), abs=1e-10)


def test_no_events_are_nan():
    found = max_combo([1.0, 2.0], [0, 0], [0, 1])
    assert np.isnan([found.comparison.z, found.comparison.p_value, found.p_value_absolute, found.best]).all()


def test_rows_are_the_single_tests():
    rng = np.random.default_rng(7)
    time, event, arm = rng.exponential(5, (6, 40)), rng.random((6, 40)) < 0.7, rng.integers(0, 2, (6, 40))
    rows = Replicates(entry=np.zeros((1, 1)), time=time, event=event, arm=arm)
    found = max_combo_rows(log_rank_rows(rows, weights=COMBINATION), two_sided=False)
    for row in range(6):
        alone = max_combo(time[row], event[row], arm[row])
        assert found.comparison.p_value[row, 0] == pytest.approx(float(alone.comparison.p_value), abs=1e-9)
    assert np.isnan(found.p_value_absolute).all()


def test_more_than_four_independent_weights_are_refused():
    weights = (*COMBINATION, modestly_weighted(5), fleming_harrington(0, 3), fleming_harrington(3, 0))
    with pytest.raises(InputError, match="independent"):
        max_combo(*data(1), weights)

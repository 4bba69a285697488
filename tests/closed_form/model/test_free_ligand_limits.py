"""Free ligand where the equilibrium has a closed form: no, weak, tight and equal partners, little ligand."""

import numpy as np
import pytest

from remit.functions import free_ligand

TOTAL = np.array([0.1, 1.0, 30.0, 800.0])
CAPACITIES = (50.0, 200.0, 10.0)


def test_without_partners_all_is_free():
    np.testing.assert_array_equal(free_ligand(TOTAL, (), ()), TOTAL)


def test_partners_without_capacity_bind_nothing():
    np.testing.assert_allclose(free_ligand(TOTAL, (0.0, 0.0, 0.0), (1.0, 0.1, 5.0)), TOTAL, rtol=1e-14)


def test_partners_of_no_affinity_bind_nothing():
    np.testing.assert_allclose(free_ligand(TOTAL, CAPACITIES, (1e12, 1e12, 1e12)), TOTAL, rtol=1e-9)


def test_little_ligand_is_shared_in_proportion_to_capacity_over_constant():
    constants = (0.5, 2.0, 7.0)
    bound = sum(c / k for c, k in zip(CAPACITIES, constants, strict=True))
    assert free_ligand(1e-9, CAPACITIES, constants) == pytest.approx(1e-9 / (1 + bound), rel=1e-9)


def test_excess_over_tight_partners_is_free():
    total = np.array([300.0, 500.0, 1000.0])
    free = free_ligand(total, CAPACITIES, (1e-6, 1e-6, 1e-6))
    np.testing.assert_allclose(free, total - sum(CAPACITIES), rtol=1e-6)


def test_equal_partners_are_one_of_their_joint_capacity():
    joint, k = sum(CAPACITIES), 3.0
    gap = TOTAL - joint - k
    expected = 2 * k * TOTAL / (np.sqrt(gap**2 + 4 * k * TOTAL) - gap)
    np.testing.assert_allclose(free_ligand(TOTAL, CAPACITIES, (k, k, k)), expected, rtol=1e-12)

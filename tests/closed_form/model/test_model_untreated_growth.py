"""Untreated growth of one clone in the full model: exponential far from capacity, logistic near it."""

import numpy as np
import pytest

from remit import model
from remit.dosing import no_doses
from remit.tumour import clones

SEEN = list(model.OBSERVABLES)
PROTECTED, MARROW = 1e11, 3e10
TIMES = np.array([10.0, 50.0, 120.0])
every_clone = pytest.mark.parametrize("clone", clones.CLONES)


def only(values, clone):
    """Cells of a patient who has one clone, in balanced untreated growth."""
    shares = tuple(float(each == clone) for each in clones.CLONES)
    y = clones.baseline(PROTECTED, shares, MARROW, model.params(values).clones)
    return dict(zip(clones.STATES, map(float, y), strict=True))


def growth_of(values, clone):
    return dict(zip(clones.CLONES, clones.growth_rates(model.params(values).clones), strict=True))[clone]


def burden(seen):
    return sum(seen[:, SEEN.index(name)] for name in (f"node_{c}" for c in clones.CLONES)) + sum(
        seen[:, SEEN.index(name)] for name in ("blood_tumour", "marrow_tumour")
    )


@every_clone
def test_far_from_capacity_every_site_grows_exponentially_at_one_rate(one_patient, typical, clone):
    values = {**typical, "clones.capacity": 1e40}
    start = only(values, clone)
    block = one_patient(values, start)
    block.advance(np.full(1, TIMES[-1]), no_doses(1), np.empty((1, 0)))
    fold = np.exp(growth_of(values, clone) * TIMES[-1])
    grown = dict(zip(model.STATES, block.state[0], strict=True))
    np.testing.assert_allclose([grown[name] for name in start], fold * np.array([*start.values()]), rtol=1e-5)


@every_clone
def test_without_exchange_between_sites_growth_is_logistic(one_patient, typical, clone):
    values = {**typical, "clones.detachment_rate": 0.0, "clones.capacity": 4 * (PROTECTED + MARROW)}
    start = only(values, clone)
    seen = one_patient(values, start).advance(np.full(1, TIMES[-1]), no_doses(1), TIMES[None])[0]
    capacity, first = values["clones.capacity"], sum(start.values())
    expected = capacity / (1 + (capacity / first - 1) * np.exp(-growth_of(values, clone) * TIMES))
    np.testing.assert_allclose(burden(seen), expected, rtol=1e-6)

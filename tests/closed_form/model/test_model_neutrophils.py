"""Neutrophils of the full model (Friberg 2002) at steady state, without and with a saturating drug."""

import numpy as np
import pytest

from remit import model
from remit.dosing import no_doses

NEUTROPHILS = list(model.OBSERVABLES).index("neutrophils")
NO_GROWTH = {"clones.growth_rate": 0.0}


def count(seen):
    return seen[0, :, NEUTROPHILS]


def test_without_drug_the_count_stays_at_baseline(one_patient):
    times = np.linspace(0.0, 200.0, 41)
    course = count(one_patient(NO_GROWTH, {}).advance(np.full(1, 200.0), no_doses(1), times[None]))
    np.testing.assert_allclose(course, course[0], rtol=1e-6)


def test_without_marrow_disease_the_baseline_is_the_declared_one(one_patient, typical):
    block = one_patient({**NO_GROWTH, "neutrophils.marrow_fall": 0.0}, {})
    seen = block.advance(np.full(1, 50.0), no_doses(1), np.full((1, 1), 50.0))
    assert count(seen)[0] == pytest.approx(typical["neutrophils.baseline"], rel=1e-6)


def test_a_saturating_drug_lowers_the_count_by_the_declared_fall(one_patient, typical):
    held = {"bcl2i.CL": 0.0, "bcl2i.Q": 0.0, "neutrophils.marrow_fall": 0.0}
    block = one_patient(held, {"bcl2i_central": 1e12 * typical["bcl2i.Vc"]})
    seen = block.advance(np.full(1, 400.0), no_doses(1), np.full((1, 1), 400.0))
    left = typical["neutrophils.baseline"] * (1 - typical["neutrophils.drug_fall"])
    assert count(seen)[0] == pytest.approx(left, rel=1e-5)

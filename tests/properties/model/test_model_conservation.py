"""What goes into the full model comes out of it: drug, and cells that a drug kills."""

import numpy as np
import pytest

from remit import model
from remit.dosing import constant_input, daily_doses, no_doses, together
from remit.tumour import clones

STATES = list(model.STATES)
SEEN = list(model.OBSERVABLES)
CELLS = [STATES.index(name) for name in clones.STATES]
DAYS, DOSE = 5, 1e6
both_drugs = pytest.mark.parametrize("drug", ["bcl2i", "btki"])


def doses(drug):
    """Five daily doses, and as much again in a constant input over the same days."""
    given, start, end = STATES.index(model.DOSED[drug]), np.zeros(1), np.full(1, float(DAYS))
    amount = np.full(1, DOSE)
    return together(daily_doses(start, end, amount, given), constant_input(start, end, amount, given))


def present(block, drug):
    given = STATES.index(model.DOSED[drug])
    return block.state[0, given : given + 3].sum()


@both_drugs
def test_without_clearance_all_drug_that_was_dosed_is_present(one_patient, drug):
    block = one_patient({f"{drug}.CL": 0.0}, {})
    block.advance(np.full(1, DAYS + 3.0), doses(drug), np.empty((1, 0)))
    assert present(block, drug) == pytest.approx(2 * DAYS * DOSE, rel=1e-7)


@both_drugs
def test_drug_present_and_eliminated_is_drug_dosed(one_patient, typical, drug):
    nodes, weights = np.polynomial.legendre.leggauss(12)
    parts = 16  # of each day; within one the concentration is smooth
    starts = np.arange(DAYS * parts) / parts
    times = (starts[:, None] + (nodes + 1) / (2 * parts)).ravel()
    block = one_patient({}, {})
    seen = block.advance(np.full(1, float(DAYS)), doses(drug), times[None])
    area = (seen[0, :, SEEN.index(f"{drug}_concentration")] * np.tile(weights, starts.size)).sum() / (
        2 * parts
    )
    eliminated = typical[f"{drug}.CL"] * area
    assert eliminated > DOSE
    assert present(block, drug) + eliminated == pytest.approx(2 * DAYS * DOSE, rel=1e-6)


NOTHING_BUT_DRUG = {
    "clones.growth_rate": 0.0,
    "clones.detachment_rate": 0.0,
    "clones.released_death_rate": 0.0,
    "clones.blood_death_rate": 0.0,
    "tumour_lysis.release_rate": 0.0,
}
"""No cell is made or lost but by the BCL2 inhibitor, and lysed cells are only counted."""


def test_every_cell_that_the_drug_kills_is_counted_as_lysed(one_patient, typical):
    start = clones.baseline(1e11, (0.7, 0.1, 0.1, 0.1), 1e10, model.params(typical).clones)
    cells = dict(zip(clones.STATES, map(float, start), strict=True))
    block = one_patient(NOTHING_BUT_DRUG, cells, before=typical)
    first = block.state[0, CELLS].sum()
    block.advance(np.full(1, float(DAYS)), doses("bcl2i"), np.empty((1, 0)))
    alive, lysed = block.state[0, CELLS].sum(), block.state[0, STATES.index("lysed_cells")]
    assert lysed > 1e-3 * first
    assert alive + lysed == pytest.approx(first, rel=1e-7)


def test_without_drug_no_cell_is_lysed(one_patient):
    block = one_patient({}, {})
    block.advance(np.full(1, 60.0), no_doses(1), np.empty((1, 0)))
    assert block.state[0, STATES.index("lysed_cells")] == pytest.approx(0.0, abs=1e-9)

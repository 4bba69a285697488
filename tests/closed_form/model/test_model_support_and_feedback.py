"""Steady states of feedback and support in the full model, which have closed forms."""

import numpy as np
import pytest

from remit import model
from remit.dosing import constant_input, no_doses

STATES, SEEN = list(model.STATES), list(model.OBSERVABLES)
STILL = {"clones.growth_rate": 0.0, "neutrophils.marrow_fall": 0.0, "platelets.marrow_fall": 0.0}
HELD = {"bcl2i.CL": 0.0, "bcl2i.Q": 0.0}
"""Without clearance and exchange the concentration stays where it is."""


def last(block, days, name, records=None):
    seen = block.advance(np.full(1, days), records or no_doses(1), np.full((1, 1), days))
    return seen[0, 0, SEEN.index(name)]


def test_a_lasting_loss_of_platelets_is_made_good_in_part(one_patient, typical):
    harmless = {
        "platelets.drug_fall": 0.0,
        **{f"apoptosis.kmax_{site}": 0.0 for site in ("blood", "node", "marrow")},
    }
    total = 1e12
    block = one_patient({**STILL, **HELD, **harmless}, {"bcl2i_central": total * typical["bcl2i.Vc"]})
    faster = 1 + typical["platelets.bclxl_loss"]
    expected = typical["platelets.baseline"] * faster ** (-1 / (1 + typical["platelets.gamma"]))
    assert last(block, 600.0, "platelets") == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("amount", [0.5, 2.0])
def test_lasting_gcsf_raises_the_count_by_the_declared_share(one_patient, typical, amount):
    block = one_patient({**STILL, "neutrophils.gcsf_transit": 0.0}, {"gcsf": amount})
    rate = amount * typical["neutrophils.gcsf_loss"]
    kept = constant_input(np.zeros(1), np.full(1, 400.0), np.full(1, rate), STATES.index("gcsf"))
    expected = typical["neutrophils.baseline"] * (
        1 + typical["neutrophils.gcsf_rise"] * amount / (1 + amount)
    )
    assert last(block, 400.0, "neutrophils", kept) == pytest.approx(expected, rel=1e-4)


def test_transfused_red_cells_are_lost_at_their_own_rate(one_patient, typical):
    block = one_patient(
        {**STILL, "haemoglobin.marrow_fall": 0.0, "haemoglobin.feedback": 0.0},
        {"transfused_haemoglobin": 30.0},
    )
    expected = typical["haemoglobin.baseline"] + 30 * np.exp(-typical["haemoglobin.transfused_loss"] * 40)
    assert last(block, 40.0, "haemoglobin") == pytest.approx(expected, rel=1e-6)


def test_haemoglobin_of_a_filled_marrow_rests_at_the_declared_fall(one_patient, typical):
    block = one_patient({"clones.growth_rate": 0.0}, {})
    filled = typical["marrow.normal_cells"]
    marrow = block.state[0, [STATES.index(f"marrow_{clone}") for clone in "SVBD"]].sum()
    left = 1 - typical["haemoglobin.marrow_fall"] * marrow / (marrow + filled)
    assert last(block, 300.0, "haemoglobin") == pytest.approx(
        typical["haemoglobin.baseline"] * left, rel=1e-5
    )


def lysing(one_patient, **values):
    """Highest creatinine of a patient in whom 2e12 cells have lysed."""
    changed = {f"tumour_lysis.{name}": value for name, value in values.items()}
    block = one_patient({**STILL, **changed}, {"lysed_cells": 2e12})
    times = np.linspace(0.1, 6.0, 60)
    seen = block.advance(np.full(1, 6.0), no_doses(1), times[None])[0]
    return seen[:, SEEN.index("creatinine")].max() / seen[0, SEEN.index("creatinine")]


def test_allopurinol_and_hydration_protect_the_kidney(one_patient):
    plain = lysing(one_patient, xanthine_oxidase_inhibition=0.0)
    assert lysing(one_patient, xanthine_oxidase_inhibition=0.84) < plain
    assert lysing(one_patient, xanthine_oxidase_inhibition=0.0, hydration=1.5) < plain


def test_a_reversible_inhibitor_leaves_with_its_concentration(one_patient, typical):
    values = {"btk.k_inact": 0.0, "btk.affinity": 0.01, "btki.CL": 0.0, "btki.Q": 0.0}
    block = one_patient(values, {"btki_central": 300.0 * typical["btki.Vc"]})
    bound = last(block, 5.0, "btk_occupancy_blood")
    assert bound == pytest.approx(3.0 / 4.0, rel=1e-6)


def test_reliance_on_btk_fades_at_the_declared_rate_times_occupancy(one_patient, typical):
    values = {"btk.k_inact": 0.0, "btk.affinity": 0.01, "btki.CL": 0.0, "btki.Q": 0.0, "btk.fade_rate": 0.02}
    block = one_patient(values, {"btki_central": 300.0 * typical["btki.Vc"]})
    block.advance(np.full(1, 50.0), no_doses(1), np.empty((1, 0)))
    occupied = 1 - 1 / (1 + 3.0 * typical["btk.node_penetration"])
    assert block.state[0, STATES.index("btk_reliance")] == pytest.approx(
        np.exp(-0.02 * occupied * 50), rel=1e-5
    )


def test_cells_of_the_slow_colony_detach_and_die_as_declared(one_patient, typical):
    values = {
        **STILL,
        "clones.detachment_rate": 0.01,
        "clones.slow_share": 1.0,
        "clones.slow_detachment_slope": 2.0,
    }
    drug = {
        "btk.k_inact": 0.0,
        "btk.affinity": 1e6,
        "btki.CL": 0.0,
        "btki.Q": 0.0,
        "clones.btki_growth_block": 1.0,
    }
    block = one_patient({**values, **drug}, {"btki_central": 1e3 * typical["btki.Vc"], "slow_S": 1e11})
    block.advance(np.full(1, 30.0), no_doses(1), np.empty((1, 0)))
    left = block.state[0, STATES.index("slow_S")] / 1e11
    # BIM that a BTK inhibitor sets free kills a few more.
    assert left == pytest.approx(np.exp(-0.01 * 3.0 * 30), rel=0.05)


def test_an_empirical_kill_follows_its_amount(one_patient, typical):
    values = {**STILL, "antibody.loss_rate": 0.1, "antibody.kill_marrow": 0.5, "antibody.sensitivity": 2.0}
    block = one_patient(values, {"antibody_amount": 1.0})
    first = block.state[0, STATES.index("marrow_S")]
    block.advance(np.full(1, 20.0), no_doses(1), np.empty((1, 0)))
    integral = 2.0 * 0.5 * (1 - np.exp(-0.1 * 20)) / 0.1
    assert block.state[0, STATES.index("marrow_S")] / first == pytest.approx(np.exp(-integral), rel=1e-4)

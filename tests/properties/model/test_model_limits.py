"""Limiting cases of the full model: no drug, no growth, no affinity, and far more drug than it needs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit import model
from remit.dosing import daily_doses, no_doses
from remit.tumour import clones

STATES = list(model.STATES)
SEEN = list(model.OBSERVABLES)
CELLS = [STATES.index(name) for name in clones.STATES]
DRUG = (
    "Ki_BCL2",
    "Ki_BCLXL",
    "Ki_MCL1",
    "fu",
    "node_penetration",
    "potency_exposure",
    "kill_factor",
    "released_fold",
)
CONCENTRATIONS = np.concatenate([[0.0], np.logspace(-3, 12, 200)])


def observed(values, concentrations):
    """Observables, by name, of untreated patients at concentrations of a BCL2 inhibitor [nmol/L]."""
    p = model.params(values)
    y = dict(zip(STATES, model.baseline(1e11, (1.0, 0.0, 0.0, 0.0), 1e10, p), strict=True))
    y["bcl2i_central"] = np.asarray(concentrations) * values["bcl2i.Vc"]
    return dict(zip(SEEN, model.observe(tuple(y.values()), p), strict=True))


def cell_rates(values, start, concentration=0.0):
    """Rates of all cells [cells/day] of a patient at a concentration of the BCL2 inhibitor [nmol/L]."""
    y = dict(zip(STATES, start, strict=True)) | {"bcl2i_central": concentration * values["bcl2i.Vc"]}
    return np.array(model.rates(0.0, tuple(y.values()), model.params(values)))[CELLS]


def with_another_drug(typical, factors):
    changed = zip(DRUG, factors, strict=True)
    return {**typical, **{f"apoptosis.{name}": f * typical[f"apoptosis.{name}"] for name, f in changed}}


@given(st.tuples(*[st.floats(0.1, 10.0)] * len(DRUG)))
@settings(max_examples=20)
def test_untreated_cells_do_not_know_the_drug(typical, factors):
    start = model.baseline(1e11, (0.7, 0.1, 0.1, 0.1), 1e10, model.params(typical))
    other = with_another_drug(typical, factors)
    np.testing.assert_array_equal(cell_rates(other, start), cell_rates(typical, start))


def test_treated_cells_would_give_away_another_drug(typical):
    start = model.baseline(1e11, (0.7, 0.1, 0.1, 0.1), 1e10, model.params(typical))
    other = with_another_drug(typical, (2.0,) * len(DRUG))
    alive = np.array([float(each) for each in start])[CELLS] > 0  # there is one colony alone
    assert (cell_rates(other, start, 1e3) != cell_rates(typical, start, 1e3))[alive].all()


def test_without_drug_and_growth_every_state_stays(one_patient):
    block = one_patient({"clones.growth_rate": 0.0, "adaptation.gain": 0.0}, {})
    first = block.state.copy()
    block.advance(np.full(1, 300.0), no_doses(1), np.empty((1, 0)))
    added = [STATES.index("infection_exposure")]  # a hazard, added up over time
    np.testing.assert_allclose(
        np.delete(block.state, added, axis=1), np.delete(first, added, axis=1), rtol=1e-6, atol=1e-9
    )


def test_a_drug_that_kills_nothing_leaves_the_tumour_untreated(one_patient):
    harmless = {f"apoptosis.kmax_{site}": 0.0 for site in ("blood", "node", "marrow")}
    dosed, plain = one_patient(harmless, {}), one_patient({}, {})
    doses = daily_doses(np.zeros(1), np.full(1, 20.0), np.full(1, 1e6), STATES.index(model.DOSED["bcl2i"]))
    dosed.advance(np.full(1, 20.0), doses, np.empty((1, 0)))
    plain.advance(np.full(1, 20.0), no_doses(1), np.empty((1, 0)))
    np.testing.assert_allclose(dosed.state[0, CELLS], plain.state[0, CELLS], rtol=1e-6)


def test_more_drug_never_occupies_or_kills_less_and_both_are_bounded(typical):
    seen = observed(typical, CONCENTRATIONS)
    most = typical["apoptosis.kill_factor"] * typical["apoptosis.kmax_node"]
    for name, limit in (
        ("bcl2_occupancy_blood", 1.0),
        ("bcl2_occupancy_node", 1.0),
        ("node_death_rate", most),
    ):
        assert seen[name][0] == 0.0
        assert (np.diff(seen[name]) >= -1e-12 * limit).all()
        assert (seen[name] <= limit).all()


def test_no_occupancy_without_affinity(typical):
    weak = {f"apoptosis.Ki_{protein}": 1e30 for protein in ("BCL2", "BCLXL", "MCL1")}
    seen = observed({**typical, **weak}, [1e4])
    assert seen["bcl2_occupancy_node"] == pytest.approx(0.0, abs=1e-20)
    assert seen["node_death_rate"] == pytest.approx(0.0, abs=1e-9)


def test_a_saturating_drug_leaves_bim_to_mcl1_alone(typical):
    selective = {**typical, "apoptosis.Ki_MCL1": 1e300}
    a = model.params(selective).apoptosis
    mcl1 = a.MCL1 * a.MCL1_node_fold
    gap = a.BIM - mcl1 - a.K_BIM_MCL1
    free = (gap + np.sqrt(gap**2 + 4 * a.K_BIM_MCL1 * a.BIM)) / 2
    committed = free**a.hill / (free**a.hill + a.f50**a.hill)
    p = model.params(selective)
    resting = model.resting_effect(p).node[0]
    seen = observed(selective, [1e30])
    assert seen["bcl2_occupancy_node"] == pytest.approx(1.0, abs=1e-12)
    assert seen["node_death_rate"] == pytest.approx(
        a.kill_factor * a.kmax_node * (committed - resting), rel=1e-9
    )


def test_a_drug_that_is_not_given_changes_nothing(one_patient):
    odd = {
        "antibody.kill_node": 9.0,
        "cytotoxic.kill_blood": 9.0,
        "cytotoxic.progenitor_kill": 9.0,
        "btk.k_inact": 9.0,
    }
    doses = daily_doses(np.zeros(1), np.full(1, 20.0), np.full(1, 1e5), STATES.index(model.DOSED["bcl2i"]))
    blocks = one_patient({}, {}), one_patient(odd, {})
    for block in blocks:
        block.advance(np.full(1, 28.0), doses, np.empty((1, 0)))
    np.testing.assert_array_equal(blocks[0].state, blocks[1].state)

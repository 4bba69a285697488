"""The generated kernel against SciPy on the full model, and its right-hand side against the equation files.

SciPy's integrator is run on the compiled right-hand side, for speed; that this is the one of the equation
files is the first test. The methods have no code in common: LSODA, and Rodas5P of the kernel.
"""

from itertools import pairwise

import numpy as np
import pytest

from remit import load_study, model
from remit.dosing import daily_doses, together
from remit.population.sample import sample_candidates, untreated_state
from remit.run.courses import kernel, population_spec
from remit.tumour.clones import STATES as CELLS

STATES = list(model.STATES)
CELL = np.isin(STATES, list(CELLS))
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def spec():
    study = load_study("mcl_btki_treated")
    entries = study.values("venetoclax", "reference/ki_shift")
    return population_spec(entries, {name: entry.value for name, entry in entries.items()}, "stochastic")


def both_drugs(spec, start, end, n):
    """Full daily doses of the BCL2 inhibitor and the BTK inhibitor, ``n`` patients."""
    amounts = {"bcl2i": spec["pharmacy.full_dose"], "btki": spec["history.daily_dose"]}
    return together(
        *(
            daily_doses(
                np.full(n, start), np.full(n, end), np.full(n, amount), STATES.index(model.DOSED[drug])
            )
            for drug, amount in amounts.items()
        )
    )


def course(block, spec, stops):
    """States at the stops, shape (n_stops, n_patients, n_states)."""
    n, found = len(block.state), [block.state.copy()]
    for start, end in pairwise(stops):
        block.advance(np.full(n, end), both_drugs(spec, start, end, n), np.empty((n, 0)))
        found.append(block.state.copy())
    assert not block.status.any()
    return np.stack(found)


def disagreement(one, other):
    """Largest distance by state: log10 of cells above one cell, else in the state's largest size."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.abs(np.log10(one) - np.log10(other))
    large = CELL & (np.maximum(one, other) > 1.0)
    scale = np.maximum(np.abs(one).max(axis=0, keepdims=True), np.array(list(model.LEVELS.values())))
    found = np.where(CELL, np.where(large, logs, 0.0), np.abs(one - other) / scale)
    return dict(zip(STATES, found.max(axis=(0, 1)), strict=True))


def compared(spec, back_ends, n, stops, rtol):
    patients = sample_candidates(3, 0, np.arange(n), spec)
    start = (patients.parameters, untreated_state(patients), patients.thresholds)
    one, other = (course(back_ends[name](*start, rtol), spec, stops) for name in ("scipy", "kernel"))
    return disagreement(one, other)


def test_the_kernel_has_the_rates_of_the_equation_files(spec):
    patients = sample_candidates(5, 0, np.arange(40), spec)
    factors = np.exp(np.random.default_rng(5).standard_normal((40, len(STATES))))
    states = (untreated_state(patients) + 0.1) * factors
    named = dict(zip(model.PARAMETERS, patients.parameters.T, strict=True))
    expected = np.stack(np.broadcast_arrays(*model.rates_by_name(tuple(states.T), named)), axis=1)
    found = kernel().rates(kernel().constants(patients.parameters), states)
    assert (np.abs(found - expected) <= 1e-12 * np.abs(expected).max(axis=0)).all()


def test_the_back_ends_agree_over_thirty_days_of_two_drugs(spec, back_ends):
    found = compared(spec, back_ends, 2, np.linspace(0.0, 30.0, 6), 1e-9)
    assert max(found.values()) < TOLERANCE, found


def test_a_disagreement_of_a_tenth_of_a_permille_would_be_caught(spec, back_ends):
    start = np.ones((3, 2, len(STATES))) * 100.0
    for each in range(len(STATES)):
        spoilt = start.copy()
        spoilt[1, 0, each] *= 1.0001
        assert [name for name, size in disagreement(start, spoilt).items() if size > TOLERANCE] == [
            STATES[each]
        ]


@pytest.mark.full
def test_the_back_ends_agree_over_two_years_of_two_drugs(spec, back_ends):
    found = compared(spec, back_ends, 8, np.append(np.arange(0.0, 730.0, 28.0), 730.0), 1e-9)
    assert max(found.values()) < TOLERANCE, found

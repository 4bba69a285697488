"""Concentrations in the full model against the exact solution of two compartments with absorption."""

import numpy as np
import pytest
from scipy.linalg import expm

from remit import model
from remit.dosing import constant_input, daily_doses

STATES = list(model.STATES)
SEEN = list(model.OBSERVABLES)
both_drugs = pytest.mark.parametrize("drug", ["bcl2i", "btki"])
DOSE = 1e6


def tri_exponential(times, dose, ka, CL, Vc, Q, Vp):
    """Central concentration after one oral dose (Gibaldi and Perrier, two compartments)."""
    k10, k12, k21 = CL / Vc, Q / Vc, Q / Vp
    total, product = k10 + k12 + k21, k10 * k21
    fast = (total + np.sqrt(total**2 - 4 * product)) / 2
    slow = product / fast
    course = np.zeros_like(times)
    for rate, one, other in ((ka, fast, slow), (fast, ka, slow), (slow, ka, fast)):
        course += (k21 - rate) / ((one - rate) * (other - rate)) * np.exp(-rate * times)
    return dose * ka / Vc * course


def disposition(values, drug):
    return {name: values[f"{drug}.{name}"] for name in ("ka", "CL", "Vc", "Q", "Vp")}


@both_drugs
def test_one_dose_follows_the_closed_form(one_patient, typical, drug):
    times = np.linspace(0, 6, 49)
    block = one_patient({}, {})
    dose = daily_doses(np.zeros(1), np.ones(1), np.full(1, DOSE), STATES.index(model.DOSED[drug]))
    seen = block.advance(np.full(1, 6.0), dose, times[None])[0, :, SEEN.index(f"{drug}_concentration")]
    expected = tri_exponential(times, DOSE, **disposition(typical, drug))
    np.testing.assert_allclose(seen, expected, rtol=2e-6, atol=1e-6 * expected.max())


@both_drugs
def test_a_constant_input_follows_the_closed_form_to_rate_over_clearance(one_patient, typical, drug):
    p, day = disposition(typical, drug), 40.0
    given = STATES.index(model.DOSED[drug])
    block = one_patient({}, {})
    block.advance(
        np.full(1, day),
        constant_input(np.zeros(1), np.full(1, day), np.full(1, DOSE), given),
        np.empty((1, 0)),
    )
    ka, CL, Vc, Q, Vp = p.values()
    rates = np.array([[-ka, 0, 0], [ka, -(CL + Q) / Vc, Q / Vp], [0, Q / Vc, -Q / Vp]])
    steady = np.array([DOSE / ka, DOSE / CL * Vc, DOSE / CL * Vp])
    np.testing.assert_allclose(np.linalg.solve(-rates, [DOSE, 0, 0]), steady, rtol=1e-9)
    expected = steady - expm(rates * day) @ steady
    np.testing.assert_allclose(block.state[0, given : given + 3], expected, rtol=1e-6)

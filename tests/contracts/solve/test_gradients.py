"""Derivatives by parameters, against a closed form and against tight tolerances of the full model."""

import numpy as np
import pytest

from remit import model
from remit.dosing import daily_doses, together
from remit.errors import InputError
from remit.population.sample import sample_candidates, untreated_state
from remit.run.courses import kernel
from remit.solve import Equations, compile_kernel
from remit.solve.gradients import gradients

ABSORPTION = Equations(
    name="absorption",
    states=("depot", "central"),
    parameters=("ka", "ke", "V"),
    observables=("concentration",),
    rates=lambda y, p: (-p["ka"] * y[0], p["ka"] * y[0] - p["ke"] * y[1]),
    observe=lambda y, p: (y[1] / p["V"],),
    levels=(1e-3, 1e-3),
)
KA, KE, V, DOSE = 3.0, 0.5, 20.0, 100.0
TIMES = np.linspace(0.1, 5, 21)


def slopes(rtol, names=("ka", "ke", "V")):
    return gradients(
        compile_kernel(ABSORPTION),
        np.array([[KA, KE, V]]),
        np.zeros((1, 2)),
        daily_doses(np.zeros(1), np.ones(1), np.full(1, DOSE), 0),
        TIMES[None],
        names,
        rtol=rtol,
    )[0, :, 0]


def closed_form():
    """Derivatives of the Bateman function by the logarithms of its parameters."""
    fast, slow = np.exp(-KA * TIMES), np.exp(-KE * TIMES)
    factor = DOSE * KA / V / (KA - KE)
    value = factor * (slow - fast)
    by_ka = KA * (-KE / (KA * (KA - KE)) * value + factor * TIMES * fast)
    by_ke = KE * (value / (KA - KE) - factor * TIMES * slow)
    return np.stack([by_ka, by_ke, -value], axis=1)


@pytest.mark.parametrize("rtol", [1e-3, 1e-4, 1e-6])
def test_slopes_of_a_closed_form_are_as_accurate_as_the_tolerance(rtol):
    expected = closed_form()
    error = np.abs(slopes(rtol) - expected).max() / np.abs(expected).max()
    assert error < 10 * rtol


def test_slopes_of_the_full_model_agree_with_tight_tolerances(treated):
    """Of cells, neutrophils and platelets over three months, by what clears drug, kills, and regulates."""
    patients = sample_candidates(3, 0, np.arange(4), treated)
    n = len(patients.parameters)
    names = ("bcl2i.CL", "apoptosis.kmax_node", "apoptosis.f50", "neutrophils.gamma")
    times = np.tile(np.linspace(10.3, 90.3, 5), (n, 1))
    amounts = {"bcl2i": treated["pharmacy.full_dose"], "btki": treated["history.daily_dose"]}
    doses = together(
        *(
            daily_doses(
                np.zeros(n), np.full(n, 90.3), np.full(n, amount), list(model.STATES).index(model.DOSED[drug])
            )
            for drug, amount in amounts.items()
        )
    )
    start = untreated_state(patients)

    def found(rtol):
        return gradients(kernel(), patients.parameters, start, doses, times, names, rtol=rtol)

    loose, tight = found(1e-4), found(1e-8)
    for observable in ("node_S", "neutrophils", "platelets"):
        i = list(model.OBSERVABLES).index(observable)
        largest = np.abs(tight[:, :, i]).max()
        assert np.abs(loose[:, :, i] - tight[:, :, i]).max() < 1e-3 * largest, observable


def test_the_initial_state_may_depend_on_a_parameter():
    """A compartment that starts at V has a concentration that does not depend on V."""
    found = gradients(
        compile_kernel(ABSORPTION),
        np.array([[KA, KE, V]]),
        np.array([[0.0, V]]),
        daily_doses(np.zeros(1), np.zeros(1), np.zeros(1), 0),
        TIMES[None],
        ("V",),
        state_slopes=np.array([[[0.0, V]]]),
    )
    np.testing.assert_allclose(found, 0.0, atol=1e-4)


def test_a_parameter_that_is_not_there_or_zero_is_refused():
    with pytest.raises(InputError, match="one of ka, ke, V"):
        slopes(1e-4, ("volume",))
    with pytest.raises(InputError, match="other than 0"):
        gradients(
            compile_kernel(ABSORPTION),
            np.array([[KA, 0.0, V]]),
            np.zeros((1, 2)),
            daily_doses(np.zeros(1), np.ones(1), np.full(1, DOSE), 0),
            TIMES[None],
            ("ke",),
        )

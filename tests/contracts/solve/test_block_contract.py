"""What every back end promises, on small systems with known solutions."""

import numpy as np
import pytest

from remit.courses import Status
from remit.dosing import constant_input, daily_doses, no_doses, together
from remit.solve import Equations, KernelBlock, ReferenceBlock, compile_kernel

ABSORPTION = Equations(
    name="absorption_and_decay",
    states=("depot", "central", "cells"),
    parameters=("ka", "ke", "death"),
    observables=("central", "cells"),
    rates=lambda y, p: (-p["ka"] * y[0], p["ka"] * y[0] - p["ke"] * y[1], -p["death"] * y[2]),
    observe=lambda y, p: (y[1], y[2]),
    levels=(1.0, 1.0, 1.0),
    groups=(("cells",),),
)
EXPLOSION = Equations(
    name="explosion",
    states=("y",),
    parameters=("a",),
    observables=("y",),
    rates=lambda y, p: (p["a"] * y[0] * y[0],),
    observe=lambda y, p: (y[0],),
    levels=(1.0,),
)
PROTHERO_ROBINSON = Equations(
    name="prothero_robinson",
    states=("y", "s", "c"),
    parameters=("stiffness",),
    observables=("y", "s"),
    rates=lambda y, p: (-p["stiffness"] * (y[0] - y[1]) + y[2], y[2], -y[1]),
    observe=lambda y, p: (y[0], y[1]),
    levels=(1.0, 1.0, 1.0),
)
KA, KE, DEATH = 3.0, 0.5, 0.2
CELLS = 1e4


def kernel(equations, parameters, state, thresholds, rtol=1e-8):
    return KernelBlock(compile_kernel(equations), parameters, state, thresholds, rtol=rtol)


def reference(equations, parameters, state, thresholds, rtol=1e-8):
    return ReferenceBlock(equations, parameters, state, thresholds, rtol=rtol)


every_back_end = pytest.mark.parametrize("block_of", [kernel, reference])


def patients(block_of, n=1, threshold=0.0, rtol=1e-8):
    parameters = np.tile([KA, KE, DEATH], (n, 1))
    return block_of(
        ABSORPTION, parameters, np.tile([0.0, 0.0, CELLS], (n, 1)), np.full((n, 1), threshold), rtol=rtol
    )


def bateman(dose, times):
    """Closed form of first-order absorption and elimination."""
    times = np.asarray(times)
    course = dose * KA / (KA - KE) * (np.exp(-KE * times) - np.exp(-KA * times))
    return np.where(times >= 0, course, 0.0)


@every_back_end
def test_one_dose_follows_the_closed_form(block_of):
    times = np.linspace(0, 5, 23)
    block = patients(block_of)
    seen = block.advance(
        np.array([5.0]), daily_doses(np.zeros(1), np.ones(1), np.array([100.0]), 0), times[None]
    )
    np.testing.assert_allclose(seen[0, :, 0], bateman(100.0, times), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(seen[0, :, 1], CELLS * np.exp(-DEATH * times), rtol=1e-6)


@every_back_end
def test_repeated_doses_add_up(block_of):
    times = np.linspace(0.1, 6, 31)
    block = patients(block_of)
    seen = block.advance(
        np.array([6.0]), daily_doses(np.zeros(1), np.full(1, 4.0), np.array([100.0]), 0), times[None]
    )
    expected = sum(bateman(100.0, times - day) for day in range(4))
    np.testing.assert_allclose(seen[0, :, 0], expected, rtol=1e-6, atol=1e-6)


@every_back_end
def test_stopping_on_the_way_changes_nothing_beyond_tolerance(block_of):
    block = patients(block_of)
    seen = []
    for start in range(6):
        doses = daily_doses(np.full(1, float(start)), np.full(1, start + 1.0), np.array([100.0]), 0)
        seen.append(block.advance(np.array([start + 1.0]), doses, np.array([[start + 0.4]]))[0, 0, 0])
    expected = [sum(bateman(100.0, t + 0.4 - day) for day in range(t + 1)) for t in range(6)]
    np.testing.assert_allclose(seen, expected, rtol=1e-6)


@every_back_end
def test_an_observation_at_a_dose_comes_before_it(block_of):
    block = patients(block_of)
    block.advance(
        np.array([1.0]), daily_doses(np.zeros(1), np.ones(1), np.array([100.0]), 0), np.empty((1, 0))
    )
    doses = daily_doses(np.ones(1), np.full(1, 3.0), np.array([100.0]), 1)
    seen = block.advance(np.array([3.0]), doses, np.array([[1.0, 2.0]]))
    first = bateman(100.0, 1.0)
    assert seen[0, 0, 0] == pytest.approx(first, rel=1e-6)
    assert seen[0, 1, 0] == pytest.approx(bateman(100.0, 2.0) + 100 * np.exp(-KE), rel=1e-6)


@every_back_end
def test_a_constant_input_reaches_its_steady_state(block_of):
    block = patients(block_of)
    block.advance(
        np.array([40.0]), constant_input(np.zeros(1), np.full(1, 40.0), np.array([7.0]), 1), np.empty((1, 0))
    )
    assert block.state[0, 1] == pytest.approx(7.0 / KE, rel=1e-6)
    block.advance(np.array([50.0]), no_doses(1), np.empty((1, 0)))
    assert block.state[0, 1] == pytest.approx(7.0 / KE * np.exp(-KE * 10), rel=1e-5)


@every_back_end
def test_two_drugs_are_given_side_by_side(block_of):
    block = patients(block_of)
    doses = together(
        daily_doses(np.zeros(1), np.ones(1), np.array([100.0]), 0),
        constant_input(np.zeros(1), np.full(1, 2.0), np.array([7.0]), 1),
    )
    seen = block.advance(np.array([2.0]), doses, np.array([[2.0]]))
    assert seen[0, 0, 0] == pytest.approx(bateman(100.0, 2.0) + 7.0 / KE * (1 - np.exp(-KE * 2)), rel=1e-6)


@every_back_end
def test_a_group_dies_out_at_the_first_stop_below_its_threshold(block_of):
    block = patients(block_of, threshold=CELLS * np.exp(-DEATH * 2.5))
    doses = daily_doses(np.zeros(1), np.full(1, 5.0), np.array([1.0]), 0)
    seen = block.advance(np.array([5.0]), doses, np.array([[2.9, 3.1]]))
    assert seen[0, 0, 1] == pytest.approx(CELLS * np.exp(-DEATH * 2.9), rel=1e-6)
    assert seen[0, 1, 1] == 0.0


@every_back_end
def test_each_patient_stops_at_its_own_time(block_of):
    block = patients(block_of, n=3)
    seen = block.advance(np.array([1.0, 2.0, 0.0]), no_doses(3), np.tile([0.0, 1.0, 2.0], (3, 1)))
    np.testing.assert_allclose(block.time, [1.0, 2.0, 0.0])
    np.testing.assert_array_equal(np.isfinite(seen[..., 1]), [[1, 1, 0], [1, 1, 1], [1, 0, 0]])


@every_back_end
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_failing_patient_has_a_status_and_leaves_the_others_alone(block_of):
    block = block_of(
        EXPLOSION, np.array([[1.0], [-1.0]]), np.array([[1.0], [1.0]]), np.empty((2, 0)), rtol=1e-6
    )
    seen = block.advance(np.full(2, 3.0), no_doses(2), np.array([[0.5, 3.0], [0.5, 3.0]]))
    assert block.status[0] in (Status.STEP_TOO_SMALL, Status.NOT_FINITE, Status.STEP_LIMIT)
    assert block.status[1] == Status.OK
    assert np.isnan(seen[0, 1, 0])
    assert seen[1, 1, 0] == pytest.approx(1 / 4, rel=1e-4)


@every_back_end
@pytest.mark.parametrize("stiffness", [1e2, 1e5])
def test_stiff_forcing_does_not_spoil_accuracy(block_of, stiffness):
    state = np.array([[0.0, 0.0, 1.0]])
    block = block_of(PROTHERO_ROBINSON, np.array([[stiffness]]), state, np.empty((1, 0)), rtol=1e-7)
    seen = block.advance(np.array([10.0]), no_doses(1), np.linspace(1, 10, 10)[None])
    np.testing.assert_allclose(seen[0, :, 0], np.sin(np.linspace(1, 10, 10)), atol=1e-5)


def test_the_error_of_the_kernel_follows_its_tolerance():
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        block = patients(kernel, rtol=rtol)
        times = np.linspace(0.2, 5, 25)
        seen = block.advance(
            np.array([5.0]), daily_doses(np.zeros(1), np.ones(1), np.array([100.0]), 0), times[None]
        )
        errors.append(np.abs(seen[0, :, 0] / bateman(100.0, times) - 1).max())
    assert errors[0] < 1e-2
    assert errors[1] < errors[0] / 10
    assert errors[2] < errors[1] / 10


def test_a_patient_does_not_depend_on_neighbours():
    generator = np.random.default_rng(3)
    parameters = np.array([KA, KE, DEATH]) * np.exp(0.3 * generator.standard_normal((5, 3)))
    state = np.tile([0.0, 0.0, CELLS], (5, 1))
    doses = daily_doses(np.zeros(5), np.full(5, 9.0), np.full(5, 100.0), 0)
    whole = KernelBlock(compile_kernel(ABSORPTION), parameters, state, np.zeros((5, 1)))
    whole.advance(np.full(5, 9.0), doses, np.empty((5, 0)))
    alone = KernelBlock(compile_kernel(ABSORPTION), parameters[3:4], state[3:4], np.zeros((1, 1)))
    single = daily_doses(np.zeros(1), np.full(1, 9.0), np.full(1, 100.0), 0)
    alone.advance(np.full(1, 9.0), single, np.empty((1, 0)))
    np.testing.assert_array_equal(whole.state[3], alone.state[0])

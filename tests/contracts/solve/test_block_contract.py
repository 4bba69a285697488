"""What every back end promises, on small systems with known solutions."""

import numpy as np
import pytest

from remit.courses import Status
from remit.dosing import constant_input, daily_doses, no_doses, together
from remit.solve import Equations, KernelBlock, ReferenceBlock, compile_kernel, rodas4, rodas5p
from remit.solve.object_code import WIDTHS

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
LOGISTIC = Equations(
    name="logistic_growth_and_its_clearance",
    states=("cells", "marker"),
    parameters=("growth", "clearance"),
    observables=("cells", "marker"),
    rates=lambda y, p: (p["growth"] * y[0] * (1 - y[0]), y[0] - p["clearance"] * y[1] * y[1]),
    observe=lambda y, p: (y[0], y[1]),
    levels=(1.0, 1.0),
)
DRAINED = Equations(
    name="drained_without_regard_to_what_is_left",
    states=("amount",),
    parameters=("drain",),
    observables=("amount",),
    rates=lambda y, p: (-p["drain"] + 0 * y[0],),
    observe=lambda y, p: (y[0],),
    levels=(1e-3,),
)
TURNING = Equations(
    name="growth_of_two_that_turn_into_each_other",
    states=("x", "y"),
    parameters=("growth", "turn"),
    observables=("x", "y"),
    rates=lambda y, p: (p["growth"] * y[0] - p["turn"] * y[1], p["turn"] * y[0] + p["growth"] * y[1]),
    observe=lambda y, p: (y[0], y[1]),
    levels=(1.0, 1.0),
)
KA, KE, DEATH = 3.0, 0.5, 0.2
CELLS = 1e4


def kernel_of(width):
    """Blocks of compiled code for so many patients abreast."""

    def build(equations, parameters, state, thresholds, rtol=1e-8):
        return KernelBlock(compile_kernel(equations, width), parameters, state, thresholds, rtol=rtol)

    return build


kernel = kernel_of(None)


def reference(equations, parameters, state, thresholds, rtol=1e-8):
    return ReferenceBlock(equations, parameters, state, thresholds, rtol=rtol)


every_kernel = [pytest.param(kernel_of(width), id=f"kernel of width {width}") for width in WIDTHS]
every_back_end = pytest.mark.parametrize("block_of", [*every_kernel, pytest.param(reference, id="scipy")])


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


@pytest.mark.parametrize("method", [rodas4, rodas5p], ids=["rodas4", "rodas5p"])
def test_the_order_of_convergence_is_that_of_the_method(method):
    """Fixed steps on a logistic law, halved three times; the error at the end falls with the order."""
    growth, end = 1.7, 2.0
    compiled = compile_kernel(LOGISTIC)
    constants = compiled.constants(np.array([[growth, 0.3]]))
    truth = 1 / (1 + 9 * np.exp(-growth * end))
    errors = []
    for steps in (8, 16, 32, 64):
        state = np.array([[0.1, 0.0]])
        for _ in range(steps):
            state = compiled.step(method.NAME, constants, state, np.array([end / steps]))
        errors.append(abs(state[0, 0] - truth))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert abs(orders[-1] - method.ORDER) < 0.25, orders


@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
@every_back_end
def test_dense_output_is_as_good_as_the_steps(block_of, rtol):
    times = np.linspace(0.05, 6, 200)
    block = block_of(LOGISTIC, np.array([[1.7, 0.3]]), np.array([[0.1, 0.0]]), np.empty((1, 0)), rtol=rtol)
    seen = block.advance(np.array([6.0]), no_doses(1), times[None])
    np.testing.assert_allclose(seen[0, :, 0], 1 / (1 + 9 * np.exp(-1.7 * times)), rtol=0, atol=10 * rtol)


@every_back_end
def test_infusions_that_overlap_add_up_and_end_each_at_its_time(block_of):
    block = patients(block_of)
    doses = together(
        constant_input(np.zeros(1), np.full(1, 2.0), np.array([7.0]), 1),
        constant_input(np.ones(1), np.full(1, 3.0), np.array([5.0]), 1),
    )
    times = np.array([0.5, 1.5, 2.5, 4.0])
    seen = block.advance(np.array([4.0]), doses, times[None])

    def infused(rate, start, end):
        during = np.clip(times - start, 0, end - start)
        return rate / KE * (1 - np.exp(-KE * during)) * np.exp(-KE * np.clip(times - end, 0, None))

    np.testing.assert_allclose(seen[0, :, 0], infused(7.0, 0, 2) + infused(5.0, 1, 3), rtol=1e-6)


@every_back_end
def test_repeats_do_not_drift(block_of):
    """1,000 doses a third of a day apart arrive on their times, not on a sum of rounded intervals."""
    block = patients(block_of)
    third, n = 1 / 3, 1000
    doses = daily_doses(np.zeros(1), np.full(1, n * third), np.array([1.0]), 2, third)
    block.advance(np.array([n * third]), doses, np.empty((1, 0)))
    left = CELLS * np.exp(-DEATH * n * third)
    taken = np.exp(-DEATH * third * np.arange(1, n + 1)).sum()
    assert block.state[0, 2] == pytest.approx(left + taken, rel=1e-6)


@pytest.mark.parametrize("block_of", every_kernel)
@pytest.mark.parametrize(
    ("equations", "parameters", "state", "status"),
    [
        (EXPLOSION, [1.0], [1.0], {Status.STEP_TOO_SMALL, Status.NOT_FINITE}),
        (EXPLOSION, [np.inf], [1.0], {Status.NOT_FINITE}),
        (EXPLOSION, [1.0], [np.nan], {Status.NOT_FINITE}),
        (DRAINED, [1.0], [0.5], {Status.NEGATIVE}),
    ],
    ids=["explodes", "infinite parameter", "undefined state", "negative"],
)
def test_every_failure_has_its_status_and_shows_nothing_after_it(
    block_of, equations, parameters, state, status
):
    block = block_of(equations, np.array([parameters]), np.array([state]), np.empty((1, 0)), rtol=1e-4)
    seen = block.advance(np.array([3.0]), no_doses(1), np.array([[2.5, 3.0]]))
    assert set(block.status) <= status
    assert np.isnan(seen).all()
    assert block.time[0] < 2.5
    again = block.advance(np.array([4.0]), no_doses(1), np.array([[3.5]]))
    assert np.isnan(again).all()


@pytest.mark.parametrize("block_of", every_kernel)
def test_a_pivot_that_cancels_is_not_trusted(block_of):
    """Growth at exactly the rate 1 / (step gamma) makes the first pivot vanish: the step is taken smaller."""
    step = 1e-3
    growth = 1 / (step * rodas4.GAMMA)
    start = np.array([[1.0, 0.0]])
    block = block_of(TURNING, np.array([[growth, 30.0]]), start, np.empty((1, 0)), rtol=1e-4)
    end = 5 / growth
    seen = block.advance(np.array([end]), no_doses(1), np.array([[end]]))
    turned = np.exp(growth * end) * np.array([np.cos(30.0 * end), np.sin(30.0 * end)])
    np.testing.assert_allclose(seen[0, 0], turned, rtol=1e-2)


@pytest.mark.parametrize("cancellation", [0.0, 1e-10, 1e-5])
def test_the_guard_speaks_where_a_pivot_has_lost_eight_digits(cancellation):
    compiled = compile_kernel(TURNING)
    size = 1e-3
    growth = (1 - cancellation) / (size * rodas4.GAMMA)
    constants = compiled.constants(np.array([[growth, 30.0]]))
    guard = compiled.step("rodas4", constants, np.array([[1.0, 0.5]]), np.array([size]), result="guard")
    assert (guard[0, 0] < 0) == (cancellation < 1e-8)

"""What cannot be solved is refused where it is given, with a line that says what was needed."""

from dataclasses import replace

import numpy as np
import pytest

from remit.dosing import daily_doses, no_doses
from remit.errors import InputError
from remit.functions import power
from remit.solve import Equations, KernelBlock, ReferenceBlock, compile_kernel

DECAY = Equations(
    "decay",
    ("a", "b"),
    ("k",),
    ("a",),
    lambda y, p: (-p["k"] * y[0], -y[1]),
    lambda y, p: (y[0],),
    (1.0, 1.0),
)


def kernel_block(**changed):
    return KernelBlock(compile_kernel(DECAY), **arguments(**changed))


def reference_block(**changed):
    return ReferenceBlock(DECAY, **arguments(**changed))


def arguments(**changed):
    return {
        "parameters": np.ones((2, 1)),
        "state": np.ones((2, 2)),
        "thresholds": np.empty((2, 0)),
        "rtol": 1e-4,
    } | changed


every_block = pytest.mark.parametrize("block_of", [kernel_block, reference_block])


@every_block
@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"parameters": np.ones((2, 3))}, r"parameters\n.*shape \(2, 3\)\n.*shape \(2, 1\)"),
        ({"state": np.ones(2)}, r"shape \(2,\)"),
        ({"thresholds": np.ones((2, 1))}, r"thresholds\n.*shape \(2, 1\)\n.*shape \(2, 0\)"),
        ({"rtol": 0.0}, "between 0 and 1"),
    ],
)
def test_a_block_of_the_wrong_shape(block_of, changed, complaint):
    with pytest.raises(InputError, match=complaint):
        block_of(**changed)


@every_block
@pytest.mark.parametrize(
    ("until", "records", "observe", "complaint"),
    [
        (np.ones(3), no_doses(2), np.empty((2, 0)), "stop times"),
        (np.array([1.0, np.inf]), no_doses(2), np.empty((2, 0)), "finite"),
        (np.ones(2), no_doses(3), np.empty((2, 0)), "dose records"),
        (np.ones(2), daily_doses(np.zeros(2), np.ones(2), np.ones(2), 2), np.empty((2, 0)), "state 2"),
        (np.ones(2), daily_doses(np.zeros(2), np.ones(2), np.ones(2), -1), np.empty((2, 0)), "state -1"),
        (np.ones(2), no_doses(2), np.array([[0.5, 0.2]] * 2), "after a later one"),
        (np.ones(2), no_doses(2), np.array([[0.5, np.nan]] * 2), "increasing"),
    ],
)
def test_an_interval_that_cannot_be_solved(block_of, until, records, observe, complaint):
    with pytest.raises(InputError, match=complaint):
        block_of().advance(until, records, observe)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"states": ("a", "a")}, "a twice"),
        ({"levels": (1.0,)}, "1 levels"),
        ({"levels": (1.0, 0.0)}, "level of b"),
        ({"groups": (("c",),)}, "states: a, b"),
    ],
)
def test_a_model_that_does_not_fit_together(changed, complaint):
    with pytest.raises(InputError, match=complaint):
        replace(DECAY, **changed)


@pytest.mark.parametrize(
    ("rates", "complaint"),
    [
        (lambda y, p: (-y[0],), "1 values"),
        (lambda y, p: (abs(-y[0]), -y[1]), "arithmetic and the functions of remit.functions"),
        (lambda y, p: (-y[0] * p["q"], -y[1]), "'q' asked for"),
        (lambda y, p: (-y[0] if y[1] > 0 else y[0], -y[1]), "without if"),
        (lambda y, p: (-np.sin(y[0]), -y[1]), "arithmetic and the functions"),
        (lambda y, p: (power(y[0], y[1]) + p["k"], -y[1]), None),
    ],
    ids=[
        "too few",
        "no function of ours",
        "no parameter",
        "a branch",
        "of NumPy",
        "an exponent that changes",
    ],
)
def test_equations_that_cannot_be_compiled(rates, complaint):
    model = replace(DECAY, rates=rates)
    if complaint is None:
        assert compile_kernel(model).equations is model
        return
    with pytest.raises(InputError, match=complaint):
        compile_kernel(model)


def test_a_width_that_no_code_is_made_for(monkeypatch):
    with pytest.raises(InputError, match="one of 1, 2, 4, 8"):
        compile_kernel(DECAY, 3)
    monkeypatch.setenv("REMIT_KERNEL_WIDTH", "many")
    with pytest.raises(InputError, match="REMIT_KERNEL_WIDTH"):
        compile_kernel(DECAY)

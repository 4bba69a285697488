"""What a block is given, checked at its border; inside it is trusted."""

import numpy as np
from numpy.typing import NDArray

from remit.dosing import DoseRecords, Floats
from remit.errors import problem
from remit.solve.equations import Equations


def check_block(
    equations: Equations, parameters: Floats, state: Floats, thresholds: Floats, rtol: float
) -> None:
    """Shapes and tolerance of a new block.

    Raises
    ------
    InputError
        If an array has another shape than the model asks for, or the tolerance is no small positive number.
    """
    n = np.shape(state)[0] if np.ndim(state) else 0
    for what, array, columns in (
        ("parameters", parameters, len(equations.parameters)),
        ("state", state, len(equations.states)),
        ("thresholds", thresholds, len(equations.groups)),
    ):
        expect_shape(equations, what, np.shape(array), (n, columns))
    if not 0 < rtol < 1:
        raise problem(
            f"model {equations.name}, relative tolerance", f"{rtol:g}", "a number between 0 and 1", "1e-4"
        )


def check_interval(
    equations: Equations, n: int, until: Floats, records: DoseRecords, observe: Floats
) -> None:
    """What an advance is given: one stop time each, records that go into states, increasing times.

    Raises
    ------
    InputError
        If a shape does not fit, a stop time is not finite, or a record goes into a state there is not.
    """
    expect_shape(equations, "stop times", np.shape(until), (n,))
    expect_shape(equations, "dose records", records.time.shape, (n, records.time.shape[1]))
    expect_shape(equations, "observation times", np.shape(observe), (n, np.shape(observe)[-1]))
    if not np.isfinite(until).all():
        raise problem(
            f"model {equations.name}, stop times", f"{until[~np.isfinite(until)][0]}", "finite times"
        )
    beyond = (records.state < 0) | (records.state >= len(equations.states))
    if beyond.any():
        raise problem(
            f"model {equations.name}, dose records",
            f"a dose into state {records.state[beyond][0]}",
            f"0 to {len(equations.states) - 1}, the place of a state in the model",
        )
    if decreasing(observe):
        raise problem(
            f"model {equations.name}, observation times",
            "a time after a later one",
            "increasing times in every row, padded with infinity",
            "numpy.sort(times, axis=1)",
        )


def decreasing(times: Floats) -> bool:
    """Whether a time in any row is earlier than the one before it, or undefined."""
    pairs: NDArray[np.bool_] = times[:, 1:] >= times[:, :-1]
    return not pairs.all() or bool(np.isnan(times).any())


def expect_shape(equations: Equations, what: str, found: tuple[int, ...], needed: tuple[int, ...]) -> None:
    """Refuse an array of another shape."""
    if found != needed:
        raise problem(f"model {equations.name}, {what}", f"shape {found}", f"shape {needed}")

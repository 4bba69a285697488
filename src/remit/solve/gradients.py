"""Derivatives of what is observed by parameters, as central differences of neighbouring patients.

The methods take one step at a time and nothing is iterated to a tolerance above round-off, so the numerical
solution moves smoothly with a parameter, as long as step sizes do: differences of it are far more accurate
than its error.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from remit.dosing import DoseRecords, Floats
from remit.errors import problem
from remit.solve.block import KernelBlock
from remit.solve.kernel import Kernel

STEP = 1e-3
"""Relative change of a parameter. At 1e-2 curvature shows, at 1e-5 the tolerance of the solution does."""


def gradients(
    kernel: Kernel,
    parameters: Floats,
    state: Floats,
    records: DoseRecords,
    observe: Floats,
    names: Sequence[str],
    *,
    rtol: float = 1e-4,
    state_slopes: Floats | None = None,
) -> Floats:
    """Derivatives of the observables by the logarithm of parameters, without extinction.

    Parameters
    ----------
    kernel
        The compiled model.
    parameters
        Shape (n_patients, n_parameters).
    state
        State at time 0, shape (n_patients, n_states).
    records
        Doses from time 0 on.
    observe
        Observation times [day], shape (n_patients, n_times), all finite.
    names
        Parameters to differentiate by; each must differ from zero.
    rtol
        Relative tolerance of the solutions. The error of a derivative is of the order of ``rtol``.
    state_slopes
        Derivatives of the initial state by the logarithm of the same parameters, shape (n_patients, n_names,
        n_states), where it depends on them; none unless given.

    Returns
    -------
    Shape (n_patients, n_times, n_observables, n_names); NaN where a solution failed.

    Raises
    ------
    InputError
        If a name is no parameter of the model, or a parameter to differentiate by is zero.
    """
    equations = kernel.equations
    columns = np.array([column_of(equations.parameters, name) for name in names], dtype=np.int64)
    if (parameters[:, columns] == 0).any():
        name = names[int(np.argmax((parameters[:, columns] == 0).any(axis=0)))]
        raise problem(
            f"gradient by {name}", "the value 0", "a value other than 0, since it is changed in proportion"
        )
    signs = np.array([1.0, -1.0])
    n, m = len(parameters), len(names)
    # Axes: patient, parameter that is changed, up or down.
    changed = np.tile(parameters[:, None, None, :], (1, m, 2, 1))
    for j, column in enumerate(columns):
        changed[:, j, :, column] *= 1.0 + signs * STEP
    start = np.tile(state[:, None, None, :], (1, m, 2, 1))
    if state_slopes is not None:
        start += signs[:, None] * STEP * state_slopes[:, :, None, :]
    block = KernelBlock(
        kernel,
        changed.reshape(n * m * 2, -1),
        start.reshape(n * m * 2, -1),
        np.zeros((n * m * 2, len(equations.groups))),
        rtol=rtol,
    )
    times = np.repeat(observe, 2 * m, axis=0)
    seen = block.advance(times[:, -1], repeated(records, 2 * m), times)
    seen = seen.reshape(n, m, 2, *seen.shape[1:])
    return np.moveaxis((seen[:, :, 0] - seen[:, :, 1]) / (2 * STEP), 1, -1)


def column_of(names: Sequence[str], name: str) -> int:
    """Place of a parameter."""
    if name not in names:
        raise problem("gradient", f"no parameter {name}", f"one of {', '.join(names)}")
    return list(names).index(name)


def repeated(records: DoseRecords, times: int) -> DoseRecords:
    """Every patient's records, so many times over."""

    def rows(each: Any) -> Any:
        return np.repeat(each, times, axis=0)

    return DoseRecords(
        rows(records.time),
        rows(records.amount),
        rows(records.state),
        rows(records.duration),
        rows(records.interval),
        rows(records.additional),
    )

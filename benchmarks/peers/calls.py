"""The compiled C of a model as Numba functions: the cheapest way for tools that call back into Python."""

from ctypes import c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from benchmarks.csource import Compiled, compiled
from benchmarks.models import Workload


@dataclass(frozen=True, slots=True)
class Calls:
    """Functions of (y, q, out): rates, columns of the Jacobian, all of the Jacobian; and their model."""

    rates: Any
    columns: Any
    dense: Any
    model: Compiled


def calls(workload: Workload) -> Calls:
    """Functions of the compiled model of a workload."""
    model = compiled(workload.equations)
    of_rates, of_jacobian = model.library.model_rates, model.library.model_jacobian
    for each in (of_rates, of_jacobian):
        each.argtypes, each.restype = [c_void_p] * 3, None
    n = workload.state.shape[1]
    rows = np.array(model.source.rows)
    places = np.repeat(np.arange(n), np.diff(model.source.column_starts))

    @njit
    def rates(y: Any, q: Any, out: Any) -> None:
        of_rates(y.ctypes, q.ctypes, out.ctypes)

    @njit
    def columns(y: Any, q: Any, out: Any) -> None:
        of_jacobian(y.ctypes, q.ctypes, out.ctypes)

    @njit
    def dense(y: Any, q: Any, out: Any) -> None:
        values = np.empty(len(rows))
        of_jacobian(y.ctypes, q.ctypes, values.ctypes)
        out[:] = 0.0
        for i in range(len(rows)):
            out[rows[i], places[i]] = values[i]

    return Calls(rates, columns, dense, model)

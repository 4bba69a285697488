"""Any kinetics to a tolerance: the compiled kernel over each patient's own interval.

Time is counted in lengths of the interval, so that the kernel, which thinks in days, serves whatever unit a
data set has.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from remit.dosing import Floats, Integers, no_doses
from remit.solve.block import KernelBlock
from remit.solve.equations import Equations
from remit.solve.kernel import compile_kernel

NAME = "kernel_flow"
LENGTH = "length of the interval"


class KernelFlow:
    """Advances patients of any equations, each over its own interval under a constant input.

    Parameters
    ----------
    equations
        The model; its levels say what size of a state is not looked at.
    rtol
        Relative tolerance of each step.

    Raises
    ------
    InputError
        If an equation cannot be compiled.
    """

    def __init__(self, equations: Equations, rtol: float) -> None:
        self.equations = equations
        self.rtol = rtol
        self.kernel = compile_kernel(over_unit_interval(equations))

    def advance(
        self, parameters: Floats, state: Floats, inputs: Floats, length: Floats
    ) -> tuple[Floats, Integers]:
        """States at the end of each patient's interval, and how its solve stands.

        Arguments and results are those of ``remit.solve.linear_flow.LinearFlow.advance``.
        """
        n = len(state)
        columns = np.column_stack([parameters, inputs, length])
        block = KernelBlock(self.kernel, columns, state, np.empty((n, 0)), rtol=self.rtol)
        block.advance(np.where(length > 0, 1.0, 0.0), no_doses(n), np.empty((n, 0)))
        found = block.state.copy()
        found[block.status > 0] = np.nan
        return found, block.status


def over_unit_interval(equations: Equations) -> Equations:
    """The equations with time counted in lengths of an interval, and a constant input into each state."""
    inputs = tuple(f"input into {name}" for name in equations.states)

    def rates(y: tuple[Any, ...], p: Mapping[str, Any]) -> tuple[Any, ...]:
        changes = equations.rates(y, p)
        return tuple(p[LENGTH] * (change + p[given]) for change, given in zip(changes, inputs, strict=True))

    return Equations(
        name=equations.name,
        states=equations.states,
        parameters=(*equations.parameters, *inputs, LENGTH),
        observables=(),
        rates=rates,
        observe=lambda y, p: (),  # noqa: ARG005 - nothing is observed between records
        levels=equations.levels,
    )

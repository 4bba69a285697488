"""Straight-line programs: the one small form of expressions that every back end prints.

A program is a list of operations on numbered values. It fixes the order of every operation and where
products are fused into sums, so whoever prints it, at whatever vector width, computes the same bits.

Operations: ``input`` (an array element), ``constant``, ``add subtract multiply divide negate``, ``fma``
(``a b + c``, rounded once), ``sqrt absolute largest smallest`` (of two values), ``exp log power``,
``where`` (``b`` where ``a > 0``, else ``c``), ``equilibria`` (free ligands of several competitions at once,
each from a start of its own) and ``part`` (one of them).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from remit import functions


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name, the values it takes, and what else it needs.

    ``detail`` is (array, index) of an ``input``, the number of a ``constant``, the number of partners of
    each competition of ``equilibria``, or the index of a ``part``.
    """

    name: str
    arguments: tuple[int, ...] = ()
    detail: Any = None


@dataclass(slots=True)
class Program:
    """Operations in order, and the array elements that receive values.

    Built by calling its methods, which number values so that an operation is never written twice.
    """

    operations: list[Operation] = field(default_factory=list)
    outputs: list[tuple[str, int, int]] = field(default_factory=list)
    _known: dict[Operation, int] = field(default_factory=dict)

    def value(self, name: str, *arguments: int, detail: Any = None) -> int:
        """The number of the value of an operation, written once."""
        operation = Operation(name, arguments, detail)
        if operation not in self._known:
            self._known[operation] = len(self.operations)
            self.operations.append(operation)
        return self._known[operation]

    def input(self, array: str, index: int) -> int:
        """An element of an input array."""
        return self.value("input", detail=(array, index))

    def constant(self, number: float) -> int:
        """A number. Zero has one sign here."""
        return self.value("constant", detail=float(number) + 0.0)

    def output(self, array: str, index: int, value: int) -> None:
        """Declare an element of an output array."""
        self.outputs.append((array, index, value))

    def is_constant(self, value: int, number: float) -> bool:
        """Whether a value is this number."""
        operation = self.operations[value]
        return operation.name == "constant" and operation.detail == number

    def negate(self, a: int) -> int:
        """The opposite."""
        operation = self.operations[a]
        if operation.name == "negate":
            return operation.arguments[0]
        if operation.name == "constant":
            return self.constant(-operation.detail)
        return self.value("negate", a)

    def add(self, a: int, b: int) -> int:
        """A sum; nothing is added where one side is zero."""
        if self.is_constant(a, 0.0) or self.is_constant(b, 0.0):
            return b if self.is_constant(a, 0.0) else a
        for one, other in ((a, b), (b, a)):
            if self.operations[other].name == "negate":
                return self.subtract(one, self.negate(other))
        return self.value("add", *sorted((a, b)))

    def subtract(self, a: int, b: int) -> int:
        """A difference."""
        if self.is_constant(b, 0.0):
            return a
        return self.negate(b) if self.is_constant(a, 0.0) else self.value("subtract", a, b)

    def multiply(self, a: int, b: int) -> int:
        """A product; factors of one are left out, and of minus one negate."""
        for one, other in ((a, b), (b, a)):
            if self.is_constant(one, 1.0):
                return other
            if self.is_constant(one, -1.0):
                return self.negate(other)
        return self.value("multiply", *sorted((a, b)))

    def fma(self, a: int, b: int, c: int) -> int:
        """``a b + c``, rounded once where the product is not trivial."""
        for one, other in ((a, b), (b, a)):
            if self.is_constant(one, 1.0):
                return self.add(c, other)
            if self.is_constant(one, -1.0):
                return self.subtract(c, other)
        return self.multiply(a, b) if self.is_constant(c, 0.0) else self.value("fma", *sorted((a, b)), c)

    def divide(self, a: int, b: int) -> int:
        """A quotient."""
        return a if self.is_constant(b, 1.0) else self.value("divide", a, b)

    def width_of(self, array: str) -> int:
        """Elements of an array that the program names, at least."""
        inputs = [op.detail[1] + 1 for op in self.operations if op.name == "input" and op.detail[0] == array]
        outputs = [index + 1 for name, index, _ in self.outputs if name == array]
        return max([0, *inputs, *outputs])


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negate": np.negative,
    "fma": lambda a, b, c: a * b + c,
    "sqrt": np.sqrt,
    "absolute": np.abs,
    "largest": np.maximum,
    "smallest": np.minimum,
    "exp": functions.exp,
    "log": functions.log,
    "power": functions.power,
    "where": functions.where,
}


def evaluate(program: Program, arrays: Mapping[str, Any]) -> dict[str, dict[int, Any]]:
    """Values of the outputs in NumPy, by array and index: the plainest back end, for checking the others.

    Parameters
    ----------
    program
        What to compute.
    arrays
        Input arrays by name; the first axis is the element, further axes are carried along.

    Returns
    -------
    Outputs by array and element. Products are not fused, so they differ from compiled code by rounding.
    """
    values: list[Any] = []
    for operation in program.operations:
        taken = [values[argument] for argument in operation.arguments]
        if operation.name == "input":
            array, index = operation.detail
            values.append(arrays[array][index])
        elif operation.name == "constant":
            values.append(operation.detail)
        elif operation.name == "equilibria":
            values.append(_equilibria(taken, operation.detail))
        elif operation.name == "part":
            values.append(taken[0][operation.detail])
        else:
            values.append(ELEMENTWISE[operation.name](*taken))
    found: dict[str, dict[int, Any]] = {}
    for array, index, value in program.outputs:
        found.setdefault(array, {})[index] = values[value]
    return found


def _equilibria(arguments: list[Any], partners: tuple[int, ...]) -> list[Any]:
    """Free ligand of each competition: start, total, capacities, dissociation constants, one after the other.

    The starts are left aside: they shorten the way, and do not change where it ends.
    """
    found: list[Any] = []
    first = 0
    for n in partners:
        _, total, *rest = arguments[first : first + 2 * n + 2]
        found.append(functions.free_ligand(total, tuple(rest[:n]), tuple(rest[n:])))
        first += 2 * n + 2
    return found

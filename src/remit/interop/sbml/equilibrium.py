"""The start and the step of ``remit.functions.free_ligand``, found by watching it compute.

The function is given numbers that remember how they came about. Values through which everything later
goes are its iterates, so the first is the start, and what leads from one to the next is the step. The
algorithm is thereby written once, in ``remit.functions``.
"""

import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import sympy

from remit.functions import PARTNERS, free_ligand

Operation = Callable[[Any, Any], Any]


class Watched:
    """A number that remembers how it was computed.

    It is no SymPy expression, so ``remit.functions`` computes with it as with any other number.
    ``operands`` are numbers or watched ones; ``moves`` says whether it depends on the total ligand.
    """

    def __init__(
        self, tape: list["Watched"], operation: Operation | None, operands: tuple[Any, ...], *, moves: bool
    ) -> None:
        self.tape = tape
        self.operation = operation
        self.operands = operands
        self.moves = moves
        self.index = len(tape)
        tape.append(self)

    @property
    def watched(self) -> list["Watched"]:
        """The watched ones among the operands."""
        return [each for each in self.operands if isinstance(each, Watched)]

    def _next(self, operation: Operation, left: Any, right: Any) -> "Watched":
        moves = any(each.moves for each in (left, right) if isinstance(each, Watched))
        return Watched(self.tape, operation, (left, right), moves=moves)

    def __add__(self, other: Any) -> "Watched":
        return self._next(operator.add, self, other)

    def __radd__(self, other: Any) -> "Watched":
        return self._next(operator.add, other, self)

    def __sub__(self, other: Any) -> "Watched":
        return self._next(operator.sub, self, other)

    def __rsub__(self, other: Any) -> "Watched":
        return self._next(operator.sub, other, self)

    def __mul__(self, other: Any) -> "Watched":
        return self._next(operator.mul, self, other)

    def __rmul__(self, other: Any) -> "Watched":
        return self._next(operator.mul, other, self)

    def __truediv__(self, other: Any) -> "Watched":
        return self._next(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> "Watched":
        return self._next(operator.truediv, other, self)


@dataclass(frozen=True, slots=True)
class Step:
    """From one iterate, ``free``, to the next: shared values, level upon level, then the result.

    A value that is used more than once is a symbol; those of a level need only what stands before it.
    """

    free: sympy.Symbol
    levels: tuple[dict[sympy.Symbol, sympy.Expr], ...]
    result: sympy.Expr


@dataclass(frozen=True, slots=True)
class Scheme:
    """How free ligand is found: ``start``, then ``n_steps`` times ``step``.

    ``arguments`` are the total, and capacities and dissociation constants of ``PARTNERS`` partners.
    """

    arguments: tuple[sympy.Symbol, ...]
    start: sympy.Expr
    step: Step
    n_steps: int


@cache
def scheme() -> Scheme:
    """The scheme of ``remit.functions.free_ligand``."""
    partners = range(1, PARTNERS + 1)
    kinds = ("capacity", "dissociation")
    names = ("total", *(f"{kind}_{i}" for kind in kinds for i in partners))
    arguments = tuple(sympy.Symbol(name) for name in names)
    tape: list[Watched] = []
    total, *rest = (Watched(tape, None, (), moves=index == 0) for index in range(len(arguments)))
    result = free_ligand(total, tuple(rest[:PARTNERS]), tuple(rest[PARTNERS:]))
    iterates = _iterates(tape, len(arguments))
    known = dict(enumerate(arguments))
    start = _formula(tape[iterates[0]], known)
    steps = [_step(tape, *pair, known) for pair in pairwise(iterates)]
    if tape[iterates[-1]] is not result or any(step != steps[0] for step in steps):
        raise RuntimeError("free_ligand does not repeat one step from a start")
    return Scheme(arguments, start, steps[0], len(steps))


def _iterates(tape: list[Watched], n_inputs: int) -> list[int]:
    """Places of the values beyond which nothing older is used, apart from what does not move."""
    oldest = len(tape)
    found: list[int] = []
    for entry in reversed(tape[n_inputs:]):
        if entry.moves and entry.index <= oldest:
            found.append(entry.index)
        used = [each.index for each in entry.watched if each.moves and each.index >= n_inputs]
        oldest = min([oldest, *used])
    return found[::-1]


def _step(tape: list[Watched], here: int, there: int, inputs: dict[int, sympy.Symbol]) -> Step:
    """How the value at one place follows from that at another and the inputs."""
    entries = tape[here + 1 : there + 1]
    uses = Counter(each.index for entry in entries for each in entry.watched)
    free = sympy.Symbol("free")
    known, level_of = {**inputs, here: free}, dict.fromkeys((*inputs, here), 0)
    levels: list[dict[sympy.Symbol, sympy.Expr]] = []
    for entry in entries:
        level = max(level_of[each.index] for each in entry.watched)
        if uses[entry.index] > 1 and entry.moves:
            formula = _formula(entry, known)
            known[entry.index] = sympy.Symbol(f"value_{sum(map(len, levels)) + 1}")
            levels += [{}] if level == len(levels) else []
            levels[level][known[entry.index]] = formula
            level += 1
        level_of[entry.index] = level
    return Step(free, tuple(levels), _formula(tape[there], known))


def _formula(entry: Watched, known: dict[int, sympy.Symbol]) -> sympy.Expr:
    """How a value follows from known ones."""
    formulas: dict[int, Any] = dict(known)

    def formula(value: Any) -> Any:
        if not isinstance(value, Watched):
            return sympy.Integer(value) if float(value).is_integer() else sympy.Float(value)
        if value.index not in formulas and value.operation is not None:
            formulas[value.index] = value.operation(*map(formula, value.operands))
        return formulas[value.index]

    return formula(entry)

"""The Newton step of ``remit.functions.free_ligand`` as formulas, found by watching it compute.

``newton_step`` is given numbers that remember how they came about, so it is written once, in
``remit.functions``, and a file repeats it value by value as compiled code does.
"""

import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from remit.functions import PARTNERS, newton_step

Operation = Callable[[Any, Any], Any]

N_STEPS = 10
"""Steps of a file, which has no loop. Early ones double free ligand, so they reach round-off for capacities
of up to some thousand dissociation constants. More would take libroadrunner minutes to load."""


class Watched:
    """A number that remembers how it was computed.

    It is no SymPy expression, so ``remit.functions`` computes with it as with any other number.
    ``operands`` are numbers or watched ones; ``moves`` says whether it depends on the free ligand.
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

    def __sub__(self, other: Any) -> "Watched":
        return self._next(operator.sub, self, other)

    def __mul__(self, other: Any) -> "Watched":
        return self._next(operator.mul, self, other)

    def __truediv__(self, other: Any) -> "Watched":
        return self._next(operator.truediv, self, other)


@dataclass(frozen=True, slots=True)
class Step:
    """From one iterate to the next: shared values, level upon level, then the result.

    ``arguments`` are the iterate, the total, and capacities and dissociation constants of ``PARTNERS``
    partners. A value that is used more than once is a symbol; those of a level need only what stands
    before it.
    """

    arguments: tuple[sympy.Symbol, ...]
    levels: tuple[dict[sympy.Symbol, sympy.Expr], ...]
    result: sympy.Expr


@cache
def step() -> Step:
    """The step of ``remit.functions.free_ligand``."""
    partners = range(1, PARTNERS + 1)
    kinds = ("capacity", "dissociation")
    names = ("free", "total", *(f"{kind}_{i}" for kind in kinds for i in partners))
    arguments = tuple(sympy.Symbol(name) for name in names)
    tape: list[Watched] = []
    free, total, *rest = (Watched(tape, None, (), moves=index == 0) for index in range(len(arguments)))
    result = newton_step(free, total, tuple(rest[:PARTNERS]), tuple(rest[PARTNERS:]))
    entries = tape[len(arguments) :]
    uses = Counter(each.index for entry in entries for each in entry.watched)
    known: dict[int, sympy.Expr] = dict(enumerate(arguments))
    level_of = dict.fromkeys(known, 0)
    levels: list[dict[sympy.Symbol, sympy.Expr]] = []
    for entry in entries:
        level = max(level_of[each.index] for each in entry.watched)
        if uses[entry.index] > 1 and entry.moves:
            symbol = sympy.Symbol(f"value_{sum(map(len, levels)) + 1}")
            levels += [{}] if level == len(levels) else []
            levels[level][symbol] = _formula(entry, known)
            known[entry.index] = symbol
            level += 1
        level_of[entry.index] = level
    return Step(arguments, tuple(levels), _formula(result, known))


def _formula(entry: Watched, known: dict[int, sympy.Expr]) -> sympy.Expr:
    """How a value follows from known ones."""
    formulas: dict[int, Any] = dict(known)

    def formula(value: Any) -> Any:
        if not isinstance(value, Watched):
            return sympy.sympify(value)
        if value.index not in formulas and value.operation is not None:
            formulas[value.index] = value.operation(*map(formula, value.operands))
        return formulas[value.index]

    return formula(entry)

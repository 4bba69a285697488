"""Functions that a file defines, in the words of ``remit.functions``.

A simulator computes an argument once, however often the function uses it; a formula that stands in a
branch, or twice, some compute anew each time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from remit.interop.sbml.equilibrium import step
from remit.symbols import WhereNode

LIGAND = "free_ligand"
STEP: Any = sympy.Function(f"{LIGAND}_step")
"""The next iterate of a free ligand."""
WHERE: Any = sympy.Function("where_positive")
POSITIVE: Any = sympy.Function("positive_part")
POWER: Any = sympy.Function("power_or_zero")
"""``where``, its most frequent form ``where(x, x, 0)``, and ``power``."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function of a file; ``unit`` is one that all arguments may have, None where any are allowed."""

    name: str
    arguments: tuple[sympy.Symbol, ...]
    body: Any
    unit: str | None = None


def where(x: sympy.Expr, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """The call for ``remit.functions.where``."""
    return POSITIVE(x) if a == x and b == 0 else WHERE(x, a, b)


def definitions(formulas: Iterable[sympy.Expr]) -> list[Definition]:
    """Functions that formulas call, each after those that it calls."""
    called = {type(call).__name__ for each in formulas for call in each.atoms(AppliedUndef)}
    steps = [*_steps()] if STEP.__name__ in called else []
    return [*(each for each in _plain() if each.name in called), *reversed(steps)]


def reserved() -> list[str]:
    """Names of all functions that a file may define."""
    return [each.name for each in (*_plain(), *_steps())]


def _plain() -> Iterator[Definition]:
    x, a, b, exponent = sympy.symbols("x a b exponent")
    yield Definition(WHERE.__name__, (x, a, b), WhereNode(x, a, b))
    # Without a number, so that it holds in any unit, and without a branch.
    yield Definition(POSITIVE.__name__, (x,), (x + sympy.Abs(x)) / 2)
    yield Definition(POWER.__name__, (x, exponent), WhereNode(x, x**exponent, 0), "")


def _steps() -> Iterator[Definition]:
    """The step of a free ligand: a function for each level of shared values, which calls the next one."""
    found = step()
    arguments, n_levels = found.arguments, len(found.levels)
    for k in range(n_levels + 1):
        name = f"{STEP.__name__}_{k + 1}" if k else STEP.__name__
        if k == n_levels:
            yield Definition(name, arguments, found.result)
            return
        following = _needed((*arguments, *found.levels[k]), k + 1)
        given = (found.levels[k].get(each, each) for each in following)
        yield Definition(name, arguments, sympy.Function(f"{STEP.__name__}_{k + 2}")(*given))
        arguments = following


def _needed(known: tuple[sympy.Symbol, ...], level: int) -> tuple[sympy.Symbol, ...]:
    """What of the known symbols is still used from a level on."""
    found = step()
    later = (*(value for values in found.levels[level:] for value in values.values()), found.result)
    used = {symbol for each in later for symbol in each.free_symbols}
    return tuple(each for each in known if each in used)

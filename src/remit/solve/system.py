"""From equation files to one small set of expressions: traced, hoisted, differentiated, ordered.

Parameter-only parts move out of the kernel and are computed once per patient; the rest is shared
between right-hand side and Jacobian by common-subexpression elimination.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sympy

from remit.errors import ModelSizeError
from remit.functions import FreeLigandNode

MAX_STATES = 150
"""Straight-line code compiles in time proportional to size; beyond this it is no longer practical."""


@dataclass(frozen=True, slots=True)
class Equations:
    """What a model must say to be solved.

    ``rates`` and ``observe`` take state, and parameters by name, and return tuples; ``levels`` are the
    sizes below which each state is not observed; ``groups`` die out together.
    """

    name: str
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    observables: tuple[str, ...]
    rates: Callable[[tuple[Any, ...], Mapping[str, Any]], tuple[Any, ...]]
    observe: Callable[[tuple[Any, ...], Mapping[str, Any]], tuple[Any, ...]]
    levels: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class System:
    """A traced model: state and parameter symbols, hoisted constants, rates, Jacobian, observables."""

    equations: Equations
    states: tuple[sympy.Symbol, ...]
    parameters: tuple[sympy.Symbol, ...]
    constants: tuple[tuple[sympy.Symbol, sympy.Expr], ...]
    rates: tuple[sympy.Expr, ...]
    jacobian: dict[tuple[int, int], sympy.Expr]
    observables: tuple[sympy.Expr, ...]


class Hoist:
    """Replaces every subexpression of parameters alone by a constant symbol."""

    def __init__(self, states: Sequence[sympy.Symbol]) -> None:
        self.states = frozenset(states)
        self.constants: dict[sympy.Expr, sympy.Symbol] = {}
        self.meanings: dict[sympy.Symbol, sympy.Expr] = {}
        self._seen: dict[sympy.Expr, sympy.Expr] = {}

    def constant(self, expression: sympy.Expr) -> sympy.Expr:
        """The symbol that stands for a parameter-only expression."""
        if expression.is_Number or expression.is_Symbol or (-expression).is_Symbol:
            return expression
        in_parameters = cast("sympy.Expr", expression.xreplace(self.meanings))
        if in_parameters not in self.constants:
            symbol = sympy.Symbol(f"q{len(self.constants)}")
            self.constants[in_parameters] = symbol
            self.meanings[symbol] = in_parameters
        return self.constants[in_parameters]

    def __call__(self, expression: sympy.Expr) -> sympy.Expr:
        """The expression with constants in place."""
        if expression.is_Atom:
            return expression
        if expression in self._seen:
            return self._seen[expression]
        arguments = cast("tuple[sympy.Expr, ...]", expression.args)
        if not expression.free_symbols & self.states:
            result = self.constant(expression)
        elif expression.is_Mul or expression.is_Add:
            fixed = [arg for arg in arguments if not arg.free_symbols & self.states]
            moving = [self(arg) for arg in arguments if arg.free_symbols & self.states]
            result = expression.func(*([self.constant(expression.func(*fixed))] if fixed else []), *moving)
        else:
            result = expression.func(*(self(arg) for arg in arguments))
        self._seen[expression] = result
        return result


def trace(equations: Equations) -> System:
    """Trace a model with symbols.

    Raises
    ------
    ModelSizeError
        If the model has more states than straight-line code can take.
    """
    if len(equations.states) > MAX_STATES:
        raise ModelSizeError(
            f"model {equations.name}\n  found    {len(equations.states)} states\n"
            f"  needed   at most {MAX_STATES}\n  try      lumping states; larger models need another kernel"
        )
    states = tuple(sympy.Symbol(f"y{i}") for i in range(len(equations.states)))
    parameters = tuple(sympy.Symbol(f"p{i}") for i in range(len(equations.parameters)))
    named = dict(zip(equations.parameters, parameters, strict=True))
    rates = [sympy.sympify(rate) for rate in equations.rates(states, named)]
    hoist = Hoist(states)
    rates = [hoist(rate) for rate in rates]
    observables = [hoist(sympy.sympify(value)) for value in equations.observe(states, named)]
    jacobian: dict[tuple[int, int], sympy.Expr] = {}
    for i, rate in enumerate(rates):
        for j, state in enumerate(states):
            if state in rate.free_symbols and (entry := sympy.diff(rate, state)) != 0:
                jacobian[i, j] = hoist(entry)
    constants = tuple((symbol, expression) for expression, symbol in hoist.constants.items())
    return System(equations, states, parameters, constants, tuple(rates), jacobian, tuple(observables))


def elimination_order(n: int, pattern: set[tuple[int, int]]) -> list[int]:
    """Markowitz order of diagonal pivots: at each step the one that could fill least."""
    rows = {i: {j for j in range(n) if (i, j) in pattern or i == j} for i in range(n)}
    columns = {j: {i for i in range(n) if (i, j) in pattern or i == j} for j in range(n)}
    order: list[int] = []
    while rows:
        pivot = min(rows, key=lambda i: ((len(rows[i]) - 1) * (len(columns[i]) - 1), i))
        for i in columns[pivot] - {pivot}:
            rows[i] |= rows[pivot] - {pivot}
        for j in rows[pivot] - {pivot}:
            columns[j] |= columns[pivot] - {pivot}
        for i in columns[pivot]:
            rows[i].discard(pivot)
        for j in rows[pivot]:
            if j in columns:
                columns[j].discard(pivot)
        del rows[pivot], columns[pivot]
        order.append(pivot)
    return order


def drop_absent_partners(expression: sympy.Expr) -> sympy.Expr:
    """Free-ligand nodes without the partners whose capacity is zero."""

    def reduce(*args: sympy.Expr) -> sympy.Expr:
        total, *rest = args
        half = len(rest) // 2
        kept = [(c, k) for c, k in zip(rest[:half], rest[half:], strict=True) if c != 0]
        return cast("sympy.Expr", FreeLigandNode(total, *(c for c, _ in kept), *(k for _, k in kept)))

    if not expression.has(FreeLigandNode):
        return expression
    return cast("sympy.Expr", expression.replace(FreeLigandNode, reduce))

"""From equation files to one small set of expressions: traced with symbols, hoisted, differentiated.

Parameter-only parts move out of the kernel and are computed once per patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import sympy

from remit.solve.equations import Equations, refuse_large, values_of
from remit.symbols import FreeLigandNode, power


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
        self._seen: dict[sympy.Basic, sympy.Expr] = {}
        self._moves: dict[sympy.Basic, bool] = {}

    def moves(self, expression: sympy.Basic) -> bool:
        """Whether an expression depends on the state."""
        if expression not in self._moves:
            self._moves[expression] = (
                expression in self.states
                if expression.is_Atom
                else any(self.moves(each) for each in expression.args)
            )
        return self._moves[expression]

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
        if expression not in self._seen:
            self._seen[expression] = self._hoisted(expression)
        return self._seen[expression]

    def _hoisted(self, expression: sympy.Expr) -> sympy.Expr:
        arguments = cast("tuple[sympy.Expr, ...]", expression.args)
        if not self.moves(expression):
            return self.constant(expression)
        if not (expression.is_Mul or expression.is_Add):
            return expression.func(*(self(arg) for arg in arguments))
        fixed = [arg for arg in arguments if not self.moves(arg)]
        moving = [self(arg) for arg in arguments if self.moves(arg)]
        return expression.func(*([self.constant(expression.func(*fixed))] if fixed else []), *moving)


def trace(equations: Equations) -> System:
    """Trace a model with symbols.

    Raises
    ------
    ModelSizeError
        If the model has more states than straight-line code can take.
    InputError
        If an equation cannot take symbols, or returns other than one value per name.
    """
    refuse_large(equations)
    states = tuple(sympy.Symbol(f"y{i}") for i in range(len(equations.states)))
    parameters = tuple(sympy.Symbol(f"p{i}") for i in range(len(equations.parameters)))
    named = dict(zip(equations.parameters, parameters, strict=True))

    hoist = Hoist(states)
    rates, observables = (
        [hoist(simplified(sympy.sympify(value))) for value in values]
        for values in values_of(equations, states, named)
    )
    jacobian: dict[tuple[int, int], sympy.Expr] = {}
    for i, rate in enumerate(rates):
        for j in sorted(states.index(symbol) for symbol in rate.free_symbols & set(states)):
            if (entry := sympy.diff(rate, states[j])) != 0:
                jacobian[i, j] = hoist(entry)
    constants = tuple((symbol, expression) for expression, symbol in hoist.constants.items())
    return System(equations, states, parameters, constants, tuple(rates), jacobian, tuple(observables))


def simplified(expression: sympy.Expr) -> sympy.Expr:
    """Free ligands without partners that are absent, and real powers as nodes that are defined at zero."""

    def present(*args: sympy.Expr) -> sympy.Expr:
        total, *rest = args
        half = len(rest) // 2
        kept = [(c, k) for c, k in zip(rest[:half], rest[half:], strict=True) if c != 0]
        return cast("sympy.Expr", FreeLigandNode(total, *(c for c, _ in kept), *(k for _, k in kept)))

    def is_real_power(each: Any) -> bool:
        return bool(each.is_Pow and not each.exp.is_Integer)

    found = expression.replace(FreeLigandNode, present) if expression.has(FreeLigandNode) else expression
    if any(is_real_power(each) for each in sympy.preorder_traversal(found)):
        found = found.replace(is_real_power, lambda each: power(each.base, each.exp))
    return cast("sympy.Expr", found)

"""A model as named formulas: what is computed once, what follows the state, and the rates of change.

The equation files are called with symbols. What several formulas share becomes a formula of its own, a
free ligand becomes the steps that find it, and what depends on parameters alone is set apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import count, islice
from typing import Any, cast

import sympy

from remit.errors import problem
from remit.functions import PARTNERS
from remit.interop.sbml.equilibrium import N_STEPS
from remit.interop.sbml.functions import LIGAND, POWER, STEP, reserved, where
from remit.interop.sbml.names import Identifiers, Names
from remit.solve import Equations
from remit.symbols import FreeLigandNode, PowerNode, WhereNode

KNOWN = (sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.log)

Definitions = dict[sympy.Symbol, sympy.Expr]


@dataclass(frozen=True, slots=True)
class Formulas:
    """A model in formulas over its symbols, which bear the identifiers of the file.

    ``definitions`` says what each derived value is, in an order in which each needs only those before it;
    ``fixed`` are the derived values that depend on parameters alone; ``rates`` gives the rate of change of
    each state. ``names`` are the identifiers by the names of the equations.
    """

    names: Identifiers
    definitions: Definitions
    fixed: frozenset[sympy.Symbol]
    rates: Definitions

    @property
    def all(self) -> tuple[sympy.Expr, ...]:
        """Every formula."""
        return (*self.definitions.values(), *self.rates.values())


class Rewriting:
    """Rewrites expressions for the file: free ligands as symbols, other functions as calls of its own.

    ``ligands`` collects the free ligands by symbol, with their arguments: total, capacities, dissociation
    constants.
    """

    def __init__(self, model: str, names: Names) -> None:
        self.model = model
        self.names = names
        self.ligands: dict[sympy.Symbol, tuple[sympy.Expr, ...]] = {}
        self._seen: dict[sympy.Expr, sympy.Expr] = {}

    def __call__(self, value: Any) -> sympy.Expr:
        """The expression, rewritten."""
        expression = cast("sympy.Expr", sympy.sympify(value))
        if expression.is_Atom:
            return expression
        if expression not in self._seen:
            self._seen[expression] = self._new(expression)
        return self._seen[expression]

    def _new(self, expression: sympy.Expr) -> sympy.Expr:
        arguments = tuple(self(each) for each in expression.args)
        if isinstance(expression, FreeLigandNode):
            symbol = sympy.Symbol(self.names.new(f"{LIGAND}_{len(self.ligands) + 1}"))
            self.ligands[symbol] = arguments
            return symbol
        if isinstance(expression, PowerNode):
            return POWER(*arguments)
        if isinstance(expression, WhereNode):
            return where(*arguments)
        if not isinstance(expression, KNOWN):
            found = f"the function {type(expression).__name__}"
            raise problem(f"model {self.model}", found, "arithmetic and the functions of remit.functions")
        return expression.func(*arguments)


def formulas(equations: Equations, names: Names) -> Formulas:
    """The formulas of a model, with identifiers taken from ``names``.

    Raises
    ------
    InputError
        If an equation calls a function that ``remit.functions`` does not have, or a ligand has too many
        binding partners.
    """
    names.all_new(reserved())
    states, parameters = (names.all_new(each) for each in (equations.states, equations.parameters))
    y = tuple(map(sympy.Symbol, states.values()))
    p = {name: sympy.Symbol(each) for name, each in parameters.items()}
    rewritten = Rewriting(equations.name, names)
    rates = [rewritten(rate) for rate in equations.rates(y, p)]
    seen = [rewritten(value) for value in equations.observe(y, p)]
    inputs = [each for arguments in rewritten.ligands.values() for each in arguments]
    # No identifier looks like these: which of them bears the name of an observable shows only later.
    unnamed = (sympy.Symbol(f"?{index}") for index in count())
    shared, reduced = sympy.cse([*rates, *seen, *inputs], symbols=unnamed)
    found = iter(cast("list[sympy.Expr]", reduced))
    definitions: Definitions = dict(shared)
    changes = dict(zip(y, islice(found, len(rates)), strict=True))
    observables, bearers = _observables(equations, states, definitions, [*islice(found, len(seen))], names)
    for ligand, arguments in rewritten.ligands.items():
        definitions |= _steps(ligand, [*islice(found, len(arguments))], names)
    others = [symbol for symbol, _ in shared if symbol not in bearers]
    bearers |= {symbol: sympy.Symbol(names.new(f"shared_{i}")) for i, symbol in enumerate(others, 1)}
    definitions = _ordered(_renamed(definitions, bearers))
    fixed = _fixed(definitions, frozenset(p.values()))
    return Formulas(
        Identifiers(states, parameters, observables), definitions, fixed, _renamed(changes, bearers)
    )


def _observables(
    equations: Equations,
    states: Mapping[str, str],
    definitions: Definitions,
    values: Sequence[sympy.Expr],
    names: Names,
) -> tuple[dict[str, str], dict[sympy.Symbol, sympy.Symbol]]:
    """Identifiers of the observables, which are added to ``definitions``, and the shared values that are one.

    A state that is observed under its own name needs no formula.
    """
    identifiers: dict[str, str] = {}
    bearers: dict[sympy.Symbol, sympy.Symbol] = {}
    for name, value in zip(equations.observables, values, strict=True):
        if name in states and value == sympy.Symbol(states[name]):
            identifiers[name] = states[name]
            continue
        identifiers[name] = names.new(f"{name}__observed" if name in states else name)
        symbol = sympy.Symbol(identifiers[name])
        if isinstance(value, sympy.Symbol) and value in definitions and value not in bearers:
            bearers[value] = symbol
        else:
            definitions[symbol] = value
    return identifiers, bearers


def _steps(ligand: sympy.Symbol, arguments: Sequence[sympy.Expr], names: Names) -> Definitions:
    """The steps that find a free ligand; partners that are absent have no capacity."""
    found: Definitions = {}

    def named(what: str, value: sympy.Expr) -> sympy.Expr:
        if value.is_Atom:
            return value
        symbol = sympy.Symbol(names.new(f"{ligand}__{what}"))
        found[symbol] = value
        return symbol

    total, *rest = arguments
    half = len(rest) // 2
    partners = [(c, k) for c, k in zip(rest[:half], rest[half:], strict=True) if c != 0]
    if len(partners) > PARTNERS:
        raise problem(LIGAND, f"{len(partners)} binding partners", f"at most {PARTNERS}")
    absent = PARTNERS - len(partners)
    given = (
        named("total", total),
        *(named(f"capacity_{i}", c) for i, (c, _) in enumerate(partners, 1)),
        *(sympy.Integer(0),) * absent,
        *(named(f"dissociation_{i}", k) for i, (_, k) in enumerate(partners, 1)),
        *(sympy.Integer(1),) * absent,
    )
    free: sympy.Expr = sympy.Integer(0)
    for index in range(1, N_STEPS + 1):
        following = ligand if index == N_STEPS else sympy.Symbol(names.new(f"{ligand}__step_{index}"))
        found[following] = STEP(free, *given)
        free = following
    return found


def _renamed(definitions: Definitions, bearers: dict[sympy.Symbol, sympy.Symbol]) -> Definitions:
    return {
        bearers.get(symbol, symbol): cast("sympy.Expr", value.xreplace(bearers))
        for symbol, value in definitions.items()
    }


def _ordered(definitions: Definitions) -> Definitions:
    """The definitions in an order in which each needs only those before it."""
    sorter: TopologicalSorter[sympy.Symbol] = TopologicalSorter()
    for symbol, value in definitions.items():
        needed = sorted(value.free_symbols & definitions.keys(), key=str)
        sorter.add(symbol, *cast("list[sympy.Symbol]", needed))
    return {symbol: definitions[symbol] for symbol in sorter.static_order()}


def _fixed(definitions: Definitions, parameters: frozenset[sympy.Symbol]) -> frozenset[sympy.Symbol]:
    """The derived values that depend on parameters alone."""
    known: set[sympy.Basic] = set(parameters)
    for symbol, value in definitions.items():
        if value.free_symbols <= known:
            known.add(symbol)
    return frozenset(symbol for symbol in definitions if symbol in known)

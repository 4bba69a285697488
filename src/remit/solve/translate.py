"""From SymPy expressions to straight-line programs: common subexpressions out, products fused into sums."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from typing import Any, cast

import sympy

from remit.errors import problem
from remit.solve import linear
from remit.solve.program import Program
from remit.solve.system import System
from remit.symbols import FreeLigandNode, PowerNode, WhereNode

Values = dict[sympy.Basic, int]
CALLS: dict[Any, str] = {sympy.exp: "exp", sympy.log: "log", PowerNode: "power", WhereNode: "where"}


class Translator:
    """Adds expressions to a program, given the values of their symbols."""

    def __init__(self, program: Program, values: Values, divisors: Collection[sympy.Basic] = ()) -> None:
        self.program = program
        self.values = values
        self.divisors = divisors
        """What is divided by more than once; its reciprocal is taken once."""

    def __call__(self, expression: sympy.Basic) -> int:
        """The value of an expression, computed once."""
        if expression not in self.values:
            self.values[expression] = self._new(expression)
        return self.values[expression]

    def _new(self, expression: Any) -> int:
        if expression.is_Number:
            return self.program.constant(float(expression))
        if expression.is_Add:
            return self._sum(expression.args)
        if expression.is_Mul:
            return self._product(expression.args)
        if expression.is_Pow:
            return self._power(expression.base, expression.exp)
        if expression.func not in CALLS:
            raise problem(
                "equations",
                str(expression),
                "arithmetic and the functions of remit.functions",
                "exp, log, power, minimum, maximum and where, and no dependence on time",
            )
        return self.program.value(CALLS[expression.func], *map(self, expression.args))

    def _sum(self, terms: Sequence[Any]) -> int:
        """Plain terms first, then products, each fused into the sum."""
        program = self.program
        is_product = [
            term.is_Mul and term not in self.values and len(_above(term.args)) > 1 for term in terms
        ]
        plain = [self(term) for term, product in zip(terms, is_product, strict=True) if not product]
        total = reduce(program.add, plain, program.constant(0.0))
        for term in (term for term, product in zip(terms, is_product, strict=True) if product):
            first, *rest = map(self, _above(term.args))
            left = self._divided(first, term.args)
            right = reduce(program.multiply, rest)
            total = program.fma(program.negate(left) if -1 in term.args else left, right, total)
        return total

    def _product(self, factors: Sequence[Any]) -> int:
        program = self.program
        above = reduce(program.multiply, map(self, _above(factors)), program.constant(1.0))
        value = self._divided(above, factors)
        return program.negate(value) if -1 in factors else value

    def _divided(self, value: int, factors: Sequence[Any]) -> int:
        """A value over what the factors have below; a reciprocal that is shared multiplies."""
        program = self.program
        below = [each for each in factors if _is_below(each)]
        shared = [each for each in below if each in self.values or each.base in self.divisors]
        for each in shared:
            value = program.multiply(value, self(each))
        others = [self(1 / each) for each in below if each not in shared]
        return program.divide(value, reduce(program.multiply, others)) if others else value

    def _power(self, base: Any, exponent: Any) -> int:
        if not exponent.is_Integer:
            return self.program.value("power", self(base), self(exponent))
        program, one = self.program, self.program.constant(1.0)
        if exponent < 0 and base in self.divisors:
            return self._whole_power(program.divide(one, self(base)), -int(exponent))
        value = self._whole_power(self(base), abs(int(exponent)))
        return value if exponent > 0 else program.divide(one, value)

    def _whole_power(self, base: int, exponent: int) -> int:
        if exponent == 1:
            return base
        half = self._whole_power(base, exponent // 2)
        square = self.program.multiply(half, half)
        return self.program.multiply(square, base) if exponent % 2 else square


def _is_below(factor: Any) -> bool:
    return bool(factor.is_Pow and factor.exp.is_Integer and factor.exp < 0)


def _above(factors: Sequence[Any]) -> list[Any]:
    return [each for each in factors if each != -1 and not _is_below(each)]


def ligands(expressions: Sequence[sympy.Expr]) -> list[Any]:
    """The free ligands in expressions, in a repeatable order."""
    found = {node for each in expressions for node in each.atoms(FreeLigandNode)}
    return sorted(found, key=sympy.default_sort_key)


def add_expressions(
    program: Program, expressions: Sequence[sympy.Expr], known: Values, starts: Values | None = None
) -> list[int]:
    """Add expressions to a program with common subexpressions shared, all equilibria solved together first.

    Parameters
    ----------
    program
        What they are added to.
    expressions
        Their values are returned.
    known
        Values of their symbols.
    starts
        Where the search for a free ligand begins, by node; at zero unless given.

    Raises
    ------
    InputError
        If a free ligand depends on another, or an equation calls an unknown function.
    """
    nodes = ligands(expressions)
    if not nodes:
        return _shared(program, expressions, known)
    if any(argument.has(FreeLigandNode) for node in nodes for argument in node.args):
        raise problem(
            "equations", "a free ligand that depends on another", "equilibria that stand side by side"
        )
    given = iter(_shared(program, [argument for node in nodes for argument in node.args], known))
    zero = program.constant(0.0)
    arguments: list[int] = []
    for node in nodes:
        start = zero if starts is None else starts[node]
        arguments += [start, *islice(given, len(node.args))]
    partners = tuple((len(node.args) - 1) // 2 for node in nodes)
    solved = program.value("equilibria", *arguments, detail=partners)
    free = {node: sympy.Symbol(f"free_{index}") for index, node in enumerate(nodes)}
    parts = {free[node]: program.value("part", solved, detail=index) for index, node in enumerate(nodes)}
    return _shared(
        program, [cast("sympy.Expr", each.xreplace(free)) for each in expressions], {**known, **parts}
    )


def _shared(program: Program, expressions: Sequence[Any], known: Values) -> list[int]:
    """Values of expressions after common-subexpression elimination, in canonical and so repeatable order."""
    symbols = sympy.numbered_symbols("shared_")
    found: Any = sympy.cse(list(expressions), symbols=symbols, order="canonical")
    shared, reduced = found
    terms: list[Any] = [*(value for _, value in shared), *reduced]
    parts: list[Any] = [part for term in terms for part in sympy.preorder_traversal(term)]
    below = Counter(part.base for part in parts if _is_below(part))
    translate = Translator(program, dict(known), {base for base, count in below.items() if count > 1})
    for symbol, value in shared:
        translate.values[symbol] = translate(value)
    return [translate(each) for each in reduced]


@dataclass(frozen=True, slots=True)
class Programs:
    """Everything that is computed of a model.

    ``prepare`` turns parameters ``p`` into the constants ``q`` of a patient; ``rates`` and ``observe``
    turn state ``u`` and ``q`` into rates ``f`` and observables ``seen``; ``factorise`` turns state ``y``,
    ``q`` and ``w`` into rates, the factors ``lu`` of ``w I - J`` and free ligands ``free``, from which the
    next search for them begins; ``substitute`` solves for ``k``.
    """

    prepare: Program
    rates: Program
    factorise: Program
    substitute: Program
    observe: Program

    def size(self, array: str) -> int:
        """Elements of an array."""
        every = (self.prepare, self.rates, self.factorise, self.substitute, self.observe)
        return max(program.width_of(array) for program in every)


def programs(system: System) -> Programs:
    """The programs of a traced system."""
    n = len(system.states)
    meanings = dict(system.constants)
    jacobian = dict(sorted(system.jacobian.items()))
    every = [*system.rates, *system.observables, *jacobian.values()]
    used: set[Any] = set().union(*(each.free_symbols for each in every))
    constants = [symbol for symbol in (*system.parameters, *meanings) if symbol in used]

    free = ligands(system.rates)

    def new(array: str) -> tuple[Program, Values]:
        program = Program()
        known: Values = {symbol: program.input(array, i) for i, symbol in enumerate(system.states)}
        return program, known | {symbol: program.input("q", i) for i, symbol in enumerate(constants)}

    prepare = Program()
    given: Values = {symbol: prepare.input("p", i) for i, symbol in enumerate(system.parameters)}
    put(prepare, "q", add_expressions(prepare, [meanings.get(each, each) for each in constants], given))
    rates, known = new("u")
    starts: Values = {node: rates.input("free", i) for i, node in enumerate(free)}
    put(rates, "f", add_expressions(rates, system.rates, known, starts))
    observe, known = new("u")
    put(observe, "seen", add_expressions(observe, system.observables, known))
    factors, known = new("y")
    starts = {node: factors.input("free", i) for i, node in enumerate(free)}
    values = iter(add_expressions(factors, [*system.rates, *free, *jacobian.values()], known, starts))
    put(factors, "f", list(islice(values, n)))
    put(factors, "free", list(islice(values, len(free))))
    order = linear.elimination_order(n, set(jacobian))
    entries = dict(zip(jacobian, values, strict=True))
    store = linear.factorise(factors, factors.input("w", 0), entries, order)
    return Programs(prepare, rates, factors, linear.substitute(order, store), observe)


def put(program: Program, array: str, values: Sequence[int]) -> None:
    """Declare an output array."""
    for index, value in enumerate(values):
        program.output(array, index, value)

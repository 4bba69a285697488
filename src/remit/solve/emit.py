"""Prints a traced system as straight-line Python for Numba."""

from collections.abc import Iterable, Sequence
from typing import Any

import sympy
from sympy.printing.pycode import PythonCodePrinter

from remit.errors import problem
from remit.functions import PARTNERS, FreeLigandNode
from remit.solve import rodas5p
from remit.solve.system import System, elimination_order


class Printer(PythonCodePrinter):
    """Expressions in IEEE arithmetic and calls of ``remit.solve.arithmetic``."""

    def _print_Integer(self, expr: Any) -> str:
        return f"{int(expr)}.0"

    def _print_Rational(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_exp(self, expr: Any) -> str:
        return f"exp_({self._print(expr.args[0])})"

    def _print_log(self, expr: Any) -> str:
        return f"log_({self._print(expr.args[0])})"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        del rational
        base, exponent = self._print(expr.base), expr.exp
        if exponent.is_Integer and 1 <= abs(int(exponent)) <= 4:
            product = "*".join([f"({base})"] * abs(int(exponent)))
            return f"({product})" if exponent > 0 else f"(1.0/({product}))"
        return f"power_({base}, {self._print(exponent)})"

    def _print_WhereNode(self, expr: Any) -> str:
        return f"where_({', '.join(map(self._print, expr.args))})"


def lines(expressions: Sequence[sympy.Expr], targets: Sequence[str], prefix: str) -> list[str]:
    """Assignments of expressions to targets, with all free-ligand equilibria solved together first."""
    nodes = sorted(
        {node for each in expressions for node in each.atoms(FreeLigandNode)}, key=sympy.default_sort_key
    )
    if not nodes:
        return assignments(expressions, targets, prefix)
    if any(node.args[0].has(FreeLigandNode) for node in nodes):
        raise problem(
            "equations", "a free ligand that depends on another", "equilibria that stand side by side"
        )
    symbols = [sympy.Symbol(f"{prefix}f{j}") for j in range(len(nodes))]
    n = len(nodes)
    inputs: list[sympy.Basic] = []
    slots: list[str] = []
    for j, node in enumerate(nodes):
        for row, value in enumerate(padded(node)):
            inputs.append(value)
            slots.append(f"scratch[{row * n + j}]")
    swap = dict(zip(nodes, symbols, strict=True))
    return [
        *assignments(inputs, slots, f"{prefix}i"),
        f"free_ligands_(scratch, {n})",
        *(f"{symbol} = scratch[{7 * n + j}]" for j, symbol in enumerate(symbols)),
        *assignments([each.xreplace(swap) for each in expressions], targets, prefix),
    ]


def padded(node: sympy.Basic) -> tuple[sympy.Basic, ...]:
    """Arguments of a free-ligand node with absent partners filled in: total, capacities, dissociations."""
    total, *rest = node.args
    half = len(rest) // 2
    absent = PARTNERS - half
    zero, one = sympy.Float(0.0), sympy.Float(1.0)
    return (total, *rest[:half], *(zero,) * absent, *rest[half:], *(one,) * absent)


def assignments(expressions: Sequence[sympy.Basic], targets: Sequence[str], prefix: str) -> list[str]:
    """Assignments of expressions to targets, with common subexpressions taken out."""
    printer = Printer()
    names = sympy.numbered_symbols(prefix)
    shared, reduced = sympy.cse(list(expressions), symbols=names, order="none")
    body = [f"{symbol} = {printer.doprint(value)}" for symbol, value in shared]
    return body + [
        f"{target} = {printer.doprint(value)}" for target, value in zip(targets, reduced, strict=True)
    ]


def loads(array: str, symbols: Iterable[sympy.Symbol], used: set[sympy.Basic]) -> list[str]:
    """Reads of the array elements that are used."""
    return [f"{symbol} = {array}[{i}]" for i, symbol in enumerate(symbols) if symbol in used]


def function(name: str, arguments: str, body: list[str]) -> str:
    """Source of a compiled function."""
    indented = "\n".join(f"    {line}" for line in body or ["pass"])
    decorator = '@njit(error_model="numpy", inline="never", nogil=True, cache=True)'
    return f"{decorator}\ndef {name}({arguments}):\n{indented}\n"


def used_symbols(expressions: Iterable[sympy.Expr]) -> set[sympy.Basic]:
    """Symbols that occur in any of the expressions."""
    found: set[sympy.Basic] = set()
    for expression in expressions:
        found |= expression.free_symbols
    return found


def constants_function(system: System) -> str:
    """``prepare(p, q, scratch)``: the constants of one patient from parameters; parameters come first."""
    symbols = [symbol for symbol, _ in system.constants]
    expressions = [expression for _, expression in system.constants]
    count = len(system.parameters)
    body = loads("p", system.parameters, used_symbols(expressions))
    body += lines(expressions, [str(symbol) for symbol in symbols], "c")
    body += [f"q[{i}] = p[{i}]" for i in range(count)]
    body += [f"q[{count + i}] = {symbol}" for i, symbol in enumerate(symbols)]
    return function("prepare", "p, q, scratch", body)


def value_function(name: str, system: System, expressions: Sequence[sympy.Expr]) -> str:
    """``name(y, q, out, scratch)``: values of the expressions at a state."""
    used = used_symbols(expressions)
    body = loads("y", system.states, used) + loads("q", fixed(system), used)
    body += lines(expressions, [f"out[{i}]" for i in range(len(expressions))], "x")
    return function(name, "y, q, out, scratch", body)


def fixed(system: System) -> tuple[sympy.Symbol, ...]:
    """Parameters and constants in the order of the array ``q``."""
    return (*system.parameters, *(symbol for symbol, _ in system.constants))


def factorise_function(system: System) -> tuple[str, str, int]:
    """Sources of ``factorise(y, q, w, out, lu, scratch)`` and ``substitute(lu, b)``, and length of ``lu``.

    ``factorise`` evaluates the rates and the LU factors of ``w I - J`` in the elimination order;
    ``substitute`` solves in place. No pivoting across rows: the matrix is dominated by ``w`` at the
    step sizes that error control chooses, and the caller checks the growth of the solution.
    """
    n = len(system.states)
    order = elimination_order(n, set(system.jacobian))
    place = {old: new for new, old in enumerate(order)}
    entries = {(place[i], place[j]): expression for (i, j), expression in system.jacobian.items()}
    targets = [f"a_{i}_{j}" for i, j in entries]
    expressions = [*system.rates, *entries.values()]
    used = used_symbols(expressions)
    body = loads("y", system.states, used) + loads("q", fixed(system), used)
    body += lines(expressions, [f"out[{i}]" for i in range(n)] + targets, "x")
    filled = {key: f"-a_{key[0]}_{key[1]}" for key in entries}
    for i in range(n):
        filled[i, i] = f"w - a_{i}_{i}" if (i, i) in entries else "w"
    body += [f"m_{i}_{j} = {text}" for (i, j), text in filled.items()]
    body += eliminate(n, filled)
    store = {key: index for index, key in enumerate(sorted(filled))}
    body += [f"lu[{index}] = m_{i}_{j}" for (i, j), index in store.items()]
    return (
        function("factorise", "y, q, w, out, lu, scratch", body),
        substitute_function(n, order, store),
        len(store),
    )


def eliminate(n: int, filled: dict[tuple[int, int], str]) -> list[str]:
    """LU without row exchange; adds fill-in to ``filled``; the diagonal is kept as its reciprocal."""
    body: list[str] = []
    for k in range(n):
        body.append(f"m_{k}_{k} = 1.0 / m_{k}_{k}")
        below = [i for i in range(k + 1, n) if (i, k) in filled]
        right = [j for j in range(k + 1, n) if (k, j) in filled]
        for i in below:
            body.append(f"m_{i}_{k} = m_{i}_{k} * m_{k}_{k}")
            for j in right:
                if (i, j) in filled:
                    body.append(f"m_{i}_{j} = m_{i}_{j} - m_{i}_{k} * m_{k}_{j}")
                else:
                    filled[i, j] = "fill"
                    body.append(f"m_{i}_{j} = -m_{i}_{k} * m_{k}_{j}")
    return body


def substitute_function(n: int, order: list[int], store: dict[tuple[int, int], int]) -> str:
    """Forward and backward substitution in the elimination order."""
    body = [f"b{i} = b[{order[i]}]" for i in range(n)]
    for i in range(n):
        terms = "".join(f" - lu[{store[i, j]}] * b{j}" for j in range(i) if (i, j) in store)
        if terms:
            body.append(f"b{i} = b{i}{terms}")
    for i in reversed(range(n)):
        terms = "".join(f" - lu[{store[i, j]}] * b{j}" for j in range(i + 1, n) if (i, j) in store)
        body.append(f"b{i} = (b{i}{terms}) * lu[{store[i, i]}]")
    body += [f"b[{order[i]}] = b{i}" for i in range(n)]
    return function("substitute", "lu, b", body)


def step_function(n: int) -> str:
    """``step``: one step of Rodas5P at a state with a constant input; returns the error estimate.

    ``stages`` (8, n) is left as dense output needs it, ``y_new`` holds the result, ``u`` is workspace.
    """
    body = ["w = 1.0 / (h * GAMMA)", "k0 = stages[0]", "factorise(y, q, w, k0, factors, scratch)"]
    body += [
        f"for i in range({n}):",
        "    k0[i] = k0[i] + given[i]",
        "substitute(factors, k0)",
        "s = 1.0 / h",
    ]
    for stage in range(1, rodas5p.STAGES):
        if stage < len(rodas5p.A):
            terms = " + ".join(f"{a!r}*k{j}[i]" for j, a in enumerate(rodas5p.A[stage]))
            body += [f"for i in range({n}):", f"    u[i] = y[i] + ({terms})"]
        else:
            body += [f"for i in range({n}):", f"    u[i] = u[i] + k{stage - 1}[i]"]
        terms = " + ".join(f"{c!r}*k{j}[i]" for j, c in enumerate(rodas5p.C[stage]))
        body += [f"k{stage} = stages[{stage}]", f"rates(u, q, k{stage}, scratch)"]
        body += [f"for i in range({n}):", f"    k{stage}[i] = k{stage}[i] + given[i] + ({terms})*s"]
        body += [f"substitute(factors, k{stage})"]
    last = rodas5p.STAGES - 1
    body += [f"for i in range({n}):", f"    y_new[i] = u[i] + k{last}[i]", f"return k{last}"]
    return function("step", "y, q, given, h, y_new, stages, factors, u, scratch", body)


def dense_function(n: int) -> str:
    """``dense``: the state at a share ``x`` of the step, from the stages."""
    body = [f"k{j} = stages[{j}]" for j in range(rodas5p.STAGES)] + ["z = 1.0 - x", f"for i in range({n}):"]
    for index, row in enumerate(rodas5p.DENSE):
        body.append(f"    d{index} = " + " + ".join(f"{h!r}*k{j}[i]" for j, h in enumerate(row)))
    body.append("    out[i] = z*y[i] + x*(y_new[i] + z*(d0 + x*(d1 + x*d2)))")
    return function("dense", "x, y, y_new, stages, out", body)

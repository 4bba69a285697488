"""Parameters as formulas of covariates: ``1.1 * (WT / 70) ** 0.75``.

Arithmetic with the names of columns and a few functions, nothing else: a formula cannot reach anything but
the numbers of its row.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from remit.dosing import Floats
from remit.errors import problem
from remit.functions import exp, log, maximum, minimum, power

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: np.power(np.asarray(a, dtype=float), b),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": exp,
    "log": log,
    "sqrt": lambda x: np.sqrt(np.asarray(x, dtype=float)),
    "min": minimum,
    "max": maximum,
    "power": power,
}
ARGUMENTS = {"min": 2, "max": 2, "power": 2}
NEEDED = f"numbers, names of columns, + - * / ** and {', '.join(FUNCTIONS)}"
LARGEST = 10**300
"""Whole number that still fits into double precision."""
LONGEST = 400
"""Characters that a formula may have."""


def parsed(text: str, where: str) -> ast.expr:
    """The expression of a formula.

    Raises
    ------
    InputError
        If it is not arithmetic with names and the functions above.
    """
    if len(text) > LONGEST:
        raise problem(where, f"{len(text)} characters", f"a formula of at most {LONGEST}")
    try:
        tree = ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise problem(where, f"'{text}'", NEEDED, "'1.1*(WT/70)**0.75', for example") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and abs(node.value) > LARGEST:
            raise problem(where, f"a number of {len(str(node.value))} digits", f"at most {LARGEST:.0e}")
        match node:
            case ast.BinOp(op=op) if type(op) in OPERATORS:
                continue
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                continue
            case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
                continue
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name.lower() in FUNCTIONS:
                if len(args) == ARGUMENTS.get(name.lower(), 1):
                    continue
                found = f"{name} of {len(args)} values"
                raise problem(where, found, f"{name} of {ARGUMENTS.get(name.lower(), 1)}")
            case ast.Name() | ast.operator() | ast.unaryop() | ast.expr_context():
                continue
            case _:
                raise problem(where, f"'{ast.unparse(node)}' in '{text}'", NEEDED)
    return tree


def names_in(tree: ast.expr) -> Iterator[str]:
    """Names of columns that a formula takes."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in called:
            yield node.id


def evaluate(tree: ast.expr, values: Mapping[str, Floats]) -> Any:
    """The value of a formula for columns by name; a number where it names none."""
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](evaluate(left, values), evaluate(right, values))
        case ast.UnaryOp(op=op, operand=operand):
            inner = evaluate(operand, values)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name.lower()](*(evaluate(each, values) for each in args))
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return np.float64(value)  # pyright: ignore[reportArgumentType] - checked when it was parsed
        case _:
            raise AssertionError(tree)

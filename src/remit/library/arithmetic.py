"""Arithmetic of a ``derivation``: numbers, + - * / ** and a few functions; nothing else runs."""

import ast
import math
import operator
from collections.abc import Callable

OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sqrt": math.sqrt,
}


def evaluate(text: str) -> float:
    """Value of an arithmetic expression.

    Raises
    ------
    ValueError
        If the text is not arithmetic, or has no finite value.
    """
    try:
        value = _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ZeroDivisionError, OverflowError, TypeError) as error:
        raise ValueError(str(error)) from error
    if not math.isfinite(value):
        raise ValueError("no finite value")
    return value


def _value(node: ast.expr) -> float:
    """Value of one node of the expression."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_value(left), _value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](_value(argument))
        case _:
            raise ValueError(f"'{ast.unparse(node)}' is not arithmetic")

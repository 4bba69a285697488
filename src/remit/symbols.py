"""The SymPy forms of ``remit.functions``: expressions, and opaque nodes with declared derivatives.

Loaded when the first symbol is met; a run on a kernel that is already compiled meets none and leaves
SymPy unloaded.
"""

from typing import cast

import sympy

exp, log = sympy.exp, sympy.log


class WhereNode(sympy.Function):
    """``a`` where ``x > 0``, else ``b``."""

    nargs = 3

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Derivative by argument; the jump itself is not differentiated."""
        x, _, _ = self.args
        if argindex == 1:
            return sympy.Integer(0)
        return cast("sympy.Expr", WhereNode(x, *((1, 0) if argindex == 2 else (0, 1))))


class PowerNode(sympy.Function):
    """``base`` to a real exponent, zero where the base is not positive; so is its slope, also at zero."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Derivative by argument."""
        base, exponent = cast("tuple[sympy.Expr, ...]", self.args)
        positive = cast("sympy.Expr", WhereNode(base, base, 1))
        if argindex == 1:
            return exponent * self / positive
        return self * sympy.log(positive)


def power(base: sympy.Expr, exponent: sympy.Expr | float) -> sympy.Expr:
    """A product for whole exponents, else a node."""
    exponent = sympy.sympify(exponent)
    if exponent.is_Number and exponent == int(exponent):
        return sympy.sympify(base) ** int(exponent)
    return cast("sympy.Expr", PowerNode(base, exponent))


class FreeLigandNode(sympy.Function):
    """Free ligand of a competition; arguments total, capacities, dissociation constants."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Derivative by the implicit function theorem."""
        _, *rest = cast("tuple[sympy.Expr, ...]", self.args)
        half = len(rest) // 2
        capacities, dissociations = rest[:half], rest[half:]
        terms = [c * k / (k + self) ** 2 for c, k in zip(capacities, dissociations, strict=True)]
        slope = sum(terms, sympy.Integer(1))
        if argindex == 1:
            return 1 / slope
        index = argindex - 2
        if index < half:
            return -(self / (dissociations[index] + self)) / slope
        c, k = capacities[index - half], dissociations[index - half]
        return c * self / (k + self) ** 2 / slope

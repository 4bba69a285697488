"""Prints programs as LLVM code for several patients at once, one per lane of a vector register.

Only IEEE ``+ - * / sqrt``, explicit fused multiply-add, comparisons and integer operations on the bits of
a number are used, and no flag lets the compiler reorder them. So a lane's result does not depend on its
neighbours, on how many lanes there are, or on a mathematics library. Width 1 is the scalar back end.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, cast

import numpy as np
from llvmlite import ir

from remit.functions import (
    EXP_COEFFICIENTS,
    EXP_OVERFLOW,
    EXP_UNDERFLOW,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    LOG_COEFFICIENTS,
    MOST_NEWTON_STEPS,
    ROUND_OFF,
    SETTLED,
    SMALLEST_NORMAL,
    SQRT_HALF,
)
from remit.solve.program import Operation, Program
from remit.solve.workspace import Layout

DOUBLE, WHOLE, POINTER = ir.DoubleType(), ir.IntType(64), ir.PointerType()
BIAS, MANTISSA = 1023, 52
"""Of the exponent, and how many bits the mantissa has."""
ONE_BITS, EXPONENT_BITS = BIAS << MANTISSA, 0xFFF << MANTISSA
SQRT_HALF_BITS = int(np.float64(SQRT_HALF).view(np.int64))
UNITS = 2.0**MANTISSA
UNITS_BITS = int(np.float64(UNITS).view(np.int64))
ROUNDER = 1.5 * UNITS
"""Adding it leaves the nearest whole number in the last bits."""
RAISE = 54


class Lanes:
    """Vector instructions of one function under construction."""

    def __init__(self, function: ir.Function, width: int, layout: Layout) -> None:
        self.function = function
        self.width = width
        self.layout = layout
        self.bases: dict[str, Any] = {}
        self.builder = ir.IRBuilder(function.append_basic_block())
        self.numbers: Any = ir.VectorType(DOUBLE, width)
        self.wholes: Any = ir.VectorType(WHOLE, width)

    def number(self, value: float) -> Any:
        """The same number in every lane."""
        return ir.Constant(self.numbers, [float(value)] * self.width)

    def whole(self, value: int) -> Any:
        """The same integer in every lane."""
        return ir.Constant(self.wholes, [value] * self.width)

    def address(self, array: str, index: Any) -> Any:
        """Address of a row; ``index`` is a number, or an integer value in a loop."""
        first, count = self.layout[array]
        if isinstance(index, int):
            if not 0 <= index < count:
                raise AssertionError(array, index)
            row: Any = ir.Constant(WHOLE, first + index)
        else:
            row = self.builder.add(index, ir.Constant(WHOLE, first))
        base = self.bases.get(array, self.function.args[0])
        return self.builder.gep(base, [row], source_etype=self.numbers)

    def load(self, array: str, index: Any) -> Any:
        """A row of the workspace."""
        return self.builder.load(self.address(array, index), align=8 * self.width, typ=self.numbers)

    def store(self, array: str, index: Any, value: Any) -> None:
        """Write a row of the workspace."""
        self.builder.store(value, self.address(array, index), align=8 * self.width)

    def _intrinsic(self, name: str, *arguments: Any) -> Any:
        module = self.function.module
        full = f"llvm.{name}.v{self.width}f64"
        kind = ir.FunctionType(self.numbers, [self.numbers] * len(arguments))
        declared = module.globals.get(full) or ir.Function(module, kind, full)
        return self.builder.call(declared, arguments)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """``a b + c``, rounded once."""
        return self._intrinsic("fma", a, b, c)

    def sqrt(self, a: Any) -> Any:
        """Square root."""
        return self._intrinsic("sqrt", a)

    def absolute(self, a: Any) -> Any:
        """Size without sign."""
        return self._intrinsic("fabs", a)

    def holds(self, a: Any, comparison: str, b: Any) -> Any:
        """Where a comparison of two values holds, as truths; it does not where either is undefined."""
        return self.builder.fcmp_ordered(comparison, a, b)

    def choose(self, comparison: str, a: Any, b: Any, yes: Any, no: Any) -> Any:
        """``yes`` where the comparison of ``a`` and ``b`` holds, else ``no``."""
        return self.builder.select(self.holds(a, comparison, b), yes, no)

    def in_any(self, truths: Any) -> Any:
        """Whether something holds in any lane."""
        together = ir.IntType(self.width)
        return self.builder.icmp_unsigned(
            "!=", self.builder.bitcast(truths, together), ir.Constant(together, 0)
        )

    def polynomial(self, coefficients: Sequence[float], x: Any) -> Any:
        """Estrin's scheme, highest power first: neighbours in pairs, so that a term waits for few others."""
        terms, step = [self.number(each) for each in reversed(coefficients)], x
        while True:
            pairs = [self.fma(high, step, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
            terms = pairs + terms[2 * len(pairs) :]
            if len(terms) == 1:
                return terms[0]
            step = self.builder.fmul(step, step)

    def product(self, factors: Sequence[Any]) -> Any:
        """Product of values, one after the other."""
        return reduce(self.builder.fmul, factors) if factors else self.number(1.0)

    def power_of_two(self, shifted: Any) -> Any:
        """``2**k`` from ``k + ROUNDER``, for ``k`` within the range of normal numbers."""
        bits = self.builder.shl(self.builder.bitcast(shifted, self.wholes), self.whole(MANTISSA))
        return self.builder.bitcast(self.builder.add(bits, self.whole(ONE_BITS)), self.numbers)

    def exp(self, x: Any) -> Any:
        """Exponential, as ``remit.functions.exp`` but for fused products."""
        b, rounder = self.builder, self.number(ROUNDER)
        inside = self.choose(">", x, self.number(EXP_OVERFLOW), self.number(EXP_OVERFLOW), x)
        inside = self.choose("<", inside, self.number(EXP_UNDERFLOW), self.number(EXP_UNDERFLOW), inside)
        shifted = self.fma(inside, self.number(LOG2_E), rounder)
        k = b.fsub(shifted, rounder)
        rest = self.fma(k, self.number(-LN2_HIGH), inside)
        rest = self.fma(k, self.number(-LN2_LOW), rest)
        value = self.polynomial(EXP_COEFFICIENTS, rest)
        # In two factors, as the power itself may be out of range where the value is not.
        half = self.fma(k, self.number(0.5), rounder)
        value = b.fmul(value, self.power_of_two(half))
        value = b.fmul(value, self.power_of_two(b.fsub(shifted, b.fsub(half, rounder))))
        value = self.choose(">", x, self.number(EXP_OVERFLOW), self.number(float("inf")), value)
        return self.choose("<", x, self.number(EXP_UNDERFLOW), self.number(0.0), value)

    def _log_of_normal(self, x: Any, raised: Any | None = None) -> Any:
        """Natural logarithm of positive normal numbers, less ``raised`` times that of two."""
        b = self.builder
        bits = b.bitcast(x, self.wholes)
        # Carries into the exponent where the mantissa is beyond the square root of two.
        exponent = b.add(bits, self.whole(ONE_BITS - SQRT_HALF_BITS))
        m = b.add(b.sub(bits, b.and_(exponent, self.whole(EXPONENT_BITS))), self.whole(ONE_BITS))
        m = b.bitcast(m, self.numbers)
        # The bits of a whole number below those of a power of two are that many units above it.
        e = b.or_(b.lshr(exponent, self.whole(MANTISSA)), self.whole(UNITS_BITS))
        e = b.fsub(b.bitcast(e, self.numbers), self.number(UNITS + BIAS))
        e = e if raised is None else b.fsub(e, raised)
        s = b.fdiv(b.fsub(m, self.number(1.0)), b.fadd(m, self.number(1.0)))
        series = self.polynomial(LOG_COEFFICIENTS, b.fmul(s, s))
        return self.fma(e, self.number(LN2_HIGH), self.fma(s, series, b.fmul(e, self.number(LN2_LOW))))

    def log(self, x: Any) -> Any:
        """Natural logarithm, as ``remit.functions.log`` but for fused products."""
        b = self.builder
        small = self.holds(x, "<", self.number(SMALLEST_NORMAL))
        normal = b.select(small, b.fmul(x, self.number(2.0**RAISE)), x)
        value = self._log_of_normal(normal, b.select(small, self.number(RAISE), self.number(0.0)))
        value = self.choose("==", x, self.number(0.0), self.number(float("-inf")), value)
        value = self.choose("<", x, self.number(0.0), self.number(float("nan")), value)
        value = self.choose("==", x, self.number(float("inf")), x, value)
        return b.select(b.fcmp_unordered("uno", x, x), x, value)

    def power(self, base: Any, exponent: Any) -> Any:
        """Real power, as ``remit.functions.power`` but for fused products."""
        b = self.builder
        # The base less itself is zero, or undefined where the power has to be.
        value = self.exp(self.fma(exponent, self._log_of_normal(base), b.fsub(base, base)))
        return self.choose("<", base, self.number(SMALLEST_NORMAL), self.number(0.0), value)

    def loop(self, count: int, body: Callable[..., Sequence[Any]], *carried: Any) -> list[Any]:
        """Values after ``body(i, *values)``, which returns the next ones, for every ``i`` below ``count``."""
        builder, before = self.builder, self.builder.block
        inside, after = (self.function.append_basic_block() for _ in range(2))
        builder.branch(inside)
        builder.position_at_end(inside)
        index = builder.phi(WHOLE)
        index.add_incoming(ir.Constant(WHOLE, 0), before)
        values = [builder.phi(self.numbers) for _ in carried]
        for value, first in zip(values, carried, strict=True):
            value.add_incoming(first, before)
        found = list(body(index, *values))
        following = builder.add(index, ir.Constant(WHOLE, 1))
        for value, each in zip([index, *values], [following, *found], strict=True):
            value.add_incoming(each, builder.block)
        builder.cbranch(builder.icmp_unsigned("<", following, ir.Constant(WHOLE, count)), inside, after)
        builder.position_at_end(after)
        return found

    def repeat(self, most: int, body: Callable[..., tuple[Sequence[Any], Any]], *carried: Any) -> list[Any]:
        """Values after ``body(*values)`` as often as it asks for more, at most so many times.

        It returns the next values, and truths. A lane that does not ask for more keeps its values, however
        long others go on.
        """
        builder, before = self.builder, self.builder.block
        inside, after = (self.function.append_basic_block() for _ in range(2))
        builder.branch(inside)
        builder.position_at_end(inside)
        truths = ir.VectorType(ir.IntType(1), self.width)
        index, going = builder.phi(WHOLE), builder.phi(truths)
        index.add_incoming(ir.Constant(WHOLE, 0), before)
        going.add_incoming(ir.Constant(truths, [1] * self.width), before)
        values = [builder.phi(self.numbers) for _ in carried]
        for value, first in zip(values, carried, strict=True):
            value.add_incoming(first, before)
        found, more = body(*values)
        kept = [builder.select(going, new, old) for new, old in zip(found, values, strict=True)]
        still = builder.and_(going, more)
        following = builder.add(index, ir.Constant(WHOLE, 1))
        for value, each in zip([index, going, *values], [following, still, *kept], strict=True):
            value.add_incoming(each, builder.block)
        again = builder.and_(
            self.in_any(still), builder.icmp_unsigned("<", following, ir.Constant(WHOLE, most))
        )
        builder.cbranch(again, inside, after)
        builder.position_at_end(after)
        return kept

    def equilibria(self, arguments: Sequence[Any], partners: Sequence[int]) -> list[Any]:
        """Free ligands of several competitions, by the Newton steps of ``remit.functions.free_ligand``.

        A lane's go on until its last has settled. Begun elsewhere than at zero, a step may lead from above
        the root to below zero; it then leads to zero, from where all is well.
        """
        groups, first = [], 0
        for n in partners:
            groups.append(arguments[first : first + 2 * n + 2])
            first += 2 * n + 2
        competitions = [Competition(self, values) for _, *values in groups]

        def newton(*found: Any) -> tuple[list[Any], Any]:
            builder, zero = self.builder, self.number(0.0)
            following: list[Any] = []
            more: Any = None
            for each, f in zip(competitions, found, strict=True):
                value = each.newton(f)
                value = self.choose("<", builder.fmul(value, f), zero, zero, value)
                step, size = self.absolute(builder.fsub(value, f)), self.absolute(value)
                moves = self.holds(step, ">", builder.fmul(self.number(SETTLED), size))
                more = moves if more is None else builder.or_(more, moves)
                rounding = self.holds(step, "<=", builder.fmul(self.number(ROUND_OFF), size))
                following.append(builder.select(rounding, f, value))
            return following, more

        return self.repeat(MOST_NEWTON_STEPS, newton, *(start for start, *_ in groups))


class Competition:
    """One ligand and its partners: the step of Newton's method."""

    def __init__(self, lanes: Lanes, arguments: Sequence[Any]) -> None:
        self.lanes = lanes
        self.total, *rest = arguments
        half = len(rest) // 2
        self.capacities, self.dissociations = rest[:half], rest[half:]
        builder = lanes.builder
        self.products = [builder.fmul(c, k) for c, k in zip(self.capacities, self.dissociations, strict=True)]

    def newton(self, f: Any) -> Any:
        """One step, with one division: numerator and slope over the product of all ``K + f``, squared."""
        lanes, b = self.lanes, self.lanes.builder
        sums = [b.fadd(k, f) for k in self.dissociations]
        others = [lanes.product(sums[:i] + sums[i + 1 :]) for i in range(len(sums))]
        every = lanes.product(sums)
        bound, slope = None, b.fmul(every, every)
        for capacity, weight, other in zip(self.capacities, self.products, others, strict=True):
            bound = b.fmul(capacity, other) if bound is None else lanes.fma(capacity, other, bound)
            slope = lanes.fma(b.fmul(weight, other), other, slope)
        value = lanes.fma(f, bound, b.fmul(b.fsub(f, self.total), every))
        return b.fsub(f, b.fdiv(b.fmul(value, every), slope))


def print_program(lanes: Lanes, program: Program) -> None:
    """Append a program to a function, every operation where its value is first needed.

    Printed in the order of the program, many more values would wait on the stack until they are used.
    """
    values: dict[int, Any] = {}
    for array, index, source in program.outputs:
        waiting = [source]
        while waiting:
            operation = program.operations[waiting[-1]]
            missing = [each for each in operation.arguments if each not in values]
            if missing:
                waiting.append(missing[0])
                continue
            number = waiting.pop()
            if number not in values:
                values[number] = printed(lanes, operation, [values[each] for each in operation.arguments])
        lanes.store(array, index, values[source])


def printed(lanes: Lanes, operation: Operation, taken: list[Any]) -> Any:
    """The value of one operation."""
    if operation.name == "input":
        return lanes.load(*operation.detail)
    if operation.name == "constant":
        return lanes.number(operation.detail)
    return calculated(lanes, operation, taken)


def calculated(lanes: Lanes, operation: Operation, taken: list[Any]) -> Any:
    """The value of an operation on values."""
    builder: Any = lanes.builder
    match operation.name:
        case "add" | "subtract" | "multiply" | "divide":
            names = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
            return getattr(builder, names[operation.name])(*taken)
        case "negate":
            return builder.fneg(*taken)
        case "fma" | "sqrt" | "absolute" | "exp" | "log" | "power":
            return getattr(lanes, operation.name)(*taken)
        case "largest":
            return lanes.choose(">", taken[1], taken[0], taken[1], taken[0])
        case "smallest":
            return lanes.choose("<", taken[1], taken[0], taken[1], taken[0])
        case "where":
            return lanes.choose(">", taken[0], lanes.number(0.0), taken[1], taken[2])
        case "equilibria":
            return lanes.equilibria(taken, operation.detail)
        case "part":
            return cast("list[Any]", taken[0])[operation.detail]
        case _:
            raise AssertionError(operation.name)

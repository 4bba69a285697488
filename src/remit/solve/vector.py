"""Prints programs as LLVM code for several patients at once, one per lane of a vector register.

Only IEEE ``+ - * / sqrt``, explicit fused multiply-add, comparisons and integer operations on the bits of
a number are used, and no flag lets the compiler reorder them. So a lane's result does not depend on its
neighbours, on how many lanes there are, or on a mathematics library. Width 1 is the scalar back end.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, cast

from llvmlite import ir

from remit.functions import (
    EXP_COEFFICIENTS,
    EXP_OVERFLOW,
    EXP_UNDERFLOW,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    LOG_COEFFICIENTS,
    NEWTON_STEPS,
    SQRT_HALF,
)
from remit.solve.program import Operation, Program
from remit.solve.workspace import Layout

DOUBLE, WHOLE, POINTER = ir.DoubleType(), ir.IntType(64), ir.PointerType()
EXPONENT_BITS, MANTISSA_BITS = 0x7FF, (1 << 52) - 1
BIAS = 1023
ROUNDER = 6755399441055744.0
"""1.5 * 2**52: adding it leaves the nearest whole number in the last bits."""
SMALLEST_NORMAL, RAISE = 2.0**-1022, 54


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
        """Horner's rule, highest power first."""
        value = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            value = self.fma(value, x, self.number(coefficient))
        return value

    def product(self, factors: Sequence[Any]) -> Any:
        """Product of values, one after the other."""
        return reduce(self.builder.fmul, factors) if factors else self.number(1.0)

    def power_of_two(self, exponent: Any) -> Any:
        """``2**exponent`` for an integer vector within the range of normal numbers."""
        bits = self.builder.shl(self.builder.add(exponent, self.whole(BIAS)), self.whole(52))
        return self.builder.bitcast(bits, self.numbers)

    def exp(self, x: Any) -> Any:
        """Exponential, as ``remit.functions.exp`` but for fused products."""
        b = self.builder
        inside = self.choose(">", x, self.number(EXP_OVERFLOW), self.number(EXP_OVERFLOW), x)
        inside = self.choose("<", inside, self.number(EXP_UNDERFLOW), self.number(EXP_UNDERFLOW), inside)
        shifted = self.fma(inside, self.number(LOG2_E), self.number(ROUNDER))
        k = b.fsub(shifted, self.number(ROUNDER))
        whole = b.sub(b.bitcast(shifted, self.wholes), b.bitcast(self.number(ROUNDER), self.wholes))
        rest = self.fma(k, self.number(-LN2_HIGH), inside)
        rest = self.fma(k, self.number(-LN2_LOW), rest)
        value = self.polynomial(EXP_COEFFICIENTS, rest)
        half = b.ashr(whole, self.whole(1))
        value = b.fmul(value, self.power_of_two(half))
        value = b.fmul(value, self.power_of_two(b.sub(whole, half)))
        value = self.choose(">", x, self.number(EXP_OVERFLOW), self.number(float("inf")), value)
        return self.choose("<", x, self.number(EXP_UNDERFLOW), self.number(0.0), value)

    def log(self, x: Any) -> Any:
        """Natural logarithm, as ``remit.functions.log`` but for fused products."""
        b = self.builder
        small = b.fcmp_ordered("<", x, self.number(SMALLEST_NORMAL))
        normal = b.select(small, b.fmul(x, self.number(2.0**RAISE)), x)
        bits = b.bitcast(normal, self.wholes)
        exponent = b.and_(b.lshr(bits, self.whole(52)), self.whole(EXPONENT_BITS))
        exponent = b.sub(exponent, b.select(small, self.whole(BIAS - 1 + RAISE), self.whole(BIAS - 1)))
        mantissa = b.or_(b.and_(bits, self.whole(MANTISSA_BITS)), self.whole((BIAS - 1) << 52))
        m = b.bitcast(mantissa, self.numbers)
        low = b.fcmp_ordered("<", m, self.number(SQRT_HALF))
        m = b.select(low, b.fadd(m, m), m)
        e = b.sitofp(b.select(low, b.sub(exponent, self.whole(1)), exponent), self.numbers)
        s = b.fdiv(b.fsub(m, self.number(1.0)), b.fadd(m, self.number(1.0)))
        series = self.polynomial(LOG_COEFFICIENTS, b.fmul(s, s))
        value = self.fma(e, self.number(LN2_HIGH), self.fma(s, series, b.fmul(e, self.number(LN2_LOW))))
        value = self.choose("==", x, self.number(0.0), self.number(float("-inf")), value)
        value = self.choose("<", x, self.number(0.0), self.number(float("nan")), value)
        value = self.choose("==", x, self.number(float("inf")), x, value)
        return b.select(b.fcmp_unordered("uno", x, x), x, value)

    def power(self, base: Any, exponent: Any) -> Any:
        """Real power; zero where the base is not positive."""
        value = self.exp(self.builder.fmul(exponent, self.log(base)))
        return self.choose("<=", base, self.number(0.0), self.number(0.0), value)

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

    def equilibria(self, arguments: Sequence[Any], partners: Sequence[int]) -> list[Any]:
        """Free ligands of several competitions, by the Newton steps of ``remit.functions.free_ligand``."""
        groups, start = [], 0
        for n in partners:
            groups.append(arguments[start : start + 2 * n + 1])
            start += 2 * n + 1
        competitions = [Competition(self, values) for values in groups]

        def newton(_: Any, *found: Any) -> list[Any]:
            return [each.newton(f) for each, f in zip(competitions, found, strict=True)]

        return self.loop(NEWTON_STEPS, newton, *(each.start() for each in competitions))


class Competition:
    """One ligand and its partners: the start and the step of Newton's method."""

    def __init__(self, lanes: Lanes, arguments: Sequence[Any]) -> None:
        self.lanes = lanes
        self.total, *rest = arguments
        half = len(rest) // 2
        self.capacities, self.dissociations = rest[:half], rest[half:]
        builder = lanes.builder
        self.products = [builder.fmul(c, k) for c, k in zip(self.capacities, self.dissociations, strict=True)]

    def start(self) -> Any:
        """The tangent at zero."""
        builder = self.lanes.builder
        slope = self.lanes.number(1.0)
        for c, k in zip(self.capacities, self.dissociations, strict=True):
            slope = builder.fadd(slope, builder.fdiv(c, k))
        return builder.fdiv(self.total, slope)

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
    """Append a program to a function; inputs are loaded where they are first needed."""
    values: dict[int, Any] = {}

    def value(index: int) -> Any:
        if index not in values:
            values[index] = element(program.operations[index])
        return values[index]

    def element(operation: Operation) -> Any:
        if operation.name == "input":
            return lanes.load(*operation.detail)
        if operation.name == "constant":
            return lanes.number(operation.detail)
        return calculated(lanes, operation, [value(argument) for argument in operation.arguments])

    for index, operation in enumerate(program.operations):
        if operation.name not in ("input", "constant"):
            value(index)
    for array, index, source in program.outputs:
        lanes.store(array, index, value(source))


def calculated(lanes: Lanes, operation: Operation, taken: list[Any]) -> Any:
    """The value of one operation."""
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

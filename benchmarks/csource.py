"""The equations of a workload as C: constants, rates and sparse analytic Jacobian, for solvers that take C.

Printed by SymPy from the same traced system as remit's kernel, with the same parameter-only parts moved
out, and common subexpressions taken out of all rates together and of all Jacobian entries together.
"""

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sympy
from sympy.printing.c import C99CodePrinter

from remit.dosing import Floats
from remit.solve import Equations
from remit.solve.system import System, trace

BUILD = Path(__file__).resolve().parents[1] / "build" / "benchmarks"
"""Where sources and libraries are written; version control passes it over."""
FLAGS = ("-O3", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
ARCHITECTURE = "BENCH_ARCHITECTURE"
"""Environment variable: the processor to compile for, as gcc calls it; this one unless it is set."""
HELPERS = Path(__file__).with_name("functions.h")


class Printer(C99CodePrinter):
    """Expressions as C, with the functions of ``remit.functions`` by name."""

    def _print_Integer(self, expr: Any) -> str:
        return f"{int(expr)}.0"

    def _print_Rational(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Pow(self, expr: Any) -> str:
        exponent = expr.exp
        if not (exponent.is_Integer and 1 <= abs(int(exponent)) <= 4):
            return f"pow({self._print(expr.base)}, {self._print(exponent)})"
        product = "*".join([f"({self._print(expr.base)})"] * abs(int(exponent)))
        return f"({product})" if exponent > 0 else f"(1.0/({product}))"

    def _print_PowerNode(self, expr: Any) -> str:
        return self._call("real_power", expr)

    def _print_WhereNode(self, expr: Any) -> str:
        return self._call("choose", expr)

    def _print_FreeLigandNode(self, expr: Any) -> str:
        return self._call(f"free_ligand_{len(expr.args) // 2}", expr)

    def _call(self, name: str, expr: Any) -> str:
        return f"{name}({', '.join(map(self._print, expr.args))})"


@dataclass(frozen=True, slots=True)
class Source:
    """C text of a model, the compressed columns of its Jacobian (with every diagonal), and its sizes."""

    text: str
    column_starts: tuple[int, ...]
    rows: tuple[int, ...]
    n_constants: int


def function(name: str, given: Sequence[tuple[str, Sequence[sympy.Symbol]]], values: Sequence[Any]) -> str:
    """A C function of arrays that writes the values into ``out``, with common subexpressions taken out."""
    shared, reduced = sympy.cse(list(values), symbols=sympy.numbered_symbols("x"), order="none")
    used = set().union(*(value.free_symbols for value in values)) if values else set()
    printer = Printer()
    arguments = ", ".join(f"const double *restrict {array}" for array, _ in given)
    lines = [f"static void {name}({arguments}, double *restrict out)", "{"]
    for array, symbols in given:
        lines += [f"  const double {each} = {array}[{i}];" for i, each in enumerate(symbols) if each in used]
    lines += [f"  const double {symbol} = {printer.doprint(value)};" for symbol, value in shared]
    lines += [f"  out[{i}] = {printer.doprint(value)};" for i, value in enumerate(reduced)]
    return "\n".join([*lines, "}", ""])


def columns(system: System) -> tuple[list[tuple[int, int]], tuple[int, ...]]:
    """Places (row, column) of the Jacobian by column, every diagonal among them, and where columns begin."""
    n = len(system.states)
    places = sorted(set(system.jacobian) | {(i, i) for i in range(n)}, key=lambda place: place[::-1])
    starts = np.searchsorted([column for _, column in places], np.arange(n + 1))
    return places, tuple(int(each) for each in starts)


@cache
def source(equations: Equations) -> Source:
    """C text of a model: ``constants(p, out)``, ``rates(y, q, out)`` and ``jacobian(y, q, out)``."""
    system = trace(equations)
    fixed = (*system.parameters, *(symbol for symbol, _ in system.constants))
    meanings = [*system.parameters, *(value for _, value in system.constants)]
    places, starts = columns(system)
    entries = [system.jacobian.get(place, sympy.Integer(0)) for place in places]
    at_state = (("y", system.states), ("q", fixed))
    sizes = {"STATES": len(system.states), "CONSTANTS": len(fixed), "NONZEROS": len(places)}
    rows = tuple(row for row, _ in places)
    text = [
        *(f"#define N_{name} {size}" for name, size in sizes.items()),
        f"static const int COLUMN_STARTS[] = {{{', '.join(map(str, starts))}}};",
        f"static const int ROWS[] = {{{', '.join(map(str, rows))}}};",
        HELPERS.read_text(encoding="utf-8"),
        function("constants", [("p", system.parameters)], meanings),
        function("rates", at_state, system.rates),
        function("jacobian", at_state, entries),
        "void model_constants(const double *p, double *out) { constants(p, out); }",
        "void model_rates(const double *y, const double *q, double *out) { rates(y, q, out); }",
        "void model_jacobian(const double *y, const double *q, double *out) { jacobian(y, q, out); }",
    ]
    return Source("\n".join(text) + "\n", starts, rows, len(fixed))


def no_compiler() -> str:
    """Why C cannot be compiled; empty if it can."""
    return "" if shutil.which("gcc") else "gcc is missing (Debian package gcc)"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A library with the functions of a model, the time its compilation took, and what it was made from."""

    path: Path
    seconds: float
    source: Source
    library: ctypes.CDLL

    def constants(self, parameters: Floats) -> Floats:
        """Parameters and what follows from them alone, shape (n_patients, n_constants)."""
        found = np.empty((len(parameters), self.source.n_constants))
        for given, out in zip(np.ascontiguousarray(parameters), found, strict=True):
            self.library.model_constants(address(given), address(out))
        return found

    def rates(self, state: Floats, constants: Floats) -> Floats:
        """Rates of one patient."""
        out = np.empty(len(state))
        self.library.model_rates(address(state), address(constants), address(out))
        return out

    def jacobian(self, state: Floats, constants: Floats) -> Floats:
        """Jacobian of one patient, shape (n_states, n_states)."""
        n = len(state)
        values, dense = np.empty(len(self.source.rows)), np.zeros((n, n))
        self.library.model_jacobian(address(state), address(constants), address(values))
        dense[list(self.source.rows), np.repeat(np.arange(n), np.diff(self.source.column_starts))] = values
        return dense


def address(array: np.ndarray[Any, Any]) -> ctypes.c_void_p:
    """Where the numbers of an array begin."""
    return ctypes.c_void_p(array.ctypes.data)


def compiled(
    equations: Equations, harness: str = "", name: str = "model", libraries: Sequence[str] = ()
) -> Compiled:
    """A model compiled by gcc, with the text of a harness behind it.

    Raises
    ------
    CalledProcessError
        If gcc refuses it; its messages go to the standard error.
    """
    model = source(equations)
    folder = BUILD / equations.name
    folder.mkdir(parents=True, exist_ok=True)
    file, path = folder / f"{name}.c", folder / f"{name}.so"
    file.write_text(model.text + harness, encoding="utf-8")
    path.unlink(missing_ok=True)
    began = time.perf_counter()
    target = f"-march={os.environ.get(ARCHITECTURE, 'native')}"
    subprocess.run(["gcc", *FLAGS, target, "-o", path, file, *libraries, "-lm"], check=True)
    return Compiled(path, time.perf_counter() - began, model, ctypes.CDLL(str(path)))

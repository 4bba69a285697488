"""Prints states, parameters and equations of the model into its pages, from the code that computes them.

A page names what it shows between two marks, as in ``<!-- generated: equations of safety.platelets -->`` and
``<!-- end -->``. Run without options this script writes those parts anew; with ``--check`` it names the pages
that have fallen behind and exits with 1.
"""

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from remit import functions, model
from remit.interop.equations_text import (
    ANY,
    SUMMED,
    Expr,
    Function,
    Line,
    OverClones,
    for_any_clone,
    is_equation,
    is_record,
    leaves,
    lines_of,
    record_of_symbols,
    shown_as,
    steps_of,
    sums_over_clones,
    traced,
)
from remit.units import quantities

FOLDER = Path(__file__).resolve().parent
MARK = re.compile(r"(<!-- generated: (.+?) -->\n)(.*?)(<!-- end -->)", flags=re.DOTALL)
GREEK = {"gamma": r"\gamma"}
WIDEST = 100
"""Characters of an equation beyond which a sum goes on in a new line."""


# --- from lines to LaTeX ---


class Latex(LatexPrinter):
    """LaTeX with words as names, and the functions that equations may call by name."""

    def terms(self, expr: Any) -> list[Any]:
        """Terms of a sum, also of one over clones, those with a minus sign last; else there is one term."""
        if isinstance(expr, OverClones):
            return [OverClones(each) for each in self.terms(expr.args[0])]
        return self._as_ordered_terms(expr) if expr.is_Add else [expr]

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        terms = super()._as_ordered_terms(expr, order=order)
        return sorted(terms, key=lambda term: term.could_extract_minus_sign())

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:  # noqa: ARG002, N802 - as SymPy has it
        return name_in_latex(expr.name)

    def _print_Rate(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        return rf"\frac{{\mathrm{{d}}\,{self.doprint(expr.args[0])}}}{{\mathrm{{d}}t}}"

    def _print_Start(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        return rf"{self.doprint(expr.args[0])}(0)"

    def _print_OverClones(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        inner = self.doprint(expr.args[0])
        return rf"\sum_{{{SUMMED}}} " + (rf"\left({inner}\right)" if expr.args[0].is_Add else inner)

    def _print_WhereNode(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        x, first, second = expr.args
        name = "\\max" if x == first - second else "\\min" if x == second - first else "where"
        return self.call(
            name if name != "where" else r"\mathrm{where}", expr.args[-3 if name == "where" else -2 :]
        )

    def _print_PowerNode(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        return self.call(r"\mathrm{power}", expr.args)

    def _print_FreeLigandNode(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        total, *rest = expr.args
        half = len(rest) // 2
        partners = (shown_as(some)[0] for some in (rest[:half], rest[half:]))
        return self.call(name_in_latex("free_ligand"), (total, *partners))

    def _print_Function(self, expr: Any, exp: None = None) -> str:  # noqa: ARG002, N802
        return self.call(name_in_latex(expr.func.__name__), expr.args)

    def _print_Tuple(self, expr: Any) -> str:  # noqa: N802
        return self.call("", expr.args)

    def call(self, name: str, values: Iterable[Any]) -> str:
        """A name with arguments."""
        (*values,) = values
        values = values[0].args if len(values) == 1 and isinstance(values[0], sympy.Tuple) else values
        return name + r"\left(" + r",\, ".join(self.doprint(each) for each in values) + r"\right)"


PRINTER = Latex({"mul_symbol": "dot", "order": "none"})


def name_in_latex(name: str) -> str:
    """A name of the code: the first word, the others as its index; an open index of clones in italics."""
    if "." in name:
        return ".".join(name_in_latex(each) for each in name.split("."))
    first, *others = name.split("_")
    head = GREEK.get(first, rf"\mathrm{{{first}}}")
    index = ",".join(each if each in {ANY, SUMMED} else rf"\mathrm{{{each}}}" for each in others)
    return rf"{head}_{{{index}}}" if others else head


def latex(expression: Expr) -> str:
    """One expression."""
    return PRINTER.doprint(sums_over_clones(sympy.sympify(expression)))


def width(text: str) -> int:
    """About how many characters wide a formula is."""
    return len(re.sub(r"\\(?:mathrm|frac|left|right|cdot|,)|[{}_\s]", "", text))


def rows(line: Line) -> list[str]:
    """A line as rows of an aligned block; clones with one right side share a row, long sums are broken."""
    lefts: dict[Expr, list[str]] = {}
    for left, right in zip(*line, strict=True):
        lefts.setdefault(right, []).append(latex(left))
    found: list[str] = []
    for right, names in lefts.items():
        row = f"{' = '.join(names)} &= "
        summed = sums_over_clones(sympy.sympify(right))
        terms = PRINTER.terms(summed)
        if width(row + latex(right)) <= WIDEST or len(terms) == 1:
            found.append(row + latex(right))
            continue
        for i, term in enumerate(terms):
            text = latex(term)
            sign = "" if i == 0 else " " if text.startswith("-") else " + "
            if i and width(row + text) > WIDEST:
                found.append(row)
                row = r"&\quad"
            row += sign + text
        found.append(row)
    return found


# --- what stands between marks ---


def resolved(words: str, default: str) -> tuple[ModuleType, str]:
    """A module of the package, and the name of something in it."""
    *parts, last = ["remit", *words.split(".")]
    place = Path(inspect.getfile(functions)).parent.joinpath(*parts[1:], last)
    if place.with_suffix(".py").is_file():
        return import_module(".".join([*parts, last])), default
    return import_module(".".join(parts)), last


def in_line(formula: str) -> str:
    """A formula within text."""
    return f"$`{formula}`$"


def table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A table."""
    head = tuple(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def unit(text: str) -> str:
    """A unit in a table."""
    return f"`{text}`" if text else "none"


def states(words: str) -> str:
    """States of a module, with units; one row for those of the four clones."""
    module, name = resolved(words, "STATES")
    found: dict[Expr, list[str]] = {}
    for state in getattr(module, name):
        found.setdefault(for_any_clone(sympy.Symbol(state)), []).append(state)
    body = (
        (in_line(latex(each)), ", ".join(f"`{one}`" for one in of), unit(getattr(module, name)[of[0]]))
        for each, of in found.items()
    )
    return table(("State", "In the code", "Unit"), body)


def parameters(words: str) -> str:
    """Parameters of a module, with units, meanings and ranges."""
    module, name = resolved(words, "Params")
    kind = getattr(module, name)
    own = {*getattr(module, "STATES", ())} if name == "Params" else set()
    components = [f"`{component}.`" for component, params in model.COMPONENTS.items() if params is kind]
    named = record_of_symbols("p", kind, own)
    body = (
        (in_line(latex(getattr(named, each))), f"`{each}`", unit(of.unit), limits(of), of.meaning)
        for each, of in quantities(kind).items()
    )
    head = ("Parameter", "In the code", "Unit", "Range", "Meaning")
    return f"In the library these names follow {' or '.join(components)}\n\n{table(head, body)}"


def limits(of: Any) -> str:
    """The permitted range of a parameter."""
    low, high = ("" if each is None else f"{each:g}" for each in (of.low, of.high))
    return f"{low} to {high}" if low and high else f"from {low}" if low else f"to {high}" if high else "any"


def equations(words: str) -> str:
    """One function of a module, or all of them in their order."""
    module, name = resolved(words, "")
    public = [
        each for each in vars(module).values() if is_equation(each) and each.__module__ == module.__name__
    ]
    chosen = [getattr(module, name)] if name else public
    return "\n\n".join(block(each) for each in chosen if not each.__name__.startswith("_"))


def block(function: Function) -> str:
    """A function with what its docstring says in the first sentence, and its equations."""
    summary = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split()).replace("``", "`")
    body = " \\\\[4pt]\n".join(row for line in lines_of(function) for row in rows(line))
    return f"`{function.__name__}`: {summary}\n\n```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def inputs(words: str) -> str:
    """What the model hands to a module, beside states and parameters."""
    module, _ = resolved(words, "")
    recorded = steps_of(model.rates)
    calls = [each for each in recorded.modules if each[0].__module__ == module.__name__]
    body: list[tuple[str, ...]] = []
    for function, values in calls:
        named = dict(zip(inspect.signature(function).parameters, values, strict=True))
        rates_of = [", ".join(f"`{each}`" for each in named.pop("y", ()))] if len(calls) > 1 else []
        for name, value in named.items():
            if isinstance(value, sympy.Expr) and name != "t":
                shown = in_line(latex(recorded.unfolded(value, calls=False)))
                body.append((*rates_of, in_line(latex(sympy.Symbol(name))), shown))
            elif is_record(value) and name != "p":
                given = str(leaves(value)[0]).partition(".")[0]
                body.append((*rates_of, in_line(latex(sympy.Symbol(name))), f"what `{given}` gives"))
    head = ("For the rate of", "Argument", "In the model")
    return table(head if len(calls) > 1 else head[1:], body)


def free_ligand(_: str) -> str:
    """The equation that ``free_ligand`` solves, from the Newton step that it takes."""
    free, total, *sums = sympy.symbols("f T a b c")
    capacities, dissociations = sympy.symbols("C_1:4"), sympy.symbols("K_1:4")
    steps = traced(functions.newton_step, (free, total, capacities, dissociations))
    value = steps.unfolded(sympy.Symbol("value"), but=sums)
    shares = sympy.expand(value / sympy.prod(sums)).xreplace({each: steps.steps[each] for each in sums})
    return f"```math\n0 = {latex(shares)}\n```"


def observables(_: str) -> str:
    """What a trial may see of a patient."""
    return table(("Observable", "Unit"), ((f"`{name}`", unit(of)) for name, of in model.OBSERVABLES.items()))


KINDS: dict[str, Callable[[str], str]] = {
    each.__name__: each for each in (states, parameters, equations, inputs, observables, free_ligand)
}


def generated(words: str) -> str:
    """What a mark asks for, as in ``equations of safety.neutrophils``."""
    kind, _, of = words.partition(" of ")
    if kind not in KINDS:
        raise ValueError(
            f"nothing is printed for the mark {words!r}; it begins with one of {', '.join(KINDS)}"
        )
    return KINDS[kind](of)


def renewed(text: str) -> str:
    """A page with what stands between its marks printed anew."""
    return MARK.sub(lambda mark: f"{mark[1]}\n{generated(mark[2])}\n\n{mark[4]}", text)


def marks(text: str) -> list[str]:
    """What the marks of a page ask for."""
    return [mark[2] for mark in MARK.finditer(text)]


def stale(folder: Path = FOLDER) -> list[Path]:
    """Pages whose printed parts are not those of the code."""
    return [
        page
        for page in sorted(folder.glob("*.md"))
        if page.read_text("utf-8") != renewed(page.read_text("utf-8"))
    ]


def main(options: list[str]) -> int:
    """Write the printed parts, or only name the pages where they have fallen behind."""
    reader = argparse.ArgumentParser(description="Print the equations of the model into its pages.")
    reader.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a page has fallen behind"
    )
    chosen = reader.parse_args(options)
    behind = stale()
    for page in behind:
        sys.stdout.write(f"{page.name}\n")
        if not chosen.check:
            page.write_text(renewed(page.read_text("utf-8")), "utf-8")
    return 1 if chosen.check and behind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

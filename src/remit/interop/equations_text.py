"""The equations of the model in the steps in which they are computed, for print.

An equation is a function of the package, called with SymPy symbols. Before it is called, its own assignments
are made to leave a symbol behind, so that it comes out in steps and not as one expression. Put together
again, the steps have to give what the function itself gives, or nothing comes out.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import count
from typing import Any, cast, get_args

import sympy

from remit import functions, model
from remit.pathway import adaptation, btk_turnover
from remit.tumour import clones

ANY, SUMMED = "c", "k"
"""Index of a clone in an equation that holds for each, and of a sum over clones."""
SHORT = 3
"""Operations of a step that is written into the only place where it is used."""
WIDEST = 100
"""Characters of a line beyond which no step is written into it."""
ALIASES = {"acting": "exposure", "committed": "effect", "resting": "resting_effect"}
"""Arguments that carry what another function gives, and the name of that function."""
TUPLES: dict[tuple[str, str], Iterable[str]] = {
    ("drug_deaths", "y"): clones.STATES,
    ("reliance_rates", "y"): btk_turnover.RELIANCE,
    ("effect", "adapted"): adaptation.STATES,
    ("free_bim", "capacities"): ("capacities_BCL2", "capacities_BCLXL", "capacities_MCL1"),
}
"""Names for a tuple that a function takes; else ``y`` is the states of its module, and others have one place
for each clone."""
PARTS = {"tumour_kill": ("node", "blood", "marrow"), "circulating": ("lymphocytes", "mrd")}
"""Names for the parts of what a function gives; else there is one part for each clone."""

Function = Callable[..., Any]
Expr = Any
"""A SymPy expression, or a number."""


# --- calling a function so that it names its steps ---


@dataclass
class Steps:
    """What a function computes with symbols: named steps, calls of other functions, and the result."""

    steps: dict[Expr, Expr] = field(default_factory=dict)
    calls: dict[Expr, Expr] = field(default_factory=dict)
    modules: list[tuple[Function, tuple[Any, ...]]] = field(default_factory=list)
    """Calls that give the rates of a module, with their arguments."""
    result: Any = None
    rounds: dict[str, Iterator[int]] = field(default_factory=dict)

    def named(self, name: str, value: Any, looped: bool = False, always: bool = False) -> Any:
        """A symbol in place of a value that is more than a symbol; in a loop, one for each clone."""
        if looped:
            name = f"{name}_{clones.CLONES[next(self.rounds.setdefault(name, count()))]}"
        return put(self.steps, name, value, always=always)

    def called(self, function: Function, *values: Any) -> Any:
        """A call of another equation, shown as a call if it reads parameters; else what it gives."""
        result = function(*values)
        if not is_equation(function) or not any(is_record(value) for value in values):
            return result
        name = function.__name__
        if name.endswith("rates") and isinstance(result, tuple) and len(values) > 1:
            self.modules.append((function, values))
            return result
        is_whole = not isinstance(result, tuple) and not is_record(result)
        if all(is_plain(each) for each in leaves(result)):
            return result
        shown = () if is_record(result) else tuple(each for value in values for each in shown_as(value))
        return put(self.calls, name, result, shown, always=not is_whole)

    def unfolded(self, expression: Expr, *, calls: bool = True, but: Iterable[Expr] = ()) -> Expr:
        """An expression with steps put back, but for some, and calls."""
        behind, before = {**(self.calls if calls else {}), **self.steps}, None
        behind = {step: value for step, value in behind.items() if step not in set(but)}
        while before != expression:
            before, expression = expression, sympy.sympify(expression).xreplace(behind)
        return expression


def put(
    found: dict[Expr, Expr], name: str, value: Any, shown: tuple[Expr, ...] = (), *, always: bool = False
) -> Any:
    """Names in place of all expressions of a value, which are kept in ``found``."""
    if isinstance(value, list | tuple):
        if len(value) > len(clones.CLONES):
            return value
        each = zip(parts_of(name, len(value)), value, strict=True)
        always = always or not all(is_plain(one) for one in value)
        return type(value)([put(found, f"{name}_{label}", one, shown, always=always) for label, one in each])
    if is_record(value):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        named = {part: put(found, f"{name}.{part}", one, always=always) for part, one in parts.items()}
        return replace(value, **named)
    if not isinstance(value, sympy.Expr | int) or (is_plain(value) and not always):
        return value
    symbol, expression = application(name, shown), sympy.sympify(value)
    if found.setdefault(symbol, expression) != expression:
        raise ValueError(f"two values are called {symbol}")
    return symbol


class Naming(ast.NodeTransformer):
    """Changes a function so that it hands what it assigns, appends and calls to :class:`Steps`."""

    depth = 0
    loops = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """The function itself; functions within it stay as they are."""
        self.depth += 1
        if self.depth == 1:
            self.generic_visit(node)
        self.depth -= 1
        return node

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """After an assignment, every name is assigned what is to stand for it."""
        self.generic_visit(node)
        names = [name for target in node.targets for name in names_set_by(target)]
        return [node, *(renaming(name, self.loops > 0) for name in names)]

    def visit_For(self, node: ast.For) -> ast.For:
        """At the beginning of a loop its variables are named, but for a counter."""
        is_counted = isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "enumerate"
        target = cast("ast.Tuple", node.target).elts[1] if is_counted else node.target
        self.loops += 1
        self.generic_visit(node)
        self.loops -= 1
        node.body = [*(renaming(name, True, True) for name in names_set_by(target)), *node.body]
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Calls with positional arguments are reported, and so is what a loop appends to a list."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            name = ast.Constant(ast.unparse(node.func.value))
            node.args = [reported("named", name, *node.args, ast.Constant(self.loops > 0))]
        elif not node.keywords:
            return reported("called", node.func, *node.args)
        return node


def renaming(name: str, looped: bool, always: bool = False) -> ast.stmt:
    """``name = _steps.named("name", name, looped, always)``."""
    value = (ast.Constant(name), ast.Name(name, ast.Load()), ast.Constant(looped), ast.Constant(always))
    return ast.Assign([ast.Name(name, ast.Store())], reported("named", *value))


def reported(method: str, *arguments: ast.expr) -> ast.Call:
    """A call of a method of :class:`Steps`."""
    return ast.Call(ast.Attribute(ast.Name("_steps", ast.Load()), method, ast.Load()), list(arguments), [])


def names_set_by(target: ast.expr) -> list[str]:
    """Names that an assignment to a target sets."""
    stored = (each for each in ast.walk(target) if isinstance(each, ast.Name))
    return [each.id for each in stored if isinstance(each.ctx, ast.Store)]


def steps_of(function: Function) -> Steps:
    """A function called with symbols; its steps are held against the function as it is."""
    values = arguments(function)
    recorded = traced(function, values)
    for shown, computed in zip(leaves(recorded.result), leaves(function(*values)), strict=True):
        if recorded.unfolded(shown) != computed:
            raise ValueError(f"{function.__module__}.{function.__name__}: its steps do not give its result")
    return recorded


def traced(function: Function, values: Iterable[Any]) -> Steps:
    """The steps of a function at some values."""
    steps = Steps()
    tree = Naming().visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
    names: dict[str, Any] = {**function.__globals__, "_steps": steps}
    code = compile(ast.fix_missing_locations(tree), function.__name__, "exec")
    exec(code, names)  # noqa: S102 - a function of this package
    steps.result = names[function.__name__](*values)
    return steps


# --- what values are, and symbols to call with ---


def is_record(value: Any) -> bool:
    """Whether a value is a record with fields."""
    return is_dataclass(value) and not isinstance(value, type)


def is_plain(value: Any) -> bool:
    """Whether a value is a symbol or a number."""
    return isinstance(value, int) or bool(getattr(value, "is_Atom", False))


def is_equation(function: Function) -> bool:
    """Whether something called is one of the package's equations, and no part of the language they are in."""
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", "")
    is_ours = inspect.isfunction(function) and module.startswith("remit.") and module != functions.__name__
    return is_ours and getattr(sys.modules[module], name, None) is function


def leaves(value: Any) -> list[Expr]:
    """All expressions of a result."""
    if is_record(value):
        value = tuple(getattr(value, each.name) for each in fields(value))
    return [leaf for each in value for leaf in leaves(each)] if isinstance(value, tuple | list) else [value]


def parts_of(name: str, n: int) -> tuple[str, ...]:
    """Names for the ``n`` parts of a value."""
    numbers = tuple(str(i + 1) for i in range(n))
    return PARTS.get(name, clones.CLONES if n == len(clones.CLONES) else numbers)


def application(name: str, shown: tuple[Expr, ...]) -> Expr:
    """A function applied to what is shown of its arguments, a symbol if there are none."""
    return sympy.Function(name)(*shown) if shown else sympy.Symbol(name)


def shown_as(value: Any) -> list[Expr]:
    """What a call shows of an argument: no parameters, and of a long tuple what its names have in common."""
    if not isinstance(value, tuple | list):
        return [value] if isinstance(value, sympy.Expr | int) else []
    if len(value) == 1:
        return [value[0]]
    shared: list[str] = []
    for first, *others in zip(*(str(each).split("_") for each in value), strict=False):
        if set(others) != {first}:
            break
        shared.append(first)
    if shared and all(isinstance(each, sympy.Symbol) for each in value):
        return [sympy.Symbol("_".join(shared))]
    return [sympy.Tuple(*value)] if len(value) < len(clones.CLONES) else []


def arguments(function: Function) -> list[Any]:
    """Symbols for every argument of a function, named as in the code."""
    module = sys.modules[function.__module__]
    taken = inspect.signature(function).parameters
    own = {*getattr(module, "STATES", ()), *taken}
    several = {"y": getattr(module, "STATES", ()), "cells": clones.STATES}
    found: list[Any] = []
    for name, declared in taken.items():
        kind = declared.annotation
        if kind is model.Params:
            found.append(model.params({each: sympy.Symbol(each) for each in model.PARAMETERS}))
        elif kind is model.View:
            found.append(model.view(symbols(model.STATES)))
        elif is_dataclass(kind):
            found.append(record_of_symbols(ALIASES.get(name, name), cast("type", kind), own))
        elif get_args(kind):
            places = several.get(name, [f"{name}_{clone}" for clone in clones.CLONES])
            found.append(symbols(TUPLES.get((function.__name__, name), places)))
        else:
            found.append(sympy.Symbol(name))
    return found


def symbols(names: Iterable[str]) -> tuple[Expr, ...]:
    """One symbol for each name."""
    return tuple(sympy.Symbol(name) for name in names)


def record_of_symbols(name: str, kind: type, own: set[str]) -> Any:
    """A record of parameters, or of what acts on a module, with a symbol for each value.

    A parameter that shares its name with a state or an argument carries the name of its component.
    """
    values: dict[str, Any] = {}
    component = kind.__module__.rpartition(".")[2]
    for each in fields(kind):
        if "quantity" in each.metadata:
            values[each.name] = sympy.Symbol(f"{component}.{each.name}" if each.name in own else each.name)
        elif get_args(each.type):
            values[each.name] = symbols(f"{name}.{each.name}_{clone}" for clone in clones.CLONES)
        else:
            values[each.name] = sympy.Symbol(f"{name}.{each.name}")
    return kind(**values)


# --- from steps to lines ---

Line = tuple[tuple[Expr, ...], tuple[Expr, ...]]
"""Left and right sides; more than one where the clones differ."""


class Rate(sympy.Function):
    """The rate of change of a state."""


class Start(sympy.Function):
    """A state before treatment."""


class OverClones(sympy.Function):
    """A sum over clones."""


def lines_of(function: Function) -> list[Line]:
    """Steps and results of a function, one line each; what holds for every clone is one line."""
    recorded = steps_of(function)
    named = zip(result_names(function, recorded.result), leaves(recorded.result), strict=True)
    pairs = [*recorded.steps.items(), *((name, sympy.sympify(value)) for name, value in named)]
    lines = clones_together([(left, right) for left, right in pairs if left != right])
    return short_steps_written_in(lines, {for_any_clone(step) for step in recorded.steps})


def result_names(function: Function, result: Any) -> list[Expr]:
    """A name for each part of what a function gives."""
    name, module = function.__name__, sys.modules[function.__module__]
    if name == "observe":
        return list(symbols(f"{name}.{each}" for each in model.OBSERVABLES))
    if is_record(result):
        parts = [(f"{name}.{each.name}", getattr(result, each.name)) for each in fields(result)]
        return [each for part, value in parts for each in spread(part, value, ())]
    if isinstance(result, tuple) and name.endswith(("rates", "baseline")) and name != "growth_rates":
        states = TUPLES.get((name, "y"), cast("Iterable[str]", module.STATES))
        return [(Start if name == "baseline" else Rate)(each) for each in symbols(states)]
    return spread(name, result, tuple(each for value in arguments(function) for each in shown_as(value)))


def spread(name: str, value: Any, shown: tuple[Expr, ...]) -> list[Expr]:
    """A name, or one for each part of a value."""
    if not isinstance(value, tuple):
        return [application(name, shown)]
    return [application(f"{name}_{part}", shown) for part in parts_of(name, len(value))]


def for_clone(expression: Expr, clone: str, index: str) -> Expr:
    """An expression with the index of a clone replaced."""
    changed: dict[Expr, Expr] = {}
    for symbol in expression.free_symbols:
        first, *others = symbol.name.split("_")
        if clone in others:
            changed[symbol] = sympy.Symbol(
                "_".join([first, *(index if each == clone else each for each in others)])
            )
    return expression.xreplace(changed)


def for_any_clone(left: Expr) -> Expr:
    """A left side with the index of its clone, if it has one, left open."""
    changed = (for_clone(left, clone, ANY) for clone in clones.CLONES)
    return next((each for each in changed if each != left), left)


def clones_together(pairs: list[tuple[Expr, Expr]]) -> list[Line]:
    """Lines, with those of the four clones as one: with an index if they are alike, else side by side."""
    groups: dict[Expr, list[tuple[Expr, Expr]]] = {}
    for left, right in pairs:
        groups.setdefault(for_any_clone(left), []).append((left, right))
    lines: list[Line] = []
    for common, members in groups.items():
        lefts, rights = zip(*members, strict=True)
        if len(members) != len(clones.CLONES):
            lines += [((left,), (right,)) for left, right in members]
            continue
        alike = {for_clone(right, clone, ANY) for clone, right in zip(clones.CLONES, rights, strict=True)}
        lines.append(((common,), (alike.pop(),)) if len(alike) == 1 else (lefts, rights))
    return lines


def short_steps_written_in(lines: list[Line], steps: set[Expr]) -> list[Line]:
    """Lines without steps that only rename, or are short and used in one place; they are written there."""
    for i, (lefts, rights) in enumerate(lines):
        left, right = lefts[0], rights[0]
        if len(lefts) > 1 or left not in steps or is_shown_by_its_group(left, lines):
            continue
        rest = lines[:i] + lines[i + 1 :]
        uses = [(those, each) for those, others in rest for each in set(others) if each.has(*forms(left))]
        given = [
            those
            for those, each in uses
            if each == left and len(those) == 1 and not isinstance(those[0], Rate)
        ]
        if len(given) == 1:
            # The step is what the function gives: it takes that name, and one line the place of both.
            rest = [
                (given[0] if those == lefts else those, others)
                for those, others in lines
                if those != given[0]
            ]
            right = given[0][0]
        elif not is_plain(right) and not (len(uses) == 1 and fits(uses[0], left, right)):
            continue
        by = dict(zip(forms(left), forms(left, right), strict=True))
        changed = [(those, tuple(each.xreplace(by) for each in others)) for those, others in rest]
        return short_steps_written_in(changed, steps - {left})
    return lines


def forms(left: Expr, right: Expr | None = None) -> list[Expr]:
    """A name, or what it stands for, with its open index and with that of each clone."""
    shown = left if right is None else right
    indexed = (
        [for_clone(shown, ANY, clone) for clone in clones.CLONES] if for_clone(left, ANY, "") != left else []
    )
    return [shown, *indexed]


def is_shown_by_its_group(left: Expr, lines: list[Line]) -> bool:
    """Whether a call shows a step as one of a tuple, by what the names of the tuple have in common."""
    group = sympy.Symbol(str(left).rpartition("_")[0])
    return any(each.has(*forms(group)) for _, rights in lines for each in rights)


def fits(use: tuple[tuple[Expr, ...], Expr], left: Expr, right: Expr) -> bool:
    """Whether a step can be written where it is used: it is the whole line, short, or named as a state."""
    lefts, into = use
    if into == left or str(left) in {str(for_any_clone(each)) for each in symbols(model.STATES)}:
        return True
    times = sum(into.count(each) for each in forms(left))
    return (
        times == 1
        and right.count_ops() <= SHORT
        and len(f"{lefts[0]}{into.xreplace({left: right})}") <= WIDEST
    )


def sums_over_clones(expression: Expr) -> Expr:
    """An expression in which terms that come once for each clone are one sum."""
    changed = {each: sums_over_clones(each) for each in expression.args}
    expression = expression.xreplace({old: new for old, new in changed.items() if old != new})
    if not isinstance(expression, sympy.Add):
        return expression
    rest: list[Expr] = list(expression.args)
    summed: Expr = sympy.Integer(0)
    for term in expression.args:
        each = [for_clone(term, clones.CLONES[0], clone) for clone in clones.CLONES]
        if len(set(each)) == len(clones.CLONES) and all(one in rest for one in each):
            rest = [one for one in rest if one not in each]
            summed += for_clone(term, clones.CLONES[0], SUMMED)
    whole: Expr = OverClones(summed)
    return sympy.Add(*rest, whole) if summed else expression

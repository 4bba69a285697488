"""The key of a compiled model: a digest of everything that its object code depends on.

Computed from files and names alone, so that a run on a model that is already compiled loads neither the
generator nor SymPy.
"""

import hashlib
import sys
import sysconfig
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from remit.solve.equations import Equations, values_of

GENERATOR = (
    "equations", "system", "program", "translate", "linear", "vector", "step", "control", "workspace",
    "object_code", "generate",
)  # fmt: skip
"""Modules of ``remit.solve`` that shape object code, besides the methods."""
OWN = Path(__file__).parents[1]
INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
TOOLS = ("llvmlite", "numba", "numpy", "sympy")


def fingerprint(equations: Equations, width: int, processor: tuple[str, str]) -> str:
    """Digest of equations, generator, structure, vector width, processor and versions, 20 hex digits.

    Parameters
    ----------
    equations
        The model.
    width
        Patients abreast.
    processor
        Name and features.
    """
    digest = hashlib.sha256()
    for path in generator_sources():
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for content in equation_sources((equations.rates, equations.observe)):
        digest.update(hashlib.sha256(content).digest())
    names = (equations.states, equations.parameters, equations.observables)
    tools = [(tool, version(tool)) for tool in TOOLS]
    digest.update(repr((names, width, processor, tools, sys.version_info[:2])).encode())
    digest.update(np.array(probe(equations)).tobytes())
    return digest.hexdigest()[:20]


def generator_sources() -> list[Path]:
    """Files that turn equations into object code."""
    own = [OWN / "solve" / f"{name}.py" for name in (*GENERATOR, "rodas4", "rodas5p")]
    return [*own, OWN / "functions.py", OWN / "symbols.py"]


def equation_sources(functions: Iterable[Callable[..., Any]]) -> list[bytes]:
    """What the equations are written in: files of these functions and of all that they reach.

    A function reaches what its code names, among the globals of its module, and what it closes over.
    Packages that somebody installed are left out, this one excepted; a function that stands in no file, as
    one typed into an interpreter, gives its compiled code.
    """
    seen: set[int] = set()
    files: set[Path] = set()
    typed: list[bytes] = []
    waiting: list[Any] = list(functions)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or not isinstance(each, FunctionType | type | ModuleType):
            continue
        seen.add(id(each))
        path = source_file(each)
        if path is not None:
            files.add(path)
        elif isinstance(each, FunctionType) and not Path(each.__code__.co_filename).is_file():
            typed += [written(code) for code in nested(each.__code__)]
        else:
            continue
        waiting += reached(each) if isinstance(each, FunctionType) else members(each)
    return [path.read_bytes() for path in sorted(files)] + sorted(typed)


def source_file(each: Any) -> Path | None:
    """Source file, unless there is none or it belongs to Python or an installed package but this one."""
    if isinstance(each, FunctionType):
        name = each.__code__.co_filename
    else:
        module = each if isinstance(each, ModuleType) else sys.modules.get(each.__module__)
        name = getattr(module, "__file__", None) or ""
    own = name.startswith(str(OWN))
    if not own and (not name or any(name.startswith(place) for place in INSTALLED)):
        return None
    return Path(name) if Path(name).is_file() else None


def members(each: Any) -> list[Any]:
    """Functions and classes of a module, functions of a class."""
    kinds = FunctionType | type if isinstance(each, ModuleType) else FunctionType
    return [value for value in vars(each).values() if isinstance(value, kinds)]


def reached(function: FunctionType) -> list[Any]:
    """What a function names among its globals, and what it closes over."""
    names = {name for code in nested(function.__code__) for name in code.co_names}
    closed = [cell.cell_contents for cell in function.__closure__ or ()]
    return [function.__globals__[name] for name in sorted(names) if name in function.__globals__] + closed


def nested(code: CodeType) -> list[CodeType]:
    """A code object and those of the functions and comprehensions inside it."""
    inside = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [code, *(deeper for each in inside for deeper in nested(each))]


def written(code: CodeType) -> bytes:
    """What tells one code object from another."""
    # A set has another order in every process.
    numbers = [
        sorted(map(repr, each)) if isinstance(each, frozenset) else each
        for each in code.co_consts
        if not isinstance(each, CodeType)
    ]
    return code.co_code + repr((numbers, code.co_names, code.co_varnames)).encode()


def probe(equations: Equations) -> list[float]:
    """Rates and observables at an arbitrary point: changes with numbers that no file holds."""
    y = tuple(0.37 + 0.61 * i for i in range(len(equations.states)))
    p = {name: 0.53 + 0.13 * i for i, name in enumerate(equations.parameters)}
    with np.errstate(all="ignore"):
        rates, observables = values_of(equations, y, p)
        return [float(value) for value in (*rates, *observables)]

"""The public API is what its reference page lists, and importing it changes nothing."""

import re
import subprocess
import sys
from pathlib import Path

import remit

LARGEST = 30

SNAPSHOT = """
import os, signal, sys, threading, warnings
import altair, numba, numpy, pint, polars, pydantic, rich, sympy, typer
import scipy.integrate, scipy.optimize, scipy.sparse, scipy.stats  # these set filters of warnings


def state():
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "treatment of errors by numpy": numpy.geterr(),
        "printing of numpy": {k: str(v) for k, v in numpy.get_printoptions().items()},
        "settings of polars": polars.Config.state(),
        "settings of Numba": {k: str(v) for k, v in vars(numba.config).items() if k.isupper()},
        "filters of warnings": [str(each) for each in warnings.filters],
        "signals": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)],
        "threads": threading.active_count(),
        "random state of numpy": str(numpy.random.get_state()),
        "limit of recursion": sys.getrecursionlimit(),
    }


before = state()
import {package}
for name in getattr({package}, "__all__", ()):
    getattr({package}, name)
after = state()
for what in before:
    if before[what] != after[what]:
        sys.stderr.write("changes the " + what + "\\n")
"""


def documented(page: str) -> set[str]:
    """Names that a reference page lists, each as a row of a table that begins with the name."""
    return set(re.findall(r"^\| `(?:remit\.)?(\w+)", page, flags=re.MULTILINE))


def side_effects(package: str, folder: Path) -> list[str]:
    """What importing a package prints or changes, in a new process."""
    paths = f"import sys\nsys.path[:0] = {[str(folder), *sys.path]!r}\n"
    program = paths + SNAPSHOT.replace("{package}", package)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return [*(f"prints {line}" for line in done.stdout.splitlines()), *done.stderr.splitlines()]


def unresolved(module: object, names: list[str]) -> list[str]:
    """Listed names that a module does not have."""
    return [name for name in names if not hasattr(module, name)]


def test_the_reference_page_lists_exactly_the_public_names(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert documented(page) == set(remit.__all__)


def test_a_name_missing_from_the_page_is_noticed() -> None:
    assert documented("| `remit.run` | runs |\n| `open_run(folder)` | opens |\n") == {"run", "open_run"}


def test_every_public_name_resolves() -> None:
    assert unresolved(remit, remit.__all__) == []
    assert unresolved(remit, ["run", "simulate_everything"]) == ["simulate_everything"]


def test_the_public_api_stays_small() -> None:
    assert len(remit.__all__) <= LARGEST


def test_importing_remit_changes_nothing(repository: Path) -> None:
    assert side_effects("remit", repository / "src") == []


def test_side_effects_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(
        "import numpy, os, polars, sys\n"
        "print('hello')\n"
        "numpy.seterr(all='ignore')\n"
        "polars.Config.set_tbl_rows(5)\n"
        "os.environ['OMP_NUM_THREADS'] = '1'\n"
        "sys.setrecursionlimit(5000)\n"
    )
    found = side_effects("noisy", tmp_path)
    assert "prints hello" in found
    assert "changes the treatment of errors by numpy" in found
    assert "changes the environment" in found
    assert "changes the limit of recursion" in found
    assert "changes the settings of polars" in found

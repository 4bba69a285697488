"""Compiled loops of the solver on disk: they take numbers from ``workspace``, and follow it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from remit import compiled_loops


def _workspace() -> Path:
    return Path(__file__).parent / "workspace.py"


def place(source: Path | None = None) -> Path:
    """Folder of the functions of a source file, the driver's unless given, and of the numbers it shares."""
    return compiled_loops.place(source or Path(__file__).parent / "driver.py", _workspace())


def kept(function: Callable[..., Any]) -> Any:
    """Compile a function at its first call, and keep it for other processes."""
    return compiled_loops.kept(function, beside=(_workspace(),))

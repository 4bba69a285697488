"""Loops compiled by Numba and kept on disk, in folders named after what they are made of.

Numba keeps compiled functions itself, but looks only at the file of a function, not at what it takes from
others, fails on what an earlier version left behind, and gives up a call when it cannot write.
"""

import hashlib
import os
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba import njit


def directory() -> Path:
    """Where compiled code is kept: ``REMIT_CACHE``, else the user's cache directory."""
    named = os.environ.get("REMIT_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "remit" / "kernels"


def warn_not_kept(why: str) -> None:
    """Say that compiled code is used but not kept."""
    warnings.warn(
        f"compiled code is not kept in {directory()}: {why}. This run goes on; the next one compiles "
        "again. Set REMIT_CACHE to a folder that can be written.",
        RuntimeWarning,
        stacklevel=3,
    )


class Forgiving:
    """A cache of Numba that never stops a call: what cannot be read is compiled, what cannot be kept, not."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """A compiled function, or none."""
        try:
            return self._kept.load_overload(signature, target)
        except Exception:  # a broken file may raise anything; compiling again replaces it
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep a compiled function."""
        try:
            self._kept.save_overload(signature, data)
        except OSError as error:
            warn_not_kept(error.strerror or str(error))


compiled = njit(error_model="numpy", nogil=True)
"""Compiles a function that others of its file call."""


def place(*sources: Path) -> Path:
    """Folder of the functions of source files: it changes with any of them, and with the compiler."""
    digest = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__}".encode())
    for file in sources:
        digest.update(file.read_bytes())
    return directory() / f"driver_{digest.hexdigest()[:20]}"


def kept(function: Callable[..., Any], beside: Sequence[Path] = ()) -> Any:
    """Compile a function at its first call, and keep it for other processes.

    Parameters
    ----------
    function
        To compile.
    beside
        Source files, beside that of the function, whose numbers or functions it takes.
    """
    dispatcher: Any = compiled(function)
    config: Any = import_module("numba.core.config")
    folder = place(Path(function.__code__.co_filename), *beside)
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        warn_not_kept("no folder can be written")
    else:
        dispatcher._cache = Forgiving(dispatcher._cache)
    finally:
        config.CACHE_DIR = before
    return dispatcher

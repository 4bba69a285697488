"""Compiled loops on disk, the driver first of all, in folders named after what they are made of.

Numba keeps compiled functions itself, but looks only at the file of a function, not at the numbers it takes
from others, and gives up a call when it cannot write.
"""

import hashlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba import njit

from remit.solve import cache


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
            cache.warn_not_kept(error.strerror or str(error))


compiled = njit(error_model="numpy", nogil=True)
"""Compiles a function that others of its file call."""


def place(source: Path | None = None) -> Path:
    """Folder of the functions of a source file, the driver's unless given, and of the numbers it shares."""
    digest = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__}".encode())
    folder = Path(__file__).parent
    for file in (source or folder / "driver.py", folder / "workspace.py"):
        digest.update(file.read_bytes())
    return cache.directory() / f"driver_{digest.hexdigest()[:20]}"


def kept(function: Callable[..., Any]) -> Any:
    """Compile a function at its first call, and keep it for other processes."""
    dispatcher: Any = compiled(function)
    config: Any = import_module("numba.core.config")
    before, config.CACHE_DIR = config.CACHE_DIR, str(place(Path(function.__code__.co_filename)))
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        cache.warn_not_kept("no folder can be written")
    else:
        dispatcher._cache = Forgiving(dispatcher._cache)
    finally:
        config.CACHE_DIR = before
    return dispatcher

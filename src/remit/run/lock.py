"""One process at a time in a run folder.

The lock belongs to the open file, so it goes with the process that held it, killed or not: a stale
lock cannot stand in the way. The process number in it serves the message only.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from remit.run.refusal import refused

LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the folder for this process.

    Raises
    ------
    RunError
        If another process, or another run of this one, holds it.
    """
    with (folder / LOCK).open("a+", encoding="ascii") as file:
        if not _taken(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            needed = "a folder that no other run is writing"
            raise refused(
                folder, f"in use by process {holder}", needed, "wait for it, or choose another folder"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[str]) -> bool:
        """Whether the lock is ours now."""
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(file: IO[str]) -> bool:
        """Whether the lock is ours now."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

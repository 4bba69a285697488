"""Files and folders that are there whole or not at all, and their digests."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

DIGEST = "digest.json"
UNFINISHED = ".unfinished-"
"""Start of the name of what was being written when a process ended."""


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step: a reader sees the old or the new one."""
    beside = path.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
    beside.write_text(text, encoding="utf-8")
    _sync(beside)
    beside.replace(path)
    _sync(path.parent)


def write_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write files into a folder, add their digests, and put it in place in one step."""
    beside = path.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
    beside.mkdir(parents=True)
    fill(beside)
    (beside / DIGEST).write_text(
        json.dumps(digests(beside), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    for file in beside.iterdir():
        _sync(file)
    _sync(beside)
    if path.exists():
        shutil.rmtree(path)
    beside.rename(path)
    _sync(path.parent)


def digests(folder: Path) -> dict[str, str]:
    """Digest of every file of a folder, by name."""
    return {file.name: _digest(file) for file in sorted(folder.iterdir()) if file.name != DIGEST}


def is_whole(folder: Path) -> bool:
    """Whether the files of a folder are those that were written with it."""
    try:
        recorded: Mapping[str, str] = json.loads((folder / DIGEST).read_text(encoding="utf-8"))
        return recorded == digests(folder)
    except (OSError, ValueError):
        return False


def remove_unfinished(folder: Path) -> None:
    """Remove what was being written when an earlier process ended."""
    for left in folder.glob(f"{UNFINISHED}*"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

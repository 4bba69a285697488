"""Compiled models on disk: one file each, whole or not there, shared by processes that run at once."""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

from remit.compiled_loops import directory, warn_not_kept

MAGIC = b"remit kernel 1\n"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Object code, and what the caller must know to use it: a record of names and whole numbers."""

    code: bytes
    facts: dict[str, Any]


def read(key: str) -> Compiled | None:
    """A compiled model, or none where there is no file or not a whole one."""
    try:
        content = (directory() / f"{key}.kernel").read_bytes()
    except OSError:
        return None
    head, _, body = content[len(MAGIC) :].partition(b"\n")
    if not content.startswith(MAGIC) or hashlib.sha256(body).hexdigest().encode() != head:
        return None
    facts, _, code = body.partition(b"\n")
    return Compiled(code, json.loads(facts))


def write(key: str, compiled: Compiled) -> None:
    """Keep a compiled model; where that cannot be done, warn, and compile again next time.

    The file is written beside its place and moved into it, so another process sees all of it or nothing.
    """
    body = json.dumps(compiled.facts).encode() + b"\n" + compiled.code
    content = MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    place = directory() / f"{key}.kernel"
    unfinished = place.with_suffix(f".{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(place)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        warn_not_kept(error.strerror or str(error))

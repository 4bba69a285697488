"""A finished run: its tables, its facts, and the digest of its values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from remit.errors import Finding, UnknownNameError
from remit.results import digest, open_table
from remit.run.files import DIGEST, is_whole
from remit.run.manifest import Manifest, open_manifest
from remit.run.refusal import refused
from remit.run.store import FINISHED, SUFFIX

FACTS = "facts.json"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Run:
    """A finished run in its folder.

    ``facts`` holds what a report says beside the tables: title, question, date, scenarios and the like.
    """

    folder: Path
    manifest: Manifest
    facts: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its tables, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / FINISHED).glob(f"*{SUFFIX}")))

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """All its tables, by name."""
        return {name: self.table(name) for name in self.names}

    def table(self, name: str) -> pl.DataFrame:
        """One table, sorted by its key.

        Raises
        ------
        UnknownNameError
            If the run has no such table.
        """
        if name not in self.names:
            near = get_close_matches(name, self.names, n=1)
            remedy = f"did you mean {near[0]}?" if near else "see `remit schema tables` for what they hold"
            raise UnknownNameError(
                [Finding(f"{self.folder}: table", name, f"one of {', '.join(self.names)}", remedy)]
            )
        return open_table(self.folder / FINISHED / f"{name}{SUFFIX}")


@dataclass(frozen=True, slots=True)
class Verified:
    """Digest of the values of every table by name, its rows, and one digest of them all."""

    digests: Mapping[str, str]
    rows: Mapping[str, int]
    total: str


def open_run(folder: str | Path) -> Run:
    """Open a finished run.

    Raises
    ------
    RunError
        If the folder holds no run, or one that is not finished.
    """
    path = Path(folder)
    manifest = open_manifest(path)
    facts = path / FINISHED / FACTS
    if not facts.is_file():
        remedy = f"continue it: remit run {manifest.study} --out {path}, with the same options"
        raise refused(path, "a run without tables", "a finished run", remedy)
    return Run(path, manifest, json.loads(facts.read_text(encoding="utf-8")))


def verify(run: Run) -> Verified:
    """Digest of the values of all tables; equal runs have equal digests, whatever wrote their files.

    Raises
    ------
    RunError
        If a file of the run is missing or not as it was written.
    """
    folder = run.folder / FINISHED
    if not is_whole(folder):
        found = f"files that differ from {DIGEST}"
        remedy = (
            f"move {FINISHED} away and run the study again in this folder; only the tables are made again"
        )
        raise refused(folder, found, "the files as they were written", remedy)
    tables = run.tables
    values = {name: digest(frame) for name, frame in tables.items()}
    whole = "".join(f"{name}:{value}\n" for name, value in values.items())
    rows = {name: frame.height for name, frame in tables.items()}
    return Verified(values, rows, hashlib.sha256(whole.encode()).hexdigest())


def summary(run: Run) -> pl.DataFrame:
    """Operating characteristics of a run, each with its Monte Carlo standard error."""
    return run.table("operating")

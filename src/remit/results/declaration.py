"""How a result table is declared, opened and saved.

A table on disk is sorted by its full key, rechunked and written with a fixed row-group size, so equal
values give equal bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from remit.errors import problem

ROW_GROUP_SIZE = 65_536

Columns = Mapping[str, tuple[type[pl.DataType], str, str]]
"""Type, unit and meaning of each column."""

COURSE = {
    "ARM": (pl.String, "", "treatment arm"),
    "SCENARIO": (pl.String, "", "named variant of assumptions"),
    "DRAW": (pl.Int32, "", "parameter draw"),
    "USUBJID": (pl.String, "", "virtual patient, unique within a run"),
}
"""Columns that identify one simulated course: a patient under one arm and one scenario."""


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table: its columns (type, unit, meaning) and the columns that make a row unique."""

    name: str
    title: str
    columns: Columns
    key: tuple[str, ...]

    def schema(self) -> dict[str, type[pl.DataType]]:
        """Column types by name, in order."""
        return {name: column[0] for name, column in self.columns.items()}

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.schema())

    def tidy(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the declared columns, types and order, sorted by its key.

        Raises
        ------
        InputError
            If a declared column is missing.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise problem(
                f"table {self.name}",
                f"columns {', '.join(frame.columns)}",
                f"also {', '.join(missing)}",
                "see `remit schema tables` for the columns of every table",
            )
        typed = frame.select(list(self.columns)).cast(pl.Schema(self.schema()))
        return typed.sort(self.key, nulls_last=True).rechunk()


def table(name: str, title: str, key: str, columns: Columns) -> Table:
    """Declare a table; ``key`` is a space-separated list of columns."""
    return Table(name, title, columns, tuple(key.split()))


SUBJECT = "ARM SCENARIO DRAW USUBJID"
S, F, N, B = pl.String, pl.Float64, pl.Int32, pl.Boolean


def save_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet, byte for byte the same for the same values."""
    frame.rechunk().write_parquet(path, row_group_size=ROW_GROUP_SIZE, statistics=True, compression="zstd")


def open_table(path: Path) -> pl.DataFrame:
    """Read a table written by :func:`save_table`."""
    return pl.read_parquet(path)


def digest(frame: pl.DataFrame) -> str:
    """Digest of the values, column names and types of a frame; row order counts."""
    state = hashlib.sha256()
    for name, dtype in frame.schema.items():
        state.update(f"{name}:{dtype};".encode())
    for row in frame.iter_rows():
        state.update(repr(row).encode())
    return state.hexdigest()

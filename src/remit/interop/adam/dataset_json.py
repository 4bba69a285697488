"""CDISC Dataset-JSON 1.1: one dataset as JSON, or as NDJSON with the metadata in the first line."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from remit.errors import problem

VERSION = "1.1"
PARTS = {"itemGroupOID": str, "name": str, "label": str, "columns": list}
"""What the metadata must hold, of the attributes that the standard requires."""


def read_dataset_json(path: Path) -> tuple[pl.DataFrame, dict[str, str]]:
    """Values and labels of a dataset. Dates stay text; decimals, which the standard quotes, become numbers.

    Raises
    ------
    InputError
        If the file is no Dataset-JSON 1.1.
    """
    document = _ndjson(path) if path.suffix.lower() == ".ndjson" else _parsed(path.read_text("utf-8"), path)
    version = str(document.get("datasetJSONVersion", "no version"))
    if version != VERSION and not version.startswith(f"{VERSION}."):
        raise problem(
            f"{path.name}: datasetJSONVersion",
            version,
            f"Dataset-JSON {VERSION}",
            "convert the file, or give the dataset as XPT, Parquet or CSV",
        )
    for part, kind in PARTS.items():
        if not isinstance(document.get(part), kind):
            raise problem(f"{path.name}: {part}", type(document.get(part)).__name__, kind.__name__)
    columns, rows = document["columns"], document.get("rows", [])
    if document.get("records") not in (None, len(rows)):
        found = f"{len(rows)} rows"
        needed = f"{document['records']} rows, as 'records' says"
        raise problem(f"{path.name}: rows", found, needed, "the file may have been cut off")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(columns):
            raise problem(f"{path.name}: row {number}", _length(row), f"{len(columns)} values")
    series = [_series(column, [row[place] for row in rows]) for place, column in enumerate(columns)]
    return pl.DataFrame(series), {str(each["name"]): str(each.get("label", "")) for each in columns}


def _length(row: Any) -> str:
    return f"{len(row)} values" if isinstance(row, list) else repr(row)


def _parsed(text: str, path: Path) -> Any:
    """A JSON object."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise problem(path.name, str(error), "JSON", "the file may have been cut off") from None
    if not isinstance(found, dict):
        raise problem(path.name, type(found).__name__, "an object of Dataset-JSON")
    return found


def _ndjson(path: Path) -> dict[str, Any]:
    """Metadata of the first line, with the rows of the others."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    head = _parsed(lines[0] if lines else "", path)
    try:
        rows = [json.loads(line) for line in lines[1:]]
    except json.JSONDecodeError as error:
        raise problem(path.name, str(error), "a JSON array on each line") from None
    return {**head, "rows": rows}


def _series(column: Mapping[str, Any], values: Sequence[Any]) -> pl.Series:
    """One column; numbers as numbers, all else as text."""
    name = str(column.get("name", ""))
    numeric = ("integer", "float", "double", "decimal")
    if column.get("dataType") in numeric and all(_is_number(each) for each in values):
        return pl.Series(name, [None if each in (None, "") else float(each) for each in values], pl.Float64)
    if column.get("dataType") == "boolean":
        return pl.Series(name, [None if each is None else "Y" if each is True else "N" for each in values])
    return pl.Series(name, [None if each is None else str(each) for each in values], pl.String)


def _is_number(value: Any) -> bool:
    """Whether a value can stand in a column of numbers."""
    if value in (None, "") or (isinstance(value, int | float) and not isinstance(value, bool)):
        return True
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True

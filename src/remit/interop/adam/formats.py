"""A dataset from a file of each format: values as they stand there, and the labels of the variables.

SAS transport files are read by pyreadstat (Apache-2.0), which the extra ``cdisc`` installs. Its numbers are
IBM floating point: about 16 digits, as in any transport file.
"""

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from remit.errors import problem
from remit.interop.adam.dataset_json import read_dataset_json

SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""Signs that stand between the values of other files of text."""
Read = tuple[pl.DataFrame, dict[str, str]]
"""Values and labels."""


def read_parquet(path: Path) -> Read:
    """Values of a Parquet file; labels where its metadata hold such as ``{"labels": {"AVAL": "Value"}}``."""
    stored = pl.read_parquet_metadata(path).get("labels", "{}")
    try:
        labels = json.loads(stored)
    except json.JSONDecodeError:
        labels = {}
    known = labels if isinstance(labels, dict) else {}
    return pl.read_parquet(path), {str(name): str(label) for name, label in known.items()}


def read_csv(path: Path) -> Read:
    """Values of a CSV file in UTF-8 with a header, all as text; it has no labels.

    Raises
    ------
    InputError
        If values are separated by something other than commas.
    """
    found = pl.read_csv(path, infer_schema=False)
    (head, *others) = found.columns
    for sign, name in SEPARATORS.items():
        if not others and sign in head:
            separated = f"one column: values are separated by {name}"
            raise problem(path.name, separated, "values separated by commas", "save it as CSV with commas")
    return found, {}


def read_transport(path: Path) -> Read:
    """Values and labels of a SAS transport file, version 5 or 8.

    Raises
    ------
    InputError
        If pyreadstat is not installed, or the file is no transport file.
    """
    try:
        import pyreadstat  # noqa: PLC0415 - an extra
    except ImportError:
        raise problem(
            path.name,
            "a SAS transport file, and no pyreadstat to read it",
            "pyreadstat",
            "pip install 'remit[cdisc]', or give the dataset as Parquet, CSV or Dataset-JSON",
        ) from None
    try:
        values, metadata = pyreadstat.read_xport(str(path), output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise problem(path.name, str(error), "a SAS transport file, version 5 or 8") from None
    series = [_series(str(name), list(column)) for name, column in values.items()]
    labels = dict(zip(metadata.column_names, metadata.column_labels, strict=True))
    return pl.DataFrame(series), {str(name): str(label or "") for name, label in labels.items()}


def _series(name: str, values: list[object]) -> pl.Series:
    """One column of a transport file: text, numbers or dates."""
    kinds = {type(each) for each in values if each is not None}
    if kinds <= {float, int}:
        return pl.Series(name, values, pl.Float64)
    if kinds == {datetime.date}:
        return pl.Series(name, values, pl.Date)
    if kinds == {datetime.datetime}:
        return pl.Series(name, values, pl.Datetime)
    return pl.Series(name, [None if each is None else str(each) for each in values], pl.String)


FORMATS: Mapping[str, Callable[[Path], Read]] = {
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".xpt": read_transport,
    ".json": read_dataset_json,
    ".ndjson": read_dataset_json,
}
"""How a file is read, by its suffix in lower case."""

"""Reading library files: parse, and convert each value to canonical units, once.

Conversion expects a document that has passed the checks of ``remit.library.checks``.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

from remit.errors import problem
from remit.library.declared import DECLARED, FOLDERS
from remit.library.entries import Entry, Spread
from remit.units import convert


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: ``folder`` and ``name`` identify it, ``shown`` is its path for messages."""

    folder: str
    name: str
    shown: str
    data: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Kind of file, empty if it states none that its folder knows."""
        if self.folder == "studies":
            return "study"
        kind = self.data.get("kind")
        return kind if isinstance(kind, str) and kind in FOLDERS.get(self.folder, ()) else ""

    @property
    def file(self) -> str:
        """Folder and name, as the parameter table prints them."""
        return f"{self.folder}/{self.name}"


def parse(text: str, shown: str) -> dict[str, Any]:
    """Parsed TOML.

    Raises
    ------
    InputError
        If the text is not TOML; the message names line and column.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise problem(
            shown, str(error), "a TOML file", "compare it with a shipped file: `remit library show`"
        ) from error


def read(path: Path, folder: str, shown: str = "") -> Document:
    """Parse one file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML.
    """
    label = shown or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise problem(
            label, error.strerror or str(error), "a file that can be read", "check path and permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise problem(label, "bytes that are not text", "a TOML file in UTF-8", "check the path") from error
    return Document(folder, path.stem, label, parse(text, label))


def raw_values(document: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Value entries of a file as they stand there: path, parameter, table."""
    tables = DECLARED[document.kind] if document.kind else {}
    known = {key.split(".")[0] for key in tables}
    for component, table in document.data.items():
        if isinstance(table, Mapping) and component in known:
            yield from _values_of(component, table, component)
    if document.kind == "study":
        return
    groups = document.data.get("scenario", {})
    for group, names in groups.items() if isinstance(groups, Mapping) else ():
        for name, content in names.items() if isinstance(names, Mapping) else ():
            for component, table in content.items() if isinstance(content, Mapping) else ():
                if isinstance(table, Mapping):
                    yield from _values_of(component, table, f"scenario.{group}.{name}.{component}")


def _values_of(
    component: str, table: Mapping[str, Any], path: str
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Value entries of one table."""
    for symbol, raw in table.items():
        if isinstance(raw, Mapping):
            yield f"{path}.{symbol}", f"{component}.{symbol}", raw


def entry(document: Document, path: str, key: str, raw: Mapping[str, Any]) -> Entry:
    """A checked raw value in canonical units."""
    declared = DECLARED[document.kind][key].quantity
    unit = str(raw["unit"])
    value = convert(float(raw["value"]), unit, declared.unit)
    factor = 1.0 if unit == declared.unit else convert(1.0, unit, declared.unit)
    text = {
        name: str(raw.get(name, ""))
        for name in ("origin", "source", "where", "studied_in", "grade", "verified")
    }
    return Entry(
        file=document.file, path=path, key=key, value=value, unit=declared.unit, meaning=declared.meaning,
        **text,
        because=str(raw.get("because", "")), derivation=str(raw.get("derivation", "")),
        between_patients=spread(raw.get("between_patients"), value, factor),
        uncertainty=spread(raw.get("uncertainty"), value, factor),
    )  # fmt: skip


def spread(raw: Mapping[str, Any] | None, value: float, factor: float = 1.0) -> Spread | None:
    """A spread in canonical units.

    A ``cv`` or ``rse`` of a lognormal becomes an SD of the logarithm; ``low`` and ``high`` without a flat
    distribution are limits of a central interval of ``level`` (0.95 unless stated).

    Parameters
    ----------
    raw
        The table of the file, or None.
    value
        The typical value, in canonical units.
    factor
        What the file's unit is in canonical units.
    """
    if raw is None:
        return None
    distribution = str(raw.get("distribution", "lognormal"))
    low, high = (None if raw.get(name) is None else float(raw[name]) * factor for name in ("low", "high"))
    flat = distribution in {"uniform", "loguniform"}
    sd = None if flat else 0.0 if distribution == "fixed" else _sd(raw, distribution, value, factor)
    cuts = (
        None if raw.get(name) is None else float(raw[name]) * factor
        for name in ("truncate_low", "truncate_high")
    )
    return Spread(
        distribution,
        sd,
        low if flat else None,
        high if flat else None,
        ", ".join(str(raw[name]) for name in ("source", "where") if raw.get(name)),
        tuple(float(each) for each in raw.get("shown", ())),
        str(raw.get("same_draw_as", "")),
        *cuts,
    )


def _sd(raw: Mapping[str, Any], distribution: str, value: float, factor: float) -> float:
    """Standard deviation on the scale of the distribution."""
    relative = next((float(raw[name]) for name in ("cv", "rse") if name in raw), None)
    if relative is not None:
        return math.sqrt(math.log1p(relative**2)) if distribution == "lognormal" else relative * abs(value)
    stated = next((float(raw[name]) for name in ("sd_log", "sd_logit") if name in raw), None)
    if stated is not None:
        return stated
    if "sd" in raw:
        return float(raw["sd"]) * (factor if distribution == "normal" else 1.0)
    low, high = float(raw["low"]) * factor, float(raw["high"]) * factor
    scale = {"lognormal": math.log, "logitnormal": lambda x: math.log(x / (1 - x))}.get(distribution, float)
    return (scale(high) - scale(low)) / (2 * _two_sided(float(raw.get("level", 0.95))))


def _two_sided(level: float) -> float:
    """Standard normal deviate that bounds a central interval."""
    return NormalDist().inv_cdf((1 + level) / 2)

"""JSON Schema of every file format, built from the declarations."""

from typing import Any

from remit.errors import Finding, UnknownNameError
from remit.library.declared import (
    DECLARED,
    DOSE_UNITS,
    DOSED_KINDS,
    KINDS,
    META,
    OPTIONAL_GROUPS,
    SCENARIO_GROUPS,
    components,
)
from remit.library.entries import DISTRIBUTIONS, GRADES, ORIGINS, VERIFICATIONS
from remit.library.form import REQUIRED_FIELDS, nearest
from remit.library.spreads import BETWEEN_FIELDS, UNCERTAINTY_FIELDS
from remit.library.study_file import VALUE_TABLES, StudyFile
from remit.results import TABLES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WORDS = ("distribution", "source", "where", "same_draw_as")


def schema(kind: str) -> dict[str, Any]:
    """JSON Schema of a kind of file, or of the result ``tables``.

    Kinds are study, bcl2_inhibitor, btk_inhibitor, antibody, cytotoxic, disease, host and population.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    """
    if kind == "study":
        described = StudyFile.model_json_schema()
        for table in VALUE_TABLES:
            described["properties"][table] = _table("study", table)
        described["properties"].pop("library", None)
        return {"$schema": DIALECT, **described}
    if kind == "tables":
        return {
            "$schema": DIALECT,
            "title": "Result tables",
            "type": "object",
            "properties": _result_tables(),
        }
    if kind not in KINDS:
        known = (*KINDS, "tables")
        raise UnknownNameError([Finding("schema", f"'{kind}'", "a kind of file", nearest(kind, known))])
    return _value_file(kind)


def _value_file(kind: str) -> dict[str, Any]:
    """Schema of a library file that holds values."""
    grouped = {key for keys in SCENARIO_GROUPS.get(kind, {}).values() for key in keys}
    properties: dict[str, Any] = {name: {"type": "string"} for name in META[kind]}
    properties |= {"format": {"const": 1}, "kind": {"const": kind}}
    if kind in DOSED_KINDS:
        properties |= {
            "dose_unit": {"enum": list(DOSE_UNITS)},
            "reference_dose": {"type": "number", "exclusiveMinimum": 0},
        }
    properties["without"] = {"type": "array", "items": {"type": "string"}}
    properties["width"] = {"type": "number", "minimum": 0, "description": "SD(ln) added to what is borrowed"}
    properties |= {table: _table(kind, table, grouped) for table in components(kind)}
    required = SCENARIO_GROUPS.get(kind, {})
    groups = {
        group: _scenarios(kind, keys) for group, keys in {**required, **OPTIONAL_GROUPS.get(kind, {})}.items()
    }
    if groups:
        properties["scenario"] = {"type": "object", "properties": groups}
    return {
        "$schema": DIALECT,
        "title": kind,
        "type": "object",
        "properties": properties,
        "required": ["format", "kind", "name", "title"],
        # A file that is based on another says only what differs.
        "if": {"not": {"required": ["based_on"]}},
        "then": _complete(kind, list(required)),
        "additionalProperties": False,
    }


def _complete(kind: str, groups: list[str]) -> dict[str, Any]:
    """What a file that is based on no other must hold beside its title."""
    tables = {table: {"required": _required(kind, table)} for table in components(kind)}
    needed = [table for table, each in tables.items() if each["required"]]
    dose = ["dose_unit", "reference_dose"] if kind in DOSED_KINDS else []
    whole: dict[str, Any] = {"properties": {**tables}, "required": [*needed, *dose]}
    if groups:
        whole["properties"]["scenario"] = {"required": groups}
        whole["required"].append("scenario")
    return whole


def _required(kind: str, table: str) -> list[str]:
    """Symbols of a table that must be there."""
    grouped = {key for keys in SCENARIO_GROUPS.get(kind, {}).values() for key in keys}
    return [
        key.split(".")[1]
        for key, declared in DECLARED[kind].items()
        if key.split(".")[0] == table and declared.required and key not in grouped
    ]


def _table(kind: str, table: str, without: set[str] | None = None) -> dict[str, Any]:
    """Schema of one table of values."""
    keys = [key for key in DECLARED[kind] if key.split(".")[0] == table and key not in (without or set())]
    return {
        "type": "object",
        "properties": {key.split(".")[1]: _value(kind, key) for key in keys},
        **({"required": _required(kind, table)} if kind == "study" else {}),
        "additionalProperties": False,
    }


def _scenarios(kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Schema of a group of named scenarios."""
    tables: dict[str, dict[str, Any]] = {}
    for key in keys:
        component, symbol = key.split(".")
        tables.setdefault(component, {})[symbol] = _value(kind, key)
    inner = {
        name: {"type": "object", "properties": each, "required": list(each), "additionalProperties": False}
        for name, each in tables.items()
    }
    one = {"type": "object", "properties": inner, "required": list(inner), "additionalProperties": False}
    return {"type": "object", "additionalProperties": one, "minProperties": 1}


def _value(kind: str, key: str) -> dict[str, Any]:
    """Schema of one value."""
    declared = DECLARED[kind][key].quantity
    unit = f"compatible with {declared.unit}" if declared.unit else "no unit"
    return {
        "type": "object",
        "description": f"{declared.meaning} [{declared.unit}]",
        "properties": {
            "value": {"type": "number"},
            "unit": {"type": "string", "description": unit},
            "origin": {"enum": list(ORIGINS)},
            "grade": {"enum": list(GRADES)},
            "verified": {"enum": list(VERIFICATIONS)},
            **{
                name: {"type": "string"}
                for name in ("source", "where", "studied_in", "because", "derivation", "decision", "run")
            },
            "between_patients": _spread(BETWEEN_FIELDS),
            "uncertainty": _spread(UNCERTAINTY_FIELDS),
        },
        "required": list(REQUIRED_FIELDS),
        "additionalProperties": False,
    }


def _spread(names: tuple[str, ...]) -> dict[str, Any]:
    """Schema of a spread."""
    properties: dict[str, Any] = {name: {"type": "string" if name in WORDS else "number"} for name in names}
    properties["distribution"] = {"enum": list(DISTRIBUTIONS)}
    if "shown" in properties:
        properties["shown"] = {"type": "array", "items": {"type": "number"}}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _result_tables() -> dict[str, Any]:
    """Schema of the result tables: columns with type, unit and meaning."""
    return {
        table.name: {
            "title": table.title,
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    name: {"description": f"{meaning} [{unit}]" if unit else meaning, "polars": str(dtype)}
                    for name, (dtype, unit, meaning) in table.columns.items()
                },
            },
        }
        for table in TABLES.values()
    }

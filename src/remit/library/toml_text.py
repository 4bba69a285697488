"""Writing TOML: the little that library and study files need, in a fixed order."""

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(document: Mapping[str, Any]) -> str:
    """A document as TOML text; reading it back gives the same values."""
    lines: list[str] = []
    _write_table(lines, (), document)
    return "\n".join(lines).strip() + "\n"


def _write_table(lines: list[str], path: tuple[str, ...], table: Mapping[str, Any]) -> None:
    """One table: plain values first, then its tables, then its lists of tables."""
    plain = {key: value for key, value in table.items() if value is not None and not _is_nested(value)}
    if path and (plain or not table):
        lines.append(f"\n[{'.'.join(map(_key, path))}]")
    lines += [f"{_key(key)} = {_inline(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write_table(lines, (*path, key), value)
        elif _is_nested(value):
            for each in value:
                lines.append(f"\n[[{'.'.join(map(_key, (*path, key)))}]]")
                lines += [
                    f"{_key(name)} = {_inline(item)}" for name, item in each.items() if item is not None
                ]


def _is_nested(value: Any) -> bool:
    """Whether a value is a table or a list of tables that stands under a header of its own."""
    if isinstance(value, Mapping):
        return True
    return (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)
    )


def _key(key: str) -> str:
    """A key, quoted where TOML needs it."""
    return key if BARE.fullmatch(key) else _quoted(key)


def _inline(value: Any) -> str:
    """A value on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value)
        case str():
            return _quoted(value)
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case Mapping():
            inner = ", ".join(
                f"{_key(key)} = {_inline(item)}" for key, item in value.items() if item is not None
            )
            return f"{{ {inner} }}"
        case Sequence():
            return f"[{', '.join(_inline(item) for item in value)}]"
        case _:
            raise TypeError(f"TOML has no form for {type(value).__name__}")


def _quoted(text: str) -> str:
    """A basic string of TOML: that of JSON, with the delete character escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

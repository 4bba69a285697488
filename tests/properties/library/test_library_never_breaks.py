"""However wrong a file is, checking it ends in findings, never in a traceback."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from remit.library import open_library
from remit.library.checks import check_document
from remit.library.load import Document
from remit.library.opening import shipped_shelf, used_sources
from remit.library.study_checks import check_study

WRONG: tuple[Any, ...] = (
    1,
    -1.5,
    True,
    "x",
    [],
    ["x"],
    [1],
    {},
    {"x": 1},
    {"x": {"y": {"z": 1}}},
    [{"x": 1}],
)
FILES = ("drugs/mesutoclax", "diseases/mcl", "populations/mcl_btki_treated", "studies/mcl_btki_treated")


def spoilt(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A file with one key after another, at up to four depths, holding something else."""
    for path in places(data):
        for value in WRONG:
            copied = copy.deepcopy(data)
            table = copied
            for key in path[:-1]:
                table = table[key]
            table[path[-1]] = value
            yield copied


def places(data: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Every key at the top; in the first table and list of tables, those within."""
    yield from ((key,) for key in data)
    for key in [key for key in data if isinstance(data[key], dict | list)][:4]:
        inner = data[key]
        if isinstance(inner, list):
            yield from ((key, 0, name) for name in inner[0])
        if isinstance(inner, dict):
            first = next(iter(inner))
            yield (key, first)
            if isinstance(inner[first], dict):
                yield from ((key, first, name) for name in inner[first])
                for name in ("between_patients", "uncertainty"):
                    yield from ((key, first, name, field) for field in inner[first].get(name, {}))


@pytest.mark.parametrize("file", FILES)
def test_a_spoilt_file_gives_findings_and_no_other_error(file: str) -> None:
    shelf = shipped_shelf()
    document = open_library().document(file)
    tables = [key for key, value in document.data.items() if isinstance(value, dict) and key != "scenario"]
    whole = file.startswith("studies")
    # The first tables stand for the others, which are of the same shape.
    start = {key: value for key, value in document.data.items() if whole or key not in tables[3:]}
    for data in spoilt(start):
        changed = Document(document.folder, document.name, "spoilt.toml", data)
        used_sources({file: changed})
        found = check_document(changed, shelf.sources)
        if document.folder == "studies":
            found += check_study(changed, shelf.documents, shelf.sources)
        assert all(each.where and each.needed for each in found)

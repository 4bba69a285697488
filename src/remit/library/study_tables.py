"""Parts of a study file as it stands, whatever is wrong with it elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from remit.library.load import Document

Documents = Mapping[str, Document]


def tables(study: Document, key: str) -> Sequence[Mapping[str, Any]]:
    """A list of tables, empty where the file has something else."""
    found = study.data.get(key, ())
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []


def table(study: Document, key: str) -> Mapping[str, Any]:
    """A table, empty where the file has something else."""
    found = study.data.get(key, {})
    return found if isinstance(found, Mapping) else {}


def number(values: Mapping[str, Any], key: str) -> float | None:
    """A number, or None where another rule has spoken."""
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def texts(values: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts, without whatever else stands in it."""
    found = values.get(key, ())
    return [each for each in found if isinstance(each, str)] if isinstance(found, list | tuple) else []


def names(documents: Documents, folder: str, kind: str = "") -> list[str]:
    """Names of the files in a folder, of one kind if it is given."""
    return sorted(
        each.name for each in documents.values() if each.folder == folder and (not kind or each.kind == kind)
    )


def conducted(study: Document, documents: Documents, place: str) -> float | None:
    """A value of conduct: what the study says, else what the file of conduct that it names does.

    ``place`` is as ``visits.lab_interval``. None where neither has a number.
    """
    component, symbol = place.split(".")
    usual = documents.get(f"conduct/{study.data.get('conduct', 'lymphoma')}")
    for document in (study, usual):
        raw = table(document, component).get(symbol) if document else None
        if isinstance(raw, Mapping):
            return number(raw, "value")
    return None

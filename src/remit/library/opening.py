"""Reading a directory of library files, checking them all, and putting them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from remit.designation.comparators import Comparator, comparators_from
from remit.errors import Finding, InputError
from remit.library import checks
from remit.library.catalogue import Library
from remit.library.declared import FOLDERS
from remit.library.inheritance import completed
from remit.library.load import Document, entry, raw_values, read
from remit.library.published import EvidenceRecord, evidence_from

ALL_FOLDERS = (*FOLDERS, "comparators", "evidence")

Sources = dict[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Parsed files of one directory, and its sources; ``shown`` is the directory for messages."""

    documents: dict[str, Document]
    sources: Sources
    shown: str


@cache
def shipped_shelf() -> Shelf:
    """The files that come with the package, parsed once."""
    with resources.as_file(resources.files("remit.library")) as folder:
        return _completed(_parsed(folder, "library/"), {})


def read_shelf(folder: Path, shown: str) -> Shelf:
    """Parse every file of a directory, with what each borrows from the file that it is based on.

    Raises
    ------
    InputError
        With every file that cannot be read, is not TOML, or is based on none that is there.
    """
    return _completed(_parsed(folder, shown), shipped_shelf().documents)


def _completed(shelf: Shelf, beneath: Mapping[str, Document]) -> Shelf:
    """A shelf whose documents have what they borrow.

    Raises
    ------
    InputError
        With every file that is based on none that is there.
    """
    documents, findings = completed(shelf.documents, beneath)
    if findings:
        raise InputError(findings)
    return Shelf(documents, shelf.sources, shelf.shown)


def _parsed(folder: Path, shown: str) -> Shelf:
    """Parse every file of a directory.

    Raises
    ------
    InputError
        With every file that cannot be read or is not TOML.
    """
    if not folder.is_dir():
        needed = "a directory with drugs/, diseases/, populations/, studies/, ..."
        raise InputError([Finding("library", str(folder), needed, "check the path given as --library")])
    documents: dict[str, Document] = {}
    sources: Sources = {}
    findings: list[Finding] = []
    paths = [(kind, path) for kind in ALL_FOLDERS for path in sorted((folder / kind).glob("*.toml"))]
    for kind, path in [*paths, *(("", path) for path in folder.glob("sources.toml"))]:
        try:
            document = read(path, kind, f"{shown}{path.relative_to(folder).as_posix()}")
        except InputError as error:
            findings += error.findings
            continue
        if kind:
            documents[document.file] = document
        else:
            sources = {key: value for key, value in document.data.items() if key != "format"}
    if findings:
        raise InputError(findings)
    return Shelf(documents, sources, shown)


def assembled(mine: Shelf | None) -> tuple[Library | None, list[Finding]]:
    """The shipped library with a user's files in front of it, or None where there are findings."""
    shipped = shipped_shelf()
    own = mine or shipped
    documents = shipped.documents | own.documents
    sources = shipped.sources | own.sources
    local = {
        key: each for document in documents.values() for key, each in document.data.get("sources", {}).items()
    }
    evidence, comparators, findings = _records(documents)
    findings += checks.sources_are_described(own.sources, f"{own.shown}sources.toml")
    for document in documents.values():
        if document.folder in FOLDERS:
            findings += checks.check_document(document, sources)
    findings += _populations(documents)
    findings += checks.sources_are_used(own.sources, used_sources(documents), f"{own.shown}sources.toml")
    if findings:
        return None, list(dict.fromkeys(findings))
    entries = {
        file: tuple(entry(document, path, key, raw) for path, key, raw in raw_values(document))
        for file, document in documents.items()
        if document.folder in FOLDERS
    }
    return Library(documents, entries, sources | local, evidence, comparators), []


def _populations(documents: Mapping[str, Document]) -> list[Finding]:
    """Populations that name a disease, or a host, which is not there."""
    return [
        Finding(f"{document.shown}: {key}", repr(document.data[key]), f"a file of {folder}/ of kind {kind}")
        for document in documents.values()
        if document.kind == "population"
        for key, folder, kind in (("disease", "diseases", "disease"), ("host", "populations", "host"))
        if key in document.data and (documents.get(f"{folder}/{document.data[key]}") or document).kind != kind
    ]


def _records(
    documents: Mapping[str, Document],
) -> tuple[dict[str, tuple[EvidenceRecord, ...]], dict[str, tuple[Comparator, ...]], list[Finding]]:
    """Evidence and comparators by name, and findings in them."""
    evidence: dict[str, tuple[EvidenceRecord, ...]] = {}
    comparators: dict[str, tuple[Comparator, ...]] = {}
    findings: list[Finding] = []
    for document in documents.values():
        if document.folder == "evidence":
            evidence[document.name], found = evidence_from(document.data, document.shown)
            findings += found
        elif document.folder == "comparators":
            try:
                comparators[document.name] = comparators_from(document.data, document.shown)
            except InputError as error:
                findings += error.findings
    return evidence, comparators, findings


def used_sources(documents: Mapping[str, Document]) -> set[str]:
    """Keys of sources that some value, spread or study names."""
    used: set[str] = set()
    for document in documents.values():
        for _path, _key, raw in raw_values(document):
            tables = [
                raw,
                *(
                    raw[field]
                    for field in ("between_patients", "uncertainty")
                    if isinstance(raw.get(field), Mapping)
                ),
            ]
            used |= {str(table["source"]) for table in tables if "source" in table}
        if document.folder == "studies":
            lists = [document.data.get(key) for key in ("arms", "sites")]
            tables = [
                document.data.get("design"),
                *(each for some in lists if isinstance(some, list) for each in some),
            ]
            used |= {
                str(value)
                for table in tables
                if isinstance(table, Mapping)
                for key, value in table.items()
                if key.endswith("source")
            }
    return used

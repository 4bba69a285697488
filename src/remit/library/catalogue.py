"""The library as one object: shipped files, and a user's own files of the same shape in front of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from remit.designation.comparators import Comparator
from remit.errors import Finding, UnknownNameError
from remit.library.declared import SCENARIO_GROUPS
from remit.library.entries import ORIGINS, Entry
from remit.library.form import nearest
from remit.library.load import Document
from remit.library.published import EvidenceRecord
from remit.library.toml_text import written
from remit.results import PARAMETERS, SOURCES


@dataclass(frozen=True, slots=True)
class Library:
    """Checked files of the library.

    ``documents`` and ``entries`` are keyed by folder and name (``drugs/venetoclax``); ``evidence`` and
    ``comparators`` by name.
    """

    documents: Mapping[str, Document]
    entries: Mapping[str, tuple[Entry, ...]]
    sources: Mapping[str, Mapping[str, Any]]
    evidence: Mapping[str, tuple[EvidenceRecord, ...]]
    comparators: Mapping[str, tuple[Comparator, ...]]

    def names(self, kind: str) -> tuple[str, ...]:
        """Names in a folder: drugs, diseases, populations, studies, comparators or evidence."""
        return tuple(sorted(each.name for each in self.documents.values() if each.folder == kind))

    def document(self, file: str) -> Document:
        """A file by folder and name, as ``drugs/venetoclax``.

        Raises
        ------
        UnknownNameError
            If there is none; the message names the nearest.
        """
        if file not in self.documents:
            raise UnknownNameError(
                [Finding("library", f"'{file}'", "a file of the library", nearest(file, self.documents))]
            )
        return self.documents[file]

    def values(self, file: str, scenarios: Mapping[str, str] | None = None) -> dict[str, Entry]:
        """Values of a file by parameter, with one named scenario of each of its groups.

        Raises
        ------
        UnknownNameError
            If the file, or a scenario of it, does not exist.
        """
        self.document(file)
        chosen = scenarios or {}
        groups = self.scenarios(file)
        for group, name in chosen.items():
            if name not in groups.get(group, ()):
                where = f"{file}: scenario.{group}"
                raise UnknownNameError(
                    [
                        Finding(
                            where, f"'{name}'", "a scenario of the file", nearest(name, groups.get(group, ()))
                        )
                    ]
                )
        prefixes = tuple(f"scenario.{group}.{name}." for group, name in chosen.items())
        return {
            each.key: each
            for each in self.entries[file]
            if not each.path.startswith("scenario.") or (prefixes and each.path.startswith(prefixes))
        }

    def scenarios(self, file: str) -> dict[str, tuple[str, ...]]:
        """Named scenarios of a file, by group."""
        groups = self.document(file).data.get("scenario", {})
        return {group: tuple(names) for group, names in groups.items()}

    def required_groups(self, file: str) -> tuple[str, ...]:
        """Groups of which one scenario must be chosen: their parameters have no other value."""
        return tuple(SCENARIO_GROUPS.get(self.document(file).kind, {}))

    def counts_by_origin(self) -> dict[str, int]:
        """Number of values by origin, over all files."""
        counts = Counter(entry.origin for entries in self.entries.values() for entry in entries)
        return {origin: counts[origin] for origin in ORIGINS}

    def parameters_table(self, files: Iterable[str] | None = None) -> pl.DataFrame:
        """Values as the result table ``parameters``; of all files unless named."""
        chosen = self.entries if files is None else dict.fromkeys(files)
        return parameters_table(entry for file in chosen for entry in self.entries[file])

    def sources_table(self, keys: Iterable[str] | None = None) -> pl.DataFrame:
        """Sources as the result table ``sources``; all unless named."""
        chosen = (
            self.sources if keys is None else {key: self.sources[key] for key in keys if key in self.sources}
        )
        rows = [
            (
                key,
                str(each.get("title", "")),
                str(each.get("authors", "")),
                str(each.get("year", "")),
                _address(each),
            )
            for key, each in chosen.items()
        ]
        return pl.DataFrame(rows, schema=SOURCES.schema(), orient="row").sort(SOURCES.key).rechunk()

    def show(self, file: str) -> str:
        """A file as text: each value with unit, origin, grade, source and spread, or the file itself."""
        document = self.document(file)
        entries = self.entries.get(file, ())
        if not entries:
            return written(document.data)
        head = [f"{file}: {document.data.get('title', '')}", str(document.data.get("about", "")), ""]
        return "\n".join([*head, *(_shown(entry) for entry in entries)])


def parameters_table(entries: Iterable[Entry]) -> pl.DataFrame:
    """Values as rows of the result table ``parameters``."""
    rows = [
        (
            each.place, each.value, each.unit, each.meaning, each.origin, each.source, each.where, each.grade,
            each.verified, str(each.between_patients or ""), str(each.uncertainty or ""), each.because,
        )
        for each in entries
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=PARAMETERS.schema(), orient="row").sort(PARAMETERS.key).rechunk()


def _address(source: Mapping[str, Any]) -> str:
    """Address of a source, its DOI first."""
    return f"https://doi.org/{source['doi']}" if source.get("doi") else str(source.get("url", ""))


def _shown(entry: Entry) -> str:
    """One value in a few lines."""
    source = f" {entry.source}" if entry.source else ""
    where = f", {entry.where}" if entry.where else ""
    lines = [
        f"{entry.path} = {entry.value:.6g} {entry.unit}".rstrip(),
        f"    {entry.meaning}",
        f"    {entry.origin}, {entry.grade}, {entry.verified};{source}{where}".rstrip(";"),
    ]
    for label, text in (
        ("between patients", str(entry.between_patients or "")),
        ("uncertainty", str(entry.uncertainty or "")),
        ("derivation", entry.derivation),
        ("because", entry.because),
    ):
        lines += [f"    {label}: {text}"] if text else []
    return "\n".join(lines)

"""Finding a study by name or path, with the library files that a resolved study carries."""

from collections.abc import Mapping
from pathlib import Path

from remit.errors import Finding, UnknownNameError
from remit.library.form import nearest
from remit.library.load import Document, read
from remit.library.opening import Shelf, shipped_shelf
from remit.library.study_file import without_library


def opened(name: str, mine: Shelf | None) -> tuple[Document, Shelf | None]:
    """The study's document, and the user's files with those that it carries."""
    documents = shipped_shelf().documents | (mine.documents if mine else {})
    file = f"studies/{name}"
    if file in documents:
        return documents[file], mine
    path = Path(name)
    if not name.endswith(".toml") and not path.is_file():
        known = sorted(each.name for each in documents.values() if each.folder == "studies")
        raise UnknownNameError(
            [Finding("study", f"'{name}'", "a shipped study, or a .toml file", nearest(name, known))]
        )
    raw = read(path, "studies")
    study = Document("studies", str(raw.data.get("name", raw.name)), raw.shown, without_library(raw.data))
    carried = _carried(raw)
    return study, Shelf(
        {**carried.documents, **(mine.documents if mine else {}), study.file: study},
        {**carried.sources, **(mine.sources if mine else {})},
        mine.shown if mine else carried.shown,
    )


def _carried(raw: Document) -> Shelf:
    """Library files within a resolved study."""
    embedded = raw.data.get("library", {})
    files = (
        {key: each for key, each in embedded.items() if "/" in key} if isinstance(embedded, Mapping) else {}
    )
    documents = {
        file: Document(file.split("/")[0], file.split("/")[1], f"{raw.shown}: library.{file}", each)
        for file, each in files.items()
    }
    return Shelf(
        documents,
        dict(embedded.get("sources", {})) if isinstance(embedded, Mapping) else {},
        f"{raw.shown}: ",
    )

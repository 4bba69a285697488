"""What the form of a library file must be. One function, one rule."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from remit.errors import Finding
from remit.library.declared import (
    DECLARED,
    DOSE_UNITS,
    FOLDERS,
    META,
    OPTIONAL_GROUPS,
    SCENARIO_GROUPS,
    WHOLE_OR_ABSENT,
    components,
)
from remit.library.entries import GRADES, ORIGINS, VERIFICATIONS
from remit.library.load import Document, raw_values

Sources = Mapping[str, Mapping[str, Any]]

FORMAT = 1
FIELDS = (
    "value", "unit", "origin", "source", "where", "studied_in", "grade", "verified", "because", "derivation",
    "between_patients", "uncertainty", "decision", "run",
)  # fmt: skip
TEXTS = (
    "unit", "origin", "source", "where", "studied_in", "grade", "verified", "because", "derivation",
    "decision", "run",
)  # fmt: skip
REQUIRED_FIELDS = ("value", "unit", "origin", "grade", "verified")


def nearest(name: str, known: Iterable[Any]) -> str:
    """What to try instead of an unknown name."""
    known = [str(each) for each in known]
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"


def finding(document: Document, path: str, found: object, needed: str, remedy: str = "") -> Finding:
    """A finding that names file and key."""
    return Finding(f"{document.shown}: {path}", str(found), needed, remedy)


def file_says_what_it_is(document: Document, _: Sources) -> Iterator[Finding]:
    """A file states its format, a kind that its folder holds, its own name and a title."""
    if document.data.get("name") != document.name:
        found = document.data.get("name", "nothing")
        yield finding(document, "name", found, f"'{document.name}', as the file is called")
    if document.kind == "study":
        return
    if document.data.get("format") != FORMAT:
        yield finding(document, "format", document.data.get("format", "nothing"), f"format = {FORMAT}")
    if not document.kind:
        kinds = FOLDERS.get(document.folder, ())
        found = document.data.get("kind", "nothing")
        yield finding(document, "kind", found, f"one of {', '.join(kinds)}", nearest(str(found), kinds))
    if not document.data.get("title"):
        yield finding(document, "title", "nothing", "a title", "say in a few words what the file describes")
    if document.folder == "drugs":
        yield from _dose_is_described(document)


def _dose_is_described(document: Document) -> Iterator[Finding]:
    """Whether a drug says in which unit its doses are, and what its full dose is in that unit."""
    unit, reference = (
        document.data.get("dose_unit", "nothing"),
        document.data.get("reference_dose", "nothing"),
    )
    if unit not in DOSE_UNITS:
        yield finding(
            document, "dose_unit", unit, f"one of {', '.join(DOSE_UNITS)}", nearest(str(unit), DOSE_UNITS)
        )
    if isinstance(reference, bool) or not isinstance(reference, int | float) or reference <= 0:
        needed = "the full dose in dose_unit, above 0"
        yield finding(document, "reference_dose", reference, needed, "it is what one full dose stands for")


def tables_are_known(document: Document, _: Sources) -> Iterator[Finding]:
    """Every table and key at the top of a file is one that its kind knows."""
    if document.kind == "study" or not document.kind:
        return
    known = (
        *META[document.kind],
        *components(document.kind),
        *(["scenario"] if document.kind in SCENARIO_GROUPS else []),
    )
    for key in document.data:
        if key not in known:
            yield finding(
                document,
                key,
                f"unknown key '{key}'",
                "a table or key of this kind of file",
                nearest(key, known),
            )


def parameters_are_known(document: Document, _: Sources) -> Iterator[Finding]:
    """Every parameter is declared by the model, the population or the conduct of a trial."""
    declared = DECLARED.get(document.kind, {})
    for path, key, _raw in raw_values(document):
        if key not in declared:
            component = key.split(".")[0]
            siblings = [each.split(".")[1] for each in declared if each.split(".")[0] == component]
            yield finding(
                document,
                path,
                "unknown parameter",
                f"a parameter of {component}",
                nearest(path.split(".")[-1], siblings),
            )


def values_are_tables(document: Document, _: Sources) -> Iterator[Finding]:
    """Every parameter is a table with value, unit and origin, never a bare number."""
    for component in components(document.kind) if document.kind else ():
        table = document.data.get(component, {})
        if not isinstance(table, Mapping):
            yield finding(
                document, component, repr(table), "a table of parameters", f"write [{component}.symbol]"
            )
            continue
        for symbol, raw in table.items():
            if not isinstance(raw, Mapping):
                yield finding(
                    document,
                    f"{component}.{symbol}",
                    repr(raw),
                    "a table with value, unit, origin, grade, verified",
                )


def fields_are_known(document: Document, _: Sources) -> Iterator[Finding]:
    """Every field of a value is one of the format."""
    for path, _key, raw in raw_values(document):
        for field in raw:
            if field not in FIELDS:
                yield finding(
                    document,
                    f"{path}.{field}",
                    f"unknown field '{field}'",
                    "a field of a value",
                    nearest(field, FIELDS),
                )


def fields_are_there(document: Document, _: Sources) -> Iterator[Finding]:
    """Every value has number, unit, origin, grade and verification; all but assumptions have a source."""
    for path, _key, raw in raw_values(document):
        for field in REQUIRED_FIELDS:
            if field not in raw:
                yield finding(
                    document, f"{path}.{field}", "nothing", f"a {field}", "see the format of library files"
                )
        value = raw.get("value", 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield finding(document, f"{path}.value", repr(value), "a number")
        for field in TEXTS:
            if not isinstance(raw.get(field, ""), str):
                yield finding(document, f"{path}.{field}", repr(raw[field]), "text in quotes")
        if raw.get("origin") in ("reported", "derived", "fitted") and not raw.get("source"):
            yield finding(
                document,
                f"{path}.source",
                "nothing",
                "a key of sources.toml",
                "only an assumption may lack a source",
            )


def words_are_known(document: Document, _: Sources) -> Iterator[Finding]:
    """Origin, grade and way of verification are words of the format."""
    for path, _key, raw in raw_values(document):
        for field, words in (("origin", ORIGINS), ("grade", GRADES), ("verified", VERIFICATIONS)):
            if field in raw and raw[field] not in words:
                yield finding(
                    document,
                    f"{path}.{field}",
                    raw[field],
                    f"one of {', '.join(words)}",
                    nearest(str(raw[field]), words),
                )


def nothing_is_missing(document: Document, _: Sources) -> Iterator[Finding]:
    """Every declared parameter is there; biology has no silent defaults."""
    grouped = {key for keys in SCENARIO_GROUPS.get(document.kind, {}).values() for key in keys}
    present = {key for path, key, _raw in raw_values(document) if not path.startswith("scenario.")}
    for key, declared in DECLARED.get(document.kind, {}).items():
        if declared.required and key not in present and key not in grouped:
            unit = declared.quantity.unit or "no unit"
            yield finding(
                document,
                key,
                "nothing",
                f"{declared.quantity.meaning} [{unit}]",
                "add it, with origin and reason",
            )


def optional_tables_are_whole(document: Document, _: Sources) -> Iterator[Finding]:
    """A table that may be absent is given whole, or not at all."""
    declared = DECLARED.get(document.kind, {})
    present = {key for _path, key, _raw in raw_values(document)}
    for table in WHOLE_OR_ABSENT:
        if table in document.data:
            for key in declared:
                if key.startswith(f"{table}.") and key not in present:
                    yield finding(
                        document,
                        key,
                        "nothing",
                        f"all of [{table}], or none of it",
                        declared[key].quantity.meaning,
                    )


def _mapping(value: object) -> Mapping[str, Any]:
    """A table, empty where the file has something else."""
    return value if isinstance(value, Mapping) else {}


def scenarios_are_complete(document: Document, _: Sources) -> Iterator[Finding]:
    """Each scenario group is there, and its scenarios give all parameters of the group and no other."""
    required = SCENARIO_GROUPS.get(document.kind, {})
    groups = {**required, **OPTIONAL_GROUPS.get(document.kind, {})}
    written = _mapping(document.data.get("scenario"))
    for group in written:
        if group not in groups:
            yield finding(
                document, f"scenario.{group}", "unknown group", "a scenario group", nearest(group, groups)
            )
    present = {path for path, _key, _raw in raw_values(document)}
    for group, keys in groups.items():
        names = _mapping(written.get(group))
        if not names and group in required:
            yield finding(
                document, f"scenario.{group}", "nothing", f"at least one named scenario of {', '.join(keys)}"
            )
        for name in names:
            prefix = f"scenario.{group}.{name}."
            for key in sorted(set(keys) - {path.removeprefix(prefix) for path in present}):
                yield finding(
                    document, prefix + key, "nothing", "every parameter of the group in each of its scenarios"
                )
            for path in sorted(
                path for path in present if path.startswith(prefix) and path.removeprefix(prefix) not in keys
            ):
                yield finding(document, path, "a parameter outside the group", f"only {', '.join(keys)}")
    plain = {path for path in present if not path.startswith("scenario.")}
    for key in sorted({key for keys in required.values() for key in keys} & plain):
        yield finding(
            document,
            key,
            "one value",
            "values under named scenarios only",
            "move it to [scenario.GROUP.NAME]",
        )

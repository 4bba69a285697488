"""Files that are based on another: what they do not say is borrowed from it, and marked as borrowed.

A drug of a class, or a disease like another, says what is known of it alone. Every other value comes from
the file named by ``based_on``, keeps its source, and becomes an assumption graded class-borrowed; ``width``
[SD of the logarithm] is added to what is not known of it, where that is log-normal. Tables and
parameters named in ``without`` are not borrowed.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from remit.errors import Finding, InputError
from remit.library.declared import DECLARED, OPTIONAL_GROUPS
from remit.library.entries import Spread as LibrarySpread
from remit.library.load import Document, spread
from remit.units import convert, is_compatible

Documents = Mapping[str, Document]

LARGEST_MASS_OUTSIDE = 1e-3
"""Probability outside the range of a parameter that a spread may have."""
NOT_BORROWED = ("scenario", "sources", "label")
"""Tables that stand on their own: scenarios are merged by name, and a label is that of its drug alone."""
NOT_WIDENED = ("apoptosis.node_penetration",)
"""Properties of tissue that stand in the files of drugs: borrowed as they are, and drawn with the base's."""
DEEPEST = 5
"""Longest chain of files, each based on the next."""


def completed(documents: Documents, beneath: Documents) -> tuple[dict[str, Document], list[Finding]]:
    """Documents with what they borrow, and what is wrong with the files that they name.

    Parameters
    ----------
    documents
        Documents as they were read, by folder and name.
    beneath
        Documents that stand behind them, complete.
    """
    found: dict[str, Document] = {}
    findings: list[Finding] = []
    for file, document in documents.items():
        try:
            found[file] = _complete(document, documents, beneath, 0)
        except InputError as error:
            findings += error.findings
    return found, findings


def _complete(document: Document, documents: Documents, beneath: Documents, depth: int) -> Document:
    """One document with everything that it borrows.

    Raises
    ------
    InputError
        If it is based on a file that is not there, of another kind, or on itself.
    """
    name = document.data.get("based_on")
    if name is None or not document.kind or document.kind == "study":
        return document
    file = f"{document.folder}/{name}"
    # A user's file may carry the name of the shipped one that it is based on.
    other = documents.get(file) if file != document.file else beneath.get(file)
    base = other or beneath.get(file)
    where, needed = (
        f"{document.shown}: based_on",
        f"another file of kind {document.kind} in {document.folder}/",
    )
    if not isinstance(name, str) or base is None or base.kind != document.kind:
        raise InputError([Finding(where, repr(name), needed, "`remit library list` names them")])
    if depth >= DEEPEST:
        raise InputError(
            [Finding(where, f"a chain of {DEEPEST} files or a circle", needed, "base it on a complete file")]
        )
    if base is other:
        base = _complete(base, documents, beneath, depth + 1)
    return replace(document, data=_merged(document, base))


def _merged(document: Document, base: Document) -> dict[str, Any]:
    """Content of a document over that of its base."""
    width = document.data.get("width", 0.0)
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 <= width < math.inf:
        found, needed = repr(width), "an SD of the logarithm of 0 or more"
        raise InputError([Finding(f"{document.shown}: width", found, needed)])
    reason = str(document.data.get("because", ""))
    spoken = ("based_on", "width", "because", "without")
    data = {key: each for key, each in document.data.items() if key not in spoken}
    left_out = document.data.get("without", [])
    can_be = isinstance(left_out, list) and "scenario" not in left_out
    if not can_be or not all(_has(base.data, str(each)) for each in left_out):
        found, needed = repr(left_out), f"a list of tables or parameters that {base.name} has"
        raise InputError([Finding(f"{document.shown}: without", found, needed)])
    title = str(base.data.get("title", base.name))
    for component, table in base.data.items():
        if not isinstance(table, Mapping) or component in (*NOT_BORROWED, *left_out):
            continue
        own = data.get(component, {})
        if isinstance(own, Mapping):
            borrowed = {
                symbol: _borrowed(raw, f"{component}.{symbol}", document.kind, title, reason, float(width))
                for symbol, raw in table.items()
                if symbol not in own and f"{component}.{symbol}" not in left_out
            }
            data[component] = {**borrowed, **own}
    scenarios = _scenarios(document, base, title, reason, float(width))
    if scenarios:
        data["scenario"] = scenarios
    _take_dose(document, base)
    for key in ("dose_unit", "reference_dose", "disease", "host"):
        if key in base.data:
            data.setdefault(key, base.data[key])
    return data


def _take_dose(document: Document, base: Document) -> None:
    """Refuse a drug that says a part of what its full dose is: unit, size and amount belong together.

    Raises
    ------
    InputError
        If some of them are said and some would be borrowed.
    """
    needed = [key for key in ("dose_unit", "reference_dose") if key in base.data]
    needed += ["pharmacy.full_dose"] if needed and _has(base.data, "pharmacy.full_dose") else []
    said = [key for key in needed if key in document.data or _has(document.data, key)]
    if said and len(said) < len(needed):
        missing = [key for key in needed if key not in said]
        found, wanted = (
            f"{', '.join(said)} without {', '.join(missing)}",
            f"all of {', '.join(needed)}, or none",
        )
        raise InputError(
            [Finding(f"{document.shown}: {said[0]}", found, wanted, "they say one dose together")]
        )


def _is_nested(scenario: Any) -> bool:
    """Whether a table of scenarios has groups, names and components that are tables."""
    levels = [scenario]
    for _ in range(4):
        if not all(isinstance(each, Mapping) for each in levels):
            return False
        levels = [inner for each in levels for inner in each.values()]
    return True


def _has(data: Mapping[str, Any], place: str) -> bool:
    """Whether a file has a table, or a parameter of one."""
    component, _, symbol = place.partition(".")
    table = data.get(component)
    return isinstance(table, Mapping) and (not symbol or symbol in table)


def _scenarios(
    document: Document, base: Document, title: str, reason: str, width: float
) -> dict[str, dict[str, Any]]:
    """Scenarios of a document, and those of its base in groups of which it says nothing.

    Alternatives to parameters that the document gives itself would undo what it says, and are not borrowed.
    """
    own = document.data.get("scenario", {})
    if not isinstance(own, Mapping):
        return {}
    if not _is_nested(base.data.get("scenario", {})):
        raise InputError(
            [Finding(f"{base.shown}: scenario", "no tables", "[scenario.GROUP.NAME.component.symbol]")]
        )
    found: dict[str, Any] = dict(own)
    alternatives = OPTIONAL_GROUPS.get(document.kind, {})
    for group, names in base.data.get("scenario", {}).items():
        said = any(_has(document.data, key) for key in alternatives.get(group, ()))
        if group not in found and not said:
            found[group] = {
                name: {
                    component: {
                        symbol: _borrowed(raw, f"{component}.{symbol}", document.kind, title, reason, width)
                        for symbol, raw in table.items()
                    }
                    for component, table in content.items()
                }
                for name, content in names.items()
            }
    return found


def _borrowed(raw: Any, key: str, kind: str, title: str, reason: str, width: float) -> Any:
    """A value of the base as the document has it: an assumption, with its source and more width."""
    if not isinstance(raw, Mapping) or raw.get("grade") == "convention":
        return raw
    said = " ".join(each for each in (f"Borrowed from {title}.", reason, str(raw.get("because", ""))) if each)
    borrowed = {**raw, "origin": "assumed", "grade": "class-borrowed", "because": said}
    borrowed.pop("decision", None)
    borrowed.pop("run", None)
    if raw.get("verified") == "recalled":
        borrowed["grade"] = "assumed"
    if width and key not in NOT_WIDENED and isinstance(raw.get("uncertainty"), Mapping):
        borrowed["uncertainty"] = _wider(raw, key, kind, width)
    return borrowed


def _wider(raw: Mapping[str, Any], key: str, kind: str, width: float) -> Mapping[str, Any]:
    """The uncertainty of a value with the width of borrowing added, where it is log-normal."""
    given = raw["uncertainty"]
    declared = DECLARED[kind].get(key)
    unit = str(raw.get("unit"))
    if declared is None or given.get("distribution", "lognormal") != "lognormal":
        return given
    if unit != declared.quantity.unit and not is_compatible(unit, declared.quantity.unit):
        return given
    try:
        factor = 1.0 if unit == declared.quantity.unit else convert(1.0, unit, declared.quantity.unit)
        known = spread(given, float(raw["value"]) * factor, factor)
    except (KeyError, TypeError, ValueError):
        return given
    kept = {name: given[name] for name in ("same_draw_as", "truncate_low", "truncate_high") if name in given}
    total = math.hypot(known.sd or 0.0, width) if known else width
    value, q = float(raw["value"]) * factor, declared.quantity
    if LibrarySpread("lognormal", total).mass_outside(value, q.low, q.high) > LARGEST_MASS_OUTSIDE:
        # A value next to the end of its range takes no more width than it has.
        return given
    where = f"SD(ln) {known.sd or 0.0:.3g} of the base, {width:g} for borrowing" if known else "borrowing"
    return {"distribution": "lognormal", "sd_log": round(total, 4), "where": where, **kept}

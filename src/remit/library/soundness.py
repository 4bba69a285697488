"""What the values of a library file must satisfy. One function, one rule."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from remit.errors import Finding
from remit.library.arithmetic import evaluate
from remit.library.declared import DECLARED
from remit.library.form import Sources, finding, nearest
from remit.library.load import Document, raw_values
from remit.units import convert, is_compatible

LARGEST_DERIVATION_ERROR = 5e-3


def units_fit(document: Document, _: Sources) -> Iterator[Finding]:
    """Every unit has the dimension of the declared one."""
    for path, key, raw in raw_values(document):
        declared = DECLARED[document.kind].get(key)
        unit = raw.get("unit")
        if declared and unit is not None and not _unit_fits(unit, declared.quantity.unit):
            needed = f"{declared.quantity.unit or 'no unit'} ({declared.quantity.meaning})"
            yield finding(
                document,
                f"{path}.unit",
                f"{raw.get('value')} {unit}",
                needed,
                "check value and unit against the source",
            )


def _unit_fits(unit: object, needed: str) -> bool:
    """Whether a unit of a file can be converted to the declared one."""
    return isinstance(unit, str) and (unit == needed or is_compatible(unit, needed))


def canonical(document: Document, key: str, raw: Mapping[str, Any]) -> float | None:
    """A raw value in canonical units, or None where another check has spoken."""
    declared = DECLARED[document.kind].get(key)
    value, unit = raw.get("value"), raw.get("unit")
    if (
        declared is None
        or isinstance(value, bool)
        or not isinstance(value, int | float)
        or not isinstance(unit, str)
    ):
        return None
    return (
        convert(float(value), unit, declared.quantity.unit)
        if _unit_fits(unit, declared.quantity.unit)
        else None
    )


def values_are_in_range(document: Document, _: Sources) -> Iterator[Finding]:
    """Every value lies in its declared range."""
    for path, key, raw in raw_values(document):
        value = canonical(document, key, raw)
        if value is None:
            continue
        q = DECLARED[document.kind][key].quantity
        below, above = q.low is not None and value < q.low, q.high is not None and value > q.high
        if below or above or not math.isfinite(value):
            limits = " and ".join(
                text
                for text, limit in ((f"at least {q.low}", q.low), (f"at most {q.high}", q.high))
                if limit is not None
            )
            found = f"{raw['value']} {raw['unit']}".strip()
            yield finding(
                document,
                f"{path}.value",
                found,
                f"{limits} {q.unit}".strip(),
                f"{q.meaning}: check sign and unit",
            )


def sources_are_known(document: Document, sources: Sources) -> Iterator[Finding]:
    """Every named source is described in sources.toml."""
    for path, _key, raw in raw_values(document):
        for place, table in (
            (path, raw),
            *((f"{path}.{field}", raw.get(field)) for field in ("between_patients", "uncertainty")),
        ):
            source = table.get("source") if isinstance(table, Mapping) else None
            if isinstance(source, str) and source and source not in sources:
                yield finding(
                    document,
                    f"{place}.source",
                    f"'{source}'",
                    "a key of sources.toml",
                    nearest(source, sources),
                )


def assumption_is_argued(document: Document, _: Sources) -> Iterator[Finding]:
    """A value of origin 'assumed' says why it was chosen."""
    for path, _key, raw in raw_values(document):
        if raw.get("origin") == "assumed" and not str(raw.get("because", "")).strip():
            yield finding(
                document, f"{path}.because", "assumed without a reason", "a reason", "add because = '...'"
            )


def recalled_is_graded_assumed(document: Document, _: Sources) -> Iterator[Finding]:
    """A value that was only recalled is an assumption, whatever it is thought to come from."""
    for path, _key, raw in raw_values(document):
        if raw.get("verified") == "recalled" and (
            raw.get("origin") != "assumed" or raw.get("grade") != "assumed"
        ):
            found = f"origin {raw.get('origin')}, grade {raw.get('grade')}"
            yield finding(
                document, path, f"recalled, {found}", "origin and grade 'assumed'", "or read the source"
            )


def derivation_recomputes(document: Document, _: Sources) -> Iterator[Finding]:
    """A derived value shows an arithmetic derivation, in the unit of the file, that gives the value."""
    for path, _key, raw in raw_values(document):
        text = raw.get("derivation")
        if text is None:
            if raw.get("origin") == "derived":
                yield finding(
                    document, f"{path}.derivation", "nothing", "the arithmetic that gives the value"
                )
            continue
        try:
            result = evaluate(str(text))
        except ValueError as error:
            yield finding(
                document,
                f"{path}.derivation",
                f"'{text}': {error}",
                "numbers, + - * / **, exp log log10 sqrt",
            )
            continue
        value = raw.get("value")
        if isinstance(value, int | float) and abs(result - value) > LARGEST_DERIVATION_ERROR * max(
            abs(value), 1e-300
        ):
            yield finding(
                document,
                f"{path}.derivation",
                f"{text} = {result:.6g}",
                f"the value, {value}",
                "correct either",
            )


def fit_is_named(document: Document, _: Sources) -> Iterator[Finding]:
    """A fitted value names the decision record and the run that fitted it."""
    for path, _key, raw in raw_values(document):
        for field in ("decision", "run") if raw.get("origin") == "fitted" else ():
            if not raw.get(field):
                yield finding(document, f"{path}.{field}", "nothing", f"the {field} that fitted it")

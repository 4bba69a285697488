"""What spread between patients and uncertainty must satisfy. One function, one rule."""

from collections.abc import Iterator, Mapping
from typing import Any

from remit.errors import Finding
from remit.library.declared import DECLARED
from remit.library.entries import DISTRIBUTIONS
from remit.library.form import Sources, finding, nearest
from remit.library.inheritance import LARGEST_MASS_OUTSIDE
from remit.library.load import Document, raw_values, spread
from remit.library.soundness import canonical
from remit.units import convert

BETWEEN_FIELDS = (
    "distribution", "cv", "sd", "sd_log", "sd_logit", "low", "high", "source", "where", "truncate_low",
    "truncate_high",
)  # fmt: skip
UNCERTAINTY_FIELDS = (
    "distribution", "rse", "sd", "sd_log", "sd_logit", "low", "high", "level", "source", "where",
    "shown", "same_draw_as", "truncate_low", "truncate_high",
)  # fmt: skip
NUMBERS = (
    "cv", "rse", "sd", "sd_log", "sd_logit", "low", "high", "level", "truncate_low", "truncate_high",
)  # fmt: skip
WIDTHS = {
    "lognormal": ("cv", "rse", "sd_log", "sd", "low"),
    "normal": ("cv", "rse", "sd", "low"),
    "logitnormal": ("sd_logit", "sd", "low"),
    "uniform": ("low",),
    "loguniform": ("low",),
    "fixed": (),
}
"""Fields of which one must give the width of each distribution; ``low`` stands for ``low`` and ``high``."""


def spreads_are_well_formed(document: Document, _: Sources) -> Iterator[Finding]:
    """A spread has a known distribution, exactly one width, ordered limits and known fields."""
    for path, _key, raw in raw_values(document):
        for field, known in (("between_patients", BETWEEN_FIELDS), ("uncertainty", UNCERTAINTY_FIELDS)):
            if field in raw:
                for found, needed, remedy in _spread_problems(raw[field], known):
                    yield finding(document, f"{path}.{field}", found, needed, remedy)


def _spread_problems(raw: Any, known: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a raw spread: found, needed, remedy."""
    if not isinstance(raw, Mapping):
        yield repr(raw), "a table", "{ distribution = 'lognormal', cv = 0.3 }"
        return
    foreign = {"rse", "level", "shown", "cv", "same_draw_as"} - set(known)
    for name in raw:
        if name not in known and name not in foreign:
            yield f"unknown field '{name}'", "a field of a spread", nearest(name, known)
    distribution = raw.get("distribution", "lognormal")
    if distribution not in DISTRIBUTIONS:
        yield (
            str(distribution),
            f"one of {', '.join(DISTRIBUTIONS)}",
            nearest(str(distribution), DISTRIBUTIONS),
        )
        return
    widths = [name for name in ("cv", "rse", "sd_log", "sd_logit", "sd", "low") if name in raw]
    allowed = WIDTHS[distribution]
    if len(widths) != (1 if allowed else 0) or any(name not in allowed for name in widths):
        needed = f"one of {', '.join(allowed)}" if allowed else "no width"
        yield f"{distribution} with {', '.join(widths) or 'no width'}", needed, "low needs high beside it"
        return
    yield from _number_problems(raw, distribution)


def _number_problems(raw: Mapping[str, Any], distribution: str) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the numbers of a spread."""
    for name in NUMBERS:
        if name in raw and (isinstance(raw[name], bool) or not isinstance(raw[name], int | float)):
            yield f"{name} = {raw[name]!r}", "a number", ""
            return
    shown = raw.get("shown", [])
    if not isinstance(shown, list) or not all(isinstance(each, int | float) for each in shown):
        yield f"shown = {shown!r}", "a list of numbers", ""
    for name in ("cv", "rse", "sd_log", "sd_logit", "sd"):
        if raw.get(name, 0) < 0:
            yield f"{name} = {raw[name]}", "a number of at least 0", ""
    if not 0 < raw.get("level", 0.95) < 1:
        yield f"level = {raw['level']}", "between 0 and 1", "0.90 for a 90% interval"
    if "low" in raw and not ("high" in raw and raw["low"] < raw["high"]):
        yield f"low {raw['low']}, high {raw.get('high', 'missing')}", "low below high", ""
    elif "low" in raw and distribution in {"lognormal", "loguniform", "logitnormal"} and raw["low"] <= 0:
        yield f"low {raw['low']}", "above 0 on this scale", ""
    if "high" in raw and distribution == "logitnormal" and raw["high"] >= 1:
        yield f"high {raw['high']}", "below 1 on a logit scale", ""


def spread_and_uncertainty_are_apart(document: Document, _: Sources) -> Iterator[Finding]:
    """Spread between patients is never given as a standard error, nor uncertainty as a CV of patients."""
    for path, _key, raw in raw_values(document):
        for field, foreign, other in (
            ("between_patients", ("rse", "level", "shown"), "uncertainty"),
            ("uncertainty", ("cv",), "between_patients"),
        ):
            table = raw.get(field)
            for name in foreign:
                if isinstance(table, Mapping) and name in table:
                    yield finding(
                        document, f"{path}.{field}", f"'{name}'", f"nothing of {other}", f"move it to {other}"
                    )


def distribution_stays_in_range(document: Document, sources: Sources) -> Iterator[Finding]:
    """A distribution puts less than 0.1% outside the declared range."""
    broken = {each.where for each in spreads_are_well_formed(document, sources)}
    for path, key, raw in raw_values(document):
        value = canonical(document, key, raw)
        if value is None:
            continue
        q = DECLARED[document.kind][key].quantity
        factor = 1.0 if raw["unit"] == q.unit else convert(1.0, raw["unit"], q.unit)
        for field in ("between_patients", "uncertainty"):
            if field not in raw or f"{document.shown}: {path}.{field}" in broken:
                continue
            width = spread(raw[field], value, factor)
            mass = width.mass_outside(value, q.low, q.high) if width else 0.0
            if mass > LARGEST_MASS_OUTSIDE:
                needed = f"less than 0.1% outside [{q.low}, {q.high}]"
                yield finding(
                    document,
                    f"{path}.{field}",
                    f"{mass:.1%} outside",
                    needed,
                    "narrow it, or choose another distribution",
                )


def shared_draws_exist(document: Document, _: Sources) -> Iterator[Finding]:
    """A shared random draw names a parameter of the same file."""
    keys = [key for _path, key, _raw in raw_values(document)]
    for path, _key, raw in raw_values(document):
        table = raw.get("uncertainty")
        shared = table.get("same_draw_as") if isinstance(table, Mapping) else None
        if shared and shared not in keys:
            yield finding(
                document,
                f"{path}.uncertainty.same_draw_as",
                shared,
                "a parameter of this file",
                nearest(shared, keys),
            )

"""All rules for library files; findings are gathered before any is raised."""

from collections.abc import Callable, Iterator

from remit.errors import Finding
from remit.library import form, soundness, spreads
from remit.library.form import Sources, nearest
from remit.library.load import Document

Check = Callable[[Document, Sources], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    form.file_says_what_it_is,
    form.tables_are_known,
    form.values_are_tables,
    form.parameters_are_known,
    form.fields_are_known,
    form.fields_are_there,
    form.words_are_known,
    form.nothing_is_missing,
    form.optional_tables_are_whole,
    form.scenarios_are_complete,
    soundness.units_fit,
    soundness.values_are_in_range,
    soundness.sources_are_known,
    soundness.assumption_is_argued,
    soundness.recalled_is_graded_assumed,
    soundness.derivation_recomputes,
    soundness.fit_is_named,
    spreads.spreads_are_well_formed,
    spreads.spread_and_uncertainty_are_apart,
    spreads.distribution_stays_in_range,
    spreads.shared_draws_exist,
)
"""Rules for one file, in the order in which findings are printed."""

SOURCE_FIELDS = ("title", "authors", "year", "url", "doi", "journal", "redistribution", "note")


def sources_are_described(sources: Sources, shown: str) -> Iterator[Finding]:
    """Every source has a title and known fields."""
    for key, source in sources.items():
        if not source.get("title"):
            yield Finding(f"{shown}: {key}.title", "nothing", "a title", "what a reader would look for")
        for field in source:
            if field not in SOURCE_FIELDS:
                yield Finding(
                    f"{shown}: {key}.{field}",
                    f"unknown field '{field}'",
                    "a field of a source",
                    nearest(field, SOURCE_FIELDS),
                )


def sources_are_used(sources: Sources, used: set[str], shown: str) -> Iterator[Finding]:
    """Every source is used by some value, comparator or study."""
    for key in sources:
        if key not in used:
            yield Finding(
                f"{shown}: {key}",
                "used by no value",
                "only sources that something rests on",
                "remove it, or name it",
            )


def check_document(document: Document, sources: Sources) -> list[Finding]:
    """All findings in one file; of a file of unknown kind, only that."""
    if not document.kind:
        return list(form.file_says_what_it_is(document, sources))
    return [each for check in CHECKS for each in check(document, sources)]

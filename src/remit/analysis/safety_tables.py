"""Safety of a study: its sections, in the order of ICH E3, and every number in them."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from remit.analysis.plan_file import AnalysisPlan
from remit.analysis.safety_deaths import deaths
from remit.analysis.safety_events import (
    SERIOUS,
    by_class,
    emergent_events,
    overview,
    special_interest,
)
from remit.analysis.safety_exposure import exposure, periods
from remit.analysis.safety_input import DEATH, SafetyInput, safety_input
from remit.analysis.safety_laboratory import graded_records, shift_tables
from remit.analysis.safety_lysis import lysis_records, lysis_table
from remit.analysis.safety_numbers import Laid, numbers_table
from remit.interop.adam.tables import AdamTables
from remit.report.analysis_page import Section
from remit.report.records import Kind

DATASETS = ("ADAE", "ADEX", "ADLB")
"""Datasets that safety tables are made of."""
EVENTS, DIED, LABORATORY, EXPOSURE = "14.3.1", "14.3.2", "14.3.4", "14.3.5"
"""Numbers of the sections; those of ICH E3, with exposure after them."""


@dataclass(frozen=True, slots=True)
class Safety:
    """Sections of the page, and numbers as ``remit.analysis.safety_numbers.COLUMNS``."""

    sections: tuple[Section, ...]
    numbers: pl.DataFrame


def no_safety() -> Safety:
    """Nothing, of a directory without any of ``DATASETS``."""
    return Safety((), numbers_table(()))


def safety(tables: AdamTables, plan: AnalysisPlan, kind: Kind) -> Safety:
    """Every safety table that the datasets allow; what cannot be made says why in its section."""
    if not any(name in tables.tables for name in DATASETS):
        return no_safety()
    data = safety_input(tables, plan, kind)
    if data is None or not data.groups:
        reason = "Not tabulated: ADSL does not say who was treated with what."
        return Safety((Section(id="safety", title="14.3 Safety", paragraphs=(reason,)),), numbers_table(()))
    events, given = emergent_events(data), periods(data)
    sections: list[Section] = []
    numbers: list[Laid] = []
    for identifier, title, laid, missing in (
        ("adverse-events", f"{EVENTS} Adverse events", *_of_events(data, events)),
        ("deaths", f"{DIED} Deaths", *_of_deaths(data, events)),
        ("laboratory", f"{LABORATORY} Laboratory", *_of_laboratory(data, events, given)),
        ("exposure", f"{EXPOSURE} Exposure", *_of_exposure(data, given)),
    ):
        if laid or missing:
            tables_of = tuple(each.table for each in laid)
            sections.append(Section(id=identifier, title=title, paragraphs=missing, tables=tables_of))
            numbers += laid
    return Safety(tuple(sections), numbers_table(number for each in numbers for number in each.numbers))


Made = tuple[tuple[Laid, ...], tuple[str, ...]]
"""Tables, and sentences about what could not be made."""


def _of_events(data: SafetyInput, events: pl.DataFrame | None) -> Made:
    if events is None:
        absent = () if "ADAE" not in data.tables.tables else ("Not tabulated: ADAE has no AEDECOD.",)
        return (), absent
    serious = events.filter(SERIOUS)
    found = [
        overview(data, events, f"{EVENTS}.1"),
        by_class(data, events, f"{EVENTS}.2", "Adverse events by system organ class and preferred term"),
        special_interest(data, events, f"{EVENTS}.4"),
        by_class(
            data, events, f"{EVENTS}.5", "Incidence by system organ class and preferred term", with_rates=True
        ),
    ]
    if data.tables.has("ADAE", "AESER"):
        title = "Serious adverse events by system organ class and preferred term"
        found.insert(2, by_class(data, serious, f"{EVENTS}.3", title))
    return tuple(found), ()


def _of_deaths(data: SafetyInput, events: pl.DataFrame | None) -> Made:
    has_deaths = data.people[DEATH].null_count() < data.people.height
    said = any(data.tables.has("ADSL", name) for name in ("DTHDT", "DTHDY"))
    if not (has_deaths or said):
        return (), ("Not tabulated: ADSL has no date of death.",)
    return (deaths(data, events, f"{DIED}.1"),), ()


def _of_laboratory(data: SafetyInput, events: pl.DataFrame | None, given: pl.DataFrame | None) -> Made:
    if "ADLB" not in data.tables.tables:
        return (), ()
    missing: list[str] = []
    laid: list[Laid] = []
    records = graded_records(data)
    if records is None:
        missing.append("Shifts of grades not tabulated: ADLB has no AVAL and ATOXGR.")
    else:
        laid += shift_tables(data, records, f"{LABORATORY}.1")
    labs, reason = lysis_records(data)
    if labs is None:
        missing.append(f"Tumour lysis by definition not tabulated: {reason}.")
    elif given is None or given.is_empty():
        missing.append("Tumour lysis by definition not tabulated: no doses with their days in ADEX.")
    else:
        laid.append(lysis_table(data, labs, given, events, f"{LABORATORY}.2"))
    return tuple(laid), tuple(missing)


def _of_exposure(data: SafetyInput, given: pl.DataFrame | None) -> Made:
    if "ADEX" not in data.tables.tables:
        return (), ()
    if given is None or given.is_empty():
        return (), ("Not tabulated: ADEX has no doses with first and last day.",)
    return (exposure(data, given, f"{EXPOSURE}.1"),), ()


def printed_sections(found: Safety, over: tuple[str, ...]) -> Iterator[Section]:
    """Sections with the lines that each table carries where it is handed in alone."""
    for each in found.sections:
        yield Section(id=each.id, title=each.title, over=over, paragraphs=each.paragraphs, tables=each.tables)

"""The page of an analysis: sections with numbered tables and figures, in the order of the plan.

Numbers are those of ICH E3: 14.1 for who the subjects are, 14.2 for efficacy, one more for each endpoint,
14.3 for safety.
"""

from dataclasses import replace

import polars as pl

from remit.analysis.analysed import Analysis
from remit.analysis.display_comparisons import comparison_table
from remit.analysis.display_figures import incidence_figure, survival_figures
from remit.analysis.display_findings import findings_table
from remit.analysis.display_subgroups import forest_figure, subgroup_table
from remit.analysis.display_subjects import demographics_table, subjects_table
from remit.analysis.display_tables import response_table, time_to_event_table
from remit.analysis.display_text import counted, endpoint_text, set_text
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.analysis.plan_text import plan_text
from remit.analysis.safety_tables import printed_sections
from remit.analysis.selecting import population_name, times, without_record
from remit.report.analysis_page import AnalysisPage, Section
from remit.report.records import Figure, Kind, ReportTable
from remit.run.manifest import installed

PACKAGES = ("remit", "numpy", "scipy", "polars")
SUBJECTS, EFFICACY, METHODS = "14.1", "14.2", "16.1.9"
CHOSEN = (
    "No plan was given: milestones and the horizon of restricted means were chosen from the data. They "
    "describe; do not test with them."
)


def analysis_page(analysis: Analysis) -> AnalysisPage:
    """All that is shown of an analysis."""
    endpoints = [_endpoint(analysis, each, place) for place, each in enumerate(analysis.plan.endpoints, 1)]
    return AnalysisPage(
        title=analysis.plan.title,
        kind=analysis.kind,
        about=tuple(_about(analysis)),
        assumed=analysis.assumed,
        sections=(_subjects(analysis), *endpoints, *_safety(analysis), _findings(analysis)),
        plan=plan_text(analysis.plan),
        versions=tuple(f"{name} {installed(name)}" for name in PACKAGES),
    )


def _about(analysis: Analysis) -> list[str]:
    """Where the data come from, who is analysed, and how much was found."""
    plan, tables = analysis.plan, analysis.tables
    files = ", ".join(table.file for table in tables.tables.values())
    who = f"{plan.population} = Y" if plan.population else "all subjects"
    found = counted(len(analysis.errors), len(analysis.warnings)).lower().rstrip(".") + "."
    lines = [
        *(f"{each}." for each in _study(analysis)),
        f"Tables: {tables.folder.name}: {files}.",
        f"Analysis set: {who}. Arm: {plan.treatment}. Times in {plan.time_unit}s.",
        f"Findings about the tables, listed at the end: {found}",
    ]
    if analysis.stopped:
        lines.append(f"Not analysed because of errors: {', '.join(analysis.stopped)}.")
    return lines


def _study(analysis: Analysis) -> tuple[str, ...]:
    """The studies that the tables are of, where they say it."""
    if not analysis.tables.has("ADSL", "STUDYID"):
        return ()
    names = analysis.tables.frame("ADSL")["STUDYID"].drop_nulls().unique().sort().cast(pl.String).to_list()
    return (f"Study: {', '.join(names)}",) if names else ()


def _over(analysis: Analysis, endpoint: TimeToEvent | Response | None = None) -> tuple[str, ...]:
    """Lines over each table that is handed in alone."""
    flag = population_name(analysis.plan, endpoint)
    return (*_study(analysis), f"Analysis set: {f'{flag} = Y' if flag else 'all subjects'}")


def _subjects(analysis: Analysis) -> Section:
    """Who is analysed. Without a treatment or a population nobody can be counted."""
    tables, plan, kind = analysis.tables, analysis.plan, analysis.kind
    title = f"{SUBJECTS} Subjects"
    needed = [plan.treatment, *plan.strata, *plan.by, *plan.subgroups, *filter(None, [plan.population])]
    if not tables.has("ADSL", *tables.key, *needed):
        return Section(id="subjects", title=title, paragraphs=("Not counted: see the findings.",))
    found = [
        subjects_table(tables, plan, f"{SUBJECTS}.1", kind),
        demographics_table(tables, plan, f"{SUBJECTS}.2", kind),
    ]
    own = set_text(plan)
    named = tuple(replace(each, title=f"{each.title} ({own})") for each in found if each is not None)
    return Section(id="subjects", title=title, over=_over(analysis), tables=named)


def _endpoint(analysis: Analysis, endpoint: TimeToEvent | Response, place: int) -> Section:
    """Section of an endpoint: what was estimated, what was compared, the curves."""
    number = f"{EFFICACY}.{place}"
    identifier, title = f"endpoint-{place}", f"{number} {endpoint_text(endpoint)}"
    if endpoint.name in analysis.stopped:
        reasons = tuple(
            f"{each.place}: {each.found}; needed: {each.needed}. {each.remedy[:1].upper()}{each.remedy[1:]}."
            for each in analysis.stopped[endpoint.name]
        )
        text = ("Not analysed, because of errors in its data:", *reasons)
        return Section(id=identifier, title=title, paragraphs=text)
    plan, kind = analysis.plan, analysis.kind
    results = analysis.results.filter(pl.col("ENDPOINT") == endpoint.name)
    tables = response_table if isinstance(endpoint, Response) else time_to_event_table
    first = tables(results, endpoint, plan, f"{number}.1", kind)  # pyright: ignore[reportArgumentType]
    compared = _compared(results, endpoint, plan, number, kind)
    if analysis.assumed and isinstance(endpoint, TimeToEvent):
        first, *compared = [_chosen(each, endpoint) for each in (first, *compared)]
    figures: list[Figure] = []
    notes: list[str] = []
    flag = population_name(plan, endpoint)
    if flag != plan.population:
        notes.append(f"Analysis set of this endpoint: {f'{flag} = Y' if flag else 'all subjects'}.")
    if isinstance(endpoint, TimeToEvent):
        left = without_record(analysis.tables, plan, endpoint)
        notes += [f"{left} subjects without a record are left out."] if left else []
        people = times(analysis.tables, plan, endpoint)
        figures += survival_figures(people, results, endpoint, plan, f"{number}.1", kind)
        figures += incidence_figure(people, results, endpoint, plan, f"{number}.2", kind)
    figures += forest_figure(results, endpoint, plan, f"{number}.{len(figures) + 1}", kind)
    return Section(
        id=identifier,
        title=title,
        over=_over(analysis, endpoint),
        paragraphs=tuple(notes),
        tables=(first, *compared),
        figures=tuple(figures),
    )


def _chosen(table: ReportTable, endpoint: TimeToEvent) -> ReportTable:
    """A table with the note that its times were chosen from the data, if it has such times."""
    times = [*endpoint.milestones, *([endpoint.restricted_mean] if endpoint.restricted_mean else [])]
    texts = [str(cell) for row in table.rows for cell in row.values()]
    is_at_one = any(f"{word} {at:g} " in text for text in texts for at in times for word in ("at", "up to"))
    return replace(table, footnotes=(*table.footnotes, CHOSEN)) if is_at_one else table


def _compared(
    results: pl.DataFrame, endpoint: TimeToEvent | Response, plan: AnalysisPlan, number: str, kind: Kind
) -> tuple[ReportTable, ...]:
    """The tables of comparisons, if there are any."""
    if results.filter(pl.col("REFERENCE") != "").is_empty():
        return ()
    found = [comparison_table(results, endpoint, plan, f"{number}.2", kind)]
    if results.filter(pl.col("SUBGROUP") != "").height:
        found.append(subgroup_table(results, endpoint, plan, f"{number}.3", kind))
    return tuple(found)


def _safety(analysis: Analysis) -> tuple[Section, ...]:
    """Sections of safety, of what datasets there are."""
    return tuple(printed_sections(analysis.safety, _study(analysis)))


def _findings(analysis: Analysis) -> Section:
    """Last section: every finding."""
    table = findings_table(analysis.findings, f"{METHODS}.1", analysis.kind)
    title = f"{METHODS} Findings about the tables"
    return Section(id="findings", title=title, over=_study(analysis), tables=(table,))

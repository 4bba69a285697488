"""The page of an analysis: sections with numbered tables and figures, in the order of the plan.

Numbers are those of ICH E3: 14.1 for who the subjects are, 14.2 for efficacy, one more for each endpoint.
"""

import polars as pl

from remit.analysis.analysed import Analysis
from remit.analysis.display_figures import incidence_figure, survival_figures
from remit.analysis.display_findings import findings_table
from remit.analysis.display_subgroups import forest_figure, subgroup_table
from remit.analysis.display_subjects import demographics_table, subjects_table
from remit.analysis.display_tables import comparison_table, response_table, time_to_event_table
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.analysis.plan_text import plan_text
from remit.analysis.selecting import population_name, times, without_record
from remit.report.analysis_page import AnalysisPage, Section
from remit.report.records import Figure, Kind, ReportTable
from remit.run.manifest import installed

PACKAGES = ("remit", "numpy", "scipy", "polars")
SUBJECTS, EFFICACY = "14.1", "14.2"


def analysis_page(analysis: Analysis) -> AnalysisPage:
    """All that is shown of an analysis."""
    endpoints = [_endpoint(analysis, each, place) for place, each in enumerate(analysis.plan.endpoints, 1)]
    return AnalysisPage(
        title=analysis.plan.title,
        kind=analysis.kind,
        about=tuple(_about(analysis)),
        assumed=analysis.assumed,
        sections=(_subjects(analysis), *endpoints, _findings(analysis)),
        plan=plan_text(analysis.plan),
        versions=tuple(f"{name} {installed(name)}" for name in PACKAGES),
    )


def _about(analysis: Analysis) -> list[str]:
    """Where the data come from, who is analysed, and how much was found."""
    plan, tables = analysis.plan, analysis.tables
    files = ", ".join(table.file for table in tables.tables.values())
    who = f"{plan.population} = Y" if plan.population else "all subjects"
    lines = [
        f"Tables: {tables.folder.name}: {files}.",
        f"Analysis set: {who}. Arm: {plan.treatment}. Times in {plan.time_unit}s.",
        f"Findings about the tables: {len(analysis.errors)} errors, {len(analysis.warnings)} warnings; "
        "all are listed at the end.",
    ]
    if analysis.stopped:
        lines.append(f"Not analysed because of errors: {', '.join(analysis.stopped)}.")
    return lines


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
    return Section(id="subjects", title=title, tables=tuple(each for each in found if each is not None))


def _endpoint(analysis: Analysis, endpoint: TimeToEvent | Response, place: int) -> Section:
    """Section of an endpoint: what was estimated, what was compared, the curves."""
    number = f"{EFFICACY}.{place}"
    identifier, title = f"endpoint-{place}", f"{number} {endpoint.shown}"
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
        paragraphs=tuple(notes),
        tables=(first, *compared),
        figures=tuple(figures),
    )


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


def _findings(analysis: Analysis) -> Section:
    """Last section: every finding."""
    table = findings_table(analysis.findings, analysis.kind)
    return Section(id="findings", title="Findings about the tables", tables=(table,))

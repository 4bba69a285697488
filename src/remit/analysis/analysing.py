"""Analysing a directory: read, check, estimate, and hold the results with all that was found on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from remit.analysis import response, subgroups, time_to_event, two_times
from remit.analysis.analysed import Analysis
from remit.analysis.default_plan import NO_ADSL, NO_ENDPOINT, default_plan
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent, expected_endpoint, expected_of
from remit.analysis.plan_reading import compares, plan_of, read_plan
from remit.analysis.results import Row, as_table
from remit.analysis.safety_tables import safety
from remit.analysis.selecting import apart, population_name, responses, times
from remit.analysis.writing import check_formats, write_analysis
from remit.errors import Finding, InputError
from remit.interop.adam.checks import check, stopping
from remit.interop.adam.expected import Expected
from remit.interop.adam.reading import PASSED_OVER, READABLE, read_adam
from remit.interop.adam.structure_checks import datasets_have_rows, variables_are_there
from remit.interop.adam.tables import AdamTables

Plan = str | Path | Mapping[str, object] | AnalysisPlan | None
"""A plan, its values, its file, or None for the plan that the tables suggest."""


NEEDED = ("ADSL", "ADTTE", "ADRS")
"""Datasets that a plan rests on."""


def analyse(
    directory: str | Path,
    plan: Plan = None,
    out: str | Path | None = None,
    formats: tuple[str, ...] = ("html",),
) -> Analysis:
    """Run the analysis of a study on a directory of ADaM tables, simulated or observed.

    Parameters
    ----------
    directory
        Directory with ADSL and ADTTE or ADRS as Parquet, CSV, SAS transport or Dataset-JSON, or the folder of
        a run of remit.
    plan
        A plan, its values, or its file; without one the plan that the tables suggest.
    out
        Folder for results, tables and figures; nothing is written without it.
    formats
        Documents that are written: ``html``, ``rtf``.

    Returns
    -------
    The results, and everything that was found and assumed. An endpoint with an error in its data is not in
    the results but in ``stopped``.

    Raises
    ------
    InputError
        If directory, files or plan cannot be read, or errors in the tables stop every endpoint; with every
        finding at once, and before anything is written. If a document could not be written because an extra
        is not installed, after everything else was.
    """
    check_formats(formats)
    done = analysed(read_adam(directory), plan)
    if len(done.stopped) == len(done.plan.endpoints):
        raise InputError([each.finding() for each in done.errors])
    if out is not None:
        write_analysis(done, out, formats)
    return done


def analysed(tables: AdamTables, plan: Plan = None) -> Analysis:
    """Check and analyse tables; where every endpoint is stopped there are findings and no results.

    Raises
    ------
    InputError
        If the plan cannot be read or followed, or none was given and the tables suggest none.
    """
    followed, assumed = _plan(plan, tables)
    expected = expected_of(followed)
    findings = check(tables, expected)
    stopped = {
        each.name: found
        for each in followed.endpoints
        if (found := stopping(findings, expected, expected_endpoint(each)))
    }
    rows = [
        replace(row, ENDPOINT=each.name, POPULATION=population_name(followed, each) or "all")
        for each in followed.endpoints
        if each.name not in stopped
        for row in _estimates(tables, followed, each)
    ]
    return Analysis(
        tables=tables,
        plan=followed,
        assumed=assumed,
        findings=findings,
        results=as_table(rows),
        stopped=stopped,
        safety=safety(tables, followed, followed.data or tables.kind),
    )


def _plan(plan: Plan, tables: AdamTables) -> tuple[AnalysisPlan, tuple[str, ...]]:
    """The plan that is followed, and what was assumed."""
    if plan is None:
        # What cannot be read would be missing in what is suggested, and not be missed.
        unread = [each for each in tables.findings if each.rule == READABLE]
        nothing = Expected(treatment="")
        empty = list(datasets_have_rows(tables, nothing))
        lacking = (*unread, *empty, *variables_are_there(tables, nothing))
        found = [each.finding() for each in lacking if each.dataset in NEEDED]
        passed_over = [each.finding() for each in tables.findings if each.rule == PASSED_OVER]
        try:
            proposed = default_plan(tables)
        except InputError as error:
            # That there is no ADSL, or no endpoint, only repeats that its file cannot be read or is empty.
            gone = {each.dataset for each in (*unread, *empty)} & set(NEEDED)
            repeated = {NO_ADSL if name == "ADSL" else NO_ENDPOINT for name in gone}
            own = [each for each in error.findings if each.found not in repeated]
            raise InputError([*own, *found, *passed_over]) from None
        if found:
            raise InputError(found)
        return proposed.plan, proposed.assumed
    if isinstance(plan, AnalysisPlan):
        given = plan
    else:
        given = read_plan(plan) if isinstance(plan, str | Path) else plan_of(plan)
    if given.data == "observed" and tables.kind == "simulated":
        found, needed = "observed", "simulated: remit wrote these tables"
        raise InputError([Finding("plan: data", found, needed, "leave the key out")])
    return given, ()


def _estimates(tables: AdamTables, plan: AnalysisPlan, endpoint: TimeToEvent | Response) -> Iterator[Row]:
    """All numbers of an endpoint."""
    people = (
        responses(tables, plan, endpoint) if isinstance(endpoint, Response) else times(tables, plan, endpoint)
    )
    for by, part in apart(people):
        if isinstance(endpoint, Response):
            yield from (replace(row, BY=by) for row in response.rates(part, endpoint, plan))
        else:
            yield from (replace(row, BY=by) for row in time_to_event.estimates(part, endpoint, plan))
        if not (plan.is_comparison and compares(endpoint)):
            continue
        compared = (
            response.comparisons(part, endpoint, plan)
            if isinstance(endpoint, Response)
            else two_times.comparisons(part, endpoint, plan)
        )
        arms = {"BY": by, "ARM": plan.experimental, "REFERENCE": plan.reference, "UNIT": plan.time_unit}
        yield from (replace(row, **arms) for row in compared)
        yield from (replace(row, BY=by) for row in subgroups.estimates(part, endpoint, plan))

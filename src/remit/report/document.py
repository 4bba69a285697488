"""The document: one self-contained HTML file, the first page for a clinician, the detail behind it."""

from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

import polars as pl
import vl_convert

from remit.designation.dossier import Simulated, dossier_outline
from remit.report.facts import ReportFacts
from remit.report.figures import DETAIL, FIRST_PAGE
from remit.report.first_page import opening_html, reading_html
from remit.report.headline import responses
from remit.report.html import figure_html, script_html, table_html
from remit.report.labels import course_title
from remit.report.records import STAMP, ReportTable
from remit.report.tabled import Report, unanswered
from remit.report.tables import assumed, calibration, claim, comparators, inputs, response, safety
from remit.report.tables.response import span

EMBED = (
    "document.querySelectorAll('button[data-figure]').forEach(b=>b.addEventListener('click',()=>{"
    "const f=b.dataset.figure,d=document.querySelector('#'+f+' .drawing');"
    "vegaEmbed(d,JSON.parse(document.getElementById(f+'-spec').textContent),"
    "{actions:false,renderer:'svg',tooltip:true}).then(()=>b.remove());}));"
)
TableFunction = Callable[[Report], ReportTable]


def write_report(
    tables: Mapping[str, pl.DataFrame], facts: ReportFacts, path: Path | str, *, interactive: bool = True
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    tables
        Result tables by name; also ``comparators`` and ``thresholds`` of the designation package. What is
        absent or empty is printed as "not computed".
    facts
        What is not in tables.
    path
        File to write.
    interactive
        Whether figures can be redrawn so that values can be pointed at (about 1 MB of script, from the
        file itself). Drawings are static either way.

    Returns
    -------
    The path written.
    """
    target = Path(path)
    target.write_text(document(Report(tables, facts), interactive=interactive), encoding="utf-8")
    return target


def document(report: Report, *, interactive: bool) -> str:
    """The whole page as text; the same tables and facts give the same text."""
    facts = report.facts
    style = files("remit.report").joinpath("report.css").read_text(encoding="utf-8")
    script = _script() if interactive else ""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(facts.title)}</title><style>{style}</style></head><body>"
        f'<div class="banner">{STAMP} · {escape(facts.stamp)}</div><main>'
        f"{_first_page(report, interactive=interactive)}{_detail(report, interactive=interactive)}</main>"
        f"{script}</body></html>\n"
    )


def _script() -> str:
    """The drawing library, from this file and nowhere else."""
    return script_html(vl_convert.javascript_bundle(EMBED))


def _tables(report: Report, *functions: TableFunction) -> str:
    return "".join(table_html(function(report)) for function in functions)


def _first_page(report: Report, *, interactive: bool) -> str:
    """The page that a clinician reads."""
    draw = {
        name: figure_html(function(report), interactive=interactive) for name, function in FIRST_PAGE.items()
    }
    return "".join(
        (
            opening_html(report),
            '<h2 id="predicted">What would we see?</h2>',
            _tables(report, response.headline),
            draw["intervals"],
            _tables(report, inputs.scenarios),
            '<h2 id="believe">Why should one believe it?</h2>',
            reading_html(report),
            _tables(report, response.reference, response.movers, assumed.dependence),
            draw["tornado"],
            '<h2 id="claim">How would it stand beside available therapy?</h2>',
            draw["forest"],
            _tables(report, claim.verdicts),
            '<h2 id="change">What would change it?</h2>',
            _tables(report, claim.thresholds),
        )
    )


def _detail(report: Report, *, interactive: bool) -> str:
    """Everything behind the first page."""
    draw = {name: figure_html(function(report), interactive=interactive) for name, function in DETAIL.items()}
    return "".join(
        (
            '<h2 id="calibration">Calibration</h2>',
            _calibration_text(report.facts),
            _tables(report, calibration.checks),
            '<h2 id="patients">The virtual patients</h2>',
            _tables(report, inputs.baseline, inputs.screening, inputs.shifts),
            '<h2 id="exposure">Exposure and occupancy</h2>',
            draw["exposure"],
            '<h2 id="response">Response</h2>',
            _tables(report, response.best_response, response.concordance),
            draw["waterfall"],
            draw["spider"],
            draw["swimmer"],
            '<h2 id="time">Time to event</h2>',
            _tables(report, response.time_to_event),
            draw["progression-free"],
            draw["duration"],
            draw["overall"],
            '<h2 id="safety">Safety</h2>',
            _tables(
                report,
                safety.neutropenia,
                safety.thrombocytopenia,
                safety.lysis,
                safety.published,
                safety.background,
            ),
            '<h2 id="comparators">Comparators and designation</h2>',
            _tables(
                report,
                comparators.results,
                comparators.circumstances,
                comparators.other_survival,
                claim.reasons,
                claim.all_thresholds,
                comparators.base_rates,
            ),
            _dossier(report),
            '<h2 id="uncertainty">Sensitivity and error</h2>',
            draw["variance"],
            _tables(report, inputs.variance, inputs.sensitivity, inputs.operating),
            '<h2 id="parameters">Parameters and sources</h2>',
            _tables(report, inputs.origins, inputs.parameters, inputs.sources),
            _unknowns(report.facts),
            _colophon(report.facts),
        )
    )


def _calibration_text(facts: ReportFacts) -> str:
    """How the check of the calibration was made."""
    return f"<p>{escape(facts.calibration_text)}</p>" if facts.calibration_text else ""


def _dossier(report: Report) -> str:
    """What a dossier could state today, and the planning annex apart from it."""
    facts = report.facts
    if facts.planned is None:
        return ""
    simulated = [
        Simulated(
            endpoint=f"Overall response rate, {course_title(str(each['ARM']), str(each['SCENARIO']), facts)}",
            text=f"mean {100 * float(each['ORR'] or 0):.1f}%, 90% interval {span(each['LOW'], each['HIGH'])}",
        )
        for each in responses(report)
        if each["ARM"] == facts.investigational
    ]
    outline = dossier_outline(facts.observed, facts.planned, simulated)
    fields = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in outline.clinical_evidence.items()
    )
    planned = outline.planning_annex or (unanswered(report),)
    annex = "".join(f"<li>{escape(text)}</li>" for text in planned)
    return (
        '<section class="block" id="dossier-clinical">'
        "<h3>Dossier outline: clinical evidence (observed data only)</h3>"
        f"<dl>{fields}</dl></section>"
        '<section class="block simulated" id="dossier-planning">'
        "<h3>Dossier outline: planning annex (simulated)</h3>"
        f"<ul>{annex}</ul>"
        f'<p class="stamp">{STAMP}.</p></section>'
    )


def _unknowns(facts: ReportFacts) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in facts.unknowns)
    return f'<h2 id="unknown">What is not known</h2><ul>{items or "<li>not stated</li>"}</ul>'


def _colophon(facts: ReportFacts) -> str:
    """Seed, pool and versions: what is needed to get the same numbers again."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(facts.versions.items()))
    notes = "".join(f"<li>{escape(text)}</li>" for text in facts.notes)
    return (
        '<h2 id="colophon">How this was made</h2>'
        f"<p>Seed {facts.seed}. Pool: {escape(facts.pool)}. Versions: {escape(versions) or 'not stated'}.</p>"
        f"{f'<ul>{notes}</ul>' if notes else ''}"
    )

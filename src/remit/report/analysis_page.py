"""One page about an analysis: the tables and figures of its sections, what was found and what was assumed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path

import vl_convert

from remit.report.document import EMBED
from remit.report.html import figure_html, script_html, table_html
from remit.report.records import STAMPS, Figure, Kind, ReportTable

STYLE = (
    ".banner.observed { background: #33414e; }"
    ".block.observed { border-left: 5px solid #33414e; }"
    ".block.observed .stamp { color: var(--soft); }"
    ".block th, .block td { white-space: pre-line; }"
    "@media (min-width: 621px) { .block td.number { white-space: nowrap; } }"
    # The banner stays in view, and a drawing holds its stamp: not once more under each of them on a screen.
    ".drawing ~ .stamp { display: none; }"
    "@media screen { .block.observed .stamp { display: none; } }"
    "td:not(:first-child):not(.long), th:not(:first-child):not(.long) { text-align: center; }"
    "td:first-child, th:first-child { min-width: 170px; }"
    "#table-findings td, #table-findings th { text-align: left; }"
    "pre { font-size: 12px; line-height: 1.4; overflow-x: auto; padding: 10px; background: #f6f8fa; }"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with the tables and figures under it, in this order.

    ``over`` are lines that a table carries over its title where it is handed in alone.
    """

    id: str
    title: str
    over: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisPage:
    """What the page shows.

    Parameters
    ----------
    title
        Title.
    kind
        Simulated or observed: what the banner says.
    about
        Lines under the title, such as the directory and the analysis set.
    assumed
        What was assumed, each a sentence.
    sections
        The sections.
    plan
        The plan as text.
    versions
        Names and versions of the programs.
    """

    title: str
    kind: Kind
    about: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    plan: str = ""
    versions: tuple[str, ...] = field(default=())


def write_analysis_page(page: AnalysisPage, path: str | Path, *, interactive: bool = True) -> Path:
    """Write the page as one HTML file that loads nothing from a network."""
    target = Path(path)
    target.write_text(page_html(page, interactive=interactive), encoding="utf-8")
    return target


def page_html(page: AnalysisPage, *, interactive: bool) -> str:
    """The page as text; the same records give the same text."""
    style = files("remit.report").joinpath("report.css").read_text(encoding="utf-8")
    has_figures = any(figure.spec is not None for each in page.sections for figure in each.figures)
    script = script_html(vl_convert.javascript_bundle(EMBED)) if interactive and has_figures else ""
    banner = STAMPS[page.kind].rstrip(".")
    about = "".join(f"<li>{escape(each)}</li>" for each in page.about)
    contents = "".join(f'<li><a href="#{each.id}">{escape(each.title)}</a></li>' for each in page.sections)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(page.title)}</title><style>{style}{STYLE}</style></head><body>"
        f'<div class="banner {page.kind}">{escape(banner)}</div><main><h1>{escape(page.title)}</h1>'
        f'<ul class="design">{about}</ul>{_assumed(page.assumed)}'
        f'<nav aria-label="Contents"><ul class="design">{contents}</ul></nav>'
        f"{''.join(_section(each, interactive=interactive) for each in page.sections)}"
        f"{_colophon(page)}</main>{script}</body></html>\n"
    )


def _assumed(sentences: Sequence[str]) -> str:
    """What was assumed, beside the title where nobody misses it."""
    if not sentences:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in sentences)
    return f'<div class="answer"><strong>Assumed, since no plan was given</strong><ul>{items}</ul></div>'


def _section(section: Section, *, interactive: bool) -> str:
    """One section."""
    text = "".join(f"<p>{escape(each)}</p>" for each in section.paragraphs)
    tables = "".join(table_html(each) for each in section.tables)
    figures = "".join(figure_html(each, interactive=interactive) for each in section.figures)
    return f'<h2 id="{section.id}">{escape(section.title)}</h2>{text}{tables}{figures}'


def _colophon(page: AnalysisPage) -> str:
    """The plan and the versions: what is needed to get the same numbers again."""
    versions = escape(", ".join(page.versions))
    plan = (
        f"<details><summary>The plan</summary><pre>{escape(page.plan)}</pre></details>" if page.plan else ""
    )
    return f'<h2 id="colophon">How this was made</h2><p>{versions}</p>{plan}'

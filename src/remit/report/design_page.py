"""One page about a design: its tables and figures, what was given, what a reader must know."""

from html import escape
from importlib.resources import files
from pathlib import Path

import vl_convert

from remit.design.designed import Designed, Section, shown
from remit.report.figures import design as figures
from remit.report.html import figure_html, script_html, table_html
from remit.report.patient_page import EMBED
from remit.report.records import STAMPS, Column, Figure, ReportTable


def write_design_page(design: Designed, path: str | Path) -> Path:
    """Write the page as one HTML file that loads nothing from a network.

    Returns
    -------
    The path of the file.
    """
    style = files("remit.report").joinpath("report.css").read_text(encoding="utf-8")
    given = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(given_text(value))}</dd>"
        for name, value in design.given.items()
        if value not in (None, ())
    )
    drawings = "".join(figure_html(each, interactive=True) for each in figures_of(design))
    tables = "".join(table_html(table_of(each)) for each in design.sections)
    remarks = "".join(f"<li>{escape(each)}</li>" for each in design.notes)
    target = Path(path)
    target.write_text(
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(design.title)}</title><style>{style}</style></head><body>"
        f'<div class="banner">{STAMPS["planned"]}</div><main><h1>{escape(design.title)}</h1>'
        f"<h2>Given</h2><dl>{given}</dl><h2>Design</h2>{tables}{drawings}"
        f"<h2>What to know</h2><ul>{remarks}</ul></main>"
        f"{script_html(vl_convert.javascript_bundle(EMBED)) if drawings else ''}</body></html>\n",
        encoding="utf-8",
    )
    return target


def given_text(value: object) -> str:
    """An option as text."""
    if isinstance(value, tuple):
        return ", ".join(given_text(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def table_of(section: Section) -> ReportTable:
    """A section as a table of a report; its numbers are text already, as the terminal shows them."""
    columns = tuple(
        Column(each.key, each.heading, "text" if each.kind == "text" else "figure")
        for each in section.columns
    )
    rows = tuple(
        {each.key: shown(row[each.key], each.kind) for each in section.columns}
        for row in section.frame.to_dicts()
    )
    return ReportTable(
        id=f"table-{section.name}", title=section.title, columns=columns, rows=rows, n="", kind="planned",
        footnotes=section.footnotes,
    )  # fmt: skip


def figures_of(design: Designed) -> list[Figure]:
    """Figures of the curves that a design has."""
    found: list[Figure] = []
    curves = design.curves or {}
    if "bounds" in curves:
        found.append(figures.bounds_figure(curves["bounds"]))
    if "calendar" in curves:
        found.append(figures.calendar_figure(curves["calendar"], curves["looks"]))
    if "effect" in curves:
        found.append(
            figures.curves_figure(curves["effect"], title="By true effect", x_title=design.effect, caption="")
        )
    return found

"""HTML text: escaping, cells, tables and figures. Ids are those of the records, never random."""

import json
import re
from collections.abc import Mapping
from html import escape
from math import isnan
from typing import Any

import vl_convert

from remit.report.records import STAMPS, Cell, Column, Figure, ReportTable

TAG = re.compile(r"<[^>]*>")
LONG_DECIMAL = re.compile(r"(\d+\.\d{2})\d+")
END_OF_SCRIPT = re.compile("</script", re.IGNORECASE)
OWN_ID = re.compile(r'(id="|url\(#|href="#)((?:clip|gradient)[\w-]*)')
VERDICT_CLASS = {"met": "met", "not met": "notmet", "cannot tell": "cannot"}


def cell_text(value: Cell, column: Column, missing: str) -> str:
    """A value as its column prints it."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return missing
    match column.format:
        case "percent":
            return f"{100 * float(value):.1f}%"
        case "months":
            return "not reached" if float(value) == float("inf") else f"{float(value):.1f}"
        case "integer":
            return f"{int(value):,}"
        case "number":
            return f"{float(value):.4g}"
        case _:
            return str(value)


def cell(value: Cell, column: Column, missing: str) -> str:
    """A table cell; it carries its heading, which a narrow screen prints beside it."""
    text = escape(cell_text(value, column, missing))
    names = " ".join(
        name for name, is_so in (("number", _is_number(column)), ("plain", column.plain)) if is_so
    )
    shape = f' class="{names}"' if names else ""
    label = f'{shape} data-label="{escape(column.heading)}"'
    if _is_number(column):
        return f"<td{label}>{text}</td>"
    if column.format == "verdict":
        name = next((css for verdict, css in VERDICT_CLASS.items() if text.startswith(verdict)), "cannot")
        return f'<td{label}><span class="verdict {name}">{text}</span></td>'
    if column.format == "marked":
        return f"<td{label}><span>{with_marks(text)}</span></td>"
    return f"<td{label}>{linked(text)}</td>"


def with_marks(text: str) -> str:
    """Text in which the word "recalled" is made to stand out."""
    return text.replace("recalled", '<span class="recalled">recalled</span>')


def linked(text: str) -> str:
    """Text that is an address, as a link; a link loads nothing until it is followed."""
    return f'<a href="{text}">{text}</a>' if re.fullmatch(r"https?://\S+", text) else text


def table_html(table: ReportTable) -> str:
    """A table with title, stamp, footnotes and n; an empty one says that it was not computed."""
    body = _rows(table) if table.rows else absent_html(table.absent)
    notes = "".join(f"<li>{escape(note)}</li>" for note in table.footnotes)
    foot = f'<ul class="footnotes">{notes}</ul>' if notes else ""
    count = f'<p class="count">n: {escape(table.n)}</p>' if table.n else ""
    inner = f"{body}{foot}{count}{stamp_html(table.kind)}"
    if table.folded and table.rows:
        inner = (
            f"<details><summary>{len(table.rows):,} "
            f"rows</summary>{body}</details>{foot}{count}{stamp_html(table.kind)}"
        )
    head = f'<section class="block table {table.kind}" id="{table.id}"><h3>{escape(table.title)}</h3>'
    return f"{head}{inner}</section>"


def _rows(table: ReportTable) -> str:
    """Head and body of a table."""
    head = "".join(
        f'<th scope="col"{_align(column)}>{escape(column.heading)}</th>' for column in table.columns
    )
    lines = [
        f"<tr{_row_class(row)}>"
        + "".join(cell(row.get(column.key), column, table.missing) for column in table.columns)
        + "</tr>"
        for row in table.rows
    ]
    body = "".join(lines)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row_class(row: Mapping[str, Cell]) -> str:
    """Published rows of a simulated table look different from the others."""
    return ' class="published"' if row.get("KIND") == "published" else ""


def _align(column: Column) -> str:
    return ' class="number"' if _is_number(column) else ""


def _is_number(column: Column) -> bool:
    return column.format in ("figure", "percent", "months", "integer", "number")


def absent_html(text: str) -> str:
    """What stands where nothing can be shown."""
    return f'<p class="absent">{escape(text)}</p>'


def stamp_html(kind: str) -> str:
    """The stamp under a figure or table."""
    return f'<p class="stamp">{escape(STAMPS[kind])}</p>'


def figure_html(figure: Figure, *, interactive: bool) -> str:
    """A figure with title, drawing, caption and stamp."""
    head = f'<section class="block figure {figure.kind}" id="{figure.id}"><h3>{escape(figure.title)}</h3>'
    count = f'<p class="count">n: {escape(figure.n)}</p>' if figure.n else ""
    tail = f'<p class="caption">{escape(figure.caption)}</p>{count}{stamp_html(figure.kind)}</section>'
    if figure.spec is None:
        return f"{head}{absent_html(figure.absent)}{tail}"
    picture = svg(figure.spec, figure.id)
    hint = '<p class="swipe">Swipe sideways, or turn the screen, to see the whole drawing.</p>'
    drawing = f'{hint}<div class="drawing" role="img" aria-label="{escape(figure.title)}">{picture}</div>'
    return f"{head}{drawing}{_interactive(figure) if interactive else ''}{tail}"


def _interactive(figure: Figure) -> str:
    """The specification of a figure, and the button that draws it so that values can be pointed at."""
    spec = json.dumps(figure.spec, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")
    button = f'<button type="button" data-figure="{figure.id}">Point at values</button>'
    return f'{button}<script type="application/json" id="{figure.id}-spec">{spec}</script>'


def script_html(code: str) -> str:
    """Code as a script of the page; only what would end it is escaped, or regular expressions break."""
    escaped = END_OF_SCRIPT.sub(r"<\\/script", code)
    return f'<script type="module">{escaped}</script>'


def svg(spec: Any, prefix: str) -> str:
    """A drawing with ids of its own and coordinates to a hundredth of a pixel."""
    text = vl_convert.vegalite_to_svg(spec)
    # Vega numbers ids by all that it has drawn before; counted afresh, a drawing is the same each time.
    names = list(dict.fromkeys(found.group(2) for found in OWN_ID.finditer(text)))
    place = {name: f"{prefix}-{number}" for number, name in enumerate(names)}
    text = OWN_ID.sub(lambda found: f"{found.group(1)}{place[found.group(2)]}", text)
    return TAG.sub(lambda tag: LONG_DECIMAL.sub(r"\1", tag.group()), text)

"""One page about treated patients: the figure of their courses, what was given, what a reader must know."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

import polars as pl
import vl_convert

from remit.report.figures import patient_course
from remit.report.html import figure_html, script_html
from remit.report.records import STAMP

EMBED = (
    "document.querySelectorAll('button[data-figure]').forEach(b=>{"
    "const f=b.dataset.figure,d=document.querySelector('#'+f+' .drawing');"
    "vegaEmbed(d,JSON.parse(document.getElementById(f+'-spec').textContent),"
    "{actions:false,renderer:'svg',tooltip:true}).then(()=>b.remove());});"
)
"""Draws the figure at once, so that it can be moved and pointed at; without script the drawing stands."""
CAPTION = (
    "Latent courses: what the model holds, without measurement error. Drag across the strip at the bottom to "
    "choose a stretch of time, point at a line for values. Exposure is relative to its own mean on drug."
)


def write_patient_page(
    courses: pl.DataFrame, path: str | Path, *, title: str, given: Sequence[str], notes: Sequence[str]
) -> Path:
    """Write the page as one HTML file that loads nothing from a network.

    Parameters
    ----------
    courses
        Table of ``remit.treatment``.
    path
        The file to write.
    title
        What stands over the page.
    given
        The treatment, one line for each drug.
    notes
        What a reader must know.

    Returns
    -------
    The path of the file.
    """
    style = files("remit.report").joinpath("report.css").read_text(encoding="utf-8")
    drawing = patient_course.figure(courses, "Course", CAPTION)
    lines = "".join(f"<li><code>{escape(each)}</code></li>" for each in given) or "<li>nothing</li>"
    remarks = "".join(f"<li>{escape(each)}</li>" for each in notes)
    target = Path(path)
    target.write_text(
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f'<div class="banner">{STAMP}</div><main><h1>{escape(title)}</h1>'
        f"<h2>Given</h2><ul>{lines}</ul>{figure_html(drawing, interactive=True)}"
        f"<h2>What to know</h2><ul>{remarks}</ul></main>"
        f"{script_html(vl_convert.javascript_bundle(EMBED))}</body></html>\n",
        encoding="utf-8",
    )
    return target

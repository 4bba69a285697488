"""Writing an analysis: numbers as Parquet, CSV and JSON, the plan, a page, RTF tables, figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import vl_convert

from remit.analysis.analysed import Analysis
from remit.analysis.document import json_text
from remit.analysis.page import analysis_page
from remit.analysis.plan_text import plan_text
from remit.errors import Finding, InputError
from remit.library.form import nearest
from remit.report.analysis_page import AnalysisPage, write_analysis_page
from remit.report.html import svg
from remit.report.rtf import write_rtf
from remit.results import save_table

FORMATS = ("html", "rtf")
OURS = (
    "analysis.html",
    "safety.parquet",
    "safety.csv",
    "tables/table-*.rtf",
    "figures/figure-*.svg",
    "figures/figure-*.pdf",
)
"""Documents that an earlier analysis may have left in a folder."""


@dataclass(frozen=True, slots=True)
class Written:
    """The folder, and the files that were written into it."""

    folder: Path
    files: tuple[Path, ...]


def check_formats(formats: tuple[str, ...]) -> None:
    """Refuse formats that are not known, before anything else is done.

    Raises
    ------
    InputError
        With every one.
    """
    found = [
        Finding("format", f"'{each}'", f"one of {', '.join(FORMATS)}", nearest(each, FORMATS))
        for each in formats
        if each not in FORMATS
    ]
    if found:
        raise InputError(found)


def write_analysis(analysis: Analysis, out: str | Path, formats: tuple[str, ...] = ("html",)) -> Written:
    """Write an analysis into a folder, which is made if it is not there; an earlier one in it is replaced.

    ``results.parquet`` and ``results.csv`` hold every number unrounded, ``safety.parquet`` and ``safety.csv``
    those of safety tables if there are any, ``analysis.json`` the same with plan, findings and assumptions,
    ``plan.toml`` what was followed. ``figures`` has each figure as SVG and PDF. ``html`` gives
    ``analysis.html``, ``rtf`` a file for each table in ``tables``.

    Raises
    ------
    InputError
        If a format is not known. If RTF was asked for and rtflite is not installed; all else is written then.
    """
    check_formats(formats)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    # A table that this analysis does not have must not stand beside its own.
    for left in [file for pattern in OURS for file in folder.glob(pattern)]:
        left.unlink()
    page = analysis_page(analysis)
    files = [*_data(analysis, folder), *_figures(page, folder)]
    if "html" in formats:
        files.append(write_analysis_page(page, folder / "analysis.html"))
    # Last, since it may not be installed and must not keep the rest from being written.
    if "rtf" in formats:
        (folder / "tables").mkdir(exist_ok=True)
        every = [(section, table) for section in page.sections for table in section.tables]
        files += [
            write_rtf(table, folder / "tables" / f"{table.id}.rtf", section.over) for section, table in every
        ]
    return Written(folder, tuple(files))


def _data(analysis: Analysis, folder: Path) -> Iterator[Path]:
    """Results, plan and findings."""
    save_table(analysis.results, folder / "results.parquet")
    yield folder / "results.parquet"
    analysis.results.write_csv(folder / "results.csv")
    yield folder / "results.csv"
    if analysis.safety.numbers.height:
        save_table(analysis.safety.numbers, folder / "safety.parquet")
        yield folder / "safety.parquet"
        analysis.safety.numbers.write_csv(folder / "safety.csv")
        yield folder / "safety.csv"
    (folder / "analysis.json").write_text(json_text(analysis), encoding="utf-8")
    yield folder / "analysis.json"
    (folder / "plan.toml").write_text(plan_text(analysis.plan, analysis.assumed), encoding="utf-8")
    yield folder / "plan.toml"


def _figures(page: AnalysisPage, folder: Path) -> Iterator[Path]:
    """Every figure as SVG and PDF."""
    every = [figure for section in page.sections for figure in section.figures]
    for figure in every:
        if figure.spec is None:
            continue
        place = folder / "figures" / f"{figure.id}.svg"
        place.parent.mkdir(exist_ok=True)
        place.write_text(svg(figure.spec, figure.id), encoding="utf-8")
        yield place
        pdf = place.with_suffix(".pdf")
        pdf.write_bytes(vl_convert.vegalite_to_pdf(dict(figure.spec)))
        yield pdf

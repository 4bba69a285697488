"""What an analysis writes: page, RTF tables, figures and numbers say the same, and whose data they are."""

import json
import re
import sys
from xml.etree import ElementTree

import polars as pl
import pytest
from tests.unit.analysis.adam_study import PLAN, own_tables, tables, write

from remit.analysis.analysing import analyse
from remit.analysis.display_text import count, p_text, ratio, ratio_with_limits, share, time, with_limits
from remit.analysis.page import analysis_page
from remit.analysis.terminal_text import printed
from remit.errors import InputError
from remit.report.analysis_page import page_html
from remit.report.sas_rounding import rounded

SMALL = {**PLAN, "endpoints": [each for each in PLAN["endpoints"] if each["name"] in ("ORR", "OS")]}
"""The plan of the toy study with two of its endpoints."""


@pytest.fixture(scope="module")
def page(analysis):
    return analysis_page(analysis)


def table(page, number):
    """A table of the page by its number."""
    return next(each for s in page.sections for each in s.tables if each.title.startswith(f"Table {number} "))


def line(table, label):
    return next(row for row in table.rows if str(row["LABEL"]).strip() == label)


def test_tables_and_figures_are_numbered_as_those_of_a_study_report(page):
    titles = [each.title for s in page.sections for each in (*s.tables, *s.figures)]
    numbers = [
        re.match(r"(Table|Figure) (14\.[\d.]+) ", title) for title in titles if "Findings" not in title
    ]
    assert all(numbers)
    assert len({each.group(0) for each in numbers}) == len(numbers)
    assert titles[0].startswith("Table 14.1.1 Subjects analysed")
    assert titles[1].startswith("Table 14.1.2 Demographics")
    assert any(title.startswith("Table 14.2.1.1 ") for title in titles)


def test_a_cell_is_the_number_of_the_results_as_sas_rounds_it(page, analysis):
    row = analysis.results.filter(ENDPOINT="OS", PARAMETER="median", ARM="Placebo", SUBGROUP="").row(
        0, named=True
    )
    shown = f"{rounded(row['ESTIMATE'], 1)} ({rounded(row['LOW'], 1)}, {rounded(row['HIGH'], 1)})"
    assert line(table(page, "14.2.3.1"), "Median, months (95% CI)")["|Placebo"] == shown


def test_what_is_not_reached_and_what_nobody_knows_are_told_apart():
    assert (time(float("inf")), time(None), ratio(float("inf")), share(None)) == ("NR", "NE", "NE", "NE")
    assert with_limits({"ESTIMATE": 12.345, "LOW": 10.05, "HIGH": float("inf")}, time) == "12.3 (10.1, NR)"
    assert count(1, 3) == "1 (33.3)"
    assert p_text({"P_ONE": 0.00001, "P_TWO": 0.00002}, 2) == "<.0001"
    assert p_text({"P_ONE": None, "P_TWO": None}, 1) == "NE"
    nothing = {"LOW": None, "HIGH": None}
    assert with_limits({"ESTIMATE": 33.0, **nothing}, time) == "33.0 (NE, NE)"
    assert with_limits({"ESTIMATE": None, **nothing}, time) == "NE"
    assert ratio_with_limits({"ESTIMATE": 0.0, **nothing}) == "NE"
    assert ratio_with_limits({"ESTIMATE": 0.5, "LOW": 0.25, "HIGH": 1.0}, 2) == "0.50 (0.25, 1.00)"


def test_the_subjects_of_each_column_are_counted(page):
    first, second = table(page, "14.1.1"), table(page, "14.1.2")
    assert [each.heading for each in first.columns[1:]] == ["Drug A\n(N=30)", "Placebo\n(N=30)"]
    assert line(first, "With a record of PFS, n")["|Drug A"] == "30"
    counts = [
        int(row["|Drug A"].split()[0]) for row in second.rows if str(row["LABEL"]).strip() in ("F", "M")
    ]
    assert sum(counts) == 30


def test_the_page_holds_every_cell_every_assumption_and_the_plan(written, page):
    text = (written / "analysis.html").read_text(encoding="utf-8")
    for section in page.sections:
        for each in section.tables:
            assert f'id="{each.id}"' in text
            for row in each.rows:
                for cell in row.values():
                    assert str(cell).replace("&", "&amp;").replace("<", "&lt;") in text
    assert "observed data" in text
    assert "Simulated" not in text
    assert 'src="http' not in text
    assert "strata = [" in text


def test_rtf_tables_hold_the_numbers_of_the_page(written, page):
    every = [each for section in page.sections for each in section.tables]
    assert len(list((written / "tables").iterdir())) == len(every)
    for each in every:
        rtf = (written / "tables" / f"{each.id}.rtf").read_text(encoding="ascii")
        assert "observed data" in rtf
        for row in each.rows:
            for cell in row.values():
                if str(cell).isascii():
                    assert str(cell) in rtf


def test_every_figure_is_there_as_svg_and_pdf(written, page):
    figures = [each for section in page.sections for each in section.figures]
    assert len(figures) == 4 + 1 + 5
    for each in figures:
        text = (written / "figures" / f"{each.id}.svg").read_text(encoding="utf-8")
        ElementTree.fromstring(text)  # noqa: S314 - our own
        assert "Computed from observed data" in text
        assert (written / "figures" / f"{each.id}.pdf").read_bytes().startswith(b"%PDF")


def test_numbers_at_risk_stand_under_the_curves(written, page):
    spec = next(f.spec for s in page.sections for f in s.figures if f.title.startswith("Figure 14.2.2.1 "))
    rows = [row for data in spec["datasets"].values() for row in data if "N" in row]
    assert {(row["ARM"], row["N"]) for row in rows if row["T"] == 0} == {("Drug A", 30), ("Placebo", 30)}
    assert len({row["T"] for row in rows}) > 5


def test_numbers_for_programs_are_unrounded_and_complete(written, analysis):
    found = json.loads((written / "analysis.json").read_text())
    assert pl.read_parquet(written / "results.parquet").equals(analysis.results)
    assert len(found["results"]) == analysis.results.height
    assert found["data"] == "observed"
    assert found["plan"]["endpoints"][0]["name"] == "ORR"
    infinite = analysis.results.filter(pl.col("HIGH").is_infinite())
    assert infinite.height == sum(row["HIGH"] == "inf" for row in found["results"]) > 0


def test_the_same_tables_give_the_same_files(folder, tmp_path):
    for name in ("one", "other"):
        analyse(folder, SMALL, out=tmp_path / name, formats=("rtf",))
    for file in sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file()):
        ours = tmp_path / "other" / file.relative_to(tmp_path / "one")
        if file.suffix != ".pdf":
            assert ours.read_bytes() == file.read_bytes(), file.name


def test_tables_and_figures_of_an_earlier_analysis_do_not_stay(folder, tmp_path):
    earlier = [tmp_path / name for name in ("tables/table-14-2-9-1.rtf", "figures/figure-14-2-9-1.svg")]
    other = tmp_path / "figures" / "sketch.svg"
    for file in (*earlier, other):
        file.parent.mkdir(exist_ok=True)
        file.write_text("old")
    analyse(folder, {**SMALL, "endpoints": SMALL["endpoints"][:1]}, out=tmp_path, formats=("rtf",))
    assert not any(file.exists() for file in earlier)
    assert other.exists()


def test_simulated_tables_are_stamped_as_simulated(tmp_path):
    plan = {**SMALL, "population": "", "treatment": "ARM", "by": ["SCENARIO"], "strata": []}
    folder = write(own_tables(), tmp_path / "adam", "parquet")
    page = analysis_page(analyse(folder, {**plan, "experimental": "", "reference": ""}))
    text = page_html(page, interactive=False)
    assert text.count("Simulated data, not clinical evidence") > len(page.sections)
    assert "bserved data" not in text
    assert "data given" not in text


def test_what_was_stopped_says_so_in_its_section(tmp_path):
    negative = pl.when(pl.col("PARAMCD") == "OS").then(-1.0).otherwise("CNSR").alias("CNSR")
    broken = {**tables(), "ADTTE": tables()["ADTTE"].with_columns(negative)}
    done = analyse(write(broken, tmp_path / "adam", "parquet"), SMALL)
    text = page_html(analysis_page(done), interactive=False)
    assert "Not analysed, because of errors in its data:" in text
    assert "ADTTE.CNSR, PARAMCD OS, rows 1, 3, " in text
    assert "Not analysed because of errors: OS." in "\n".join(printed(done))


def test_without_rtflite_all_else_is_written_and_it_says_what_to_install(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rtflite", None)
    with pytest.raises(InputError, match=r"pip install 'remit\[documents\]'"):
        analyse(folder, {**SMALL, "endpoints": SMALL["endpoints"][:1]}, out=tmp_path, formats=("rtf", "html"))
    assert {"analysis.html", "analysis.json", "plan.toml", "results.csv", "results.parquet"} <= {
        each.name for each in tmp_path.iterdir()
    }


def test_a_format_that_is_not_known_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match="did you mean 'html'"):
        analyse(tmp_path / "nowhere", formats=("htm",))

"""The page as a whole: nothing from a network, a stamp everywhere, the same bytes twice."""

import datetime
import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from remit.designation import Observed
from remit.report import html, write_report
from remit.report.records import STAMP

LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction"}


class Loads(HTMLParser):
    """Collects whatever a browser would fetch, and the text of each block."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.fetched += [f"{tag} {name}" for name in LOADING & set(values)]
        if tag in ("link", "base", "iframe", "object", "embed", "img", "image", "use") and tag != "use":
            self.fetched.append(tag)
        for name in ("href", "xlink:href"):
            if tag != "a" and not str(values.get(name) or "#").startswith("#"):
                self.fetched.append(f"{tag} {name}")
        if values.get("id"):
            self.ids.append(values["id"])


@pytest.fixture(scope="module")
def page(tables, facts, tmp_path_factory) -> str:
    path = write_report(tables, facts, tmp_path_factory.mktemp("report") / "report.html")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def static(page) -> str:
    """The page without its script, which is not ours to judge."""
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@pytest.fixture
def undrawn(monkeypatch) -> None:
    """Leaves the drawings out, where only words and tables are looked at."""
    monkeypatch.setattr(html, "svg", lambda *_: "")


def blocks(text: str) -> list[str]:
    return re.findall(r'<section class="block (?:table|figure).*?</section>', text, flags=re.DOTALL)


def fetched(text: str) -> list[str]:
    parser = Loads()
    parser.feed(text)
    styles = re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)
    return parser.fetched + [hit for style in styles for hit in re.findall(r"@import|url\((?!#)", style)]


def test_nothing_is_loaded_from_anywhere(page):
    assert fetched(page) == []


@pytest.mark.parametrize(
    "snippet",
    [
        '<img src="https://x.org/a.png">',
        '<script src="a.js"></script>',
        '<link href="b.css">',
        "<style>@import 'c'</style>",
    ],
)
def test_the_check_for_loads_finds_one(static, snippet):
    assert fetched(static + snippet) != []


def test_every_figure_and_table_carries_the_stamp(page):
    found = blocks(page)
    assert len(found) > 25
    assert [block[:80] for block in found if STAMP not in block] == []


def test_every_drawing_carries_the_stamp_within(static):
    drawings = re.findall(r"<svg.*?</svg>", static, flags=re.DOTALL)
    assert len(drawings) == 11
    assert all(STAMP in drawing for drawing in drawings)


def test_the_page_is_stamped_partly_calibrated(static):
    assert '<span class="badge">partly calibrated</span>' in static


def test_ids_are_unique(page):
    parser = Loads()
    parser.feed(page)
    assert len(parser.ids) == len(set(parser.ids))


def test_the_same_tables_and_facts_give_the_same_bytes(page, tables, facts, tmp_path):
    again = write_report(dict(reversed(tables.items())), facts, tmp_path / "again.html")
    assert again.read_text(encoding="utf-8") == page


@pytest.mark.usefixtures("undrawn")
def test_a_changed_table_changes_the_page(tables, facts, tmp_path):
    first = write_report(tables, facts, tmp_path / "first.html", interactive=False)
    changed = tables | {"trials": tables["trials"].with_columns(ORR=pl.col("ORR") * 0.9)}
    other = write_report(changed, facts, tmp_path / "other.html", interactive=False)
    assert other.read_text(encoding="utf-8") != first.read_text(encoding="utf-8")


def test_the_page_is_of_a_sensible_size(page):
    assert len(page.encode()) < 8_000_000


def test_a_run_without_tables_says_what_was_not_computed(facts, tmp_path):
    text = write_report({}, facts, tmp_path / "empty.html", interactive=False).read_text(encoding="utf-8")
    assert text.count("not computed") >= 20
    drawn = [block[:60] for block in blocks(text) if "<svg" in block]
    assert len(drawn) == 1, "only the published results, which are facts"
    assert 'id="figure-forest"' in drawn[0]


def test_all_four_scenarios_of_the_drug_are_in_the_headline(static):
    headline = next(block for block in blocks(static) if 'id="table-headline"' in block)
    for title in ("pharmacology prior, affinity shift", "plateau prior, BCL2-independent"):
        assert f"Mesutoclax: {title}" in headline


def test_recalled_records_that_change_the_answer_are_named_in_the_first_paragraph(static):
    paragraph = re.search(r'<p class="answer">(.*?)</p>', static, flags=re.DOTALL).group(1)
    assert "depends on records that are recalled" in paragraph


@pytest.mark.usefixtures("undrawn")
def test_recalled_records_that_change_nothing_are_not_named_there(tables, facts, tmp_path):
    level = tables["sensitivity"].with_columns(
        CHANGEERR=pl.when(pl.col("FACTOR") == "recalled records").then(0.1).otherwise(pl.col("CHANGEERR"))
    )
    text = write_report(
        tables | {"sensitivity": level}, facts, tmp_path / "r.html", interactive=False
    ).read_text()
    assert "depends on records that are recalled" not in text


def test_the_page_claims_no_superiority_and_gives_no_p_value(static):
    words = re.sub(r"<[^>]+>", " ", static).lower()
    for claim in ("superior to", "better than", "p-value", "p value", "statistically significant"):
        assert claim not in words


def test_survival_from_another_time_zero_is_in_no_table_with_survival_from_trial_entry(static):
    main = next(block for block in blocks(static) if 'id="table-comparators"' in block)
    apart = next(block for block in blocks(static) if 'id="table-other-survival"' in block)
    assert "SCHOLAR-2" not in main
    assert "BTK inhibitor start" in apart
    assert "<td>trial entry</td>" not in apart


def test_simulated_values_are_in_the_planning_annex_and_in_no_clinical_field(static):
    clinical = re.search(r'id="dossier-clinical".*?</section>', static, flags=re.DOTALL).group(0)
    annex = re.search(r'id="dossier-planning".*?</section>', static, flags=re.DOTALL).group(0)
    assert "%" not in clinical
    assert clinical.count("No observed data; planned readout: n = 80, 24 months") == 4
    assert annex.count("Simulated, not clinical evidence") == 4
    assert annex.count("%") >= 8


@pytest.mark.usefixtures("undrawn")
def test_an_observed_result_fills_its_clinical_field(tables, facts, tmp_path):
    seen = Observed(study="A real trial", n=40, text="20 of 40", cut_off=datetime.date(2026, 6, 1))
    observed = replace(facts, observed={"Overall response rate": seen})
    path = write_report(tables, observed, tmp_path / "r.html", interactive=False)
    clinical = re.search(r'id="dossier-clinical".*?</section>', path.read_text(), flags=re.DOTALL).group(0)
    assert "A real trial, n = 40" in clinical
    assert clinical.count("No observed data") == 3


def test_text_from_data_is_escaped(static):
    assert "relative bioavailability &lt;low fat&gt;" in static
    assert "<low fat>" not in static


@pytest.fixture
def refused(tables) -> dict[str, pl.DataFrame]:
    """Tables of a run whose pool is too small."""
    sizes = {"refused: effective size of the pool": 200.0, "refused: effective size needed": 800.0}
    course = {"ARM": "mesutoclax", "SCENARIO": "plateau/ki_shift"}
    rows = [course | {"MEASURE": name, "VALUE": value} for name, value in sizes.items()]
    operating = pl.concat([tables["operating"].clear(), pl.DataFrame(rows)], how="diagonal")
    return tables | {"operating": operating, "verdicts": tables["verdicts"].clear()}


@pytest.mark.usefixtures("undrawn")
def test_a_pool_that_is_too_small_gives_no_answer_and_says_what_is_needed(refused, facts, tmp_path):
    text = write_report(refused, facts, tmp_path / "r.html", interactive=False).read_text(encoding="utf-8")
    paragraph = re.search(r'<p class="answer">(.*?)</p>', text, flags=re.DOTALL).group(1)
    assert "%" not in paragraph
    assert "This run gives no answer" in paragraph
    assert "About 4.0 times as many virtual patients are needed" in paragraph
    for name in ("table-headline", "table-medians", "figure-response-intervals", "table-verdicts"):
        block = next(block for block in blocks(text) if f'id="{name}"' in block)
        assert "It counts as 200 patients and would have to count as 800" in block
        assert "<td" not in block
    annex = re.search(r'id="dossier-planning".*?</section>', text, flags=re.DOTALL).group(0)
    assert "%" not in annex


@pytest.mark.usefixtures("undrawn")
def test_a_note_alone_refuses_an_answer_too(tables, facts, tmp_path):
    noted = replace(facts, notes=("Operating characteristics are refused: the pool is small.",))
    text = write_report(tables, noted, tmp_path / "r.html", interactive=False).read_text(encoding="utf-8")
    paragraph = re.search(r'<p class="answer">(.*?)</p>', text, flags=re.DOTALL).group(1)
    assert "This run gives no answer" in paragraph
    assert "%" not in paragraph


def test_an_answer_is_given_where_nothing_is_refused(static):
    assert "This run gives no answer" not in static


def test_the_calibration_is_linked_from_the_first_page_and_names_what_it_misses(static):
    assert '<a href="#calibration">' in static
    block = next(block for block in blocks(static) if 'id="table-calibration"' in block)
    assert "affinity shift: 1 of 1 lie more than 2 standard errors away (Eyre 2019: ORR)" in block
    assert "BCL2-independent: 0 of 1" in block
    assert '<span class="recalled">recalled</span>' in block


@pytest.mark.usefixtures("undrawn")
def test_a_model_without_calibration_says_so(tables, facts, tmp_path):
    plain = replace(facts, calibration=(), calibration_text="")
    text = write_report(tables, plain, tmp_path / "r.html", interactive=False).read_text(encoding="utf-8")
    block = next(block for block in blocks(text) if 'id="table-calibration"' in block)
    assert "not calibrated" in block
    assert '<a href="#calibration">' not in text


def test_every_cell_carries_its_heading_for_narrow_screens(static):
    cells = re.findall(r"<td[^>]*>", static)
    assert len(cells) > 500
    assert [cell for cell in cells if "data-label=" not in cell] == []

"""One table, to the letter."""

from dataclasses import replace

from remit.report.html import table_html
from remit.report.records import Column, ReportTable

TABLE = ReportTable(
    id="table-example",
    title="An example & its parts",
    columns=(
        Column("NAME", "Name"),
        Column("N", "n", "integer"),
        Column("RATE", "Rate", "percent"),
        Column("TIME", "Months", "months"),
        Column("VERDICT", "Verdict", "verdict"),
        Column("STATE", "Standing", "marked", plain=True),
    ),
    rows=(
        {"NAME": "one <b>", "N": 1234, "RATE": 0.5784, "TIME": 7.44, "VERDICT": "not met (4%)"}
        | {"STATE": "read"},
        {"NAME": "two", "N": 20, "RATE": None, "TIME": float("inf"), "VERDICT": "met", "STATE": "recalled"}
        | {"KIND": "published"},
    ),
    n="1,254 patients",
    footnotes=("A note.",),
)
GOLDEN = (
    '<section class="block table simulated" id="table-example"><h3>An example &amp; its parts</h3>'
    '<div class="scroll"><table><thead><tr><th scope="col">Name</th><th scope="col" class="number">n</th>'
    '<th scope="col" class="number">Rate</th><th scope="col" class="number">Months</th>'
    '<th scope="col">Verdict</th><th scope="col">Standing</th></tr></thead><tbody>'
    '<tr><td data-label="Name">one &lt;b&gt;</td><td class="number" data-label="n">1,234</td>'
    '<td class="number" data-label="Rate">57.8%</td>'
    '<td class="number" data-label="Months">7.4</td><td data-label="Verdict">'
    '<span class="verdict notmet">not met (4%)</span></td>'
    '<td class="plain" data-label="Standing"><span>read</span></td></tr>'
    '<tr class="published"><td data-label="Name">two</td><td class="number" data-label="n">20</td>'
    '<td class="number" data-label="Rate">–</td>'
    '<td class="number" data-label="Months">not reached</td><td data-label="Verdict">'
    '<span class="verdict met">met</span></td>'
    '<td class="plain" data-label="Standing"><span><span class="recalled">recalled</span></span></td></tr>'
    "</tbody></table></div>"
    '<ul class="footnotes"><li>A note.</li></ul><p class="count">n: 1,254 patients</p>'
    '<p class="stamp">Simulated data, not clinical evidence.</p></section>'
)


def test_the_table_is_printed_to_the_letter():
    assert table_html(TABLE) == GOLDEN


def test_the_comparison_fails_on_another_table():
    assert table_html(replace(TABLE, n="1,255 patients")) != GOLDEN

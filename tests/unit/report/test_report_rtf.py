"""A table as RTF: what a reader of RTF gets back is what the record holds."""

import re
import sys

import pytest

from remit.errors import InputError
from remit.report.records import Column, ReportTable
from remit.report.rtf import escaped, write_rtf

TABLE = ReportTable(
    id="table-1",
    title="Table 14.2.1.1 Survival, ≥ 1 dose of Müller's {drug}",
    columns=(Column("LABEL", ""), Column("A", "Drug A\n(N=30)"), Column("B", "Placebo\n(N=30)")),
    rows=(
        {"LABEL": "Events, n (%)", "A": "14 (46.7)", "B": "19 (63.3)"},
        {"LABEL": "\u2003p-value", "A": "<.0001", "B": None},
    ),
    n="60 subjects",
    kind="observed",
    footnotes=(r"Kaplan-Meier \ log-log.",),
)


def text_of(rtf: str) -> str:
    """Text of an RTF document: escapes resolved, commands left out."""
    text = re.sub(r"\\uc1\\u(-?\d+)\?", lambda found: chr(int(found.group(1)) % 65536), rtf)
    text = text.replace(r"\line ", "\n").replace(r"\{", "\x01").replace(r"\}", "\x02").replace("\\\\", "\x03")
    text = re.sub(r"\\[a-z]+-?\d* ?", "", text)
    return text.replace("\x01", "{").replace("\x02", "}").replace("\x03", "\\")


def test_every_cell_heading_and_note_is_in_the_document(tmp_path):
    written = write_rtf(TABLE, tmp_path / "table.rtf").read_text(encoding="ascii")
    text = text_of(written)
    for words in (
        TABLE.title, "Drug A\n(N=30)", "Placebo\n(N=30)", "Events, n (%)", "14 (46.7)", "19 (63.3)", "<.0001",
        TABLE.footnotes[0], "n: 60 subjects", "observed data", "–",
    ):  # fmt: skip
        assert words in text
    assert written.startswith(r"{\rtf1")
    assert r"\landscape" in written


def test_the_same_table_gives_the_same_bytes(tmp_path):
    first, second = (write_rtf(TABLE, tmp_path / name).read_bytes() for name in ("a.rtf", "b.rtf"))
    assert first == second


def test_a_table_without_rows_says_why(tmp_path):
    empty = ReportTable(id="t", title="T", columns=TABLE.columns, rows=(), n="", absent="No findings.")
    assert "No findings." in text_of(write_rtf(empty, tmp_path / "t.rtf").read_text())


@pytest.mark.parametrize("text", ["plain", "a\\b", "{x}", "ü ≤ 3", "two\nlines", "𝛼"])
def test_escaped_text_is_ascii_and_comes_back(text):
    found = escaped(text)
    assert found.isascii()
    back = text_of(found).encode("utf-16", "surrogatepass").decode("utf-16")
    assert back == text


def test_without_rtflite_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rtflite", None)
    with pytest.raises(InputError, match=r"pip install 'remit\[documents\]'"):
        write_rtf(TABLE, tmp_path / "table.rtf")
    assert not (tmp_path / "table.rtf").exists()

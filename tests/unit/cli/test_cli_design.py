"""``remit design``: what it prints, writes, and refuses."""

import json

import pytest

from remit.cli import main


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["design", *arguments])
    return left.value.code, capsys.readouterr()


SEQUENTIAL = ("group-sequential", "--hr", "0.65", "--looks", "0.5,0.75,1", "--boundary", "obrien-fleming")


def test_bounds_are_printed_by_look(capsys):
    code, said = run(capsys, *SEQUENTIAL)
    assert code == 0
    assert [line.split()[2] for line in said.out.splitlines()[4:7]] == ["2.8626", "2.3373", "2.0242"]


def test_json_is_one_document(capsys):
    code, said = run(capsys, *SEQUENTIAL, "--json")
    assert code == 0
    assert json.loads(said.out)["given"]["looks"] == [0.5, 0.75, 1.0]


def test_a_page_is_written_that_loads_nothing(capsys, tmp_path):
    page = tmp_path / "design.html"
    code, said = run(capsys, *SEQUENTIAL, "--out", str(page))
    text = page.read_text(encoding="utf-8")
    assert code == 0
    assert str(page) in said.out
    assert "figure-bounds" in text
    assert "Calculated from the assumptions given, not from data." in text
    assert "Simulated data" not in text
    assert 'src="http' not in text


CALENDAR = ("--hr", "0.65", "--median", "12", "--accrual", "24", "--follow-up", "12")
EACH = {
    "group-sequential": (
        *SEQUENTIAL[1:],
        *CALENDAR[2:],
        "--boundary",
        "lan-demets-pocock",
        "--observed",
        "90",
    ),
    "survival": CALENDAR,
    "proportions": ("--experimental", "0.6", "--control", "0.4"),
    "single-arm": ("--p0", "0.35", "--p1", "0.55"),
    "simon": ("--p0", "0.1", "--p1", "0.3"),
    "boin": ("--target", "0.3", "--rates", "0.1,0.3,0.5", "--trials", "200"),
}


@pytest.mark.parametrize("kind", EACH)
def test_every_design_is_printed_as_json_and_as_a_page(capsys, tmp_path, kind):
    page = tmp_path / "design.html"
    code, said = run(capsys, kind, *EACH[kind], "--json", "--out", str(page))
    document = json.loads(said.out)
    assert code == 0
    assert document["design"] == kind
    assert document["title"] in page.read_text(encoding="utf-8")
    _, printed = run(capsys, kind, *EACH[kind])
    assert document["title"] in printed.out
    assert all(note in printed.out for note in document["notes"])


def test_futility_at_a_hazard_ratio_is_the_bound_at_that_hazard_ratio(capsys):
    _, said = run(capsys, "group-sequential", "--hr", "0.65", "--futility-hr", "0.95", "--json")
    first = json.loads(said.out)["bounds"][0]
    assert first["LOWERHR"] == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--looks", "0.5,x"), ("--looks", "numbers between commas")),
        (("--looks", "0.8,0.5,1"), ("fractions", "increase")),
        (("--looks", "0.5,0.9"), ("fractions", "to 1")),
        (("--boundary", "obrien"), ("one of", "obrien-fleming")),
        (("--futility", "lan-demets-pocock", "--futility-z", "0"), ("futility", "leave the others out")),
        (("--alpha", "0"), ("alpha",)),
        (("--power", "0.01"), ("power",)),
        (("--hr", "1.2"), ("hazard ratio", "below 1")),
        (("--sides", "2", "--futility", "lan-demets-pocock"), ("sides",)),
        (("--accrual", "24"), ("--hr", "--hr 0.65")),
        (("--median", "12", "--hr", "0.65"), ("--accrual",)),
        (("--final",), ("--observed",)),
        (("--futility-hr", "1"), ("--futility-hr", "--hr 0.65")),
        (("--hr", "0.65", "--futility-hr", "1", "--delay", "3", "--accrual", "24"), ("--futility-z",)),
        (("--hr", "0.65", "--futility-hr", "1,0.9"), ("ratios",)),
        (("--scenario", "late:delay=3"), ("--simulate",)),
        (("--simulate", "10"), ("simulation", "--median 12 --accrual 24")),
        (("--simulate", "10", "--scenario", "late"), ("--scenario", "key=number")),
        (("--hr", "0.65", "--rates", "0.6,0.4"), ("effect", "leave one out")),
        (("--rates", "0.6"), ("--rates", "two")),
        (("--rates", "0.4,0.6"), ("rates", "experimental one higher")),
        (("--observed", "0.6,0.5"), ("information", "increas")),
        (("--observed", "0.6", "--boundary", "pocock"), ("lan-demets-pocock",)),
    ],
)
def test_what_cannot_be_designed_is_refused_in_four_parts(capsys, arguments, words):
    code, said = run(capsys, "group-sequential", *arguments)
    assert code == 2
    assert "found" in said.err
    assert "needed" in said.err
    for word in words:
        assert word in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("survival", *CALENDAR, "--patients", "300"), ("patients, follow-up", "both")),
        (("survival", *CALENDAR, "--method", "best"), ("method", "schoenfeld")),
        (("survival", *CALENDAR, "--control-hazard", "6"), ("--control-hazard", "month:hazard")),
        (("proportions", "--experimental", "0.6", "--control", "0.4", "--variance", "own"), ("variance",)),
        (("single-arm", "--p0", "0.5", "--p1", "0.3"), ("p1", "above p0")),
        (("simon", "--p0", "0.3", "--p1", "0.31"), ("none with up to 150",)),
        (("boin", "--target", "1.2"), ("target",)),
        (("boin", "--target", "0.3", "--patients", "5", "--cohort", "10"), ("cohort, most",)),
        (("boin", "--target", "0.3", "--enough", "0"), ("enough",)),
        (("boin", "--target", "0.3", "--first-dose", "0"), ("--first-dose",)),
        (("boin", "--target", "0.3", "--rates", "0.1,2"), ("probability of a DLT",)),
    ],
)
def test_every_kind_refuses_what_it_cannot_answer(capsys, arguments, words):
    code, said = run(capsys, *arguments)
    assert code == 2
    for word in words:
        assert word in said.err

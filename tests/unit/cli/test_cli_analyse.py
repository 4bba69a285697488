"""``remit analyse``: what it prints, writes, and refuses."""

import json

import polars as pl
import pytest
from tests.unit.analysis.adam_study import tables, write

from remit.cli import main


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["analyse", *map(str, arguments)])
    return left.value.code, capsys.readouterr()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tables(), tmp_path_factory.mktemp("toy") / "adam", "csv")


@pytest.fixture
def broken(tmp_path):
    """A directory in which PFS has a negative time, and a plan with two endpoints."""
    bad = pl.when(pl.col("PARAMCD") == "PFS").then(-1.0).otherwise("AVAL").alias("AVAL")
    write({**tables(), "ADTTE": tables()["ADTTE"].with_columns(bad)}, tmp_path / "adam", "csv")
    return tmp_path / "adam"


def test_assumptions_tables_and_the_stamp_are_printed(capsys, folder):
    code, said = run(capsys, folder)
    assert code == 0
    for words in ("Assumed: The reference arm is 'Placebo', by its name.",
                  "Table 14.2.2.1 OS: Overall Survival (ITTFL)",
                  "Miettinen-Nurminen", "Computed from observed data."):  # fmt: skip
        assert words in said.out


def test_json_is_one_document_with_every_number_and_finding(capsys, folder):
    code, said = run(capsys, folder, "--json")
    found = json.loads(said.out)
    assert code == 0
    assert set(found) == {
        "data", "stamp", "plan", "assumed", "findings", "stopped", "results", "safety",
    }  # fmt: skip
    assert found["findings"] == []
    assert all(row["METHOD"] for row in found["results"])


def test_documents_are_written_where_they_are_asked_for(capsys, folder, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        "format = 1\ntreatment = 'TRT01P'\n[[endpoints]]\nkind = 'response'\nname = 'ORR'\n"
        "parameter = 'BOR'\n"
    )
    out = tmp_path / "out"
    code, said = run(capsys, folder, "--plan", plan, "--out", out, "--format", "html", "--format", "rtf")
    assert code == 0
    assert f"Written to {out}" in said.out
    assert "subjects_have_records" in said.out
    assert (out / "analysis.html").is_file()
    assert (out / "tables" / "table-14-2-1-1.rtf").is_file()


def test_a_plan_is_written_and_can_be_followed(capsys, folder, tmp_path):
    plan = tmp_path / "plan.toml"
    code, said = run(capsys, folder, "--write-plan", plan)
    assert (code, said.out) == (0, f"Plan: {plan}\n")
    code, said = run(capsys, folder, "--plan", plan, "--check")
    assert (code, said.out) == (0, "No warnings.\n")
    assert run(capsys, folder, "--write-plan", plan)[0] == 2


def test_an_error_stops_its_endpoint_and_the_exit_code_says_so(capsys, broken):
    code, said = run(capsys, broken)
    assert code == 2
    assert "ADTTE.AVAL, PARAMCD PFS, rows 2, 4" in said.err
    assert "found    '-1.0'" in said.err
    assert "Not analysed because of errors: PFS." in said.out
    assert "Table 14.2.2.1 OS: Overall Survival (ITTFL)" in said.out


def test_json_of_errors_has_dataset_variable_rows_and_rule(capsys, broken):
    code, said = run(capsys, broken, "--json", "--check")
    found = json.loads(said.out)
    (finding,) = [each for each in found["findings"] if each["rule"] == "times_are_not_negative"]
    assert code == 2
    assert found["stopped"] == ["PFS"]
    assert (finding["dataset"], finding["variable"], finding["parameter"]) == ("ADTTE", "AVAL", "PFS")
    assert finding["severity"] == "error"
    assert finding["n_rows"] == 60
    assert finding["rows"][:2] == [2, 4]


def test_where_nothing_can_be_analysed_nothing_is_written(capsys, folder, tmp_path):
    everyone = write({**tables(), "ADSL": pl.concat([tables()["ADSL"]] * 2)}, tmp_path / "adam", "csv")
    code, said = run(capsys, everyone, "--out", tmp_path / "out")
    assert code == 2
    assert "keys_are_unique" in said.err
    assert said.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "htm"), "did you mean 'html'"),
        (("--plan", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_cannot_be_done_is_refused_in_four_parts(capsys, folder, arguments, words):
    code, said = run(capsys, folder, *arguments)
    assert code == 2
    assert words in said.err
    assert "needed" in said.err
    code, said = run(capsys, folder, *arguments, "--json")
    assert code == 2
    assert words in said.out
    assert set(json.loads(said.out)["problems"][0]) == {"where", "found", "needed", "remedy"}


def test_a_directory_that_is_none_is_refused(capsys, tmp_path):
    code, said = run(capsys, tmp_path / "nowhere")
    assert code == 2
    assert "no such directory" in said.err

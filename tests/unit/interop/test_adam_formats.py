"""ADaM tables from Parquet, CSV, SAS transport and Dataset-JSON: the same values, whatever they came from."""

import json
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.unit.analysis.adam_study import DATES, LABELS, PLAN, own_tables, tables, write

from remit.analysis.analysing import analyse, analysed
from remit.errors import InputError
from remit.interop.adam.reading import read_adam

KINDS = ("parquet", "csv", "xpt", "json", "ndjson")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The toy study in every format."""
    root = tmp_path_factory.mktemp("formats")
    return {kind: write(tables(), root / kind, kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_every_format_gives_the_same_values(folders, kind):
    ours, parquet = read_adam(folders[kind]), read_adam(folders["parquet"])
    assert ours.findings == ()
    for name, table in parquet.tables.items():
        assert_frame_equal(ours.frame(name), table.frame, check_exact=True)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_every_format_gives_the_same_results(folders, kind):
    assert_frame_equal(
        analyse(folders[kind], PLAN).results, analyse(folders["parquet"], PLAN).results, check_exact=True
    )


def test_formats_may_be_mixed_and_names_written_in_any_case(folders, tmp_path):
    for number, (name, kind) in enumerate({"adsl": "xpt", "adtte": "json", "adrs": "csv"}.items()):
        target = f"{name.upper() if number else name}.{kind}"
        (tmp_path / target).write_bytes((folders[kind] / f"{name}.{kind}").read_bytes())
    lower = pl.read_csv(tmp_path / "ADRS.csv").rename(str.lower)
    lower.write_csv(tmp_path / "ADRS.csv")
    assert_frame_equal(analyse(tmp_path, PLAN).results, analyse(folders["parquet"], PLAN).results)


@pytest.mark.parametrize("kind", ["xpt", "json"])
def test_labels_are_kept_where_a_format_has_them(folders, kind):
    labels = read_adam(folders[kind]).tables["ADTTE"].labels
    assert {name: labels[name] for name in ("USUBJID", "AVAL", "CNSR")} == LABELS


def test_dates_are_dates_also_as_days_since_1960(folders, tmp_path):
    days = tables()["ADTTE"].with_columns(
        pl.col(name).to_physical().cast(pl.Int64) + 3653 for name in ("STARTDT", "ADT")
    )
    write({**tables(), "ADTTE": days}, tmp_path, "csv")
    for dates in (read_adam(tmp_path), read_adam(folders["csv"])):
        frame = dates.frame("ADTTE")
        assert frame["ADT"].to_list() == tables()["ADTTE"]["ADT"].to_list()
        assert all(frame[name].dtype == pl.Date for name in DATES if name in frame.columns)


def test_blanks_points_and_nothing_are_missing(tmp_path):
    (tmp_path / "adsl.csv").write_text("USUBJID,AGE,SEX,ITTFL\n1,.,F,Y\n2,,.,Y\n3, 61 , M ,\n")
    frame = read_adam(tmp_path).frame("ADSL")
    assert frame["AGE"].to_list() == [None, None, 61.0]
    assert frame["SEX"].to_list() == ["F", None, "M"]
    assert frame["ITTFL"].to_list() == ["Y", "Y", None]


def broken(folder, change):
    """A directory in which one file was replaced."""
    write(tables(), folder, "json")
    file = folder / "adtte.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: found.update(datasetJSONVersion="2.0.0"), "Dataset-JSON 1.1"),
        (lambda found: found.pop("columns"), "columns"),
        (lambda found: found["rows"].pop(), "cut off"),
        (lambda found: found["rows"][3].pop(), "row 4"),
    ],
)
def test_a_file_that_is_no_dataset_json_is_refused_with_what_is_wrong(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        analyse(broken(tmp_path, change))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_garbage_is_refused_by_name(folders, tmp_path, kind):
    write(tables(), tmp_path, "parquet")
    (tmp_path / "adtte.parquet").unlink()
    (tmp_path / f"adtte.{kind}").write_bytes(b"\x00\x01 no table \xff")
    with pytest.raises(InputError, match=rf"adtte\.{kind}"):
        analyse(tmp_path)


def test_a_damaged_file_that_nothing_rests_on_is_a_warning(folders, tmp_path):
    write(tables(), tmp_path, "csv")
    (tmp_path / "adae.json").write_text("{")
    done = analyse(tmp_path)
    assert [(each.dataset, each.rule, each.severity) for each in done.findings] == [
        ("ADAE", "files_can_be_read", "warning")
    ]


def test_without_pyreadstat_a_transport_file_says_what_to_install(folders, tmp_path, monkeypatch):
    write(tables(), tmp_path, "csv")
    (tmp_path / "adtte.csv").unlink()
    (tmp_path / "adtte.xpt").write_bytes((folders["xpt"] / "adtte.xpt").read_bytes())
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(InputError, match=r"pip install 'remit\[cdisc\]'"):
        analyse(tmp_path)
    done = analysed(read_adam(tmp_path), PLAN)
    assert set(done.stopped) == {"PFS", "OS", "DOR"}
    assert done.results["ENDPOINT"].unique().to_list() == ["ORR"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("adtte.txt", "'.txt' is no format that is read"),
        ("adtte.sas7bdat", "'.sas7bdat' is no format that is read"),
        ("ADTTE final v2 (copy).csv", "its name is not ADTTE"),
    ],
)
def test_a_file_that_looks_like_a_dataset_and_is_passed_over_is_a_warning(tmp_path, name, why):
    write(tables(), tmp_path, "csv")
    (tmp_path / "adtte.csv").rename(tmp_path / name)
    (tmp_path / "notes.txt").write_text("x")
    done = analysed(read_adam(tmp_path))
    assert [each.found for each in done.warnings] == [f"{name} was passed over: {why}"]
    assert "No ADTTE: no times to event." in done.assumed
    planned = analysed(read_adam(tmp_path), PLAN)
    assert {each.rule for each in planned.errors} == {"datasets_are_there"}


def test_a_directory_of_files_that_are_passed_over_says_why(tmp_path):
    (tmp_path / "adsl.sas7bdat").write_bytes(b"x")
    with pytest.raises(InputError, match=r"adsl\.sas7bdat was passed over"):
        read_adam(tmp_path)


def test_a_table_without_rows_stops_the_plan_that_the_tables_suggest(tmp_path):
    write({**tables(), "ADTTE": tables()["ADTTE"][:0]}, tmp_path, "csv")
    with pytest.raises(InputError, match=r"no row in adtte\.csv"):
        analyse(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("USUBJID,TRT01P,SITE\n1,A,M\xe9tis\n".encode("latin-1"), "not UTF-8"),
        (b"", "the file is empty"),
        (b"USUBJID;TRT01P\n1;A\n", "separated by semicolons"),
        (b"USUBJID\tTRT01P\n1\tA\n", "separated by tabs"),
    ],
)
def test_a_file_of_subjects_that_cannot_be_read_is_said_once_and_in_plain_words(tmp_path, content, words):
    write(tables(), tmp_path, "csv")
    (tmp_path / "adsl.csv").write_bytes(content)
    with pytest.raises(InputError) as found:
        analyse(tmp_path)
    (finding,) = found.value.findings
    assert words in finding.found
    assert "Error" not in str(finding)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda folder: folder.rmdir(), "no such directory"),
        (lambda folder: (folder / "notes.txt").write_text("x"), "no ADaM table"),
        (
            lambda folder: [write(tables(), folder, kind) for kind in ("csv", "json")],
            "one file for each dataset",
        ),
        (
            lambda folder: (folder / "adsl.csv").write_text("USUBJID,AGE,age\n1,2,3\n"),
            "differ in more than case",
        ),
        (lambda folder: (folder / "adtte.csv").write_text("USUBJID,PARAMCD\n1,OS\n"), "no ADSL"),
        (lambda folder: (folder / "adsl.csv").write_text("USUBJID,AGE\n1,2\n"), "no variable of treatment"),
        (
            lambda folder: (folder / "adsl.csv").write_text("USUBJID,TRT01P\n1,A\n"),
            "no endpoint that is known",
        ),
    ],
)
def test_a_directory_that_cannot_be_analysed_is_refused(tmp_path, prepare, words):
    prepare(tmp_path)
    with pytest.raises(InputError, match=words):
        analyse(tmp_path)


def test_tables_with_the_keys_of_a_run_are_simulated_and_others_observed(folders, tmp_path):
    assert read_adam(folders["csv"]).kind == "observed"
    own = read_adam(write(own_tables(), tmp_path, "csv"))
    assert own.kind == "simulated"
    assert own.key == ("ARM", "SCENARIO", "DRAW", "USUBJID")


def test_a_plan_does_not_make_simulated_tables_observed(tmp_path):
    plan = {**PLAN, "data": "observed"}
    with pytest.raises(InputError, match="remit wrote these tables"):
        analysed(read_adam(write(own_tables(), tmp_path, "csv")), plan)

"""Commands about inputs; each does what three lines of Python do, and says all that is wrong at once."""

import json
from pathlib import Path

import pytest

import remit
from remit.cli import main

STUDY = "mcl_btki_treated"


def exit_code(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(each) for each in arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def broken_study(tmp_path: Path) -> Path:
    """A study file with an unknown key, a negative dose and an impossible size."""
    text = remit.init_text(STUDY)
    for right, wrong in (
        ("then 400 mg q24h", "then -400 mg q24h"),
        ("n_patients = 80", "n_patients = 0"),
        ("ripe_months = 6", "ripe_month = 6"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_broken_study_is_refused_with_all_findings_and_no_run_is_begun(
    broken_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(remit.InputError) as caught:
        remit.load_study(broken_study)
    assert exit_code("run", broken_study, "--out", tmp_path / "run") == 2
    errors = capsys.readouterr().err
    assert errors.strip() == str(caught.value)
    for part in ("-400", "n_patients", "ripe_month", str(broken_study)):
        assert part in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "run").exists()


def test_impossible_sizes_are_refused_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--draws", "0", "--patients", "0", "--replicates", "-1", "--seed", "-5", "--threads", "0"]
    assert exit_code("run", STUDY, "--out", tmp_path / "run", *sizes) == 2
    errors = capsys.readouterr().err
    for name in ("draws", "patients", "replicates", "seed", "threads"):
        assert f"run: {name}" in errors
    assert not (tmp_path / "run").exists()


def test_a_new_study_file_is_the_shipped_one_and_can_be_loaded(tmp_path: Path) -> None:
    assert exit_code("init", tmp_path / "mine.toml", "--from", STUDY) == 0
    renamed = remit.init_text(STUDY).replace(f'name = "{STUDY}"', 'name = "mine"', 1)
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == renamed
    mine, shipped = remit.load_study(tmp_path / "mine.toml"), remit.load_study(STUDY)
    assert mine.file.model_copy(update={"name": STUDY}) == shipped.file
    assert mine.digest() != shipped.digest()


def test_a_study_file_that_is_there_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("months of work", encoding="utf-8")
    assert exit_code("init", path, "--from", STUDY) == 2
    assert path.read_text(encoding="utf-8") == "months of work"
    assert "a new file" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "missing" / "mine.toml"
    assert exit_code("init", path, "--from", STUDY) == 2
    errors = capsys.readouterr().err
    assert str(path) in errors
    for part in ("found    No such file", "needed   a place that can be read and written", "check the path"):
        assert part in errors
    with pytest.raises(FileNotFoundError):
        main(["--debug", "init", str(path), "--from", STUDY])


@pytest.mark.parametrize(
    ("place", "needed"), [("taken", "a folder"), ("taken/run", "a folder that can be made")]
)
def test_a_run_cannot_be_a_file_nor_lie_in_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, needed: str
) -> None:
    (tmp_path / "taken").write_text("months of work", encoding="utf-8")
    assert exit_code("run", STUDY, "--out", tmp_path / place) == 2
    errors = capsys.readouterr().err
    assert str(tmp_path / place) in errors
    assert f"needed   {needed}\n" in errors
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "months of work"


def test_a_study_file_that_is_not_text_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    assert exit_code("run", path, "--out", tmp_path / "run") == 2
    errors = capsys.readouterr().err
    assert str(path) in errors
    assert "bytes that are not text" in errors


@pytest.mark.parametrize("kind", ["study", "bcl2_inhibitor", "tables"])
def test_schema_is_printed_as_json(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("schema", kind) == 0
    assert json.loads(capsys.readouterr().out) == remit.schema(kind)


def test_library_list_names_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("library", "list") == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == sorted(remit.open_library().documents)


def test_library_show_prints_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("library", "show", "drugs/mesutoclax") == 0
    assert capsys.readouterr().out.strip() == remit.open_library().show("drugs/mesutoclax").strip()


def test_library_show_of_an_unknown_entry_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("library", "show", "drugs/mesutoclx") == 2
    assert "drugs/mesutoclax" in capsys.readouterr().err


def test_library_check_of_a_sound_library_counts_origins(capsys: pytest.CaptureFixture[str]) -> None:
    assert remit.check_library() == []
    assert exit_code("library", "check") == 0
    counts = remit.open_library().counts_by_origin()
    assert f"{counts['assumed']} assumed" in capsys.readouterr().out


def test_library_check_of_a_broken_library_prints_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "mine.toml").write_text('format = 1\nkind = "bcl2_inhibitor"\nnam = "mine"\n')
    findings = remit.check_library(tmp_path)
    assert findings
    assert exit_code("library", "check", "--library", tmp_path) == 2
    errors = capsys.readouterr().err
    assert all(str(each) in errors for each in findings)


def test_export_writes_the_file_that_python_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, theirs = tmp_path / "mine.xml", tmp_path / "theirs.xml"
    assert exit_code("export", STUDY, "--to", "sbml", "--arm", "venetoclax", "--out", mine) == 0
    assert str(mine) in capsys.readouterr().out
    remit.export(remit.load_study(STUDY), "sbml", theirs, arm="venetoclax")
    assert mine.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        (("--to", "smbl"), "one of sbml"),
        (("--to", "sbml", "--arm", "nobody"), "an arm"),
        (("--to", "sbml", "--patient", "0000-00001"), "the folder of a run, which has patients"),
    ],
)
def test_what_cannot_be_exported_is_a_finding(
    options: tuple[str, ...], needed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("export", STUDY, *options) == 2
    assert f"needed   {needed}" in capsys.readouterr().err


def test_a_mistyped_folder_is_not_taken_for_a_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("export", tmp_path / "mlc", "--to", "sbml") == 2
    assert "the folder of a finished run" in capsys.readouterr().err
    assert exit_code("export", tmp_path, "--to", "sbml", "--library", tmp_path) == 2
    assert "leave out --library" in capsys.readouterr().err


def test_the_folder_of_no_run_cannot_be_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("export", tmp_path, "--to", "sbml") == 1
    assert "the folder of a run" in capsys.readouterr().err

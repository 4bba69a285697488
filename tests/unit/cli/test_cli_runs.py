"""Commands that look after runs; each does what three lines of Python do."""

import json
from pathlib import Path
from types import ModuleType

import pytest

import remit
from remit.cli import main
from remit.run.execution import carry_out


@pytest.fixture(scope="module")
def folder(toy: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished toy run."""
    path = tmp_path_factory.mktemp("cli") / "run"
    carry_out(toy.toy_job(toy.toy_plan()), path, n_workers=1)
    return path


def exit_code(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(each) for each in arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_verify_prints_the_digest_of_every_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verified = remit.verify(remit.open_run(folder))
    assert exit_code("runs", "verify", folder) == 0
    printed = capsys.readouterr().out
    for name, digest in verified.digests.items():
        assert f"{name:<14}{verified.rows[name]:>10} rows  {digest}" in printed
    assert verified.total in printed


def test_verify_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verified = remit.verify(remit.open_run(folder))
    assert exit_code("runs", "verify", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "run": str(folder),
        "digest": verified.total,
        "tables": verified.digests,
    }


def test_summary_prints_the_operating_characteristics(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("summary", folder) == 0
    printed = capsys.readouterr().out
    assert "not clinical evidence" in printed
    for row in remit.summary(remit.open_run(folder)).iter_rows(named=True):
        assert f"{row['ARM']}, {row['SCENARIO']}" in printed
        assert f"{row['VALUE']:.4g}" in printed


def test_summary_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operating = remit.summary(remit.open_run(folder))
    assert exit_code("summary", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["operating"] == operating.to_dicts()


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("version") == 0
    assert capsys.readouterr().out.strip() == remit.__version__


def test_a_folder_without_a_run_fails_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("summary", tmp_path) == 1
    errors = capsys.readouterr().err
    assert errors.splitlines()[0] == str(tmp_path)
    assert "found    no manifest.json" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["summary"], ["run", "x", "--out", "y", "--patients", "many"]]
)
def test_a_command_that_cannot_be_read_exits_with_2(arguments: list[str]) -> None:
    assert exit_code(*arguments) == 2


def test_an_unexpected_error_says_how_to_report_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: Path) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(remit, "open_run", broken)
    assert exit_code("summary", folder) == 1
    errors = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in errors
    assert "remit --debug" in errors
    assert "Traceback" not in errors
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "summary", str(folder)])

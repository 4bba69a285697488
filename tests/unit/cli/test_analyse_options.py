"""``remit analyse``: options that contradict each other, and the numbers of errors and warnings in words."""

import polars as pl
import pytest
from tests.unit.analysis.adam_study import tables, write

from remit.analysis.display_text import counted
from remit.cli import main


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["analyse", *map(str, arguments)])
    return left.value.code, capsys.readouterr()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tables(), tmp_path_factory.mktemp("toy") / "adam", "csv")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--check", "--out", "OUT"), "--check too, which writes no analysis"),
        (("--write-plan", "PLAN", "--out", "OUT"), "--write-plan too, which writes no analysis"),
        (("--write-plan", "PLAN", "--check"), "--check too"),
        (("--format", "html"), "no --out"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused_and_nothing_is_written(
    capsys, folder, tmp_path, options, words
):
    paths = {"OUT": tmp_path / "out", "PLAN": tmp_path / "plan.toml"}
    code, said = run(capsys, folder, *(paths.get(each, each) for each in options))
    assert code == 2
    assert words in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0, 0), "No warnings."),
        ((1, 0), "0 warnings, 1 error"),
        ((2, 1), "1 warning, 2 errors"),
    ],
)
def test_errors_and_warnings_are_counted_in_words(numbers, words):
    assert counted(*numbers) == words


def test_a_check_with_errors_alone_does_not_say_no_warnings(capsys, tmp_path):
    is_first = pl.int_range(pl.len()) == 0
    negative = pl.when(is_first).then(-1.0).otherwise("CNSR").alias("CNSR")
    broken = write({**tables(), "ADTTE": tables()["ADTTE"].with_columns(negative)}, tmp_path / "adam", "csv")
    code, said = run(capsys, broken, "--check")
    assert code == 2
    assert said.out == "0 warnings, 1 error\n"

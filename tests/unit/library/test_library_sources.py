"""Sources are described, and something rests on each of them."""

from pathlib import Path

from remit.library import check_library, open_library


def test_a_source_that_nothing_rests_on_is_found(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text('format = 1\n[idle_2020]\ntitle = "Idle"\n')
    (finding,) = check_library(tmp_path)
    assert finding.where.endswith("sources.toml: idle_2020")
    assert finding.found == "used by no value"


def test_a_source_without_a_title_is_found(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        'format = 1\n[dave_2019]\nurl = "https://doi.org/10.1111/cts.12665"\n'
    )
    assert [each.where.split(": ")[1] for each in check_library(tmp_path)] == ["dave_2019.title"]


def test_a_file_that_is_not_toml_is_a_finding_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "new.toml").write_text("format = 1\nname = \n")
    (finding,) = check_library(tmp_path)
    assert "line 2" in finding.found


def test_a_missing_directory_is_a_finding() -> None:
    (finding,) = check_library(Path("no such directory"))
    assert "--library" in finding.remedy


def test_sources_of_comparators_are_in_the_table_of_sources() -> None:
    keys = set(open_library().sources_table()["KEY"])
    assert {"dave_2019", "futunn_2024"} <= keys

"""What a run folder keeps, and what it refuses."""

import logging
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from remit.errors import RemitError, RunError, UnknownNameError
from remit.run.execution import carry_out
from remit.run.manifest import installed_versions, open_manifest, save_manifest
from remit.run.plan import Plan, Task
from remit.run.runs import Run, open_run, verify
from remit.run.worker import Load, Progress


def finished(toy: ModuleType, folder: Path, plan: Plan | None = None) -> Run:
    return carry_out(toy.toy_job(plan or toy.toy_plan()), folder, n_workers=1, executor="serial")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_tables_are_sorted_by_their_key(toy: ModuleType, tmp_path: Path) -> None:
    table = finished(toy, tmp_path / "run").table("adpc")
    assert table.height == 2 * 4 * 7
    assert table.equals(table.sort("ARM", "SCENARIO", "DRAW", "USUBJID", "PARAMCD", "ADY"))


def test_tables_that_are_not_declared_stay_in_their_blocks(toy: ModuleType, tmp_path: Path) -> None:
    assert finished(toy, tmp_path / "run").names == ("adpc", "operating", "screening")


def test_an_unknown_table_names_the_nearest(toy: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean adpc"):
        finished(toy, tmp_path / "run").table("adpk")


def test_a_finished_run_is_not_computed_again(toy: ModuleType, tmp_path: Path) -> None:
    finished(toy, tmp_path / "run")
    before = contents(tmp_path / "run")

    def never(task: Task, load: Load) -> dict[str, pl.DataFrame]:
        raise AssertionError(task.id)

    carry_out(toy.toy_job(toy.toy_plan(), simulate=never), tmp_path / "run", n_workers=1)
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize("damage", ["changed", "removed"])
def test_a_damaged_block_is_computed_again_with_a_notice(
    toy: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    folder = tmp_path / "run"
    total = verify(finished(toy, folder)).total
    task = toy.toy_plan().stages[1][3].id
    block = folder / "blocks" / task / "adpc.parquet"
    whole = block.read_bytes()
    if damage == "changed":
        block.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    else:
        block.unlink()
    with caplog.at_level(logging.WARNING):
        run = finished(toy, folder)
    assert f"block {task} is damaged" in caplog.text
    assert block.read_bytes() == whole
    assert verify(run).total == total


def test_a_damaged_table_is_found_and_made_again(toy: ModuleType, tmp_path: Path) -> None:
    run = finished(toy, tmp_path / "run")
    total = verify(run).total
    path = tmp_path / "run" / "tables" / "adpc.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(RunError, match="only the tables are made again"):
        verify(run)
    assert verify(finished(toy, tmp_path / "run")).total == total


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"study_hash": "fedcba9876543210"}, "contents of the study"),
        ({"seed": 2}, "seed 1"),
        ({"patients": 8}, "patients per draw 7"),
        ({"sensitivity": 5}, "patients of each level 0"),
    ],
)
def test_the_folder_of_another_run_is_refused_and_left_alone(
    toy: ModuleType, tmp_path: Path, change: dict[str, int], named: str
) -> None:
    folder = tmp_path / "run"
    finished(toy, folder)
    before = contents(folder)
    with pytest.raises(RunError, match=rf"(?s)another run: {named}.*nothing in this one was changed"):
        finished(toy, folder, toy.toy_plan(**change))
    assert contents(folder) == before


def test_other_software_may_not_go_on_with_a_run(toy: ModuleType, tmp_path: Path) -> None:
    finished(toy, tmp_path / "run")
    manifest = open_manifest(tmp_path / "run")
    save_manifest(replace(manifest, versions=installed_versions() | {"numpy": "1.0"}), tmp_path / "run")
    with pytest.raises(RunError, match=r"another run: numpy 1\.0"):
        finished(toy, tmp_path / "run")


def test_a_folder_with_other_files_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(RunError, match=r"other files, such as thesis\.docx"):
        finished(toy, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_damaged_manifest_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    finished(toy, tmp_path / "run")
    (tmp_path / "run" / "manifest.json").write_text("{}")
    with pytest.raises(RunError, match=r"a damaged manifest\.json"):
        finished(toy, tmp_path / "run")


def test_a_run_that_is_not_finished_cannot_be_opened(toy: ModuleType, tmp_path: Path) -> None:
    def failing(task: Task, load: Load) -> dict[str, pl.DataFrame]:
        if task.kind == "course":
            raise ZeroDivisionError
        return toy.toy_simulate(task, load)

    with pytest.raises(ZeroDivisionError) as caught:
        carry_out(toy.toy_job(toy.toy_plan(), simulate=failing), tmp_path / "run", n_workers=1)
    assert caught.value.__notes__ == [
        "This happened in task course-mesutoclax-pharmacology-ki_shift-0000-00."
    ]
    with pytest.raises(RunError, match="continue it: remit run toy --out"):
        open_run(tmp_path / "run")


def test_a_folder_without_a_run_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no manifest\.json"):
        open_run(tmp_path)


def test_two_rows_with_one_key_are_refused(toy: ModuleType, tmp_path: Path) -> None:
    def doubled(task: Task, load: Load) -> dict[str, pl.DataFrame]:
        tables = toy.toy_simulate(task, load)
        return {name: pl.concat([frame, frame]) for name, frame in tables.items()}

    with pytest.raises(RemitError, match=r"(?s)table screening.*two rows for"):
        carry_out(toy.toy_job(toy.toy_plan(), simulate=doubled), tmp_path / "run", n_workers=1)


def test_progress_reaches_every_patient_of_every_stage(toy: ModuleType, tmp_path: Path) -> None:
    heard: list[Progress] = []
    carry_out(toy.toy_job(toy.toy_plan()), tmp_path / "run", n_workers=2, listener=heard.append)
    assert [each for each in heard if each.done == each.total] == [
        Progress("population", 28, 28), Progress("course", 56, 56), Progress("analysis", 1, 1)
    ]  # fmt: skip
    assert [each.done for each in heard if each.stage == "course"] == list(range(0, 57, 7))


def test_a_sensitivity_analysis_is_a_stage_with_a_table_of_its_own(toy: ModuleType, tmp_path: Path) -> None:
    heard: list[Progress] = []
    job = toy.toy_job(toy.toy_plan(sensitivity=2))
    run = carry_out(job, tmp_path / "run", n_workers=2, listener=heard.append)
    assert [each.done for each in heard if each.stage == "variation"] == [0, 2, 4, 6]
    assert run.table("variations").group_by("LEVEL").len().sort("LEVEL").rows() == [
        ("0", 2), ("1", 2), ("2", 2)
    ]  # fmt: skip


def test_values_decide_the_digest_and_times_are_kept_apart(toy: ModuleType, tmp_path: Path) -> None:
    one, two = finished(toy, tmp_path / "one"), finished(toy, tmp_path / "two")
    assert verify(one) == verify(two)
    differing = {name for name, data in contents(one.folder).items() if contents(two.folder)[name] != data}
    assert differing <= {"timings.json"}

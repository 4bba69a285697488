"""The same bytes, however a run is carried out; on a toy, so that only the running is tested."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from remit.errors import RunError
from remit.run.execution import carry_out
from remit.run.runs import verify

FINISHED_LINES = 12
TOY = Path(__file__).with_name("toy_run.py")


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of the tables, by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


@pytest.fixture(scope="module")
def undisturbed(toy: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run by one thread without interruption."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    carry_out(toy.toy_job(toy.toy_plan()), folder, n_workers=1, executor="serial")
    return folder


@pytest.mark.parametrize("n_workers", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_bytes(
    toy: ModuleType, undisturbed: Path, tmp_path: Path, n_workers: int
) -> None:
    carry_out(toy.toy_job(toy.toy_plan()), tmp_path / "run", n_workers=n_workers)
    assert bytes_of(tmp_path / "run") == bytes_of(undisturbed)


def test_the_order_of_the_tasks_does_not_matter(toy: ModuleType, undisturbed: Path, tmp_path: Path) -> None:
    carry_out(toy.toy_job(toy.reordered(toy.toy_plan())), tmp_path / "run", n_workers=2)
    assert bytes_of(tmp_path / "run") == bytes_of(undisturbed)


def test_another_seed_gives_other_bytes(toy: ModuleType, undisturbed: Path, tmp_path: Path) -> None:
    carry_out(toy.toy_job(toy.toy_plan(seed=2)), tmp_path / "run", n_workers=2)
    assert bytes_of(tmp_path / "run") != bytes_of(undisturbed)


def begun(folder: Path, *, n_blocks: int) -> "subprocess.Popen[bytes]":
    """A run in a process of its own, as soon as so many blocks are committed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, TOY, folder, "2", "0.2"], env=environment, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while len(list(folder.glob("blocks/[a-z]*"))) < n_blocks:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("n_blocks", [1, 6])
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(
    toy: ModuleType, undisturbed: Path, tmp_path: Path, n_blocks: int
) -> None:
    folder = tmp_path / "run"
    process = begun(folder, n_blocks=n_blocks)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = sorted(path.name for path in folder.glob("blocks/[a-z]*"))
    assert n_blocks <= len(kept) < FINISHED_LINES
    assert not (folder / "tables").exists()
    stamps = {name: (folder / "blocks" / name).stat().st_mtime_ns for name in kept}

    run = carry_out(toy.toy_job(toy.toy_plan()), folder, n_workers=2)

    assert {name: (folder / "blocks" / name).stat().st_mtime_ns for name in kept} == stamps
    assert bytes_of(folder) == bytes_of(undisturbed)
    assert verify(run).total == verify(carry_out(toy.toy_job(toy.toy_plan()), undisturbed, n_workers=1)).total


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupted_run_ends_with_whole_blocks_only_and_goes_on(
    toy: ModuleType, undisturbed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    process = begun(folder, n_blocks=3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    left = [path.name for path in (folder / "blocks").iterdir()]
    assert 3 <= len(left) < FINISHED_LINES
    assert not [name for name in left if name.startswith(".")]
    carry_out(toy.toy_job(toy.toy_plan()), folder, n_workers=2)
    assert bytes_of(folder) == bytes_of(undisturbed)


def test_a_second_process_in_the_same_folder_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = begun(folder, n_blocks=1)
    try:
        with pytest.raises(RunError, match=f"in use by process {process.pid}"):
            carry_out(toy.toy_job(toy.toy_plan()), folder, n_workers=1)
    finally:
        process.kill()
        process.communicate()

"""The shipped study at a tiny size: the same bytes for any number of threads, and after a kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import remit

pytestmark = pytest.mark.full

STUDY = "mcl_btki_treated"
SIZES = {"patients": 12, "draws": 2, "replicates": 20, "sensitivity": 3, "seed": 3}


def command(folder: Path, *, threads: int) -> list[str]:
    sizes = [part for name, value in SIZES.items() for part in (f"--{name}", str(value))]
    program = [sys.executable, "-m", "remit", "run", STUDY, "--out", str(folder), "--json", "--no-report"]
    return [*program, "--threads", str(threads), *sizes]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


@pytest.fixture(scope="module")
def by_one_thread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run by one thread, in this process, without interruption."""
    folder = tmp_path_factory.mktemp("study") / "run"
    remit.run(remit.load_study(STUDY), **SIZES, out=folder, threads=1)
    return folder


def test_two_threads_in_another_process_give_the_same_bytes(by_one_thread: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    subprocess.run(command(folder, threads=2), env=environment(), check=True, capture_output=True)
    assert bytes_of(folder) == bytes_of(by_one_thread)
    digests = [remit.verify(remit.open_run(each)).total for each in (folder, by_one_thread)]
    assert digests[0] == digests[1]


def test_every_stage_has_left_its_tables(by_one_thread: Path) -> None:
    run = remit.open_run(by_one_thread)
    levels = len(list(by_one_thread.glob("blocks/variation-*")))
    assert levels > 40
    patients = run.table("variations").select("FACTOR", "LEVEL", "USUBJID").unique()
    assert patients.height == levels * SIZES["sensitivity"]
    assert run.table("sensitivity").select("FACTOR", "LEVEL").unique().height == levels
    assert run.table("adsl").height == SIZES["patients"] * len(remit.load_study(STUDY).scenarios)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("stage", ["course", "variation"])
def test_a_killed_run_goes_on_to_the_same_bytes(by_one_thread: Path, tmp_path: Path, stage: str) -> None:
    folder = tmp_path / "run"
    process = subprocess.Popen(command(folder, threads=2), env=environment(), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while len(list(folder.glob(f"blocks/{stage}-*"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "tables").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("blocks/[a-z]*")}
    assert len(kept) < len(list(by_one_thread.glob("blocks/[a-z]*")))
    subprocess.run(command(folder, threads=2), env=environment(), check=True, capture_output=True)
    assert bytes_of(folder) == bytes_of(by_one_thread)
    assert {name: (folder / "blocks" / name).stat().st_mtime_ns for name in kept} == kept

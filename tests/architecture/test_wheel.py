"""The built wheel holds everything that the source tree holds, and runs where nothing else is."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

STUDY = "mcl_btki_treated"


def run(*words: str | Path, folder: Path) -> str:
    """What a command prints, run in a folder and without the paths of this process."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=clean, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def missing_from(wheel: Path, source: Path) -> list[str]:
    """Files of a source package that a wheel lacks."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = [file for file in source.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    return sorted({file.relative_to(source.parent).as_posix() for file in files} - inside)


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
    run(sys.executable, *build, repository, folder=folder)
    return next(folder.glob("remit-*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel: Path, repository: Path) -> None:
    source = repository / "src" / "remit"
    assert any(file.suffix == ".toml" for file in source.rglob("*"))
    assert missing_from(wheel, source) == []


def test_a_file_missing_from_a_wheel_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "remit"
    (source / "library").mkdir(parents=True)
    (source / "__init__.py").touch()
    (source / "library" / "sources.toml").touch()
    with zipfile.ZipFile(tmp_path / "remit.whl", "w") as wheel:
        wheel.writestr("remit/__init__.py", "")
    assert missing_from(tmp_path / "remit.whl", source) == ["remit/library/sources.toml"]


@pytest.mark.full
def test_the_installed_wheel_runs_a_shipped_study_by_name(
    wheel: Path, repository: Path, tmp_path: Path
) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv", folder=tmp_path)
    places = [tmp_path / "venv" / "bin", tmp_path / "venv" / "Scripts"]
    bin_folder = next(place for place in places if place.is_dir())
    install = (bin_folder / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*install, "--require-hashes", "--requirement", repository / "requirements.lock", folder=tmp_path)
    run(*install, "--no-deps", "--no-index", wheel, folder=tmp_path)
    remit = bin_folder / "remit"
    assert f"studies/{STUDY}" in run(remit, "library", "list", folder=tmp_path)
    assert STUDY in run(remit, "library", "show", f"studies/{STUDY}", folder=tmp_path)
    small = ("--patients", "8", "--draws", "2", "--replicates", "5", "--sensitivity", "2")
    printed = run(remit, "run", STUDY, "--out", "small", *small, folder=tmp_path)
    assert "report.html" in printed
    assert (tmp_path / "small" / "report.html").is_file()

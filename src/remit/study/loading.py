"""Opening a study by name or from a file, and writing a copy of a shipped one to edit."""

import re
from importlib import resources
from pathlib import Path

from remit.errors import Finding, InputError, UnknownNameError, problem
from remit.library import posteriors
from remit.library.form import nearest
from remit.library.opening import assembled, read_shelf, shipped_shelf
from remit.library.study_checks import check_study
from remit.library.study_file import StudyFile
from remit.library.study_reading import opened
from remit.study.study import Study


def load_study(name_or_path: str | Path, library: Path | None = None) -> Study:
    """A study by the name of a shipped one, or from a file.

    Parameters
    ----------
    name_or_path
        ``mcl_btki_treated``, or the path of a TOML file.
    library
        A directory of library files that stand in front of the shipped ones.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    InputError
        With every finding in the study and in the library files.
    """
    mine = None if library is None else read_shelf(library, f"{library}/")
    study, shelf = opened(str(name_or_path), mine)
    resolved, findings = assembled(shelf)
    shipped = shipped_shelf()
    documents = shipped.documents | (shelf.documents if shelf else {})
    findings += check_study(study, documents, shipped.sources | (shelf.sources if shelf else {}))
    if resolved is None or findings:
        raise InputError(list(dict.fromkeys(findings)))
    found = Study(StudyFile.model_validate(dict(study.data)), study, resolved)
    name = found.file.analysis.calibration
    unfit = [
        each
        for one in found.scenarios
        for each in posteriors.differing(name, found.values(one.arm, one.name))
    ]
    if unfit:
        raise InputError(list(dict.fromkeys(unfit)))
    return found


def init_text(name: str) -> str:
    """A shipped study file with its comments, for a user to edit.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    """
    folder = resources.files("remit.library") / "studies"
    known = sorted(
        each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")
    )
    if name not in known:
        raise UnknownNameError([Finding("study", f"'{name}'", "a shipped study", nearest(name, known))])
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def init_study(path: str | Path, source: str = "mcl_btki_treated") -> Path:
    """Write a commented study file to edit, named after its file.

    Parameters
    ----------
    path
        The file to write; it must not exist.
    source
        The shipped study to start from.

    Raises
    ------
    InputError
        If the file exists already, or its name cannot be that of a study.
    UnknownNameError
        If there is no such shipped study.
    """
    target = Path(path)
    if target.exists():
        raise problem(str(target), "a file that is there already", "a new file", "choose another name")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", target.stem):
        raise problem(str(target), f"'{target.stem}'", "letters, digits, _ and - in the name", "rename it")
    text = init_text(source).replace(f'name = "{source}"', f'name = "{target.stem}"', 1)
    target.write_text(text, encoding="utf-8")
    return target

"""Reading a directory of ADaM tables, or the tables of a run of remit."""

from collections.abc import Mapping
from pathlib import Path

from remit.errors import Finding, InputError, problem
from remit.interop.adam.findings import AdamFinding
from remit.interop.adam.formats import FORMATS
from remit.interop.adam.tables import AdamTable, AdamTables
from remit.interop.adam.typed import typed
from remit.interop.adam.variables import DATASETS

MANIFEST, FINISHED = "manifest.json", "tables"
"""What marks the folder of a run, and where its tables are."""
READABLE = "files_can_be_read"
"""The rule that a file breaks which is not read at all."""
PASSED_OVER = "files_are_recognised"
"""The rule that a file breaks whose name says that it holds a dataset, and which is passed over."""
NAMED = ("ADSL", "ADTTE", "ADRS")
"""Datasets whose names are looked for in the names of files that are passed over."""
NOT_UTF8 = ("utf-8", "utf8")
"""What readers say of text in another encoding."""


def read_adam(directory: str | Path) -> AdamTables:
    """Read the datasets of a directory: one file each, in any mix of formats, whatever the case of its name.

    Parameters
    ----------
    directory
        Directory with files such as ``adsl.xpt`` and ``ADTTE.parquet``, or the folder of a run. Other files
        are passed over, with a warning if ADSL, ADTTE or ADRS is in the name.

    Returns
    -------
    The datasets, with findings about files that cannot be read, whose datasets are missing, and about types;
    the rules of ``checks`` are not yet applied.

    Raises
    ------
    InputError
        If there is no such directory, or no dataset in it.
    """
    given = Path(directory)
    if not given.is_dir():
        needed = "a directory with ADaM tables, or the folder of a run"
        raise InputError([Finding(str(given), "no such directory", needed, "check the path")])
    run = given if (given / MANIFEST).is_file() and (given / FINISHED).is_dir() else None
    folder = given / FINISHED if run else given
    files = _files(folder)
    findings: list[AdamFinding] = [] if run else _passed_over(folder, files)
    if not files:
        needed = f"at least ADSL and ADTTE or ADRS, as {', '.join(FORMATS)}"
        nothing = Finding(str(folder), "no ADaM table", needed, "name files as adsl.xpt or ADTTE.csv")
        raise InputError([nothing, *(each.finding() for each in findings)])
    tables: dict[str, AdamTable] = {}
    for name, paths in files.items():
        try:
            tables[name], found = _table(name, _only(paths))
            findings += found
        except InputError as error:
            findings += [unreadable(name, each) for each in error.findings]
    return AdamTables(given, tables, tuple(findings), run)


def _files(folder: Path) -> dict[str, list[Path]]:
    """Files of each dataset, in the order in which datasets are declared."""
    known = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in FORMATS and path.is_file()]
    found = {name: [path for path in known if path.stem.upper() == name] for name in DATASETS}
    return {name: paths for name, paths in found.items() if paths}


def _passed_over(folder: Path, files: Mapping[str, list[Path]]) -> list[AdamFinding]:
    """A warning for each file that says in its name that it holds a dataset, and that is not read."""
    read = {path for paths in files.values() for path in paths}
    found: list[AdamFinding] = []
    for path in sorted(folder.iterdir()):
        name = next((each for each in NAMED if each in path.stem.upper()), "")
        if not name or path in read or not path.is_file():
            continue
        suffix = path.suffix.lower()
        is_format = suffix in FORMATS
        why = f"its name is not {name}" if is_format else f"'{path.suffix}' is no format that is read"
        found.append(
            AdamFinding(
                dataset=name,
                variable="",
                rule=PASSED_OVER,
                found=f"{path.name} was passed over: {why}",
                needed=f"{name} as {', '.join(FORMATS)}",
                remedy=f"name it {name.lower()}{suffix}" if is_format else "convert it",
                severity="warning",
            )
        )
    return found


def _only(paths: list[Path]) -> Path:
    """The one file of a dataset."""
    if len(paths) > 1:
        found = " and ".join(path.name for path in paths)
        raise problem(found, f"{len(paths)} files", "one file for each dataset", "move the others away")
    return paths[0]


def unreadable(dataset: str, found: Finding) -> AdamFinding:
    """A problem with the file of a dataset as a finding about the dataset."""
    return AdamFinding(
        dataset=dataset,
        variable="",
        rule=READABLE,
        found=f"{found.where}: {found.found}",
        needed=found.needed,
        remedy=found.remedy,
    )


def _table(name: str, path: Path) -> tuple[AdamTable, list[AdamFinding]]:
    """One dataset in its declared types."""
    if path.stat().st_size == 0:
        raise problem(path.name, "the file is empty", f"rows of {name}", "write it again")
    try:
        frame, labels = FORMATS[path.suffix.lower()](path)
    except InputError:
        raise
    except Exception as error:  # what a reader of files raises is its own affair
        raise InputError([_why(path, error)]) from error
    upper = [column.upper() for column in frame.columns]
    twice = sorted({column for column in upper if upper.count(column) > 1})
    if twice:
        needed = "names that differ in more than case"
        raise InputError([Finding(f"{path.name}: {each}", "two variables", needed) for each in twice])
    converted, findings, unread = typed(name, frame.rename(dict(zip(frame.columns, upper, strict=True))))
    shown = {variable.upper(): label for variable, label in labels.items() if label}
    return AdamTable(name, path.name, converted, shown, unread), findings


def _why(path: Path, error: Exception) -> Finding:
    """Why a file cannot be read, in the words of the file and not of the library that read it."""
    said = (str(error).splitlines() or [""])[0][:120]
    if isinstance(error, UnicodeDecodeError) or any(each in said.lower() for each in NOT_UTF8):
        return Finding(path.name, "not UTF-8", "text in UTF-8", "save it as UTF-8")
    found = f"no {path.suffix.lower()} file that can be read{': ' if said else ''}{said}"
    return Finding(
        path.name, found, f"a {path.suffix.lower()} file", "open it with the program that wrote it"
    )

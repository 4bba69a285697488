"""Reading a directory of ADaM tables, or the tables of a run of remit."""

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


def read_adam(directory: str | Path) -> AdamTables:
    """Read the datasets of a directory: one file each, in any mix of formats, whatever the case of its name.

    Parameters
    ----------
    directory
        Directory with files such as ``adsl.xpt`` and ``ADTTE.parquet``, or the folder of a run. Other files
        are passed over.

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
    if not files:
        needed = f"at least ADSL and ADTTE or ADRS, as {', '.join(FORMATS)}"
        raise InputError(
            [Finding(str(folder), "no ADaM table", needed, "name files as adsl.xpt or ADTTE.csv")]
        )
    tables: dict[str, AdamTable] = {}
    findings: list[AdamFinding] = []
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
    try:
        frame, labels = FORMATS[path.suffix.lower()](path)
    except InputError:
        raise
    except Exception as error:  # what a reader of files raises is its own affair
        found = f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
        needed = f"a {path.suffix.lower()} file that can be read"
        raise InputError(
            [Finding(path.name, found, needed, "open it with the program that wrote it")]
        ) from error
    upper = [column.upper() for column in frame.columns]
    twice = sorted({column for column in upper if upper.count(column) > 1})
    if twice:
        needed = "names that differ in more than case"
        raise InputError([Finding(f"{path.name}: {each}", "two variables", needed) for each in twice])
    converted, findings = typed(name, frame.rename(dict(zip(frame.columns, upper, strict=True))))
    return AdamTable(name, path.name, converted, {k.upper(): v for k, v in labels.items() if v}), findings

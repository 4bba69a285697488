"""Courses of treated patients as a file: a table, or a page with an interactive figure."""

from collections.abc import Sequence
from pathlib import Path

from remit.errors import problem
from remit.report.patient_page import write_patient_page
from remit.treatment import Treated

ENDINGS = (".csv", ".parquet", ".html")


def target_of(path: str | Path) -> Path:
    """The file to write, before anything is computed for it.

    Raises
    ------
    InputError
        If its ending is none of ``ENDINGS``, or its folder does not exist.
    """
    target = Path(path)
    if target.suffix not in ENDINGS:
        raise problem(f"--out {target}", f"'{target.suffix}'", f"a file ending in {', '.join(ENDINGS)}")
    if not target.parent.is_dir():
        raise problem(
            f"--out {target}", f"no folder {target.parent}", "a folder that exists", "make it first"
        )
    return target


def written(treated: Treated, path: str | Path, title: str, given: Sequence[str]) -> Path:
    """Write courses as CSV or Parquet, or a page as HTML, by the ending of the file.

    Raises
    ------
    InputError
        As :func:`target_of`.
    """
    target = target_of(path)
    if target.suffix == ".csv":
        treated.courses.write_csv(target)
    elif target.suffix == ".parquet":
        treated.courses.write_parquet(target)
    else:
        write_patient_page(treated.courses, target, title=title, given=given, notes=treated.notes)
    return target

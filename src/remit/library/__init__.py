"""Data files with sources, and the code that reads and checks them.

``open_library()`` reads the shipped files; a directory of the same shape, given to it, stands in front
of them name by name. Every file is checked before anything is used, and all findings are reported at once.
"""

from functools import cache
from pathlib import Path

from remit.errors import Finding, InputError
from remit.library.catalogue import Library, parameters_table
from remit.library.entries import Entry, Spread
from remit.library.opening import assembled, read_shelf
from remit.library.published import EvidenceRecord

__all__ = [
    "Entry",
    "EvidenceRecord",
    "Library",
    "Spread",
    "check_library",
    "open_library",
    "parameters_table",
]


def open_library(directory: Path | None = None) -> Library:
    """The shipped library, with a user's files in front of it.

    Parameters
    ----------
    directory
        A directory of the same shape (``drugs/``, ``diseases/``, ..., ``sources.toml``); its files
        replace shipped files of the same name.

    Raises
    ------
    InputError
        With every finding in every file.
    """
    if directory is None:
        return _shipped_library()
    library, findings = assembled(read_shelf(directory, f"{directory}/"))
    if library is None:
        raise InputError(findings)
    return library


def check_library(directory: Path | None = None) -> list[Finding]:
    """Everything wrong in the library; an empty list if nothing is."""
    try:
        return assembled(None if directory is None else read_shelf(directory, f"{directory}/"))[1]
    except InputError as error:
        return list(error.findings)


@cache
def _shipped_library() -> Library:
    """The shipped files alone, read and checked once."""
    library, findings = assembled(None)
    if library is None:
        raise InputError(findings)
    return library

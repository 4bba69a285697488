"""The error of a run that cannot go on, in the four parts of every message."""

from remit.errors import Finding, RunError


def refused(where: object, found: str, needed: str, remedy: str) -> RunError:
    """A :class:`RunError` that says where, what was found, what was needed and what to try."""
    return RunError(str(Finding(str(where), found, needed, remedy)))

"""Every exception that remit raises on purpose.

One class per thing a caller might do differently. A message has four parts: where, what was
found, what was needed, what to try.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file or an argument, and what would mend it.

    ``where`` names file and key, ``found`` and ``needed`` say what stands there and what must,
    ``remedy`` says what to try.
    """

    where: str
    found: str
    needed: str
    remedy: str = ""

    def __str__(self) -> str:
        """Four lines, as the command line prints them."""
        lines = [self.where, f"  found    {self.found}", f"  needed   {self.needed}"]
        if self.remedy:
            lines.append(f"  try      {self.remedy}")
        return "\n".join(lines)


class RemitError(Exception):
    """Base of all errors that are the caller's to mend."""


class InputError(RemitError):
    """Files or arguments that cannot be used; carries every finding at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        count = len(self.findings)
        head = f"{count} problem{'s' if count != 1 else ''} found"
        super().__init__("\n\n".join([head, *map(str, self.findings)]))


class UnknownNameError(InputError):
    """A study, drug, table or command name that does not exist."""


class ModelSizeError(RemitError):
    """A model larger than the generated kernel takes."""


class RunError(RemitError):
    """A run that cannot go on: a damaged store, another study in the same folder, many failed patients."""


def problem(where: str, found: object, needed: str, remedy: str = "") -> InputError:
    """An :class:`InputError` with a single finding."""
    return InputError([Finding(where, str(found), needed, remedy)])

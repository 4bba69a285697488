"""Identifiers of an SBML file: letters, digits and underscores, each used once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


class Names:
    """Gives identifiers; no two are equal."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def new(self, wanted: str) -> str:
        """An identifier as close to the wanted name as can be; a dot becomes two underscores."""
        plain = re.sub(r"[^A-Za-z0-9_]", "_", wanted.replace(".", "__"))
        plain = plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"
        found, number = plain, 2
        while found in self.taken:
            found, number = f"{plain}_{number}", number + 1
        self.taken.add(found)
        return found

    def all_new(self, wanted: Iterable[str]) -> dict[str, str]:
        """An identifier for each of several names."""
        return {name: self.new(name) for name in wanted}


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Identifier of every state, parameter and observable, by its name in the equations."""

    states: dict[str, str]
    parameters: dict[str, str]
    observables: dict[str, str]

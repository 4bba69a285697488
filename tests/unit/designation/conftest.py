"""The shipped comparators, as parsed and as records."""

import tomllib
from pathlib import Path

import pytest

import remit.library as library_package
from remit.designation import comparators_from


@pytest.fixture(scope="session")
def document():
    path = Path(library_package.__path__[0]) / "comparators" / "mcl_btki_treated.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def comparators(document):
    return comparators_from(document, "mcl_btki_treated.toml")


@pytest.fixture(scope="session")
def only(comparators):
    def chosen(*identifiers: str):
        return [each for each in comparators if each.id in identifiers]

    return chosen

"""The toy study as a directory, and its analysis."""

import pytest
from tests.unit.analysis.adam_study import PLAN, tables, write

from remit.analysis.analysing import analyse

COMPETING = {
    "kind": "time_to_event",
    "name": "TTP",
    "title": "Time to progression",
    "parameter": "PFS",
    "competing": ["Death"],
    "milestones": [6, 12],
}
FULL = {**PLAN, "subgroups": ["SEX", "ECOG"], "endpoints": [*PLAN["endpoints"], COMPETING]}
"""The plan of the toy study with subgroups and competing events."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return write(tables(), tmp_path_factory.mktemp("toy") / "adam", "parquet")


@pytest.fixture(scope="session")
def analysis(folder):
    return analyse(folder, FULL)


@pytest.fixture(scope="session")
def written(folder, tmp_path_factory):
    """The folder of documents of the toy study."""
    out = tmp_path_factory.mktemp("documents")
    analyse(folder, FULL, out=out, formats=("html", "rtf"))
    return out

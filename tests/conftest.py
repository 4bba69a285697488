"""Settings that hold for every test."""

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time: a failure seen once is there for the next reader.
settings.register_profile("remit", deadline=None, derandomize=True, max_examples=60, database=None)
settings.load_profile("remit")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the source tree."""
    return Path(__file__).resolve().parents[1]

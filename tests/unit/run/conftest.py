"""The toy run of ``tests/distributed``, as a module."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

TOY = Path(__file__).parents[2] / "distributed" / "toy_run.py"


@pytest.fixture(scope="session")
def toy() -> ModuleType:
    """What ``toy_run.py`` defines."""
    spec = importlib.util.spec_from_file_location("toy_run", TOY)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""A very small whole run of the shipped study against its stored summary.

The summary is stored by ``python tests/golden/run/regenerate.py``, which says when to do that.
"""

import copy
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

COMMAND = "python tests/golden/run/regenerate.py"


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """What ``regenerate.py`` defines."""
    spec = importlib.util.spec_from_file_location("golden_run", Path(__file__).with_name("regenerate.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def differences(stored: Any, found: Any, last: float, where: str = "") -> Iterator[str]:
    """What differs, by its place; numbers with decimals may differ by two units of the last one."""
    if isinstance(stored, dict) and isinstance(found, dict):
        for name in sorted({*stored, *found}):
            yield from differences(stored.get(name), found.get(name), last, f"{where}/{name}")
    elif isinstance(stored, float) and isinstance(found, float):
        if abs(stored - found) > 2 * last + 1e-12:
            yield f"{where}: {stored} stored, {found} found"
    elif stored != found:
        yield f"{where}: {stored} stored, {found} found"


@pytest.mark.full
def test_a_whole_run_gives_what_it_gave_before(golden: ModuleType, tmp_path: Path) -> None:
    if not golden.STORED.exists():
        pytest.fail(f"no summary is stored yet: {COMMAND}")
    stored = json.loads(golden.STORED.read_text(encoding="utf-8"))
    found = golden.summed_up(tmp_path / "run")
    different = list(differences(stored, found, 10.0**-golden.DIGITS))
    assert different == [], f"if results were meant to change: {COMMAND}"


SUMMARY = {"rows": {"adsl": 24, "adrs": 90}, "courses": {"arm, scenario": {"orr": 0.417, "n": 24.0}}}


@pytest.mark.parametrize(
    ("table", "name", "value", "complaint"),
    [
        ("rows", "adsl", 25, "/rows/adsl: 24 stored, 25 found"),
        ("rows", "adlb", 3, "/rows/adlb: None stored, 3 found"),
    ],
)
def test_another_number_of_rows_is_found(table: str, name: str, value: int, complaint: str) -> None:
    other = copy.deepcopy(SUMMARY)
    other[table][name] = value
    assert list(differences(SUMMARY, other, 1e-3)) == [complaint]


def test_a_last_digit_is_let_pass_and_a_patient_is_not() -> None:
    other = copy.deepcopy(SUMMARY)
    other["courses"]["arm, scenario"]["orr"] = 0.418
    assert list(differences(SUMMARY, other, 1e-3)) == []
    other["courses"]["arm, scenario"]["orr"] = round(0.417 + 1 / 24, 3)
    assert len(list(differences(SUMMARY, other, 1e-3))) == 1

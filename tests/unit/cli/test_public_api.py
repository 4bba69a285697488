"""What ``import remit`` gives, and what it costs."""

import subprocess
import sys

import pytest

import remit


def in_a_new_process(program: str) -> str:
    """What a program prints."""
    paths = f"import sys; sys.path[:0] = {sys.path!r}\n"
    return subprocess.run(
        [sys.executable, "-c", paths + program], check=True, capture_output=True, text=True
    ).stdout


def test_every_public_name_is_listed_once_and_has_a_home() -> None:
    assert sorted(set(remit.__all__)) == sorted(remit.__all__)
    assert len(remit.__all__) <= 30
    assert set(remit.HOMES) <= set(remit.__all__)
    assert set(remit.__all__) <= set(dir(remit))


@pytest.mark.parametrize("name", remit.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert vars(remit).get(name) or remit.__getattr__(name)


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("numpy", "polars", "scipy", "numba", "sympy", "altair", "pydantic")
    assert (
        in_a_new_process(f"import remit; print([name for name in {heavy} if name in sys.modules])").strip()
        == "[]"
    )


@pytest.mark.parametrize("name", ["run", "report"])
def test_the_functions_run_and_report_survive_the_import_of_their_packages(name: str) -> None:
    printed = in_a_new_process(f"import remit, remit.{name}; print(type(remit.{name}).__name__)")
    assert printed.strip() == "function"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulate_everything'"):
        remit.__getattr__("simulate_everything")

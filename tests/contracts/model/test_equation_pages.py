"""The pages on the model show the equations of the code, all of them, and as they are."""

import importlib.util
import pkgutil
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sympy

from remit import model, pathway, safety, tumour
from remit.interop import equations_text
from remit.interop.equations_text import ANY, Rate, Start, for_clone, leaves, lines_of, steps_of
from remit.pathway import commitment
from remit.pk import two_compartment_oral
from remit.tumour.clones import CLONES

PACKAGES = (pathway, tumour, safety)


@pytest.fixture(scope="module")
def pages(repository: Path) -> Path:
    return repository / "docs" / "explanation" / "model"


@pytest.fixture(scope="module")
def script(pages: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("print_equations", pages / "print_equations.py")
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def equation_modules() -> list[str]:
    """Equation files that export NAME, as a mark names them."""
    found = [
        f"{package.__name__}.{each.name}"
        for package in PACKAGES
        for each in pkgutil.iter_modules(package.__path__)
    ]
    return [name.removeprefix("remit.") for name in found if hasattr(import_module(name), "NAME")]


def unshown(modules: list[str], shown: set[str]) -> list[str]:
    """Modules of which no page prints the equations or, where it declares them, the parameters."""
    return [
        module for module in modules if not {f"equations of {module}", f"parameters of {module}"} <= shown
    ]


def marks_of(script: ModuleType, pages: Path) -> set[str]:
    return {mark for page in pages.glob("*.md") for mark in script.marks(page.read_text("utf-8"))}


def test_what_is_printed_is_what_the_code_computes(script: ModuleType) -> None:
    assert [page.name for page in script.stale()] == []


def test_every_equation_file_has_a_page(script: ModuleType, pages: Path) -> None:
    modules = [*equation_modules(), "pk.two_compartment_oral"]
    assert len(modules) > 10
    assert unshown(modules, marks_of(script, pages)) == []


def test_every_state_and_parameter_is_on_a_page(pages: Path) -> None:
    text = "".join(page.read_text("utf-8") for page in pages.glob("*.md"))
    names = {name.partition(".")[2] for name in model.PARAMETERS} | {
        re.sub("^(bcl2i|btki|antibody|cytotoxic)_|(?<=free_btk)_(blood|node)$", "", name)
        for name in model.STATES
    }
    assert [name for name in names | {*model.OBSERVABLES} if f"`{name}`" not in text] == []


def test_a_file_without_a_page_is_found(script: ModuleType, pages: Path) -> None:
    assert unshown(["safety.hair", "safety.platelets"], marks_of(script, pages)) == ["safety.hair"]


def test_the_index_leads_to_every_page(pages: Path) -> None:
    index = (pages / "README.md").read_text("utf-8")
    others = {page.name for page in pages.glob("*.md")} - {"README.md"}
    assert [name for name in others if f"]({name})" not in index] == []


def test_a_page_that_has_fallen_behind_is_found_and_renewed(
    script: ModuleType, pages: Path, tmp_path: Path
) -> None:
    text = (pages / "platelets.md").read_text("utf-8")
    (tmp_path / "current.md").write_text(text)
    (tmp_path / "old.md").write_text(text.replace("kout", "k"))
    assert [page.name for page in script.stale(tmp_path)] == ["old.md"]
    assert script.renewed(text.replace(r"\frac", r"\dfrac")) == text


def test_an_unknown_mark_is_refused(script: ModuleType) -> None:
    with pytest.raises(ValueError, match="nothing is printed for the mark"):
        script.renewed("<!-- generated: songs of safety.platelets -->\n<!-- end -->")


FUNCTIONS = [
    *(
        each
        for name in (*equation_modules(), "pk.two_compartment_oral")
        for each in vars(import_module(f"remit.{name}")).values()
        if equations_text.is_equation(each) and each.__module__ == f"remit.{name}"
    ),
    commitment.effect, model.exposure, model.inhibition, model.deaths, model.circulating, model.observe,
    model.infiltration, model.marrow_cells,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_printed_lines_put_together_are_the_function(function: Callable[..., Any]) -> None:
    printed: dict[Any, Any] = {}
    for lefts, rights in lines_of(function):
        for left, right in zip(lefts, rights, strict=True):
            printed[left] = right
            printed |= {for_clone(left, ANY, clone): for_clone(right, ANY, clone) for clone in CLONES}
    recorded = steps_of(function)
    unfolded = {recorded.unfolded(call, calls=False): value for call, value in recorded.calls.items()}
    behind = recorded.steps | recorded.calls | unfolded

    def together(name: Any) -> Any:
        """The lines put together first, then what calls give; a call knows its arguments by their steps."""
        for by in (printed, behind):
            before = None
            while before != name:
                before, name = name, name.xreplace(by)
        return name

    computed = leaves(function(*equations_text.arguments(function)))
    names = equations_text.result_names(function, function(*equations_text.arguments(function)))
    for name, value in zip(names, computed, strict=True):
        assert together(name) == value, name


def test_a_wrong_step_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    put = equations_text.put

    def spoilt(found: dict[Any, Any], name: str, value: Any, *rest: Any, **more: Any) -> Any:
        value = 2 * value if name == "moved" else value
        return put(found, name, value, *rest, **more)

    monkeypatch.setattr(equations_text, "put", spoilt)
    with pytest.raises(ValueError, match="its steps do not give its result"):
        steps_of(two_compartment_oral.rates)


def test_a_sum_over_clones_stands_for_its_terms() -> None:
    kept, *cells = sympy.symbols("kept x_S x_V x_B x_D")
    summed = equations_text.sums_over_clones(kept + 2 * sum(cells))
    assert summed == kept + equations_text.OverClones(2 * sympy.Symbol("x_k"))
    assert equations_text.sums_over_clones(kept + sum(cells[:3])) == kept + sum(cells[:3])


def test_names_of_rates_and_starts_are_printed(script: ModuleType) -> None:
    state = sympy.Symbol("node_c")
    assert script.latex(Rate(state)) == r"\frac{\mathrm{d}\,\mathrm{node}_{c}}{\mathrm{d}t}"
    assert script.latex(Start(state)) == r"\mathrm{node}_{c}(0)"

"""Files and functions stay small: beyond a soft limit a line is printed, beyond a hard one a test fails."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

FILE, FUNCTION, PARAMETERS = (300, 500), (40, 80), (5, 8)
"""Soft and hard limit: lines of a file; lines of a function without its docstring; parameters."""

COMMANDS = tuple(
    f"cli/{name}.py"
    for name in ("__init__", "analyse", "design", "design_group_sequential", "events", "nca", "treat")
)
ALLOWED = {
    "solve/driver.py": "Numba compiles flat arrays: one parameter each",
    **dict.fromkeys(COMMANDS, "the options of a command are its parameters"),
    "__init__.py": "so are those of a run",
}
"""Files in which functions may be long or have many parameters, with the reason."""


@dataclass(frozen=True)
class Size:
    """How large something is, beside its limits."""

    where: str
    what: str
    found: int
    soft: int
    hard: int

    def __str__(self) -> str:
        """One line."""
        return f"{self.where}: {self.found} {self.what}; soft limit {self.soft}, hard limit {self.hard}"


def sizes(folder: Path) -> Iterator[Size]:
    """Everything in a folder of Python files that is beyond its soft limit."""
    for file in sorted(folder.rglob("*.py")):
        text, name = file.read_text(encoding="utf-8"), file.relative_to(folder).as_posix()
        found = [Size(name, "lines", len(text.splitlines()), *FILE)]
        if name not in ALLOWED:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found += function_sizes(name, node)
        yield from (size for size in found if size.found > size.soft)


def function_sizes(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Size]:
    """Lines and parameters of a function."""
    first, where = node.body[0], f"{name}:{node.lineno} {node.name}"
    is_documented = ast.get_docstring(node) is not None and first.end_lineno is not None
    docstring = first.end_lineno - first.lineno + 1 if is_documented and first.end_lineno else 0
    lines = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    taken = [argument for argument in arguments if argument.arg not in {"self", "cls"}]
    return [Size(where, "lines", lines, *FUNCTION), Size(where, "parameters", len(taken), *PARAMETERS)]


def test_nothing_is_beyond_its_hard_limit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(sizes(repository / "src" / "remit"))
    with capsys.disabled():
        sys.stdout.writelines(f"\n  large: {size}" for size in found)
    assert [str(size) for size in found if size.found > size.hard] == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n" * 501, "501 lines"),
        ("def long():\n" + "    x = 1\n" * 80, "81 lines"),
        ("def many(a, b, c, d, *, e, f, g, h, i): ...\n", "9 parameters"),
    ],
)
def test_what_is_too_large_is_found(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "module.py").write_text(text)
    found = list(sizes(tmp_path))
    assert len(found) == 1
    assert complaint in str(found[0])
    assert found[0].found > found[0].hard


def test_a_docstring_does_not_make_a_function_long(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('def short():\n    """' + "line\n" * 90 + '    """\n    return 1\n')
    assert list(sizes(tmp_path)) == []

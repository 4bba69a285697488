"""Imports point one way: what is below does not know what is above."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

LAYERS = (
    {"units", "errors", "random", "functions", "symbols", "compiled_loops"},
    {"dosing", "results", "courses"},
    {"pk", "pathway", "tumour", "safety", "solve", "stats"},
    {"model", "population", "events", "design"},
    {"trial", "designation"},
    {"library"},
    {"study"},
    {"run"},
    {"treatment"},
    {"fit", "programme"},
    {"report", "interop"},
    {"analysis"},
    {"__init__"},
    {"cli", "web"},
    {"__main__"},
)
"""The parts of remit, lowest first: packages and modules directly inside it, and its own top."""

STRANGERS = LAYERS[2]
"""Parts of one layer that never import one another."""

NEVER = {
    ("trial", "solve"): "a trial is handed blocks of patients; its tests run on an analytic stand-in",
    ("trial", "population"): "a trial is handed its patients",
    ("designation", "trial"): "designation judges tables and runs nothing",
    ("designation", "model"): "designation judges tables and runs nothing",
    ("report", "run"): "a report is made from result tables only",
    ("report", "study"): "a report is made from result tables only",
    ("report", "library"): "a report is made from result tables only",
    ("report", "trial"): "a report is made from result tables only",
    ("report", "model"): "a report is made from result tables only",
    ("report", "population"): "a report is made from result tables only",
    ("report", "solve"): "a report is made from result tables only",
}
"""Imports that would point down and are still wrong, with the reason."""


def modules(package: Path) -> dict[str, Path]:
    """Every module of a package by its dotted name; a package's own file by the package's name."""
    found: dict[str, Path] = {}
    for file in sorted(package.rglob("*.py")):
        parts = (package.name, *file.relative_to(package).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path, known: Mapping[str, Path]) -> Iterator[tuple[str, int]]:
    """Every module of the package that a module imports, wherever the statement stands, with its line."""
    top = name.partition(".")[0]
    base = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join(base[: len(base) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (origin, node.module or "") if part)
            targets = [f"{source}.{alias.name}" for alias in node.names]
            targets = [target if target in known else source for target in targets]
        else:
            continue
        yield from ((target, node.lineno) for target in targets if target.partition(".")[0] == top)


def part(name: str) -> str:
    """The part of the package that a module belongs to."""
    return [*name.split("."), "__init__"][1]


def layer_of(name: str) -> int:
    """Number of a part's layer, or -1."""
    return next((i for i, layer in enumerate(LAYERS) if name in layer), -1)


def import_findings(package: Path) -> list[str]:
    """Every import of a package that points up or sideways, and every part without a layer."""
    known = modules(package)
    homeless = sorted({part(name) for name in known if layer_of(part(name)) < 0})
    findings = [f"{each}: belongs to no layer" for each in homeless]
    for name, file in known.items():
        here = part(name)
        for target, line in imports(name, file, known):
            there = part(target)
            where = f"{file.relative_to(package.parent)}:{line}: {name} imports {target}"
            if here == there:
                is_top = known.get(target, file).name == "__init__.py"
                if is_top and target != name and name.startswith(f"{target}."):
                    findings.append(f"{where}: a package does not import itself through its top")
            elif (here, there) in NEVER:
                findings.append(f"{where}: {NEVER[here, there]}")
            elif here in STRANGERS and there in STRANGERS:
                findings.append(f"{where}: these parts never import one another")
            elif layer_of(there) > layer_of(here) >= 0:
                findings.append(f"{where}: imports point down only")
    return findings


def cycles(package: Path) -> list[str]:
    """Modules that import one another, directly or on a way round."""
    known = modules(package)
    graph = {
        name: sorted({target for target, _ in imports(name, file, known)} & known.keys() - {name})
        for name, file in known.items()
    }
    found: list[str] = []
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append(" -> ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for target in graph[name]:
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    return found


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A package of the same shape, in which all is well."""
    files = {
        "__init__.py": "from remit.run import start\n",
        "errors.py": "",
        "solve/__init__.py": "from remit.solve import kernel\n",
        "solve/kernel.py": "import numpy\nfrom remit.errors import InputError\n",
        "stats/__init__.py": "",
        "trial/__init__.py": "",
        "trial/visits.py": "from remit import errors\n",
        "trial/conduct.py": "from remit.trial import visits\n",
        "run/__init__.py": "from remit.trial.conduct import conduct\nfrom remit.solve.kernel import block\n",
    }
    for name, text in files.items():
        file = tmp_path / "remit" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "remit"


def test_imports_point_down_only(repository: Path) -> None:
    assert import_findings(repository / "src" / "remit") == []


def test_no_modules_import_one_another(repository: Path) -> None:
    assert cycles(repository / "src" / "remit") == []


def test_a_sound_package_has_no_findings(toy: Path) -> None:
    assert import_findings(toy) == []
    assert cycles(toy) == []


@pytest.mark.parametrize(
    ("file", "statement", "complaint"),
    [
        ("errors.py", "from remit.trial import visits", "imports point down only"),
        ("errors.py", "def late():\n    import remit.run", "imports point down only"),
        ("trial/visits.py", "from ..run import start", "imports point down only"),
        ("trial/visits.py", "import remit", "imports point down only"),
        ("stats/curve.py", "from remit.solve import kernel", "never import one another"),
        ("trial/visits.py", "from remit.solve.kernel import block", "analytic stand-in"),
        ("trial/visits.py", "from remit.trial import conduct_all", "through its top"),
        ("helpers.py", "", "belongs to no layer"),
    ],
)
def test_a_wrong_import_is_found(toy: Path, file: str, statement: str, complaint: str) -> None:
    (toy / file).write_text(statement + "\n")
    findings = import_findings(toy)
    assert len(findings) == 1
    assert complaint in findings[0]


def test_a_cycle_is_found(toy: Path) -> None:
    (toy / "trial" / "visits.py").write_text("def late():\n    from remit.trial import conduct\n")
    assert cycles(toy) == ["remit.trial.conduct -> remit.trial.visits -> remit.trial.conduct"]

"""Nothing in the repository names the machine it was written on or the host of a package registry."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

# Each is written with a class of one letter, so that this file does not find itself.
TRACES = {
    "a path of one machine": re.compile(
        r"(?<![\w.<$}*])/(?:[w]ork|[t]mp|[r]oot|[o]pt|[h]ome|[U]sers|[m]nt|[v]ar/folders)/[\w.]|[C]:\\Users"
    ),
    "the host of a package registry": re.compile(
        r"[p]ypi\.(?:org|python)|[p]ythonhosted|[n]pmjs|[c]onda\.(?:io|anaconda)|[a]naconda\.(?:org|com)"
        r"|(?<!emit)-[i]ndex-url\s*[= ]|-[f]ind-links\s*[= ]"
    ),
}


def tracked(repository: Path) -> list[Path]:
    """Files under version control; without one, every file but hidden ones."""
    if (repository / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, check=True, capture_output=True)
        files = [repository / name for name in listed.stdout.decode().split("\0") if name]
    else:
        files = [file for file in repository.rglob("*") if not any(part[0] == "." for part in file.parts[1:])]
    return [file for file in files if file.is_file()]


def traces(files: Iterable[Path]) -> list[str]:
    """Every line that names a machine or a registry; files that are not text are passed over."""
    found: list[str] = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            found += [f"{file}:{number}: {what}" for what, pattern in TRACES.items() if pattern.search(line)]
    return found


def test_no_file_names_a_machine_or_a_registry(repository: Path) -> None:
    files = tracked(repository)
    assert len(files) > 100
    assert traces(files) == []


@pytest.mark.parametrize(
    "line",
    [
        "# made by uv in /" + "home/ada/remit",
        'sys.path.insert(0, "/' + 'work/remit/src")',
        "--" + "index-url https://example.org/simple",
        "--" + "find-links=wheels",
        "https://py" + "pi.org/project/remit",
    ],
)
def test_a_trace_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "file.txt").write_text(f"first line\n{line}\n")
    assert len(traces(tracked(tmp_path))) == 1


@pytest.mark.parametrize(
    "line", ["uv pip compile --no-emit-" + "index-url", "nmol/L", "docs/home/page", "a/tmp/b"]
)
def test_ordinary_text_is_no_trace(tmp_path: Path, line: str) -> None:
    (tmp_path / "file.txt").write_text(line)
    assert traces([tmp_path / "file.txt"]) == []

"""Every path, command and name that the documents mention exists."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

import remit
from remit.cli import app

PLACES = ("", "src/remit", "src/remit/library", "docs")
"""Where a path in a document may begin, besides the document's own folder."""

THEIR_OWN = ("runs/", "~/", "my_", "report.html", "mcl.html")
"""Files of the reader's or of a run, which no checkout holds."""

SUFFIXES = ("py", "md", "toml", "lock", "yaml", "yml", "cff", "css", "json", "parquet", "html")

SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"^([a-z][a-z-]*):", flags=re.MULTILINE)


def documents(repository: Path) -> list[Path]:
    """Everything written for readers."""
    return [
        *sorted(repository.glob("*.md")),
        *sorted(repository.glob("docs/**/*.md")),
        *sorted(repository.glob("benchmarks/*.md")),
    ]


def spans(text: str) -> Iterator[str]:
    """What stands in backticks outside of code blocks."""
    yield from SPAN.findall(FENCE.sub("", text))


def commands(text: str) -> Iterator[str]:
    """Calls of remit and make: in backticks, and after a prompt in console blocks."""
    for span in spans(text):
        if span.startswith(("remit ", "make ")):
            yield span
    for language, block in FENCE.findall(text):
        if language in {"console", "sh", "bash"}:
            lines = (line.removeprefix("$ ") for line in block.splitlines())
            yield from (line for line in lines if line.startswith(("remit ", "make ")))


def is_path(span: str, repository: Path) -> bool:
    """Whether something in backticks is meant as a path; `mg/L` and `CL/F` are not."""
    if re.search(r"[\s<>{}()=\"'…]|\.\.\.|://", span) or span.startswith(THEIR_OWN):
        return False
    first = span.partition("/")[0]
    is_file = re.fullmatch(r"[\w./*-]+\.(?:" + "|".join(SUFFIXES) + ")", span) is not None
    starts_here = any((repository / place / first).is_dir() for place in PLACES)
    return is_file or ("/" in span and (span.endswith("/") or starts_here))


def exists(path: str, document: Path, repository: Path) -> bool:
    """Whether a path leads somewhere; library entries are named without their suffix."""
    starts = [document.parent, *(repository / place for place in PLACES)]
    tries = [path.rstrip("/"), f"{path}.toml"]
    if "/" not in path:
        tries += [f"**/{path}"]
    return any(next(start.glob(each), None) is not None for start in starts for each in tries)


def wrong_paths(document: Path, repository: Path) -> list[str]:
    """Paths and links of a document that lead nowhere."""
    text = document.read_text(encoding="utf-8")
    named = [span for span in spans(text) if is_path(span, repository)]
    links = [link for link in LINK.findall(FENCE.sub("", text)) if "://" not in link]
    return [
        f"{document.name}: no file {path}"
        for path in [*named, *links]
        if not exists(path, document, repository)
    ]


def wrong_commands(text: str, targets: Iterable[str]) -> list[str]:
    """Calls in a text that name a command, an option or a make target that does not exist."""
    found: list[str] = []
    for line in commands(text):
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            wrong = [word for word in words[1:] if "=" not in word and word not in targets]
        else:
            wrong = wrong_words(words[1:])
        found += [f"`{line}`: no {word}" for word in wrong]
    return found


def wrong_words(words: list[str]) -> list[str]:
    """Words after `remit` that are neither a command nor an option of it; arguments pass."""
    command = typer.main.get_command(app)
    wrong: list[str] = []
    for word in words:
        if isinstance(command, TyperGroup) and not word.startswith("-"):
            if "|" in word:
                return [each for each in word.split("|") if each not in command.commands]
            if word not in command.commands:
                return [word]
            command = command.commands[word]
        elif word.startswith("--"):
            options = {name for option in command.params for name in option.opts} | {"--help"}
            wrong += [word] if word.partition("=")[0] not in options else []
    return wrong


def wrong_names(text: str, package: Path) -> list[str]:
    """Names such as remit.run or remit.trial.visits that are neither public nor a module."""
    found: list[str] = []
    for name in re.findall(r"`(remit(?:\.\w+)+)", text):
        parts = name.split(".")[1:]
        file = package.joinpath(*parts)
        home = package.joinpath(*parts[:-1])
        source = next(
            (each for each in (home.with_suffix(".py"), home / "__init__.py") if each.is_file()), None
        )
        is_in_module = len(parts) > 1 and source and re.search(rf"\b{parts[-1]}\b", source.read_text())
        is_module = file.is_dir() or file.with_suffix(".py").is_file()
        if not (parts[0] in remit.__all__ and len(parts) == 1) and not is_module and not is_in_module:
            found.append(f"no name {name}")
    return found


def make_targets(repository: Path) -> set[str]:
    """Targets of the Makefile that a person may ask for."""
    return set(TARGET.findall((repository / "Makefile").read_text(encoding="utf-8")))


def test_every_path_in_the_documents_exists(repository: Path) -> None:
    assert len(documents(repository)) > 5
    assert [each for document in documents(repository) for each in wrong_paths(document, repository)] == []


def test_every_command_in_the_documents_exists(repository: Path) -> None:
    found = {
        document.name: wrong_commands(document.read_text(encoding="utf-8"), make_targets(repository))
        for document in documents(repository)
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_name_in_the_documents_exists(repository: Path) -> None:
    found = {
        document.name: wrong_names(document.read_text(encoding="utf-8"), repository / "src" / "remit")
        for document in documents(repository)
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_help_of_make_lists_every_target(repository: Path) -> None:
    listed = re.findall(r"'make ([a-z-]+) ", (repository / "Makefile").read_text(encoding="utf-8"))
    assert set(listed) == make_targets(repository) - {"help"}


@pytest.mark.parametrize(
    "text",
    [
        "the file `src/remit/cli_gone.py` is",
        "see `docs/how-to/add-a-planet.md`",
        "in `drugs/unobtainium` there",
        "in `tests/gone/` there",
        "[read this](decisions/9999-nothing.md)",
    ],
)
def test_a_path_that_leads_nowhere_is_found(tmp_path: Path, repository: Path, text: str) -> None:
    document = tmp_path / "page.md"
    document.write_text(text)
    assert len(wrong_paths(document, repository)) == 1


def test_what_is_no_path_is_passed_over(tmp_path: Path, repository: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "`nmol/L`, `CL/F`, `runs/mcl`, `my_study.toml`, `drugs/<drug>.toml`, `src/remit/units.py`"
    )
    assert wrong_paths(document, repository) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("`remit simulate x`", "no simulate"),
        ("`remit library burn`", "no burn"),
        ("```console\n$ remit run mcl --turbo 3\n```", "no --turbo"),
        ("```console\n$ make coffee\n```", "no coffee"),
        ("`remit library list|smell`", "no smell"),
    ],
)
def test_a_command_that_does_not_exist_is_found(text: str, complaint: str) -> None:
    assert [each.endswith(complaint) for each in wrong_commands(text, {"demo"})] == [True]


def test_commands_that_exist_pass() -> None:
    block = "```console\n$ make demo PYTHON=python3\n$ remit library show a\n```\n"
    text = f"`remit run x --seed 3 --out=y`\n{block}"
    assert len(list(commands(text))) == 3
    assert wrong_commands(text, {"demo"}) == []


def test_a_name_that_does_not_exist_is_found(repository: Path) -> None:
    text = "`remit.run`, `remit.open_run`, `remit.random.draws`, `remit.gone`, `remit.random.gone`"
    assert wrong_names(text, repository / "src" / "remit") == [
        "no name remit.gone",
        "no name remit.random.gone",
    ]

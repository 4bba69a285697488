"""What commands share: exit codes, options, JSON and numbers, progress, and how Ctrl-C ends a run."""

import json
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from remit.run.worker import Listener

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

LibraryFolder = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="Your own library, beside the shipped one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, indent=1))


def number(value: float | None) -> str:
    """Four digits; a dash for what is not reached or has no value."""
    return "-" if value is None else f"{value:.4g}"


@contextmanager
def stoppable(folder: Path) -> Generator[None]:
    """Let Ctrl-C end a run when the blocks under way are done; a second Ctrl-C leaves at once."""
    pressed: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        pressed.append(number)
        if len(pressed) > 1:
            # Blocks are committed whole or not at all, so leaving here loses no more than those under way.
            os._exit(INTERRUPTED)
        typer.echo("\nStopping when the blocks under way are done; Ctrl-C again leaves at once.", err=True)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted. What is done is kept in {folder}; the same command goes on from there.", err=True
        )
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar() -> "Generator[Listener]":
    """A progress bar on stderr; nothing is drawn where stderr is not a terminal."""
    from rich.console import Console  # noqa: PLC0415 - as below, of no use to other commands
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    titles = {
        "population": "virtual patients",
        "course": "courses",
        "variation": "sensitivity",
        "analysis": "analysis",
    }
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        rows = {stage: bar.add_task(title, total=None) for stage, title in titles.items()}
        yield lambda progress: bar.update(rows[progress.stage], completed=progress.done, total=progress.total)


@contextmanager
def counter(what: str, total: int) -> Generator[Callable[[int], None]]:
    """A progress bar on stderr for several of something; nothing is drawn for one."""
    from rich.console import Console  # noqa: PLC0415 - as in progress_bar
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, disable=total == 1 or not console.is_terminal) as bar:
        row = bar.add_task(what, total=total)
        yield lambda done: bar.update(row, completed=done)

"""The folder of a run: manifest, resolved study, one block per task, and in the end the tables.

A block is committed whole, with the digest of its files, or it is not there. A block whose files
have changed since is recomputed, with a notice.
"""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from remit.errors import problem
from remit.results import TABLES, Table, open_table, save_table
from remit.run.files import UNFINISHED, is_whole, remove_unfinished, write_folder, write_text
from remit.run.lock import LOCK, locked
from remit.run.manifest import MANIFEST, Manifest, open_manifest, require_same, save_manifest
from remit.run.plan import Task
from remit.run.refusal import refused

STUDY, BLOCKS, FINISHED = "study.toml", "blocks", "tables"
SUFFIX = ".parquet"

Tables = Mapping[str, pl.DataFrame]
log = logging.getLogger("remit.run")


@dataclass(frozen=True, slots=True)
class Store:
    """An open run folder. Open it with :func:`open_store`, which holds it for this process."""

    folder: Path

    def committed(self, tasks: Iterable[Task]) -> frozenset[str]:
        """Ids of the tasks whose blocks are there and undamaged; a damaged one is announced."""
        there = [task.id for task in tasks if self._block(task).exists()]
        damaged = [name for name in there if not is_whole(self.folder / BLOCKS / name)]
        for name in damaged:
            log.warning("%s: block %s is damaged and will be computed again", self.folder, name)
        return frozenset(there).difference(damaged)

    def commit(self, task: Task, tables: Tables) -> None:
        """Keep what a task returned; declared tables in their declared form, others as they are."""

        def fill(folder: Path) -> None:
            for name, frame in tables.items():
                save_table(_declared(name, frame), folder / f"{name}{SUFFIX}")

        write_folder(self._block(task), fill)

    def load(self, task: Task) -> dict[str, pl.DataFrame]:
        """Tables of a committed task, by name.

        Raises
        ------
        RunError
            If the task has not been carried out.
        """
        block = self._block(task)
        if not block.is_dir():
            needed = "a block of every task of an earlier stage"
            raise refused(block, "nothing", needed, "run the study again in this folder")
        return {path.stem: open_table(path) for path in sorted(block.glob(f"*{SUFFIX}"))}

    def assemble(self, tasks: Sequence[Task]) -> dict[str, pl.DataFrame]:
        """The declared tables of all blocks, each sorted by its full key, whatever the order of the tasks."""
        return dict(self._assembled(tasks))

    def _assembled(self, tasks: Sequence[Task]) -> Iterator[tuple[str, pl.DataFrame]]:
        for name, declared in TABLES.items():
            paths = [self._block(task) / f"{name}{SUFFIX}" for task in tasks]
            frames = [open_table(path) for path in paths if path.exists()]
            if frames:
                yield name, _unique(declared, declared.tidy(pl.concat(frames)))

    def finish(self, tables: Tables, texts: Mapping[str, str]) -> None:
        """Put the tables of the run, and texts beside them by file name, in place in one step."""

        def fill(folder: Path) -> None:
            for name, frame in tables.items():
                save_table(frame, folder / f"{name}{SUFFIX}")
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8")

        write_folder(self.folder / FINISHED, fill)

    @property
    def is_finished(self) -> bool:
        """Whether the tables are there and undamaged."""
        return is_whole(self.folder / FINISHED)

    def _block(self, task: Task) -> Path:
        return self.folder / BLOCKS / task.id


def _declared(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table of a block in its declared form, if it has one."""
    return _unique(TABLES[name], TABLES[name].tidy(frame)) if name in TABLES else frame


def _unique(declared: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The sorted frame, if its key names every row once; otherwise the order of its rows is not defined."""
    as_above = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in declared.key)
    repeated = frame.with_row_index("row").filter(as_above & (pl.col("row") > 0))
    if repeated.height:
        row = repeated.select(declared.key).row(0)
        needed = f"one row for each {' '.join(declared.key)}"
        where = f"table {declared.name}"
        raise refused(where, f"two rows for {row}", needed, "report this as a fault of remit")
    return frame


@contextmanager
def open_store(folder: Path, manifest: Manifest, study: Callable[[], str]) -> Generator[Store]:
    """Begin or continue a run in a folder, and hold it for this process.

    Parameters
    ----------
    folder
        Folder of the run; made if it is not there.
    manifest
        What the run is. A folder of another run is refused, and nothing in it changes.
    study
        Gives the text of the resolved study, asked for when a run begins.

    Raises
    ------
    InputError
        If the folder is a file, or cannot be made.
    RunError
        If the folder holds another run or other files, or another process uses it.
    """
    _require_free_or_same(folder, manifest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        needed = "a folder that can be made"
        raise problem(str(folder), error.strerror or str(error), needed, "choose another folder") from None
    with locked(folder):
        _require_free_or_same(folder, manifest)
        if not (folder / MANIFEST).exists():
            write_text(folder / STUDY, study())
            save_manifest(manifest, folder)
        (folder / BLOCKS).mkdir(exist_ok=True)
        for place in (folder, folder / BLOCKS):
            remove_unfinished(place)
        yield Store(folder)


def _require_free_or_same(folder: Path, manifest: Manifest) -> None:
    """Refuse the folder of another run, and one with other files."""
    if (folder / MANIFEST).exists():
        require_same(open_manifest(folder), manifest, folder)
        return
    if folder.exists() and not folder.is_dir():
        raise problem(str(folder), "a file", "a folder", "choose another name")
    names = sorted(each.name for each in folder.iterdir()) if folder.exists() else []
    others = [name for name in names if name not in {LOCK, STUDY} and not name.startswith(UNFINISHED)]
    if others:
        found = f"other files, such as {others[0]}"
        needed = "an empty folder, or one of the same run"
        raise refused(folder, found, needed, "choose another folder")

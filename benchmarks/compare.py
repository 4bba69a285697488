"""The engine beside other tools on one workload: errors, times, and times at matched accuracy."""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType

import numpy as np

from benchmarks.accuracy import MATCHED, Error, error, matched
from benchmarks.models import Workload
from benchmarks.page import Table, figure, small
from benchmarks.peers import Prepared, Solved
from benchmarks.truth import CONFIRMED_AT, TOLERANCE, Truth, truth

ENGINE = "kernel"
PEERS = (ENGINE, "desolve", "lsoda", "cvode", "sundae", "roadrunner", "diffrax", "amici")
"""Files of ``benchmarks/peers``: the engine, then the others."""
MOST_TRUE = 32
"""Patients whose truth is computed."""
JUDGED = 8
"""Patients over whom the errors of tools are compared, as more of them have a larger largest error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is spent: share of every tool's patients and time, and repetitions."""

    patients: float = 1.0
    share: float = 1.0
    repetitions: int = 3


@dataclass(slots=True)
class Entry:
    """A tool on its part of the workload, over a share of the time, and what was measured, by tolerance."""

    peer: ModuleType
    part: Workload
    share: float
    prepared: Prepared
    seconds: dict[float, list[float]] = field(default_factory=dict)
    errors: dict[float, Error] = field(default_factory=dict)
    errors_of_all: dict[float, Error] = field(default_factory=dict)
    steps: dict[float, int] = field(default_factory=dict)

    def ms(self, tolerance: float, best: bool = False) -> float:
        """Milliseconds per patient over the whole time: the median of all runs, or the least."""
        times = self.seconds[tolerance]
        return 1e3 * float(min(times) if best else np.median(times)) / self.part.n_patients / self.share

    @property
    def ladder(self) -> list[float]:
        """Tolerances, loosest first."""
        return sorted(self.seconds, reverse=True)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything measured on a workload."""

    workload: Workload
    truth: Truth
    entries: list[Entry]
    missing: dict[str, str]


def module(name: str) -> ModuleType:
    """A file of ``benchmarks/peers``."""
    return importlib.import_module(f"benchmarks.peers.{name}")


def compare(
    workload: Workload, names: Iterable[str], effort: Effort, ladder: Sequence[float] = ()
) -> Comparison:
    """Solve a workload by every tool, in turns, at a ladder of tolerances or at each tool's own."""
    entries: list[Entry] = []
    missing: dict[str, str] = {}
    for name in names:
        peer = module(name)
        if reason := peer.missing():
            missing[peer.NAME] = reason
            continue
        share = peer.SHARE * effort.share
        part = workload.part(max(1, round(peer.PATIENTS * effort.patients)), share)
        try:
            entries.append(Entry(peer, part, share, peer.prepare(part)))
        except Exception as failure:  # whatever stops a tool is told, and the others go on
            missing[peer.NAME] = f"failed: {type(failure).__name__}: {str(failure).splitlines()[0][:120]}"
    n = max(entry.part.n_patients for entry in entries)
    true = truth(workload.part(min(n, MOST_TRUE), effort.share))
    take_turns(entries, true, effort.repetitions, ladder)
    return Comparison(workload.part(workload.n_patients, effort.share), true, entries, missing)


def take_turns(entries: Sequence[Entry], true: Truth, repetitions: int, ladder: Sequence[float]) -> None:
    """Run every tool at every tolerance, all of them before any is run again."""
    for _ in range(repetitions):
        for entry in entries:
            for tolerance in ladder or entry.peer.LADDER:
                solved = attempt(entry, tolerance)
                entry.seconds.setdefault(tolerance, []).append(solved.seconds)
                entry.steps[tolerance] = solved.steps
                if tolerance not in entry.errors:
                    seen = solved.observables
                    entry.errors[tolerance] = error(entry.part, seen[:JUDGED], true.observables)
                    entry.errors_of_all[tolerance] = error(entry.part, seen, true.observables)


def attempt(entry: Entry, tolerance: float) -> Solved:
    """The workload solved at a tolerance; where that raises, no patient was."""
    try:
        return entry.prepared.run(tolerance)
    except Exception as failure:  # the others go on
        print(f"{entry.peer.NAME} at rtol {tolerance:g}: {type(failure).__name__}: {failure}", flush=True)
        shape = (entry.part.n_patients, len(entry.part.outputs), len(entry.part.equations.observables))
        return Solved(np.nan, np.full(shape, np.nan))


def ladder_table(found: Comparison) -> Table:
    """Every tool at every tolerance."""
    rows: list[list[str]] = []
    for entry in found.entries:
        star = "*" if entry.share < 1 else ""
        for tolerance in entry.ladder:
            of, of_all = entry.errors[tolerance], entry.errors_of_all[tolerance]
            rows.append(
                [
                    entry.peer.NAME,
                    f"{tolerance:g}",
                    small(of.burden),
                    small(of.counts),
                    small(of_all.burden),
                    figure(entry.ms(tolerance)) + star,
                    figure(entry.ms(tolerance, best=True)) + star,
                    f"{entry.part.n_patients}",
                    f"{of_all.unsolved}",
                ]
            )
    head = (
        "Tool",
        "rtol",
        "log10 burden",
        "counts",
        "of all",
        "ms, median",
        "ms, least",
        "patients",
        "unsolved",
    )
    scaled = "" if all(entry.share == 1 for entry in found.entries) else "; *: from a part of the time"
    title = f"{found.workload.title}: error and time per {found.workload.unit}{scaled}"
    return Table(title, head, rows, remarks(found))


def remarks(found: Comparison) -> list[str]:
    """What the table needs to be read."""
    confirmed = found.truth.confirmed
    said = (
        f"CVODE at rtol {CONFIRMED_AT:g} agrees within {small(confirmed.burden)} log10 of burden in "
        f"{found.truth.patients} patients"
        if found.truth.patients
        else "not confirmed: CVODE is missing"
    )
    solved = int(np.isfinite(found.truth.observables).all(axis=(1, 2)).sum())
    n_outputs = len(found.workload.outputs)
    told = [
        f"Errors are the largest over at most {JUDGED} patients and {n_outputs} output times, against the "
        f"kernel at rtol {TOLERANCE:g} ({solved} patients solved); {said}. Column 'of all': of burden, over "
        "all patients whose truth is known."
    ]
    for entry in found.entries:
        horizon = "" if entry.share == 1 else f"; *{100 * entry.share:.3g}% of the time"
        told.append(f"- {entry.peer.NAME} {entry.peer.version()}: {entry.prepared.how}{horizon}.")
    told += [f"- {name}: missing, {reason}." for name, reason in found.missing.items()]
    return told


def matched_table(found: Comparison) -> Table:
    """Every tool at the accuracy of comparison, one core, with the ratio to the engine."""
    at: list[tuple[str, float, float, str]] = []
    for entry in found.entries:
        ladder = entry.ladder
        errors = [entry.errors_of_all[each] for each in ladder]
        errors = [
            replace(of, burden=entry.errors[each].burden) for of, each in zip(errors, ladder, strict=True)
        ]
        median, least = (
            matched(ladder, errors, [entry.ms(each, best) for each in ladder]) for best in (False, True)
        )
        at.append((entry.peer.NAME + ("*" if entry.share < 1 else ""), median.ms, least.ms, median.how))
    own = next(row for row, entry in zip(at, found.entries, strict=True) if is_engine(entry))
    rows = [
        [name, figure(ms), figure(least), ratio(ms, own[1]), ratio(least, own[2]), how]
        for name, ms, least, how in sorted(at, key=lambda row: (np.isnan(row[1]), row[1]))
    ]
    rows += [[name, "missing", "missing", "-", "-", reason] for name, reason in found.missing.items()]
    head = ("Tool", "ms, median", "ms, least", "of medians", "of least", "where")
    title = (
        f"{found.workload.title}: one core at {MATCHED:g} log10 of burden, and how many times remit's time"
    )
    return Table(title, head, rows)


def is_engine(entry: Entry) -> bool:
    """Whether an entry is remit's."""
    return entry.peer is module(ENGINE)


def ratio(ms: float, own: float) -> str:
    """How many times as long."""
    return f"{figure(ms / own)}x" if np.isfinite(ms / own) else "-"

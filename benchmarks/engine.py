"""The engine beside other tools: accuracy, time, scaling, start. See ``benchmarks/README.md``."""

import argparse
import time
from collections.abc import Callable, Iterator

from benchmarks import compare, instructions, machine, options, page, scaling, startup
from benchmarks.compare import Effort
from benchmarks.models import Workload, full, two_drug_patients
from benchmarks.peers import kernel

MODELS: dict[str, Callable[[int], Workload]] = {
    "two-drugs": two_drug_patients.workload,
    "full": full.workload,
}
FULL = Effort(repetitions=3)
QUICK = Effort(patients=0.125, share=28 / 730, repetitions=1)
PER_CORE = 256
QUICK_SIZES = (10, 30)
QUICK_NUMBERS = (1_000, 4_000)
SLOW_TO_START = ("diffrax", "amici")
"""Tools that compile for a minute or more; a quick look goes without."""
SECTIONS = ("peers", "cores", "sizes", "patients", "start", "instructions")


def tables(asked: argparse.Namespace) -> Iterator[tuple[str, page.Table]]:
    """Tables of the sections that were asked for, as they are measured."""
    effort = QUICK if asked.quick else FULL
    if "peers" in asked.sections:
        for name in asked.models:
            found = compare.compare(MODELS[name](kernel.PATIENTS), asked.peers, effort)
            yield "peers", compare.matched_table(found)
            yield "peers", compare.ladder_table(found)
    if "cores" in asked.sections:
        share = effort.share if asked.quick else 0.5
        some = [MODELS[name](PER_CORE).part(PER_CORE, share) for name in asked.models]
        yield "scaling", scaling.cores_table(some, PER_CORE, 5)
    if "sizes" in asked.sections:
        sizes = QUICK_SIZES if asked.quick else scaling.SIZES
        yield "scaling", scaling.sizes_table(sizes, effort)
    if "patients" in asked.sections:
        yield "scaling", scaling.patients_table(QUICK_NUMBERS if asked.quick else scaling.PATIENTS)
    if "start" in asked.sections:
        yield "start", startup.table(startup.MODELS[:1] if asked.quick else startup.MODELS)
    if "instructions" in asked.sections:
        yield "start", instructions.table(instructions.PEERS[:1] if asked.quick else instructions.PEERS)


def parsed() -> argparse.Namespace:
    """What was asked for; the engine is always among the tools."""
    parser = options.parser(__doc__)
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--peers", nargs="+", choices=compare.PEERS, help="the engine and whom beside it")
    asked = options.parsed(parser)
    everybody = [name for name in compare.PEERS if not (asked.quick and name in SLOW_TO_START)]
    asked.peers = list(dict.fromkeys([compare.ENGINE, *(asked.peers or everybody)]))
    return asked


def main() -> None:
    """Measure, print, and write if asked to."""
    asked, began = parsed(), time.perf_counter()
    heading = machine.described()
    print(heading, flush=True)
    for name in asked.peers if "peers" in asked.sections else ():
        if reason := compare.module(name).missing():
            print(f"Missing, and left out: {compare.module(name).NAME}: {reason}.", flush=True)
    written: dict[str, list[str]] = {}
    for section, table in tables(asked):
        print(table, flush=True)
        written.setdefault(section, [heading]).append(str(table))
    print(f"{(time.perf_counter() - began) / 60:.1f} minutes in all.")
    if asked.write:
        for section, texts in written.items():
            page.write(section, "\n".join(texts))


if __name__ == "__main__":
    main()

"""Time and error of solving patients, and time of whole courses, side by side in one run.

The first table solves the same patients of the shipped study, at balanced untreated growth, through one year
of daily venetoclax, with the generated kernel at several tolerances and with SciPy's LSODA on the same
compiled right-hand side. The error is against the kernel at rtol 1e-10, over patients that it solves; at so
small a tolerance rounding stops some. The second table takes patients
from candidate to response under one arm, as a run does, on one thread.
"""

import time
from collections.abc import Callable

import numpy as np

import remit
from benchmarks import machine, options, page
from benchmarks.page import Table, figure, small
from remit import model
from remit.courses import Status
from remit.dosing import Floats, daily_doses
from remit.population import enter
from remit.population.sample import sample_candidates, untreated_state
from remit.run.averaged import AveragedBlock
from remit.run.courses import arm_parameters, kernel, make_block, simulate_courses
from remit.run.simulate import drawn_setting
from remit.solve import KernelBlock, ReferenceBlock
from remit.tumour.clones import STATES as CELLS

STATES = list(model.STATES)
CELL = np.isin(STATES, list(CELLS))
PLATELETS = STATES.index("platelets")
STOPS = np.arange(0.0, 365.0, 28.0)[1:]

Solver = Callable[[Floats, Floats, Floats], KernelBlock | ReferenceBlock]


def solver(rtol: float) -> Solver:
    """The kernel at a tolerance."""
    return lambda p, y, t: KernelBlock(kernel(), p, y, t, rtol=rtol)


def lsoda(rtol: float) -> Solver:
    """LSODA on the compiled right-hand side."""

    def build(parameters: Floats, state: Floats, thresholds: Floats) -> ReferenceBlock:
        rates = kernel().right_hand_side(parameters)
        return ReferenceBlock(
            kernel().equations, parameters, state, thresholds, rtol=rtol, method="LSODA", rates=rates
        )

    return build


def solved(build: Solver, start: tuple[Floats, Floats, Floats], dose: float) -> tuple[float, Floats]:
    """Seconds, and states at every stop, shape (n_stops, n_patients, n_states); NaN where not solved."""
    block, found = build(*start), []
    depot = STATES.index(model.DOSED["bcl2i"])
    began, n = time.perf_counter(), len(start[1])
    for until in STOPS:
        records = daily_doses(block.time, np.full(n, until), np.full(n, dose), depot)
        block.advance(np.full(n, until), records, np.empty((n, 0)))
        found.append(block.state.copy())
    seconds, states = time.perf_counter() - began, np.stack(found)
    states[:, block.status != Status.OK] = np.nan
    return seconds, states


def errors(found: Floats, truth: Floats) -> tuple[float, float]:
    """Largest error of cell counts above one cell [log10], and of platelets [relative]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.abs(np.log10(found) - np.log10(truth))
    cells = CELL & (np.minimum(found, truth) > 1.0)
    platelets = np.abs(found[..., PLATELETS] / truth[..., PLATELETS] - 1)
    return float(logs[cells].max()), float(np.nanmax(platelets))


def solvers(n: int, n_slow: int) -> Table:
    """The first table."""
    study = remit.load_study("mcl_btki_treated")
    chosen = study.scenario("venetoclax", "reference/ki_shift")
    spec = drawn_setting(study, chosen, 1, 0, 1).spec
    patients = sample_candidates(1, 0, np.arange(n), spec)
    # No extinction: at a threshold a difference of rounding would decide.
    start = (patients.parameters, untreated_state(patients), np.zeros_like(patients.thresholds))
    few = tuple(each[:n_slow] for each in start)
    dose = spec["pharmacy.full_dose"]
    solved(solver(1e-3), few, dose)
    _, truth = solved(solver(1e-10), start, dose)
    cells: list[list[str]] = []
    rows: list[tuple[str, Solver, tuple[Floats, ...]]] = [
        *((f"kernel, rtol {rtol:g}", solver(rtol), start) for rtol in (1e-3, 1e-4, 1e-6, 1e-9)),
        *((f"LSODA, rtol {rtol:g}", lsoda(rtol), few) for rtol in (1e-6, 1e-9)),
    ]
    for name, build, given in rows:
        size = len(given[1])
        seconds, found = solved(build, (given[0], given[1], given[2]), dose)
        far = map(small, errors(found, truth[:, :size]))
        cells.append([name, f"{size}", figure(1000 * seconds / size), *far])
    head = ("Solver", "patients", "s / 1,000", "log10 cells", "platelets")
    remark = f"{np.isfinite(truth[0, :, 0]).sum()} of {n} patients solved at rtol 1e-10."
    return Table("One year of daily doses of one drug, one thread", head, cells, [remark])


def courses(n: int) -> Table:
    """The second table."""
    study = remit.load_study("mcl_btki_treated")
    setting = drawn_setting(study, study.scenario("venetoclax", "reference/ki_shift"), 1, 0, 1)
    cells: list[list[str]] = []
    began = time.perf_counter()
    cohort = enter(1, 0, n, setting.spec, make_block)
    seconds = time.perf_counter() - began
    cells.append(["from candidate to first dose", f"{n}", figure(1000 * seconds / n), "-"])
    for name, averaged in (("course of 24 months, doses", False), ("course of 24 months, averaged", True)):
        block = make_block(arm_parameters(1, cohort, setting), cohort.state, cohort.thresholds)
        began = time.perf_counter()
        tables = simulate_courses(1, cohort, setting, block=AveragedBlock(block) if averaged else block)
        best = tables["adrs"].filter(
            (tables["adrs"]["PARAMCD"] == "BOR") & (tables["adrs"]["READER"] == "IRC")
        )
        seconds = time.perf_counter() - began
        rate = best["AVALC"].is_in(["CR", "PR"]).sum() / n
        cells.append([name, f"{n}", figure(1000 * seconds / n), f"{100 * rate:.1f}%"])
    head = ("What", "patients", "s / 1,000", "ORR")
    return Table("Whole courses, one thread", head, cells)


def main() -> None:
    """Measure, print, and write if asked to."""
    asked = options.parsed(options.parser(__doc__))
    n, n_slow = (16, 1) if asked.quick else (256, 4)
    heading = machine.described()
    print(heading, flush=True)
    found = [solvers(n, n_slow), courses(n)]
    for table in found:
        print(table, flush=True)
    if asked.write:
        page.write("courses", "\n".join([heading, *map(str, found)]))


if __name__ == "__main__":
    main()

"""Time and error of solving patients, and time of whole courses, side by side in one run.

The first table solves the same patients of the shipped study, at balanced untreated growth, through one year
of daily venetoclax, with the generated kernel at several tolerances and with SciPy's LSODA on the same
compiled right-hand side. The error is against the kernel at rtol 1e-10, over patients that it solves; at so
small a tolerance rounding stops some. The second table takes patients
from candidate to response under one arm, as a run does, on one thread.
"""

import argparse
import platform
import time
from collections.abc import Callable

import numba
import numpy as np
import scipy

import remit
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
        module, constants = kernel().module, kernel().constants(parameters)
        scratch = np.empty(module.N_SCRATCH)

        def rates(k: int, y: Floats) -> Floats:
            out = np.empty(y.T.shape)
            for here, there in zip(np.atleast_2d(np.ascontiguousarray(y.T)), np.atleast_2d(out), strict=True):
                module.rates(here, constants[k], there, scratch)
            return out.T

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


def solvers(n: int, n_slow: int) -> None:
    """Print the first table."""
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
    print(f"{np.isfinite(truth[0, :, 0]).sum()} of {n} patients solved at rtol 1e-10\n")
    print(
        f"{'one year of daily doses':<28}{'patients':>9}{'s / 1,000':>11}{'log10 cells':>13}{'platelets':>11}"
    )
    rows: list[tuple[str, Solver, tuple[Floats, ...]]] = [
        *((f"kernel, rtol {rtol:g}", solver(rtol), start) for rtol in (1e-3, 1e-4, 1e-6, 1e-9)),
        *((f"LSODA, rtol {rtol:g}", lsoda(rtol), few) for rtol in (1e-6, 1e-9)),
    ]
    for name, build, given in rows:
        size = len(given[1])
        seconds, found = solved(build, (given[0], given[1], given[2]), dose)
        cells, platelets = errors(found, truth[:, :size])
        print(f"{name:<28}{size:>9}{1000 * seconds / size:>11.1f}{cells:>13.1e}{platelets:>11.1e}")


def courses(n: int) -> None:
    """Print the second table."""
    study = remit.load_study("mcl_btki_treated")
    setting = drawn_setting(study, study.scenario("venetoclax", "reference/ki_shift"), 1, 0, 1)
    rows: list[tuple[str, float, str]] = []
    began = time.perf_counter()
    cohort = enter(1, 0, n, setting.spec, make_block)
    rows.append(("from candidate to first dose", time.perf_counter() - began, ""))
    rates: list[float] = []
    for name, averaged in (("course of 24 months, doses", False), ("course of 24 months, averaged", True)):
        block = make_block(arm_parameters(1, cohort, setting), cohort.state, cohort.thresholds)
        began = time.perf_counter()
        tables = simulate_courses(1, cohort, setting, block=AveragedBlock(block) if averaged else block)
        best = tables["adrs"].filter(
            (tables["adrs"]["PARAMCD"] == "BOR") & (tables["adrs"]["READER"] == "IRC")
        )
        rates.append(best["AVALC"].is_in(["CR", "PR"]).sum() / n)
        rows.append((name, time.perf_counter() - began, f"{100 * rates[-1]:.1f}%"))
    print(f"\n{'one thread':<32}{'patients':>9}{'s / 1,000':>11}{'ORR':>8}")
    for name, seconds, rate in rows:
        print(f"{name:<32}{n:>9}{1000 * seconds / n:>11.1f}{rate:>8}")


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100)
    parser.add_argument("--slow", type=int, default=4, help="patients of the slow solvers")
    asked = parser.parse_args()
    print(
        f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"Numba {numba.__version__}, SciPy {scipy.__version__}; {len(STATES)} states\n"
    )
    solvers(asked.patients, asked.slow)
    courses(asked.patients)


if __name__ == "__main__":
    main()

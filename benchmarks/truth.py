"""What is taken as true: the kernel at a tight tolerance, confirmed by CVODE at a tighter one."""

from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy import MATCHED, Error, error
from benchmarks.models import Workload
from benchmarks.peers import cvode
from remit.courses import Status
from remit.dosing import Floats
from remit.solve import KernelBlock, compile_kernel

TOLERANCE = 1e-9
CONFIRMED_AT = 1e-11
CONFIRMED_OF = 2
STRETCHES = 40
"""A stretch has a limit of steps, which the whole time would reach at this tolerance."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Observables, how far CVODE is from them, and in how many patients (0 if it is missing)."""

    observables: Floats
    confirmed: Error
    patients: int


def truth(workload: Workload) -> Truth:
    """Observables of every patient at the output times.

    Raises
    ------
    RuntimeError
        If CVODE is there and does not confirm them.
    """
    seen = tight(workload)
    if cvode.missing():
        return Truth(seen, Error(np.nan, np.nan, 0), 0)
    few = workload.part(CONFIRMED_OF)
    other = cvode.prepare(few).run(CONFIRMED_AT).observables
    far = error(few, other, seen)
    if not far.burden <= MATCHED / 10:
        raise RuntimeError(
            f"CVODE and the kernel differ by {far.burden:.1e} log10 of burden where both are tight"
        )
    return Truth(seen, far, few.n_patients)


def tight(workload: Workload) -> Floats:
    """Observables by the kernel at the tolerance of the truth; NaN where it fails."""
    n = workload.n_patients
    no_thresholds = np.zeros((n, len(workload.equations.groups)))
    kernel = compile_kernel(workload.equations)
    block = KernelBlock(kernel, workload.parameters, workload.state, no_thresholds, rtol=TOLERANCE)
    found: list[Floats] = []
    start = 0.0
    for outputs in np.array_split(workload.outputs, min(STRETCHES, len(workload.outputs))):
        # No output is at a dose time, so neither is the end of a stretch.
        end = float(outputs[-1])
        records = workload.records_between(start, end)
        found.append(block.advance(np.full(n, end), records, np.tile(outputs, (n, 1))))
        start = end
    seen = np.concatenate(found, axis=1)
    seen[block.status != Status.OK] = np.nan
    return seen

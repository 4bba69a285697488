"""The earlier course on a BTK inhibitor, simulated to its end, and the time from there to the trial.

BTKi-treated is a history, not a label: who progresses, who stops for intolerance or completes, and what
clones and burden they bring along follow from the course. The drug is given as its daily average, since
covalent occupancy hardly moves within a day. Patients who stop in remission enter when they progress.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remit import model
from remit.courses import Block, Status
from remit.dosing import Floats, constant_input, no_doses
from remit.functions import power
from remit.population.sample import Candidates, PopulationSpec, untreated_state, varied
from remit.random import draws, exponentials

AREA = 2.0 / 3.0
"""Exponent of a product of diameters on volume."""
DOSED = list(model.STATES).index(model.DOSED["btki"])
NODE = slice(list(model.OBSERVABLES).index("node_S"), list(model.OBSERVABLES).index("node_D") + 1)

PROGRESSED, DIED, REMISSION, FAILED = (
    "progressed",
    "died on the BTK inhibitor",
    "still in remission",
    "no solution",
)
REASONS = ("progression", "intolerance", "completion")


class StatefulBlock(Block, Protocol):
    """A block whose state can be read, as those of ``remit.solve``."""

    state: Floats


MakeBlock = Callable[[Floats, Floats, Floats], StatefulBlock]
"""Block of patients from parameters, state and extinction thresholds."""


@dataclass(frozen=True, slots=True)
class Course:
    """How the earlier course ended, each of shape (n_patients,) unless said.

    ``outcome`` is one of ``PROGRESSED``, ``DIED``, ``REMISSION`` or ``FAILED``; ``reason`` indexes
    ``REASONS``; ``days_on`` [day] counts drug, ``depth`` is the smallest size relative to baseline;
    ``state`` (n_patients, n_states) and ``seen`` (n_patients, n_observables) are at the first trial dose.
    """

    outcome: NDArray[np.str_]
    reason: NDArray[np.int64]
    days_on: Floats
    depth: Floats
    state: Floats
    seen: Floats


def size(burden: Floats, baseline: Floats, residual: Floats) -> Floats:
    """Product of diameters relative to baseline, with a residual mass that no drug shrinks."""
    return residual + (1 - residual) * np.asarray(power(burden / baseline, AREA))


def planned_stop(seed: int, spec: PopulationSpec, candidates: Candidates) -> tuple[Floats, NDArray[np.int64]]:
    """Day on which the drug would end without progression, and the reason (index of ``REASONS``)."""
    counter = candidates.counter
    rate = spec["history.intolerance_rate"]
    intolerant = (
        exponentials(seed, "history: intolerance", counter)[:, 0] / rate
        if rate > 0
        else np.full(len(counter), np.inf)
    )
    completes = draws(seed, "history: completion", counter)[:, 0] < spec["history.completion_probability"]
    complete = np.where(completes, spec["history.completion_days"], np.inf)
    return np.minimum(intolerant, complete), np.where(intolerant <= complete, 1, 2)


def earlier_course(seed: int, spec: PopulationSpec, candidates: Candidates, make_block: MakeBlock) -> Course:
    """Simulate the earlier course, the wait for progression, and the wash-out.

    Parameters
    ----------
    seed
        Seed of the run.
    spec
        Typical values and spreads; needs the table ``history``.
    candidates
        Plausible candidates, untreated.
    make_block
        Solver of patients.
    """
    n = len(candidates.index)
    block = make_block(candidates.parameters, untreated_state(candidates), candidates.thresholds)
    stop, why = planned_stop(seed, spec, candidates)
    death_rate = spec["history.death_rate"]
    death = exponentials(seed, "history: death", candidates.counter)[:, 0]
    death = death / death_rate if death_rate > 0 else np.full(n, np.inf)
    interval, longest = spec["history.scan_interval"], spec["history.longest_days"]
    baseline = np.array(block.advance(np.zeros(n), no_doses(n), np.zeros((n, 1)))[:, 0, NODE].sum(axis=1))
    nadir, depth, ended = np.ones(n), np.ones(n), np.full(n, np.inf)
    rate = np.full(n, spec["history.daily_dose"])
    for scan in range(1, int(longest // interval) + 1):
        now = scan * interval
        following = np.isinf(ended) & (death > now - interval) & (block.status == Status.OK)
        if not following.any():
            break
        until = np.where(following, now, block.time)
        dose_end = np.minimum(until, stop)
        seen = block.advance(until, constant_input(block.time, dose_end, rate, DOSED), until[:, None])
        measured = size(seen[:, 0, NODE].sum(axis=1), baseline, candidates.residual)
        measured = np.where(following & np.isfinite(measured), measured, nadir)
        worse = (measured >= spec["history.progression_fold"] * nadir) & (
            measured - nadir >= spec["history.progression_rise"]
        )
        ended = np.where(following & worse & (death > now), now, ended)
        nadir = np.minimum(nadir, measured)
        depth = np.minimum(depth, measured)
    progressed = np.isfinite(ended)
    outcome = np.where(progressed, PROGRESSED, np.where(death <= longest, DIED, REMISSION))
    wait = varied(seed, spec, "history.washout_days", candidates.counter)
    entry = np.where(progressed & (block.status == Status.OK), ended + wait, block.time)
    seen = block.advance(entry, no_doses(n), entry[:, None])[:, 0]
    outcome = np.where(block.status == Status.OK, outcome, FAILED)
    return Course(
        outcome=outcome,
        reason=np.where(ended <= stop, 0, why),
        days_on=np.minimum(stop, np.where(progressed, ended, longest)),
        depth=depth,
        state=block.state.copy(),
        seen=seen,
    )

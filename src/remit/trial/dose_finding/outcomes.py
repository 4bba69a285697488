"""What happens to each virtual patient at each dose, as arrays: the pool that a dose-finding trial draws
from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.response_status import ResponseStatus

SUBJECT = ["DRAW", "USUBJID"]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The pool, patients along the first axis and doses, from the lowest, along the second.

    ``dlt`` and ``evaluable`` say whether the patient has a DLT and counts; ``known`` is the day from first
    dose on which both are settled. ``response`` is the day of the first response, infinite for none, and
    ``response_known`` that on which it is settled whether there is one. ``draw`` and ``weight``, shape
    (n_pool,), are those of the patient.
    """

    doses: tuple[str, ...]
    draw: Integers
    weight: Floats
    dlt: Booleans
    evaluable: Booleans
    known: Floats
    response: Floats
    response_known: Floats


def dose_outcomes(
    limiting: pl.DataFrame,
    subjects: pl.DataFrame,
    responses: Mapping[str, ResponseStatus],
    doses: Sequence[str],
) -> Outcomes:
    """Outcomes of a pool under its dose arms, of one scenario.

    Parameters
    ----------
    limiting
        Frame of ``dose_limiting``, with a row for each patient under each dose.
    subjects
        DRAW, USUBJID and WEIGHT_POP of the pool, in its order (that of ``selection.pool_of``).
    responses
        Status of the patients in that order, by dose.
    doses
        Arms, from the lowest dose.

    Raises
    ------
    InputError
        A dose under which not every patient was simulated, or in several scenarios.
    """
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("DLT", "EVALUABLE", "KNOWNDY")}
    for dose in doses:
        rows = limiting.filter(pl.col("ARM") == dose)
        placed = subjects.join(rows, on=SUBJECT, how="left", maintain_order="left")
        if placed.height != subjects.height or placed["DLT"].null_count() or dose not in responses:
            found = f"{rows.height} rows of dose {dose}, responses: {dose in responses}"
            needed = f"one row for each of {subjects.height} patients, and their responses"
            raise problem("dose-finding pool", found, needed, "simulate the pool under every dose arm")
        for name, parts in columns.items():
            parts.append(placed[name].to_numpy())
    dlt, evaluable, known = (np.stack(each, axis=1) for each in columns.values())
    return Outcomes(
        tuple(doses),
        subjects["DRAW"].to_numpy().astype(np.int64),
        subjects["WEIGHT_POP"].to_numpy().astype(np.float64),
        dlt.astype(bool),
        evaluable.astype(bool),
        known.astype(np.float64),
        np.stack([responses[dose].response for dose in doses], axis=1),
        np.stack([responses[dose].known for dose in doses], axis=1),
    )


@dataclass(frozen=True, slots=True)
class Truth:
    """Weighted rates of the pool by draw and dose, shape (n_draws, n_doses); ``draws`` names the rows.

    ``dlt`` is the rate among evaluable patients, ``response`` that among all.
    """

    draws: Integers
    dlt: Floats
    response: Floats

    def of(self, draw: Integers) -> "Truth":
        """Truth of the draw of each replicate, one row a replicate."""
        row = np.searchsorted(self.draws, draw)
        return Truth(draw, self.dlt[row], self.response[row])


def truth(outcomes: Outcomes) -> Truth:
    """True rates of every draw, NaN where nobody is evaluable."""
    draws, row = np.unique(outcomes.draw, return_inverse=True)

    def rate(which: Booleans, among: Booleans) -> Floats:
        found = np.empty((draws.size, len(outcomes.doses)))
        for dose in range(found.shape[1]):
            weight = outcomes.weight * among[:, dose]
            events = np.bincount(row, weights=weight * which[:, dose], minlength=draws.size)
            total = np.bincount(row, weights=weight, minlength=draws.size)
            found[:, dose] = np.divide(events, total, out=np.full(draws.size, np.nan), where=total > 0)
        return found

    everyone = np.ones(outcomes.dlt.shape, dtype=bool)
    return Truth(
        draws, rate(outcomes.dlt, outcomes.evaluable), rate(np.isfinite(outcomes.response), everyone)
    )

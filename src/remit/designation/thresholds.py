"""What would change the verdict: the smallest observed result that meets each reading, exactly."""

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from remit.designation.agencies import shipped_agencies
from remit.designation.bars import bar, leading
from remit.designation.comparators import Comparator
from remit.designation.exact import exact_lower_limits
from remit.designation.readings import Reading, Rules, shipped_rules

SCHEMA = {
    "AGENCY": pl.String,
    "SET": pl.String,
    "READING": pl.String,
    "COUNTING": pl.String,
    "BAR": pl.Float64,
    "BAROF": pl.String,
    "N": pl.Int32,
    "RESPONDERS": pl.Int32,
    "RATE": pl.Float64,
}


def what_would_change(
    n_patients: Sequence[int],
    comparators: Sequence[Comparator],
    agency: str,
    as_of: datetime.date,
    *,
    rules: Rules | None = None,
) -> pl.DataFrame:
    """Smallest number of responders that meets each reading, for trials of several sizes.

    Parameters
    ----------
    n_patients
        Patients treated in the trial, one or more sizes.
    comparators
        Published records.
    agency
        "cde" or "fda".
    as_of
        Day on which the comparators are counted.
    rules
        Readings; the shipped ones unless given.

    Returns
    -------
    One row per set, reading, COUNTING ("available", or "available or cannot tell") and N; RESPONDERS is null
    where no number of responders is enough, BAR is null where nothing is counted.
    """
    rules = rules or shipped_rules()
    rows: list[Mapping[str, object]] = []
    for members in rules.set:
        groups = leading(comparators, shipped_agencies().named(agency), as_of, members)
        for counting, group in zip(("available", "available or cannot tell"), groups, strict=True):
            for reading in rules.reading:
                threshold = bar(reading, group, rules.pooling.method)
                head = {"AGENCY": agency, "SET": members.name, "READING": reading.name, "COUNTING": counting}
                for n in n_patients:
                    needed = None if threshold is None else smallest_count(reading, threshold.value, n)
                    rows.append(
                        head
                        | {
                            "BAR": threshold and threshold.value,
                            "BAROF": threshold.of if threshold else "nothing is counted",
                            "N": n,
                            "RESPONDERS": needed,
                            "RATE": None if needed is None else needed / n,
                        }
                    )
    return pl.DataFrame(rows, schema=SCHEMA)


def smallest_count(reading: Reading, threshold: float, n: int) -> int | None:
    """Smallest number of responders of ``n`` that lies above a bar, or None when even ``n`` does not."""
    reached = np.arange(n + 1) / n if reading.trial == "estimate" else exact_lower_limits(n)
    enough = np.flatnonzero(reached > threshold)
    return int(enough[0]) if enough.size else None

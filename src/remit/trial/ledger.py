"""What a trial writes down while it is conducted.

The ledger is the one place that grows during the conduct. Rows are kept as arrays and become tables at the
end (``written.py``). Assessments have slots: 0 is baseline, 2k the planned one number k, and 2k - 1 one out
of schedule before it.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial.laboratory import ANALYTES, PLACE
from remit.trial.lesions import MOST_LESIONS
from remit.trial.response.readings import Readings

Booleans = NDArray[np.bool_]
Batch = dict[str, NDArray[Any]]
"""Columns by name, of one visit or of all."""

EVENT_COLUMNS = {
    "ROW": pl.Int64, "AEDECOD": pl.String, "AETOXGR": pl.Int64, "ASTDY": pl.Float64, "AENDY": pl.Float64,
    "AEORIGIN": pl.String, "AESER": pl.Boolean, "AESDTH": pl.Boolean, "AEACN": pl.String,
}  # fmt: skip


@dataclass(slots=True)
class Ledger:
    """Records of one arm.

    Arrays by assessment have shape (n_patients, n_slots): ``time`` (NaN if not done), ``blasts`` and
    ``involved`` of the marrow (NaN unless sampled), ``marrow_taken``,
    ``supported``, ``growth_factor_only``, ``on_btki`` and ``btki_held``; ``labs``
    has (n_patients, n_slots, n_analytes); ``longest`` and ``shortest`` have (n_patients, n_slots, 2, 6), the
    other readings (n_patients, n_slots, 2). ``samples``, ``doses``, ``concentrations``, ``residual``,
    ``support`` and ``actions`` are columns by name, one batch per visit.
    """

    time: Floats
    blasts: Floats
    involved: Floats
    marrow_taken: Booleans
    supported: Booleans
    growth_factor_only: Booleans
    on_btki: Booleans
    btki_held: Booleans
    labs: Floats
    longest: Floats
    shortest: Floats
    spleen: Floats
    new_site: Booleans
    nontarget_progression: Booleans
    samples: list[Batch] = field(default_factory=list)
    doses: list[Batch] = field(default_factory=list)
    concentrations: list[Batch] = field(default_factory=list)
    residual: list[Batch] = field(default_factory=list)
    support: list[Batch] = field(default_factory=list)
    actions: list[Batch] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)

    def readings(self, rows: Integers, reader: int, off_since: Floats) -> Readings:
        """One reader's record of the patients ``rows``; ``off_since`` is their last day on treatment."""

        def lab(name: str) -> Floats:
            return self.labs[rows, :, PLACE[name]]

        return Readings(
            time=self.time[rows],
            longest=self.longest[rows, :, reader],
            shortest=self.shortest[rows, :, reader],
            spleen=self.spleen[rows, :, reader],
            new_lesion=self.new_site[rows, :, reader],
            nontarget_progression=self.nontarget_progression[rows, :, reader],
            neutrophils=lab("ANC"),
            platelets=lab("PLAT"),
            haemoglobin=lab("HGB"),
            lymphocytes=lab("LYMPH"),
            paraprotein=lab("IGM"),
            blasts=self.blasts[rows],
            involved=self.involved[rows],
            supported=self.supported[rows],
            on_btki=self.on_btki[rows],
            btki_held=self.btki_held[rows],
            off_since=off_since,
            growth_factor_only=self.growth_factor_only[rows],
        )

    def write_labs(self, rows: Integers, time: Floats, values: Floats, grades: Integers) -> None:
        """Add samples of the patients ``rows``; values and grades have shape (n_rows, n_analytes)."""
        self.samples.append({"row": rows, "time": time, "values": values, "grades": grades})

    def write_doses(self, drug: int, rows: Integers, periods: Batch) -> None:
        """Add a period of a drug of the patients ``rows``: start, stop, fraction, reason, step."""
        self.doses.append({"row": rows, "drug": np.full(rows.size, drug), **periods})

    def write_concentrations(self, rows: Integers, time: Floats, values: Floats) -> None:
        """Add samples; values in the order of ``written.CONCENTRATION``, shape (n_samples, 4)."""
        self.concentrations.append({"row": rows, "time": time, "values": values})

    def write_residual(
        self,
        rows: Integers,
        sampling: int,
        number: Integers,
        time: Floats,
        shown: tuple[Floats, Floats, Integers],
    ) -> None:
        """Add samples for residual disease: ``shown`` is cells analysed, malignant fraction, and result."""
        cells, fraction, result = shown
        self.residual.append({
            "row": rows, "sampling": np.full(rows.size, sampling), "number": number, "time": time,
            "cells": cells, "fraction": fraction, "result": result,
        })  # fmt: skip

    def write_support(self, rows: Integers, measure: int, time: Floats, days: float, reason: int) -> None:
        """Add a supportive measure that begins at ``time`` and lasts ``days``."""
        whole = np.full(rows.size, 1)
        self.support.append({
            "row": rows, "measure": measure * whole, "start": time, "stop": time + days,
            "reason": reason * whole,
        })  # fmt: skip

    def write_actions(self, rows: Integers, time: Floats, action: int) -> None:
        """Add what was done with the dose for blood counts, as an index into ``written.ACTIONS``."""
        if rows.size:
            self.actions.append({"row": rows, "time": time, "action": np.full(rows.size, action)})

    def write_events(
        self,
        rows: Integers,
        name: str,
        grade: int,
        start: Floats,
        stop: Floats,
        *,
        serious: bool,
        action: str = "none",
    ) -> None:
        """Add adverse events of biological origin, one per row."""
        if rows.size:
            n = rows.size
            columns = {
                "ROW": rows, "AEDECOD": [name] * n, "AETOXGR": [grade] * n, "ASTDY": start, "AENDY": stop,
                "AEORIGIN": ["biology"] * n, "AESER": [serious] * n, "AESDTH": [False] * n,
                "AEACN": [action] * n,
            }  # fmt: skip
            self.events.append(pl.DataFrame(columns, schema=EVENT_COLUMNS))


def open_ledger(n_patients: int, n_assessments: int) -> Ledger:
    """An empty ledger for baseline and ``n_assessments`` planned assessments."""
    n_slots = 2 * n_assessments + 1

    def blank(*shape: int) -> Floats:
        return np.full((n_patients, n_slots, *shape), np.nan)

    def no(*shape: int) -> Booleans:
        return np.zeros((n_patients, n_slots, *shape), dtype=bool)

    return Ledger(
        time=blank(), blasts=blank(), involved=blank(), marrow_taken=no(), supported=no(),
        growth_factor_only=no(), on_btki=no(), btki_held=no(),
        labs=blank(len(ANALYTES)), longest=blank(2, MOST_LESIONS), shortest=blank(2, MOST_LESIONS),
        spleen=blank(2), new_site=no(2), nontarget_progression=no(2),
    )  # fmt: skip

"""What a trial writes down while it is conducted, and the result tables made of it.

The ledger is the one place that grows during the conduct. Rows are kept as arrays and become tables at
the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit import results
from remit.dosing import Floats, Integers
from remit.trial.laboratory import ANALYTES
from remit.trial.lesions import MOST_LESIONS, READERS
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.readers import Measurements
from remit.trial.rules import DOSE_TEXT

Booleans = NDArray[np.bool_]
Batch = dict[str, NDArray[Any]]
"""Columns by name, of one visit or of all."""

CONCENTRATION = ("CONCREL", "BCL2OCCB", "BCL2OCCN", "BTKOCC")
EVENT_COLUMNS = {
    "ROW": pl.Int64, "AEDECOD": pl.String, "AETOXGR": pl.Int64, "ASTDY": pl.Float64, "AENDY": pl.Float64,
    "AEORIGIN": pl.String, "AESER": pl.Boolean,
}  # fmt: skip


@dataclass(slots=True)
class Ledger:
    """Records of one arm.

    ``scan_time`` (NaN if not done) and ``infiltration`` have shape (n_patients, n_scans), ``longest`` and
    ``shortest`` (n_patients, n_scans, 2, 6), the other readings (n_patients, n_scans, 2); scan 0 is
    baseline. ``labs``, ``doses``, ``concentrations`` and ``events`` are columns by name, one batch per
    visit.
    """

    scan_time: Floats
    infiltration: Floats
    longest: Floats
    shortest: Floats
    spleen: Floats
    new_site: Booleans
    nontarget_progression: Booleans
    labs: list[Batch] = field(default_factory=list)
    doses: list[Batch] = field(default_factory=list)
    concentrations: list[Batch] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)

    def measurements(self, rows: Integers, reader: int, latest: Integers) -> Measurements:
        """One reader's record of the patients ``rows`` up to the scans ``latest``."""
        return Measurements(
            self.longest[rows, :, reader],
            self.shortest[rows, :, reader],
            self.spleen[rows, :, reader],
            self.new_site[rows, :, reader],
            self.nontarget_progression[rows, :, reader],
            latest,
        )

    def write_labs(self, rows: Integers, time: Floats, values: Floats, grades: Integers) -> None:
        """Add samples of the patients ``rows``; values and grades have shape (n_rows, n_analytes)."""
        self.labs.append({"row": rows, "time": time, "values": values, "grades": grades})

    def write_doses(
        self, rows: Integers, start: Floats, stop: Floats, fraction: Floats, reason: Integers
    ) -> None:
        """Add a period at one dose of the patients ``rows``."""
        self.doses.append({"row": rows, "start": start, "stop": stop, "fraction": fraction, "reason": reason})

    def write_concentrations(self, rows: Integers, time: Floats, values: Floats) -> None:
        """Add samples; values in the order of ``CONCENTRATION``, shape (n_samples, 4)."""
        self.concentrations.append({"row": rows, "time": time, "values": values})

    def write_events(
        self, rows: Integers, name: str, grade: int, start: Floats, stop: Floats, *, serious: bool
    ) -> None:
        """Add adverse events of biological origin, one per row."""
        if rows.size:
            columns = {
                "ROW": rows, "AEDECOD": [name] * rows.size, "AETOXGR": [grade] * rows.size, "ASTDY": start,
                "AENDY": stop, "AEORIGIN": ["biology"] * rows.size, "AESER": [serious] * rows.size,
            }  # fmt: skip
            self.events.append(pl.DataFrame(columns, schema=EVENT_COLUMNS))


def open_ledger(n_patients: int, n_scans: int) -> Ledger:
    """An empty ledger for scans 0 (baseline) to ``n_scans - 1``."""

    def blank(*shape: int) -> Floats:
        return np.full((n_patients, n_scans, *shape), np.nan)

    def no(*shape: int) -> Booleans:
        return np.zeros((n_patients, n_scans, *shape), dtype=bool)

    return Ledger(blank(), blank(), blank(2, MOST_LESIONS), blank(2, MOST_LESIONS), blank(2), no(2), no(2))


def keyed(frame: pl.DataFrame, patients: Patients, protocol: ArmProtocol) -> pl.DataFrame:
    """The frame with its column ROW replaced by the key of the course."""
    subjects = pl.Series("USUBJID", patients.subjects, dtype=pl.String)
    return frame.select(
        pl.lit(protocol.arm).alias("ARM"),
        pl.lit(protocol.scenario).alias("SCENARIO"),
        pl.lit(patients.draw, dtype=pl.Int32).alias("DRAW"),
        subjects.gather(frame["ROW"]) if frame.height else pl.Series("USUBJID", [], dtype=pl.String),
        pl.exclude("ROW"),
    )


def _joined(batches: list[Batch]) -> Batch:
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def lab_rows(ledger: Ledger) -> pl.DataFrame:
    """Laboratory values in long form: ROW, ADY, VISITNUM (week of the visit), PARAMCD, AVAL, ATOXGR."""
    all_ = _joined(ledger.labs)
    n = len(ANALYTES)
    frame = pl.DataFrame(
        {
            "ROW": np.repeat(all_["row"], n),
            "ADY": np.repeat(all_["time"], n),
            "VISITNUM": np.repeat(all_["time"] // 7, n).astype(np.int64),
            "PARAMCD": pl.Series(list(ANALYTES), dtype=pl.String).gather(
                np.tile(np.arange(n), all_["row"].size)
            ),
            "AVAL": all_["values"].ravel(),
            "ATOXGR": all_["grades"].ravel(),
        }
    )
    return frame.filter(pl.col("AVAL").is_not_nan())


def exposure_rows(ledger: Ledger) -> pl.DataFrame:
    """Periods at one dose, neighbours at the same dose for the same reason joined."""
    all_ = _joined(ledger.doses)
    order = np.lexsort((all_["start"], all_["row"]))
    row, start, stop, fraction, reason = (
        all_[name][order] for name in ("row", "start", "stop", "fraction", "reason")
    )
    fresh = np.ones(row.size, dtype=bool)
    fresh[1:] = (row[1:] != row[:-1]) | (fraction[1:] != fraction[:-1]) | (reason[1:] != reason[:-1])
    last = np.append(np.flatnonzero(fresh)[1:] - 1, row.size - 1) if row.size else np.empty(0, dtype=np.int64)
    return pl.DataFrame(
        {
            "ROW": row[fresh],
            "ASTDY": start[fresh],
            "AENDY": stop[last],
            "EXDOSE": fraction[fresh],
            "EXREAS": pl.Series(DOSE_TEXT, dtype=pl.String).gather(reason[fresh]),
        }
    )


def concentration_rows(ledger: Ledger) -> pl.DataFrame:
    """Exposure and occupancy in long form: ROW, ADY, PARAMCD, AVAL."""
    if not ledger.concentrations:
        return pl.DataFrame(
            schema={"ROW": pl.Int64, "ADY": pl.Float64, "PARAMCD": pl.String, "AVAL": pl.Float64}
        )
    all_ = _joined(ledger.concentrations)
    n = len(CONCENTRATION)
    frame = pl.DataFrame(
        {
            "ROW": np.repeat(all_["row"], n),
            "ADY": np.repeat(all_["time"], n),
            "PARAMCD": pl.Series(CONCENTRATION, dtype=pl.String).gather(
                np.tile(np.arange(n), all_["row"].size)
            ),
            "AVAL": all_["values"].ravel(),
        }
    )
    return frame.filter(pl.col("AVAL").is_not_nan())


def tumour_rows(ledger: Ledger) -> pl.DataFrame:
    """Measurements in long form; a scan that was not done or not readable has no rows."""
    parts: list[pl.DataFrame] = []
    for reader, name in enumerate(READERS):
        spleen = ledger.spleen[:, :, reader]
        read = ~np.isnan(spleen)
        longest, shortest = ledger.longest[:, :, reader], ledger.shortest[:, :, reader]
        per_lesion = read[:, :, None] & ~np.isnan(longest)
        for code, values in (("LDIAM", longest), ("SDIAM", shortest)):
            parts.append(_measured(ledger, name, code, per_lesion, values))
        for code, values in (
            ("SUMPPD", np.nansum(longest * shortest, axis=2)),
            ("SPLEEN", spleen),
            ("NEWLESN", ledger.new_site[:, :, reader].astype(float)),
            ("NTPROG", ledger.nontarget_progression[:, :, reader].astype(float)),
        ):
            parts.append(_measured(ledger, name, code, read, values))
    return pl.concat(parts)


def _measured(ledger: Ledger, reader: str, code: str, where: Booleans, values: Floats) -> pl.DataFrame:
    at = np.nonzero(where)
    names = pl.Series([f"T{k + 1}" for k in range(MOST_LESIONS)], dtype=pl.String)
    return pl.DataFrame(
        {"ROW": at[0], "ADY": ledger.scan_time[at[0], at[1]], "VISITNUM": at[1]}
    ).with_columns(
        READER=pl.lit(reader),
        PARAMCD=pl.lit(code),
        TRLNKID=names.gather(at[2]) if len(at) == 3 else pl.lit(""),
        AVAL=pl.Series(values[at]),
    )


def tables(
    frames: Mapping[str, pl.DataFrame], patients: Patients, protocol: ArmProtocol
) -> dict[str, pl.DataFrame]:
    """Frames with a column ROW as result tables, keyed, typed and sorted; an undeclared one is keyed only."""
    ready: dict[str, pl.DataFrame] = {}
    for name, frame in frames.items():
        with_key = keyed(frame, patients, protocol)
        declared = results.TABLES.get(name)
        if declared is None:
            ready[name] = with_key.sort("USUBJID", "ADY")
        else:
            typed = with_key.select(list(declared.columns)).cast(pl.Schema(declared.schema()))
            ready[name] = typed.sort(list(declared.key), nulls_last=True).rechunk()
    return ready

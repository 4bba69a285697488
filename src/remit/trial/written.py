"""The result tables made of what a trial wrote down."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit import results
from remit.dosing import Floats
from remit.trial import mrd, support
from remit.trial.laboratory import ANALYTES
from remit.trial.ledger import Batch, Ledger
from remit.trial.lesions import MOST_LESIONS, READERS
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.rules import DOSE_TEXT

Booleans = NDArray[np.bool_]

CONCENTRATION = ("CONCREL", "BCL2OCCB", "BCL2OCCN", "BTKOCC")
ACTIONS = ("none", "held", "reduced", "withdrawn")
"""What may be done with a dose, in rising order."""
WEEK = 7.0


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


def joined(batches: list[Batch], *names: str) -> Batch:
    """Columns of all batches, empty where there is none."""
    if not batches:
        return {name: np.empty(0, dtype=np.int64) for name in names}
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def lab_rows(ledger: Ledger) -> pl.DataFrame:
    """Laboratory values in long form: ROW, ADY, VISITNUM (week of the visit), PARAMCD, AVAL, ATOXGR."""
    all_ = joined(ledger.samples)
    n = len(ANALYTES)
    frame = pl.DataFrame(
        {
            "ROW": np.repeat(all_["row"], n),
            "ADY": np.repeat(all_["time"], n),
            "VISITNUM": np.repeat(np.floor(all_["time"] / WEEK), n),
            "PARAMCD": pl.Series(list(ANALYTES), dtype=pl.String).gather(
                np.tile(np.arange(n), all_["row"].size)
            ),
            "AVAL": all_["values"].ravel(),
            "ATOXGR": all_["grades"].ravel(),
        }
    )
    return frame.filter(pl.col("AVAL").is_not_nan())


def exposure_rows(ledger: Ledger, protocol: ArmProtocol) -> pl.DataFrame:
    """Periods at one dose of a drug, neighbours at the same dose for the same reason joined."""
    all_ = joined(ledger.doses, "row", "drug", "start", "stop", "fraction", "reason", "step")
    order = np.lexsort((all_["start"], all_["drug"], all_["row"]))
    row, drug, start, stop, fraction, reason, step = (
        all_[name][order] for name in ("row", "drug", "start", "stop", "fraction", "reason", "step")
    )
    fresh = np.ones(row.size, dtype=bool)
    same = [each[1:] == each[:-1] for each in (row, drug, fraction, reason, step)]
    fresh[1:] = ~np.logical_and.reduce(same)
    last = np.append(np.flatnonzero(fresh)[1:] - 1, row.size - 1) if row.size else np.empty(0, dtype=np.int64)
    names = pl.Series([each.drug for each in protocol.therapies], dtype=pl.String)
    return pl.DataFrame(
        {
            "ROW": row[fresh],
            "EXTRT": names.gather(drug[fresh]),
            "ASTDY": start[fresh],
            "AENDY": stop[last],
            "EXDOSE": fraction[fresh],
            "EXSTEP": step[fresh],
            "EXREAS": pl.Series(DOSE_TEXT, dtype=pl.String).gather(reason[fresh]),
        }
    )


def concentration_rows(ledger: Ledger) -> pl.DataFrame:
    """Exposure and occupancy in long form: ROW, ADY, PARAMCD, AVAL."""
    if not ledger.concentrations:
        return pl.DataFrame(
            schema={"ROW": pl.Int64, "ADY": pl.Float64, "PARAMCD": pl.String, "AVAL": pl.Float64}
        )
    all_ = joined(ledger.concentrations)
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
    return pl.DataFrame({"ROW": at[0], "ADY": ledger.time[at[0], at[1]], "VISITNUM": at[1] / 2}).with_columns(
        READER=pl.lit(reader),
        PARAMCD=pl.lit(code),
        TRLNKID=names.gather(at[2]) if len(at) == 3 else pl.lit(""),
        AVAL=pl.Series(values[at]),
    )


def marrow_rows(ledger: Ledger) -> pl.DataFrame:
    """Bone marrow samples in long form: ROW, ADY, VISITNUM, PARAMCD, AVAL."""
    parts: list[pl.DataFrame] = []
    for code, values in (("BLASTS", ledger.blasts), ("INVOLVED", ledger.involved)):
        row, slot = np.nonzero(ledger.marrow_taken)
        columns = {"ROW": row, "ADY": ledger.time[row, slot], "VISITNUM": slot / 2}
        parts.append(
            pl.DataFrame(columns).with_columns(
                PARAMCD=pl.lit(code), AVAL=pl.Series(values[row, slot]).fill_nan(None)
            )
        )
    return pl.concat(parts)


def residual_rows(ledger: Ledger, protocol: ArmProtocol) -> pl.DataFrame:
    """Samples for residual disease, one row each."""
    all_ = joined(ledger.residual, "row", "sampling", "number", "time", "cells", "fraction", "result")
    samplings = protocol.samplings

    def of_sampling(values: list[str] | list[float]) -> pl.Series:
        return pl.Series(values, dtype=pl.String if values and isinstance(values[0], str) else pl.Float64)

    at, number = all_["sampling"], all_["number"]
    planned = [each.days[k - 1] for each, k in zip((samplings[i] for i in at), number, strict=True)]
    return pl.DataFrame(
        {
            "ROW": all_["row"],
            "ADY": all_["time"].astype(float),
            "VISIT": pl.Series([f"day {day:g}" for day in planned], dtype=pl.String),
            "COMPART": of_sampling([each.compartment for each in samplings] or [""]).gather(at),
            "ASSAY": of_sampling([each.assay for each in samplings] or [""]).gather(at),
            "LIMIT": of_sampling([mrd.ASSAYS[each.assay].limit for each in samplings] or [0.0]).gather(at),
            "CELLS": all_["cells"].astype(float),
            "AVAL": all_["fraction"].astype(float),
            "AVALC": pl.Series(mrd.RESULTS, dtype=pl.String).gather(all_["result"]),
        }
    ).with_columns(pl.col("CELLS", "AVAL").fill_nan(None))


def support_rows(ledger: Ledger) -> pl.DataFrame:
    """Supportive measures; two of a kind that begin on one day are one."""
    all_ = joined(ledger.support, "row", "measure", "start", "stop", "reason")
    return pl.DataFrame(
        {
            "ROW": all_["row"],
            "CMDECOD": pl.Series(support.MEASURES, dtype=pl.String).gather(all_["measure"]),
            "ASTDY": all_["start"].astype(float),
            "AENDY": all_["stop"].astype(float),
            "CMREAS": pl.Series(support.REASONS, dtype=pl.String).gather(all_["reason"]),
        }
    ).unique(["ROW", "CMDECOD", "ASTDY"], keep="first", maintain_order=True)


def tables(
    frames: Mapping[str, pl.DataFrame], patients: Patients, protocol: ArmProtocol
) -> dict[str, pl.DataFrame]:
    """Frames with a column ROW as result tables: keyed, typed and sorted."""
    ready: dict[str, pl.DataFrame] = {}
    for name, frame in frames.items():
        declared = results.TABLES[name]
        typed = (
            keyed(frame, patients, protocol).select(list(declared.columns)).cast(pl.Schema(declared.schema()))
        )
        ready[name] = typed.sort(list(declared.key), nulls_last=True).rechunk()
    return ready

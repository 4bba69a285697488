"""Tumour measurements of one reader as arrays by patient and scan."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.errors import problem
from remit.results import COURSE
from remit.stats.estimate import Booleans, Floats

MOST_LESIONS = 6
KEY = list(COURSE)


@dataclass(frozen=True, slots=True)
class Readings:
    """What one reader measured, by patient and scan number; scan 0 is baseline.

    ``longest`` and ``shortest`` [mm], the two perpendicular diameters of each target lesion, have shape
    (n_patients, n_scans, 6); ``spleen``, the vertical length [mm], and the booleans ``new_lesion`` and
    ``nontarget_progression`` have shape (n_patients, n_scans). What was not measured is NaN or false.
    """

    longest: Floats
    shortest: Floats
    spleen: Floats
    new_lesion: Booleans
    nontarget_progression: Booleans


def in_rows(adtr: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
    """Measurements with ``ROW``, the place of each patient in ``subjects``.

    Raises
    ------
    InputError
        If a patient has measurements but is not in ``subjects``.
    """
    rows = subjects.select(KEY).with_row_index("ROW")
    found = adtr.join(rows, on=KEY, how="left")
    strangers = found.filter(pl.col("ROW").is_null())
    if strangers.height:
        raise problem(
            "table adtr",
            f"measurements of {strangers['USUBJID'][0]}",
            "only patients of table adsl",
            "give both tables of the same run",
        )
    return found


def scan_times(placed: pl.DataFrame, n_patients: int) -> Floats:
    """Day of each scan that at least one reader could assess, shape (n_patients, n_scans); else NaN."""
    n_scans = int(placed["VISITNUM"].max() or 0) + 1 if placed.height else 1  # pyright: ignore[reportArgumentType]
    time = np.full((n_patients, n_scans), np.nan)
    scans = placed.group_by("ROW", "VISITNUM").agg(pl.col("ADY").max())
    time[scans["ROW"].to_numpy(), scans["VISITNUM"].to_numpy()] = scans["ADY"].to_numpy()
    return time


def readings(placed: pl.DataFrame, shape: tuple[int, int]) -> Readings:
    """Measurements of one reader as arrays of ``shape``, patients by scans."""
    blank = np.full(shape, np.nan)
    longest, shortest = (
        _lesions(placed.filter(pl.col("PARAMCD") == code), shape) for code in ("LDIAM", "SDIAM")
    )

    def values(code: str) -> Floats:
        part = placed.filter(pl.col("PARAMCD") == code)
        filled = blank.copy()
        filled[part["ROW"].to_numpy(), part["VISITNUM"].to_numpy()] = part["AVAL"].to_numpy()
        return filled

    return Readings(longest, shortest, values("SPLEEN"), values("NEWLESN") > 0, values("NTPROG") > 0)


def _lesions(part: pl.DataFrame, shape: tuple[int, int]) -> Floats:
    """Diameters by lesion; lesions are named T1 to T6."""
    filled = np.full((*shape, MOST_LESIONS), np.nan)
    place = part["TRLNKID"].str.strip_prefix("T").cast(pl.Int64, strict=False).to_numpy() - 1
    if part.height and not (np.isin(place, np.arange(MOST_LESIONS))).all():
        raise problem(
            "table adtr: TRLNKID",
            ", ".join(sorted(set(part["TRLNKID"]))),
            "target lesions T1 to T6",
            "Lugano 2014 follows up to six; record others as non-target",
        )
    filled[part["ROW"].to_numpy(), part["VISITNUM"].to_numpy(), place] = part["AVAL"].to_numpy()
    return filled

"""Readings made of result tables, simulated or real.

What an assessment is depends on the criterion: a VISITNUM with a scan (``adtr``, of any reader), with a
marrow sample (``adbm``, BLASTS), or with IgM (``adlb``); all share VISITNUM 0, baseline. To each belong

- the last laboratory value in the 14 days up to and including it (at baseline: the last up to day 0, of any
  age);
- marrow seen to hold disease (INVOLVED) in samples since the assessment before; one taken after a scan counts
  from the next;
- support (``adcm``) that was going on in the 14 days up to it: transfusions, and drugs by the stems of their
  names: -grastim, -poetin, -plostim, -trombopag;
- a BTK inhibitor (``adex``) whose period began before it and had not ended; a dose of 0 is an interruption.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from remit.errors import Finding, InputError, problem
from remit.results import ADBM, ADCM, ADEX, ADLB, ADTR, COURSE, Table
from remit.stats.estimate import Booleans, Floats
from remit.trial.response.readings import MOST_LESIONS, Readings, nothing_measured

KEY = list(COURSE)
WINDOW = 14.0
"""Days before an assessment in which a count belongs to it, and in which support makes it not the own."""
SOURCES = {"scan": "adtr", "marrow": "adbm", "IgM": "adlb"}
"""The table whose VISITNUM makes assessments."""
LABORATORY = {"neutrophils": "ANC", "platelets": "PLAT", "haemoglobin": "HGB", "lymphocytes": "LYMPH",
              "paraprotein": "IGM"}  # fmt: skip
NEUTROPHIL_FACTORS = "grastim"
SUPPORT = f"red_cells|platelets|{NEUTROPHIL_FACTORS}|poetin|plostim|trombopag"
BTK_STEM = "brutinib"
"""Stem of the international names of BTK inhibitors."""
TABLES: Mapping[str, Table] = {"adtr": ADTR, "adbm": ADBM, "adlb": ADLB, "adcm": ADCM, "adex": ADEX}


@dataclass(frozen=True, slots=True)
class Read:
    """Tables as readings.

    ``number`` is VISITNUM of each column of assessments, ``time`` the day by patient of ``adsl`` and
    assessment, NaN if not done, ``readings`` those of each reader.
    """

    adsl: pl.DataFrame
    number: Floats
    time: Floats
    readings: Mapping[str, Readings]


def check_modality(name: str, modality: str, modalities: Sequence[str]) -> None:
    """Refuse a way of reading that a criterion does not have."""
    if modality not in modalities:
        raise problem(
            f"{name}: modality",
            modality,
            f"one of {', '.join(modalities)}",
            f"declare {modalities[0]}; PET would be an assumed mapping from residual burden, not built",
        )


def read_tables(
    tables: Mapping[str, pl.DataFrame],
    source: str,
    readers: Sequence[str],
    btk_inhibitors: Collection[str] | None = None,
) -> Read:
    """Readings of every reader.

    Parameters
    ----------
    tables
        ``adsl`` with every treated patient, and any of ``adtr adlb adbm adcm adex``; one that is not there
        counts as empty, but for the one that makes the assessments.
    source
        What makes an assessment: a key of ``SOURCES``.
    readers
        Readers of scans; each gets readings of every patient.
    btk_inhibitors
        EXTRT of the BTK inhibitors; without it those whose name ends in -brutinib.

    Raises
    ------
    InputError
        If a needed table is missing, or tables do not belong together.
    """
    missing = [name for name in ("adsl", SOURCES[source]) if name not in tables]
    if missing:
        raise InputError(
            [Finding("response: tables", ", ".join(tables), name, "give all of a run") for name in missing]
        )
    adsl = tables["adsl"]
    placed = {name: tables.get(name, declared.empty()) for name, declared in TABLES.items()}
    placed = {name: in_rows(frame, adsl) for name, frame in placed.items()}
    strangers = list(_strangers(placed))
    if strangers:
        raise InputError(strangers)
    number, time = assessments(_rows_of_source(placed, source), adsl.height)
    shared = _shared(placed, adsl, number, time, btk_inhibitors)
    return Read(
        adsl, number, time, {name: with_scans(shared, placed["adtr"], name, number) for name in readers}
    )


def in_rows(frame: pl.DataFrame, adsl: pl.DataFrame) -> pl.DataFrame:
    """The frame with ``ROW``, the place of each patient in ``adsl``, null if not there."""
    return frame.join(adsl.select(KEY).with_row_index("ROW"), on=KEY, how="left")


def _strangers(placed: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Patients that are in a table and not in ``adsl``."""
    for name, frame in placed.items():
        unknown = frame.filter(pl.col("ROW").is_null())
        if unknown.height:
            yield Finding(
                f"table {name}", f"rows of {unknown['USUBJID'].sort()[0]}", "only patients of table adsl",
                "give tables of the same run",
            )  # fmt: skip


def _rows_of_source(placed: Mapping[str, pl.DataFrame], source: str) -> pl.DataFrame:
    """Rows whose VISITNUM are the assessments."""
    frame = placed[SOURCES[source]]
    if source == "marrow":
        return frame.filter(pl.col("PARAMCD") == "BLASTS")
    if source == "IgM":
        igm = frame.filter((pl.col("PARAMCD") == "IGM") & pl.col("AVAL").is_not_null())
        first = pl.col("ADY") <= 0
        return igm.with_columns(
            VISITNUM=pl.when(first).then(0.0).otherwise(pl.col("VISITNUM").clip(lower_bound=1.0))
        )
    return frame


def assessments(rows: pl.DataFrame, n_patients: int) -> tuple[Floats, Floats]:
    """VISITNUM of each assessment, rising from 0, and its day by patient, NaN if not done."""
    visits = rows["VISITNUM"].drop_nulls().cast(pl.Float64).unique().to_numpy()
    number = np.unique(np.append(visits, 0.0))
    time = np.full((n_patients, number.size), np.nan)
    found = rows.drop_nulls("VISITNUM").group_by("ROW", "VISITNUM").agg(pl.col("ADY").max())
    time[found["ROW"].to_numpy(), column(found, number)] = found["ADY"].to_numpy()
    return number, time


def column(rows: pl.DataFrame, number: Floats) -> np.ndarray:
    """The place in ``number`` of VISITNUM of each row."""
    return np.searchsorted(number, rows["VISITNUM"].cast(pl.Float64).to_numpy())


def _shared(
    placed: Mapping[str, pl.DataFrame],
    adsl: pl.DataFrame,
    number: Floats,
    time: Floats,
    btk_inhibitors: Collection[str] | None,
) -> Readings:
    """Readings without scans, which are the same for every reader."""
    cells = _cells(time)
    blasts = placed["adbm"].filter(
        (pl.col("PARAMCD") == "BLASTS") & pl.col("VISITNUM").cast(pl.Float64).is_in(number.tolist())
    )
    given = _overlapping(placed["adcm"], cells, SUPPORT, "CMDECOD")
    counted = pl.col("CMDECOD").str.to_lowercase().str.contains(NEUTROPHIL_FACTORS)
    supported, transfused = _marked(given, time), _marked(given.filter(~counted), time)
    name = pl.col("EXTRT").str.to_lowercase()
    is_btki = (
        name.str.contains(BTK_STEM) if btk_inhibitors is None
        else name.is_in([each.lower() for each in btk_inhibitors])
    )  # fmt: skip
    on = (
        placed["adex"].filter(is_btki).join(cells, on="ROW", how="inner")
        .filter((pl.col("ASTDY") < pl.col("DAY")) & (pl.col("AENDY").fill_null(np.inf) >= pl.col("DAY")))
    )  # fmt: skip
    return replace(
        nothing_measured(*time.shape),
        time=time,
        **{field: laboratory(placed["adlb"], code, cells, time) for field, code in LABORATORY.items()},
        blasts=_filled(blasts, number, time),
        involved=_involved(placed["adbm"], cells, time),
        supported=supported,
        growth_factor_only=supported & ~transfused,
        on_btki=_marked(on, time),
        btki_held=_marked(on.filter(pl.col("EXDOSE") == 0), time),
        off_since=adsl["TRTEDY"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
    )


def _cells(time: Floats) -> pl.DataFrame:
    """Assessments that were done: ROW, COLUMN and DAY; the day of baseline is 0 at the earliest."""
    row, place = np.nonzero(~np.isnan(time))
    day = np.where(place == 0, np.maximum(time[row, place], 0.0), time[row, place])
    return pl.DataFrame({"ROW": row.astype(np.uint32), "COLUMN": place, "DAY": day}).sort("DAY")


def laboratory(adlb: pl.DataFrame, code: str, cells: pl.DataFrame, time: Floats) -> Floats:
    """The laboratory value of each assessment, NaN if there is none."""
    values = (
        adlb.filter((pl.col("PARAMCD") == code) & pl.col("AVAL").is_not_null())
        .select("ROW", "ADY", "AVAL").sort("ADY")
    )  # fmt: skip
    found = cells.join_asof(
        values, left_on="DAY", right_on="ADY", by="ROW", strategy="backward", coalesce=False,
        check_sortedness=False,
    )  # fmt: skip
    recent = (pl.col("DAY") - pl.col("ADY") <= WINDOW) | (pl.col("COLUMN") == 0)
    found = found.filter(pl.col("ADY").is_not_null() & recent)
    filled = np.full(time.shape, np.nan)
    filled[found["ROW"].to_numpy(), found["COLUMN"].to_numpy()] = found["AVAL"].to_numpy()
    return filled


def _involved(adbm: pl.DataFrame, cells: pl.DataFrame, time: Floats) -> Floats:
    """Whether marrow since the assessment before was seen to hold disease; the last sample counts."""
    samples = (
        adbm.filter((pl.col("PARAMCD") == "INVOLVED") & pl.col("AVAL").is_not_null())
        .select("ROW", "ADY", "AVAL").sort("ADY")
    )  # fmt: skip
    found = samples.join_asof(
        cells, left_on="ADY", right_on="DAY", by="ROW", strategy="forward", coalesce=False,
        check_sortedness=False,
    ).drop_nulls("COLUMN").unique(["ROW", "COLUMN"], keep="last", maintain_order=True)  # fmt: skip
    filled = np.full(time.shape, np.nan)
    filled[found["ROW"].to_numpy(), found["COLUMN"].to_numpy()] = found["AVAL"].to_numpy()
    return filled


def _overlapping(adcm: pl.DataFrame, cells: pl.DataFrame, names: str, by: str) -> pl.DataFrame:
    """Supportive care of the names that was going on in the window up to an assessment."""
    return (
        adcm.filter(pl.col(by).str.to_lowercase().str.contains(names))
        .join(cells, on="ROW", how="inner")
        .filter(
            (pl.col("ASTDY") <= pl.col("DAY")) & (pl.col("AENDY").fill_null(np.inf) >= pl.col("DAY") - WINDOW)
        )
    )


def _marked(rows: pl.DataFrame, time: Floats) -> Booleans:
    """Assessments that have a row."""
    marked = np.zeros(time.shape, dtype=bool)
    marked[rows["ROW"].to_numpy(), rows["COLUMN"].to_numpy()] = True
    return marked


def _filled(rows: pl.DataFrame, number: Floats, time: Floats) -> Floats:
    """Values of rows by patient and VISITNUM."""
    filled = np.full(time.shape, np.nan)
    filled[rows["ROW"].to_numpy(), column(rows, number)] = rows["AVAL"].fill_null(np.nan).to_numpy()
    return filled


def with_scans(shared: Readings, adtr: pl.DataFrame, reader: str, number: Floats) -> Readings:
    """Readings with the scans of a reader; a scan without rows of that reader was not assessed."""
    own, time = adtr.filter(pl.col("READER") == reader), shared.time
    known = own.filter(pl.col("VISITNUM").cast(pl.Float64).is_in(number.tolist()))
    parts = {code: known.filter(pl.col("PARAMCD") == code) for code in
             ("LDIAM", "SDIAM", "SPLEEN", "NEWLESN", "NTPROG")}  # fmt: skip
    return replace(
        shared,
        longest=_lesions(parts["LDIAM"], number, time),
        shortest=_lesions(parts["SDIAM"], number, time),
        spleen=_filled(parts["SPLEEN"], number, time),
        new_lesion=_filled(parts["NEWLESN"], number, time) > 0,
        nontarget_progression=_filled(parts["NTPROG"], number, time) > 0,
    )


def _lesions(part: pl.DataFrame, number: Floats, time: Floats) -> Floats:
    """Diameters by lesion; lesions are named T1 to T6."""
    filled = np.full((*time.shape, MOST_LESIONS), np.nan)
    place = part["TRLNKID"].str.strip_prefix("T").cast(pl.Int64, strict=False).to_numpy() - 1
    if part.height and not (np.isin(place, np.arange(MOST_LESIONS))).all():
        raise problem(
            "table adtr: TRLNKID",
            ", ".join(sorted(set(part["TRLNKID"]))),
            "target lesions T1 to T6",
            "up to six are followed; record others as non-target",
        )
    filled[part["ROW"].to_numpy(), column(part, number), place] = part["AVAL"].fill_null(np.nan).to_numpy()
    return filled

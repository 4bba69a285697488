"""The result tables: columns, types, units, keys; how they are opened and saved.

Names follow CDISC ADaM where ADaM has one. A table on disk is sorted by its full key, rechunked and
written with a fixed row-group size, so equal values give equal bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from remit.errors import problem

ROW_GROUP_SIZE = 65_536

Columns = Mapping[str, tuple[type[pl.DataType], str, str]]
"""Type, unit and meaning of each column."""

COURSE = {
    "ARM": (pl.String, "", "treatment arm"),
    "SCENARIO": (pl.String, "", "named variant of assumptions"),
    "DRAW": (pl.Int32, "", "parameter draw"),
    "USUBJID": (pl.String, "", "virtual patient, unique within a run"),
}
"""Columns that identify one simulated course: a patient under one arm and one scenario."""


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table: its columns (type, unit, meaning) and the columns that make a row unique."""

    name: str
    title: str
    columns: Columns
    key: tuple[str, ...]

    def schema(self) -> dict[str, type[pl.DataType]]:
        """Column types by name, in order."""
        return {name: column[0] for name, column in self.columns.items()}

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.schema())

    def tidy(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the declared columns, types and order, sorted by its key.

        Raises
        ------
        InputError
            If a declared column is missing.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise problem(
                f"table {self.name}",
                f"columns {', '.join(frame.columns)}",
                f"also {', '.join(missing)}",
                "see `remit schema tables` for the columns of every table",
            )
        typed = frame.select(list(self.columns)).cast(pl.Schema(self.schema()))
        return typed.sort(self.key, nulls_last=True).rechunk()


def table(name: str, title: str, key: str, columns: Columns) -> Table:
    """Declare a table; ``key`` is a space-separated list of columns."""
    return Table(name, title, columns, tuple(key.split()))


SUBJECT = "ARM SCENARIO DRAW USUBJID"
S, F, N, B = pl.String, pl.Float64, pl.Int32, pl.Boolean

ADSL = table(
    "adsl",
    "Subject level",
    SUBJECT,
    COURSE
    | {
        "COUNTRY": (S, "", "country of the site"),
        "REGION": (S, "", "region of the country"),
        "SEX": (S, "", "F or M"),
        "AGE": (F, "year", "age at screening"),
        "WEIGHT": (F, "kg", "body weight"),
        "PRIORLN": (N, "", "prior lines of therapy"),
        "TP53FL": (B, "", "TP53 altered, null if not modelled"),
        "BLASTFL": (B, "", "blastoid or pleomorphic, null if not modelled"),
        "IGHVUFL": (B, "", "unmutated IGHV, null if not modelled"),
        "CKFL": (B, "", "complex karyotype, null if not modelled"),
        "IDHFL": (B, "", "mutated IDH1 or IDH2, null if not modelled"),
        "NPM1FL": (B, "", "mutated NPM1, null if not modelled"),
        "FLT3FL": (B, "", "internal tandem duplication of FLT3, null if not modelled"),
        "KI67": (F, "fraction", "Ki-67 positive cells, null if not modelled"),
        "BCL2EXP": (F, "", "BCL2 expression relative to typical"),
        "CRCL": (F, "mL/min", "creatinine clearance"),
        "BTKISTOP": (S, "", "why the earlier BTK inhibitor ended"),
        "REFRFL": (B, "", "refractory subgroup (latent, unknown in a real trial)"),
        "NTARGET": (N, "", "target lesions"),
        "WEIGHT_POP": (F, "", "population weight"),
        "STATUS": (S, "", "how the solve ended"),
        "TRTEDY": (F, "day", "last dose"),
        "DCSREAS": (S, "", "why treatment ended, or ongoing"),
        "FUEDY": (F, "day", "end of response follow-up"),
        "DTHDY": (F, "day", "death, null if alive"),
        "DTHCAUS": (S, "", "cause of death"),
        "LOSTDY": (F, "day", "loss to follow-up, null if none"),
        "NEWTXDY": (F, "day", "start of subsequent therapy, null if none"),
    },
)
ADEX = table(
    "adex",
    "Exposure",
    f"{SUBJECT} ASTDY",
    COURSE
    | {
        "ASTDY": (F, "day", "first dose of the period"),
        "AENDY": (F, "day", "end of the period"),
        "EXDOSE": (F, "fraction of target", "daily dose"),
        "EXREAS": (S, "", "why this dose"),
    },
)
ADPC = table(
    "adpc",
    "Exposure and occupancy over time",
    f"{SUBJECT} PARAMCD ADY",
    COURSE
    | {
        "ADY": (F, "day", "time"),
        "PARAMCD": (S, "", "parameter"),
        "AVAL": (F, "", "value"),
    },
)
ADTR = table(
    "adtr",
    "Tumour measurements",
    f"{SUBJECT} READER VISITNUM PARAMCD TRLNKID",
    COURSE
    | {
        "READER": (S, "", "INV or IRC"),
        "ADY": (F, "day", "time of the scan"),
        "VISITNUM": (N, "", "scan number, 0 is baseline"),
        "PARAMCD": (S, "", "LDIAM SDIAM SUMPPD SPLEEN NEWLESN NTPROG"),
        "TRLNKID": (S, "", "lesion, empty for the patient"),
        "AVAL": (F, "mm, mm2 or count", "value"),
    },
)
ADRS = table(
    "adrs",
    "Response",
    f"{SUBJECT} READER PARAMCD VISITNUM",
    COURSE
    | {
        "READER": (S, "", "INV or IRC"),
        "ADY": (F, "day", "time"),
        "VISITNUM": (N, "", "scan number; -1 for best response"),
        "PARAMCD": (S, "", "OVRLRESP or BOR"),
        "AVALC": (S, "", "CR PR SD PD NE"),
    },
)
ADTTE = table(
    "adtte",
    "Time to event",
    f"{SUBJECT} READER PARAMCD",
    COURSE
    | {
        "READER": (S, "", "INV, IRC, or empty for OS"),
        "PARAMCD": (S, "", "PFS PFSNT DOR OS TTNT TTR"),
        "AVAL": (F, "day", "time from first dose (DOR: from first response)"),
        "CNSR": (N, "", "0 event, else censored"),
        "EVNTDESC": (S, "", "event or reason for censoring"),
    },
)
ADLB = table(
    "adlb",
    "Laboratory",
    f"{SUBJECT} PARAMCD ADY",
    COURSE
    | {
        "ADY": (F, "day", "time"),
        "VISITNUM": (N, "", "visit"),
        "PARAMCD": (S, "", "ANC PLAT HGB K PHOS CA URATE CREAT"),
        "AVAL": (F, "1e9/L, g/L, mmol/L, CREAT umol/L", "value"),
        "ATOXGR": (N, "", "CTCAE grade, -1 not graded"),
    },
)
ADAE = table(
    "adae",
    "Adverse events",
    f"{SUBJECT} AEDECOD ASTDY",
    COURSE
    | {
        "AEDECOD": (S, "", "event"),
        "AETOXGR": (N, "", "worst grade"),
        "ASTDY": (F, "day", "start"),
        "AENDY": (F, "day", "end, null if ongoing"),
        "AEORIGIN": (S, "", "biology or background"),
        "AESER": (B, "", "serious"),
    },
)
TRIALS = table(
    "trials",
    "Replicated trials",
    "ARM SCENARIO REPLICATE",
    {
        "ARM": COURSE["ARM"],
        "SCENARIO": COURSE["SCENARIO"],
        "REPLICATE": (N, "", "replicate"),
        "DRAW": COURSE["DRAW"],
        "N": (N, "", "patients treated"),
        "EVALUABLE": (N, "", "with a response assessment"),
        "RESPONDERS": (N, "", "CR or PR"),
        "ORR": (F, "fraction", "overall response rate"),
        "ORRLCL": (F, "fraction", "exact lower 95% limit"),
        "ORRUCL": (F, "fraction", "exact upper 95% limit"),
        "CRN": (N, "", "complete responses"),
        "CR": (F, "fraction", "complete response rate"),
        "REJECT": (B, "", "exact one-sided test against p0 rejects"),
        "PFSMED": (F, "month", "median PFS, treatment policy, null if not reached"),
        "PFSNTMED": (F, "month", "median PFS censored at new therapy or missed scans, null if not reached"),
        "DORMED": (F, "month", "median DOR, null if not reached"),
        "OSMED": (F, "month", "median OS, null if not reached"),
        "CUTDAY": (F, "calendar day", "data cut-off"),
        "ENROLDAY": (F, "calendar day", "last patient in"),
        "RIPE": (B, "", "every responder has the follow-up the study asks for"),
    },
)
OPERATING = table(
    "operating",
    "Operating characteristics",
    "ARM SCENARIO MEASURE",
    {
        "ARM": COURSE["ARM"],
        "SCENARIO": COURSE["SCENARIO"],
        "MEASURE": (S, "", "measure"),
        "VALUE": (F, "", "estimate"),
        "MCSE": (F, "", "Monte Carlo standard error"),
        "LOW90": (F, "", "5th percentile over replicates"),
        "HIGH90": (F, "", "95th percentile over replicates"),
        "N_REPLICATES": (N, "", "replicates"),
    },
)
PARAMETERS = table(
    "parameters",
    "Parameters",
    "PATH",
    {
        "PATH": (S, "", "file and key"),
        "VALUE": (F, "", "value in UNIT"),
        "UNIT": (S, "", "unit"),
        "MEANING": (S, "", "meaning"),
        "ORIGIN": (S, "", "reported, derived, fitted or assumed"),
        "SOURCE": (S, "", "key of the source"),
        "WHERE": (S, "", "place in the source"),
        "GRADE": (S, "", "strength of evidence"),
        "VERIFIED": (S, "", "how it was read"),
        "BETWEEN_PATIENTS": (S, "", "spread between patients"),
        "UNCERTAINTY": (S, "", "uncertainty of the typical value"),
        "BECAUSE": (S, "", "why, where assumed or derived"),
    },
)
SOURCES = table(
    "sources",
    "Sources",
    "KEY",
    {
        "KEY": (S, "", "key"),
        "TITLE": (S, "", "title"),
        "AUTHORS": (S, "", "authors"),
        "YEAR": (S, "", "year"),
        "URL": (S, "", "address"),
    },
)
VERDICTS = table(
    "verdicts",
    "Readings of the designation criteria",
    "ARM SCENARIO AGENCY SET CRITERION READING",
    {
        "ARM": COURSE["ARM"],
        "SCENARIO": COURSE["SCENARIO"],
        "AGENCY": (S, "", "cde or fda"),
        "SET": (S, "", "comparator set"),
        "CRITERION": (S, "", "criterion"),
        "READING": (S, "", "numerical reading"),
        "VERDICT": (S, "", "met, not met, cannot tell"),
        "PROBABILITY": (
            F,
            "fraction",
            "share of replicates in which the reading is met; null if not numerical",
        ),
        "BECAUSE": (S, "", "why"),
    },
)
VARIATIONS = table(
    "variations",
    "Patients of the sensitivity analysis",
    "ARM SCENARIO FACTOR LEVEL USUBJID",
    {
        "ARM": COURSE["ARM"],
        "SCENARIO": COURSE["SCENARIO"],
        "FACTOR": (S, "", "assumption"),
        "LEVEL": (S, "", "its level"),
        "USUBJID": (S, "", "virtual patient; the same deviates under every level"),
        "AVALC": (S, "", "best response by the primary reader"),
        "AVAL": (F, "day", "progression-free survival by the primary reader"),
        "CNSR": (N, "", "0 event, else censored"),
    },
)
SENSITIVITY = table(
    "sensitivity",
    "Sensitivity of the response rate",
    "ARM SCENARIO FACTOR LEVEL",
    {
        "ARM": COURSE["ARM"],
        "SCENARIO": COURSE["SCENARIO"],
        "FACTOR": (S, "", "assumption"),
        "LEVEL": (S, "", "its level"),
        "ORR": (F, "fraction", "response rate"),
        "MCSE": (F, "", "Monte Carlo standard error of ORR"),
        "CHANGE": (F, "fraction", "ORR minus that of the level as assumed, on the same patients"),
        "CHANGEERR": (F, "", "Monte Carlo standard error of CHANGE"),
        "CR": (F, "fraction", "complete response rate"),
        "PFS12": (F, "fraction", "progression-free at 12 months, Kaplan-Meier"),
        "NOTE": (S, "", "what was varied and how"),
    },
)
VARIANCE = table(
    "variance",
    "Where the width of the interval comes from",
    "ARM SCENARIO SOURCE",
    {
        "ARM": COURSE["ARM"],
        "SCENARIO": COURSE["SCENARIO"],
        "SOURCE": (S, "", "source of variance"),
        "SHARE": (F, "fraction", "share of the variance of the observed response rate"),
        "MCSE": (F, "", "Monte Carlo standard error"),
    },
)
SHIFTS = table(
    "shifts",
    "How plausibility and screening moved the covariates",
    "DRAW COVARIATE",
    {
        "DRAW": COURSE["DRAW"],
        "COVARIATE": (S, "", "covariate of ADSL; flags as shares"),
        "CANDIDATES": (F, "", "mean of all candidates"),
        "PLAUSIBLE": (F, "", "mean of the plausible ones"),
        "ELIGIBLE": (F, "", "mean of those who could enter"),
        "SHIFTPL": (F, "SD of candidates", "PLAUSIBLE minus CANDIDATES"),
        "SHIFTEL": (F, "SD of candidates", "ELIGIBLE minus CANDIDATES"),
    },
)
SCREENING = table(
    "screening",
    "From candidates to treated patients",
    "DRAW OUTCOME",
    {
        "DRAW": COURSE["DRAW"],
        "OUTCOME": (S, "", "what became of the candidate"),
        "COUNT": (N, "", "candidates"),
    },
)

TABLES = {
    each.name: each
    for each in (
        ADSL,
        ADEX,
        ADPC,
        ADTR,
        ADRS,
        ADTTE,
        ADLB,
        ADAE,
        TRIALS,
        OPERATING,
        PARAMETERS,
        SOURCES,
        VERDICTS,
        VARIATIONS,
        SENSITIVITY,
        VARIANCE,
        SCREENING,
        SHIFTS,
    )
}


def save_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet, byte for byte the same for the same values."""
    frame.rechunk().write_parquet(path, row_group_size=ROW_GROUP_SIZE, statistics=True, compression="zstd")


def open_table(path: Path) -> pl.DataFrame:
    """Read a table written by :func:`save_table`."""
    return pl.read_parquet(path)


def digest(frame: pl.DataFrame) -> str:
    """Digest of the values, column names and types of a frame; row order counts."""
    state = hashlib.sha256()
    for name, dtype in frame.schema.items():
        state.update(f"{name}:{dtype};".encode())
    for row in frame.iter_rows():
        state.update(repr(row).encode())
    return state.hexdigest()

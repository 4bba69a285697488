"""A small study as ADaM tables, made from a seed; no number in it means anything.

60 subjects in two arms, two more who were never treated, two stratification factors, ties, censoring, deaths
without progression, bounds of progression between assessments. ``write`` puts it into a directory in any of
the four formats.
"""

import datetime
import json
from pathlib import Path

import numpy as np
import polars as pl

STUDY, EXPERIMENTAL, CONTROL = "TOY-01", "Drug A", "Placebo"
N_ARM, SCAN = 30, 56
CUT_OFF = datetime.date(2025, 9, 30)
LABELS = {"USUBJID": "Unique Subject Identifier", "AVAL": "Analysis Value", "CNSR": "Censor"}
DATES = ("RANDDT", "STARTDT", "ADT", "DCUTDT")

Tables = dict[str, pl.DataFrame]


def tables(seed: int = 5) -> Tables:
    """ADSL, ADTTE and ADRS with dates as dates."""
    random = np.random.default_rng(seed)
    subjects = [_subject(number, random) for number in range(2 * N_ARM)]
    untreated = [
        subject | {"USUBJID": f"{STUDY}-{900 + place}", "ITTFL": "N", "SAFFL": "N", "TRT01A": None}
        for place, subject in enumerate(subjects[:2])
    ]
    courses = [_course(subject, random) for subject in subjects]
    adsl = pl.DataFrame([*subjects, *untreated])
    adtte = pl.DataFrame([row for times, _ in courses for row in times], infer_schema_length=None)
    adrs = pl.DataFrame([best for _, best in courses])
    return {"ADSL": adsl, "ADTTE": adtte, "ADRS": adrs}


def _subject(number: int, random: np.random.Generator) -> dict:
    arm = EXPERIMENTAL if number % 2 == 0 else CONTROL
    entry = datetime.date(2024, 1, 1) + datetime.timedelta(int(random.integers(0, 300)))
    return {
        "STUDYID": STUDY,
        "USUBJID": f"{STUDY}-{number:03d}",
        "TRT01P": arm,
        "TRT01A": arm,
        "AGE": float(random.integers(45, 84)),
        "SEX": "F" if random.random() < 0.4 else "M",
        "ECOG": str(random.integers(0, 2)),
        "STRAT1R": "1 prior line" if random.random() < 0.5 else "2 or more",
        "STRAT2R": "high LDH" if random.random() < 0.4 else "normal LDH",
        "ITTFL": "Y",
        "SAFFL": "Y",
        "RANDDT": entry,
        "DCUTDT": CUT_OFF,
    }


def _course(subject: dict, random: np.random.Generator) -> tuple[list[dict], dict]:
    """Records of times, and best response, of one subject."""
    is_experimental = subject["TRT01P"] == EXPERIMENTAL
    limit = (CUT_OFF - subject["RANDDT"]).days + 1
    death = int(random.exponential(900 if is_experimental else 650)) + 1
    true = int(random.exponential(420 if is_experimental else 240)) + 1
    seen = -(-true // SCAN) * SCAN
    best = str(
        random.choice(
            ["CR", "PR", "SD", "PD"], p=[0.3, 0.3, 0.2, 0.2] if is_experimental else [0.1] + 3 * [0.3]
        )
    )
    pfs, reason = min((seen, "Progressive disease"), (death, "Death"))
    records = [
        _record(subject, "OS", "Overall Survival", death, limit, "Death"),
        _record(subject, "PFS", "Progression-Free Survival", pfs, limit, reason),
    ]
    if reason == "Progressive disease" and pfs <= limit:
        records[1] |= {"AINTLO": float(pfs - SCAN), "AINTHI": float(pfs)}
    else:
        alive = records[1]["CNSR"] != 0
        at = records[1]["AVAL"]
        records[1] |= {"AINTLO": at, "AINTHI": None if alive else at}
    if best in ("CR", "PR") and pfs > SCAN:
        start = subject["RANDDT"] + datetime.timedelta(SCAN - 1)
        records.append(
            _record(
                subject | {"RANDDT": start},
                "DOR",
                "Duration of Response",
                pfs - SCAN + 1,
                limit - SCAN + 1,
                reason,
            )
        )
    elif best in ("CR", "PR"):
        best = "SD"
    response = _key(subject) | {
        "PARAMCD": "BOR", "PARAM": "Best Overall Response", "AVALC": best, "ANL01FL": "Y",
    }  # fmt: skip
    return records, response


def _key(subject: dict) -> dict:
    return {name: subject[name] for name in ("STUDYID", "USUBJID")} | {"TRTP": subject["TRT01P"]}


def _record(subject: dict, code: str, title: str, time: int, limit: int, reason: str) -> dict:
    is_event = time <= limit
    value = min(time, limit)
    return _key(subject) | {
        "PARAMCD": code,
        "PARAM": f"{title} (Days)",
        "AVAL": float(value),
        "AVALU": "DAYS",
        "CNSR": 0.0 if is_event else 1.0,
        "EVNTDESC": reason if is_event else "Data cut-off",
        "STARTDT": subject["RANDDT"],
        "ADT": subject["RANDDT"] + datetime.timedelta(value - 1),
        "ANL01FL": "Y",
        "AINTLO": None,
        "AINTHI": None,
    }


def write(found: Tables, folder: Path, kind: str = "csv") -> Path:
    """Write tables as ``csv``, ``parquet``, ``xpt``, ``json`` or ``ndjson``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in found.items():
        _write_one(name, frame, folder / f"{name.lower()}.{kind}", kind)
    return folder


def _write_one(name: str, frame: pl.DataFrame, path: Path, kind: str) -> None:
    match kind:
        case "csv":
            frame.write_csv(path)
        case "parquet":
            frame.write_parquet(path)
        case "xpt":
            import pyreadstat  # noqa: PLC0415 - an extra

            pyreadstat.write_xport(
                frame, str(path), table_name=name, file_format_version=5,
                column_labels=[LABELS.get(each, "") for each in frame.columns],
                variable_format=dict.fromkeys((each for each in DATES if each in frame.columns), "DATE9."),
            )  # fmt: skip
        case _:
            path.write_text(_dataset_json(name, frame, by_line=kind == "ndjson"), encoding="utf-8")


def _dataset_json(name: str, frame: pl.DataFrame, *, by_line: bool) -> str:
    """Dataset-JSON 1.1, or its form with a row on each line."""
    kinds = {pl.String: "string", pl.Float64: "double", pl.Date: "date"}
    columns = [
        {"itemOID": f"IT.{name}.{each}", "name": each, "label": LABELS.get(each, each),
         "dataType": "string" if dtype == pl.Null else kinds[type(dtype)]}
        for each, dtype in frame.schema.items()
    ]  # fmt: skip
    head = {
        "datasetJSONCreationDateTime": "2026-07-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name}",
        "name": name,
        "label": name,
        "records": frame.height,
        "columns": columns,
    }
    rows = [[str(each) if isinstance(each, datetime.date) else each for each in row] for row in frame.rows()]
    if by_line:
        return "\n".join(json.dumps(each) for each in (head, *rows)) + "\n"
    return json.dumps(head | {"rows": rows})


def own_tables() -> Tables:
    """The same subjects under the keys of remit's own tables, each under both arms of one scenario."""

    def own(frame: pl.DataFrame) -> pl.DataFrame:
        kept = frame.drop("TRTP", "TRT01P", "TRT01A", strict=False)
        both = [
            kept.with_columns(ARM=pl.lit(arm), SCENARIO=pl.lit("plain"), DRAW=pl.lit(0))
            for arm in (EXPERIMENTAL, CONTROL)
        ]
        return pl.concat(both)

    found = tables()
    people = found["ADSL"].filter(pl.col("ITTFL") == "Y")
    return {name: own(frame) for name, frame in (found | {"ADSL": people}).items()}


PLAN = {
    "format": 1,
    "title": "Toy study",
    "population": "ITTFL",
    "treatment": "TRT01P",
    "experimental": EXPERIMENTAL,
    "reference": CONTROL,
    "strata": ["STRAT1R", "STRAT2R"],
    "endpoints": [
        {
            "kind": "response", "name": "ORR", "parameter": "BOR", "responders": ["CR", "PR"],
            "p0": 0.2, "fisher": True,
        },
        {
            "kind": "time_to_event", "name": "PFS", "parameter": "PFS", "where": {"ANL01FL": "Y"},
            "milestones": [6, 12], "restricted_mean": 12, "max_combo": True,
            "last_without": "AINTLO", "first_with": "AINTHI",
        },
        {"kind": "time_to_event", "name": "OS", "parameter": "OS", "milestones": [12]},
        {"kind": "time_to_event", "name": "DOR", "parameter": "DOR", "among": "ORR"},
    ],
}  # fmt: skip
"""The plan of the toy study."""

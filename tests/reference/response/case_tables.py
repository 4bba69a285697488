"""Worked cases of response as result tables.

A file has one row per assessment; a case begins where ``case`` is filled, with its baseline. A blank is the
value of the assessment before; of ``marrow``, ``support``, ``new`` and ``nontarget`` it is none. ``-`` is not
measured. ``nodes`` are LDi x SDi in mm, ``spleen`` in mm, counts in 1e9/L, haemoglobin and IgM in g/L,
``blasts`` a fraction; ``marrow`` is 1 if disease was seen; ``btki`` is on or held since the assessment
before; ``last_dose`` is a day.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from remit.results import TABLES

FOLDER = Path(__file__).parent
NAMES = ("adsl", "adtr", "adlb", "adbm", "adcm", "adex")
LABORATORY = {"anc": "ANC", "plt": "PLAT", "hb": "HGB", "lymph": "LYMPH", "igm": "IGM"}
MARROW = {"marrow": "INVOLVED", "blasts": "BLASTS"}
CARRIED = ("nodes", "spleen", "blasts", *LABORATORY)
READER = "IRC"


@dataclass(frozen=True)
class Case:
    """A patient: assessments as dictionaries of cells, baseline first; ``expected`` is of those after it."""

    name: str
    illustrates: str
    assessments: list[dict[str, str]]

    @property
    def expected(self):
        return [each["expected"] for each in self.assessments[1:]]


def read_cases(criterion):
    """The cases of a criterion."""
    cases = []
    with (FOLDER / f"{criterion}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["case"]:
                cases.append(Case(row["case"], row["illustrates"], [row]))
                continue
            before = cases[-1].assessments[-1]
            filled = {name: row[name] or before[name] for name in CARRIED if name in row}
            cases[-1].assessments.append(row | filled)
    return cases


def tables_of(cases, reader=READER, **changes):
    """Result tables of the cases, a patient each; ``changes`` go to every row of adsl."""
    rows = {name: [] for name in NAMES}
    for place, case in enumerate(cases):
        key = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": f"0000-{place:05d}"}
        last = case.assessments[0].get("last_dose")
        ended = {"TRTEDY": float(last), "DCSREAS": "completed"} if last else {}
        rows["adsl"].append(key | {"STATUS": "OK", "DCSREAS": "ongoing"} | ended | changes)
        since = 0.0
        for number, cells in enumerate(case.assessments):
            for name, found in rows_of(cells, float(cells["day"]), number, since, reader).items():
                rows[name] += [key | each for each in found]
            since = float(cells["day"])
    frames = {}
    for name, found in rows.items():
        frames[name] = pl.DataFrame(found, schema=TABLES[name].schema())
    return frames


def rows_of(cells, day, number, since, reader):
    """Rows of one assessment by table."""
    visit = {"ADY": day, "VISITNUM": float(number)}
    return {
        "adtr": [{"READER": reader, "TRLNKID": "", **visit, **each} for each in scan(cells)],
        "adlb": [
            {"PARAMCD": code, "AVAL": float(cells[name]), "ATOXGR": -1} | visit
            for name, code in LABORATORY.items() if cells.get(name) not in {None, "", "-"}
        ],
        "adbm": [
            {"PARAMCD": code, "AVAL": None if cells[name] == "-" else float(cells[name])} | visit
            for name, code in MARROW.items() if cells.get(name)
        ],
        "adcm": [{"CMDECOD": cells["support"], "ASTDY": day - 3, "AENDY": day - 3, "CMREAS": "treatment"}]
        if cells.get("support") else [],
        "adex": [{"EXTRT": "ibrutinib", "ASTDY": since, "AENDY": day, "EXDOSE": float(cells["btki"] == "on")}]
        if cells.get("btki") and day else [],
    }  # fmt: skip


def scan(cells):
    """Measurements of a scan, none in a disease without scans."""
    if "nodes" not in cells:
        return
    yield {"PARAMCD": "NEWLESN", "AVAL": float(cells["new"] or 0)}
    yield {"PARAMCD": "NTPROG", "AVAL": float(cells["nontarget"] or 0)}
    if cells["spleen"] != "-":
        yield {"PARAMCD": "SPLEEN", "AVAL": float(cells["spleen"])}
    for place, node in enumerate(cells["nodes"].split(), start=1):
        if node != "-":
            for code, size in zip(("LDIAM", "SDIAM"), node.split("x"), strict=True):
                yield {"PARAMCD": code, "TRLNKID": f"T{place}", "AVAL": float(size)}

"""Synthetic result tables with the shape of a small run; no number in them means anything."""

import datetime
import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import beta

import remit.library as library_package
from remit.designation import (
    Case,
    PlannedReadout,
    assess,
    comparator_table,
    comparators_from,
    what_would_change,
)
from remit.designation.agencies import status_sentences
from remit.report import PublishedResult, ReportFacts
from remit.report.facts import CalibrationCheck, published_rates
from remit.results import TABLES

AS_OF = datetime.date(2026, 11, 23)
DRAWS, PATIENTS, TRIAL = 4, 12, 40
COURSES = {
    ("mesutoclax", "pharmacology/ki_shift"): 0.68,
    ("mesutoclax", "pharmacology/bcl2_independent"): 0.48,
    ("mesutoclax", "plateau/ki_shift"): 0.58,
    ("mesutoclax", "plateau/bcl2_independent"): 0.42,
    ("venetoclax", "reference/ki_shift"): 0.47,
    ("venetoclax", "reference/bcl2_independent"): 0.45,
}
LEVELS = ("low (4th percentile)", "high (96th percentile)")
SOURCES = (
    "potency and exposure",
    "maximum kill of the drug",
    "half-life",
    "disease biology",
    "other values and interactions",
    "trial sampling",
)
SCANS = (0.0, 56.0, 112.0, 168.0, 252.0, 336.0)


def frame(name: str, rows: list[dict]) -> pl.DataFrame:
    table = TABLES[name]
    blank = dict.fromkeys(table.columns)
    return pl.DataFrame([blank | row for row in rows], schema=table.schema()).sort(table.key)


def keys():
    for (arm, scenario), rate in COURSES.items():
        for draw in range(DRAWS):
            for index in range(PATIENTS):
                yield (
                    {"ARM": arm, "SCENARIO": scenario, "DRAW": draw, "USUBJID": f"{draw:04d}-{index:05d}"},
                    rate,
                )


def patient_tables(rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    found = {name: [] for name in ("adsl", "adtr", "adrs", "adtte", "adlb", "adae", "adpc")}
    people = {}
    for key, rate in keys():
        person = people.setdefault(
            key["USUBJID"],
            {
                "AGE": float(rng.normal(67, 8)),
                "WEIGHT": float(rng.normal(68, 11)),
                "PRIORLN": int(rng.integers(1, 6)),
                "KI67": float(rng.beta(2, 4)),
                "SEX": "M" if rng.random() < 0.77 else "F",
                "TP53FL": bool(rng.random() < 0.2),
                "BLASTFL": bool(rng.random() < 0.2),
                "BCL2EXP": float(rng.lognormal(0, 0.4)),
                "CRCL": float(rng.normal(75, 15)),
                "REGION": "china" if rng.random() < 0.6 else "other",
                "REFRFL": bool(rng.random() < 0.3),
                "BTKISTOP": str(rng.choice(["progression", "intolerance"])),
                "LUCK": float(rng.random()),
            },
        )
        responds = person["LUCK"] < rate
        complete = person["LUCK"] < rate / 3
        progression = float(rng.exponential(430 if responds else 90)) + 30
        stop = min(progression, 400.0)
        death = progression + float(rng.exponential(300))
        dead = death < 700
        found["adsl"].append(
            key
            | {name: value for name, value in person.items() if name != "LUCK"}
            | {
                "COUNTRY": "CN",
                "WEIGHT_POP": 1.0,
                "STATUS": "OK" if rng.random() > 0.01 else "STEP_LIMIT",
                "NTARGET": 3,
                "TRTEDY": stop,
                "DCSREAS": "ongoing" if stop >= 400 else "progression",
                "FUEDY": stop,
                "DTHDY": death if dead else None,
            }
        )
        best = (
            -92.0 if complete else float(rng.uniform(-85, -52)) if responds else float(rng.uniform(-45, 60))
        )
        for reader in ("INV", "IRC"):
            for visit, day in enumerate(SCANS):
                if visit and day > progression + 60:
                    break
                change = (
                    0
                    if not visit
                    else best * min(1, visit / 2)
                    + (35 * max(0, (day - progression * 0.7) / 60) if day > progression * 0.7 else 0)
                )
                found["adtr"].append(
                    key
                    | {
                        "READER": reader,
                        "ADY": day,
                        "VISITNUM": visit,
                        "PARAMCD": "SUMPPD",
                        "TRLNKID": "",
                        "AVAL": 4000 * (1 + change / 100),
                    }
                )
                if visit:
                    code = (
                        "PD"
                        if day > progression
                        else ("CR" if complete and visit > 1 else "PR")
                        if responds
                        else "SD"
                    )
                    found["adrs"].append(
                        key
                        | {
                            "READER": reader,
                            "ADY": day,
                            "VISITNUM": visit,
                            "PARAMCD": "OVRLRESP",
                            "AVALC": code,
                        }
                    )
            bor = (
                ("CR" if complete else "PR")
                if responds
                else str(rng.choice(["SD", "PD", "NE"], p=[0.4, 0.5, 0.1]))
            )
            if reader == "INV" and rng.random() < 0.06:
                bor = "SD" if responds else "PR"
            found["adrs"].append(
                key | {"READER": reader, "ADY": stop, "VISITNUM": -1, "PARAMCD": "BOR", "AVALC": bor}
            )
            found["adtte"].append(
                key
                | {
                    "READER": reader,
                    "PARAMCD": "PFS",
                    "AVAL": min(progression, 700.0),
                    "CNSR": int(progression >= 700),
                    "EVNTDESC": "PD",
                }
            )
            if responds:
                found["adtte"].append(
                    key
                    | {
                        "READER": reader,
                        "PARAMCD": "DOR",
                        "AVAL": min(progression, 700.0) - 25,
                        "CNSR": int(progression >= 700),
                        "EVNTDESC": "PD",
                    }
                )
        found["adtte"].append(
            key
            | {
                "READER": "",
                "PARAMCD": "OS",
                "AVAL": min(death, 700.0),
                "CNSR": int(not dead),
                "EVNTDESC": "death",
            }
        )
        for visit, day in enumerate((-3.0, 14.0, 28.0, 56.0)):
            for code in ("ANC", "PLAT", "URATE"):
                grade = int(rng.choice([0, 1, 2, 3, 4], p=[0.6, 0.1, 0.1, 0.12, 0.08]))
                found["adlb"].append(
                    key
                    | {
                        "ADY": day,
                        "VISITNUM": visit,
                        "PARAMCD": code,
                        "AVAL": 1.0,
                        "ATOXGR": grade if day > 0 else 0,
                    }
                )
        for name, chance in (("Diarrhoea", 0.3), ("Pneumonia", 0.12)):
            if rng.random() < chance:
                found["adae"].append(
                    key
                    | {
                        "AEDECOD": name,
                        "AETOXGR": int(rng.integers(1, 4)),
                        "ASTDY": 30.0,
                        "AENDY": 40.0,
                        "AEORIGIN": "background",
                        "AESER": False,
                    }
                )
        if rng.random() < 0.03:
            found["adae"].append(
                key
                | {
                    "AEDECOD": "Laboratory tumour lysis syndrome",
                    "AETOXGR": 3,
                    "ASTDY": 2.0,
                    "AENDY": 5.0,
                    "AEORIGIN": "biology",
                    "AESER": False,
                }
            )
        if int(key["USUBJID"][-5:]) < 10:
            spread = float(rng.lognormal(0, 0.4))
            for day in np.arange(0, 60, 1.0):
                level = (min(1, (1 + day // 7) / 5)) * spread * (1 - np.exp(-1 - day / 2))
                found["adpc"] += [
                    key | {"ADY": float(day), "PARAMCD": "CONCREL", "AVAL": float(level)},
                    key | {"ADY": float(day), "PARAMCD": "BCL2OCCB", "AVAL": float(level / (level + 0.05))},
                    key | {"ADY": float(day), "PARAMCD": "BCL2OCCN", "AVAL": float(level / (level + 0.3))},
                ]
    return {name: frame(name, rows) for name, rows in found.items()}


def trial_table(rng: np.random.Generator, replicates: int = 80) -> pl.DataFrame:
    rows = []
    for (arm, scenario), rate in COURSES.items():
        shift = rng.normal(0, 0.07, DRAWS)
        for replicate in range(replicates):
            draw = replicate % DRAWS
            responders = int(rng.binomial(TRIAL, np.clip(rate + shift[draw], 0.02, 0.98)))
            complete = int(rng.binomial(responders, 0.3))
            low = float(beta.ppf(0.025, responders, TRIAL - responders + 1)) if responders else 0.0
            high = float(beta.isf(0.025, responders + 1, TRIAL - responders)) if responders < TRIAL else 1.0
            rows.append(
                {
                    "ARM": arm,
                    "SCENARIO": scenario,
                    "REPLICATE": replicate,
                    "DRAW": draw,
                    "N": TRIAL,
                    "EVALUABLE": TRIAL - 2,
                    "RESPONDERS": responders,
                    "ORR": responders / TRIAL,
                    "ORRLCL": low,
                    "ORRUCL": high,
                    "CRN": complete,
                    "CR": complete / TRIAL,
                    "REJECT": low > 0.3,
                    "PFSMED": float(rng.normal(8, 2)),
                    "DORMED": float(rng.normal(14, 2)) if rng.random() > 0.3 else None,
                    "OSMED": None,
                    "CUTDAY": 700.0,
                    "ENROLDAY": 420.0,
                    "RIPE": bool(rng.random() > 0.05),
                }
            )
    return frame("trials", rows)


FACTORS = {
    "maximum kill of the drug": ("low at SD 0.3", "high at SD 0.3", "low at SD 0.6", "high at SD 0.6"),
    "recalled records": ("at full weight", "left out"),
    "refractory share": LEVELS,
    "half-life": ("short (4th percentile)", "as assumed, single doses", "long (96th percentile)"),
    "unbound drug in nodes": LEVELS,
    "extinction": ("below one cell",),
    **{f"value {place}": LEVELS for place in range(8)},
    "disease biology": ("member 0", "member 9"),
}
MOVES = {
    "maximum kill of the drug": 0.05,
    "recalled records": 0.12,
    "half-life": 0.02,
    "disease biology": 0.4,
}


def sensitivity_rows(arm: str, scenario: str, rate: float) -> list[dict]:
    reference = {"FACTOR": "as assumed", "LEVEL": "typical draw", "ORR": rate, "CHANGE": 0.0}
    rows = [reference | {"CHANGEERR": 0.0}]
    for place, (factor, levels) in enumerate(FACTORS.items()):
        size = MOVES.get(factor, 0.03 - 0.001 * place)
        middle = (len(levels) - 1) / 2
        for step, level in enumerate(levels):
            change = size * (step - middle) if len(levels) > 1 else 0.0
            rows.append(
                {"FACTOR": factor, "LEVEL": level, "ORR": rate + change, "CHANGE": change, "CHANGEERR": 0.006}
            )
    shared = {"ARM": arm, "SCENARIO": scenario, "MCSE": 0.05, "CR": 0.3, "PFS12": 0.5}
    return [shared | {"NOTE": f"{row['FACTOR']}: {row['LEVEL']}"} | row for row in rows]


def variation_rows(arm: str, scenario: str) -> list[dict]:
    """Patients of the levels of which the report shows progression-free survival."""
    level = {"as assumed": "typical draw", "extinction": "below one cell"}
    return [
        {"ARM": arm, "SCENARIO": scenario, "FACTOR": factor, "LEVEL": level[factor]}
        | {"USUBJID": f"0000-{index:05d}", "AVALC": "PR", "AVAL": 60.0 * (index + 1), "CNSR": index % 2}
        for factor in level
        for index in range(PATIENTS)
    ]


def small_tables(rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    sensitivity, varied, variance, operating = [], [], [], []
    for (arm, scenario), rate in COURSES.items():
        named = arm == "mesutoclax" and scenario.endswith("ki_shift")
        if named:
            sensitivity += sensitivity_rows(arm, scenario, rate)
            varied += variation_rows(arm, scenario)
        sources = SOURCES if named else ("parameter uncertainty", "trial sampling")
        for source, share in zip(sources, rng.dirichlet([2.0] * len(sources)), strict=True):
            variance.append(
                {"ARM": arm, "SCENARIO": scenario, "SOURCE": source, "SHARE": float(share), "MCSE": 0.03}
            )
        operating.append(
            {
                "ARM": arm,
                "SCENARIO": scenario,
                "MEASURE": "ORR",
                "VALUE": rate,
                "MCSE": 0.004,
                "LOW90": rate - 0.1,
                "HIGH90": rate + 0.1,
                "N_REPLICATES": 80,
            }
        )
    parameters = [
        {
            "PATH": f"drugs/venetoclax: pk.{name}",
            "VALUE": value,
            "UNIT": unit,
            "MEANING": meaning,
            "ORIGIN": origin,
            "SOURCE": "example_2020",
            "WHERE": "Table 2",
            "GRADE": "A",
            "VERIFIED": "read",
            "BETWEEN_PATIENTS": "cv 0.4",
            "UNCERTAINTY": "rse 5%",
            "BECAUSE": "",
        }
        for name, value, unit, meaning, origin in (
            ("CL", 446.0, "L/day", "apparent clearance", "reported"),
            ("Vc", 114.5, "L", "apparent central volume", "reported"),
            ("F", 0.9, "", "relative bioavailability <low fat>", "assumed"),
        )
    ]
    return {
        "sensitivity": frame("sensitivity", sensitivity),
        "variations": frame("variations", varied),
        "variance": frame("variance", variance),
        "operating": frame("operating", operating),
        "parameters": frame("parameters", parameters),
        "sources": frame(
            "sources",
            [
                {
                    "KEY": "example_2020",
                    "TITLE": "An example",
                    "AUTHORS": "A. Writer",
                    "YEAR": "2020",
                    "URL": "https://example.org/paper",
                }
            ],
        ),
        "screening": frame(
            "screening",
            [
                {"DRAW": draw, "OUTCOME": outcome, "COUNT": count}
                for draw in range(DRAWS)
                for outcome, count in (("entered", 12), ("implausible", 5), ("died before day 1", 2))
            ],
        ),
    }


def shipped_comparators():
    path = Path(library_package.__path__[0]) / "comparators" / "mcl_btki_treated.toml"
    return comparators_from(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def synthetic_run(seed: int = 7) -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    tables = patient_tables(rng) | {"trials": trial_table(rng)} | small_tables(rng)
    comparators = shipped_comparators()
    verdicts = [
        assess(
            tables["trials"],
            comparators,
            Case(
                agency=agency,
                as_of=AS_OF,
                product="mesutoclax",
                phase_3_begun=False,
                regions=("china", "other"),
            ),
        )
        for agency in ("cde", "fda")
    ]
    thresholds = [what_would_change((40, 80, 120), comparators, agency, AS_OF) for agency in ("cde", "fda")]
    return tables | {
        "verdicts": pl.concat(verdicts),
        "comparators": comparator_table(comparators),
        "thresholds": pl.concat(thresholds),
    }


def synthetic_facts() -> ReportFacts:
    return ReportFacts(
        title="Mesutoclax alone in BTK-inhibitor-treated relapsed or refractory mantle cell lymphoma",
        question=(
            "If mesutoclax alone were given to patients with relapsed or refractory mantle cell lymphoma "
            "after a BTK inhibitor, what would a single-arm phase 2 trial see?"
        ),
        as_of=AS_OF,
        seed=7,
        pool=f"{DRAWS} parameter draws x {PATIENTS} patients",
        versions={"remit": "0.1.0"},
        scenarios={
            "pharmacology/ki_shift": "Resistance shifts affinity, which potency overcomes.",
            "plateau/bcl2_independent": "Resistant cells no longer depend on BCL2.",
        },
        status=status_sentences("mesutoclax", AS_OF),
        design=("Single arm, several sites in China and elsewhere.",),
        published=(
            PublishedResult(
                therapy="venetoclax",
                population="after a BTK inhibitor",
                trial="Eyre 2019",
                n=20,
                orr=0.53,
                cr=0.18,
                pfs_months=3.2,
                source="evidence C0702-C0704",
                recalled=True,
            ),
            PublishedResult(
                therapy="venetoclax",
                population="largely BTK-inhibitor naive",
                trial="M12-175",
                n=28,
                orr=0.75,
                orr_low=0.551,
                orr_high=0.893,
                cr=0.21,
                pfs_months=14,
                source=(
                    "https://aacrjournals.org/cancerdiscovery/article/7/3/244/5878/The-BCL2-Inhibitor-Venetoclax-Is-Active-in-Non"
                ),
                recalled=False,
            ),
        ),
        base_rates=published_rates(),
        not_modelled=("Atrial fibrillation",),
        stamp="partly calibrated",
        stamp_because="Some values were fitted.",
        calibration=(
            CalibrationCheck(
                measure="Eyre 2019: ORR",
                records=("C0702",),
                recalled=True,
                published=0.53,
                model={"ki_shift": 0.6, "bcl2_independent": 0.58},
                distance={"ki_shift": -2.4, "bcl2_independent": -0.3},
            ),
        ),
        calibration_text="Check on fresh virtual patients.",
        planned=PlannedReadout(n=80, months=24, endpoint="ORR by independent review"),
    )


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    return synthetic_run()


@pytest.fixture(scope="session")
def facts() -> ReportFacts:
    return synthetic_facts()

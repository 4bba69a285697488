"""Patients under three doses whose cause of response is known: exposure, and a disease factor.

``confounded`` makes the disease factor go with exposure, so that those with high exposure respond better for
a reason that no dose changes.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit

from remit.results import TABLES
from remit.trial.exposure_response import DoseArm, ExposurePlan, MrdPoint

ARMS = (
    DoseArm(arm="half", dose="200 mg", fold=0.5),
    DoseArm(arm="full", dose="400 mg", fold=1.0),
    DoseArm(arm="double", dose="800 mg", fold=2.0),
)
PLAN = ExposurePlan(
    arms=ARMS, reference="full", drug="venetoclax", reader="IRC", responders=("CR", "PR"), complete=("CR",),
    mrd=MrdPoint(visit="end of treatment", compartment="blood", assay="flow"),
)  # fmt: skip
SLOPE, HARM = 1.0, 1.4
STEPS = (0.05, 0.125, 0.25, 0.5)


@dataclass(frozen=True)
class World:
    """Tables by name, and what is true of each patient: relative exposure and disease factor."""

    tables: dict[str, pl.DataFrame]
    relative: np.ndarray
    factor: np.ndarray
    draw: np.ndarray


def frame(name: str, columns: dict) -> pl.DataFrame:
    table = TABLES[name]
    n = len(next(iter(columns.values())))
    blank = {key: pl.Series([None] * n, dtype=kind) for key, kind in table.schema().items()}
    return table.tidy(pl.DataFrame(blank | columns, strict=False).cast(pl.Schema(table.schema())))


def world(
    seed: int = 5, *, draws: int = 12, patients: int = 60, confounded: bool = True, scenario: str = "base"
):
    rng = np.random.default_rng(seed)
    n = draws * patients
    draw = np.repeat(np.arange(draws), patients)
    names = [f"{d:04d}-{i:05d}" for d in range(draws) for i in range(patients)]
    region = rng.random(n) < 0.6
    z, own = rng.normal(size=(2, n))
    relative = np.exp(0.4 * z + 0.18 * region)
    factor = 0.7 * z + 0.71 * own if confounded else own
    luck, other, mrd = rng.random((3, n))
    nominal = {
        "DRAW": draw, "USUBJID": names, "REGION": np.where(region, "china", "other"),
        "SEX": np.where(rng.random(n) < 0.75, "M", "F"), "AGE": rng.normal(67, 8, n),
        "WEIGHT": rng.normal(68, 11, n), "CRCL": rng.normal(75, 22, n).clip(20, 140),
        "STATUS": ["OK"] * n, "EXPOREL": relative, "BCL2EXP": np.exp(0.3 * factor), "NTARGET": np.full(n, 3),
        "SCENARIO": [scenario] * n, "WEIGHT_POP": np.ones(n),
    }  # fmt: skip
    found = {name: [] for name in ("adsl", "adex", "adrs", "adlb", "adae", "admrd")}
    for arm in ARMS:
        exposure = relative * arm.fold
        chance = expit(-0.2 + SLOPE * np.log(exposure) + 0.9 * factor)
        responds, complete = luck < chance, luck < chance / 3
        severe = other < expit(-1.2 + HARM * np.log(exposure) - 0.2 * factor)
        lysis = other < 0.08
        clean = mrd < 0.5 * chance
        day = np.where(severe, 30 + 200 * luck, np.nan)
        last = np.where(responds, 600.0, 150.0) - 40 * luck
        stops = severe & (luck > 0.8)
        keys = {"ARM": [arm.arm] * n, "SCENARIO": [scenario] * n, "DRAW": draw, "USUBJID": names}
        reason = np.where(stops, "adverse event", np.where(responds, "ongoing", "progression"))
        found["adsl"].append(
            frame("adsl", nominal | keys | {
                "TRTEDY": last, "DCSREAS": reason, "FUEDY": last + 30,
                "RDI": np.where(severe, 0.75, 0.97), "TLSRISK": ["intermediate"] * n,
            })
        )  # fmt: skip
        edges = [0.0, 7.0, 14.0, 21.0, 28.0]
        for k, dose in enumerate(STEPS):
            found["adex"].append(_period(keys, edges[k], edges[k + 1], dose, "ramp-up"))
        held = np.where(severe, np.minimum(day, last - 20), last - 20)
        found["adex"].append(_period(keys, 28.0, held, 1.0, "target"))
        found["adex"].append(_period(keys, held, held + 10, np.where(severe, 0.0, 1.0), "hold"))
        found["adex"].append(_period(keys, held + 10, last, np.where(severe, 0.5, 1.0), "target"))
        code = np.where(complete, "CR", np.where(responds, "PR", "SD"))
        for visit, when in ((1.0, 56.0), (2.0, 112.0)):
            seen = np.where((visit == 1.0) & complete, "PR", code)
            found["adrs"].append(_response(keys, seen, when, visit, "OVRLRESP"))
        found["adrs"].append(_response(keys, code, 112.0, -1.0, "BOR"))
        for when, grade in ((0.0, np.zeros(n)), (28.0, np.ones(n))):
            found["adlb"].append(_anc(keys, np.full(n, when), grade))
        found["adlb"].append(_anc(_only(keys, severe), day[severe], np.full(severe.sum(), 4)))
        events = _only(keys, lysis)
        k = int(lysis.sum())
        found["adae"].append(frame("adae", events | {
            "AEDECOD": ["Laboratory tumour lysis syndrome"] * k, "AETOXGR": np.full(k, 3),
            "ASTDY": np.full(k, 8.0), "AENDY": np.full(k, 9.0), "AEORIGIN": ["biology"] * k,
            "AESER": [False] * k,
        }))  # fmt: skip
        words = np.where(clean, "undetectable", np.where(mrd > 0.95, "failed", "detectable"))
        tested = _only(keys | {"AVALC": words}, mrd < 0.98)
        m = len(tested["AVALC"])
        found["admrd"].append(frame("admrd", tested | {
            "ADY": np.full(m, 365.0), "VISIT": ["end of treatment"] * m, "COMPART": ["blood"] * m,
            "ASSAY": ["flow"] * m,
        }))  # fmt: skip
    tables = {name: pl.concat(parts) for name, parts in found.items()}
    return World(tables, relative, factor, draw)


def _only(keys: dict, which: np.ndarray) -> dict:
    return {name: np.asarray(values, dtype=object)[which].tolist() for name, values in keys.items()}


def _period(keys: dict, start, end, dose, reason: str) -> pl.DataFrame:
    n = len(keys["ARM"])
    whole = {
        "ASTDY": np.broadcast_to(start, n),
        "AENDY": np.broadcast_to(end, n),
        "EXDOSE": np.broadcast_to(dose, n),
    }
    return frame("adex", keys | {"EXTRT": ["venetoclax"] * n, "EXREAS": [reason] * n} | whole)


def _response(keys: dict, code: np.ndarray, day: float, visit: float, name: str) -> pl.DataFrame:
    n = len(keys["ARM"])
    rest = {
        "READER": ["IRC"] * n,
        "ADY": np.full(n, day),
        "VISITNUM": np.full(n, visit),
        "PARAMCD": [name] * n,
    }
    return frame("adrs", keys | rest | {"AVALC": code})


def _anc(keys: dict, day: np.ndarray, grade: np.ndarray) -> pl.DataFrame:
    n = len(keys["ARM"])
    return frame(
        "adlb",
        keys
        | {"ADY": day, "VISITNUM": day, "PARAMCD": ["ANC"] * n, "AVAL": np.full(n, 1.0), "ATOXGR": grade},
    )

"""Random courses as result tables, for laws that must hold for all of them."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from remit.results import TABLES

SCAN_DAYS = np.arange(1, 13) * 56.0
FOLLOW_UP = 730.0
REASONS = ("adverse event", "completed", "progression", "physician decision", "undetectable disease")


@dataclass
class Tables:
    """Tables of a pool, and the days on which scans are planned."""

    frames: dict[str, pl.DataFrame]
    scan_days: np.ndarray
    follow_up: float

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]


def framed(name: str, columns: dict) -> pl.DataFrame:
    """A result table from some of its columns, others null."""
    declared = TABLES[name]
    frame = pl.DataFrame(columns, strict=False)
    blank = [pl.lit(None, dtype=kind).alias(each) for each, kind in declared.schema().items()]
    return declared.tidy(frame.with_columns(*[e for e in blank if e.meta.output_name() not in frame.columns]))


class Pool:
    """Courses of n patients under some arms, drawn from a seed; arms share nothing but patients."""

    def __init__(self, seed: int, n: int = 60, arms: tuple[str, ...] = ("a",)) -> None:
        self.rng, self.n = np.random.default_rng(seed), n
        self.subjects = [f"0000-{place:05d}" for place in range(n)]
        parts = [self.arm(arm) for arm in arms]
        self.frames = {
            name: TABLES[name].tidy(pl.concat([each[name] for each in parts])) for name in parts[0]
        }

    def key(self, arm: str, row: np.ndarray) -> dict:
        """Columns of the key for rows of the patients given by place."""
        return {
            "ARM": [arm] * row.size, "SCENARIO": ["s"] * row.size, "DRAW": [0] * row.size,
            "USUBJID": [self.subjects[place] for place in row],
        }  # fmt: skip

    def days(self, scale: float, share: float) -> np.ndarray:
        """Exponential days of a share of patients, the others infinite."""
        found = self.rng.exponential(scale, self.n)
        return np.where(self.rng.random(self.n) < share, found, np.inf)

    def arm(self, arm: str) -> dict[str, pl.DataFrame]:
        """Tables of one arm."""
        rng, n = self.rng, self.n
        death, lost, therapy = self.days(600, 0.6), self.days(500, 0.2), self.days(300, 0.4)
        gone = np.minimum(np.minimum(death, lost), FOLLOW_UP)
        therapy = np.where(therapy < gone, therapy, np.inf)
        stop = np.minimum(self.days(250, 0.7), gone)
        ends_early = stop < gone
        # Scans go on to a random end; the treatment that is ended later than its last dose was held before.
        seen = gone * rng.uniform(0.5, 1.0, n)
        held = np.where(ends_early, np.minimum(28.0, stop) * rng.uniform(0, 1, n), 0.0)
        everyone = np.arange(n)
        known = {name: [None if not np.isfinite(d) or d > gone[i] else d for i, d in enumerate(day)]
                 for name, day in (("DTHDY", death), ("LOSTDY", np.where(lost < death, lost, np.inf)),
                                   ("NEWTXDY", therapy))}  # fmt: skip
        adsl = self.key(arm, everyone) | known | {
            "XOVERDY": [d if place % 3 == 0 else None for place, d in enumerate(known["NEWTXDY"])],
            "STATUS": np.where(rng.random(n) < 0.05, "NOT_FINITE", "OK"), "FUEDY": seen,
            "TRTEDY": stop - held, "RDI": rng.uniform(0.5, 1.0, n),
            "DCSREAS": np.where(ends_early, rng.choice(REASONS, n), "ongoing"),
            "DTHCAUS": [None if day is None else "disease" for day in known["DTHDY"]],
        }  # fmt: skip
        tables = {"adsl": framed("adsl", adsl), "adrs": self.responses(arm, seen, stop, ends_early)}
        tables |= self.exposure(arm, stop, held) | self.samples(arm, gone) | self.events(arm, gone)
        return tables

    def responses(self, arm: str, seen: np.ndarray, stop: np.ndarray, ended: np.ndarray) -> pl.DataFrame:
        """Responses by visit of two readers, some unscheduled; best responses come from the cut itself."""
        rng, parts = self.rng, []
        for reader in ("INV", "IRC"):
            number = np.concatenate([np.arange(1, 13), np.arange(1, 13) - 0.5])
            row, visit = np.nonzero(rng.random((self.n, number.size)) < np.repeat([0.8, 0.1], 12))
            day = number[visit] * 56.0 + rng.uniform(-7, 7, row.size)
            kept = day <= seen[row]
            code = rng.choice(["PR", "CR", "SD", "PD", "NE"], row.size, p=[0.4, 0.2, 0.25, 0.08, 0.07])
            parts.append(
                self.key(arm, row[kept]) | {
                    "READER": [reader] * int(kept.sum()), "PARAMCD": ["OVRLRESP"] * int(kept.sum()),
                    "VISITNUM": number[visit][kept], "ADY": day[kept], "AVALC": code[kept],
                }
            )  # fmt: skip
            who = np.flatnonzero(ended)
            after = np.where(stop[who] + 70 <= seen[who], stop[who] + 70, np.nan)
            parts.append(
                self.key(arm, who) | {
                    "READER": [reader] * who.size, "PARAMCD": ["EOTRESP"] * who.size,
                    "VISITNUM": [-1.0] * who.size, "ADY": [None if np.isnan(d) else d for d in after],
                    "AVALC": np.where(np.isnan(after), "NE", rng.choice(["PR", "CR", "SD"], who.size)),
                }
            )  # fmt: skip
        visits = pl.concat([framed("adrs", part) for part in parts if part["USUBJID"]])
        best = framed("adrs", self.key(arm, np.tile(np.arange(self.n), 2)) | {
            "READER": ["INV"] * self.n + ["IRC"] * self.n, "PARAMCD": ["BOR"] * (2 * self.n),
            "VISITNUM": [-1.0] * (2 * self.n), "AVALC": ["NE"] * (2 * self.n)})  # fmt: skip
        return pl.concat([visits, best])

    def exposure(self, arm: str, stop: np.ndarray, held: np.ndarray) -> dict[str, pl.DataFrame]:
        """Full dose, a reduction half way, a hold at the end."""
        last, everyone = stop - held, np.arange(self.n)
        periods = (
            (0 * stop, last / 2, 1.0, "target"),
            (last / 2, last, 0.5, "reduction"),
            (last, stop, 0.0, "hold"),
        )
        frames = []
        for start, end, dose, why in periods:
            kept = end > start
            columns = self.key(arm, everyone[kept]) | {
                "EXTRT": ["x"] * int(kept.sum()), "ASTDY": start[kept], "AENDY": end[kept],
                "EXDOSE": [dose] * int(kept.sum()), "EXREAS": [why] * int(kept.sum()),
            }  # fmt: skip
            frames.append(framed("adex", columns))
        return {"adex": pl.concat(frames)}

    def samples(self, arm: str, gone: np.ndarray) -> dict[str, pl.DataFrame]:
        """Rows that look back only: laboratory, marrow, MRD, measurements and exposure over time."""
        rng, found = self.rng, {}
        details = {
            "adlb": {"PARAMCD": "ANC", "VISITNUM": 0.0}, "adbm": {"PARAMCD": "INVOLVED", "VISITNUM": 0.0},
            "admrd": {"COMPART": "blood", "ASSAY": "flow_1e-4", "LIMIT": 1e-4, "VISIT": "planned"},
            "adtr": {"READER": "IRC", "PARAMCD": "SUMPPD", "VISITNUM": 0.0, "TRLNKID": ""},
            "adpc": {"PARAMCD": "CONCREL"},
        }  # fmt: skip
        for name, fixed in details.items():
            row = np.repeat(np.arange(self.n), 6)
            day = rng.uniform(0, 1, row.size) * gone[row]
            columns = self.key(arm, row) | {each: [value] * row.size for each, value in fixed.items()}
            columns |= {"ADY": day, "AVAL": rng.random(row.size)}
            if name == "adlb":
                columns["ATOXGR"] = rng.integers(0, 5, row.size)
            if name == "admrd":
                columns["AVALC"] = rng.choice(["undetectable", "detectable", "failed"], row.size)
            found[name] = framed(name, columns)
        return found

    def events(self, arm: str, gone: np.ndarray) -> dict[str, pl.DataFrame]:
        """Adverse events, some low counts, and supportive care; some are not over when follow-up ends."""
        rng, row = self.rng, np.repeat(np.arange(self.n), 3)
        start = rng.uniform(0, 1, row.size) * gone[row]
        end = start + rng.exponential(60, row.size)
        ends = [None if e > gone[i] else e for i, e in zip(row, end, strict=True)]
        low = np.arange(row.size) % 3 == 0
        fatal = ~low & (rng.random(row.size) < 0.1)
        adae = self.key(arm, row) | {
            "AEDECOD": np.where(low, "Neutropenia", np.where(np.arange(row.size) % 3 == 1, "Sepsis", "Rash")),
            "AETOXGR": np.where(fatal, 5, rng.integers(1, 5, row.size)), "ASTDY": start, "AENDY": ends,
            "AEORIGIN": np.where(low, "biology", "background"), "AESER": [False] * row.size, "AESDTH": fatal,
            "AEBODSYS": ["x"] * row.size,
            "AEACN": rng.choice(["none", "held", "reduced", "withdrawn"], row.size),
        }  # fmt: skip
        adcm = self.key(arm, row[low]) | {
            "CMDECOD": ["filgrastim"] * int(low.sum()), "ASTDY": start[low], "AENDY": end[low],
            "CMREAS": ["treatment"] * int(low.sum()),
        }  # fmt: skip
        return {"adae": framed("adae", adae), "adcm": framed("adcm", adcm)}


@pytest.fixture(scope="session")
def pool():
    """Pools by seed and arms, made once."""
    made: dict = {}

    def make(seed: int, arms: tuple[str, ...] = ("a",), n: int = 60) -> Tables:
        if (seed, arms, n) not in made:
            made[seed, arms, n] = Tables(Pool(seed, n, arms).frames, SCAN_DAYS, FOLLOW_UP)
        return made[seed, arms, n]

    return make

"""What is looked at: response, MRD, neutropenia and tumour lysis, from latent courses of one year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

import remit
from remit.dosing import Floats
from remit.treatment import Treated
from remit.trial.laboratory import ANALYTES
from remit.trial.lysis_syndrome import abnormal
from remit.trial.parameters import Lysis

Booleans = NDArray[np.bool_]

STEPS = (0.0, 7.0, 14.0, 21.0, 28.0)
YEAR = 365.0
SCANS = tuple(np.arange(56.0, YEAR, 56.0).tolist())
VISITS = tuple(np.arange(7.0, YEAR, 7.0).tolist())
RESPONSE, DEEP, GRADE_3 = 0.5, 1e-4, 1.0
MRD_FLOOR = 1e-8
"""Below it log10 of MRD ceases to fall: no assay sees it, and clones that died out have none."""
WATCHED = ("size", "mrd_blood", *ANALYTES.values())


@dataclass(frozen=True, slots=True)
class Output:
    """What is looked at; a share is shown in percent."""

    name: str
    title: str
    short: str
    unit: str
    scale: float
    digits: int
    leads: bool

    @property
    def is_share(self) -> bool:
        """Whether it counts patients."""
        return self.unit.startswith("%")


OUTPUTS = (
    Output("response", "Response: best size at most half", "response", "% of patients", 100.0, 0, True),
    Output("mrd_median", "MRD in blood at one year, median", "MRD, median", "log10", 1.0, 2, True),
    Output(
        "mrd_low", "MRD in blood below 1e-4 at one year", "MRD below 1e-4", "% of patients", 100.0, 0, False
    ),
    Output("neutropenia", "Neutropenia of grade 3 or more", "neutropenia", "% of patients", 100.0, 0, True),
    Output("lysis", "Laboratory tumour lysis in the ramp", "tumour lysis", "% of patients", 100.0, 0, True),
    Output("urate", "Peak urate in the ramp, mean", "peak urate", "umol/L", 1000.0, 0, False),
)
"""Those that lead choose the values of the second stage."""


@cache
def definition() -> Lysis:
    """Limits and sampling times of tumour lysis, those of the shipped study."""
    return remit.load_study("mcl_btki_treated").lysis


def samples(lysis: Lysis) -> list[tuple[float, float]]:
    """Days of the two samples after each dose step."""
    return [(step + lysis.first_sample, step + lysis.second_sample) for step in STEPS]


def observed_days() -> list[float]:
    """Every day on which something is seen."""
    return sorted({0.0, YEAR, *SCANS, *VISITS, *chain.from_iterable(samples(definition()))})


@dataclass(frozen=True, slots=True)
class Seen:
    """Courses as arrays of shape (n_patients, n_days); NaN from where a patient could not be solved."""

    days: Floats
    columns: Mapping[str, Floats]

    def at(self, name: str, days: Iterable[float]) -> Floats:
        """A column at some of the days, shape (n_patients, n_chosen)."""
        return self.columns[name][:, np.searchsorted(self.days, list(days))]

    @property
    def solved(self) -> Booleans:
        """Who could be solved to the end."""
        return np.isfinite(self.at("size", [YEAR])[:, 0])


def seen_of(treated: Treated) -> Seen:
    """Courses of treated patients."""
    days = treated.courses["DAY"].unique().sort().to_numpy()
    columns = {name: treated.courses[name].to_numpy().reshape(-1, len(days)) for name in WATCHED}
    return Seen(days, columns)


def has_lysis(seen: Seen, lysis: Lysis) -> Booleans:
    """Who has two new abnormal values within a day of each other after some dose step."""

    def criteria(days: Iterable[float]) -> Booleans:
        return abnormal(np.stack([seen.at(name, days) for name in ANALYTES.values()], axis=-1), lysis)

    before = criteria([0.0])
    found = [(criteria(pair) & ~before).any(axis=1).sum(axis=1) >= 2 for pair in samples(lysis)]
    return np.any(found, axis=0)


def outcomes(seen: Seen, lysis: Lysis) -> Floats:
    """The outputs, in the order of ``OUTPUTS``, in canonical units.

    Those who could not be solved count in the last two with what was seen of them until then, and not in
    the others.
    """
    solved = seen.solved
    mrd = seen.at("mrd_blood", [YEAR])[solved, 0]
    peak = np.fmax.reduce(seen.at("urate", [0.0, *chain.from_iterable(samples(lysis))]), axis=1)
    return np.array([
        (seen.at("size", SCANS)[solved].min(axis=1) <= RESPONSE).mean(),
        np.median(np.log10(np.maximum(mrd, MRD_FLOOR))),
        (mrd < DEEP).mean(),
        (seen.at("neutrophils", VISITS)[solved].min(axis=1) < GRADE_3).mean(),
        has_lysis(seen, lysis).mean(),
        peak.mean(),
    ])  # fmt: skip

"""Published results as targets of a fit: which record is compared with which quantity, and how surely.

Response rates are a multinomial of responders and complete responders. A published median says that
survival at that time is one half, a landmark what it is there; both have the variance of a proportion
among the patients that still inform it. Records that are recalled and not read have their variance
inflated; every trial has a random effect of its own, so that no large trial pins the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats
from remit.errors import problem
from remit.library import EvidenceRecord

MONTH = 30.4375
BETWEEN_TRIALS = 0.3
"""Standard deviation of the logit of any rate between trials of one disease, beyond sampling; assumed."""
INFORMATIVE = 0.85
"""Share of patients that still inform a survival estimate at a published time; assumed."""
MOST_CORRELATED = 0.99
WEIGHTS = {"full": 1.0, "default": 2.0, "absent": np.inf}
"""Factor on the variance of recalled records, by how they are weighted."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is compared: ``orr``, ``cr``, or the share free of an event ``pfs`` or ``dor`` at ``day``."""

    trial: str
    course: str
    kind: str
    day: float
    value: float
    n: float
    records: tuple[str, ...]
    recalled: bool
    is_median: bool = False

    @property
    def label(self) -> str:
        """Name of the measure in tables."""
        when = f" at {self.day / MONTH:.1f} months" if self.kind in ("pfs", "dor") else ""
        return f"{self.trial}: {self.kind.upper()}{when}"


@dataclass(frozen=True, slots=True)
class Trial:
    """A published trial, the simulated course that stands for it, and the records compared."""

    name: str
    course: str
    orr: str = ""
    cr: str = ""
    medians: tuple[tuple[str, str], ...] = ()
    landmarks: tuple[str, ...] = ()


TRIALS = (
    Trial("PCYC-1104", "ibrutinib naive", "C0356", "C0357", (("pfs", "C0163"), ("dor", "C0358")), ("C0359",)),
    Trial("M12-175 MCL", "venetoclax naive", "C0040", "C0041", (("pfs", "C0042"),)),
    Trial("Eyre 2019", "venetoclax after BTKi", "C0702", "C0703", (("pfs", "C0704"),)),
    Trial("Sawalha 2021", "venetoclax after BTKi", "C0706", "", (("pfs", "C0707"),)),
    Trial("Zhao 2020", "venetoclax after BTKi", "C0709", "C0710", (("pfs", "C0711"),)),
)
"""Trials of the first anchor: venetoclax and ibrutinib in mantle cell lymphoma."""


def measures(evidence: Mapping[str, EvidenceRecord]) -> tuple[Measure, ...]:
    """Measures of all trials, in order.

    Raises
    ------
    InputError
        If a record is missing or may not be fitted.
    """
    found: list[Measure] = []
    for trial in TRIALS:
        for kind, key in (("orr", trial.orr), ("cr", trial.cr)):
            if key:
                found.append(_rate(trial, kind, fitted(evidence, key)))
        found += [_survival(trial, kind, fitted(evidence, key), 0.5) for kind, key in trial.medians]
        found += [_survival(trial, "pfs", fitted(evidence, key)) for key in trial.landmarks]
    return tuple(found)


def fitted(evidence: Mapping[str, EvidenceRecord], key: str) -> EvidenceRecord:
    """A record that may be fitted."""
    if key not in evidence or "calibration" not in evidence[key].role:
        raise problem(
            f"fit: {key}", "no such record, or not for calibration", "a record with role calibration"
        )
    return evidence[key]


def _rate(trial: Trial, kind: str, record: EvidenceRecord) -> Measure:
    n = float(record.denominator or record.n or 0)
    return Measure(trial.name, trial.course, kind, 0.0, record.value / 100, n, (record.id,), recalled(record))


def _survival(trial: Trial, kind: str, record: EvidenceRecord, value: float | None = None) -> Measure:
    months = record.value if value is not None else float(record.at_months or 0)
    n = float(record.n or 0) * INFORMATIVE
    share = record.value / 100 if value is None else value
    day, median = months * MONTH, value is not None
    return Measure(trial.name, trial.course, kind, day, share, n, (record.id,), recalled(record), median)


def recalled(record: EvidenceRecord) -> bool:
    """Whether a record was recalled and not read in its source."""
    return record.confidence != "read_in_source"


def covariance(chosen: tuple[Measure, ...], predicted: Floats, weight: str) -> Floats:
    """Covariance of the published values around predicted ones, shape (n_measures, n_measures).

    Parameters
    ----------
    chosen
        Measures.
    predicted
        Their model values, shape (n_measures,).
    weight
        How recalled records count: a key of ``WEIGHTS``; ``absent`` ones must be left out before.
    """
    spread = np.sqrt(predicted * (1 - predicted))
    n = np.array(
        [each.n * (predicted_orr(chosen, predicted, each) if each.kind == "dor" else 1.0) for each in chosen]
    )
    matrix = np.zeros((len(chosen), len(chosen)))
    for i, one in enumerate(chosen):
        inflation = WEIGHTS[weight] if one.recalled else 1.0
        matrix[i, i] = (spread[i] ** 2 / n[i] + (BETWEEN_TRIALS * spread[i] ** 2) ** 2) * inflation
        for j, other in enumerate(chosen[:i]):
            if one.trial == other.trial:
                matrix[i, j] = matrix[j, i] = correlation(one, other, predicted[[i, j]]) * np.sqrt(
                    matrix[i, i] * matrix[j, j]
                )
    return matrix


def predicted_orr(chosen: tuple[Measure, ...], predicted: Floats, measure: Measure) -> float:
    """Response rate of the trial of a measure."""
    return next(
        float(p)
        for each, p in zip(chosen, predicted, strict=True)
        if each.trial == measure.trial and each.kind == "orr"
    )


def correlation(one: Measure, other: Measure, predicted: Floats) -> float:
    """Correlation of two measures of one trial: nested proportions for ORR and CR, and for one curve."""
    kinds = {one.kind, other.kind}
    nested = kinds == {"orr", "cr"} or (len(kinds) == 1 and one.kind in ("pfs", "dor"))
    if not nested:
        return 0.0
    small, large = np.sort(np.clip(predicted, 1e-6, 1 - 1e-6))
    # Equal predictions would make the two one measure and the covariance singular.
    return min(float(np.sqrt(small * (1 - large) / (large * (1 - small)))), MOST_CORRELATED)

"""What a report says beside its tables: question, date, status, scenarios, published results, unknowns."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.designation.dossier import DossierOutline

UNKNOWN_FACTS = (
    (
        "Mesutoclax: affinity, cell potency, human pharmacokinetics, dose levels, ramp-up, dose chosen "
        "for registration."
    ),
    (
        "Mesutoclax: response, duration and safety rates with numbers of patients, by dose and by "
        "earlier BTK inhibitor."
    ),
    "The registrational trial: size, endpoint, historical control, registry number.",
    (
        "CDE's numerical bar for a significant advantage, the evidence behind the designation, any "
        "refused request."
    ),
    (
        "How far the effect of venetoclax carries to another drug of the class: the evidence holds one "
        "BCL2 inhibitor."
    ),
    (
        "The form of resistance after a BTK inhibitor: outcomes in MCL do not tell a shift of affinity "
        "from loss of BCL2 dependence."
    ),
    "Tissue potency in mantle cell lymphoma: the response rates do not identify it.",
)
STAMP_BECAUSE = (
    "A few quantities were fitted to published results in mantle cell lymphoma; "
    "the full calibration does not exist yet."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """A published result of the reference drug. Fractions in [0, 1], times in months; None: not published."""

    therapy: str
    population: str
    trial: str
    n: int
    source: str
    recalled: bool
    orr: float | None = None
    orr_low: float | None = None
    orr_high: float | None = None
    cr: float | None = None
    pfs_months: float | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRate:
    """A published share of designation requests that were granted; shown, never multiplied."""

    agency: str
    period: str
    granted: int
    requests: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """Facts of a study and a run that are not in its tables.

    ``scenarios`` describes each scenario by name; ``scenario_titles`` gives a short title where the name
    does not speak for itself. ``opening`` holds sentences for the first paragraph, such as an answer that
    depends on recalled records. ``not_modelled`` names adverse events without a public rate.
    """

    title: str
    question: str
    as_of: datetime.date
    seed: int
    pool: str
    versions: Mapping[str, str]
    scenarios: Mapping[str, str]
    status: tuple[str, ...] = ()
    scenario_titles: Mapping[str, str] = field(default_factory=dict[str, str])
    opening: tuple[str, ...] = ()
    investigational: str = "mesutoclax"
    reference: str = "venetoclax"
    reader: str = "IRC"
    stamp: str = "partly calibrated"
    stamp_because: str = STAMP_BECAUSE
    design: tuple[str, ...] = ()
    published: tuple[PublishedResult, ...] = ()
    base_rates: tuple[PublishedRate, ...] = ()
    not_modelled: tuple[str, ...] = ()
    unknowns: tuple[str, ...] = UNKNOWN_FACTS
    notes: tuple[str, ...] = ()
    dossier: DossierOutline | None = None

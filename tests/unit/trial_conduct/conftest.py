"""Fixtures of the conduct of a trial: an analytic block, patients, a protocol without chance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from remit.courses import Status
from remit.dosing import DoseRecords, Floats, Integers, parse_given, schedule_of
from remit.model import OBSERVABLES
from remit.population.markers import MARKERS
from remit.trial.parameters import (
    Background,
    Biopsy,
    DoseRules,
    Dropout,
    Laboratory,
    Lesions,
    Lysis,
    Readers,
    SupportiveCare,
    Survival,
    Visits,
)
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.therapy import Therapy

QUIET = {
    "neutrophils": 4.0,
    "platelets": 200.0,
    "haemoglobin": 140.0,
    "lymphocytes": 2.0,
    "paraprotein": 1.0,
    "potassium": 4.2,
    "phosphate": 1.1,
    "calcium": 2.3,
    "urate": 0.3,
    "creatinine": 80.0,
    "marrow_infiltration": 0.0,
    "bcl2i_concentration": 500.0,
}


class AnalyticBlock:
    """Node cells that grow, and shrink while doses are taken, exponentially; the rest functions of time."""

    def __init__(
        self,
        n: int,
        growth: float = 0.01,
        kill: float = 0.0,
        *,
        resistant_fraction: float = 0.0,
        curves: Mapping[str, Callable[[Floats], Floats]] | None = None,
        fails_at: Mapping[int, float] | None = None,
    ) -> None:
        self.time: Floats = np.zeros(n)
        self.status: Integers = np.zeros(n, dtype=np.int64)
        self.cells = np.tile([1e11 * (1 - resistant_fraction), 1e11 * resistant_fraction, 0.0, 0.0], (n, 1))
        self.growth, self.kill = growth, kill
        self.curves, self.fails_at = curves or {}, fails_at or {}
        self.given: list[tuple[Floats, Floats]] = []
        self.stops: list[Floats] = []

    @property
    def observables(self) -> tuple[str, ...]:
        return tuple(OBSERVABLES)

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        for patient, limit in self.fails_at.items():
            if until[patient] > limit:
                self.status[patient] = Status.STEP_LIMIT
        dosed = (records.amount > 0).any(axis=1)
        first = np.where(dosed, records.time.min(axis=1, initial=np.inf), np.inf)
        self.stops.append(until)
        self.given.append((first, np.where(dosed, records.amount.sum(axis=1), 0.0)))
        rate = np.tile([self.growth] * 4, (until.size, 1))
        rate[dosed, 0] -= self.kill
        rate[dosed, 2] -= self.kill
        inside = (observe >= self.time[:, None] - 1e-9) & (
            observe <= np.maximum(until, self.time)[:, None] + 1e-9
        )
        shown = np.where(inside, observe, np.nan)
        passed = shown - self.time[:, None]
        out = np.empty((*observe.shape, len(OBSERVABLES)))
        for k, name in enumerate(OBSERVABLES):
            if name.startswith("node_") and name[-1] in "SVBD":
                clone = "SVBD".index(name[-1])
                out[:, :, k] = self.cells[:, clone, None] * np.exp(rate[:, clone, None] * passed)
            else:
                curve = self.curves.get(name)
                out[:, :, k] = curve(shown) if curve else QUIET.get(name, 0.0)
        out[np.isnan(shown) | (self.status != Status.OK)[:, None]] = np.nan
        moves = until > self.time
        self.cells = np.where(
            moves[:, None], self.cells * np.exp(rate * (until - self.time)[:, None]), self.cells
        )
        self.time = np.where(moves, until, self.time)
        return out


@dataclass(frozen=True)
class Setting:
    """What a test needs to conduct an arm."""

    block: type[AnalyticBlock]
    patients: Callable[..., Patients]
    protocol: ArmProtocol


def some_patients(n: int, first: int = 0, residual_share: float = 0.05, **changes: object) -> Patients:
    plain = Patients(
        draw=0,
        index=np.arange(first, first + n),
        subjects=tuple(f"0000-{k:05d}" for k in range(first, first + n)),
        covariates=pl.DataFrame(
            {
                "COUNTRY": ["China"] * n,
                "REGION": ["china"] * n,
                "SEX": ["M"] * n,
                "AGE": [68.0] * n,
                "WEIGHT": [70.0] * n,
                "PRIORLN": [2] * n,
                **{each.column: [False] * n for each in MARKERS},
                "KI67": [0.3] * n,
                "BCL2EXP": [1.0] * n,
                "CRCL": [90.0] * n,
                "BTKISTOP": ["progression"] * n,
                "REFRFL": [False] * n,
                "WEIGHT_POP": [1.0] * n,
            }
        ),
        residual_share=np.full(n, residual_share),
        amount=np.full((n, 1), 460_600.0),
        average_concentration=np.full(n, 1000.0),
        relative_exposure=np.ones(n),
        sampled=np.arange(n) < 2,
    )
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


RAMP_UP = "20 mg q24h x 7 then 50 mg q24h x 7 then 100 mg q24h x 7 then 200 mg q24h x 7 then 400 mg q24h"


def therapy(*lines: str, **changes: object) -> Therapy:
    """A drug from its lines; a BCL2 inhibitor into state 0 unless said otherwise."""
    given = [parse_given(line) for line in lines]
    plain = Therapy(
        drug=given[0].drug, kind="bcl2_inhibitor", dosed_state=0, schedule=schedule_of(given),
        background=no_background(),
    )  # fmt: skip
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


def plain_protocol() -> ArmProtocol:
    """Exact visits, readers without error, no background events, no dropout, nobody dies."""
    return ArmProtocol(
        arm="venetoclax",
        scenario="reference/ki_shift",
        therapies=(therapy(f"venetoclax {RAMP_UP}", dose_exponent=-0.178),),
        resistant_clones=(1, 3),
        follow_up=336.0,
        visits=Visits(
            lab_interval=28.0,
            assessment_interval=56.0,
            assessment_change=168.0,
            assessment_interval_late=84.0,
            window_sd=0.0,
            window_limit=7.0,
            missed_assessment_probability=0.0,
            missed_lab_probability=0.0,
            suspicion_fold=2.0,
            suspicion_probability=0.0,
            pk_interval=1.0,
            pk_duration=28.0,
        ),
        lesions=Lesions(
            extra_lesion_probability=0.4,
            minimum_diameter=15.0,
            longest_diameter=40.0,
            longest_diameter_spread=0.3,
            reference_burden=1e11,
            axis_ratio=0.7,
            axis_ratio_spread=0.2,
            response_spread=0.0,
            resistant_tilt=0.0,
            residual_spread=0.0,
            new_site_fold=1e9,
            nontarget_fold=1e9,
            fold_spread=0.0,
            visible_share=0.05,
            nontarget_probability=0.5,
            spleen_probability=0.0,
            spleen_normal=110.0,
            spleen_normal_spread=0.0,
            spleen_excess=40.0,
            spleen_excess_spread=0.0,
            marrow_visible=0.05,
            marrow_repeat_probability=1.0,
        ),
        readers=Readers(
            relative_error=0.0,
            absolute_error=0.0,
            shared_fraction=0.5,
            spleen_error=0.0,
            selection_difference=0.0,
            detection_probability=1.0,
            unreadable_probability=0.0,
            smallest_measurable=0.0,
        ),
        laboratory=Laboratory(
            neutrophil_cv=0.0,
            platelet_cv=0.0,
            haemoglobin_cv=0.0,
            lymphocyte_cv=0.0,
            paraprotein_cv=0.0,
            potassium_cv=0.0,
            phosphate_cv=0.0,
            calcium_cv=0.0,
            urate_cv=0.0,
            creatinine_cv=0.0,
            neutrophil_lower_limit=2.0,
            platelet_lower_limit=150.0,
            haemoglobin_lower_limit=120.0,
            potassium_upper_limit=5.1,
            calcium_lower_limit=2.1,
            creatinine_upper_limit=105.0,
        ),
        dose_rules=DoseRules(
            neutrophil_hold=0.5,
            neutrophil_restart=1.0,
            platelet_hold=25.0,
            platelet_restart=50.0,
            recheck_interval=7.0,
            lysis_recheck=2.0,
            reduction_from=2.0,
            reduction_factor=0.5,
            longest_hold=28.0,
            hold_from_remission=0.0,
        ),
        lysis=Lysis(
            urate_limit=0.476,
            phosphate_limit=1.45,
            potassium_limit=6.0,
            calcium_limit=1.75,
            together_within=1.0,
            window_before=3.0,
            window_after=7.0,
            first_sample=7 / 24,
            second_sample=1.0,
            creatinine_rise=26.5,
            clinical_probability=0.0,
        ),
        supportive_care=SupportiveCare(
            gcsf_trigger=0.0,
            gcsf_probability=0.0,
            gcsf_days=5.0,
            red_cell_trigger=0.0,
            red_cell_units=2.0,
            platelet_trigger=0.0,
            platelet_units=1.0,
            urate_trigger=10.0,
            prophylaxis_class=3.0,
        ),
        support_amounts={
            "filgrastim": (1, 1.0),
            "rasburicase": (2, 1.0),
            "red_cells": (3, 8.0),
            "platelets": (4, 20.0),
        },
        biopsy=Biopsy(cells_counted=1e9, sampling_cv=0.0, failure_probability=0.0),
        dropout=Dropout(withdrawal_rate=0.0, loss_rate=0.0, discontinuation_rate=0.0, new_therapy_rate=0.0),
        survival=Survival(
            death_rate=0.0,
            post_progression_rate=0.0,
            later_therapy_fold=0.5,
            access_probability_china=0.5,
            access_probability_other=0.7,
            later_therapy_delay=30.0,
        ),
    )


def no_background(**changes: float) -> Background:
    """Background of an unknown drug: nothing is modelled."""
    names = (
        "pneumonia",
        "infection",
        "diarrhoea",
        "nausea",
        "fatigue",
        "atrial_fibrillation",
        "bleeding",
        "liver_enzymes",
    )
    unknown = {f"{name}_{what}": None for name in names for what in ("rate", "severe_fraction")}
    plain = Background(
        **unknown,
        febrile_probability=None,
        event_duration=7.0,
        hold_duration=14.0,
        discontinuation_probability=0.0,
        death_probability=0.0,
        reporting_period=30.0,
    )
    return replace(plain, **changes)


@pytest.fixture
def setting() -> Setting:
    """An arm in which nothing happens by chance."""
    return Setting(AnalyticBlock, some_patients, plain_protocol())


@pytest.fixture
def drug() -> Callable[..., Therapy]:
    """A drug from its lines."""
    return therapy


@pytest.fixture
def background() -> Callable[..., Background]:
    """Background events with chosen rates."""
    return no_background

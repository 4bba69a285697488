"""A pool of invented patients with exponential times under every arm, as tables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from remit.random import draws, exponentials
from remit.results import ADRS, ADSL
from remit.stats.multiplicity.known_graphs import fixed_sequence
from remit.trial.designs.group_sequential import planned
from remit.trial.endpoints import overall_survival, progression_free
from remit.trial.enrolment import SiteGroup
from remit.trial.randomisation import stratified_blocks
from remit.trial.randomisation.stratified_blocks import allocate
from remit.trial.randomised.plan import Factor, Hypothesis, LookAt, RandomisedTrial, Testing
from remit.trial.randomised.records import Reading
from remit.trial.randomised.trials import Declared

SCAN_INTERVAL, FOLLOW_UP = 56.0, 1460.0
SCANS = tuple(np.arange(SCAN_INTERVAL, FOLLOW_UP, SCAN_INTERVAL).tolist())
READING = Reading("IRC", FOLLOW_UP)
SITES = [
    SiteGroup("First", "china", 4, 0.0, 15.0, 2.0, 0.5),
    SiteGroup("Second", "west", 6, 0.0, 15.0, 1.5, 0.5),
]
ENDPOINTS = {"PFS": progression_free, "OS": overall_survival}


@dataclass(frozen=True)
class Hazards:
    """Mean days to progression and death of an arm, and its response rate."""

    progression: float = 300.0
    death: float = 900.0
    response: float = 0.4


def tables(
    arms: Mapping[str, Hazards], n: int = 400, n_draws: int = 1, seed: int = 3
) -> dict[str, pl.DataFrame]:
    """``adsl`` and ``adrs``: progression is seen at the next scan, and death independent of it."""
    index = np.arange(n * n_draws)
    draw, name = index // n, [f"{i // n:04d}-{i % n:05d}" for i in index]
    risk, region = draws(seed, "pool.risk", index, 2).T
    subjects, responses = [], []
    for arm, hazards in arms.items():
        # Patients at high risk have twice the hazard, in every arm.
        factor = np.where(risk < 0.4, 0.5, 1.0)
        progressed = hazards.progression * factor * exponentials(seed, f"pool.progression.{arm}", index)[:, 0]
        death = hazards.death * factor * exponentials(seed, f"pool.death.{arm}", index)[:, 0]
        lost = 6000.0 * exponentials(seed, f"pool.lost.{arm}", index)[:, 0]
        end = np.minimum(np.minimum(death, lost), FOLLOW_UP)
        key = {"ARM": [arm] * index.size, "SCENARIO": ["s"] * index.size, "DRAW": draw, "USUBJID": name}
        subjects.append(
            pl.DataFrame(
                key
                | {
                    "REGION": np.where(region < 0.5, "china", "west"),
                    "TLSRISK": np.where(risk < 0.4, "high", "low"),
                    "AGE": 40 + 40 * region,
                    "WEIGHT_POP": np.ones(index.size),
                    "STATUS": ["OK"] * index.size,
                    "DTHDY": np.where(death <= end, death, np.nan),
                    "LOSTDY": np.where(lost <= end, lost, np.nan),
                    "FUEDY": end,
                }
            )
        )
        at = np.asarray(SCANS)[None, :]
        seen = (at <= end[:, None]) & (at - SCAN_INTERVAL < progressed[:, None])
        row, scan = np.nonzero(seen)
        responds = draws(seed, f"pool.response.{arm}", index)[:, 0] < hazards.response
        code = np.where(at >= progressed[:, None], "PD", np.where(responds[:, None], "PR", "SD"))
        responses.append(
            pl.DataFrame(
                {
                    "ARM": [arm] * row.size, "SCENARIO": ["s"] * row.size, "DRAW": draw[row],
                    "USUBJID": np.asarray(name)[row], "READER": ["IRC"] * row.size,
                    "PARAMCD": ["OVRLRESP"] * row.size, "VISITNUM": scan + 1, "ADY": at[0, scan],
                    "AVALC": code[row, scan],
                }
            )
        )  # fmt: skip
    adsl = _filled(pl.concat(subjects).fill_nan(None), ADSL.schema())
    return {"adsl": ADSL.tidy(adsl), "adrs": ADRS.tidy(_filled(pl.concat(responses), ADRS.schema()))}


def _filled(frame: pl.DataFrame, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """The frame with nulls in the columns that it lacks."""
    absent = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return frame.with_columns(absent)


def hypothesis(endpoint: str = "PFS", events: int = 60, **changes) -> Hypothesis:
    """PFS or OS of the experimental arm against control."""
    found = Hypothesis(
        name=endpoint, experimental="experimental", control="control", endpoint=endpoint,
        test=planned(events), looks=(1,),
    )  # fmt: skip
    return replace(found, **changes)


def trial(
    n_patients: int = 100,
    hypotheses: tuple[Hypothesis, ...] = (hypothesis(),),
    looks: tuple[LookAt, ...] = (LookAt("PFS", 60, 3000.0),),
    arms: Mapping[str, str] | None = None,
    **testing,
) -> RandomisedTrial:
    """A trial of two arms, stratified by risk; both read the control arm unless told otherwise."""
    graph = testing.pop("graph", fixed_sequence([each.name for each in hypotheses]))
    return RandomisedTrial(
        arms=arms or {"control": "control", "experimental": "control"},
        n_patients=n_patients,
        testing=Testing(hypotheses=hypotheses, graph=graph, looks=looks, **testing),
        endpoints=ENDPOINTS,
        factors=(Factor("TLSRISK"),),
        horizon=365.25,
        milestone=365.25,
    )


def declared(of: RandomisedTrial, **changes) -> Declared:
    """The trial with sites, blocks and scans."""
    blocks = stratified_blocks.Params((1,) * len(of.arms), (2 * len(of.arms),))
    found = Declared(of, SITES, READING, lambda each: allocate(7, each, blocks), scan_days=SCANS)
    return replace(found, **changes)

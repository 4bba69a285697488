"""Adverse events that biology does not produce: empirical rates on treatment.

Events of grade 3 or more interrupt treatment, may end it, and may be fatal. An event without a public
rate is not modelled, which ``not_modelled`` says; its count is unknown, not zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.functions import log
from remit.random import draws
from remit.trial.dropout import waiting_time
from remit.trial.parameters import Background

Booleans = NDArray[np.bool_]

MILD, SEVERE, FATAL = 2, 3, 5
"""Grades recorded: the rates tell below 3, 3 or more, and death, and no finer."""


@dataclass(frozen=True, slots=True)
class Events:
    """Events of each patient in order of time, shape (n_patients, n_events); infinite time means no more.

    ``kind`` indexes ``names``, ``time`` and ``duration`` are in days, ``ends_treatment`` marks severe events
    that do.
    """

    names: tuple[str, ...]
    kind: Integers
    time: Floats
    grade: Integers
    duration: Floats
    ends_treatment: Booleans


def rates(background: Background) -> dict[str, tuple[float | None, float | None]]:
    """Rate [1/day] and severe fraction of each event, ``None`` where not public."""
    b = background
    return {
        "Pneumonia": (b.pneumonia_rate, b.pneumonia_severe_fraction),
        "Infection": (b.infection_rate, b.infection_severe_fraction),
        "Diarrhoea": (b.diarrhoea_rate, b.diarrhoea_severe_fraction),
        "Nausea": (b.nausea_rate, b.nausea_severe_fraction),
        "Fatigue": (b.fatigue_rate, b.fatigue_severe_fraction),
        "Atrial fibrillation": (b.atrial_fibrillation_rate, b.atrial_fibrillation_severe_fraction),
        "Bleeding": (b.bleeding_rate, b.bleeding_severe_fraction),
        "Liver enzymes increased": (b.liver_enzymes_rate, b.liver_enzymes_severe_fraction),
    }


def not_modelled(background: Background) -> tuple[str, ...]:
    """Events for which no rate is known, to be printed as "not modelled"."""
    known = rates(background).items()
    unknown = [name for name, (rate, _) in known if rate is None]
    severity = [
        f"{name}, grade 3 or more" for name, (rate, severe) in known if rate is not None and severe is None
    ]
    febrile = ["Febrile neutropenia"] if background.febrile_probability is None else []
    return tuple(unknown + severity + febrile)


def sample_events(
    seed: int, patients: Integers, background: Background, follow_up: float, kind: str = ""
) -> Events:
    """Events of each patient up to ``follow_up`` [day], were treatment to last that long.

    Drugs of one ``kind`` share their draws, so that a patient meets the same chances under either.

    Where the severe fraction of an event is not public its events do not touch treatment, and
    ``not_modelled`` says so.
    """
    modelled = {name: (rate, severe or 0.0) for name, (rate, severe) in rates(background).items() if rate}
    parts = [
        _of_one_name(seed, patients, f"{kind}.{name}", place, modelled[name], background, follow_up)
        for place, name in enumerate(modelled)
    ]
    if not parts:
        none, whole = np.empty((patients.shape[0], 0)), np.empty((patients.shape[0], 0), dtype=np.int64)
        return Events((), whole, none, whole, none, whole.astype(bool))
    place, time, grade, duration, ends = (
        np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True)
    )
    order = np.argsort(time, axis=1, kind="stable")
    place, time, grade, duration, ends = (
        np.take_along_axis(each, order, axis=1) for each in (place, time, grade, duration, ends)
    )
    return Events(tuple(modelled), place, time, grade, duration, ends)


def _of_one_name(
    seed: int,
    patients: Integers,
    name: str,
    kind: int,
    rate_and_severe: tuple[float, float],
    background: Background,
    follow_up: float,
) -> tuple[Integers, Floats, Integers, Floats, Booleans]:
    rate, severe_fraction = rate_and_severe
    expected = rate * follow_up
    most = int(expected + 6 * np.sqrt(expected) + 4)
    time = np.cumsum(waiting_time(draws(seed, f"background.{name}.time", patients, most), rate), axis=1)
    time = np.where(time < follow_up, time, np.inf)
    chance = draws(seed, f"background.{name}.course", patients, most * 4).reshape(patients.shape[0], most, 4)
    severe = chance[:, :, 0] < severe_fraction
    fatal = severe & (chance[:, :, 1] < background.death_probability)
    ends = severe & ~fatal & (chance[:, :, 2] < background.discontinuation_probability)
    duration = -log(chance[:, :, 3]) * background.event_duration
    grade = np.where(fatal, FATAL, np.where(severe, SEVERE, MILD))
    return np.full(time.shape, kind, dtype=np.int64), time, grade, duration, ends


def next_severe(events: Events, now: Floats) -> Floats:
    """Time of the next event of grade 3 or more after ``now`` [day], infinite if there is none."""
    waiting = (events.time > now[:, None]) & (events.grade >= SEVERE)
    return np.where(waiting, events.time, np.inf).min(axis=1, initial=np.inf)


def severe_at(events: Events, now: Floats) -> tuple[Booleans, Booleans, Booleans]:
    """Whether a severe event happens at ``now``: any at all, one that ends treatment, a fatal one."""
    here = (events.time == now[:, None]) & (events.grade >= SEVERE)
    return (
        here.any(axis=1),
        (here & events.ends_treatment).any(axis=1),
        (here & (events.grade == FATAL)).any(axis=1),
    )

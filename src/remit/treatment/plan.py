"""Doses of a treatment in the units of the model."""

import numpy as np

from remit import model
from remit.dosing import DoseRecords, Floats, Integers, no_doses, together
from remit.library.conditions import Conditions, bioavailability_factor, label_factor
from remit.library.placing import SMALL, Taken
from remit.trial.adherence import kept_doses


def records(
    taken: tuple[Taken, ...], conditions: Conditions, china: Floats, counter: Integers, seed: int, end: float
) -> DoseRecords:
    """Doses of patients before ``end`` [day].

    Parameters
    ----------
    taken
        The treatment.
    conditions
        Under what it is taken.
    china
        1 for patients in China, else 0, shape (n_patients,).
    counter
        Counters of the patients' draws.
    seed
        Seed of who misses which dose.
    end
        Last day.
    """
    found = [
        each
        for line, one in enumerate(taken)
        for each in _doses(one, line, conditions, china, counter, seed, end)
    ]
    return together(*found) if found else no_doses(len(counter))


def _doses(
    one: Taken, line: int, conditions: Conditions, china: Floats, counter: Integers, seed: int, end: float
) -> list[DoseRecords]:
    """Doses of one drug."""
    state = list(model.STATES).index(model.DOSED[one.place])
    factor = np.ones(len(counter))
    is_small = one.place in SMALL
    if is_small:
        drug = one.given.drug
        factor *= bioavailability_factor(one.values, conditions, drug)
        factor *= np.where(china > 0, one.values["pharmacy.F_china"], 1.0)
    rule = label_factor(one.values, conditions, one.given.drug) if is_small else 1.0
    found: list[DoseRecords] = []
    for k, segment in enumerate(one.given.segments(end)):
        relative = rule * segment.amount / one.reference
        amount = factor * one.unit_amount * relative ** (1 + one.exponent)
        if is_small and conditions.adherence < 1:
            name = f"adherence: {line} {one.given.drug} {k}"
            keep = kept_doses(
                seed, name, counter, segment.additional + 1, conditions.adherence, conditions.missed_run
            )
            times = segment.start + segment.interval * np.arange(segment.additional + 1)
            found.append(_each(np.where(keep, times, np.inf), amount, state))
        else:
            found.append(_repeated(segment.start, segment.interval, segment.additional, amount, state))
    return found


def _repeated(start: float, interval: float, additional: int, amount: Floats, state: int) -> DoseRecords:
    """The same doses for every patient, in one record each."""
    shape = (len(amount), 1)
    return DoseRecords(
        np.where(amount[:, None] > 0, start, np.inf), amount[:, None], np.full(shape, state, dtype=np.int64),
        np.zeros(shape), np.full(shape, interval), np.full(shape, additional, dtype=np.int64),
    )  # fmt: skip


def _each(times: Floats, amount: Floats, state: int) -> DoseRecords:
    """One record for every dose; those that are missed stand at the end, at infinity."""
    ordered = np.sort(times, axis=1)
    given = np.isfinite(ordered)
    whole = np.zeros(ordered.shape, dtype=np.int64)
    return DoseRecords(
        ordered, np.where(given, amount[:, None], 0.0), whole + state, np.zeros(ordered.shape),
        np.zeros(ordered.shape), whole,
    )  # fmt: skip

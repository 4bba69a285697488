"""The doses of event records as they arrive: bioavailability, lag time, modelled rates and durations applied.

Bioavailability scales the amount. An infusion with a rate of its own keeps the rate and lasts as long as the
amount that is available takes; one with a modelled rate likewise; one with a modelled duration keeps the
duration. An infusion that has gone on for ever has no amount, and bioavailability does not touch it.
"""

import numpy as np

from remit.dosing import Floats
from remit.errors import Finding
from remit.events.data_set import Flags, refuse
from remit.events.records import MODELLED_DURATION, MODELLED_RATE, RESET, RESET_DOSE, Records
from remit.events.timeline import MOST_REPEATS, DoseEvents, repeats, running
from remit.events.values import Values
from remit.pk import Structure


def dose_events(records: Records, values: Values, structure: Structure) -> DoseEvents:
    """The events of a data set.

    Raises
    ------
    InputError
        If a modelled rate or duration has no value, a record stands for too many doses, or a steady state
        is asked for that there is not.
    """
    doses, target = records.doses, records.compartment
    f = values.of_dose("F", target, 1.0)
    lag = np.where(doses, values.of_dose("ALAG", target, 0.0), 0.0)
    endless = doses & (records.ss > 0) & (records.amt == 0)
    by_rate, by_duration = (
        doses & (records.rate == MODELLED_RATE),
        doses & (records.rate == MODELLED_DURATION),
    )
    if structure.absorption == "zero_order":
        by_duration |= doses & (records.rate == 0) & (target == structure.central)
    given = {
        "R": np.where(by_rate, values.of_dose("R", target, np.nan), records.rate),
        "D": np.where(by_duration, values.of_dose("D", target, np.nan), 1.0),
    }
    refuse(
        [
            *without_value(records, given["R"], "R", "RATE -1"),
            *without_value(
                records, given["D"], "D", "RATE -2" if records.data.column("RATE") else "this dose"
            ),
            *without_end(records, structure),
        ]
    )
    amount = f * records.amt
    infused = doses & ((given["R"] > 0) | by_duration)
    rate = np.where(by_duration, amount / given["D"], np.where(infused, given["R"], 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        lasting = np.where(by_duration, given["D"], amount / rate)
    duration = np.where(endless, np.inf, np.where(infused, lasting, 0.0))
    events = DoseEvents(
        time=records.time,
        resets=np.isin(records.evid, (RESET, RESET_DOSE)).astype(np.int64),
        doses=doses.astype(np.int64),
        steady=np.where(doses, records.ss, 0),
        compartment=target,
        amount=np.where(doses & ~infused, amount, 0.0),
        rate=np.where(infused, rate, 0.0),
        duration=duration,
        interval=records.ii,
        additional=records.addl,
        lag=lag,
    )
    refuse(too_many(records, events))
    return events


def without_value(records: Records, values: Floats, kind: str, why: str) -> list[Finding]:
    """Findings for doses whose modelled rate or duration is not given."""
    name = "RATE" if records.data.column("RATE") else "CMT"
    found: list[Finding] = []
    for i in np.flatnonzero(np.isnan(values)):
        wanted = f"{kind}{records.compartment[i] + 1}"
        place = records.data.where(i, name)
        found.append(
            Finding(place, f"no {wanted}", f"{wanted} for {why}", f"--set {wanted}=..., or a column")
        )
    return found


def without_end(records: Records, structure: Structure) -> list[Finding]:
    """Findings for steady states that add to what is there where doses do not superpose."""
    if structure.is_linear:
        return []
    needed = f"1: under {structure.name} the effects of doses do not add up"
    return [
        Finding(records.data.where(i, "SS"), "2", needed, "a run of doses before the first observation")
        for i in np.flatnonzero(records.ss == 2)
    ]


def too_many(records: Records, events: DoseEvents) -> list[Finding]:
    """Findings for records that stand for more doses, or more running infusions, than can be meant."""
    found: list[Finding] = []
    for what, counts in (("doses", repeats(events, records.starts)), ("infusions at once", running(events))):
        wrong: Flags = counts > MOST_REPEATS
        column = "II" if records.data.column("II") else "AMT"
        for i in np.flatnonzero(wrong):
            needed = f"at most {MOST_REPEATS:,} {what} of one record"
            found.append(
                Finding(records.data.where(i, column), f"{counts[i]:.3g}", needed, "check II and TIME")
            )
    return found

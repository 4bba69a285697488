"""The doses of event records: how each is given, and what it is with the parameters of its record.

Bioavailability scales the amount. An infusion with a rate of its own keeps the rate and lasts as long as the
amount that is available takes; one with a modelled rate likewise; one with a modelled duration keeps the
duration. An infusion that has gone on for ever has no amount, and bioavailability does not touch it. The lag
time is that of the dose's record; bioavailability, modelled rate and duration are those in effect when a dose
enters, which for additional and lagged doses is those of the next record (NONMEM Users Guide VI, III.B.2).
"""

import numpy as np

from remit.errors import Finding
from remit.events.data_set import Flags, refuse
from remit.events.operations import BOLUS, FIXED_RATE, MODELLED_DURATION, MODELLED_RATE
from remit.events.records import RATE_IS_D, RATE_IS_R, RESET, RESET_DOSE, Records
from remit.events.timeline import MOST_REPEATS, MOST_RUNNING, DoseEvents, repeats, running
from remit.events.values import Values
from remit.pk import Structure

DEFAULTS = (("F", 1.0), ("R", np.nan), ("D", np.nan))
"""Bioavailability, modelled rate and modelled duration, and their values where none is given."""


def dose_events(records: Records, values: Values, structure: Structure) -> DoseEvents:
    """The events of a data set.

    Raises
    ------
    InputError
        If a record stands for too many doses, or SS 2 is asked of kinetics in which doses do not add up.
    """
    refuse(without_superposition(records, structure))
    doses, target, n = records.doses, records.compartment, len(structure.compartments)
    kind = np.select(
        [~doses, records.rate == RATE_IS_R, records.rate == RATE_IS_D, records.rate > 0],
        [BOLUS, MODELLED_RATE, MODELLED_DURATION, FIXED_RATE],
        default=BOLUS,
    )
    if structure.absorption == "zero_order":
        kind[doses & (records.rate == 0) & (target == structure.central)] = MODELLED_DURATION
    f, r, d = (values.of_dose(name, target, default) for name, default in DEFAULTS)
    amount = f * records.amt
    with np.errstate(all="ignore"):
        speed = np.select(
            [kind == FIXED_RATE, kind == MODELLED_RATE, kind == MODELLED_DURATION],
            [records.rate, r, amount / d],
            default=0.0,
        )
        duration = np.where(kind == BOLUS, 0.0, np.where(kind == MODELLED_DURATION, d, amount / speed))
    endless = doses & (records.ss > 0) & (records.amt == 0)
    events = DoseEvents(
        time=records.time,
        resets=np.isin(records.evid, (RESET, RESET_DOSE)).astype(np.int64),
        doses=doses.astype(np.int64),
        steady=np.where(doses, records.ss, 0),
        compartment=target,
        kind=kind,
        amt=np.where(doses, records.amt, 0.0),
        rate=np.maximum(records.rate, 0.0),
        amount=np.where(doses & (kind == BOLUS), amount, 0.0),
        speed=speed,
        duration=np.where(endless, np.inf, np.where(np.isfinite(duration), duration, np.nan)),
        interval=records.ii,
        additional=records.addl,
        lag=np.where(doses, values.of_dose("ALAG", target, 0.0), 0.0),
        values=np.stack([values.of_compartments(name, n, default) for name, default in DEFAULTS]),
    )
    refuse(too_many(records, events))
    return events


def without_superposition(records: Records, structure: Structure) -> list[Finding]:
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
    for what, counts, most in (
        ("doses", repeats(events, records.starts), MOST_REPEATS),
        ("infusions at once", running(events), MOST_RUNNING),
    ):
        wrong: Flags = counts > most
        column = "II" if records.data.column("II") else "AMT"
        for i in np.flatnonzero(wrong):
            needed = f"at most {most:,} {what} of one record"
            place = records.data.where(i, column)
            found.append(Finding(place, f"{counts[i]:.3g}", needed, "check II and TIME"))
    return found

"""Concentration profiles out of a data set: which samples follow which dose.

A profile begins with a dose and ends with the next, of one subject in one group. Doses that a record repeats
(``ADDL`` times, every ``II``) count like any other as far as the data reach; doses at one time are one. A
reset (``EVID`` 3 or 4) ends a profile, and time may begin anew after it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.errors import Finding
from remit.events.data_set import refuse
from remit.interop.nca.records import NcaRecords
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.non_compartmental.samples import Route

SAME = 1e-9
"""Times that differ by less than this share of themselves are one."""
BEFORE_ALL = -1
"""Row of a dose that no record of its own gives; it comes before every row of its time, as in NONMEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosing:
    """Which dose of each subject a profile follows, and what the data set does not say of it.

    Parameters
    ----------
    amount
        Amount of the dose; the sum of AMT of the dose unless given. Subjects without dose records need it,
        and have the dose at time 0.
    route
        ``extravascular``, ``bolus`` or ``infusion``; extravascular unless given, which it must be if dose
        records have a RATE.
    duration
        Duration of an infusion; AMT over RATE unless given.
    tau
        Dosing interval, for the measures of an interval.
    number
        ``first``; ``last``, the last that a sample follows; or a number counted from 1.
    is_steady_state
        Whether the interval is at steady state; unless given, it is, but for a first dose without SS, of a
        subject or after a reset.
    """

    amount: float | None = None
    route: Route | None = None
    duration: float | None = None
    tau: float | None = None
    number: int | Literal["first", "last"] = "first"
    is_steady_state: bool | None = None


@dataclass(frozen=True, slots=True)
class SampledProfile:
    """The samples after one dose; ``dose_time`` and ``amount`` are NaN if there is no such dose.

    ``time`` is since the dose and ``concentration`` in the unit of the data, shape (n_samples,).
    ``n_missing`` counts samples without a concentration, which are left out.
    """

    keys: tuple[str, ...]
    dose_time: float
    amount: float
    duration: float
    is_steady_state: bool
    time: Floats
    concentration: Floats
    n_missing: int


@dataclass(frozen=True, slots=True)
class GivenDose:
    """A dose: after how many resets, when, how much, how long (NaN unless said), and by which row."""

    segment: int
    time: float
    amount: float
    duration: float
    is_steady_state: bool
    row: int

    def is_at(self, time: float) -> bool:
        """Whether it is given at a time, but for rounding."""
        return abs(self.time - time) <= SAME * abs(time)


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Samples of one group: row, resets before it, and time of each, shape (n_samples,)."""

    row: Integers
    segment: Integers
    time: Floats


def profiles_of(records: NcaRecords, route: Route, dosing: Dosing) -> list[SampledProfile]:
    """The profile of each group, in their order.

    Raises
    ------
    InputError
        With every group that has no dose, no duration of its infusion, or two concentrations at one time.
    """
    found = [_profile(records, keys, rows, route, dosing) for keys, rows in records.groups]
    refuse([each for each in found if isinstance(each, Finding)])
    return [each for each in found if isinstance(each, SampledProfile)]


def _profile(
    records: NcaRecords, keys: tuple[str, ...], rows: Integers, route: Route, dosing: Dosing
) -> SampledProfile | Finding:
    """The profile of one group, or what keeps it from being one."""
    where = f"{records.data.name}: {', '.join(map(' '.join, zip(records.keys, keys, strict=True)))}"
    segment = np.cumsum(records.is_reset[rows], dtype=np.int64)
    sampled = records.is_sample[rows]
    samples = GroupRows(rows[sampled], segment[sampled], records.time[rows[sampled]])
    given = _doses(records, rows, segment)
    if not given and dosing.amount is None:
        return Finding(where, "no dose record", "a dose", "--dose AMOUNT, for a dose at time 0")
    given = given or [GivenDose(0, 0.0, np.nan, np.nan, is_steady_state=True, row=BEFORE_ALL)]
    chosen = _chosen(given, samples, dosing)
    if chosen is None:
        nothing = np.empty(0)
        return SampledProfile(keys, np.nan, np.nan, 0.0, False, nothing, nothing, 0)
    dose = given[chosen]
    duration = dose.duration if dosing.duration is None else dosing.duration
    if route == "infusion" and np.isnan(duration):
        found = "no single RATE above 0 with the dose"
        return Finding(where, found, "the duration of the infusion", "--duration TIME")
    kept = samples.row[_belongs(samples, given, chosen, route)]
    time = _snapped(records.time[kept] - dose.time, dose.time, dosing.tau)
    twice = np.diff(time) == 0
    if twice.any():
        place = records.data.where(int(kept[1:][twice][0]), "TIME")
        found = f"a second sample at {time[1:][twice][0]:g} after the dose"
        return Finding(place, found, "one sample at a time", "tell profiles apart by --group COLUMN")
    value = records.value[kept]
    known = ~np.isnan(value)
    return SampledProfile(
        keys=keys,
        dose_time=dose.time,
        amount=dose.amount if dosing.amount is None else dosing.amount,
        duration=duration if route == "infusion" else 0.0,
        is_steady_state=dose.is_steady_state if dosing.is_steady_state is None else dosing.is_steady_state,
        time=time[known],
        concentration=value[known],
        n_missing=int((~known).sum()),
    )


def _doses(records: NcaRecords, rows: Integers, segment: Integers) -> list[GivenDose]:
    """The doses of a group in order, as far as its rows reach, those at one time as one."""
    items, found = records.items, list[GivenDose]()
    for place in np.flatnonzero(records.is_dose[rows]):
        row, part = int(rows[place]), int(segment[place])
        first, every, more = float(records.time[row]), float(items["II"][row]), int(items["ADDL"][row])
        amount, rate, steady = float(items["AMT"][row]), float(items["RATE"][row]), int(items["SS"][row])
        if steady == 1:
            # It replaces what was there, doses that were still to come among it.
            found = [each for each in found if each.segment < part or each.time < first]
        last = float(records.time[rows[segment == part][-1]])
        more = min(more, int((last - first) / every * (1 + SAME))) if more else 0
        duration = amount / rate if rate > 0 else np.nan
        found += [
            GivenDose(part, first + k * every, amount, duration, steady > 0, BEFORE_ALL if k else row)
            for k in range(more + 1)
        ]
    found.sort(key=lambda each: (each.segment, each.time))
    return _merged(found)


def _merged(doses: list[GivenDose]) -> list[GivenDose]:
    """Doses with those at one time as one, and each but the first of a segment taken for a steady state."""
    found: list[GivenDose] = []
    for each in doses:
        last = found[-1] if found and found[-1].segment == each.segment else None
        if last is not None and last.is_at(each.time):
            same = last.duration == each.duration
            found[-1] = GivenDose(
                each.segment,
                last.time,
                last.amount + each.amount,
                each.duration if same else np.nan,
                last.is_steady_state or each.is_steady_state,
                max(last.row, each.row),
            )
        else:
            steady = each.is_steady_state or last is not None
            found.append(GivenDose(each.segment, each.time, each.amount, each.duration, steady, each.row))
    return found


def _chosen(given: list[GivenDose], samples: GroupRows, dosing: Dosing) -> int | None:
    """Place of the dose that is asked for, if there is one."""
    if dosing.number == "first":
        return 0
    if dosing.number == "last":
        for i in reversed(range(len(given))):
            end = given[i].time + SAME * abs(given[i].time)
            if ((samples.segment == given[i].segment) & (samples.time > end)).any():
                return i
        return len(given) - 1
    return dosing.number - 1 if dosing.number <= len(given) else None


def _belongs(samples: GroupRows, given: list[GivenDose], chosen: int, route: Route) -> Booleans:
    """Which samples lie between a dose and the next.

    At the time of a dose the order of rows decides for a bolus, before which and after which concentrations
    differ. Other doses change nothing at once, and a sample at their time belongs to what comes before and to
    what comes after; of several there, the first to what comes before and the last to what comes after.
    """
    dose, here = given[chosen], samples.segment == given[chosen].segment
    margin = SAME * abs(dose.time)
    at_start = here & (np.abs(samples.time - dose.time) <= margin)
    inside = here & (samples.time > dose.time + margin)
    if route == "bolus":
        at_start &= samples.row > dose.row
    else:
        at_start[np.flatnonzero(at_start)[:-1]] = False
    following = given[chosen + 1] if chosen + 1 < len(given) else None
    if following is None or following.segment != dose.segment:
        return at_start | inside
    margin = SAME * abs(following.time)
    at_end = inside & (np.abs(samples.time - following.time) <= margin)
    inside &= samples.time < following.time - margin
    if route == "bolus":
        at_end &= samples.row < following.row
    else:
        at_end[np.flatnonzero(at_end)[1:]] = False
    return at_start | inside | at_end


def _snapped(time: Floats, start: float, tau: float | None) -> Floats:
    """Times since a dose, with those at zero or tau but for rounding put there."""
    margin = SAME * max(abs(start), abs(tau or 0.0))
    time = np.where(np.abs(time) <= margin, 0.0, time)
    return time if tau is None else np.where(np.abs(time - tau) <= margin, tau, time)

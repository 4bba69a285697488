"""Who enters: patients in the order in which they are ready, until limits are reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.enrolment.arrivals import Arrivals, Process, arrivals
from remit.trial.enrolment.checks import check, region_limits
from remit.trial.enrolment.limits import Limit, Queue, apply_limit, apply_site_limits
from remit.trial.enrolment.record import Enrolment, ScreeningFlow
from remit.trial.enrolment.rules import EnrolmentRules
from remit.trial.enrolment.sites import SiteGroup
from remit.trial.enrolment.standing import Standing, processes

HELD_AT_ONCE = 400_000
"""Arrivals held in memory together: few enough to stay in the cache of a processor."""
FEWEST_DRAWN, MOST_DRAWN = 16, 64
"""Arrivals at each site with which a replicate is first tried."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides on enrolment, the same in all replicates.

    ``limits`` are those of countries, regions and the trial, from the inside out; ``most_per_site`` that of
    each site, ``group`` the group of each site; patients enrolled so far are taken off.
    """

    seed: int
    sites: Sequence[SiteGroup]
    rules: EnrolmentRules
    standing: Standing | None
    limits: tuple[Limit, ...]
    most_per_site: Floats
    group: Integers
    n_patients: int


@dataclass(frozen=True, slots=True)
class Part:
    """Enrolment of some replicates; ``flow`` has shape (3, n_replicates, n_countries)."""

    replicates: Integers
    day: Floats
    site: Integers
    arrival: Integers
    screened: Floats
    flow: Integers


def enrol(
    seed: int,
    sites: Sequence[SiteGroup],
    n_patients: int,
    replicates: int,
    largest_share: Mapping[str, float] | None = None,
    rules: EnrolmentRules | None = None,
    standing: Standing | None = None,
) -> Enrolment:
    """Enrolment of ``replicates`` trials of ``n_patients``.

    Parameters
    ----------
    seed
        Seed of the run.
    sites
        Groups of sites, one a country.
    n_patients
        Patients at whose enrolment the trial closes. Those in screening then may make it more, and a day on
        which enrolment closes fewer; the arrays have at least this many places.
    replicates
        Trials; number r is the same whatever their total.
    largest_share
        Share of the planned patients beyond which a region enrols no more; regions not named have no limit.
    rules
        Further limits, pauses, and whether patients in screening enter when a limit is reached.
    standing
        Where enrolment stands: then only patients after that day are returned, numbered from it on, with
        rates drawn given what the sites have enrolled, and places for those still to come.

    Raises
    ------
    InputError
        If the sites cannot enrol.
    """
    rules = rules or EnrolmentRules()
    check(sites, n_patients, rules, largest_share, standing)
    plan = _plan(seed, sites, n_patients, rules, largest_share or {}, standing)
    n = min(max(2 * plan.n_patients // plan.group.size, FEWEST_DRAWN), MOST_DRAWN)
    parts: list[Part] = []
    waiting = np.arange(replicates)
    while waiting.size:
        at_once = max(HELD_AT_ONCE // (n * plan.group.size), 1)
        short: list[Integers] = []
        for first in range(0, waiting.size, at_once):
            chosen = waiting[first : first + at_once]
            part, is_complete = _admitted(plan, chosen, n)
            parts.append(_rows(part, is_complete))
            short.append(chosen[~is_complete])
        # Draws only append, so it does not matter with how many a replicate was first tried.
        waiting, n = np.concatenate(short), 2 * n
    return _joined(plan, parts, replicates)


def _plan(
    seed: int,
    sites: Sequence[SiteGroup],
    n_patients: int,
    rules: EnrolmentRules,
    largest_share: Mapping[str, float],
    standing: Standing | None,
) -> Plan:
    sizes = [each.n_sites for each in sites]
    group = np.repeat(np.arange(len(sites)), sizes)
    enrolled = np.zeros(group.size, dtype=np.int64) if standing is None else standing.enrolled
    region = np.repeat([each.region for each in sites], sizes)
    limits = [
        Limit(group == place, each.most_of_country)
        for place, each in enumerate(sites)
        if each.most_of_country is not None
    ]
    most = region_limits(sites, n_patients, rules, largest_share)
    limits += [Limit(region == name, least) for name, least in most.items() if least < n_patients]
    limits.append(Limit(np.ones(group.size, dtype=bool), n_patients, rules.closes_on_day))
    left = tuple(
        Limit(each.of, each.most - int(enrolled[each.of].sum()), each.closes_on_day) for each in limits
    )
    most = [np.inf if each.most_per_site is None else float(each.most_per_site) for each in sites]
    per_site = np.repeat(np.array(most, dtype=np.float64), sizes)
    return Plan(seed, sites, rules, standing, left, per_site - enrolled, group, max(left[-1].most, 0))


def _admitted(plan: Plan, replicates: Integers, n: int) -> tuple[Part, Booleans]:
    """Enrolment from the first ``n`` arrivals at each site, and in which replicates they are enough."""
    stream = "enrolment" if plan.standing is None else "forecast"
    came = _all_sites(
        [
            arrivals(plan.seed, stream, group, process, replicates, n)
            for group, process in zip(plan.sites, _processes(plan, replicates), strict=True)
        ]
    )
    ready = came.ready
    if plan.standing is not None:
        ready = np.where(ready > plan.standing.day, ready, np.inf)
    is_soft = plan.rules.screened_may_enter
    alive, closes = apply_site_limits(ready, came.screened, plan.most_per_site, is_soft)
    flat = np.where(alive, ready, np.inf).reshape(replicates.size, -1)
    order = _in_order(flat, came.finished.reshape(flat.shape), bool(plan.rules.pauses))
    order = order[:, : int(np.isfinite(flat).sum(axis=1).max(initial=0))]
    queue = Queue(
        np.take_along_axis(flat, order, axis=1),
        np.take_along_axis(came.screened.reshape(flat.shape), order, axis=1),
        order // n,
    )
    enters = np.isfinite(queue.ready)
    for limit in plan.limits:
        enters, day = apply_limit(queue, enters, limit, is_soft)
        closes[:, limit.of] = np.minimum(closes[:, limit.of], day[:, None])
    is_complete = np.all(came.until >= closes, axis=1)
    part = _packed(queue, order % n, enters, replicates, plan.n_patients)
    return _with_flow(plan, part, came, closes), is_complete


def _processes(plan: Plan, replicates: Integers) -> list[Process]:
    return processes(plan.seed, plan.sites, plan.rules.pauses, plan.standing, replicates)


def _all_sites(groups: Sequence[Arrivals]) -> Arrivals:
    return Arrivals(
        np.concatenate([each.screened for each in groups], axis=1),
        np.concatenate([each.finished for each in groups], axis=1),
        np.concatenate([each.ready for each in groups], axis=1),
        np.concatenate([each.fails for each in groups], axis=1),
        np.concatenate([each.until for each in groups], axis=1),
    )


def _in_order(ready: Floats, finished: Floats, has_pauses: bool) -> Integers:
    """Order of being ready; who waited for the end of a pause by the end of screening."""
    if not has_pauses:
        return np.argsort(ready, axis=1, kind="stable")
    first = np.argsort(finished, axis=1, kind="stable")
    then = np.argsort(np.take_along_axis(ready, first, axis=1), axis=1, kind="stable")
    return np.take_along_axis(first, then, axis=1)


def _packed(queue: Queue, arrival: Integers, enters: Booleans, replicates: Integers, places: int) -> Part:
    """Those who enter, in front; as many places as planned or as the fullest replicate needs."""
    width = max(places, int(enters.sum(axis=1).max(initial=0)))
    row, place = np.nonzero(enters)
    turn = (np.cumsum(enters, axis=1) - 1)[row, place]
    shape = (replicates.size, width)
    day, screened = np.full(shape, np.inf), np.full(shape, np.inf)
    site, number = np.full(shape, -1, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
    day[row, turn], screened[row, turn] = queue.ready[row, place], queue.screened[row, place]
    site[row, turn], number[row, turn] = queue.site[row, place], arrival[row, place]
    return Part(replicates, day, site, number, screened, np.zeros((3, replicates.size, 0), dtype=np.int64))


def _with_flow(plan: Plan, part: Part, came: Arrivals, closes: Floats) -> Part:
    """The part with its patients screened, failed and not entered by country."""
    begins = came.screened <= closes[:, :, None]
    if plan.standing is not None:
        begins &= came.finished > plan.standing.day
    fails = came.fails & begins
    if not plan.rules.screened_may_enter:
        fails &= came.finished <= closes[:, :, None]
    countries = range(len(plan.sites))
    screened = np.stack([begins[:, plan.group == each].sum(axis=(1, 2)) for each in countries], axis=1)
    failed = np.stack([fails[:, plan.group == each].sum(axis=(1, 2)) for each in countries], axis=1)
    own = np.where(part.site >= 0, plan.group[part.site], -1)
    enrolled = np.stack([(own == each).sum(axis=1) for each in countries], axis=1)
    flow = np.stack([screened, failed, screened - failed - enrolled])
    return Part(part.replicates, part.day, part.site, part.arrival, part.screened, flow)


def _rows(part: Part, which: Booleans) -> Part:
    return Part(
        part.replicates[which], part.day[which], part.site[which], part.arrival[which],
        part.screened[which], part.flow[:, which],
    )  # fmt: skip


def _joined(plan: Plan, parts: Sequence[Part], replicates: int) -> Enrolment:
    """Parts as one enrolment, in the order of replicates."""
    widest = [int((part.site >= 0).sum(axis=1).max(initial=0)) for part in parts]
    shape = (replicates, max([plan.n_patients, *widest]))
    day, screened = np.full(shape, np.inf), np.full(shape, np.inf)
    site, arrival = np.full(shape, -1, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
    flow = np.zeros((3, replicates, len(plan.sites)), dtype=np.int64)
    for part in parts:
        width = min(part.day.shape[1], shape[1])
        day[part.replicates, :width], site[part.replicates, :width] = (
            part.day[:, :width],
            part.site[:, :width],
        )
        arrival[part.replicates, :width] = part.arrival[:, :width]
        screened[part.replicates, :width] = part.screened[:, :width]
        flow[:, part.replicates] = part.flow
    sizes = [each.n_sites for each in plan.sites]
    country = np.repeat([each.country for each in plan.sites], sizes)
    region = np.repeat([each.region for each in plan.sites], sizes)
    names = tuple(each.country for each in plan.sites)
    return Enrolment(day, site, country, region, screened, arrival, ScreeningFlow(names, *flow))

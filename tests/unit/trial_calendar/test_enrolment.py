"""Enrolment, small enough to follow by hand, and against a second programming patient by patient.

Standing: double programmed. ``day_by_day`` admits one patient after the other from the same arrivals; days
and counts must agree exactly.
"""

from dataclasses import replace

import numpy as np
import pytest

from remit.errors import InputError
from remit.trial.enrolment import (
    Enrolment,
    EnrolmentRules,
    Pause,
    Screening,
    SiteGroup,
    Standing,
    admission,
    check,
    enrol,
    enrolment_findings,
    patient_draws,
    standing,
)
from remit.trial.enrolment.arrivals import arrivals

SCREENING = Screening(7.0, 28.0, 0.3)
SITES = [
    SiteGroup("China", "china", 4, 0.0, 20.0, 1.0, 0.5, 10.0, 1.0, SCREENING, 9, 26),
    SiteGroup("France", "europe", 3, 60.0, 30.0, 0.8, 0.8, 0.0, 1.0, Screening(14.0, 14.0, 0.1), 8, None),
    SiteGroup("Spain", "europe", 2, 90.0, 30.0, 1.2, 0.3, 0.0, 1.0, Screening(), None, 12),
]
PAUSES = (Pause(100.0, 130.0), Pause(150.0, 170.0, ("Spain", "China")))
N, REPLICATES, DRAWN = 45, 20, 128


def day_by_day(rules, most_of_region, replicate, n=N):
    """Enrolment of one replicate as a coordinator would do it: days, sites, screened, failed, others."""
    plan = standing.processes(5, SITES, rules.pauses, None, np.array([replicate]))
    events = []
    site = 0
    for group, process in zip(SITES, plan, strict=True):
        came = arrivals(5, "enrolment", group, process, np.array([replicate]), DRAWN)
        for number in range(group.n_sites):
            for k in range(DRAWN):
                who = (site, k)
                failed = bool(came.fails[0, number, k])
                end = came.finished[0, number, k] if failed else came.ready[0, number, k]
                if np.isfinite(came.screened[0, number, k]):
                    events.append((came.screened[0, number, k], 0, 0.0, who, group, failed))
                    events.append((end, 1, came.finished[0, number, k], who, group, failed))
            site += 1
    events.sort(key=lambda event: event[:4])
    count = {}
    limits = {"all": n, **most_of_region} | {
        each.country: each.most_of_country for each in SITES if each.most_of_country is not None
    }
    in_screening, day, where = set(), [], []
    screened, failures, others = 0, 0, 0
    for at, kind, _, who, group, failed in events:
        units = [("site", who[0]), group.country, group.region, "all"]
        most = [group.most_per_site or 10**9, *(limits.get(unit, 10**9) for unit in units[1:])]
        is_open = all(count.get(unit, 0) < limit for unit, limit in zip(units, most, strict=True))
        if kind == 0 and is_open and at <= rules.closes_on_day:
            screened += 1
            in_screening.add(who)
        if kind == 1 and who in in_screening:
            in_screening.remove(who)
            may_enter = rules.screened_may_enter or (is_open and at <= rules.closes_on_day)
            if failed and may_enter:
                failures += 1
            elif may_enter:
                day.append(at)
                where.append(who[0])
                for unit in units:
                    count[unit] = count.get(unit, 0) + 1
            else:
                others += 1
    return day, where, screened, failures, others


@pytest.mark.parametrize("may_enter", [True, False])
@pytest.mark.parametrize("pauses", [(), PAUSES])
@pytest.mark.parametrize("closes_on_day", [np.inf, 260.0])
def test_all_limits_together_are_those_of_admission_one_by_one(may_enter, pauses, closes_on_day):
    rules = EnrolmentRules(
        most_of_region={"europe": 25},
        pauses=pauses,
        closes_on_day=closes_on_day,
        screened_may_enter=may_enter,
    )
    found = enrol(5, SITES, N, REPLICATES, rules=rules)
    for replicate in range(REPLICATES):
        day, site, screened, failed, others = day_by_day(rules, {"europe": 25}, replicate)
        here = found.enrolled[replicate]
        np.testing.assert_array_equal(found.calendar_day[replicate, here], day)
        np.testing.assert_array_equal(found.site[replicate, here], site)
        flow = found.flow
        counts = [each[replicate].sum() for each in (flow.screened, flow.failed, flow.not_entered)]
        assert counts == [screened, failed, others]


def test_the_flow_of_patients_adds_up_in_each_country():
    for may_enter in (True, False):
        found = enrol(1, SITES, N, 50, rules=EnrolmentRules(screened_may_enter=may_enter, pauses=PAUSES))
        enrolled = np.stack([(found.country == each).sum(axis=1) for each in found.flow.countries], axis=1)
        flow = found.flow
        np.testing.assert_array_equal(flow.screened, enrolled + flow.failed + flow.not_entered)
        assert (flow.not_entered == 0).all() == may_enter


def test_those_in_screening_enter_beyond_the_limit_only_if_they_may():
    sites = [replace(each, most_per_site=None, most_of_country=None) for each in SITES]
    soft, hard = (
        enrol(1, sites, N, 200, rules=EnrolmentRules(screened_may_enter=each)) for each in (True, False)
    )
    assert soft.enrolled.sum(axis=1).min() >= N
    assert soft.enrolled.sum(axis=1).max() > N
    assert (hard.enrolled.sum(axis=1) == N).all()
    assert hard.calendar_day.shape == (200, N)
    np.testing.assert_array_equal(soft.calendar_day[:, :N], hard.calendar_day)


def test_hard_limits_are_kept():
    rules = EnrolmentRules(screened_may_enter=False)
    found = enrol(2, SITES, N, 100, {"europe": 0.5}, rules)
    assert (found.region == "europe").sum(axis=1).max() <= int(0.5 * N)
    assert (found.country == "China").sum(axis=1).max() == 26
    by_site = (found.site[:, :, None] == np.arange(9)).sum(axis=1)
    assert (by_site.max(axis=0) <= [9, 9, 9, 9, 8, 8, 8, N, N]).all()


def test_screening_takes_its_time_and_nobody_is_enrolled_in_a_pause():
    found = enrol(3, SITES, N, 100, rules=EnrolmentRules(pauses=PAUSES))
    day, began = found.calendar_day, found.screening_day
    here = found.enrolled
    assert (day[here] >= began[here] + np.where(found.country == "Spain", 0.0, 7.0)[here] - 1e-9).all()
    assert not ((day >= 100) & (day < 130)).any()
    assert not ((began >= 100) & (began < 130)).any()
    in_second = (day >= 150) & (day < 170)
    assert in_second.any()
    assert set(np.unique(found.country[in_second])) == {"France"}
    assert (np.diff(np.where(here, day, 1e9), axis=1) >= 0).all()


def test_a_pause_moves_nobody_outside_of_it():
    pause = Pause(40.0, 60.0)
    sites = [SiteGroup("Country", "r", 3, 0.0, 0.0, 2.0, 0.5)]
    without = enrol(4, sites, 30, 20)
    with_pause = enrol(4, sites, 30, 20, rules=EnrolmentRules(pauses=(pause,)))
    for replicate in range(20):
        before, after = without.calendar_day[replicate], with_pause.calendar_day[replicate]
        kept = before[(before < 40) | (before >= 60)]
        np.testing.assert_array_equal(after[: kept.size], kept)


def test_a_day_on_which_enrolment_closes_leaves_places_empty():
    sites = [SiteGroup("Country", "r", 2, 0.0, 0.0, 1.0, 0.5)]
    found = enrol(1, sites, 50, 40, rules=EnrolmentRules(closes_on_day=200.0))
    assert found.calendar_day.shape == (40, 50)
    assert found.calendar_day[found.enrolled].max() <= 200
    empty = ~found.enrolled
    assert empty.any(axis=1).all()
    assert (found.site[empty] == -1).all()
    assert (found.region[empty] == "").all()


def test_how_many_arrivals_are_drawn_at_once_does_not_matter(monkeypatch):
    rules = EnrolmentRules(pauses=PAUSES)
    wanted = enrol(6, SITES, N, 12, rules=rules)
    monkeypatch.setattr(admission, "FEWEST_DRAWN", 1)
    monkeypatch.setattr(admission, "HELD_AT_ONCE", 500)
    found = enrol(6, SITES, N, 12, rules=rules)
    np.testing.assert_array_equal(found.calendar_day, wanted.calendar_day)
    np.testing.assert_array_equal(found.arrival, wanted.arrival)
    np.testing.assert_array_equal(found.flow.screened, wanted.flow.screened)


def test_sites_are_numbered_within_their_country():
    found = enrol(6, SITES, N, 1)
    np.testing.assert_array_equal(found.site_number, [0, 1, 2, 3, 0, 1, 2, 0, 1])


def test_a_site_that_hardly_recruits_is_no_obstacle():
    sites = [SiteGroup("A", "r", 5, 0.0, 0.0, 1.0, 200.0), SiteGroup("B", "r", 1, 0.0, 0.0, 1.0, 0.0)]
    assert np.isfinite(enrol(1, sites, 10, 50).calendar_day).all()


BROKEN = [
    ({"n_sites": 0}, "n_sites"),
    ({"rate_per_month": 0.0}, "rate_per_month"),
    ({"dispersion": -1.0}, "dispersion"),
    ({"activation_delay_days": -1.0}, "activation_delay_days"),
    ({"screening": Screening(5.0, 4.0)}, "screening.longest_days"),
    ({"screening": Screening(failure=1.0)}, "screening.failure"),
    ({"screening": Screening(failure=float("nan"))}, "screening.failure"),
    ({"most_per_site": 0}, "most_per_site"),
    ({"most_per_site": 3}, "most_of_country"),
    ({"most_of_country": 4}, "most_of_country"),
]


@pytest.mark.parametrize(("change", "where"), BROKEN)
def test_sites_that_cannot_enrol_are_refused(change, where):
    usual = {
        "country": "A", "region": "r", "n_sites": 2, "activation_start_day": 0.0,
        "activation_interval_days": 1.0, "rate_per_month": 1.0, "dispersion": 0.5,
    }  # fmt: skip
    assert enrolment_findings([SiteGroup(**usual)], 10, EnrolmentRules()) == []
    with pytest.raises(InputError, match=where):
        check([SiteGroup(**(usual | change))], 10, EnrolmentRules())


def test_rules_that_cannot_hold_are_refused_all_at_once():
    sites = [SiteGroup("A", "r", 2, 0.0, 1.0, 1.0, 0.5)]
    rules = EnrolmentRules(
        most_of_region={"elsewhere": 4},
        pauses=(Pause(5.0, 5.0), Pause(1.0, np.inf), Pause(1.0, 2.0, ("Nowhere",))),
    )
    found = " ".join(each.where for each in enrolment_findings(sites, 10, rules))
    assert found.split() == ["pauses.0", "pauses.1", "pauses.2.countries", "most_of_region"]
    with pytest.raises(InputError, match="largest share"):
        enrol(1, sites, 10, 1, {"r": 0.5})
    with pytest.raises(InputError, match="a country twice"):
        enrol(1, [*sites, *sites], 10, 1)
    late = Standing(10.0, np.array([20.0, 0.0]), np.array([1, 0]))
    with pytest.raises(InputError, match=r"standing\.enrolled"):
        enrol(1, sites, 10, 1, standing=late)
    with pytest.raises(InputError, match="for the 2 sites"):
        enrol(1, sites, 10, 1, standing=Standing(10.0, np.zeros(3), np.zeros(3, dtype=np.int64)))


def test_draws_of_patients_need_their_numbers_of_arrival():
    bare = Enrolment(np.zeros((1, 2)), np.zeros((1, 2), dtype=np.int64), np.array(["A"]), np.array(["r"]))
    with pytest.raises(InputError, match="arrival"):
        patient_draws(1, "x", bare)

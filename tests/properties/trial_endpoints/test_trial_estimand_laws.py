"""Laws that relate the strategies of one variable, on random courses; and nothing after the limit matters.

Standing: developer; PFS under both conventions is double programmed below, patient by patient, from the words
of its definition. The laws hold exactly.
"""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.trial.endpoints import progression_free, progression_free_strict
from remit.trial.estimands.endpoint import (
    ASSESSED_TIMES,
    COMPOSITE,
    HYPOTHETICAL,
    OF_RESPONDERS,
    POLICY,
    RESIDUAL,
    RESPONSES,
    TIMES,
    WHILE,
    Endpoint,
    MrdTest,
    allowed,
    check,
)
from remit.trial.estimands.event_times import known_days, times
from remit.trial.estimands.intercurrent import event_day
from remit.trial.estimands.intervals import intervals
from remit.trial.estimands.responses import responses
from remit.trial.milestones import Milestones, assigned, joined, last_scan, milestones

SEEDS = (11, 12)
LIMITS = (30.0, 180.0, np.inf)
BLOOD = MrdTest(compartment="blood", assay="flow_1e-4", threshold=1e-4, window=60.0)
every_seed = pytest.mark.parametrize("seed", SEEDS)
every_limit = pytest.mark.parametrize("limit", LIMITS)


def seen(tables, arm="a"):
    """Milestones of one arm."""
    part = {name: frame.filter(pl.col("ARM") == arm) for name, frame in tables.frames.items()}
    return milestones(
        part["adrs"], part["adsl"], "IRC", tables.follow_up, adex=part["adex"], admrd=part["admrd"]
    )


def declared(variable, event=None, strategy=None):
    """An endpoint with one strategy; remission is complete response, for courses are of lymphoma."""
    while_on = strategy == WHILE and variable in TIMES
    summary = "cumulative_incidence" if while_on else "hazard_ratio" if variable in TIMES else "rate"
    found = Endpoint(
        name="X",
        variable=variable,
        strategies={event: strategy} if event else {},
        population="responders" if variable in OF_RESPONDERS else "randomised",
        summary="median" if variable in OF_RESPONDERS and not while_on else summary,
        landmark=150.0 if variable == "EFS" else None,
        remission="CR",
        mrd=BLOOD if variable in RESIDUAL else None,
    )
    check([found])
    return found


def of(variable, m, limit, event=None, strategy=None, scan_days=()):
    return times(declared(variable, event, strategy), m, np.full(m.death.shape, limit), scan_days)


WORKED = [
    (variable, event)
    for variable in TIMES
    for event, ways in allowed(variable).items()
    if {POLICY, HYPOTHETICAL, COMPOSITE, WHILE} <= set(ways)
]


def pairs():
    return pytest.mark.parametrize(("variable", "event"), WORKED)


@every_limit
@pairs()
def test_the_composite_time_is_never_longer_than_that_of_treatment_policy(pool, limit, variable, event):
    m = seen(pool(SEEDS[0]))
    policy, composite = (of(variable, m, limit, event, way) for way in (POLICY, COMPOSITE))
    both = policy.counted & composite.counted & ~stands_for_failure(variable, policy)
    # Censored at an assessment, the policy may end before an event that no assessment has to show.
    assert (composite.time <= policy.time)[both & policy.event].all()
    assert (composite.event | ~policy.event)[both].all()


def stands_for_failure(variable, found):
    """Whose event is on the first day by convention, which is before any day on which it could be known."""
    return (found.time <= 1) & found.event if variable == "EFS" else np.zeros(found.event.shape, dtype=bool)


@pairs()
def test_the_composite_strategy_adds_events(pool, variable, event):
    counts = np.zeros(2)
    for seed in range(11, 17):
        m = seen(pool(seed))
        counts += [of(variable, m, np.inf, event, way).event.sum() for way in (POLICY, COMPOSITE)]
    assert counts[1] > counts[0]


@every_limit
@pairs()
def test_hypothetical_and_while_on_treatment_have_no_event_that_policy_has_not(pool, limit, variable, event):
    m = seen(pool(SEEDS[0]))
    policy = of(variable, m, limit, event, POLICY)
    for strategy in (HYPOTHETICAL, WHILE):
        other = of(variable, m, limit, event, strategy)
        both = policy.counted & other.counted
        assert not (other.counted & ~policy.counted).any()
        assert not (other.event & ~policy.event)[both].any()
        assert (other.time == policy.time)[both & other.event].all()
        late = both & policy.event & ~stands_for_failure(variable, policy)
        assert (other.time <= policy.time)[late].all()


@pairs()
def test_strategies_differ_only_in_patients_who_have_the_event(pool, variable, event):
    m = seen(pool(SEEDS[1]))
    policy = of(variable, m, np.inf, event, POLICY)
    without = ~np.isfinite(event_day(event, m))
    assert without.any()
    assert not without.all()
    for strategy in (HYPOTHETICAL, COMPOSITE):
        other = of(variable, m, np.inf, event, strategy)
        for one in ("time", "event", "reason", "counted"):
            assert (getattr(policy, one) == getattr(other, one))[without & policy.counted].all()


@every_seed
@every_limit
def test_progression_free_survival_is_that_of_its_definition_patient_by_patient(pool, seed, limit):
    tables = pool(seed)
    m = seen(tables)
    until = np.full(m.death.shape, limit)
    policy, strict = progression_free(m, until), progression_free_strict(m, until, tables.scan_days)
    for place, subject in enumerate(tables["adsl"]["USUBJID"]):
        facts = tables["adsl"].row(place, named=True)
        scans = tables["adrs"].filter(
            (pl.col("USUBJID") == subject)
            & (pl.col("READER") == "IRC")
            & (pl.col("PARAMCD") == "OVRLRESP")
            & (pl.col("AVALC") != "NE")
        ).sort("ADY")  # fmt: skip
        wanted = by_hand(
            facts, list(scans.select("ADY", "VISITNUM", "AVALC").iter_rows()), limit, tables.scan_days
        )
        assert [(float(x.time[place]), bool(x.event[place])) for x in (policy, strict)] == wanted


def by_hand(facts, scans, limit, scan_days):
    """Time and event of PFS and PFSNT of one patient."""
    progressions = [each for each in scans if each[2] == "PD" and each[0] <= limit]
    death = facts["DTHDY"] if facts["DTHDY"] is not None and facts["DTHDY"] <= limit else np.inf
    first = progressions[0] if progressions else (np.inf, np.inf, "")
    event = min(first[0], death)
    failed = facts["STATUS"] != "OK"
    is_event = np.isfinite(event) and not failed
    last = max([day for day, _, _ in scans if day <= min(limit, first[0])], default=1.0)
    policy = (event, True) if is_event else (last, False)
    therapy = facts["NEWTXDY"] if facts["NEWTXDY"] is not None and facts["NEWTXDY"] <= limit else np.inf
    before = [s for s in scans if s[0] <= min(limit, first[0]) and (not is_event or s[0] < event)]
    if np.isfinite(therapy) and (not is_event or therapy < event):
        return [policy, (max([s[0] for s in before if s[0] <= therapy], default=1.0), False)]
    if is_event:
        done = max([np.floor(s[1]) for s in before], default=0)
        if first[0] <= death:
            planned = [k for k in range(1, 13) if done < k < first[1]]
        else:
            planned = [k for k in range(1, 13) if done < k and scan_days[k - 1] < event]
        if len(planned) >= 2:
            return [policy, (max([s[0] for s in before], default=1.0), False)]
    return [policy, policy]


def forgetting(m: Milestones, limit: float) -> Milestones:
    """Milestones with everything after the limit undone."""

    def cut(day):
        return np.where(day <= limit, day, np.inf)

    changed = {
        each.name: cut(getattr(m, each.name))
        for each in fields(m)
        if each.name in ("response", "complete", "progression", "other_progression", "scan_time", "death",
                         "new_therapy", "lost", "crossover")
    }  # fmt: skip
    end = m.treatment
    gone = {
        "treatment": replace(end, day=cut(end.day), last_dose=np.minimum(end.last_dose, limit)),
        "first": {name: cut(day) for name, day in m.first.items()},
        "after_treatment": {name: cut(day) for name, day in m.after_treatment.items()},
        "mrd": {test: replace(s, time=cut(s.time), result=np.where(s.time <= limit, s.result, 3))
                for test, s in m.mrd.items()},
        # Who is lost only later is in contact up to the limit at least.
        "contact": np.where(m.contact > limit, 730.0, m.contact),
        "scan_number": np.where(m.scan_time <= limit, m.scan_number, 0.0),
        "progression_scan": np.where(m.progression <= limit, m.progression_scan, 0.0),
    }  # fmt: skip
    return replace(m, **changed, **gone)


EVERY = [
    (variable, event, way)
    for variable in (*TIMES, *RESPONSES)
    if variable not in ("ORRL", "ORRNL", "CRFULL", "CRH", "CRC", "MRR")
    for event, ways in allowed(variable).items()
    for way in ways
]


@pytest.mark.parametrize(("variable", "event", "way"), EVERY)
def test_nothing_after_the_limit_matters_under_any_strategy_that_is_allowed(pool, variable, event, way):
    for seed in SEEDS[:1]:
        tables = pool(seed)
        m = seen(tables)
        for limit in LIMITS[:-1]:
            until, less = np.full(m.death.shape, limit), forgetting(m, limit)
            asked = declared(variable, event, way)
            if asked.is_time:
                one, other = (times(asked, each, until, tables.scan_days) for each in (m, less))
                names = ("time", "event", "reason")
                assert (one.counted == other.counted).all()
            else:
                one, other = (responses(asked, each, until) for each in (m, less))
                names = ("response", "evaluable")
            for name in names:
                assert (getattr(one, name) == getattr(other, name))[one.counted].all(), name


@every_seed
def test_a_later_limit_only_adds_events_and_responses(pool, seed):
    m = seen(pool(seed))
    for variable in ("PFS", "OS", "TTNT", "EFS", "DOR"):
        known = [of(variable, m, limit).event for limit in LIMITS]
        assert all((later | ~earlier).all() for earlier, later in pairwise(known))
    for variable in ("ORR", "CR", "EOTORR", "UMRDEVER"):
        asked = declared(variable)
        known = [responses(asked, m, np.full(m.death.shape, limit)).response for limit in LIMITS]
        assert all((later | ~earlier).all() for earlier, later in pairwise(known))


@every_seed
@pytest.mark.parametrize("variable", ["PFS", "EFS", "DOR", "RFS", "OS", "TTNT", "TTR"])
def test_an_event_is_known_from_its_day_on_and_not_before(pool, seed, variable):
    m = seen(pool(seed))
    day = known_days(declared(variable), m)
    some = np.flatnonzero(np.isfinite(day))
    assert some.size
    on = times(declared(variable), m, np.where(np.isfinite(day), day, np.inf))
    before = times(declared(variable), m, np.where(np.isfinite(day), np.nextafter(day, 0), np.inf))
    assert (on.event & on.counted)[some].all()
    assert not (before.event & before.counted)[some].any()


@every_seed
@pytest.mark.parametrize("variable", ASSESSED_TIMES)
def test_the_time_of_an_event_lies_at_the_end_of_its_interval(pool, seed, variable):
    m = seen(pool(seed))
    found = of(variable, m, np.inf)
    between = intervals(declared(variable), m, found)
    here = found.counted
    assert (between.last_free <= between.first_event)[here].all()
    assert (between.last_free >= 0)[here].all()
    assert (between.first_event == found.time)[here & found.event].all()
    assert np.isinf(between.first_event[here & ~found.event]).all()
    assert (between.last_free <= found.time)[here].all()


@every_seed
def test_an_undetectable_sample_at_the_time_point_is_one_at_any_time(pool, seed):
    m = seen(pool(seed))
    limit = np.full(m.death.shape, np.inf)
    point, ever = (responses(declared(each), m, limit) for each in ("UMRD", "UMRDEVER"))
    assert point.response.any()
    assert not (point.response & ~ever.response).any()
    assert not (point.response & ~point.evaluable).any()


def same(one, other):
    for each in fields(Milestones):
        left, right = getattr(one, each.name), getattr(other, each.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right)
    for name in one.first:
        np.testing.assert_array_equal(one.first[name], other.first[name])
    np.testing.assert_array_equal(one.treatment.kind, other.treatment.kind)
    for test in one.mrd:
        np.testing.assert_array_equal(one.mrd[test].time, other.mrd[test].time)


@every_seed
def test_assigned_patients_have_the_record_of_their_arm(pool, seed):
    tables = pool(seed, ("a", "b"))
    arms = [seen(tables, arm) for arm in ("a", "b")]
    rng = np.random.default_rng(seed)
    who, arm = rng.integers(0, 60, (7, 20)), rng.integers(0, 2, (7, 20))
    found = assigned(arms, who, arm)
    assert found.scan_time.shape[:2] == (7, 20)
    asked, limit = declared("PFS", "discontinuation_toxicity", COMPOSITE), np.full((7, 20), 400.0)
    whole = [times(asked, each, np.full(60, 400.0)) for each in arms]
    wanted = np.where(arm == 0, whole[0].time[who], whole[1].time[who])
    np.testing.assert_array_equal(times(asked, found, limit).time, wanted)
    same(assigned(arms, who, 0 * arm), arms[0].of(who) if _width(arms, 0) else joined(arms).of(who))
    same(joined(arms).of(arm * 60 + who), found)


def _width(arms, place):
    """Whether an arm has as many scans as the widest, so that nothing was padded."""
    return arms[place].scan_time.shape[1] == max(each.scan_time.shape[1] for each in arms) and all(
        s.time.shape[1] == max(each.mrd[test].time.shape[1] for each in arms)
        for test, s in arms[place].mrd.items()
    )


def test_arms_of_different_patients_or_data_are_not_joined(pool):
    tables = pool(11, ("a", "b"))
    one, other = (seen(tables, arm) for arm in ("a", "b"))
    with pytest.raises(InputError, match="same patients"):
        joined([one, other.of(np.arange(5))])
    with pytest.raises(InputError, match="same tables"):
        joined([one, replace(other, treatment=None)])
    # An arm without MRD samples has none that are valid.
    both = joined([one, replace(other, mrd={})])
    said = responses(declared("UMRDEVER"), both, np.full(120, np.inf))
    assert said.evaluable[:60].any()
    assert not said.evaluable[60:].any()


@every_seed
@every_limit
def test_the_last_scan_is_the_latest_and_its_number_the_largest(pool, seed, limit):
    m = seen(pool(seed))
    day, number = last_scan(m, np.full(m.death.shape, limit))
    known = np.isfinite(m.scan_time) & (m.scan_time <= limit)
    np.testing.assert_array_equal(day, np.where(known, m.scan_time, 0).max(axis=1))
    assert (number > 0).tolist() == known.any(axis=1).tolist()

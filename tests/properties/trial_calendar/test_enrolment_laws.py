"""Laws of enrolment and data lag: what is added elsewhere moves nobody, whatever the sites."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.trial.data_lag import DataLag, Lag, cut_day_for_events, data_cut, known_day
from remit.trial.enrolment import EnrolmentRules, Pause, Screening, SiteGroup, enrol, patient_draws

N = 15
screenings = st.builds(
    lambda short, more, failure: Screening(short, short + more, failure),
    st.sampled_from([0.0, 7.0]), st.sampled_from([0.0, 21.0]), st.sampled_from([0.0, 0.3]),
)  # fmt: skip


def groups(country, region):
    return st.builds(
        SiteGroup,
        st.just(country),
        st.just(region),
        st.integers(1, 4),
        st.floats(0, 200),
        st.floats(0, 60),
        st.floats(0.1, 5),
        st.sampled_from([0.0, 0.3, 2.0]),
        st.sampled_from([0.0, 20.0]),
        st.just(1.0),
        screenings,
    )


trials = st.tuples(groups("A", "r"), groups("B", "s"), groups("C", "s")).map(list)
pauses = st.builds(
    lambda start, length, countries: Pause(start, start + length, countries),
    st.floats(0, 300), st.floats(1, 100), st.sampled_from([(), ("A",), ("B", "C")]),
)  # fmt: skip
rules = st.builds(
    lambda held, may_enter: EnrolmentRules(pauses=tuple(held), screened_may_enter=may_enter),
    st.lists(pauses, max_size=2), st.booleans(),
)  # fmt: skip
seeds = st.integers(0, 2**31)
LAG = DataLag(Lag(20.0, 1.0), 0.5, Lag(10.0, 0.25, "gamma"), 45.0)


def days_of(enrolment):
    """Calendar days of screening and first dose by replicate, country, number of site and arrival."""
    row, place = np.nonzero(enrolment.enrolled)
    site = enrolment.site[row, place]
    keys = zip(
        row.tolist(),
        enrolment.site_country[site].tolist(),
        enrolment.site_number[site].tolist(),
        enrolment.arrival[row, place].tolist(),
        strict=True,
    )
    values = zip(
        enrolment.screening_day[row, place].tolist(), enrolment.calendar_day[row, place].tolist(), strict=True
    )
    return dict(zip(keys, values, strict=True))


@settings(max_examples=30)
@given(seeds, trials, st.booleans())
def test_a_country_that_is_added_moves_nobody(seed, sites, may_enter):
    rule = EnrolmentRules(pauses=(Pause(50.0, 80.0),), screened_may_enter=may_enter)
    fewer, more = (enrol(seed, each, N, 3, rules=rule) for each in (sites[1:], sites))
    one, other = days_of(fewer), days_of(more)
    assert all(one[key] == other[key] for key in one.keys() & other.keys())
    # Without the country the others enrol all whom they enrol with it, and some who came later.
    assert other.keys() - one.keys() == {key for key in other if key[1] == "A"}


@settings(max_examples=30)
@given(seeds, trials, st.sampled_from([0, 1, 2]))
def test_a_site_that_is_added_moves_nobody(seed, sites, where):
    larger = [replace(each, n_sites=each.n_sites + (place == where)) for place, each in enumerate(sites)]
    one, other = days_of(enrol(seed, sites, N, 3)), days_of(enrol(seed, larger, N, 3))
    assert all(one[key] == other[key] for key in one.keys() & other.keys())


@settings(max_examples=30)
@given(seeds, trials, rules)
def test_the_order_in_which_countries_are_declared_does_not_matter(seed, sites, rule):
    one = enrol(seed, sites, N, 3, rules=rule)
    other = enrol(seed, sites[::-1], N, 3, rules=rule)
    np.testing.assert_array_equal(one.calendar_day, other.calendar_day)
    np.testing.assert_array_equal(one.flow.screened, other.flow.screened[:, ::-1])


@settings(max_examples=30)
@given(seeds, trials, rules)
def test_a_replicate_does_not_depend_on_how_many_there_are(seed, sites, rule):
    few, many = enrol(seed, sites, N, 2, rules=rule), enrol(seed, sites, N, 5, rules=rule)
    for row in range(2):
        n = few.enrolled[row].sum()
        assert many.enrolled[row].sum() == n
        np.testing.assert_array_equal(few.calendar_day[row, :n], many.calendar_day[row, :n])
        np.testing.assert_array_equal(few.site[row, :n], many.site[row, :n])


@settings(max_examples=30)
@given(seeds, trials, rules)
def test_a_larger_trial_begins_as_the_smaller_one(seed, sites, rule):
    small, large = enrol(seed, sites, N, 3, rules=rule), enrol(seed, sites, 2 * N, 3, rules=rule)
    np.testing.assert_array_equal(small.calendar_day[:, :N], large.calendar_day[:, :N])


@settings(max_examples=30)
@given(seeds, trials, pauses)
def test_a_pause_only_takes_away_and_delays(seed, sites, pause):
    without = days_of(enrol(seed, sites, N, 3))
    found = enrol(seed, sites, N, 3, rules=EnrolmentRules(pauses=(pause,)))
    paused = days_of(found)
    for key in without.keys() & paused.keys():
        assert without[key][0] == paused[key][0]
        held = pause.start_day <= without[key][1] < pause.end_day and key[1] in (pause.countries or "ABC")
        assert paused[key][1] == (pause.end_day if held else without[key][1])


@settings(max_examples=30)
@given(seeds, trials)
def test_fewer_screen_failures_never_make_a_trial_later(seed, sites):
    strict, lenient = (
        enrol(seed, [replace(each, screening=replace(each.screening, failure=p)) for each in sites], N, 3)
        for p in (0.5, 0.2)
    )
    assert (lenient.calendar_day[:, N - 1] <= strict.calendar_day[:, N - 1]).all()


@settings(max_examples=30)
@given(seeds, trials)
def test_draws_of_a_patient_do_not_depend_on_who_else_is_enrolled(seed, sites):
    def drawn(some):
        enrolment = enrol(seed, some, N, 3)
        values = patient_draws(seed, "x", enrolment, 3)[enrolment.enrolled].tolist()
        return dict(zip(days_of(enrolment), values, strict=True))

    one, other = drawn(sites[1:]), drawn(sites)
    assert all(one[key] == other[key] for key in one.keys() & other.keys())
    enrolment = enrol(seed, sites, N, 2)
    more = patient_draws(seed, "x", enrolment, 8)
    np.testing.assert_array_equal(more[..., :3], patient_draws(seed, "x", enrolment, 3))
    assert np.unique(more[enrolment.enrolled]).size == more[enrolment.enrolled].size


@settings(max_examples=30)
@given(seeds, trials, st.floats(1, 200), st.integers(1, N))
def test_longer_lags_never_make_an_analysis_earlier_nor_give_it_fewer_events(seed, sites, after, target):
    enrolment = enrol(seed, sites, N, 3)
    event = np.where(enrolment.enrolled, enrolment.calendar_day + after, np.inf)
    cuts = []
    for factor in (0.0, 1.0, 2.0):
        lag = replace(LAG, entry=replace(LAG.entry, mean_days=factor * LAG.entry.mean_days))
        known = known_day(seed, event, enrolment, lag, event="PFS")
        cuts.append(data_cut(event, known, target, np.inf, lag))
    for earlier, later in pairwise(cuts):
        assert (later.cut_day >= earlier.cut_day).all()
        assert (later.events >= earlier.events).all()
    assert (cuts[0].overrun == 0).all()


@given(seeds, st.integers(1, 30), st.integers(1, 31), st.floats(0, 100))
def test_on_the_day_of_the_cut_the_target_is_known_and_not_before(seed, n, target, cap):
    days = np.random.default_rng(seed).exponential(30, (4, n))
    day, reached = cut_day_for_events(days, target, cap)
    count = (days <= day[:, None]).sum(axis=1)
    before = (days < day[:, None]).sum(axis=1)
    assert (count[reached] == target).all()
    assert (before[reached] == target - 1).all()
    assert (count[~reached] < target).all()
    assert (day[~reached] == cap).all()

"""Planning of trials with a time to event: edges, very long durations, whole numbers, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.planning.accrual import (
    accrual_at_rates,
    accrued,
    ramp_up_accrual,
    site_accrual,
    time_accrued,
    uniform_accrual,
    with_duration,
)
from remit.stats.planning.allocation import rounded_up, whole_arms
from remit.stats.planning.log_rank_moments import log_rank_moments
from remit.stats.planning.look_calendar import events_at_looks, look_calendar
from remit.stats.planning.piecewise import (
    NONE,
    Hazard,
    delayed_effect,
    hazard,
    hazard_of_median,
    hazard_through,
    times_hazard_ratio,
)
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.survival import (
    Analysis,
    accrual_for_follow_up,
    detectable_effect,
    duration_for_patients,
    information_share,
    patients_for_duration,
    power_at,
    proportional_hazard_ratio,
)
from remit.stats.planning.survival_events import drift_per_root_event, events_needed
from remit.stats.planning.survival_trial import SurvivalTrial, events_without_end, expected, times_of_events

CONTROL = hazard_of_median(12.0)
DELAYED = SurvivalTrial(
    accrual=ramp_up_accrual(500, 24, 6), control=CONTROL, experimental=delayed_effect(CONTROL, 3.0, 0.7)
)
PLAIN = replace(DELAYED, experimental=times_hazard_ratio(CONTROL, 0.7), accrual=uniform_accrual(400, 18))


def by_drift(power):
    return Analysis(required=Requirement(0.025, power), method="log-rank drift")


def refused(error):
    return [each.where for each in error.value.findings]


class TestLongDurations:
    """At a very late look nobody of either arm is left in double precision."""

    def test_the_duration_under_a_delayed_effect_is_found_near_the_end_of_information(self):
        size = duration_for_patients(DELAYED, by_drift(0.9))
        assert size.duration == pytest.approx(83.78, abs=0.01)
        assert power_at(DELAYED, size.duration, by_drift(0.9)) == pytest.approx(0.9, rel=1e-10)

    def test_a_power_out_of_reach_is_refused_with_what_there_is(self):
        with pytest.raises(InputError, match=r"0\.84 of the information"):
            duration_for_patients(DELAYED, by_drift(0.95))

    def test_expectations_stay_as_they_are_once_everything_has_happened(self):
        late = log_rank_moments(DELAYED, np.array([2e3, 1e4, 1e6, 1e9]))
        for each in (late.score, late.variance, late.hazard_ratio, late.average_hazard_ratio):
            assert np.isfinite(each).all()
            np.testing.assert_allclose(each, each[0], rtol=1e-9)

    def test_one_arm_may_be_empty_long_before_the_other(self):
        steep = replace(DELAYED, experimental=hazard(1e-6), control=hazard(50.0))
        at = log_rank_moments(steep, np.array([1.0, 30.0, 1e5]))
        np.testing.assert_allclose(at.hazard_ratio, 2e-8, rtol=1e-6)
        assert (np.diff(at.variance) >= 0).all()

    def test_survivors_who_have_no_hazard_any_more_do_no_harm(self):
        cured = replace(DELAYED, experimental=hazard((0.05, 0.0), (0.0, 10.0)))
        at = log_rank_moments(cured, np.array([5.0, 40.0, 1e6]))
        assert np.isfinite(at.hazard_ratio).all()
        assert np.isnan(at.average_hazard_ratio[1:]).all()


def test_before_the_first_patient_nothing_is_known():
    at = log_rank_moments(PLAIN, np.array([0.0, -3.0]))
    np.testing.assert_array_equal(at.score, 0.0)
    assert np.isnan(at.hazard_ratio).all()
    assert np.isnan(at.drift).all()
    nothing = expected(PLAIN, np.array([0.0, -3.0]))
    np.testing.assert_array_equal(nothing.events + nothing.accrued, 0.0)


def test_an_arm_without_events_has_no_cox_limit_and_no_power_by_events():
    at = log_rank_moments(replace(PLAIN, experimental=NONE), 20.0)
    assert np.isnan(at.hazard_ratio)
    assert at.drift > 0


def test_times_of_events_that_never_come_are_infinite_or_the_cap():
    most = events_without_end(PLAIN)
    assert times_of_events(PLAIN, most + 0.5) == np.inf
    np.testing.assert_array_equal(times_of_events(PLAIN, [0.0, most + 0.5], cap=60.0), [0.0, 60.0])
    assert np.isnan(times_of_events(PLAIN, np.nan))


def test_a_look_that_never_comes_has_no_expectations():
    most = events_without_end(PLAIN)
    looks = look_calendar(PLAIN, np.array([50.0, most + 10]))
    assert looks.time[1] == np.inf
    assert np.isnan(looks.expected.accrued[1])
    assert np.isnan(looks.log_rank.variance[1])
    assert np.isfinite(looks.expected.accrued[0])
    assert not looks.at_cap.any()
    assert look_calendar(PLAIN, np.array([50.0, most + 10]), cap=70.0).at_cap.tolist() == [False, True]


def test_events_at_looks_are_rounded_up():
    assert events_at_looks(300, (1 / 3, 0.501, 1.0)).tolist() == [100, 151, 300]
    for wrong in ((0.5, 0.9), (0.0, 1.0), (0.5, 0.5, 1.0), (0.9, 0.5, 1.0), ()):
        with pytest.raises(InputError):
            events_at_looks(300, wrong)
    with pytest.raises(InputError, match="looks further apart"):
        events_at_looks(4, (0.6, 0.7, 1.0))


@pytest.mark.parametrize(
    ("total", "ratio", "kept", "up"),
    [
        (100.0, 1.0, (50, 50), (50, 50)),
        (100.1, 2.0, (68, 34), (67, 34)),
        (99.0 * (1 + 1e-12), 2.0, (66, 33), (66, 33)),
        (10.0, 1.5, (6, 4), (6, 4)),
        (11.0, 2 / 3, (6, 9), (5, 7)),
    ],
)
def test_whole_patients_follow_the_rule(total, ratio, kept, up):
    assert whole_arms(np.array(total), ratio, "allocation kept") == kept
    assert whole_arms(np.array(total), ratio, "each arm up") == up


def test_rounding_up_forgives_arithmetic_and_nothing_more():
    np.testing.assert_array_equal(rounded_up(np.array([88.0, 88 + 1e-9, 88 + 1e-6, 87.2])), [88, 88, 89, 88])


def test_enrolment_that_rises_reaches_its_patients():
    """The line from zero over six of 24 months encloses 21 of 24 full months."""
    accrual = ramp_up_accrual(420, 24, 6, steps=6)
    assert accrual.patients == pytest.approx(420)
    assert accrual.rates[-1] == pytest.approx(420 / 21)
    assert float(accrued(accrual, 6.0)) == pytest.approx(3 * 420 / 21)
    flat = ramp_up_accrual(100, 10, 5, first_share=1.0)
    np.testing.assert_allclose(flat.rates, 10.0)
    assert site_accrual((0.0, 2.0, 5.0), (3, 10), 0.5).patients == pytest.approx(2 * 1.5 + 3 * 5)


def test_enrolment_is_cut_or_goes_on():
    accrual = accrual_at_rates((0.0, 2.0, 6.0), (1.0, 5.0))
    assert with_duration(accrual, 1.0).patients == 1.0
    assert with_duration(accrual, 4.0).patients == 12.0
    assert with_duration(accrual, 10.0).patients == 42.0
    np.testing.assert_array_equal(time_accrued(accrual, [0.0, 2.0, 22.0, 22.1]), [0.0, 2.0, 6.0, np.inf])
    pause = accrual_at_rates((0.0, 1.0, 3.0, 4.0), (2.0, 0.0, 2.0))
    assert float(time_accrued(pause, 2.0)) == 1.0
    assert float(time_accrued(pause, 3.0)) == 3.5


def test_a_longer_enrolment_is_found_for_a_follow_up():
    size = accrual_for_follow_up(PLAIN, 12.0, Analysis())
    assert size.duration == pytest.approx(size.accrual_duration + 12)
    assert size.exact_events == pytest.approx(float(events_needed(0.7, Requirement()).exact))
    assert size.follow_up == pytest.approx(12)


def test_a_trial_that_needs_no_follow_up_ends_while_patients_still_come():
    size = duration_for_patients(replace(PLAIN, accrual=uniform_accrual(4000, 24)), Analysis())
    assert size.duration < 24
    assert size.accrual_duration == size.duration
    assert size.follow_up == 0
    assert size.exact_patients == pytest.approx(4000 * size.duration / 24)


def test_the_detectable_effect_is_the_one_with_the_power():
    analysis = Analysis(method="log-rank drift")
    found = detectable_effect(DELAYED, 60.0, analysis, lambda h: delayed_effect(CONTROL, 3.0, h))
    arm = replace(DELAYED, experimental=delayed_effect(CONTROL, 3.0, found))
    assert power_at(arm, 60.0, analysis) == pytest.approx(0.9, rel=1e-9)
    little = replace(DELAYED, accrual=uniform_accrual(4, 2.0))
    assert np.isnan(detectable_effect(little, 5.0, analysis, lambda h: delayed_effect(CONTROL, 3.0, h)))


def test_the_detectable_effect_follows_a_given_hazard_ratio_of_the_formula():
    analysis = Analysis(hazard_ratio=0.8)
    found = detectable_effect(PLAIN, 40.0, analysis, lambda h: times_hazard_ratio(CONTROL, h))
    arm = replace(PLAIN, experimental=times_hazard_ratio(CONTROL, found))
    assert information_share(arm, 40.0, replace(analysis, hazard_ratio=found)) == pytest.approx(1, rel=1e-9)


def test_the_hazard_ratio_of_proportional_hazards_is_seen_and_no_other():
    assert proportional_hazard_ratio(PLAIN) == pytest.approx(0.7)
    assert np.isnan(proportional_hazard_ratio(DELAYED))
    both = replace(
        PLAIN, control=Hazard((0.0, 3.0), (0.0, 0.1)), experimental=Hazard((0.0, 3.0), (0.0, 0.05))
    )
    assert proportional_hazard_ratio(both) == 0.5
    assert np.isnan(proportional_hazard_ratio(replace(PLAIN, control=NONE, experimental=NONE)))


def test_inflation_multiplies_what_is_needed():
    one, more = (
        patients_for_duration(PLAIN, 36.0, Analysis(inflation=each), rounding="each arm up")
        for each in (1.0, 1.07)
    )
    assert more.exact_events == pytest.approx(1.07 * one.exact_events)


REFUSED = {
    "hazards that are not proportional": (DELAYED, Analysis(), "hazards"),
    "a harmful arm": (replace(PLAIN, experimental=hazard(0.2)), Analysis(), "hazard_ratio"),
    "no benefit at any time": (replace(PLAIN, experimental=CONTROL), by_drift(0.9), "experimental"),
    "lachin-foulkes with pieces": (DELAYED, Analysis(method="lachin-foulkes"), "method"),
    "lachin-foulkes without benefit": (
        replace(PLAIN, experimental=CONTROL),
        Analysis(method="lachin-foulkes"),
        "experimental",
    ),
    "an unknown method": (PLAIN, Analysis(method="guess"), "method"),
    "a margin where there is none": (PLAIN, Analysis(method="freedman", null=1.2), "null"),
    "a hazard ratio above the margin": (PLAIN, Analysis(hazard_ratio=1.5, null=1.2), "hazard_ratio"),
    "no inflation": (PLAIN, Analysis(inflation=0.0), "inflation"),
    "no power": (PLAIN, Analysis(required=Requirement(0.025, 0.01)), "power"),
    "no events": (
        replace(PLAIN, experimental=NONE, control=NONE),
        Analysis(hazard_ratio=0.7),
        "hazards",
    ),
    "too few patients for ever": (replace(PLAIN, accrual=uniform_accrual(20, 6)), Analysis(), "20 patients"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_size_is_found_for_is_refused(name):
    trial, analysis, where = REFUSED[name]
    with pytest.raises(InputError) as error:
        duration_for_patients(trial, analysis)
    assert where in refused(error)
    assert all(each.found and each.needed for each in error.value.findings)


def test_everything_that_is_wrong_is_said_at_once():
    wrong = SurvivalTrial(
        accrual=replace(PLAIN.accrual, rates=(-1.0,)),
        control=Hazard((1.0,), (0.1,)),
        experimental=Hazard((0.0,), (np.nan,)),
        dropout_control=Hazard((0.0, 2.0), (0.1,)),
        ratio=-2.0,
    )
    with pytest.raises(InputError) as error:
        patients_for_duration(wrong, -1.0, Analysis(required=Requirement(0.7, 0.2)))
    assert refused(error) == [
        "accrual rates",
        "ratio",
        "control starts",
        "experimental rates",
        "dropout_control rates",
        "alpha",
        "power",
        "duration",
    ]


@pytest.mark.parametrize(
    "call",
    [
        lambda: accrual_at_rates((0.0, 1.0), (0.0,)),
        lambda: accrual_at_rates((1.0, 2.0), (1.0,)),
        lambda: accrual_at_rates((0.0, 1.0, 1.0), (1.0, 1.0)),
        lambda: accrual_at_rates((0.0, 1.0), (1.0, 2.0)),
        lambda: uniform_accrual(10, 0.0),
        lambda: ramp_up_accrual(10, 5, 5),
        lambda: ramp_up_accrual(10, 5, 2, steps=0),
        lambda: ramp_up_accrual(10, 5, 2, first_share=2.0),
        lambda: hazard(-0.1),
        lambda: hazard((0.1, 0.2), (0.0, 0.0)),
        lambda: hazard_through((3.0, 2.0), (0.9, 0.8)),
        lambda: hazard_through((3.0, 6.0), (0.8, 0.9)),
        lambda: hazard_through((3.0,), (0.8, 0.7)),
        lambda: drift_per_root_event(-0.5),
        lambda: drift_per_root_event(0.5, ratio=0.0),
        lambda: drift_per_root_event(0.5, formula="other"),
        lambda: drift_per_root_event(0.5, null=-1.0),
        lambda: events_needed(1.2, Requirement()),
        lambda: events_needed(0.7, Requirement(), inflation=-1.0),
        lambda: look_calendar(PLAIN, np.array([30.0, 20.0])),
        lambda: accrual_for_follow_up(PLAIN, -1.0, Analysis()),
        lambda: patients_for_duration(PLAIN, 30.0, Analysis(), rounding="down"),
        lambda: patients_for_duration(replace(PLAIN, ratio=np.pi), 30.0, Analysis()),
    ],
)
def test_impossible_input_is_refused(call):
    with pytest.raises(InputError):
        call()

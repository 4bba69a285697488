"""Non-compartmental analysis by hand: a worked example, the rules, every flag, and every error."""

from dataclasses import fields

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.non_compartmental.analysis import Profile, Rules, nca
from remit.stats.non_compartmental.flags import FLAGS
from remit.stats.non_compartmental.terminal_slope import terminal_slope

LOG2 = np.log(2)
TIME = [0.0, 1, 2, 4, 6, 8]
CONCENTRATION = [0.0, 8, 16, 8, 4, 2]


def names(profile):
    return {each.name for each in profile.flags}


def raised(profile, name):
    return next(each for each in profile.flags if each.name == name)


def test_a_worked_example():
    # Peak 16 at 2; then it halves every 2, so that lambda z is (ln 2)/2 and the half-life 2.
    found = nca(TIME, CONCENTRATION, dose=100)
    k = LOG2 / 2
    assert (found.Cmax, found.tmax, found.Clast, found.tlast) == (16, 2, 2, 8)
    assert found.lambda_z == pytest.approx(k)
    assert found.half_life == pytest.approx(2)
    # The peak is no candidate; 4, 6 and 8 are, on a perfect line of two half-lives.
    assert (found.slope.n_points, found.slope.first, found.slope.last) == (3, 4, 8)
    assert found.slope.span_ratio == pytest.approx(2)
    # Up: 1 * (0 + 8)/2 + 1 * (8 + 16)/2 = 16. Down: (16 - 8)/k + (8 - 4)/k + (4 - 2)/k = 14/k.
    assert found.AUClast == pytest.approx(16 + 14 / k)
    assert found.AUCinf == pytest.approx(16 + 16 / k)
    assert found.AUCinf_predicted == pytest.approx(16 + 16 / k)
    assert found.extrapolated_fraction == pytest.approx(2 / k / (16 + 16 / k))
    # Up, (0 * 0 + 1 * 8)/2 and (1 * 8 + 2 * 16)/2, together 24. Down, (t C at 2 less that at 8)/k, and
    # (16 - 2)/k^2. Beyond, t C at 8 over k, and 2/k^2.
    assert found.AUMClast == pytest.approx(24 + 16 / k + 14 / k**2)
    assert found.AUMCinf == pytest.approx(24 + 32 / k + 16 / k**2)
    assert pytest.approx((24 + 32 / k + 16 / k**2) / (16 + 16 / k)) == found.MRT
    assert pytest.approx(100 / (16 + 16 / k)) == found.CL
    assert found.Vz == pytest.approx(100 / (16 + 16 / k) / k)
    assert np.isnan(found.Vss)
    assert np.isnan(found.C0)
    assert found.interval is None


def test_a_worked_interval():
    # The same curve as a steady state whose dose comes every 8, but that it starts at 2, where it ends.
    found = nca(TIME, [2.0, *CONCENTRATION[1:]], dose=100, tau=8).interval
    area = 1 * (2 + 8) / 2 + 1 * (8 + 16) / 2 + 14 / (LOG2 / 2)
    assert found.AUCtau == pytest.approx(area)
    assert found.Cavg == pytest.approx(area / 8)
    assert (found.Cmax, found.tmax, found.Cmin, found.Ctrough) == (16, 2, 2, 2)
    assert found.fluctuation == pytest.approx((16 - 2) / (area / 8))
    assert found.swing == pytest.approx(7)
    assert found.CLss == pytest.approx(100 / area)
    # exp(-lambda z tau) is 2^-4.
    assert found.accumulation_index == pytest.approx(1 / (1 - 1 / 16))
    assert found.extrapolated_fraction == 0


def test_at_tau_a_concentration_is_read_off_the_curve_or_goes_on_at_the_slope():
    # Halfway, in the logarithm, between 8 and 4; from 2 on for one more half-life; on the line from 8 to 16.
    assert nca(TIME, CONCENTRATION, dose=1, tau=5).interval.Ctrough == pytest.approx(np.sqrt(32))
    assert nca(TIME, CONCENTRATION, dose=1, tau=10).interval.Ctrough == pytest.approx(1)
    assert nca(TIME, CONCENTRATION, dose=1, tau=1.25).interval.Ctrough == pytest.approx(10)


def test_after_the_last_sample_the_interval_goes_on_from_the_observed_concentration():
    noisy = [*CONCENTRATION[:-1], 2.5]
    found = nca(TIME, noisy, dose=1, tau=10)
    k = found.lambda_z
    assert found.interval.AUCtau == pytest.approx(found.AUClast + 2.5 / k * (1 - np.exp(-2 * k)))
    assert found.interval.Ctrough == pytest.approx(2.5 * np.exp(-2 * k))


def test_samples_after_tau_count_for_the_slope_and_not_for_the_interval():
    found = nca([0, 1, 2, 4, 6, 8], [3, 8, 16, 8, 4, 20], dose=1, tau=6)
    assert (found.Cmax, found.interval.Cmax, found.interval.Cmin) == (20, 16, 3)


def test_cmax_is_taken_at_the_first_of_equals():
    assert nca([0, 1, 2, 3], [0, 5, 5, 1], dose=1).tmax == 1


@pytest.mark.parametrize(
    ("between", "area"),
    # 0 and then 8 at 1: 4. Then 4 at 5, over 4 (missing) or by way of zero at 3.
    [("missing", 4 + 4 * 4 / LOG2), ("zero", 4 + 8 + 4)],
)
def test_below_the_limit_is_zero_before_missing_between_and_nothing_after(between, area):
    time, concentration = [0, 0.5, 1, 3, 5, 9], [0, 0.9, 8, 0.5, 4, 0.7]
    found = nca(time, concentration, dose=1, rules=Rules(loq=1, between=between))
    # Zero at 0.5 leaves 0.5 * 8 / 2 = 2 of the first unit of time.
    assert found.AUClast == pytest.approx(area - 4 + 2)
    assert (found.Clast, found.tlast) == (4, 5)
    assert raised(found, "BETWEEN_BELOW_LIMIT").found == 1


def test_without_a_limit_zeros_are_below_it():
    with_zero = nca([*TIME, 10, 12], [*CONCENTRATION, 0, 0], dose=100)
    assert with_zero.AUClast == nca(TIME, CONCENTRATION, dose=100).AUClast
    assert with_zero.lambda_z == nca(TIME, CONCENTRATION, dose=100).lambda_z


def test_a_concentration_at_the_limit_is_quantifiable():
    assert nca(TIME, CONCENTRATION, dose=1, rules=Rules(loq=2)).tlast == 8
    assert nca(TIME, CONCENTRATION, dose=1, rules=Rules(loq=2.1)).tlast == 6


def test_without_a_sample_at_the_dose_the_curve_starts_at_zero_or_at_the_least_of_the_interval():
    single = nca(TIME[1:], CONCENTRATION[1:], dose=1)
    assert single.AUClast == nca(TIME, CONCENTRATION, dose=1).AUClast
    repeated = nca(TIME[1:], CONCENTRATION[1:], dose=1, tau=8)
    assert repeated.interval.AUCtau == pytest.approx(single.AUClast + 2 / 2)


def test_c0_of_a_bolus_is_observed_or_on_the_line_through_two():
    assert nca([0, 1, 2], [9, 4, 2], dose=1, route="bolus").C0 == 9
    # Halving in 1, back over 1.
    assert pytest.approx(8) == nca([1, 2, 3], [4, 2, 1], dose=1, route="bolus").C0


def test_a_zero_at_the_time_of_a_bolus_was_drawn_before_it():
    assert pytest.approx(8) == nca([0, 1, 2, 3], [0, 4, 2, 1], dose=1, route="bolus").C0


def test_the_peak_is_a_point_of_the_slope_after_a_bolus_only():
    time, concentration = [1, 2, 3, 4], [8.0, 4, 2, 1]
    assert nca(time, concentration, dose=1, route="bolus").slope.n_points == 4
    assert nca(time, concentration, dose=1).slope.n_points == 3
    assert nca(time, concentration, dose=1, route="infusion", duration=0.5).slope.n_points == 3


def test_no_point_of_the_slope_lies_before_the_end_of_an_infusion():
    time, concentration = [0, 1, 2, 3, 4, 5], [0, 9, 8, 4, 2, 1]
    assert nca(time, concentration, dose=1, route="infusion", duration=2.5).slope.first == 3
    assert nca(time, concentration, dose=1, route="infusion", duration=2).slope.first == 2


def test_the_slope_takes_the_best_adjusted_r2_and_more_points_within_the_tolerance():
    # Exactly halving at 3, 4, 5 and nearly so from 2 on: adjusted r2 of three points is 1.
    time = np.array([1.0, 2, 3, 4, 5])
    for shift, points in ((1.01, 5), (1.2, 3)):
        concentration = np.array([64, 32 * shift, 16, 8, 4])
        found = terminal_slope(time, concentration)
        assert found.n_points == points
        r2 = np.corrcoef(time[-points:], np.log(concentration[-points:]))[0, 1] ** 2
        assert found.r2 == pytest.approx(r2)
        assert found.r2_adjusted == pytest.approx(1 - (1 - r2) * (points - 1) / (points - 2))
    assert terminal_slope(time, concentration, tolerance=1).n_points == 5
    assert terminal_slope(time, concentration, min_points=4).n_points > 3


def test_a_slope_must_fall():
    # The last three rise, the last four fall.
    found = terminal_slope(np.array([1.0, 2, 3, 4]), np.array([50.0, 3, 3.1, 3.2]))
    assert found.n_points == 4
    assert terminal_slope(np.array([1.0, 2, 3]), np.array([4.0, 2, 4])).n_points == 0
    assert terminal_slope(np.array([1.0, 2, 3]), np.array([2.0, 2, 2])).n_points == 0


PLAIN = {"time": TIME, "concentration": CONCENTRATION, "dose": 100}
EVERY_FLAG = {
    "ALL_BELOW_LIMIT": ({"concentration": [0.0] * 6}, {}),
    "BETWEEN_BELOW_LIMIT": ({"concentration": [0, 8, 16, 0, 4, 2]}, {}),
    "NO_SAMPLE_AT_DOSE": ({"time": [0.5, 1, 2, 4, 6, 8]}, {}),
    "NO_C0": (
        {"time": [1, 2, 4, 6, 8, 9], "concentration": [4, 5, 4, 3, 2, 1], "route": "bolus"},
        {"time": [1, 2, 4, 6, 8, 9], "concentration": [6, 5, 4, 3, 2, 1], "route": "bolus"},
    ),
    "PREDOSE": ({"concentration": [0.81, 8, 16, 8, 4, 2]}, {"concentration": [0.79, 8, 16, 8, 4, 2]}),
    "BACK_EXTRAPOLATED": (
        {"time": [2.0, 3, 4, 5, 6, 7], "concentration": [32, 16, 8, 4, 2, 1], "route": "bolus"},
        {"time": [0.3, 1.3, 2.3, 3.3, 4.3, 5.3], "concentration": [32, 16, 8, 4, 2, 1], "route": "bolus"},
    ),
    "TMAX_FIRST": ({"concentration": [0, 17, 16, 8, 4, 2]}, {}),
    "TMAX_LAST": ({"concentration": [0, 1, 2, 3, 4, 5]}, {"concentration": [0, 1, 2, 3, 4, 0]}),
    "FEW_POINTS": ({"concentration": [0, 8, 16, 18, 4, 2]}, {}),
    "NO_DECLINE": ({"concentration": [0, 8, 16, 2, 4, 8]}, {}),
    "R2_LOW": ({"concentration": [0, 8, 16, 8, 2, 6]}, {}),
    "SPAN_SHORT": ({"concentration": [0, 8, 16, 8, 4.1, 2.1]}, {"concentration": [0, 8, 16, 8, 3.9, 1.9]}),
    "EXTRAPOLATED": ({"concentration": [0, 8, 16, 12, 10, 8]}, {}),
    "AUCTAU_EXTRAPOLATED": ({"tau": 8.1}, {"tau": 8}),
    "NO_AUCTAU": ({"concentration": [0, 8, 16, 2, 4, 8], "tau": 9}, {"tau": 9}),
    "NO_SAMPLE_IN_INTERVAL": ({"time": [3, 4, 5, 6, 7, 8], "tau": 2}, {"tau": 2}),
    "CMIN_BELOW_LIMIT": (
        {"concentration": [3, 8, 16, 8, 4, 0], "tau": 8},
        {"concentration": [3, 8, 16, 8, 4, 0], "tau": 7},
    ),
    "SWING_UNDEFINED": ({"tau": 8}, {"concentration": [1, 8, 16, 8, 4, 2], "tau": 8}),
    "NOT_STEADY_STATE": ({"tau": 8, "is_steady_state": False}, {"tau": 8}),
}
"""What raises each flag, and what just does not, as changes of the worked example."""


@pytest.mark.parametrize("name", FLAGS)
def test_every_flag_is_raised_where_it_must_be_and_not_elsewhere(name):
    bad, good = EVERY_FLAG[name]
    found = raised(nca(**{**PLAIN, **bad}), name)
    assert found.meaning == FLAGS[name]
    assert name not in names(nca(**{**PLAIN, **good}))


def test_the_worked_example_has_no_flag():
    assert nca(**PLAIN).flags == ()


def test_a_flag_says_what_was_found_beside_its_limit():
    found = raised(nca(**{**PLAIN, "concentration": [0, 8, 16, 12, 10, 8]}), "EXTRAPOLATED")
    assert (found.found, found.limit) == (pytest.approx(0.48, abs=0.05), 0.2)


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        ({"min_r2": 0.9999}, "R2_LOW"),
        ({"min_span": 2.5}, "SPAN_SHORT"),
        ({"max_extrapolated": 0.05}, "EXTRAPOLATED"),
        ({"max_predose": 0.01}, "PREDOSE"),
    ],
)
def test_limits_can_be_chosen(limit, name):
    profile = {**PLAIN, "concentration": [0.2, 8, 16, 8, 4.1, 1.99]}
    assert name in names(nca(**profile, rules=Rules(**limit)))
    assert name not in names(nca(**profile))


def test_the_share_of_an_interval_that_may_be_extrapolated_can_be_chosen():
    profile = {**PLAIN, "tau": 8.1}
    assert "AUCTAU_EXTRAPOLATED" not in names(nca(**profile, rules=Rules(max_tau_extrapolated=0.01)))


def numbers(record):
    """All numbers of a profile, its slope and its interval, by name."""
    found = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, int | float):
            found[field.name] = float(value)
        elif field.name in {"slope", "interval"} and value is not None:
            found |= {f"{field.name}.{name}": number for name, number in numbers(value).items()}
    return found


def test_nothing_is_known_of_a_profile_below_the_limit():
    found = numbers(nca(TIME, [0.5] * 6, dose=1, tau=8, rules=Rules(loq=1)))
    known = {name for name, value in found.items() if not np.isnan(value)}
    assert known == {"slope.n_points", "slope.n_candidates", "interval.tau", "interval.is_steady_state"}


def test_without_a_slope_nothing_that_rests_on_it_is_known():
    found = nca(TIME, [0, 8, 16, 8, 0, 0], dose=1, tau=8)
    rest = (found.AUCinf, found.AUCinf_predicted, found.AUMCinf, found.MRT, found.CL, found.Vz)
    inside = (found.interval.AUCtau, found.interval.Ctrough, found.interval.CLss, found.interval.Cavg)
    assert np.isnan([*rest, *inside, found.half_life, found.interval.accumulation_index]).all()
    assert (found.Cmax, found.tlast) == (16, 4)
    assert found.AUClast == pytest.approx(16 + 16 / LOG2)
    assert names(found) == {"FEW_POINTS", "NO_AUCTAU", "CMIN_BELOW_LIMIT"}


def test_before_a_steady_state_clearance_rests_on_the_area_to_infinity():
    first = nca(TIME, CONCENTRATION, dose=100, tau=8, is_steady_state=False)
    assert first.CL == nca(TIME, CONCENTRATION, dose=100).CL
    assert np.isnan([first.interval.CLss, first.interval.fluctuation, first.interval.swing]).all()
    assert first.interval.AUCtau == first.AUClast


@pytest.mark.parametrize("time", [[0.0], [3.0]])
@pytest.mark.parametrize("route", ["extravascular", "bolus", "infusion"])
@pytest.mark.parametrize("tau", [None, 2.0, 8.0])
@pytest.mark.parametrize("concentration", [0.0, 4.0])
def test_a_single_sample_gives_a_profile(time, route, tau, concentration):
    duration = 1.0 if route == "infusion" else 0.0
    found = nca(time, [concentration], dose=1, route=route, duration=duration, tau=tau)
    assert isinstance(found, Profile)
    assert np.isnan(found.lambda_z)
    assert found.flags


def complaints(**changes):
    with pytest.raises(InputError) as caught:
        nca(**{**PLAIN, **changes})
    return [(each.where, each.found) for each in caught.value.findings]


@pytest.mark.parametrize(
    ("changes", "where", "found"),
    [
        ({"time": [0, 1]}, "nca: time, concentration", "shapes (2,) and (6,)"),
        ({"time": [], "concentration": []}, "nca: time", "no sample"),
        ({"time": [-1, 1, 2, 4, 6, 8]}, "nca: time", "-1"),
        ({"time": [0, np.nan, 2, 4, 6, np.inf]}, "nca: time", "nan, inf"),
        ({"time": [0, 2, 1, 4, 4, 8]}, "nca: time", "2 then 1; 4 then 4"),
        ({"concentration": [0, -8, 16, 8, 4, 2]}, "nca: concentration", "-8"),
        ({"concentration": [-1, -2, -3, -4, np.nan, 2]}, "nca: concentration", "-1, -2, -3 and 2 more"),
        ({"dose": 0}, "nca: dose", "0"),
        ({"dose": np.nan}, "nca: dose", "nan"),
        ({"route": "oral"}, "nca: route", "'oral'"),
        ({"route": "infusion"}, "nca: duration", "0.0"),
        ({"duration": 2}, "nca: duration", "2 with route extravascular"),
        ({"tau": 0}, "nca: tau", "0"),
        ({"tau": np.inf}, "nca: tau", "inf"),
        ({"rules": Rules(loq=0)}, "nca: loq", "0"),
        ({"rules": Rules(between="half")}, "nca: between", "'half'"),
        ({"rules": Rules(method="splines")}, "nca: method", "'splines'"),
        ({"rules": Rules(min_points=2)}, "nca: min_points", "2"),
        ({"rules": Rules(min_r2=np.nan)}, "nca: min_r2", "nan"),
        ({"rules": Rules(max_predose=-1)}, "nca: max_predose", "-1"),
    ],
)
def test_what_no_profile_can_be_made_of_is_refused(changes, where, found):
    assert complaints(**changes) == [(where, found)]


def test_everything_that_is_wrong_is_said_at_once():
    wrong = complaints(
        time=[0, 2, 1, 4, 6, 8], dose=-1, tau=-1, route="oral", rules=Rules(min_points=1, loq=-1)
    )
    assert [where for where, _ in wrong] == [
        f"nca: {name}" for name in ("time", "dose", "route", "tau", "loq", "min_points")
    ]

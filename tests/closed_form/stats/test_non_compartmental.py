"""Non-compartmental analysis of curves whose areas and rates are known, with the errors its rules must have.

Where the rule is exact the tolerance is rounding. Elsewhere it is a bound on the rule's own error: of a line
over a step h, h^3/12 times the largest second derivative; of an exponential, a share h^2/8 times the largest
second derivative of the logarithm.
"""

import numpy as np
import pytest

from remit.stats.non_compartmental.analysis import Rules, nca
from remit.stats.non_compartmental.trapezoids import area_under, curve_of, cut, tail

DOSE, CL, V, KA = 100.0, 2.0, 20.0, 1.2
K = CL / V
EXACT = 1e-12
TIMES = np.array([0.0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48])


def bolus(time, k=K):
    return DOSE / V * np.exp(-k * time)


def bateman(time):
    return DOSE / V * KA / (KA - K) * (np.exp(-K * time) - np.exp(-KA * time))


def infused(time, duration):
    rate = DOSE / duration
    during = np.minimum(time, duration)
    return rate / CL * -np.expm1(-K * during) * np.exp(-K * (time - during))


def largest(function, start, end):
    """Largest size of a function between two times, from a fine grid."""
    return np.abs(function(np.linspace(start, end, 2001))).max()


@pytest.mark.parametrize("first", [0, 1], ids=["sampled at the dose", "extrapolated to the dose"])
def test_one_exponential_is_exact(first):
    time = TIMES[first:]
    found = nca(time, bolus(time), dose=DOSE, route="bolus")
    for measure, true in {
        found.C0: DOSE / V,
        found.lambda_z: K,
        found.half_life: np.log(2) / K,
        found.AUClast: DOSE / CL * -np.expm1(-K * time[-1]),
        found.AUMClast: DOSE / V / K**2 * (1 - (1 + K * time[-1]) * np.exp(-K * time[-1])),
        found.AUCinf: DOSE / CL,
        found.AUCinf_predicted: DOSE / CL,
        found.AUMCinf: DOSE / V / K**2,
        found.MRT: 1 / K,
        found.CL: CL,
        found.Vz: V,
        found.Vss: V,
        found.slope.r2_adjusted: 1.0,
        found.extrapolated_fraction: np.exp(-K * time[-1]),
        found.back_extrapolated_fraction: -np.expm1(-K * time[0]),
    }.items():
        assert measure == pytest.approx(true, rel=EXACT, abs=EXACT)
    assert found.slope.n_points == time.size


@pytest.mark.parametrize("decline", [1e-13, 1e-9, 1e-5, 1e-3, 0.0099, 0.0101, 0.1, 1.0, 30.0])
def test_areas_of_an_exponential_keep_their_digits_however_little_it_falls(decline):
    start, length, first = 3.0, 2.0, 7.0
    time, concentration = np.array([start, start + length]), first * np.exp([0.0, -decline])
    found = area_under(curve_of(time, concentration, "linear_up_log_down"))
    # By their power series, or in closed form where that is accurate.
    x = np.log(concentration[0] / concentration[1]) if decline > 1e-3 else decline
    terms = [1 / 2, -1 / 3, 1 / 8, -1 / 30]
    zeroth = -np.expm1(-x) / x
    share = (-np.expm1(-x) - x * np.exp(-x)) / x**2 if x > 1e-3 else np.polyval(terms[::-1], x)
    auc = first * length * zeroth
    # Concentrations hold 16 digits, and of a small decline that many less.
    assert found.auc == pytest.approx(auc, rel=EXACT)
    assert found.aumc == pytest.approx(start * auc + first * length**2 * share, rel=EXACT)


def test_a_line_that_is_cut_and_its_rest_have_the_area_of_the_whole():
    whole = curve_of(TIMES, bateman(TIMES), "linear_up_log_down")
    for at in (0.25, 0.3, 1.7, 5.0, 30.0, 48.0, 60.0):
        first = cut(whole, at)
        keep = first.time[-1] < TIMES
        time = np.append(first.time[-1], TIMES[keep])
        rest = curve_of(time, np.append(first.concentration[-1], bateman(TIMES)[keep]), "linear_up_log_down")
        assert area_under(first).auc + area_under(rest).auc == pytest.approx(area_under(whole).auc, rel=EXACT)


def test_a_tail_in_two_parts_is_the_whole_tail():
    whole, first = tail(3.0, 5.0, 0.2), tail(3.0, 5.0, 0.2, 9.0)
    second = tail(3.0 * np.exp(-0.8), 9.0, 0.2)
    assert first.auc + second.auc == pytest.approx(whole.auc, rel=EXACT)
    assert first.aumc + second.aumc == pytest.approx(whole.aumc, rel=EXACT)
    assert whole.auc == pytest.approx(3.0 / 0.2, rel=EXACT)
    assert whole.aumc == pytest.approx(3.0 * 5.0 / 0.2 + 3.0 / 0.04, rel=EXACT)


def error_of_rule(time, value, height, second, log_second):
    """Bound on the error of linear up, log down; ``height`` bounds the integrand between two samples."""
    error = 0.0
    for i, h in enumerate(np.diff(time)):
        if value[i + 1] < value[i]:
            error += h * height[i] * np.expm1(h**2 / 8 * largest(log_second, time[i], time[i + 1]))
        else:
            error += h**3 / 12 * largest(second, time[i], time[i + 1])
    return error


def test_first_order_absorption_is_within_the_error_of_the_rules():
    concentration = bateman(TIMES)
    found = nca(TIMES, concentration, dose=DOSE)
    scale = DOSE / V * KA / (KA - K)

    def first(t):
        return scale * (-K * np.exp(-K * t) + KA * np.exp(-KA * t))

    def second(t):
        return scale * (K**2 * np.exp(-K * t) - KA**2 * np.exp(-KA * t))

    def log_second(t):
        # d2 ln C / dt2 = -(ka - k)^2 r / (1 - r)^2 with r = exp(-(ka - k) t)
        r = np.exp(-(KA - K) * t)
        return -((KA - K) ** 2) * r / (1 - r) ** 2

    last, end = concentration[-1], TIMES[-1]
    # ln C is a line of slope -k and ln(1 - r), whose own least-squares slope is what the terminal one lacks.
    points = TIMES[found.slope.first <= TIMES]
    lack = np.polyfit(points, np.log1p(-np.exp(-(KA - K) * points)), 1)[0]
    assert lack > 0
    assert found.lambda_z == pytest.approx(K - lack, rel=EXACT)
    true = scale * (-np.expm1(-K * end) / K + np.expm1(-KA * end) / KA)
    height = np.maximum(concentration[:-1], concentration[1:])
    error = error_of_rule(TIMES, concentration, height, second, log_second)
    assert 0 < abs(found.AUClast - true) < error < 0.05 * true
    beyond = last / found.lambda_z - last / K
    assert abs(found.AUCinf - DOSE / CL) < error + beyond + 1e-9

    # The mean residence time holds that of absorption.
    height = np.maximum(concentration[:-1], concentration[1:]) * TIMES[1:]
    moment_error = error_of_rule(
        TIMES, concentration, height, lambda t: 2 * first(t) + t * second(t), log_second
    )
    moment_beyond = last * (end / found.lambda_z + 1 / found.lambda_z**2 - end / K - 1 / K**2)
    residence = 1 / K + 1 / KA
    allowed = (moment_error + moment_beyond + residence * (error + beyond)) / found.AUCinf
    assert abs(found.MRT - residence) < allowed
    assert allowed < 0.1 * residence
    assert np.isnan(found.Vss)


@pytest.mark.parametrize("duration", [0.5, 3.0])
def test_an_infusion_is_within_the_error_of_its_rising_lines_and_exact_after_it(duration):
    time = np.unique(np.append(TIMES, [duration]))
    concentration = infused(time, duration)
    found = nca(time, concentration, dose=DOSE, route="infusion", duration=duration)
    assert found.lambda_z == pytest.approx(K, rel=EXACT)
    assert found.tmax == duration
    assert found.slope.first > duration
    rate = DOSE / duration
    steps = np.diff(time[time <= duration])
    starts = time[time < duration]
    # C'' = -(rate / CL) k^2 exp(-k t): lines lie below a concave curve.
    error = sum(h**3 / 12 * rate / CL * K**2 * np.exp(-K * t) for h, t in zip(steps, starts, strict=True))
    assert 0 < DOSE / CL - found.AUCinf < error * (1 + 1e-6)
    # (t C)'' = 2 C' + t C'', at most 2 (rate / CL) k in size.
    moment_error = sum(h**3 / 12 * 2 * rate / CL * K for h in steps)
    true = DOSE / CL * (1 / K + duration / 2)
    assert abs(found.AUMCinf - true) < moment_error * (1 + 1e-6)
    allowed = (moment_error + (1 / K + duration / 2) * error) / found.AUCinf
    assert abs(found.MRT - 1 / K) < allowed
    assert CL < found.CL < CL * (1 + 2 * error / found.AUCinf)
    assert abs(found.Vss - V) < V * (2 * error / found.AUCinf) + found.CL * allowed


@pytest.mark.parametrize("last", [12.0, 10.0, 15.0], ids=["at tau", "before tau", "after tau"])
def test_a_steady_state_of_boluses_is_exact(last):
    tau = 12.0
    time = np.append([0.0, 0.5, 1, 2, 4, 6, 8], last)
    peak = DOSE / V / -np.expm1(-K * tau)
    found = nca(time, peak * np.exp(-K * time), dose=DOSE, route="bolus", tau=tau)
    interval = found.interval
    assert interval.AUCtau == pytest.approx(DOSE / CL, rel=EXACT)
    assert interval.Cavg == pytest.approx(DOSE / CL / tau, rel=EXACT)
    assert interval.Ctrough == pytest.approx(peak * np.exp(-K * tau), rel=EXACT)
    assert interval.CLss == found.CL == pytest.approx(CL, rel=EXACT)
    assert interval.accumulation_index == pytest.approx(peak / (DOSE / V), rel=EXACT)
    assert pytest.approx(1 / K, rel=EXACT) == found.MRT
    assert pytest.approx(V, rel=EXACT) == found.Vss == pytest.approx(found.Vz, rel=EXACT)
    beyond = max(tau - last, 0)
    share = (np.exp(-K * (tau - beyond)) - np.exp(-K * tau)) / -np.expm1(-K * tau)
    assert interval.extrapolated_fraction == pytest.approx(share, rel=1e-10, abs=0)


def test_a_steady_state_of_infusions_has_the_residence_time_of_the_drug():
    tau, duration = 12.0, 2.0
    time = np.unique(np.concatenate([np.linspace(0, duration, 2001), [3.0, 4, 6, 8, 10, 12]]))
    concentration = sum(infused(time + n * tau, duration) for n in range(60))
    found = nca(time, concentration, dose=DOSE, route="infusion", duration=duration, tau=tau)
    # Lines over steps of 1e-3: h^2 / 12 times curvature over height, far below 1e-6.
    assert pytest.approx(CL, rel=1e-6) == found.CL
    assert pytest.approx(1 / K, rel=1e-6) == found.MRT
    assert pytest.approx(V, rel=1e-6) == found.Vss


def test_the_linear_rule_overestimates_a_decline_by_what_it_must():
    found = nca(TIMES, bolus(TIMES), dose=DOSE, route="bolus", rules=Rules(method="linear"))
    steps = np.diff(TIMES)
    error = sum(h**3 / 12 * DOSE / V * K**2 * np.exp(-K * t) for h, t in zip(steps, TIMES[:-1], strict=True))
    true = DOSE / CL * -np.expm1(-K * TIMES[-1])
    assert 0 < found.AUClast - true < error
    assert found.lambda_z == pytest.approx(K, rel=EXACT)


def test_log_after_the_peak_is_exact_on_a_rise_and_a_fall_that_are_exponentials():
    time = np.array([0.0, 1, 2, 3, 4, 5])
    concentration = np.array([8.0, 4, 2, 4, 2, 1])
    found = nca(time, concentration, dose=DOSE, route="bolus", rules=Rules(method="linear_log"))
    # Each step of log 2: the larger less the smaller, over log 2.
    assert found.AUClast == pytest.approx((4 + 2 + 2 + 2 + 1) / np.log(2), rel=EXACT)
    down = nca(time, concentration, dose=DOSE, route="bolus")
    assert down.AUClast == pytest.approx((4 + 2 + 2 + 1) / np.log(2) + 3, rel=EXACT)

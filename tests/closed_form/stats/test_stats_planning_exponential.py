"""Planning against formulas that can be written down for exponential times, and numbers that follow by hand.

Standing: closed form, or quadrature of SciPy over the definition. Tolerance: 1e-10 relative unless said.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtri
from scipy.stats import binom

from remit.stats.planning.accrual import accrual_at_rates, uniform_accrual
from remit.stats.planning.arcsine import (
    arcsine_effect,
    one_proportion_arcsine_size,
    two_proportions_arcsine_power,
    two_proportions_arcsine_size,
)
from remit.stats.planning.log_rank_moments import log_rank_moments
from remit.stats.planning.means import two_means_size
from remit.stats.planning.piecewise import (
    cumulative_hazard,
    delayed_effect,
    event_area,
    event_probability,
    followed,
    hazard,
    hazard_of_median,
    hazard_of_share,
    hazard_through,
    observed,
    quantile,
    survival,
    times_hazard_ratio,
)
from remit.stats.planning.proportions import (
    one_proportion_power,
    one_proportion_size,
    two_proportions_power,
    two_proportions_size,
)
from remit.stats.planning.requirement import Requirement, two_sided
from remit.stats.planning.single_arm import critical_values, single_stage_power
from remit.stats.planning.survival import Analysis, duration_for_patients, power_at
from remit.stats.planning.survival_events import (
    detectable_hazard_ratio,
    drift_per_root_event,
    events_needed,
    power_with_events,
)
from remit.stats.planning.survival_trial import (
    SurvivalTrial,
    events_at,
    events_without_end,
    expected,
    follow_up_probabilities,
    times_of_events,
)
from remit.stats.sequential.scales import event_information, share_of

PLANNED = Requirement(0.025, 0.9)


def close(ours, theirs, rtol=1e-10):
    np.testing.assert_allclose(ours, theirs, rtol=rtol)


def exponential(rate1, rate0, lost=0.0, *, patients=300.0, accrual=18.0, ratio=1.0):
    return SurvivalTrial(
        accrual=uniform_accrual(patients, accrual),
        control=hazard(rate0),
        experimental=hazard(rate1),
        dropout_control=hazard(lost),
        dropout_experimental=hazard(lost),
        ratio=ratio,
    )


@pytest.mark.parametrize("time", [4.0, 18.0, 40.0])
@pytest.mark.parametrize("lost", [0.0, 0.02])
def test_events_under_uniform_accrual_are_those_of_the_textbook(time, lost):
    """Lachin and Foulkes (1986): one less the mean of the exponential over follow-up, of those enrolled."""
    trial = exponential(0.03, 0.05, lost, ratio=2.0)
    enrolled = min(time, 18.0)

    def events(rate):
        leaving = rate + lost
        mean = (np.exp(-leaving * (time - enrolled)) - np.exp(-leaving * time)) / (leaving * enrolled)
        return 300 * enrolled / 18 * rate / leaving * (1 - mean)

    at = expected(trial, time)
    close(at.events_experimental, events(0.03) * 2 / 3)
    close(at.events_control, events(0.05) / 3)
    close(at.dropouts_control, at.events_control * lost / 0.05)
    close(at.followed, 300 * enrolled / 18 - at.events - at.dropouts_experimental - at.dropouts_control)


def test_without_an_end_the_events_are_the_share_of_the_event_among_both_ends():
    trial = exponential(0.03, 0.05, 0.01)
    close(events_without_end(trial), 150 * (0.03 / 0.04 + 0.05 / 0.06))
    close(events_at(trial, 5000.0), events_without_end(trial))
    assert times_of_events(trial, events_without_end(trial) + 1) == np.inf


def test_the_median_of_events_of_patients_enrolled_at_once_is_found():
    """Nearly all enrolled at time 0: half of them have had the event at the median."""
    trial = SurvivalTrial(
        accrual=uniform_accrual(100, 1e-6), control=hazard_of_median(7), experimental=hazard_of_median(7)
    )
    close(times_of_events(trial, 50.0), 7.0, rtol=1e-7)


PIECES = hazard((0.02, 0.11, 0.0, 0.05), (0.0, 2.0, 5.0, 9.0))
LOSSES = hazard((0.03, 0.004), (0.0, 4.0))


@pytest.mark.parametrize("time", [0.0, 1.0, 4.5, 8.0, 30.0])
def test_piecewise_formulas_are_the_integrals_that_they_stand_for(time):
    of = observed(PIECES, LOSSES)
    edges = [each for each in (0.0, 2.0, 4.0, 5.0, 9.0) if each < time] + [time]
    rate = dict(zip((0.0, 2.0, 5.0, 9.0), (0.02, 0.11, 0.0, 0.05), strict=True))

    def density(s):
        hazards = rate[max(each for each in rate if each <= s)]
        return hazards * float(survival(PIECES, s) * survival(LOSSES, s))

    def over(f):
        return sum(quad(f, a, b, epsabs=1e-14)[0] for a, b in pairwise(edges))

    np.testing.assert_allclose(event_probability(of, time), over(density), rtol=1e-10, atol=1e-15)
    area = event_area(of, np.array(0.0), np.array(time))
    np.testing.assert_allclose(area, over(lambda s: (time - s) * density(s)), rtol=1e-10, atol=1e-15)
    parts = event_area(of, np.array([-1.0, time / 3]), np.array([time / 3, time]))
    np.testing.assert_allclose(parts.sum(), area, rtol=1e-13)
    close(followed(of, time), survival(PIECES, time) * survival(LOSSES, time))


def test_quantiles_are_where_survival_is():
    p = np.array([0.0, 0.01, 0.1, 0.25, 0.6, 0.99])
    close(survival(PIECES, quantile(PIECES, p)), 1 - p)
    assert quantile(hazard((0.1, 0.0), (0.0, 1.0)), 0.5) == np.inf
    close(quantile(hazard_of_median(11), 0.5), 11.0)


def test_hazards_from_what_is_known_of_a_curve():
    close(survival(hazard_of_share(0.05, 12.0), 12.0), 0.95)
    times, alive = (3.0, 6.0, 20.0), (0.9, 0.6, 0.6)
    close(survival(hazard_through(times, alive), np.array(times)), alive)
    delayed = delayed_effect(PIECES, 3.0, 0.5)
    close(cumulative_hazard(delayed, 3.0), cumulative_hazard(PIECES, 3.0))
    close(
        cumulative_hazard(delayed, 12.0) - cumulative_hazard(delayed, 3.0),
        0.5 * (cumulative_hazard(PIECES, 12.0) - cumulative_hazard(PIECES, 3.0)),
    )
    assert delayed_effect(PIECES, 0.0, 0.5) == times_hazard_ratio(PIECES, 0.5)


def test_a_tiny_hazard_keeps_its_digits():
    """At x = rate times time far below the double's epsilon, F is x and Phi x t / 2."""
    of = observed(hazard(1e-20))
    close(event_probability(of, 3.0), 3e-20, rtol=1e-14)
    close(event_area(of, np.array(0.0), np.array(3.0)), 4.5e-20, rtol=1e-14)


@pytest.mark.parametrize("x", [0.4999, 0.5001, 1e-3, 20.0])
def test_the_integral_of_the_probability_is_exact_on_both_sides_of_its_series(x):
    exact = (
        (x + np.expm1(-x))
        if x > 0.1
        else sum((-1) ** k * x**k / np.prod(range(1, k + 1)) for k in range(2, 12))
    )
    close(event_area(observed(hazard(x)), np.array(0.0), np.array(1.0)) * x, exact, rtol=1e-13)


def test_schoenfelds_events_for_a_hazard_ratio_of_one_half():
    """(1.959964 + 1.281552)^2 4 / log(2)^2 = 87.48: 88 events, the number of many protocols."""
    size = events_needed(0.5, PLANNED)
    close(size.exact, 4 * (ndtri(0.975) + ndtri(0.9)) ** 2 / np.log(2) ** 2)
    assert size.events == 88


def test_freedmans_events_in_equal_arms_are_those_of_his_paper():
    """Freedman (1982): ((1 + h) / (1 - h))^2 (z + z)^2."""
    for h in (0.3, 0.67, 0.9):
        z = ndtri(0.95) + ndtri(0.8)
        close(
            events_needed(h, Requirement(0.05, 0.8), formula="freedman").exact,
            (z * (1 + h) / (1 - h)) ** 2,
        )


@pytest.mark.parametrize("formula", ["schoenfeld", "freedman", "hsieh-freedman"])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_power_events_and_detectable_effect_are_inverse_to_each_other(formula, ratio):
    h = np.array([0.4, 0.7, 0.9])
    size = events_needed(h, PLANNED, ratio=ratio, formula=formula, inflation=1.0)
    close(power_with_events(size.exact, h, 0.025, ratio=ratio, formula=formula), 0.9)
    close(detectable_hazard_ratio(size.exact, PLANNED, ratio=ratio, formula=formula), h)
    assert (size.power >= 0.9).all()


def test_freedmans_formulas_have_a_largest_drift():
    assert np.isnan(detectable_hazard_ratio(5.0, PLANNED, formula="freedman"))
    assert 0 < detectable_hazard_ratio(5.0, PLANNED) < 0.1


def test_the_drift_of_an_event_is_the_root_of_its_information():
    for ratio in (0.5, 1.0, 2.0):
        information = event_information(1.0, share_of(ratio))
        close(drift_per_root_event(0.7, ratio=ratio), -np.log(0.7) * np.sqrt(information))


def test_a_two_sided_requirement_is_one_of_half_the_error():
    assert two_sided(0.05, 0.8) == Requirement(0.025, 0.8)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_near_no_effect_the_drift_of_the_log_rank_test_is_schoenfelds(ratio):
    """To first order in the log hazard ratio, which is 1e-5 here."""
    h = np.exp(-1e-5)
    trial = exponential(0.05 * h, 0.05, 0.01, ratio=ratio)
    drift = drift_per_root_event(h, ratio=ratio) * np.sqrt(events_at(trial, 30.0))
    close(log_rank_moments(trial, 30.0).drift, drift, rtol=1e-5)


@pytest.mark.parametrize("time", [2.0, 30.0, 1e3, 1e6])
def test_under_proportional_hazards_coxs_estimate_tends_to_the_hazard_ratio(time):
    trial = exponential(0.02, 0.05, 0.01, ratio=2.0)
    at = log_rank_moments(trial, time)
    close(at.hazard_ratio, 0.4)
    close(at.average_hazard_ratio, 0.4)


def test_the_variance_of_the_log_rank_test_without_effect_is_its_information():
    trial = exponential(0.05, 0.05, ratio=2.0)
    at = log_rank_moments(trial, 25.0)
    close(at.variance, event_information(events_at(trial, 25.0), share_of(2.0)))
    assert at.score == 0


def test_all_methods_agree_near_no_effect():
    trial = exponential(0.05 * np.exp(-1e-4), 0.05)
    trial = SurvivalTrial(
        accrual=uniform_accrual(1e10, 18), control=trial.control, experimental=trial.experimental
    )
    methods = ("schoenfeld", "freedman", "hsieh-freedman", "log-rank drift", "lachin-foulkes")
    powers = [power_at(trial, 30, Analysis(method=each)) for each in methods]
    assert 0.1 < powers[0] < 0.999
    close(powers, powers[0], rtol=1e-3)


def test_the_duration_of_a_trial_whose_patients_come_at_once():
    """With everyone enrolled at the start, events are those of two exponentials: solved by hand for equal
    rates.
    """
    needed = float(events_needed(0.5, PLANNED).exact)
    trial = SurvivalTrial(
        accrual=accrual_at_rates((0.0, 1e-6), (2e8,)),
        control=hazard(0.1),
        experimental=hazard(0.05),
    )
    size = duration_for_patients(trial, Analysis(required=PLANNED))
    # 100 (1 - u^2) + 100 (1 - u) events with u = exp(-0.05 t).
    u = (-1 + np.sqrt(1 + 4 * (2 - needed / 100))) / 2
    close(size.duration, -np.log(u) / 0.05, rtol=1e-7)
    close(follow_up_probabilities(trial, size.duration), (1 - u, 1 - u**2), rtol=1e-7)


def test_the_z_test_of_two_means_with_unequal_spread():
    """(z + z)^2 (4 / r + 1) / effect^2."""
    size = two_means_size(0.5, 2.0, PLANNED, sd_control=1.0, ratio=2.0, known=True)
    close(size.exact_control, (ndtri(0.975) + ndtri(0.9)) ** 2 * (4 / 2 + 1) / 0.25)
    close(size.exact_total, 3 * size.exact_control)


@pytest.mark.parametrize(("ratio", "margin"), [(1.0, 0.0), (2.0, 0.0), (0.5, -0.1)])
@pytest.mark.parametrize("variance", ["restricted", "unrestricted"])
@pytest.mark.parametrize("correction", [False, True])
def test_a_size_has_its_power(ratio, margin, variance, correction):
    options = {"margin": margin, "variance": variance, "correction": correction}
    size = two_proportions_size(0.55, 0.4, PLANNED, ratio=ratio, **options)
    close(
        two_proportions_power(size.exact_experimental, size.exact_control, 0.55, 0.4, 0.025, **options), 0.9
    )


def test_the_unpooled_test_by_hand():
    """(z + z)^2 (0.4 * 0.6 + 0.2 * 0.8) / 0.2^2."""
    size = two_proportions_size(0.4, 0.2, PLANNED, variance="unrestricted")
    close(size.exact_control, (ndtri(0.975) + ndtri(0.9)) ** 2 * 0.4 / 0.04)


def test_continuity_correction_is_that_of_casagrande_pike_and_smith():
    plain = float(two_proportions_size(0.4, 0.2, PLANNED).exact_control)
    corrected = two_proportions_size(0.4, 0.2, PLANNED, correction=True)
    close(corrected.exact_control, plain / 4 * (1 + np.sqrt(1 + 4 / (plain * 0.2))) ** 2)
    assert corrected.method.endswith("continuity corrected")
    one = one_proportion_size(0.2, 0.35, PLANNED, correction=True)
    close(one_proportion_power(one.exact, 0.2, 0.35, 0.025, correction=True), 0.9)


def test_a_continuity_correction_comes_nearer_to_the_exact_test():
    n = np.arange(30, 90)
    exact = single_stage_power(n, 0.2, 0.4, 0.025).mean()
    plain = one_proportion_power(n, 0.2, 0.4, 0.025).mean()
    corrected = one_proportion_power(n, 0.2, 0.4, 0.025, correction=True).mean()
    assert abs(corrected - exact) < abs(plain - exact)


def test_cohens_effect_of_round_rates():
    """2 arcsin of the roots of 3/4 and 1/2 is 2 pi / 3 and pi / 2."""
    close(arcsine_effect(0.75, 0.5), np.pi / 6)
    size = two_proportions_arcsine_size(0.75, 0.5, PLANNED, ratio=2.0)
    close(size.exact_control, (PLANNED.drift * 6 / np.pi) ** 2 * 1.5)
    close(two_proportions_arcsine_power(size.exact_experimental, size.exact_control, 0.75, 0.5, 0.025), 0.9)
    close(one_proportion_arcsine_size(0.5, 0.75, PLANNED).exact, (PLANNED.drift * 6 / np.pi) ** 2)


@pytest.mark.parametrize("p0", [0.02, 0.3, 0.9])
def test_critical_values_are_the_fewest_that_reject(p0):
    n = np.arange(1, 150)
    r = critical_values(n, p0, 0.025)
    assert (np.where(r > n, 0.0, binom.sf(r - 1, n, p0)) < 0.025).all()
    assert (binom.sf(r - 2, n, p0) >= 0.025).all()

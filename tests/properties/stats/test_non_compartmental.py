"""Laws of non-compartmental analysis on arbitrary profiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.stats.non_compartmental.analysis import Rules, nca

routes = st.sampled_from(["extravascular", "bolus", "infusion"])
# Concentrations of three digits, some of them zero, at steps that differ.
profiles = st.lists(
    st.tuples(
        st.sampled_from([0.25, 0.5, 1.0, 2.0, 7.0]), st.integers(-100, 999).map(lambda c: max(c, 0) / 100)
    ),
    min_size=1,
    max_size=12,
)
scales = st.sampled_from([1 / 1024, 0.5, 2.0, 1000.0])


def arrays(found):
    steps, concentration = (np.array(column) for column in zip(*found, strict=True))
    return np.cumsum(steps) - steps[0], concentration


def measured(time, concentration, route, **options):
    duration = options.pop("duration", 0.5) if route == "infusion" else 0.0
    options.pop("duration", None)
    return nca(time, concentration, route=route, duration=duration, **{"dose": 10.0, "tau": 8.0, **options})


def same(first, second):
    return first == pytest.approx(second, rel=1e-8, nan_ok=True)


@given(profiles, routes, scales)
def test_scaling_concentrations_scales_exposure_and_leaves_times(found, route, k):
    time, concentration = arrays(found)
    one, other = measured(time, concentration, route), measured(time, k * concentration, route)
    for name in ("Cmax", "Clast", "C0", "AUClast", "AUMClast", "AUCinf", "AUCinf_predicted", "AUMCinf"):
        assert same(getattr(other, name), k * getattr(one, name)), name
    for name in ("tmax", "tlast", "half_life", "MRT", "extrapolated_fraction"):
        assert same(getattr(other, name), getattr(one, name)), name
    for name in ("CL", "Vz", "Vss"):
        assert same(getattr(other, name), getattr(one, name) / k), name
    assert same(other.interval.AUCtau, k * one.interval.AUCtau)
    assert same(other.interval.swing, one.interval.swing)
    assert other.slope.n_points == one.slope.n_points


@given(profiles, routes, st.sampled_from([1 / 64, 60.0, 24.0]))
def test_the_unit_of_time_does_not_matter(found, route, k):
    time, concentration = arrays(found)
    one = measured(time, concentration, route)
    other = measured(k * time, concentration, route, tau=8 * k, duration=0.5 * k)
    for name in ("tmax", "tlast", "half_life", "MRT", "AUClast", "AUCinf"):
        assert same(getattr(other, name), k * getattr(one, name)), name
    for name in ("Cmax", "C0", "Vz", "Vss"):
        assert same(getattr(other, name), getattr(one, name)), name
    assert same(other.CL, one.CL / k)
    assert same(other.AUMCinf, k**2 * one.AUMCinf)
    assert same(other.interval.Cavg, one.interval.Cavg)
    assert same(other.interval.accumulation_index, one.interval.accumulation_index)


@given(profiles, routes, scales)
def test_the_dose_scales_clearance_and_volumes_alone(found, route, k):
    time, concentration = arrays(found)
    one, other = measured(time, concentration, route), measured(time, concentration, route, dose=10 * k)
    for name in ("CL", "Vz", "Vss"):
        assert same(getattr(other, name), k * getattr(one, name)), name
    assert same(other.AUCinf, one.AUCinf)
    assert [each.name for each in other.flags] == [each.name for each in one.flags]


@given(profiles, routes)
def test_what_is_not_known_is_flagged(found, route):
    time, concentration = arrays(found)
    result = measured(time, concentration, route)
    names = {each.name for each in result.flags}
    assert np.isnan(result.lambda_z) == bool(names & {"ALL_BELOW_LIMIT", "FEW_POINTS", "NO_DECLINE"})
    assert np.isnan(result.Cmax) == ("ALL_BELOW_LIMIT" in names)
    no_interval = {"ALL_BELOW_LIMIT", "NO_AUCTAU", "NO_SAMPLE_IN_INTERVAL"}
    assert np.isnan(result.interval.AUCtau) == bool(names & no_interval)
    assert np.isnan(result.interval.Cmin) == bool(names & {*no_interval - {"NO_AUCTAU"}, "CMIN_BELOW_LIMIT"})


@given(profiles, routes)
def test_samples_below_the_limit_at_the_end_change_no_area(found, route):
    time, concentration = arrays(found)
    longer = measured([*time, time[-1] + 1, time[-1] + 2], [*concentration, 0.0, 0.0], route)
    one = measured(time, concentration, route)
    for name in ("AUClast", "AUCinf", "CL", "half_life", "tlast"):
        assert same(getattr(longer, name), getattr(one, name)), name


@given(profiles, routes)
def test_an_interval_up_to_the_last_sample_has_the_area_up_to_it(found, route):
    time, concentration = arrays(found)
    one = nca(time, concentration, dose=1, route=route, duration=0.5 if route == "infusion" else 0.0)
    if one.tlast > 0:
        other = measured(time, concentration, route, tau=one.tlast, is_steady_state=False)
        assert same(other.interval.AUCtau, one.AUClast)
        assert other.interval.Ctrough == one.Clast


@given(profiles, routes)
def test_areas_grow_with_the_interval_and_the_linear_rule_is_the_largest(found, route):
    time, concentration = arrays(found)
    areas = [
        measured(time, concentration, route, tau=tau, is_steady_state=False).interval.AUCtau
        for tau in (1.0, 3.3, 9.0)
    ]
    known = [each for each in areas if not np.isnan(each)]
    assert known == sorted(known)
    options = {"is_steady_state": False}
    line, log = (
        measured(time, concentration, route, rules=Rules(method=method), **options).AUClast
        for method in ("linear", "linear_up_log_down")
    )
    assert np.isnan(line) or log <= line * (1 + 1e-12)

"""Survival curves against lifelines (MIT licence), another implementation, on random data with ties.

Standing: double programmed. Tolerance: both use double precision; what differs is the order of operations.
"""

import numpy as np
import pytest

lifelines = pytest.importorskip("lifelines")

from remit.stats.survival.competing_risks import aalen_johansen  # noqa: E402
from remit.stats.survival.kaplan_meier import kaplan_meier, median, survival_at  # noqa: E402
from remit.stats.survival.nelson_aalen import nelson_aalen  # noqa: E402
from remit.stats.survival.restricted_mean import restricted_mean  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def data(seed):
    random = np.random.default_rng(seed)
    time = np.ceil(random.exponential(10, 60))
    return time, random.random(60) < 0.7


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_survival_and_log_log_limits_agree(seed):
    time, event = data(seed)
    curve = kaplan_meier(time, event)
    other = lifelines.KaplanMeierFitter().fit(time, event)
    np.testing.assert_allclose(
        survival_at(curve, curve.time), other.survival_function_at_times(curve.time), rtol=1e-9, atol=1e-12
    )
    limits = other.confidence_interval_.loc[curve.time].to_numpy()
    inside = (curve.survival > 0) & (curve.survival < 1)
    np.testing.assert_allclose(curve.low[inside], limits[inside, 0], rtol=1e-9)
    np.testing.assert_allclose(curve.high[inside], limits[inside, 1], rtol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_median_and_its_interval_agree(seed):
    time, event = data(seed)
    other = lifelines.KaplanMeierFitter().fit(time, event)
    limits = lifelines.utils.median_survival_times(other.confidence_interval_).to_numpy()[0]
    found = median(kaplan_meier(time, event))
    assert [found.value, found.low, found.high] == [other.median_survival_time_, *limits]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_restricted_mean_agrees(seed):
    time, event = data(seed)
    other = lifelines.KaplanMeierFitter().fit(time, event)
    theirs = lifelines.utils.restricted_mean_survival_time(other, t=15.5)
    assert restricted_mean(kaplan_meier(time, event), 15.5).value == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cumulative_hazard_agrees(seed):
    time, event = data(seed)
    # Its smoothing takes tied events one by one, as Fleming and Harrington do.
    for ties, smoothing in (("nelson-aalen", False), ("fleming-harrington", True)):
        other = lifelines.NelsonAalenFitter(nelson_aalen_smoothing=smoothing).fit(time, event)
        found = nelson_aalen(time, event, ties=ties)
        np.testing.assert_allclose(
            found.hazard, other.cumulative_hazard_at_times(found.time), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cumulative_incidence_agrees(seed):
    random = np.random.default_rng(seed)
    # Without ties, as lifelines parts them at random.
    time, cause = random.exponential(10, 60), random.integers(0, 3, 60)
    found = aalen_johansen(time, cause)
    for k in (1, 2):
        other = lifelines.AalenJohansenFitter(calculate_variance=False).fit(time, cause, event_of_interest=k)
        theirs = other.cumulative_density_.iloc[1:, 0]
        at = np.searchsorted(found.time, theirs.index.to_numpy(), side="right") - 1
        np.testing.assert_allclose(found.incidence[k - 1][at], theirs.to_numpy(), rtol=1e-9, atol=1e-12)

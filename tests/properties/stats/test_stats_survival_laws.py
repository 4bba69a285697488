"""Laws of Kaplan-Meier curves, one at a time and many at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.stats.survival.kaplan_meier import kaplan_meier, median, survival_at
from remit.stats.survival.many_curves import medians, survival_rows

courses = st.lists(
    st.tuples(st.integers(1, 12).map(float), st.booleans(), st.booleans()), min_size=1, max_size=25
)


def arrays(found):
    time, event, included = (np.array(column) for column in zip(*found, strict=True))
    return time, event, included


@given(courses)
def test_without_censoring_it_is_the_empirical_survival(found):
    time, _, _ = arrays(found)
    curve = kaplan_meier(time, np.ones(time.size, dtype=bool))
    np.testing.assert_allclose(curve.survival, [(time > t).mean() for t in curve.time], atol=1e-12)
    # Greenwood then is the binomial variance.
    np.testing.assert_allclose(curve.variance, curve.survival * (1 - curve.survival) / time.size, atol=1e-12)


@given(courses, st.randoms(use_true_random=False))
def test_relabelling_patients_changes_nothing(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    first, second = kaplan_meier(*arrays(found)[:2]), kaplan_meier(*arrays(shuffled)[:2])
    np.testing.assert_array_equal(first.survival, second.survival)


@given(courses, st.sampled_from([1 / 30.4375, 7.0, 365.25]))
def test_the_unit_of_time_does_not_matter(found, unit):
    time, event, _ = arrays(found)
    assert median(kaplan_meier(time * unit, event)).value == pytest.approx(
        median(kaplan_meier(time, event)).value * unit
    )


@given(courses)
def test_the_interval_holds_the_estimate(found):
    curve = kaplan_meier(*arrays(found)[:2])
    inside = (curve.survival > 0) & (curve.survival < 1)
    assert (curve.low[inside] <= curve.survival[inside]).all()
    assert (curve.survival[inside] <= curve.high[inside]).all()
    found = median(curve)
    assert found.low <= found.value <= found.high


@given(st.lists(courses, min_size=1, max_size=4))
def test_many_curves_are_the_same_curves(several):
    width = max(len(each) for each in several)
    padded = [each + [(1.0, True, False)] * (width - len(each)) for each in several]
    time, event, included = (np.array([arrays(each)[k] for each in padded]) for k in range(3))
    together = medians(time, event, included)
    ordered, survival = survival_rows(time, event, included)
    for row in range(len(several)):
        kept = included[row]
        if not kept.any():
            assert np.isnan(together[row])
            continue
        alone = kaplan_meier(time[row, kept], event[row, kept])
        assert together[row] == median(alone).value
        last = np.append(ordered[row, 1:] != ordered[row, :-1], True)
        shown = last & np.isfinite(ordered[row])
        np.testing.assert_allclose(survival[row, shown], survival_at(alone, ordered[row, shown]), atol=1e-12)

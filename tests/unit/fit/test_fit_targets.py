"""Published results as targets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import remit
from remit.errors import InputError
from remit.fit.anchor import published_measures
from remit.fit.targets import (
    BETWEEN_TRIALS,
    INFORMATIVE,
    MONTH,
    MOST_CORRELATED,
    WEIGHTS,
    Measure,
    correlation,
    covariance,
    fitted,
    measures,
    recalled,
)

rates = st.floats(0.02, 0.98)


@pytest.fixture(scope="module")
def study() -> remit.Study:
    return remit.load_study("mcl_btki_treated")


@pytest.fixture(scope="module")
def chosen(study: remit.Study) -> tuple[Measure, ...]:
    return published_measures(study)


def rate(trial: str, kind: str, n: float = 50.0, day: float = 0.0, *, is_recalled: bool = False) -> Measure:
    return Measure(trial, "a course", kind, day, 0.5, n, ("C0",), is_recalled)


def test_rates_are_fractions_of_the_patients_of_their_record(
    study: remit.Study, chosen: tuple[Measure, ...]
) -> None:
    records = {each.id: each for each in study.evidence}
    found = [each for each in chosen if each.kind in ("orr", "cr")]
    assert found
    for each in found:
        record = records[each.records[0]]
        assert each.value == record.value / 100
        assert each.n == (record.denominator or record.n)
        assert not each.is_median


def test_a_median_is_one_half_at_its_day(study: remit.Study, chosen: tuple[Measure, ...]) -> None:
    records = {each.id: each for each in study.evidence}
    found = [each for each in chosen if each.is_median]
    assert {each.kind for each in found} == {"pfs", "dor"}
    for each in found:
        record = records[each.records[0]]
        assert (each.value, each.day) == (0.5, record.value * MONTH)
        assert each.n == record.n * INFORMATIVE


def test_a_landmark_is_its_share_at_its_day(study: remit.Study, chosen: tuple[Measure, ...]) -> None:
    records = {each.id: each for each in study.evidence}
    found = [each for each in chosen if each.kind == "pfs" and not each.is_median]
    assert found
    for each in found:
        record = records[each.records[0]]
        assert (each.value, each.day) == (record.value / 100, record.at_months * MONTH)


def test_recalled_measures_are_those_of_records_that_were_not_read(
    study: remit.Study, chosen: tuple[Measure, ...]
) -> None:
    records = {each.id: each for each in study.evidence}
    for each in chosen:
        assert each.recalled == recalled(records[each.records[0]])


def test_a_record_that_is_missing_or_not_for_calibration_is_refused(study: remit.Study) -> None:
    evidence = {each.id: each for each in study.evidence}
    other = next(each.id for each in study.evidence if "calibration" not in each.role)
    for key in ("C9999", other):
        with pytest.raises(InputError, match="calibration"):
            fitted(evidence, key)
    with pytest.raises(InputError):
        measures({})


@pytest.mark.parametrize("weight", ["full", "default"])
@given(data=st.data())
def test_the_covariance_is_symmetric_and_positive_definite(
    chosen: tuple[Measure, ...], weight: str, data: st.DataObject
) -> None:
    # Two rates of one trial that are equal would leave no room between them.
    start = np.array([data.draw(rates) for _ in chosen])
    predicted = np.clip(start + 0.01 * np.arange(len(chosen)) / len(chosen), 0.02, 0.99)
    for i, one in enumerate(chosen):
        for j, other in enumerate(chosen[:i]):
            if one.trial == other.trial and abs(predicted[i] - predicted[j]) < 1e-4:
                predicted[j] -= 1e-3
    matrix = covariance(chosen, predicted, weight)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_the_variance_is_that_of_a_proportion_and_between_trials() -> None:
    matrix = covariance((rate("a", "orr", n=40.0),), np.array([0.3]), "full")
    assert matrix[0, 0] == pytest.approx(0.21 / 40 + (BETWEEN_TRIALS * 0.21) ** 2)


def test_responders_inform_the_duration_of_response() -> None:
    pair = (rate("a", "orr", n=40.0), rate("a", "dor", n=40.0, day=300.0))
    matrix = covariance(pair, np.array([0.25, 0.5]), "full")
    assert matrix[1, 1] == pytest.approx(0.25 / (40 * 0.25) + (BETWEEN_TRIALS * 0.25) ** 2)


def test_recalled_records_count_half_by_default() -> None:
    pair = (rate("a", "orr"), rate("b", "orr", is_recalled=True))
    predicted = np.array([0.4, 0.4])
    full, default = (covariance(pair, predicted, weight) for weight in ("full", "default"))
    assert WEIGHTS["default"] == 2.0
    assert default[0, 0] == full[0, 0] == full[1, 1]
    assert default[1, 1] == 2 * full[1, 1]


def test_trials_are_independent_and_kinds_within_a_trial_only_if_nested() -> None:
    four = (rate("a", "orr"), rate("a", "cr"), rate("a", "pfs", day=100.0), rate("b", "orr"))
    matrix = covariance(four, np.array([0.6, 0.2, 0.5, 0.6]), "full")
    assert matrix[0, 1] > 0
    assert not matrix[:2, 2].any()
    assert not matrix[:3, 3].any()


@given(rates, rates)
def test_the_correlation_of_nested_proportions_is_that_of_their_indicators(one: float, other: float) -> None:
    small, large = sorted((one, other))
    found = correlation(rate("a", "cr"), rate("a", "orr"), np.array([small, large]))
    indicators = (small - small * large) / np.sqrt(small * (1 - small) * large * (1 - large))
    assert found == pytest.approx(min(indicators, MOST_CORRELATED))

"""The MRD assay counts cells as Poisson, and the label's risk of lysis goes by nodes and lymphocytes."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import poisson as poisson_distribution

from remit.errors import InputError
from remit.trial.lysis_risk import CLASSES, risk_class
from remit.trial.mrd import detection_probability, is_undetectable, poisson
from remit.trial.mrd_assays import DEEP_SEQUENCING, FLOW, SEQUENCING, Assay


@pytest.mark.parametrize("assay", [FLOW, SEQUENCING, DEEP_SEQUENCING])
def test_detection_is_the_poisson_probability_of_enough_events(assay):
    fraction = assay.limit * np.array([0.0, 0.1, 0.5, 1.0, 2.0, 10.0, 1e3])
    expected = stats.poisson.sf(assay.events - 1, fraction * assay.analysed)
    np.testing.assert_allclose(detection_probability(fraction, assay), expected, atol=1e-12)


def test_limits_are_those_of_the_field():
    assert [each.limit for each in (FLOW, SEQUENCING, DEEP_SEQUENCING)] == pytest.approx([1e-4, 1e-5, 1e-6])


def test_calls_have_the_frequency_of_detection():
    n = 20_000
    chance = np.random.default_rng(5).random(n)
    called = ~is_undetectable(np.full(n, FLOW.limit), FLOW, chance)
    expected = detection_probability(np.array([FLOW.limit]), FLOW)[0]
    assert called.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / n))


@pytest.mark.parametrize(("analysed", "events"), [(100, 0), (10, 11)])
def test_an_assay_that_cannot_be_is_refused(analysed, events):
    with pytest.raises(InputError):
        Assay(analysed, events)


@pytest.mark.parametrize(
    ("node", "lymphocytes", "expected"),
    [
        (49.9, 24.9, "low"), (50.0, 24.9, "intermediate"), (49.9, 25.0, "intermediate"), (50.0, 25.0, "high"),
        (100.0, 1.0, "high"), (99.9, 24.9, "intermediate"),
    ],
)  # fmt: skip
def test_risk_class_of_the_label(node, lymphocytes, expected):
    assert CLASSES[int(risk_class(np.array(node), np.array(lymphocytes)))] == expected


def test_an_unknown_node_has_no_class():
    assert risk_class(np.array([np.nan]), np.array([1.0]))[0] == -1


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.4, 19.9, 300.0, 1e3])
def test_numbers_of_events_are_quantiles_of_poisson(mean):
    chance = np.linspace(0.001, 0.999, 999)
    expected = poisson_distribution.ppf(chance, mean) if mean > 0 else np.zeros(999)
    np.testing.assert_array_equal(poisson(np.full(999, mean), chance), expected)


def test_large_numbers_are_within_two_of_the_quantile():
    chance = np.linspace(0.001, 0.999, 999)
    found = poisson(np.full(999, 5e4), chance)
    assert np.abs(found - poisson_distribution.ppf(chance, 5e4)).max() <= 2

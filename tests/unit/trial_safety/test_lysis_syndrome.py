"""Howard's criteria for tumour lysis syndrome, as they are applied while a trial is conducted."""

import numpy as np
import pytest
from tests.unit.trial_safety.records import LYSIS

from remit.trial.laboratory import ANALYTES
from remit.trial.lysis_syndrome import abnormal, is_clinical, is_laboratory, last_abnormal

NORMAL = {"URATE": 0.3, "PHOS": 1.1, "K": 4.2, "CA": 2.3}


def sample(**changes: float) -> np.ndarray:
    values = np.full((1, len(ANALYTES)), 1.0)
    for name, value in (NORMAL | changes).items():
        values[0, list(ANALYTES).index(name)] = value
    return values


USUAL = sample()


@pytest.mark.parametrize(
    ("at", "past"),
    [
        ({"URATE": 0.476}, {"URATE": 0.477}),
        ({"PHOS": 1.45}, {"PHOS": 1.46}),
        ({"K": 6.0}, {"K": 6.01}),
        ({"CA": 1.75}, {"CA": 1.74}),
    ],
)
def test_a_value_at_its_limit_is_normal_and_past_it_is_not(at, past):
    assert not abnormal(sample(**at), LYSIS).any()
    assert abnormal(sample(**past), LYSIS).sum() == 1


def found_after(*samples, step_start=7.0, baseline=USUAL):
    last, result = np.full((1, 4), -np.inf), []
    for time, values in samples:
        last = last_abnormal(last, np.array([time]), values, baseline, LYSIS)
        result.append(bool(is_laboratory(last, np.array([time]), np.array([step_start]), LYSIS)[0]))
    return result


def test_one_abnormality_is_not_enough():
    assert found_after((7.3, sample(K=6.5))) == [False]


def test_two_in_one_sample_are():
    assert found_after((7.3, sample(K=6.5, PHOS=2.0))) == [True]


def test_two_within_a_day_are_and_a_day_and_an_hour_apart_are_not():
    assert found_after((7.0, sample(K=6.5)), (8.0, sample(PHOS=2.0))) == [False, True]
    assert found_after((7.0, sample(K=6.5)), (8.05, sample(PHOS=2.0))) == [False, False]


def test_a_criterion_met_before_the_first_dose_does_not_count():
    both = sample(K=6.5, PHOS=2.0)
    assert found_after((7.3, both), baseline=sample(PHOS=1.6)) == [False]


def test_the_same_criterion_twice_is_one():
    assert found_after((7.0, sample(K=6.5)), (7.5, sample(K=7.0))) == [False, False]


def test_only_samples_from_three_days_before_to_seven_days_after_a_step_count():
    both = sample(K=6.5, PHOS=2.0)
    assert found_after((14.0, both)) == [True]
    assert found_after((14.1, both)) == [False]
    assert found_after((4.0, sample(K=6.5)), (4.5, sample(PHOS=2.0))) == [False, True]
    assert found_after((3.9, sample(K=6.5)), (4.5, sample(PHOS=2.0))) == [False, False]


def test_a_rise_of_creatinine_makes_it_clinical():
    yes, chance = np.array([True, True, False]), np.full(3, 0.5)
    rise = np.array([106.5, 106.4, 200.0])
    assert is_clinical(yes, rise, np.full(3, 80.0), chance, LYSIS).tolist() == [True, False, False]

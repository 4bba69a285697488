"""Howard's criteria for tumour lysis syndrome."""

import numpy as np
import pytest

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
def test_a_value_at_its_limit_is_normal_and_past_it_is_not(setting, at, past):
    assert not abnormal(sample(**at), setting.protocol.lysis).any()
    assert abnormal(sample(**past), setting.protocol.lysis).sum() == 1


def found_after(setting, *samples, step_start=7.0, baseline=USUAL):
    lysis, last, result = setting.protocol.lysis, np.full((1, 4), -np.inf), []
    for time, values in samples:
        last = last_abnormal(last, np.array([time]), values, baseline, lysis)
        result.append(bool(is_laboratory(last, np.array([time]), np.array([step_start]), lysis)[0]))
    return result


def test_one_abnormality_is_not_enough(setting):
    assert found_after(setting, (7.3, sample(K=6.5))) == [False]


def test_two_in_one_sample_are(setting):
    assert found_after(setting, (7.3, sample(K=6.5, PHOS=2.0))) == [True]


def test_two_within_a_day_are_and_a_day_and_an_hour_apart_are_not(setting):
    assert found_after(setting, (7.0, sample(K=6.5)), (8.0, sample(PHOS=2.0))) == [False, True]
    assert found_after(setting, (7.0, sample(K=6.5)), (8.05, sample(PHOS=2.0))) == [False, False]


def test_a_criterion_met_before_the_first_dose_does_not_count(setting):
    both = sample(K=6.5, PHOS=2.0)
    assert found_after(setting, (7.3, both), baseline=sample(PHOS=1.6)) == [False]


def test_the_same_criterion_twice_is_one(setting):
    assert found_after(setting, (7.0, sample(K=6.5)), (7.5, sample(K=7.0))) == [False, False]


def test_only_samples_from_three_days_before_to_seven_days_after_a_step_count(setting):
    both = sample(K=6.5, PHOS=2.0)
    assert found_after(setting, (14.0, both)) == [True]
    assert found_after(setting, (14.1, both)) == [False]
    assert found_after(setting, (4.0, sample(K=6.5)), (4.5, sample(PHOS=2.0))) == [False, True]
    assert found_after(setting, (3.9, sample(K=6.5)), (4.5, sample(PHOS=2.0))) == [False, False]


def test_a_rise_of_creatinine_makes_it_clinical(setting):
    yes, chance = np.array([True, True, False]), np.full(3, 0.5)
    rise = np.array([106.5, 106.4, 200.0])
    assert is_clinical(yes, rise, np.full(3, 80.0), chance, setting.protocol.lysis).tolist() == [
        True,
        False,
        False,
    ]

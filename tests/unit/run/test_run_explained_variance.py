"""The variance between levels is unbiased although each level has few patients."""

import numpy as np
import pytest

from remit.run.sensitivity import N_RESAMPLES, Resampled, between

SETS, PATIENTS = 250, 80
TRUE = 0.5 + 0.18 * np.array([-1.6, -0.9, -0.3, 0.0, 0.2, 0.6, 1.1, 1.4])


def levels(random: np.random.Generator, rates: np.ndarray, *, paired: bool) -> list[Resampled]:
    """Levels with one true rate each; paired levels share their patients' deviates, as those of a run do."""
    deviates = random.random((1 if paired else len(rates), PATIENTS))
    responds = (deviates < rates[:, None]).astype(float)
    weight = random.poisson(1.0, (PATIENTS, N_RESAMPLES))
    resampled = responds @ weight / weight.sum(axis=0)
    return [Resampled(float(own.mean()), each) for own, each in zip(responds, resampled, strict=True)]


def found(rates: np.ndarray, *, paired: bool) -> tuple[np.ndarray, np.ndarray]:
    """Variance between levels of many data sets, as reported and as the plain variance of the rates."""
    random = np.random.default_rng(4)
    sets = [levels(random, rates, paired=paired) for _ in range(SETS)]
    plain = [np.var([each.value for each in one], ddof=1) for one in sets]
    return np.array([between(one).value for one in sets]), np.array(plain)


def within_four_errors(values: np.ndarray, truth: float) -> bool:
    return abs(values.mean() - truth) < 4 * values.std(ddof=1) / np.sqrt(len(values))


@pytest.mark.parametrize("paired", [True, False])
def test_it_is_that_of_the_true_rates(paired: bool) -> None:
    reported, _ = found(TRUE, paired=paired)
    assert within_four_errors(reported, TRUE.var(ddof=1))


def test_forgetting_the_noise_of_patients_would_be_noticed() -> None:
    _, plain = found(TRUE, paired=False)
    assert not within_four_errors(plain, TRUE.var(ddof=1))


def test_equal_rates_of_the_same_patients_leave_nothing() -> None:
    reported, _ = found(np.full(8, 0.4), paired=True)
    assert reported.max() < 1e-15


def test_equal_rates_of_other_patients_leave_almost_nothing() -> None:
    reported, plain = found(np.full(8, 0.4), paired=False)
    noise = 0.4 * 0.6 / PATIENTS
    assert within_four_errors(plain, noise)
    # Cut at zero, its mean is that of the positive part of a chi-square variate about its mean.
    random = np.random.default_rng(5)
    expected = np.maximum(random.chisquare(7, 100_000) / 7 - 1, 0.0).mean() * noise
    assert within_four_errors(reported, expected)
    assert (reported == 0).mean() > 0.3

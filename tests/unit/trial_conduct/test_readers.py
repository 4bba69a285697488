"""Measurement error of the two readers."""

from dataclasses import replace

import numpy as np
import pytest

from remit.trial.readers import measured_diameters, sample_errors


def test_a_reader_without_error_records_the_truth(setting):
    true = np.array([[40.0, 28.0], [0.0, 0.0]])
    error = np.array([[3.0, -3.0], [1.0, 1.0]])
    np.testing.assert_array_equal(measured_diameters(true, error, setting.protocol.readers), true)


def test_the_longer_diameter_is_recorded_as_the_longest(setting):
    readers = replace(setting.protocol.readers, absolute_error=5.0)
    measured = measured_diameters(np.array([[20.0, 19.0]]), np.array([[-1.0, 1.0]]), readers)
    assert measured.tolist() == [[24.0, 15.0]]


def test_a_node_too_small_to_measure_is_recorded_at_the_smallest_size(setting):
    readers = replace(setting.protocol.readers, smallest_measurable=5.0)
    assert measured_diameters(np.array([[3.0, 0.0]]), np.zeros((1, 2)), readers).tolist() == [[5.0, 5.0]]


def test_missing_lesions_stay_missing(setting):
    readers = replace(setting.protocol.readers, smallest_measurable=5.0)
    assert np.isnan(measured_diameters(np.full((1, 2), np.nan), np.zeros((1, 2)), readers)).all()


def test_readers_share_as_much_error_as_stated(setting):
    readers = replace(setting.protocol.readers, shared_fraction=0.36)
    errors = sample_errors(1, np.arange(400), readers, np.ones(400, dtype=np.int64))
    first, second = errors.diameter[:, 0].ravel(), errors.diameter[:, 1].ravel()
    tolerance = 4 * (1 - 0.36**2) / np.sqrt(first.size)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.36, abs=tolerance)
    assert first.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * first.size))


def test_errors_of_a_scan_do_not_depend_on_who_else_is_scanned_and_at_which(setting):
    numbers = np.arange(20) % 4
    together = sample_errors(1, np.arange(20), setting.protocol.readers, numbers)
    for k in (3, 6, 17):
        alone = sample_errors(1, np.array([k]), setting.protocol.readers, numbers[[k]])
        np.testing.assert_array_equal(alone.diameter[0], together.diameter[k])
        np.testing.assert_array_equal(alone.spleen[0], together.spleen[k])


def test_every_scan_has_errors_of_its_own(setting):
    found = [
        sample_errors(1, np.arange(5), setting.protocol.readers, np.full(5, number)) for number in range(6)
    ]
    for name in ("diameter", "spleen"):
        values = np.concatenate([getattr(each, name).ravel() for each in found])
        assert len(np.unique(values)) == values.size


def test_the_baseline_scan_is_always_readable(setting):
    readers = replace(setting.protocol.readers, unreadable_probability=1.0)
    assert sample_errors(1, np.arange(20), readers, np.zeros(20, dtype=np.int64)).readable.all()
    assert not sample_errors(1, np.arange(20), readers, np.full(20, 2)).readable.any()

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
    errors = sample_errors(1, np.arange(400), replace(setting.protocol.readers, shared_fraction=0.36), 2)
    first, second = errors.diameter[:, 1, 0].ravel(), errors.diameter[:, 1, 1].ravel()
    tolerance = 4 * (1 - 0.36**2) / np.sqrt(first.size)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.36, abs=tolerance)
    assert first.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * first.size))


def test_more_scans_leave_earlier_errors_alone(setting):
    few = sample_errors(1, np.arange(20), setting.protocol.readers, 3)
    many = sample_errors(1, np.arange(20), setting.protocol.readers, 9)
    np.testing.assert_array_equal(few.diameter, many.diameter[:, :3])
    np.testing.assert_array_equal(few.spleen, many.spleen[:, :3])


def test_the_baseline_scan_is_always_readable(setting):
    errors = sample_errors(1, np.arange(20), replace(setting.protocol.readers, unreadable_probability=1.0), 3)
    assert errors.readable[:, 0].all() and not errors.readable[:, 1:].any()

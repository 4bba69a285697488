"""Lesions share the node burden, each in its own way."""

from dataclasses import replace

import numpy as np
import pytest

from remit.trial import lesions

EVERYONE = np.arange(40)


def sites(params, residual_share=0.0, difference=0.0):
    return lesions.sample_sites(
        3, EVERYONE, params, np.full(40, 1e11), np.full(40, residual_share), difference
    )


def burden(now, baseline=(9e10, 1e10, 0.0, 0.0)):
    return lesions.relative(np.tile(now, (40, 1)).astype(float), np.tile(baseline, (40, 1)), (1, 3))


def test_every_patient_has_one_to_six_target_lesions(setting):
    found = sites(setting.protocol.lesions)
    present = (~np.isnan(found.longest[:, 0])).sum(axis=1)
    np.testing.assert_array_equal(present, found.count)
    assert found.count.min() >= 1 and found.count.max() <= 6


def test_lesions_equal_the_patient_when_they_do_not_differ(setting):
    found = sites(setting.protocol.lesions)
    fraction = lesions.lesion_fraction(found, EVERYONE, burden((9e9, 1e10, 0, 0)))
    np.testing.assert_allclose(fraction, 0.19, rtol=1e-12)


def test_an_untouched_tumour_keeps_its_size_whatever_the_spread(setting):
    params = replace(setting.protocol.lesions, response_spread=0.5, resistant_tilt=2.0, residual_spread=0.5)
    found = sites(params, residual_share=0.1)
    fraction = lesions.lesion_fraction(found, EVERYONE, burden((9e10, 1e10, 0, 0)))
    np.testing.assert_allclose(fraction, 1.0, rtol=1e-12)


def test_lesions_with_more_resistant_cells_shrink_less(setting):
    found = sites(replace(setting.protocol.lesions, resistant_tilt=1.0))
    fraction = lesions.lesion_fraction(found, EVERYONE, burden((0, 1e10, 0, 0)))[:, 0, 0]
    order = np.argsort(found.tilt[:, 0, 0])
    assert np.all(np.diff(fraction[order]) >= 0)
    assert fraction.min() < 0.1 < fraction.max()


def test_diameters_follow_the_cube_root_of_volume(setting):
    found = sites(setting.protocol.lesions)
    size = lesions.diameters(found, EVERYONE, burden((9e10 / 8, 1e10 / 8, 0, 0)))
    np.testing.assert_allclose(size[..., 0], found.longest / 2, rtol=1e-12)


def test_the_residual_share_is_of_the_product_of_diameters(setting):
    found = sites(setting.protocol.lesions, residual_share=0.09)
    size = lesions.diameters(found, EVERYONE, burden((0, 0, 0, 0)))
    before = lesions.diameters(found, EVERYONE, burden((9e10, 1e10, 0, 0)))
    np.testing.assert_allclose(size.prod(axis=-1), 0.09 * before.prod(axis=-1), rtol=1e-10)


def test_a_patient_without_resistant_cells_never_divides_by_none():
    relative = lesions.relative(np.array([[5.0, 0, 0, 0]]), np.array([[10.0, 0, 0, 0]]), (1, 3))
    assert (relative.total[0], relative.resistant[0], relative.resistant_fraction[0]) == (0.5, 0.0, 0.0)


def test_a_spleen_returns_to_its_normal_length(setting):
    found = sites(replace(setting.protocol.lesions, spleen_probability=1.0))
    assert lesions.spleen_length(found, EVERYONE, burden((0, 0, 0, 0))) == pytest.approx(np.full(40, 110.0))
    assert lesions.spleen_length(found, EVERYONE, burden((9e10, 1e10, 0, 0))) == pytest.approx(
        np.full(40, 150.0)
    )


def test_the_second_reader_follows_other_lesions_only_where_it_chose_so(setting):
    same, other = sites(setting.protocol.lesions), sites(setting.protocol.lesions, difference=1.0)
    np.testing.assert_array_equal(same.longest[:, 0], same.longest[:, 1])
    np.testing.assert_array_equal(other.longest[:, 0], same.longest[:, 0])
    assert not np.any(other.longest[:, 1] == other.longest[:, 0])


def test_a_new_site_shows_at_its_fold_over_nadir_but_not_below_the_visible_share():
    fold, total = np.full(4, 3.0), np.array([0.74, 0.75, 0.18, 0.1875])
    nadir = np.array([0.25, 0.25, 1e-9, 1e-9])
    assert lesions.shows(fold, total, nadir, 0.0625).tolist() == [False, True, False, True]

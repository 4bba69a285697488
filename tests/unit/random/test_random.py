"""Named draws: published answers, quantiles and independence of the rest of the run."""

import numpy as np
import pytest
from scipy.special import ndtri

from remit.random import choices, draws, exponentials, normal_quantile, normals, philox


def words(*values: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value], dtype=np.uint64) for value in values)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(counter, key, expected):
    assert tuple(int(word[0]) for word in philox(words(*counter), key)) == expected


def test_ten_then_ninety_patients_equal_a_hundred():
    whole = draws(1, "age", np.arange(100), 3)
    np.testing.assert_array_equal(whole[:10], draws(1, "age", np.arange(10), 3))
    np.testing.assert_array_equal(whole[10:], draws(1, "age", np.arange(10, 100), 3))


def test_more_draws_only_append():
    np.testing.assert_array_equal(
        draws(1, "visit", np.arange(5), 9)[:, :4], draws(1, "visit", np.arange(5), 4)
    )


@pytest.mark.parametrize(("seed", "name"), [(2, "age"), (1, "weight")])
def test_another_seed_or_name_is_uncorrelated(seed, name):
    n = 40_000
    one, other = normals(1, "age", np.arange(n))[:, 0], normals(seed, name, np.arange(n))[:, 0]
    assert abs(np.mean(one * other)) < 4 / np.sqrt(n)


def test_patients_beyond_32_bits_have_draws_of_their_own():
    near, far = draws(1, "age", [7]), draws(1, "age", [7 + 2**32])
    assert near != far


def test_uniform_moments():
    n = 200_000
    u = draws(3, "u", np.arange(n // 4), 4).ravel()
    assert abs(u.mean() - 0.5) < 4 * np.sqrt(1 / 12 / n)
    assert abs((u**2).mean() - 1 / 3) < 4 * np.sqrt((1 / 5 - 1 / 9) / n)
    assert 0 < u.min() < u.max() < 1


def test_the_normal_quantile_agrees_with_another_implementation():
    p = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 20_001), 10.0 ** -np.arange(2, 17)])
    np.testing.assert_allclose(normal_quantile(p), ndtri(p), rtol=2e-15, atol=2e-16)


def test_exponentials_have_mean_one():
    n = 50_000
    assert abs(exponentials(1, "e", np.arange(n)).mean() - 1) < 4 / np.sqrt(n)


def test_choices_follow_their_probabilities():
    n, p = 60_000, np.array([0.1, 0.0, 0.6, 0.3])
    counts = np.bincount(choices(1, "c", np.arange(n), p)[:, 0], minlength=4)
    assert counts[1] == 0
    assert (np.abs(counts / n - p) <= 4 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.parametrize("n", [1, 2, 7])
def test_no_patients_have_no_draws(n):
    assert draws(1, "age", np.arange(0), n).shape == (0, n)


@pytest.mark.parametrize("first", [0, 3, 8])
def test_draws_can_be_had_from_the_middle(first):
    patients = np.arange(5) + 2**33
    whole = draws(3, "name", patients, 20)
    np.testing.assert_array_equal(draws(3, "name", patients, 7, first), whole[:, first : first + 7])
    each = np.array([0, 1, 4, 7, 8])
    found = normals(3, "name", patients, 3, each)
    for k, start in enumerate(each):
        np.testing.assert_array_equal(found[k], normals(3, "name", patients, 20)[k, start : start + 3])

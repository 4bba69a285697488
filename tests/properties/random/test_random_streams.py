"""Laws of named draws: nothing that is added, left out or reordered moves what is already there."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.random import choices, draws, exponentials, normal_quantile, normals

seeds = st.integers(0, 2**63)
names = st.text(max_size=20)
patients = st.lists(st.integers(0, 2**40), min_size=1, max_size=8, unique=True)


@given(seeds, names, patients, st.integers(1, 9))
def test_a_patient_drawn_alone_is_the_patient_drawn_among_others(seed, name, who, n):
    together = draws(seed, name, who, n)
    for row, patient in enumerate(who):
        np.testing.assert_array_equal(together[row], draws(seed, name, [patient], n)[0])


@given(seeds, names, patients, st.randoms(use_true_random=False))
def test_the_order_of_patients_does_not_matter(seed, name, who, order):
    shuffled = order.sample(range(len(who)), len(who))
    np.testing.assert_array_equal(
        draws(seed, name, [who[i] for i in shuffled], 3), draws(seed, name, who, 3)[shuffled]
    )


@given(seeds, names, patients, st.integers(1, 12), st.integers(0, 12))
def test_further_draws_are_appended(seed, name, who, n, further):
    for kind in (draws, normals, exponentials):
        np.testing.assert_array_equal(kind(seed, name, who, n + further)[:, :n], kind(seed, name, who, n))


@given(seeds, names, patients, st.integers(0, 12))
def test_every_draw_lies_inside_its_range(seed, name, who, n):
    uniform = draws(seed, name, who, n)
    assert uniform.shape == (len(who), n)
    assert ((uniform > 0) & (uniform < 1)).all()
    assert np.isfinite(normals(seed, name, who, n)).all()
    assert (exponentials(seed, name, who, n) > 0).all()


@given(seeds, st.lists(names, min_size=2, max_size=2, unique=True))
def test_another_name_is_another_stream(seed, two):
    assert (draws(seed, two[0], [3], 4) != draws(seed, two[1], [3], 4)).any()


@given(st.integers(1, 2**39))
def test_the_normal_quantile_is_odd_about_one_half(k):
    p = np.array([k * 2.0**-40])
    assert normal_quantile(p)[0] <= 0
    assert normal_quantile(1 - p)[0] == -normal_quantile(p)[0]


@given(seeds, st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(any))
def test_a_category_without_probability_is_never_chosen(seed, probabilities):
    chosen = choices(seed, "c", np.arange(50), probabilities, 2)
    assert all(probabilities[category] > 0 for category in np.unique(chosen))

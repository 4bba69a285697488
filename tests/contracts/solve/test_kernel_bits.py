"""Results of a patient are the same to the last bit whatever the neighbours, order, width and threads."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from remit import model
from remit.dosing import daily_doses
from remit.population.sample import sample_candidates, untreated_state
from remit.run.courses import kernel
from remit.solve import KernelBlock, compile_kernel
from remit.solve.object_code import WIDTHS

N = 21
DAYS = 20.0
LOOKS = np.array([0.0, 0.4, 3.0, 11.5, 20.0])
DEPOT = list(model.STATES).index(model.DOSED["bcl2i"])


@pytest.fixture(scope="module")
def patients(treated):
    return sample_candidates(11, 0, np.arange(N), treated)


def course(patients, rows, width=None, rtol=1e-3):
    """State, observables and status of some of the patients, in the order of ``rows``, who stop at times of
    their own, and of whom one fails.
    """
    parameters = patients.parameters[rows].copy()
    state = untreated_state(patients)[rows]
    state[rows == 5, 0] = np.nan
    dose = np.full(len(rows), 4e5) * (1.0 + rows / N)
    until = DAYS - 0.37 * rows
    block = KernelBlock(
        compile_kernel(kernel().equations, width), parameters, state, patients.thresholds[rows], rtol=rtol
    )
    doses = daily_doses(np.zeros(len(rows)), until, dose, DEPOT)
    seen = block.advance(until, doses, np.tile(LOOKS, (len(rows), 1)))
    return block.state, seen, block.status


def same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
def test_width_does_not_matter(patients, rtol):
    found = [course(patients, np.arange(N), width, rtol) for width in WIDTHS]
    for one, other in pairwise(found):
        same(one, other)
    assert found[0][2][5] != 0
    assert (np.delete(found[0][2], 5) == 0).all()


def test_neighbours_and_order_do_not_matter(patients):
    whole = course(patients, np.arange(N))
    shuffled = np.random.default_rng(2).permutation(N)
    same([each[shuffled] for each in whole], course(patients, shuffled))
    for k in (0, 5, 13):
        same([each[k : k + 1] for each in whole], course(patients, np.array([k])))


def test_threads_do_not_matter(patients):
    parts = [np.arange(start, N, 4) for start in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda rows: course(patients, rows), parts))
    whole = course(patients, np.arange(N))
    for rows, one in zip(parts, found, strict=True):
        same([each[rows] for each in whole], one)

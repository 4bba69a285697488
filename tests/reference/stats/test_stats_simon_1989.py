"""Two-stage designs of Simon (1989), tables 1 and 2, and every design of small requirements one by one.

Standing: published table, entered from memory without a copy at hand, and double programmed. Of the 102
designs 98 are stored with EN to one decimal and PET to two, each confirmed by exact probabilities; of four
no EN and PET was remembered that exact probabilities confirm, and nothing is claimed of them. Responders and
patients are compared exactly.

The exhaustive search below has no bound and no shared code: binomial probabilities of ``math.comb``, every
design.
"""

from itertools import pairwise
from math import comb

import numpy as np
import pytest

from remit.stats.planning.requirement import Requirement
from remit.stats.planning.simon import TwoStage, characteristics, simon_designs

ERRORS = ((0.10, 0.10), (0.05, 0.20), (0.05, 0.10))
"""Type I and type II error of the columns below."""
UNCONFIRMED = {
    (0.1, 0.3, 0, "optimal"),
    (0.2, 0.4, 1, "minimax"),
    (0.3, 0.5, 1, "minimax"),
    (0.7, 0.9, 0, "minimax"),
}
TABLES = """
0.05 0.25 | 0/9 2/24 14.5 0.63; 0/13 2/20 16.4 0.51 | 0/9 2/17 12.0 0.63; 0/12 2/16 13.8 0.54 | 0/9 3/30 16.8 0.63; 0/15 3/25 20.4 0.46
0.10 0.30 | 1/12 5/35; 1/16 4/25 20.4 0.51 | 1/10 5/29 15.0 0.74; 1/15 5/25 19.5 0.55 | 2/18 6/35 22.5 0.73; 2/22 6/33 26.2 0.62
0.20 0.40 | 3/17 10/37 26.0 0.55; 3/19 10/36 28.3 0.46 | 3/13 12/43 20.6 0.75; 4/18 10/33 | 4/19 15/54 30.4 0.67; 5/24 13/45 31.2 0.66
0.30 0.50 | 7/22 17/46 29.9 0.67; 7/28 15/39 35.0 0.36 | 5/15 18/46 23.6 0.72; 6/19 16/39 | 8/24 24/63 34.7 0.73; 7/24 21/53 36.6 0.56
0.40 0.60 | 7/18 22/46 30.2 0.56; 11/28 20/41 33.8 0.55 | 7/16 23/46 24.5 0.72; 17/34 20/39 34.4 0.91 | 11/25 32/66 36.0 0.73; 12/29 27/54 38.1 0.64
0.50 0.70 | 11/21 26/45 29.0 0.67; 11/23 23/39 31.0 0.50 | 8/15 26/43 23.5 0.70; 12/23 23/37 27.7 0.66 | 13/24 36/61 34.0 0.73; 14/27 32/53 36.1 0.65
0.60 0.80 | 6/11 26/38 25.4 0.47; 18/27 24/35 28.5 0.82 | 7/11 30/43 20.5 0.70; 8/13 25/35 20.8 0.65 | 12/19 37/53 29.5 0.69; 15/26 32/45 35.9 0.48
0.70 0.90 | 6/9 22/28 17.8 0.54; 11/16 20/25 | 4/6 22/27 14.8 0.58; 19/23 21/26 23.2 0.95 | 11/15 29/36 21.2 0.70; 13/18 26/32 22.7 0.67
0.05 0.20 | 0/12 3/37 23.5 0.54; 0/18 3/32 26.4 0.40 | 0/10 3/29 17.6 0.60; 0/13 3/27 19.8 0.51 | 1/21 4/41 26.7 0.72; 1/29 4/38 32.9 0.57
0.10 0.25 | 2/21 7/50 31.2 0.65; 2/27 6/40 33.7 0.48 | 2/18 7/43 24.7 0.73; 2/22 7/40 28.8 0.62 | 2/21 10/66 36.8 0.65; 3/31 9/55 40.0 0.62
0.20 0.35 | 5/27 16/63 43.6 0.54; 6/33 15/58 45.5 0.50 | 5/22 19/72 35.4 0.73; 6/31 15/53 40.4 0.57 | 8/37 22/83 51.4 0.69; 8/42 21/77 58.4 0.53
0.30 0.45 | 9/30 29/82 51.4 0.59; 16/50 25/69 56.0 0.68 | 9/27 30/81 41.7 0.73; 16/46 25/65 49.6 0.81 | 13/40 40/110 60.8 0.70; 27/77 33/88 78.5 0.86
0.40 0.55 | 16/38 40/88 54.5 0.67; 18/45 34/73 57.2 0.56 | 11/26 40/84 44.9 0.67; 28/59 34/70 60.1 0.90 | 19/45 49/104 64.0 0.68; 24/62 45/94 78.9 0.47
0.50 0.65 | 18/35 47/84 53.0 0.63; 19/40 41/72 58.0 0.44 | 15/28 48/83 43.7 0.71; 39/66 40/68 66.1 0.95 | 22/42 60/105 62.3 0.68; 28/57 54/93 75.0 0.50
0.60 0.75 | 21/34 47/71 47.1 0.65; 25/43 43/64 54.4 0.46 | 17/27 46/67 39.3 0.69; 18/30 43/62 43.8 0.57 | 21/34 64/95 55.6 0.65; 48/72 57/84 73.2 0.90
0.70 0.85 | 14/20 45/59 36.2 0.58; 15/22 40/52 36.8 0.51 | 14/19 46/59 30.3 0.72; 16/23 39/49 34.4 0.56 | 18/25 61/79 43.4 0.66; 33/44 53/68 48.5 0.81
0.80 0.95 | 5/7 27/31 20.8 0.42; 5/7 27/31 20.8 0.42 | 7/9 26/29 17.7 0.56; 7/9 26/29 17.7 0.56 | 16/19 37/42 24.4 0.76; 31/35 35/40 35.3 0.94
"""  # noqa: E501


def rows():
    for line in TABLES.strip().splitlines():
        rates, *cells = (part.split() for part in line.replace(";", " ; ").split("|"))
        p0, p1 = map(float, rates)
        for column, cell in enumerate(cells):
            middle = cell.index(";")
            for kind, words in (("optimal", cell[:middle]), ("minimax", cell[middle + 1 :])):
                if (p0, p1, column, kind) not in UNCONFIRMED:
                    yield p0, p1, column, kind, words


ROWS = list(rows())
SEARCHED = sorted({(p0, p1, column) for p0, p1, column, _, _ in ROWS})


def test_the_tables_are_there():
    assert len(ROWS) == 98


@pytest.mark.parametrize(("p0", "p1", "column"), SEARCHED)
def test_optimal_and_minimax_designs_are_those_of_simon(p0, p1, column):
    alpha, beta = ERRORS[column]
    found = simon_designs(p0, p1, Requirement(alpha, 1 - beta))
    assert found.proven
    for *_, kind, words in (row for row in ROWS if row[:3] == (p0, p1, column)):
        ours = getattr(found, kind)
        r1, n1, r, n = (int(each) for word in words[:2] for each in word.split("/"))
        assert ours.design == TwoStage(r1, n1, r, n)
        assert f"{ours.expected_patients:.1f} {ours.early_stop:.2f}" == f"{words[2]} {words[3]}"


def every_design(p0, p1, alpha, beta, most):
    """All designs with both errors held, by brute force: (EN, n, r1, n1, r) with exact tails."""

    def pmf(n, p):
        return [comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(n + 1)]

    good = []
    for n in range(2, most + 1):
        for n1 in range(1, n):
            first, second = ([pmf(m, p) for p in (p0, p1)] for m in (n1, n - n1))
            for r1 in range(n1):
                for r in range(r1, n):
                    errors = []
                    for a, b in zip(first, second, strict=True):
                        errors.append(
                            sum(
                                a[x] * sum(b[y] for y in range(n - n1 + 1) if x + y > r)
                                for x in range(r1 + 1, n1 + 1)
                            )
                        )
                    if errors[0] <= alpha and errors[1] >= 1 - beta:
                        stop = sum(first[0][: r1 + 1])
                        good.append((n1 + (1 - stop) * (n - n1), n, r1, n1, r))
    return good


@pytest.mark.parametrize(
    ("p0", "p1", "alpha", "beta"), [(0.1, 0.6, 0.1, 0.2), (0.3, 0.8, 0.1, 0.15), (0.2, 0.7, 0.05, 0.3)]
)
def test_no_design_of_a_full_enumeration_is_better(p0, p1, alpha, beta):
    found = simon_designs(p0, p1, Requirement(alpha, 1 - beta), most=16)
    every = every_design(p0, p1, alpha, beta, 16)
    fewest, smallest = min(every), min(every, key=lambda each: (each[1], each[0]))
    assert found.optimal.expected_patients == pytest.approx(fewest[0], rel=1e-12)
    assert found.optimal.design.n == fewest[1]
    assert found.minimax.design.n == smallest[1]
    assert found.minimax.expected_patients == pytest.approx(smallest[0], rel=1e-12)
    for place, each in enumerate(found.admissible):
        weights = np.linspace(each.low, each.high, 5)
        for w in weights:
            least = min(w * n + (1 - w) * en for en, n, *_ in every)
            ours = w * each.found.design.n + (1 - w) * each.found.expected_patients
            assert ours == pytest.approx(least, rel=1e-12), place
    assert found.admissible[0].high == 1
    assert found.admissible[-1].low == 0
    assert all(before.low == after.high for before, after in pairwise(found.admissible))


def test_what_a_design_does_is_what_was_found_of_it():
    found = simon_designs(0.2, 0.4, Requirement(0.05, 0.8)).optimal
    at = characteristics(found.design, np.array([0.2, 0.4]))
    np.testing.assert_allclose(at.interest, [found.type_I_error, found.power], rtol=1e-12)
    np.testing.assert_allclose(at.early_stop[0], found.early_stop, rtol=1e-12)
    np.testing.assert_allclose(at.expected_patients[0], found.expected_patients, rtol=1e-12)

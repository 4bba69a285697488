r"""Two-stage designs of one arm by Simon (1989): optimal, minimax and admissible, by exact search.

Of ``n1`` patients the trial stops where at most ``r1`` respond; else it goes on to ``n``, and the treatment
is of no further interest where at most ``r`` respond in all. Nothing is approximated, and nothing is left
out: what is not looked at is shown to be no better by a bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, bdtrc

from remit.errors import Finding
from remit.stats.binomial import binomial_probabilities
from remit.stats.estimate import Floats
from remit.stats.planning.proportions import above_findings, rate_findings
from remit.stats.planning.requirement import Requirement, check, requirement_findings

MOST = 400
"""Most patients that a search may be asked for."""
SLACK = 1e-9
"""By which a size may miss the power and still be searched."""
NOISE = 1e-12
"""Relative excess of an error over what is allowed that is rounding error."""


@dataclass(frozen=True, slots=True)
class TwoStage:
    """A design: stop at ``r1`` or fewer responders of ``n1``; no interest at ``r`` or fewer of ``n``."""

    r1: int
    n1: int
    r: int
    n: int


@dataclass(frozen=True, slots=True)
class Characteristics:
    """What a design does, by true response probability, arrays of its shape.

    ``early_stop`` is the probability of stopping after the first stage (PET), ``expected_patients`` EN, and
    ``interest`` the probability of finding the treatment of interest: type I error at ``p0``, power at
    ``p1``.
    """

    early_stop: Floats
    expected_patients: Floats
    interest: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """A design that meets a requirement, and what it does: under ``p0`` and, for the power, under ``p1``."""

    design: TwoStage
    early_stop: float
    expected_patients: float
    type_I_error: float  # noqa: N815
    power: float


@dataclass(frozen=True, slots=True)
class Admissible:
    """A design that minimises ``w n + (1 - w) EN`` for weights ``w`` from ``low`` to ``high``."""

    found: Found
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TwoStageDesigns:
    """Designs that meet a requirement.

    Parameters
    ----------
    optimal
        With the fewest expected patients under ``p0``; of equal ones that with the fewest patients.
    minimax
        With the fewest patients; of these that with the fewest expected.
    admissible
        After Jung and others (2004): from the minimax (high weight) to the optimal.
    proven
        Whether the optimal design is shown to be so among designs of any size, rather than up to ``most``
        patients.
    """

    optimal: Found
    minimax: Found
    admissible: tuple[Admissible, ...]
    proven: bool


def characteristics(design: TwoStage, p: Floats | float) -> Characteristics:
    r"""Probability of early stopping and of interest, and expected patients, by true response probability.

    .. math:: \text{PET} = B(r_1; p, n_1), \quad \text{EN} = n_1 + (1 - \text{PET})(n - n_1), \quad
        \Pr(\text{no interest}) = \text{PET} + \sum_{x = r_1 + 1}^{\min(n_1, r)} b(x; p, n_1) B(r - x; p, n -
        n_1)

    Raises
    ------
    InputError
        A design whose numbers do not fit: :math:`0 \le r_1 < n_1 < n`, :math:`r_1 \le r < n`.
    """
    check(_design_findings(design))
    at = np.asarray(p, dtype=np.float64)
    n2 = design.n - design.n1
    stop = bdtr(design.r1, design.n1, at)
    x = np.arange(design.r1 + 1, design.n1 + 1)
    needed = design.r - x
    later = np.where(needed < 0, 1.0, bdtrc(np.maximum(needed, 0), n2, at[..., None]))
    later = np.where(needed >= n2, 0.0, later)
    interest = (binomial_probabilities(design.n1, at)[..., x] * later).sum(axis=-1)
    return Characteristics(stop, design.n1 + (1 - stop) * n2, interest)


def simon_designs(p0: float, p1: float, required: Requirement, most: int = 150) -> TwoStageDesigns:
    """Optimal, minimax and admissible two-stage designs.

    The search ends where the expected patients of any larger design exceed the fewest that were found; where
    ``most`` patients come first, ``proven`` is False.

    Parameters
    ----------
    p0
        Response probability that is of no interest.
    p1
        Response probability that is, above ``p0``.
    required
        Type I error and power, which the exact ones meet.
    most
        Largest number of patients, up to 400.

    Raises
    ------
    InputError
        Impossible probabilities or requirement; no design up to ``most`` patients.
    """
    check(
        requirement_findings(required),
        rate_findings("p0", np.asarray(p0)),
        rate_findings("p1", np.asarray(p1)),
        above_findings("p1", np.asarray(p1 - p0), "p0"),
        [] if 2 <= most <= MOST else [Finding("most", str(most), f"patients from 2 to {MOST}", "150")],
    )
    search = _search(p0, p1, required, most)
    best: list[Found] = []
    proven = False
    for n in range(2, most + 1):
        fewest = min((each.expected_patients for each in best), default=np.inf)
        bounds = search.least_expected(n)
        if bounds.min() > fewest:
            proven = True
            break
        found = _best_of_size(search, n, fewest, bounds) if search.can_do(n) else None
        if found is not None:
            best.append(found)
    if not best:
        needed = "a design that meets the requirement"
        check([Finding("most", f"none with up to {most} patients", needed, f"more patients, up to {MOST}")])
    # Of each size only what improves on all smaller ones was kept: expected patients fall along the list.
    return TwoStageDesigns(best[-1], best[0], tuple(_hull(best)), proven)


@dataclass(frozen=True, slots=True)
class _Search:
    """Probabilities of all numbers of responders under both hypotheses, for up to ``most`` patients.

    ``pmf0[n, x]`` and ``pmf1[n, x]`` are binomial, ``tail0[n, x]`` and ``tail1[n, x]`` the probabilities of
    more than ``x``; shape (most + 1, most + 1). ``highest[n1]`` is the highest ``r1`` that leaves the power
    possible, -1 for none.
    """

    required: Requirement
    pmf0: Floats
    pmf1: Floats
    tail0: Floats
    tail1: Floats
    highest: np.ndarray

    def least_expected(self, n: int) -> Floats:
        """Fewest expected patients that a design of size n could have, by n1 from 1 to n - 1, if only the
        power bound it.
        """
        n1 = np.arange(1, n)
        highest = self.highest[n1]
        expected = n1 + self.tail0[n1, np.maximum(highest, 0)] * (n - n1)
        return np.where(highest < 0, np.inf, expected)

    def can_do(self, n: int) -> bool:
        """Whether any test of so many patients has the power: if the most powerful one has, randomised as in
        the lemma of Neyman and Pearson.
        """
        r = int(np.argmax(self.tail0[n] <= self.required.alpha))
        share = (self.required.alpha - self.tail0[n, r]) / self.pmf0[n, r]
        power = self.tail1[n, r] + share * self.pmf1[n, r]
        return bool(power >= self.required.power * (1 - SLACK))


def _search(p0: float, p1: float, required: Requirement, most: int) -> _Search:
    pmf0 = np.array(
        [np.pad(binomial_probabilities(n, np.asarray(p0)), (0, most - n)) for n in range(most + 1)]
    )
    pmf1 = np.array(
        [np.pad(binomial_probabilities(n, np.asarray(p1)), (0, most - n)) for n in range(most + 1)]
    )
    # Summed from the top, so that small tails keep their digits.
    tail0, tail1 = (
        np.pad(np.cumsum(pmf[:, :0:-1], axis=1)[:, ::-1], ((0, 0), (0, 1))) for pmf in (pmf0, pmf1)
    )
    highest = (tail1 >= required.power * (1 - NOISE)).sum(axis=1) - 1
    return _Search(required, pmf0, pmf1, tail0, tail1, highest)


def _best_of_size(search: _Search, n: int, fewest: float, bounds: Floats) -> Found | None:
    """Design of a size with the fewest expected patients, if fewer than of any smaller size."""
    found: Found | None = None
    for n1 in 1 + np.argsort(bounds, kind="stable"):
        if bounds[n1 - 1] >= fewest:
            break
        each = _best_of_stages(search, int(n1), n)
        if each is not None and each.expected_patients < fewest:
            found, fewest = each, each.expected_patients
    return found


def _best_of_stages(search: _Search, n1: int, n: int) -> Found | None:
    """Design of two given stages with the highest ``r1``, and so the fewest expected patients."""
    n2, top = n - n1, int(search.highest[n1])
    # Power is at most that without a first look, which bounds r as well.
    last = int(search.highest[n])
    if top < 0 or last < 0:
        return None
    x, r = np.arange(n1 + 1), np.arange(last + 1)
    place = r - x[:, None]
    inside = np.clip(place, 0, n2)
    errors: list[Floats] = []
    for pmf, tail in ((search.pmf0, search.tail0), (search.pmf1, search.tail1)):
        later = np.where(place < 0, 1.0, tail[n2, inside])
        joint = pmf[n1, : n1 + 1, None] * later
        # Row r1 of the sum from the top is the probability of going on from r1 and ending above r.
        beyond = np.cumsum(joint[::-1], axis=0)[::-1]
        errors.append(beyond[1 : top + 2])
    alpha, power = errors
    allowed = (alpha <= search.required.alpha * (1 + NOISE)) & (power >= search.required.power * (1 - NOISE))
    # A trial that may stop at r1 responders, and does not need more than these in all, has no second stage.
    allowed &= r >= np.arange(allowed.shape[0])[:, None]
    rows = np.flatnonzero(allowed.any(axis=1))
    if not rows.size:
        return None
    r1 = int(rows[-1])
    end = int(np.argmax(allowed[r1]))
    stop = float(1 - search.tail0[n1, r1])
    expected = float(n1 + search.tail0[n1, r1] * n2)
    return Found(TwoStage(r1, n1, end, n), stop, expected, float(alpha[r1, end]), float(power[r1, end]))


def _hull(best: list[Found]) -> Iterator[Admissible]:
    """Designs on the lower convex hull of patients and expected patients, with weights, minimax first."""
    hull: list[Found] = []
    for each in best:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-1], each):
            hull.pop()
        hull.append(each)
    high = 1.0
    for now, after in zip(hull, [*hull[1:], None], strict=True):
        # At the lower end w (n' - n) = (1 - w)(EN - EN').
        low = 0.0 if after is None else -_slope(now, after) / (1 - _slope(now, after))
        yield Admissible(now, low, high)
        high = low


def _slope(first: Found, second: Found) -> float:
    """Change of expected patients with patients, below zero along the list of best designs."""
    return (second.expected_patients - first.expected_patients) / (second.design.n - first.design.n)


def _design_findings(design: TwoStage) -> list[Finding]:
    """What is wrong with the numbers of a design."""
    if 0 <= design.r1 < design.n1 < design.n and design.r1 <= design.r < design.n:
        return []
    needed = "0 <= r1 < n1 < n and r1 <= r < n"
    return [Finding("two-stage design", str(design), needed, "TwoStage(r1=1, n1=10, r=5, n=29)")]

"""Exact size of a trial of two response rates: the fewest patients with which a test has its power."""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding
from remit.stats.planning.allocation import allocation_findings, whole_ratio
from remit.stats.planning.proportions import above_findings, rate_findings, two_proportions_size
from remit.stats.planning.requirement import Requirement, check, requirement_findings
from remit.stats.planning.two_arm_exact import Test, rejection, rejection_probability, worst_type_one_error

MOST = 2000
"""Most patients of both arms that are looked at."""
BEYOND = 1.25
"""Up to which multiple of the first size the power is looked at."""


@dataclass(frozen=True, slots=True)
class ExactTrial:
    """Whole patients of each arm, exact power, and the largest type I error over the common rate."""

    n_experimental: int
    n_control: int
    power: float
    type_I_error: float  # noqa: N815


@dataclass(frozen=True, slots=True)
class TwoArmExactSize:
    """Two answers to how many patients, as the exact power does not always rise with patients.

    Parameters
    ----------
    test
        By which arms are compared.
    first
        Trial with the fewest patients that reaches the power.
    steady
        Trial from which on none looked at falls below it; all up to ``looked_at`` patients were.
    looked_at
        Patients of both arms up to which the power is known; at least a quarter beyond ``steady``.
    """

    test: Test
    first: ExactTrial
    steady: ExactTrial
    looked_at: int


def two_arm_exact_size(
    p_experimental: float,
    p_control: float,
    required: Requirement,
    *,
    test: Test = "fisher",
    ratio: float = 1.0,
) -> TwoArmExactSize:
    """Exact size, with the allocation kept: every number of whole blocks is looked at, from the fewest on.

    Some hundred patients take Fisher's test a second and Boschloo's several; a normal approximation is in
    ``proportions``.

    Parameters
    ----------
    p_experimental, p_control
        Response rates under the alternative; the first is larger.
    required
        Type I error of the one-sided test, and power. The asymptotic tests may exceed it, as the result says.
    test
        See ``two_arm_exact.Test``.
    ratio
        Patients of the experimental arm for each of control, as whole numbers up to 20.

    Raises
    ------
    InputError
        Impossible rates, ratio, requirement or test; more than 2000 patients.
    """
    p1, p0 = np.asarray(p_experimental, dtype=np.float64), np.asarray(p_control, dtype=np.float64)
    check(
        requirement_findings(required),
        allocation_findings(ratio, "allocation kept"),
        rate_findings("p_experimental", p1),
        rate_findings("p_control", p0),
        above_findings("p_experimental", p1 - p0, "p_control"),
    )
    parts = whole_ratio(ratio)
    block = parts.numerator + parts.denominator
    # Half of what the normal approximation needs is far below what any of these tests needs.
    rough = float(two_proportions_size(p1, p0, required, ratio=ratio, variance="unrestricted").exact_total)
    begin = max(min(int(rough / 2 / block), MOST // block), 1)

    def power(blocks: int) -> float:
        where = rejection(test, blocks * parts.numerator, blocks * parts.denominator, required.alpha)
        return float(rejection_probability(where, p1, p0))

    # From there down as long as the power is reached, so that no smaller trial is passed by.
    while begin > 1 and power(begin) >= required.power:
        begin = max(begin // 2, 1)
    first, steady, blocks = 0, 0, begin
    while not steady or blocks <= BEYOND * steady + 1:
        if blocks * block > MOST:
            needed = f"a power of {required.power:g} with {MOST} patients"
            check([Finding("p_experimental, p_control", "rates too near", needed, "proportions")])
        reached = power(blocks) >= required.power
        first = first or (blocks if reached else 0)
        steady = (steady or blocks) if reached else 0
        blocks += 1

    def trial(blocks: int) -> ExactTrial:
        n1, n0 = blocks * parts.numerator, blocks * parts.denominator
        where = rejection(test, n1, n0, required.alpha)
        reached = float(rejection_probability(where, p1, p0))
        return ExactTrial(n1, n0, reached, worst_type_one_error(where).type_I_error)

    return TwoArmExactSize(test, trial(first), trial(steady), (blocks - 1) * block)

"""Exact single-stage design of one arm: patients and responders that reject a response probability."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from remit.errors import Finding
from remit.stats.estimate import Floats, Integers
from remit.stats.planning.proportions import above_findings, rate_findings
from remit.stats.planning.requirement import Requirement, check, requirement_findings

MOST = 200_000
"""Most patients among which a design is looked for."""


@dataclass(frozen=True, slots=True)
class SingleStage:
    """The treatment is of interest with at least ``r`` responders of ``n`` patients.

    ``type_I_error`` is the exact probability of that at ``p0``, ``power`` at ``p1``.
    """

    n: int
    r: int
    p0: float
    p1: float
    type_I_error: float  # noqa: N815
    power: float


@dataclass(frozen=True, slots=True)
class SingleStageSizes:
    """Two answers to how many patients, as the exact power does not always rise with patients.

    Parameters
    ----------
    first
        Design with the fewest patients that reaches the power; one or some patients more may fall below it.
    lasting
        Design from which on the power never falls below what is required, with any number of patients more.
    """

    first: SingleStage
    lasting: SingleStage


def critical_values(n: Integers, p0: float, alpha: float) -> Integers:
    r"""Fewest responders that reject ``p0`` in the exact one-sided test, by number of patients, of the shape
    of ``n``.

    The least :math:`r` with :math:`\Pr(X \ge r) < \alpha`, as in ``clopper_pearson.rejects``; :math:`n + 1`
    where not even all responders reject. By bisection over all ``n`` at once.

    Parameters
    ----------
    n
        Patients.
    p0
        Response probability that is tested.
    alpha
        One-sided type I error, in (0, 1).
    """
    size = np.asarray(n, dtype=np.int64)
    # No responder is always enough to have at least none of them, more than all are never seen.
    low, high = np.zeros(size.shape, dtype=np.int64), size + 1
    while (high - low > 1).any():
        middle = (low + high) // 2
        rejects = at_least(middle, size, p0) < alpha
        low, high = np.where(rejects, low, middle), np.where(rejects, middle, high)
    return high


def at_least(r: Integers, n: Integers, p: Floats | float) -> Floats:
    """Probability of at least ``r`` responders of ``n``; arguments broadcast."""
    within = betainc(np.maximum(r, 1), np.maximum(n - r, 0) + 1, p)
    return np.where(r > n, 0.0, np.where(r < 1, 1.0, within))


def single_stage_sizes(p0: float, p1: float, required: Requirement) -> SingleStageSizes:
    r"""Exact sizes of a trial with one arm and one stage.

    After A'Hern (2001). As the critical value is whole, power over patients is a saw; both its first tooth
    that reaches the power and the last below it are found. That no later tooth falls below follows from the
    inequality of Hoeffding (1963): power is at least :math:`1 - \beta` wherever

    .. math:: \sqrt{n}\,(p_1 - p_0) \ge \sqrt{\log(1/\alpha)/2} + \sqrt{\log(1/\beta)/2}

    Parameters
    ----------
    p0
        Response probability that is tested, in (0, 1).
    p1
        Response probability under the alternative, above ``p0``. For a lower one count the other outcome.
    required
        Type I error, a bound that the exact one stays below, and power.

    Raises
    ------
    InputError
        Impossible probabilities or requirement; probabilities so near to each other that over 200,000
        patients would be looked at.
    """
    check(
        requirement_findings(required),
        rate_findings("p0", np.asarray(p0)),
        rate_findings("p1", np.asarray(p1)),
        above_findings("p1", np.asarray(p1 - p0), "p0"),
    )
    bound = _certain(p1 - p0, required)
    if bound > MOST:
        needed = f"probabilities for which {MOST} patients are certainly enough"
        check([Finding("p0, p1", f"{p0:g}, {p1:g}", needed, "proportions.one_proportion_size")])
    n = np.arange(1, bound + 1)
    r = critical_values(n, p0, required.alpha)
    power = at_least(r, n, p1)
    enough = power >= required.power
    first, last_below = int(np.argmax(enough)), int(np.flatnonzero(np.append(True, ~enough))[-1])
    return SingleStageSizes(*(_design(int(n[k]), int(r[k]), p0, p1) for k in (first, last_below)))


def _certain(difference: float, required: Requirement) -> int:
    """Number of patients from which on the power is certainly reached."""
    needed = np.sqrt(np.log(1 / required.alpha) / 2) + np.sqrt(np.log(1 / (1 - required.power)) / 2)
    return int(np.ceil((needed / difference) ** 2)) + 1


def _design(n: int, r: int, p0: float, p1: float) -> SingleStage:
    size = np.asarray(n)
    return SingleStage(
        n, r, p0, p1, float(at_least(np.asarray(r), size, p0)), float(at_least(np.asarray(r), size, p1))
    )


def single_stage_power(n: Integers, p0: float, p1: Floats | float, alpha: float) -> Floats:
    """Exact power by number of patients and true response probability; ``n`` and ``p1`` broadcast."""
    size = np.asarray(n, dtype=np.int64)
    return at_least(critical_values(size, p0, alpha), size, p1)

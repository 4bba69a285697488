"""Doses compared in randomised arms, with a rule, declared beforehand, that says which dose goes on, if any.

A dose is admissible if its observed rate of the safety endpoint is at most a limit. Of the admissible doses
the highest is the reference, and the rule asks of each lower one whether its response rate is close enough:

- ``observed``: its observed rate is at most the margin below that of the reference,
- ``probability``: with Jeffreys priors, the probability that its rate is less than the margin below that of
  the reference is at least ``certainty``,
- ``non-inferiority``: the score test of Farrington and Manning (1990), with the variance of Miettinen and
  Nurminen (1985), rejects at one-sided ``alpha`` that it is the margin or more below.

Lower doses are asked in their order, from the highest, and the first that is not close enough ends it: a
fixed sequence. The lowest that was close enough is selected. If none was, ``otherwise`` says what follows:
the reference, or no dose. With no admissible dose none is selected.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.bayes.beta_binomial import BetaMixture
from remit.stats.bayes.difference import probability_difference_above
from remit.stats.binomial import binomial_probabilities
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.proportions.miettinen_nurminen import risk_difference
from remit.units import quantity

NAME = "dose_comparison"
Rule = Literal["observed", "probability", "non-inferiority"]
Otherwise = Literal["reference", "none"]
NONE = -1
"""In place of a dose: none is selected."""
JEFFREYS = 0.5
"""Both parameters of the Beta prior."""
GRID = 401
"""Response rates of the reference over which the type I error is the largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Size, rule and limits. ``certainty`` is used by ``probability``, ``alpha`` by ``non-inferiority``."""

    n: int = quantity("", meaning="patients of each dose", low=1)
    rule: Rule = quantity("", meaning="when a lower dose is close enough to the reference")
    margin: float = quantity("fraction", meaning="response rate that may be given up", low=0, high=1)
    alpha: float = quantity("fraction", meaning="one-sided level of non-inferiority", low=0, high=0.5)
    certainty: float = quantity("fraction", meaning="posterior probability that is asked for", low=0, high=1)
    most_events: float = quantity("fraction", meaning="highest admissible safety rate", low=0, high=1)
    otherwise: Otherwise = quantity("", meaning="what follows if no lower dose is close enough")


@dataclass(frozen=True, slots=True)
class DoseLook:
    """Patients, responders, and patients with the safety endpoint by dose, the lowest first.

    Arrays (n_replicates, n_doses).
    """

    n_patients: Integers
    responders: Integers
    with_event: Integers


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected and why, arrays over replicates.

    ``dose`` is a position, -1 for none, and ``reference`` that of the reference, (n_replicates,).
    ``admissible`` and ``close`` (whether the rule was met, asked or not) have shape (n_replicates, n_doses).
    ``evidence`` is what the rule looked at: a difference of rates, a probability, or a p-value; NaN for the
    reference and what is above it.
    """

    dose: Integers
    reference: Integers
    admissible: Booleans
    close: Booleans
    evidence: Floats


def check(params: Params) -> None:
    """Refuse a rule that is none.

    Raises
    ------
    InputError
        With every finding.
    """
    found: list[Finding] = []
    if params.rule not in get_args(Rule):
        found.append(Finding("rule", params.rule, " or ".join(get_args(Rule))))
    if params.otherwise not in get_args(Otherwise):
        found.append(Finding("otherwise", params.otherwise, " or ".join(get_args(Otherwise))))
    if params.rule != "observed" and not 0 < params.margin < 1:
        found.append(
            Finding("margin", f"{params.margin:g}", "a difference of rates above 0 and below 1", "0.1")
        )
    if params.rule == "probability" and not 0.5 < params.certainty < 1:
        found.append(
            Finding("certainty", f"{params.certainty:g}", "a probability above 0.5 and below 1", "0.9")
        )
    if params.rule == "non-inferiority" and not 0 < params.alpha < 0.5:
        found.append(Finding("alpha", f"{params.alpha:g}", "a one-sided level above 0 and below 0.5", "0.1"))
    if found:
        raise InputError(found)


def decide(look: DoseLook, params: Params) -> Selection:
    """Select a dose in each replicate; doses without patients are not admissible.

    Raises
    ------
    InputError
        If the rule is none.
    """
    check(params)
    n, x = look.n_patients, look.responders
    n_doses = n.shape[1]
    admissible = (n > 0) & (look.with_event <= params.most_events * n * (1 + 1e-12))
    place = np.arange(n_doses)
    reference = np.where(admissible, place, NONE).max(axis=1)
    rows, top = np.arange(len(n)), np.maximum(reference, 0)
    lower = place[None, :] < reference[:, None]
    own = (x, np.maximum(n, 1))
    other = (x[rows, top][:, None] + 0 * x, np.maximum(n[rows, top], 1)[:, None] + 0 * n)
    evidence, close = _close(own, other, params)
    evidence, close = np.where(lower & (n > 0), evidence, np.nan), close & lower & (n > 0)
    # Asked from the reference downwards; a dose that is not admissible is passed over.
    passes = np.where(lower, close | ~admissible, True)
    unbroken = np.minimum.accumulate(passes[:, ::-1], axis=1)[:, ::-1]
    able = lower & close & admissible & unbroken
    lowest = np.where(able.any(axis=1), able.argmax(axis=1), NONE)
    fallback = reference if params.otherwise == "reference" else np.full(len(n), NONE)
    return Selection(np.where(lowest >= 0, lowest, fallback), reference, admissible, close, evidence)


Counts = tuple[Integers, Integers]
"""Responders and patients."""


def _close(own: Counts, other: Counts, params: Params) -> tuple[Floats, Booleans]:
    """Evidence, and whether it is enough, for response rates against those of the reference."""
    (x1, n1), (x0, n0) = own, other
    if params.rule == "observed":
        difference = x1 / n1 - x0 / n0
        return difference, difference >= -params.margin - 1e-12
    # Few different tables occur in many replicates.
    counts = np.stack([each.ravel() for each in (x1, n1, x0, n0)], axis=1)
    once, where = np.unique(counts, axis=0, return_inverse=True)
    a, b, c, d = once.T
    if params.rule == "probability":
        one, zero = _posterior(a, b), _posterior(c, d)
        value = probability_difference_above(one, zero, -params.margin)
        enough = value >= params.certainty
    else:
        value = risk_difference(a, b, c, d, null=-params.margin).p_value
        enough = value <= params.alpha
    return value[where.ravel()].reshape(x1.shape), enough[where.ravel()].reshape(x1.shape)


def _posterior(x: Integers, n: Integers) -> BetaMixture:
    """Posterior of rates, shape (n_tables,), with Jeffreys priors."""
    a, b = (JEFFREYS + each.astype(float)[:, None] for each in (x, n - x))
    return BetaMixture(np.ones(a.shape), a, b)


def close_tables(params: Params) -> Booleans:
    """Responders, [lower, reference], at which a lower dose is close enough, shape (n + 1, n + 1)."""
    check(params)
    x = np.arange(params.n + 1)
    lower, reference = np.broadcast_arrays(x[:, None], x[None, :])
    size = np.full(lower.shape, params.n)
    return _close((lower, size), (reference, size), params)[1]


def close_probability(params: Params, lower: Floats, reference: Floats) -> Floats:
    """Probability that a lower dose counts as close, by true response rates of one shape; both admissible."""
    of_lower, of_reference = (binomial_probabilities(params.n, each) for each in (lower, reference))
    return ((of_lower @ close_tables(params).astype(np.float64)) * of_reference).sum(axis=-1)


def type_I_error(params: Params) -> float:  # noqa: N802 - the glossary's name
    """Largest probability that one lower dose counts as close while it is the whole margin below.

    Exact, over a grid of response rates of the reference, both doses admissible and with ``n`` patients.
    Under the fixed sequence it is that of several lower doses too.
    """
    rates = params.margin + (1 - params.margin) * (np.arange(GRID) + 0.5) / GRID
    return float(close_probability(params, rates - params.margin, rates).max())

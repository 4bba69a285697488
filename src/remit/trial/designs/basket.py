"""Baskets: single arms of different diseases in one protocol, each with its own size and null hypothesis.

Each basket is tested on its own by the exact binomial test, and stops for futility after its interim if too
few respond; both are always reported. If borrowing is declared, the posterior probability that the rate is
above p0, from all baskets together, is compared with a declared cut-off as well. No error of either is
divided among baskets: the family-wise error is reported, not held.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.bayes.basket import Borrowing, basket_posterior
from remit.stats.binomial import binomial_probabilities
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.planning.single_arm import at_least
from remit.stats.proportions.clopper_pearson import critical_responders, exact_p_value
from remit.units import quantity

NAME = "basket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """One basket; without an interim ``n_interim`` is 0."""

    name: str = quantity("", meaning="disease or arm")
    n: int = quantity("", meaning="patients", low=1)
    p0: float = quantity("fraction", meaning="response rate that does not warrant interest", low=0, high=1)
    n_interim: int = quantity("", meaning="patients of the interim, 0 for none", low=0)
    stop_at_most: int = quantity("", meaning="responders of the interim with which the basket stops", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The baskets, the level of each, and how they borrow (None: they do not)."""

    baskets: tuple[Basket, ...] = quantity("", meaning="the baskets")
    alpha: float = quantity("fraction", meaning="one-sided type I error of each basket", low=0, high=0.5)
    borrowing: Borrowing | None = quantity("", meaning="the model of borrowing")
    cut_off: float = quantity(
        "fraction", meaning="posterior probability above p0 beyond which p0 is rejected", low=0, high=1
    )


@dataclass(frozen=True, slots=True)
class BasketLook:
    """Patients and responders of each basket, shape (n_replicates, n_baskets).

    ``interim_responders`` are those of the patients of the interim.
    """

    n_patients: Integers
    responders: Integers
    interim_responders: Integers


@dataclass(frozen=True, slots=True)
class BasketDecision:
    """By basket, shape (n_replicates, n_baskets).

    ``stop`` for futility; ``p_value`` of the basket alone, exact; ``reject_own``; ``posterior`` probability
    above p0 and ``borrowed_mean`` with borrowing (NaN without), ``reject_borrowed`` (None without).
    """

    stop: Booleans
    p_value: Floats
    reject_own: Booleans
    posterior: Floats
    borrowed_mean: Floats
    reject_borrowed: Booleans | None


def check(params: Params) -> None:
    """Refuse baskets that cannot be.

    Raises
    ------
    InputError
        With every finding at once.
    """
    names = [each.name for each in params.baskets]
    findings: list[Finding] = []
    if not names or len(set(names)) < len(names):
        findings.append(Finding("baskets", ", ".join(names) or "none", "baskets with names of their own"))
    for each in params.baskets:
        where = f"basket {each.name}"
        if not 0 < each.p0 < 1:
            findings.append(Finding(f"{where}: p0", f"{each.p0:g}", "a rate in (0, 1)"))
        if not 0 <= each.n_interim < each.n:
            found = f"{each.n_interim} of {each.n}"
            findings.append(Finding(f"{where}: n_interim", found, "fewer patients than in all, 0 for none"))
        if not 0 <= each.stop_at_most < max(each.n_interim, 1):
            found = f"{each.stop_at_most} of {each.n_interim}"
            findings.append(Finding(f"{where}: stop_at_most", found, "fewer responders than patients"))
    if not 0 < params.alpha < 1:
        findings.append(Finding("alpha", f"{params.alpha:g}", "a level in (0, 1)", "0.025"))
    if not 0 < params.cut_off < 1:
        findings.append(Finding("cut_off", f"{params.cut_off:g}", "a probability in (0, 1)", "0.975"))
    if findings:
        raise InputError(findings)


def stops(interim_responders: Integers, params: Params) -> Booleans:
    """Whether each basket stops at its interim; shape (n_replicates, n_baskets)."""
    with_interim = np.array([each.n_interim > 0 for each in params.baskets])
    most = np.array([each.stop_at_most for each in params.baskets])
    return with_interim & (np.asarray(interim_responders) <= most)


def decide(look: BasketLook, params: Params) -> BasketDecision:
    """Both analyses of every basket, with the patients that it has.

    A basket that stopped rejects nothing, but its patients inform the others where they borrow.

    Raises
    ------
    InputError
        Impossible baskets or counts.
    """
    check(params)
    n, x = np.asarray(look.n_patients), np.asarray(look.responders)
    stop = stops(look.interim_responders, params)
    p0 = [each.p0 for each in params.baskets]
    p = np.stack([exact_p_value(x[:, j], n[:, j], rate) for j, rate in enumerate(p0)], axis=1)
    own = ~stop & (p < params.alpha)
    if params.borrowing is None:
        none = np.full(p.shape, np.nan)
        return BasketDecision(stop, p, own, none, none, None)
    found = basket_posterior(x, n, p0, params.borrowing)
    return BasketDecision(stop, p, own, found.above, found.mean, ~stop & (found.above > params.cut_off))


def rejection_probability(basket: Basket, alpha: float, p: float) -> float:
    """Exact probability that a basket goes on and rejects p0 on its own, by true response probability."""
    needed = critical_responders(basket.n, basket.p0, alpha)
    if basket.n_interim == 0:
        return float(at_least(np.asarray(needed), np.asarray(basket.n), p))
    x = np.arange(basket.stop_at_most + 1, basket.n_interim + 1)
    first = binomial_probabilities(basket.n_interim, np.asarray(p))[x]
    later = at_least(needed - x, np.full(x.shape, basket.n - basket.n_interim), p)
    return float((first * later).sum())


def type_I_error(params: Params) -> Floats:  # noqa: N802 - the glossary's name
    """Exact probability that each basket alone rejects its p0 where it is true, shape (n_baskets,).

    With borrowing there is no such number without the rates of the others: see ``basket_trials``.
    """
    check(params)
    return np.array([rejection_probability(each, params.alpha, each.p0) for each in params.baskets])


def family_wise_error(params: Params) -> float:
    """Exact probability that any basket alone rejects its p0 where all are true; baskets are independent."""
    return float(1 - np.prod(1 - type_I_error(params)))

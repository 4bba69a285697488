r"""Predictive probability of success at an interim look: what the data so far say about the final result.

Conditional power takes one assumed effect as true; this averages it over what the posterior holds possible.
The prior that it rests on need not be that of the final analysis, and is often a vaguer one.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from remit.errors import problem
from remit.stats.bayes.beta_binomial import BetaMixture, posterior, predictive, probability_above
from remit.stats.bayes.difference import probability_difference_above
from remit.stats.estimate import Booleans, Floats, Integers

Rule = Callable[[Integers, Integers, Integers, Integers], Booleans]
"""Whether counts are a success: responders and patients of the experimental arm, then of the control arm."""


def needed_responders(prior: BetaMixture, n: int, p0: float, cut: float) -> int:
    """Fewest responders of ``n`` after which the rate exceeds ``p0`` with a probability of at least ``cut``.

    ``n + 1`` where not even all would do. The posterior probability increases with responders, whatever the
    prior.

    Parameters
    ----------
    prior
        Of the rate, one distribution.
    n
        Patients at the final analysis.
    p0
        Rate that is to be exceeded.
    cut
        Posterior probability that makes a success.
    """
    after = posterior(prior, np.arange(n + 1), np.full(n + 1, n))
    return int(np.count_nonzero(probability_above(after, p0) < cut))


def success_probability(
    prior: BetaMixture, responders: Integers, n: Integers, n_final: int, needed: int
) -> Floats:
    r"""Predictive probability that a single-arm trial ends with enough responders.

    After Lee and Liu (2008): with :math:`Y` the beta-binomial responders among those still to come,
    :math:`\Pr(x + Y \ge r \mid x)`.

    Parameters
    ----------
    prior
        Of the rate, one distribution.
    responders, n
        Responders and patients at the interim look; arrays of one shape, or numbers.
    n_final
        Patients at the final analysis.
    needed
        Responders that make a success; ``needed_responders`` gives it for a Bayesian rule.

    Returns
    -------
    Of the shape of ``responders``: 1 where there are enough already, 0 where there can no longer be, NaN
    where a count is missing.

    Raises
    ------
    InputError
        Impossible counts, or more patients at the interim look than at the final analysis.
    """
    x, size = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (responders, n)))
    if (size > n_final).any():
        raise problem("n at the interim look", int(np.nanmax(size)), f"at most n_final, {n_final}")
    known = ~np.isnan(x + size)
    result = np.where(known, 0.0, np.nan)
    # Looks of one size share the number of patients to come, and with it the size of the distribution.
    for seen in np.unique(size[known]):
        here = known & (size == seen)
        to_come = n_final - int(seen)
        chances = predictive(posterior(prior, x[here], size[here]), to_come)
        enough = x[here][:, None] + np.arange(to_come + 1) >= needed
        result[here] = np.minimum(np.where(enough, chances, 0.0).sum(axis=-1), 1.0)
    return result


def success_table(n_experimental: int, n_control: int, rule: Rule) -> Booleans:
    """Final results of a two-arm trial that are a success.

    Parameters
    ----------
    n_experimental, n_control
        Patients of each arm at the final analysis.
    rule
        Whether counts are a success: a function of responders and patients of the experimental arm, then of
        the control arm, as the comparisons of ``remit.stats.proportions`` take them; arrays of one shape.
        For example ``lambda *counts: fisher_exact(*counts).p_value <= 0.025``.

    Returns
    -------
    ``[x_experimental, x_control]``, of shape (n_experimental + 1, n_control + 1).

    Raises
    ------
    InputError
        An arm without patients, or a rule that does not return one answer for each table.
    """
    if min(n_experimental, n_control) < 1:
        raise problem("patients of the arms", f"{n_experimental} and {n_control}", "at least one in each")
    x1, x0 = np.meshgrid(np.arange(n_experimental + 1), np.arange(n_control + 1), indexing="ij")
    found = np.asarray(rule(x1, np.full_like(x1, n_experimental), x0, np.full_like(x0, n_control)))
    if found.shape != x1.shape or found.dtype != np.bool_:
        needed = f"true or false for each table, shape {x1.shape}"
        raise problem("rule of success", f"{found.dtype} of shape {found.shape}", needed)
    return found


def exceeds(prior_experimental: BetaMixture, prior_control: BetaMixture, margin: float, cut: float) -> Rule:
    """Bayesian rule: the difference of the rates exceeds a margin with a probability of at least ``cut``."""

    def rule(
        x_experimental: Integers, n_experimental: Integers, x_control: Integers, n_control: Integers
    ) -> Booleans:
        experimental = posterior(prior_experimental, x_experimental, n_experimental)
        control = posterior(prior_control, x_control, n_control)
        return probability_difference_above(experimental, control, margin) >= cut

    return rule


def two_arm_success_probability(
    experimental: BetaMixture, control: BetaMixture, success: Booleans, interim: tuple[int, int, int, int]
) -> float:
    r"""Predictive probability that a two-arm trial ends in a success.

    With :math:`Y_1, Y_0` the beta-binomial responders among those still to come in each arm, independent
    given the data, and :math:`S` the results that are a success:

    .. math:: \Pr\left((x_1 + Y_1, x_0 + Y_0) \in S \mid x_1, x_0\right)

    Parameters
    ----------
    experimental, control
        Priors of the rates, each one distribution: before the data of the interim look, which update them
        here.
    success
        Final results that are a success, shape (n_experimental + 1, n_control + 1); see ``success_table``.
    interim
        Responders and patients of the experimental arm, then of the control arm, at the look; all zero for
        the probability before the trial, its assurance.

    Raises
    ------
    InputError
        Impossible counts, or more patients than at the final analysis.
    """
    x1, n1, x0, n0 = interim
    more1, more0 = success.shape[0] - 1 - n1, success.shape[1] - 1 - n0
    if min(more1, more0) < 0:
        found = f"{n1} and {n0}"
        needed = f"at most {success.shape[0] - 1} and {success.shape[1] - 1}, those of the final analysis"
        raise problem("patients at the interim look", found, needed)
    first = predictive(posterior(experimental, np.asarray(x1), np.asarray(n1)), more1)
    second = predictive(posterior(control, np.asarray(x0), np.asarray(n0)), more0)
    reached = success[x1 : x1 + more1 + 1, x0 : x0 + more0 + 1]
    return float(min(first @ reached @ second, 1.0))


def success_probability_normal(
    z: Floats,
    information: Floats | float,
    information_final: float,
    bound: float,
    *,
    prior_mean: float = 0.0,
    prior_information: float = 0.0,
) -> Floats:
    r"""Predictive probability that a normal statistic is at least ``bound`` at the final analysis.

    After Spiegelhalter, Freedman and Blackburn (1986). With effect :math:`\theta \sim N(m, 1/J)` before, the
    statistic :math:`z = \hat\theta \sqrt{I}` now, :math:`I_f` at the end, and
    :math:`\mu = (J m + z \sqrt{I}) / (J + I)`:

    .. math:: \Pr(Z_f \ge c \mid z) = \Phi\left(
        \frac{z \sqrt I + \mu (I_f - I) - c \sqrt{I_f}}
        {\sqrt{(I_f - I) + (I_f - I)^2 / (J + I)}} \right)

    Parameters
    ----------
    z
        Standardised statistic at the interim look, any shape.
    information
        Then, above zero (zero is allowed with a proper prior); a number or of the shape of ``z``.
    information_final, bound
        At the final analysis: information, and critical value of the statistic.
    prior_mean, prior_information
        Of the effect, in units of it; with an information of zero the prior is flat.

    Returns
    -------
    Of the shape of ``z``; NaN without information from data or prior. At the final information it is 0 or 1.

    Raises
    ------
    InputError
        More information than at the final analysis, or less than none.
    """
    now, seen = np.broadcast_arrays(np.asarray(z, dtype=np.float64), np.asarray(information, np.float64))
    if (seen < 0).any() or (seen > information_final).any():
        found = f"between {float(seen.min()):g} and {float(seen.max()):g}"
        raise problem("information", found, f"between 0 and information_final, {information_final:g}")
    if not prior_information >= 0:
        raise problem("prior_information", prior_information, "at least 0", "0 for a flat prior")
    to_come, known = information_final - seen, prior_information + seen
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = (prior_information * prior_mean + now * np.sqrt(seen)) / known
        above = now * np.sqrt(seen) + effect * to_come - bound * np.sqrt(information_final)
        spread = np.sqrt(to_come + to_come**2 / known)
        within = ndtr(above / spread)
    ended = np.where(np.isnan(now), np.nan, (now >= bound).astype(np.float64))
    return np.where(to_come == 0, ended, np.where(known > 0, within, np.nan))

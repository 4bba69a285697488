r"""Assurance: the probability that a trial succeeds, its power averaged over what the effect may be.

.. math:: \gamma = \int \mathrm{power}(\theta)\, p(\theta)\, d\theta

after Spiegelhalter and Freedman (1986), and O'Hagan, Stevens and Campbell (2005). Where the effect is a
draw of a simulation the integral is a mean over draws. As a trial grows its assurance tends not to 1 but to
the probability that there is an effect.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import ndtr

from remit.errors import Finding, InputError, problem
from remit.stats.bayes.beta_binomial import BetaMixture, predictive
from remit.stats.estimate import Floats, Integers, MonteCarlo
from remit.stats.monte_carlo import grouped_mean_error, mean_error


def assurance(draws: Floats, power: Callable[[Floats], Floats], group: Integers | None = None) -> MonteCarlo:
    """Mean over draws of the true effect of the power of a design, with its Monte Carlo error.

    Parameters
    ----------
    draws
        True effects, or rates, one per draw, shape (n_draws,) or (n_draws, ...) where an effect is more
        than a number, such as the rates of two arms.
    power
        Probability of success by true effect: a function of ``draws`` that returns shape (n_draws,). A
        share of simulated successes will do: its own error is in the spread between draws.
    group
        What draws share, such as the draw of the parameters, shape (n_draws,): the error is then that of
        independent groups.

    Returns
    -------
    NaN where a power is: a draw is not dropped in silence.

    Raises
    ------
    InputError
        No draws, powers of another shape, powers that are no probability.
    """
    effects = np.asarray(draws, dtype=np.float64)
    n_draws = effects.shape[0] if effects.ndim else 0
    if not n_draws:
        raise problem(
            "draws of the effect", f"shape {effects.shape}", "at least one draw, along the first axis"
        )
    found = np.asarray(power(effects), dtype=np.float64)
    findings: list[Finding] = []
    if found.shape != (n_draws,):
        findings.append(Finding("power", f"shape {found.shape}", f"one number for each draw, ({n_draws},)"))
    if (found < 0).any() or (found > 1).any():
        extremes = f"between {np.nanmin(found):g} and {np.nanmax(found):g}"
        findings.append(Finding("power", extremes, "probabilities"))
    if group is not None and np.shape(group) != (n_draws,):
        findings.append(Finding("group", f"shape {np.shape(group)}", f"one for each draw, ({n_draws},)"))
    if findings:
        raise InputError(findings)
    return mean_error(found) if group is None else grouped_mean_error(found, group)


def normal_power(effect: Floats, information: float, bound: float) -> Floats:
    r"""Probability that a normal statistic is at least ``bound``, :math:`\Phi(\theta \sqrt I - c)`.

    Parameters
    ----------
    effect
        True effects, positive in favour of the experimental arm, such as minus the log hazard ratio; any
        shape.
    information
        At the analysis: the inverse of the variance of the estimate, such as a quarter of the events.
    bound
        Critical value of the statistic.
    """
    return ndtr(np.asarray(effect, dtype=np.float64) * np.sqrt(information) - bound)


def normal_assurance(prior_mean: float, prior_sd: float, information: float, bound: float) -> float:
    r"""Assurance of a test of a normal statistic when the effect is normal, in closed form.

    .. math:: \Phi\left(\frac{m \sqrt I - c}{\sqrt{1 + s^2 I}}\right)

    Parameters
    ----------
    prior_mean, prior_sd
        Of the effect; with a standard deviation of zero the assurance is the power.
    information, bound
        As in ``normal_power``.

    Raises
    ------
    InputError
        A negative standard deviation or information.
    """
    given = (("prior_sd", prior_sd), ("information", information))
    findings = [Finding(name, f"{value:g}", "at least 0") for name, value in given if not value >= 0]
    if findings:
        raise InputError(findings)
    root = np.sqrt(information)
    return float(ndtr((prior_mean * root - bound) / np.sqrt(1 + prior_sd**2 * information)))


def single_arm_assurance(prior: BetaMixture, n: int, needed: int) -> Floats:
    """Probability of at least ``needed`` responders of ``n``: a beta-binomial tail, exact.

    Of the shape of the replicates of the prior. That of a two-arm trial is ``two_arm_success_probability`` of
    ``remit.stats.bayes.predictive`` without data.
    """
    return np.minimum(predictive(prior, n)[..., max(needed, 0) :].sum(axis=-1), 1.0)


def rate_assurance(prior: BetaMixture, power: Callable[[Floats], Floats], n_nodes: int = 200) -> float:
    """Assurance by quadrature over a rate: the expectation of any power function under a Beta or a mixture.

    By the rule of Gauss and Jacobi for each component, after Golub and Welsch (1969): exact for a
    polynomial of degree ``2 n_nodes - 1``, such as the power of any rule on fewer responders than that.

    Parameters
    ----------
    prior
        Of the rate; one distribution.
    power
        Function of rates of shape (n_nodes,) that returns the same shape.
    n_nodes
        Of each component, at least 1.

    Raises
    ------
    InputError
        More than one distribution, or no nodes.
    """
    if prior.a.ndim != 1:
        raise problem("prior", f"shape {prior.a.shape}", "one distribution, shape (n_components,)")
    if n_nodes < 1:
        raise problem("n_nodes", n_nodes, "at least 1")
    total = 0.0
    for share, a, b in zip(prior.weight, prior.a, prior.b, strict=True):
        rate, weight = _gauss_jacobi(float(a), float(b), n_nodes)
        total += float(share) * float(weight @ power(rate))
    return total


def _gauss_jacobi(a: float, b: float, n_nodes: int) -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and weights, which sum to one, of the rule whose weight function is a Beta density.

    The nodes are eigenvalues of the matrix of the recurrence of Jacobi's polynomials; the weights the
    squares of the first entries of its eigenvectors.
    """
    # On (-1, 1) the weight is (1 - t)^(b - 1) (1 + t)^(a - 1). At k = 1 factors cancel that may be zero.
    s = a + b - 2
    k = np.arange(1, n_nodes, dtype=np.float64)
    diagonal = np.concatenate([[(a - b) / (a + b)], (a - b) * s / ((2 * k + s) * (2 * k + s + 2))])
    k = k[1:]
    later = 4 * k * (k + b - 1) * (k + a - 1) * (k + s) / ((2 * k + s) ** 2 * ((2 * k + s) ** 2 - 1))
    off = np.concatenate([[4 * a * b / ((a + b) ** 2 * (a + b + 1))], later])[: n_nodes - 1]
    t, vectors = eigh_tridiagonal(diagonal, np.sqrt(off))
    return np.clip((1 + t) / 2, 0.0, 1.0), vectors[0] ** 2

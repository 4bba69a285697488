"""Meta-analytic-predictive prior: what earlier studies say about the rate in the control arm of a new one.

After Neuenschwander, Capkun-Niggli, Branson and Spiegelhalter (2010) and, robust, Schmidli and others (2014):
the predictive distribution of a random-effects meta-analysis for a new study, approximated by a mixture of
Betas. A vague component keeps it from being trusted where the new data disagree: the posterior of
``remit.stats.bayes.beta_binomial`` gives weight to whichever component predicted them better.
"""

from dataclasses import dataclass

from remit.errors import Finding, InputError, problem
from remit.stats.bayes.beta_binomial import BetaMixture, beta, mixture
from remit.stats.bayes.mixture_fit import MixtureFit, fit_mixture
from remit.stats.bayes.random_effects import MetaAnalysis, Prior, random_effects
from remit.stats.bayes.rate_density import RateDensity, new_study
from remit.stats.estimate import Integers


@dataclass(frozen=True, slots=True)
class MapPrior:
    """The prior, ``exact`` and as a mixture with the error of that, ``fit``; and its meta-analysis."""

    meta_analysis: MetaAnalysis
    exact: RateDensity
    fit: MixtureFit

    @property
    def mixture(self) -> BetaMixture:
        """The prior, as a mixture of Betas."""
        return self.fit.mixture


def map_prior(
    responders: Integers,
    n: Integers,
    prior: Prior,
    *,
    divergence: float = 1e-3,
    most_components: int = 4,
) -> MapPrior:
    """Prior for the rate of a new study from earlier ones.

    Parameters
    ----------
    responders, n
        Responders and patients of each earlier study, shape (n_studies,).
    prior
        Of the mean and the heterogeneity of the logits; see ``random_effects``.
    divergence
        Of Kullback and Leibler [nat], up to which a mixture is good enough: the fewest components that reach
        it are taken.
    most_components
        Beyond which the best is taken as it is; its error is in the result.

    Raises
    ------
    InputError
        Impossible counts or priors, no components.
    """
    if most_components < 1:
        raise problem("most_components", most_components, "at least 1", "4")
    found = random_effects(responders, n, prior)
    exact = new_study(found)
    fit = fit_mixture(exact, 1)
    for n_components in range(2, most_components + 1):
        if fit.divergence <= divergence:
            break
        other = fit_mixture(exact, n_components)
        fit = other if other.divergence < fit.divergence else fit
    return MapPrior(found, exact, fit)


def robustified(prior: BetaMixture, weight: float, vague: BetaMixture | None = None) -> BetaMixture:
    """A prior with a vague component, which comes last.

    Parameters
    ----------
    prior
        Informative, one distribution.
    weight
        Of the vague component, in [0, 1]: the probability that the earlier studies do not apply.
    vague
        One distribution, Beta(1, 1) if not given: worth two patients.

    Raises
    ------
    InputError
        A weight outside [0, 1], or more than one distribution.
    """
    other = beta(1.0, 1.0) if vague is None else vague
    findings: list[Finding] = []
    if not 0 <= weight <= 1:
        findings.append(Finding("weight of the vague component", f"{weight:g}", "between 0 and 1", "0.2"))
    for name, each in (("prior", prior), ("vague", other)):
        if each.a.ndim != 1:
            findings.append(Finding(name, f"shape {each.a.shape}", "one distribution, shape (n_components,)"))
    if findings:
        raise InputError(findings)
    return mixture(
        [*((1 - weight) * prior.weight), *(weight * other.weight)], [*prior.a, *other.a], [*prior.b, *other.b]
    )

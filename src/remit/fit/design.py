"""What is fitted, and the points at which it is simulated."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, qmc

from remit.dosing import Floats
from remit.fit.forward import RESISTANCE, forward, rates_of, visits_of
from remit.fit.targets import Measure
from remit.library import Entry
from remit.study import Study

WIDEN = 1.5
"""Factor on a prior spread of the library: what is learned should not be decided by a narrow prior."""
FITTED = {
    "refractory.probability": WIDEN,
    "apoptosis.kmax_node": WIDEN,
    "apoptosis.BCLXL_node": WIDEN,
    "clones.growth_rate": WIDEN,
    "clones.resistant_growth_fold": WIDEN,
    "residual.mass_share": WIDEN,
    "clone_shares.log10_V": WIDEN,
    "clone_shares.log10_B": WIDEN,
    "apoptosis.node_penetration": 1.0,
    "apoptosis.fu": 1.0,
    "apoptosis.BIM": 1.0,
    "apoptosis.MCL1": 1.0,
}
"""What is fitted, and the factor on its prior spread. The last four are not identified by these records and
keep their priors; they are fitted because only together with the others do they agree with the records."""
HELD = ("apoptosis.MCL1_node_fold", "apoptosis.f50", "apoptosis.BCL2", "apoptosis.K_BIM_BCLXL")
"""Values of the same balance of BIM that predictions hold where the fit held them: moved on their own they
undo what the fit learned, and BIM and MCL-1 carry their uncertainty."""


@dataclass(frozen=True, slots=True)
class Design:
    """Standardised parameters, shape (n_points, n_parameters), and what was simulated at them.

    ``rates`` by form of resistance, each of shape (n_points, n_measures).
    """

    z: Floats
    rates: dict[str, Floats]


def fitted_entries(study: Study) -> Mapping[str, Entry]:
    """Library entries of the fitted quantities; the form of resistance does not touch them."""
    return study.values("venetoclax", "reference/ki_shift")


def hypercube(n_points: int, seed: int) -> Floats:
    """A Latin hypercube on the prior, cut at two standard deviations, shape (n_points, n_parameters)."""
    unit = qmc.LatinHypercube(len(FITTED), rng=np.random.default_rng(seed)).random(n_points)
    low, high = norm.cdf(-2), norm.cdf(2)
    return np.asarray(norm.ppf(low + (high - low) * unit))


def values_at(entries: Mapping[str, Entry], z: Floats) -> dict[str, float]:
    """Fitted values at standardised parameters, by the library's own value and uncertainty, widened."""
    found: dict[str, float] = {}
    for (name, widen), each in zip(FITTED.items(), z, strict=True):
        uncertainty = entries[name].uncertainty
        if uncertainty is None:
            raise ValueError(f"{name} carries no uncertainty")
        found[name] = uncertainty.quantile(entries[name].value, widen * float(each))
    return found


def joined(designs: Sequence[Design]) -> Design:
    """Several designs as one."""
    rates = {form: np.concatenate([each.rates[form] for each in designs]) for form in RESISTANCE}
    return Design(np.concatenate([each.z for each in designs]), rates)


def run_design(
    study: Study, chosen: tuple[Measure, ...], z: Floats, *, n_patients: int, seed: int, threads: int
) -> Design:
    """Simulate every point on cohorts of ``n_patients`` with common random numbers."""
    visits, entries = visits_of(study), fitted_entries(study)

    def one(point: Floats) -> dict[str, Floats]:
        results = forward(study, values_at(entries, point), n_patients, seed)
        return {form: rates_of(chosen, results, form, visits) for form in RESISTANCE}

    with ThreadPoolExecutor(threads) as pool:
        every = list(pool.map(one, z))
    return Design(z, {form: np.stack([each[form] for each in every]) for form in RESISTANCE})

r"""Whether the partial likelihood has its maximum at infinity, and in which coefficients.

It rises without end along a direction :math:`v` if every patient with an event has the largest
:math:`x^\top v` of those then at risk, and one of these has less (Bryson and Johnson 1981; Jacobsen 1989).
The directions form a cone; a linear programme says whether there is one, without a guess from the size of
what Newton's method has come to.
"""

import numpy as np
import scipy  # of which `optimize` and `sparse` are loaded when they are first asked for
from numpy.typing import NDArray

from remit.stats.estimate import Floats
from remit.stats.survival.cox_likelihood import Stratum

RISES = 1e-6
"""Rise along a direction, in units of the standardised covariates, that counts as one."""
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def infinite_directions(strata: tuple[Stratum, ...], found: Floats) -> Floats:
    """Of each coefficient, 0 if it has a finite maximum, else 1 or -1, where it goes; shape (p,).

    Parameters
    ----------
    strata
        Patients, whose covariates have a standard deviation near 1.
    found
        Coefficients where a search has ended; their sign is taken if a coefficient may go both ways.
    """
    p = found.size
    constraints, rise = _cone(strata, p)
    signs = np.zeros(p)
    if not _largest(constraints, rise, p) > RISES:
        return signs
    for k, unit in enumerate(np.eye(p)):
        up, down = _largest(constraints, unit, p) > RISES, _largest(constraints, -unit, p) > RISES
        if up or down:
            signs[k] = np.sign(found[k]) if up and down else float(up) - float(down)
    return signs


def _largest(constraints: "scipy.sparse.csr_array", objective: Floats, p: int) -> float:
    """Largest value of a linear function of the direction within the cone and the unit cube."""
    n = constraints.shape[1]
    bounds = np.full((n, 2), (-np.inf, np.inf))
    bounds[:p] = (-1.0, 1.0)
    costs = np.zeros(n)
    costs[:p] = -objective
    solved = scipy.optimize.linprog(
        costs, constraints, np.zeros(constraints.shape[0]), bounds=bounds, method="highs", options=TIGHT
    )
    return -float(solved.fun) if solved.status == 0 else np.nan


def _cone(strata: tuple[Stratum, ...], p: int) -> "tuple[scipy.sparse.csr_array, Floats]":
    r"""Constraints on (direction, largest predictor by distinct time of an event), and the rise along it.

    With :math:`M_g` at least the largest predictor of the risk set at time g: it is at least that of who
    leaves between g and the next time, and at least :math:`M_{g+1}`; the predictor of an event at g is at
    least :math:`M_g`. So the number of constraints grows with patients and not with pairs of them.
    """
    rows: list[Floats] = []
    largest: list[NDArray[np.float64]] = []
    n_moments = sum(one.begins.size for one in strata)
    rise, base = np.zeros(p), 0
    for one in strata:
        g = one.begins.size
        if g == 0:
            continue
        x, starts = one.covariates, one.first[one.begins]
        of_patient = np.searchsorted(starts, np.arange(x.shape[0]), side="right") - 1
        seen = np.flatnonzero(of_patient >= 0)
        eye = scipy.sparse.eye_array(n_moments, format="csr")
        chain = np.arange(base, base + g - 1)
        rows += [x[seen], -x[one.event], np.zeros((g - 1, p))]
        largest += [-eye[base + of_patient[seen]], eye[base + one.moment], eye[chain + 1] - eye[chain]]
        sizes = x.shape[0] - one.first
        rise += (sizes[:, None] * x[one.event] - x[::-1].cumsum(axis=0)[::-1][one.first]).sum(axis=0)
        base += g
    direction = scipy.sparse.csr_array(np.concatenate(rows))
    return scipy.sparse.hstack([direction, scipy.sparse.vstack(largest)], format="csr"), rise

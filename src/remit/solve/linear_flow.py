"""Linear kinetics without a tolerance: the matrix exponential of every patient, entry by entry accurate.

Rates of change that are linear in the amounts have a matrix whose entries off the diagonal are never
negative: what leaves one compartment enters another. Shifted by its largest loss, such a matrix has no
negative entry at all, its power series adds only positive terms, and so does the squaring that undoes the
scaling. Nothing cancels, so that small amounts are as accurate, relative to themselves, as large ones
(Xue and Ye, Numerische Mathematik 124, 2013, on essentially nonnegative matrices; the shift is the
uniformisation of Jensen 1953). The error grows with the ratio of the fastest rate to the rates that matter:
about 1e-16 times the largest rate times the length of the interval.
"""

from collections.abc import Mapping

import numpy as np

from remit.compiled_loops import compiled
from remit.courses import Status
from remit.dosing import Floats, Integers
from remit.errors import problem
from remit.solve.driver_cache import kept
from remit.solve.equations import Equations

NAME = "linear_flow"

LARGEST_NORM = 0.5
"""Largest rate times the length of one scaled step."""
TERMS = 14
"""Terms of the power series; at that norm the rest is below 1e-17 of the sum."""
LONGEST = 1e12
"""Largest rate times interval that keeps any accuracy."""


@compiled
def multiply(left, right, result, divisor):
    """``result`` becomes the product of two square matrices, over a number."""
    m = left.shape[0]
    for i in range(m):
        for j in range(m):
            total = 0.0
            for a in range(m):
                total += left[i, a] * right[a, j]
            result[i, j] = total / divisor


@compiled
def shifted(matrix, inputs, shift, h, g):
    """Fill ``g``: ``h`` times the matrix with the input as its last column, its diagonal shifted."""
    n = matrix.shape[0]
    for i in range(n):
        for j in range(n):
            g[i, j] = matrix[i, j] * h
        g[i, i] += shift * h
        g[i, n] = inputs[i] * h
        g[n, i] = 0.0
    g[n, n] = shift * h


@kept
def exponential_steps(matrices, states, inputs, lengths):
    """Take each patient's state over its interval, in place.

    ``matrices`` (n_patients, n, n): rates of change per unit of each state; ``states`` and ``inputs``
    (n_patients, n), ``lengths`` (n_patients,).
    """
    n_patients, n = states.shape
    m = n + 1
    g, series, product = np.empty((m, m)), np.empty((m, m)), np.empty((m, m))
    for k in range(n_patients):
        if lengths[k] <= 0.0:
            continue
        shift = 0.0
        for i in range(n):
            shift = max(shift, -matrices[k, i, i])
        h, doublings = lengths[k], 0
        while shift * h > LARGEST_NORM:
            h *= 0.5
            doublings += 1
        shifted(matrices[k], inputs[k], shift, h, g)
        series[:] = np.eye(m)
        growth = 1.0
        for term in range(TERMS, 0, -1):
            growth = 1.0 + growth * (shift * h) / term
            multiply(g, series, product, term)
            for i in range(m):
                product[i, i] += 1.0
            series, product = product, series
        series /= growth
        for _ in range(doublings):
            multiply(series, series, product, 1.0)
            series, product = product, series
        for i in range(n):
            total = series[i, n]
            for j in range(n):
                total += series[i, j] * states[k, j]
            product[0, i] = total
        for i in range(n):
            states[k, i] = product[0, i]


class LinearFlow:
    """Advances patients whose equations are linear, each over its own interval under a constant input.

    Parameters
    ----------
    equations
        A model whose rates are linear in the states, without a constant term.

    Raises
    ------
    InputError
        When advancing, if a state falls as another rises.
    """

    def __init__(self, equations: Equations) -> None:
        self.equations = equations

    def advance(
        self, parameters: Floats, state: Floats, inputs: Floats, length: Floats
    ) -> tuple[Floats, Integers]:
        """States at the end of each patient's interval, and how its solve stands.

        Parameters
        ----------
        parameters
            Shape (n_patients, n_parameters), in the order of the equations.
        state, inputs
            State at the beginning [amount] and constant input [amount per time], shape (n_patients,
            n_states).
        length
            Length of the interval [time], shape (n_patients,).

        Returns
        -------
        States, shape (n_patients, n_states), NaN where the solve has failed; and statuses
        (``remit.courses.Status``), shape (n_patients,).
        """
        with np.errstate(all="ignore"):
            matrices = self.matrices(parameters)
            fastest = -np.min(np.diagonal(matrices, axis1=1, axis2=2), axis=1, initial=0.0)
            solvable = np.isfinite(matrices).all(axis=(1, 2)) & (fastest * length < LONGEST)
        found = np.array(state, dtype=float, order="C")
        safe = np.where(solvable, length, 0.0)
        exponential_steps(matrices, found, np.ascontiguousarray(inputs, dtype=float), safe)
        solvable &= np.isfinite(found).all(axis=1)
        found[~solvable] = np.nan
        return found, np.where(solvable, int(Status.OK), int(Status.NOT_FINITE))

    def matrices(self, parameters: Floats) -> Floats:
        """Rates of change per unit of each state, shape (n_patients, n_states, n_states), target first."""
        n, names = len(self.equations.states), self.equations.parameters
        values: Mapping[str, Floats] = dict(zip(names, parameters.T, strict=True))
        found = np.empty((len(parameters), n, n))
        for j, unit in enumerate(np.eye(n)):
            for i, rate in enumerate(self.equations.rates(tuple(unit), values)):
                found[:, i, j] = rate
        off = found - np.where(np.eye(n, dtype=bool), found, 0.0)
        if np.any(off < 0):
            raise problem(
                f"model {self.equations.name}",
                "a state that falls as another rises",
                "flows from one compartment into another",
                "remit.solve.KernelFlow, which takes any equations",
            )
        return found

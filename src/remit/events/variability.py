"""Variability of simulated subjects and of their measurements: omega matrix and residual error.

A parameter of a subject is its value times ``exp(eta)``, with etas normal about zero and covariances as the
matrix says. A measurement is the concentration with an error that is additive, proportional, both, or
exponential. Draws depend on the seed, the parameter, the subject's place in the data set and the replicate,
and on nothing else (``remit.random``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from remit.dosing import Floats
from remit.errors import Finding, problem
from remit.events.data_set import DataSet, refuse
from remit.events.records import OBSERVATION, Records
from remit.events.values import named
from remit.functions import exp
from remit.pk import Structure
from remit.random import normals

ERRORS = ("additive", "proportional", "exponential")
"""Kinds of residual error, each by its standard deviation."""
ROUND_OFF = 1e-9
"""Difference between two entries of a symmetric matrix that writing may have caused, relative."""


@dataclass(frozen=True, slots=True)
class Omega:
    """Covariances of etas: names of the parameters, and the matrix, shape (n, n)."""

    names: tuple[str, ...]
    matrix: Floats


NONE = Omega((), np.empty((0, 0)))


@dataclass(frozen=True, slots=True)
class ResidualError:
    """Standard deviations by kind; empty if nothing is measured."""

    sd: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        """Refuse kinds that there are not, and pairs that do not go together."""
        findings: list[Finding] = []
        for kind, value in self.sd.items():
            if kind not in ERRORS:
                findings.append(Finding(f"--error {kind}", f"'{kind}'", f"one of {', '.join(ERRORS)}"))
            elif not (np.isfinite(value) and value >= 0):
                needed = "a standard deviation of 0 or more"
                findings.append(
                    Finding(f"--error {kind}", f"{value:g}", needed, "the root of NONMEM's sigma")
                )
        if "exponential" in self.sd and len(self.sd) > 1:
            needed = "exponential alone, or additive and proportional"
            findings.append(Finding("--error", " and ".join(self.sd), needed))
        refuse(findings)


def read_omega(table: DataSet, structure: Structure) -> Omega:
    """A square table of variances and covariances under a header of parameter names.

    Raises
    ------
    InputError
        If it is not square, not symmetric or no covariance matrix, or names something else than parameters.
    """
    names = [each.strip() for each in table.frame.columns]
    ours = list(named(names, structure, table.name))
    n = len(names)
    if table.frame.height != n:
        found = f"{table.frame.height} rows under {n} names"
        raise problem(table.name, found, "as many rows as names", "the full matrix, its upper half too")
    columns: list[Floats] = []
    findings: list[Finding] = []
    for name in names:
        numbers, wrong = table.numbers(name)
        columns.append(numbers)
        findings += wrong
    refuse(findings)
    matrix = np.column_stack(columns)
    scale = np.sqrt(np.abs(np.outer(np.diag(matrix), np.diag(matrix))))
    for i, j in zip(*np.nonzero(np.abs(matrix - matrix.T) > ROUND_OFF * scale), strict=True):
        if i < j:
            found = f"{matrix[i, j]:g} and {matrix[j, i]:g} for {names[i]} and {names[j]}"
            findings.append(Finding(table.where(int(i), names[int(j)]), found, "one covariance for both"))
    refuse(findings)
    spread = np.diag(matrix) > 0
    part = matrix[np.ix_(spread, spread)]
    if (np.diag(matrix) < 0).any() or matrix[~spread].any() or not is_covariance(part):
        found = "a matrix that no variances and correlations give"
        raise problem(table.name, found, "a positive definite matrix", "check that no correlation is above 1")
    return Omega(tuple(ours), matrix)


def is_covariance(matrix: Floats) -> bool:
    """Whether a matrix is positive definite."""
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def etas(omega: Omega, seed: int, n_subjects: int, replicate: int) -> dict[str, Floats]:
    """Etas of every subject by parameter, each of shape (n_subjects,)."""
    spread = np.flatnonzero(np.diag(omega.matrix) > 0)
    factor = np.zeros_like(omega.matrix)
    factor[np.ix_(spread, spread)] = np.linalg.cholesky(omega.matrix[np.ix_(spread, spread)])
    who = np.arange(n_subjects)
    normal = [normals(seed, f"eta {name}", who, 1, replicate)[:, 0] for name in omega.names]
    found: dict[str, Floats] = {}
    for i, name in enumerate(omega.names):
        total = np.zeros(n_subjects)
        for j in range(i + 1):
            total = total + factor[i, j] * normal[j]
        found[name] = total
    return found


def measured(
    records: Records, concentration: Floats, error: ResidualError, seed: int, replicate: int
) -> Floats:
    """The concentration at observations with its residual error, shape (n_rows,); NaN at other records."""
    number = np.arange(len(concentration)) - records.starts[records.subject]

    def draw(kind: str) -> Floats:
        name = f"residual {kind} {replicate}"
        return error.sd.get(kind, 0.0) * normals(seed, name, records.subject, 1, number)[:, 0]

    if "exponential" in error.sd:
        found = concentration * exp(draw("exponential"))
    else:
        found = concentration * (1.0 + draw("proportional")) + draw("additive")
    return np.where(records.evid == OBSERVATION, found, np.nan)

r"""Logistic regression of one data set by Newton's method, with or without the penalty of Firth.

:math:`\operatorname{logit} P(Y=1 \mid x) = x^\top\beta`. Firth (1993) adds half the logarithm of the
determinant of the information to the log-likelihood, which removes the first-order bias and keeps every
coefficient finite where the data are separated (Heinze and Schemper 2002).
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats
from remit.stats.exposure_response.separation import is_separated

N_ITERATIONS, N_HALVED = 100, 30
CLOSE = 1e-9
"""Length of a Newton step, in standard errors, after which the maximum is reached."""
ALIKE = 1e-10
"""Smallest eigenvalue of the correlations of the columns, below which they do not differ."""
SETTLED = 1e-6
"""Largest change of a log-odds in the last step; where data are separated, each moves some by about 1."""


class Status(Enum):
    """How a fit ended; the value says it in words."""

    CONVERGED = "converged"
    ONE_OUTCOME = "every patient has the same outcome"
    NOT_IDENTIFIED = "the covariates do not differ enough to tell the coefficients apart"
    SEPARATED = "the covariates separate responders from the others: no finite estimate"
    ITERATION_LIMIT = "the search for the maximum did not end"
    NO_CURVATURE = "EC50 is not identified: the data show no curvature"
    NOT_DEFINED = "the logarithm of an exposure of zero is not defined"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticFit:
    """A fit; arrays are NaN where ``status`` says that the data do not give them.

    Parameters
    ----------
    coefficients, covariance
        In the order of the columns of the design, shapes (p,) and (p, p); the covariance is the inverse of
        the information without penalty.
    log_likelihood
        At the estimate, without penalty.
    penalised
        The same with half the logarithm of the determinant of the information.
    is_penalised
        Whether the estimate maximises ``penalised``.
    n, events
        Sum of the weights, and of those with the outcome.
    status
        How the fit ended.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    penalised: float
    is_penalised: bool
    n: float
    events: float
    status: Status

    @property
    def se(self) -> Floats:
        """Standard errors, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def maximum(self) -> float:
        """The likelihood that was maximised, on the logarithmic scale."""
        return self.penalised if self.is_penalised else self.log_likelihood


@dataclass(frozen=True, slots=True)
class Data:
    """What is fitted: design (n_patients, p), outcome and weight (n_patients,)."""

    design: Floats
    response: Booleans
    weight: Floats


@dataclass(frozen=True, slots=True)
class Point:
    """Likelihood, score and information at given coefficients; of the penalised likelihood where asked."""

    log_likelihood: float
    penalised: float
    score: Floats
    information: Floats


def checked(design: ArrayLike, response: ArrayLike, weight: ArrayLike | None = None) -> Data:
    """Arrays as they are fitted.

    Raises
    ------
    InputError
        If shapes differ, a number is not finite, an outcome is not 0 or 1, or a weight is not above 0.
    """
    x, y = np.asarray(design, dtype=float), np.asarray(response, dtype=float)
    w = np.ones(y.shape) if weight is None else np.asarray(weight, dtype=float)
    found: list[Finding] = []
    if x.ndim != 2 or y.ndim != 1 or x.shape[0] != y.size or x.shape[1] == 0:
        shapes = f"shapes {x.shape} and {y.shape}"
        found.append(Finding("design, response", shapes, "(n, p) and (n,), one row per patient", ""))
    if not np.isfinite(x).all():
        found.append(Finding("design", "a value that is not finite", "finite numbers", "leave it out"))
    if not np.isin(y, (0.0, 1.0)).all():
        found.append(Finding("response", "another value", "0 or 1, or false or true", "leave missing out"))
    if w.shape != y.shape or not (np.isfinite(w) & (w > 0)).all():
        found.append(Finding("weight", f"shape {w.shape}", f"shape {y.shape}, finite and above 0", ""))
    if found:
        raise InputError(found)
    return Data(x, y == 1, w)


def logistic(
    design: ArrayLike, response: ArrayLike, weight: ArrayLike | None = None, *, firth: bool = False
) -> LogisticFit:
    """Fit a logistic model.

    Parameters
    ----------
    design
        Covariates with a column of ones for the intercept, shape (n_patients, p).
    response
        True for the outcome, shape (n_patients,).
    weight
        Frequency weights, above 0; their sum counts as the number of patients.
    firth
        Maximise the likelihood with the penalty of Firth (1993).

    Returns
    -------
    A fit; its ``status`` says if the data have no maximum. That is never an exception.

    Raises
    ------
    InputError
        As of :func:`checked`.
    """
    data = checked(design, response, weight)
    scaled, back = standardised(data)
    status = _refusal(scaled)
    p, n, events = back.shape[0], float(data.weight.sum()), float(data.weight[data.response].sum())
    beta, point = np.full(p, np.nan), None
    if status is None:
        beta, point, status = climb(scaled, np.zeros(p), np.ones(p, dtype=bool), firth=firth)
        if not firth and status is not Status.CONVERGED:
            status = Status.SEPARATED if is_separated(scaled.design, scaled.response) else status
    if point is None or status is not Status.CONVERGED:
        return LogisticFit(
            coefficients=np.full(p, np.nan), covariance=np.full((p, p), np.nan), log_likelihood=np.nan,
            penalised=np.nan, is_penalised=firth, n=n, events=events, status=status,
        )  # fmt: skip
    covariance = back @ np.linalg.inv(point.information) @ back.T
    # The determinant of the information of the design, not of the standardised one.
    rescaled = point.penalised - float(np.log(np.diag(back)).sum())
    return LogisticFit(
        coefficients=back @ beta, covariance=covariance, log_likelihood=point.log_likelihood,
        penalised=rescaled, is_penalised=firth, n=n, events=events, status=status,
    )  # fmt: skip


def standardised(data: Data) -> tuple[Data, Floats]:
    """Columns of one size, centred where the first is an intercept, and the way back to the coefficients.

    Without it a column that hardly varies, such as an Emax term far above its EC50, looks like the intercept.
    """
    x = data.design
    has_intercept = bool(x.size) and bool((x[:, 0] == 1).all())
    centre = x.mean(axis=0) if has_intercept else np.zeros(x.shape[1])
    centre[0] = 0.0
    size = np.sqrt(((x - centre) ** 2).mean(axis=0)) if x.size else np.ones(x.shape[1])
    size = np.where(size > ALIKE * np.abs(centre), size, 1.0)
    back = np.diag(1 / size)
    back[0] -= np.where(np.arange(size.size) > 0, centre / size, 0.0)
    return Data((x - centre) / size, data.response, data.weight), back


def _refusal(data: Data) -> Status | None:
    """Why nothing is fitted; None where something can be."""
    if data.response.all() or not data.response.any():
        return Status.ONE_OUTCOME
    squares = np.linalg.eigvalsh((data.design.T * data.weight) @ data.design / data.weight.sum())
    return Status.NOT_IDENTIFIED if squares[0] < ALIKE * squares[-1] else None


def evaluate(data: Data, beta: Floats, *, firth: bool) -> Point:
    """Likelihood and its derivatives at given coefficients."""
    eta = data.design @ beta
    p = expit(eta)
    log_likelihood = -float((data.weight * np.logaddexp(0.0, np.where(data.response, -eta, eta))).sum())
    spread = data.weight * p * (1 - p)
    information = (data.design.T * spread) @ data.design
    residual = data.weight * (data.response - p)
    sign, log_determinant = np.linalg.slogdet(information)
    penalised = log_likelihood + log_determinant / 2 if sign > 0 else -np.inf
    if firth and sign > 0:
        leverage = spread * (data.design * np.linalg.solve(information, data.design.T).T).sum(axis=1)
        residual = residual + leverage * (0.5 - p)
    return Point(log_likelihood, float(penalised), data.design.T @ residual, information)


def climb(data: Data, start: Floats, free: Booleans, *, firth: bool) -> tuple[Floats, Point, Status]:
    """Newton's method with halved steps over the ``free`` coefficients, the others held where they start."""

    def height(point: Point) -> float:
        return point.penalised if firth else point.log_likelihood

    beta, point = start.copy(), evaluate(data, start, firth=firth)
    for _ in range(N_ITERATIONS):
        part = point.information[np.ix_(free, free)]
        try:
            step = np.linalg.solve(part, point.score[free])
        except np.linalg.LinAlgError:
            return beta, point, Status.ITERATION_LIMIT
        length = float(np.sqrt(max(step @ part @ step, 0.0)))
        least = height(point) - 1e-12 * (1 + abs(height(point)))
        for _ in range(N_HALVED):
            moved = beta.copy()
            moved[free] += step
            reached = evaluate(data, moved, firth=firth)
            if height(reached) >= least:
                break
            step = step / 2
        else:
            return beta, point, Status.ITERATION_LIMIT
        beta, point = moved, reached
        if length < CLOSE and np.abs(data.design[:, free] @ step).max() < SETTLED:
            return beta, point, Status.CONVERGED
    return beta, point, Status.ITERATION_LIMIT

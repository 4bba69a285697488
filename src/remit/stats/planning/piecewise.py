r"""Hazards that are constant between given times, and what follows from them in closed form.

With dropout at a hazard :math:`\eta` beside events at :math:`\lambda`, independent of each other, a patient
followed for :math:`x` has an observed event with probability

.. math:: F(x) = \int_0^x \lambda(s)\,e^{-\Lambda(s) - H(s)}\,ds

and the integral of :math:`F` between two follow-ups is what uniform enrolment asks for. Both are sums over
pieces of exponentials, of which every term is positive, so that no digits are lost.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Floats
from remit.stats.planning.requirement import check


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard that is constant between times.

    Parameters
    ----------
    starts
        Time since randomisation at which each piece begins, from 0, increasing, shape (n_pieces,).
    rates
        Hazard in each piece, per unit of time, not negative; the last piece has no end. Shape (n_pieces,).
    """

    starts: tuple[float, ...]
    rates: tuple[float, ...]


NONE = Hazard((0.0,), (0.0,))
"""No hazard: nobody drops out."""


def hazard(rates: tuple[float, ...] | float, starts: tuple[float, ...] = (0.0,)) -> Hazard:
    """A constant hazard, or one with pieces; see ``Hazard``.

    Raises
    ------
    InputError
        Starts that do not increase from 0, negative rates, numbers that do not fit.
    """
    given = (rates,) if isinstance(rates, (int, float)) else rates
    made = Hazard(tuple(map(float, starts)), tuple(map(float, given)))
    check(hazard_findings("hazard", made))
    return made


def hazard_of_median(median: float) -> Hazard:
    """Constant hazard of exponential times with a median."""
    return hazard(float(np.log(2) / median))


def hazard_of_share(share: float, by: float) -> Hazard:
    """Constant hazard with which a share, in [0, 1), has had the event by a time, such as 5% dropout by one
    year.
    """
    return hazard(float(-np.log1p(-share) / by))


def hazard_through(times: tuple[float, ...], survival: tuple[float, ...]) -> Hazard:
    """Hazard of a survival curve through given points, constant between them; the last piece goes on.

    Parameters
    ----------
    times
        Increasing, above zero.
    survival
        Probability of being free of the event at each, not increasing, in (0, 1].

    Raises
    ------
    InputError
        Numbers that are no survival curve.
    """
    at, alive = np.append(0.0, times), np.append(1.0, survival)
    if at.size != alive.size or not (
        (alive > 0).all() and (np.diff(alive) <= 0).all() and (np.diff(at) > 0).all()
    ):
        shown = f"{times} and {survival}"
        check(
            [
                Finding(
                    "times, survival",
                    shown,
                    "increasing times, and a survival for each that does not increase",
                )
            ]
        )
    return hazard(tuple(-np.diff(np.log(alive)) / np.diff(at)), tuple(at[:-1]))


def times_hazard_ratio(control: Hazard, hazard_ratio: float) -> Hazard:
    """Hazard of the experimental arm under proportional hazards."""
    return hazard(tuple(hazard_ratio * each for each in control.rates), control.starts)


def delayed_effect(control: Hazard, delay: float, hazard_ratio: float) -> Hazard:
    """Hazard of the experimental arm with no effect before ``delay`` and proportional hazards after it."""
    starts = np.unique(np.append(control.starts, delay))
    rates = rate_at(control, starts)
    return hazard(tuple(np.where(starts >= delay, hazard_ratio * rates, rates)), tuple(starts))


def rate_at(of: Hazard, time: Floats) -> Floats:
    """Hazard at times not below 0, of their shape; at a change that of the piece that begins."""
    piece = np.searchsorted(of.starts, time, side="right") - 1
    return np.asarray(of.rates)[piece]


def cumulative_hazard(of: Hazard, time: Floats | float) -> Floats:
    """Cumulative hazard at times, of their shape; zero before 0."""
    at = np.maximum(np.asarray(time, dtype=np.float64), 0.0)
    starts, rates = np.asarray(of.starts), np.asarray(of.rates)
    at_starts = np.append(0.0, np.cumsum(np.diff(starts) * rates[:-1]))
    piece = np.searchsorted(starts, at, side="right") - 1
    return at_starts[piece] + rates[piece] * (at - starts[piece])


def survival(of: Hazard, time: Floats | float) -> Floats:
    """Probability of no event by times, of their shape."""
    return np.exp(-cumulative_hazard(of, time))


def quantile(of: Hazard, probability: Floats | float) -> Floats:
    """Time by which the event has happened with a probability, of its shape; infinite where that is not
    reached.
    """
    wanted = -np.log1p(-np.asarray(probability, dtype=np.float64))
    starts, rates = np.asarray(of.starts), np.asarray(of.rates)
    at_starts = np.append(0.0, np.cumsum(np.diff(starts) * rates[:-1]))
    piece = np.maximum(np.searchsorted(at_starts, wanted, side="left") - 1, 0)
    more = wanted - at_starts[piece]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(more <= 0, starts[piece], starts[piece] + more / rates[piece])


@dataclass(frozen=True, slots=True)
class Observed:
    """Observed events of patients who also drop out: values at the start of each piece of either hazard.

    ``remaining`` is the share still followed and ``probability`` is F of the module, at ``starts``; all
    arrays have shape (n_pieces,).
    """

    starts: Floats
    event_rates: Floats
    leaving_rates: Floats
    remaining: Floats
    probability: Floats


def observed(events: Hazard, dropout: Hazard = NONE) -> Observed:
    """Prepare the closed forms for a hazard of events and one of dropout."""
    starts = np.union1d(events.starts, dropout.starts)
    rates = rate_at(events, starts)
    leaving = rates + rate_at(dropout, starts)
    widths = np.diff(starts)
    remaining = np.exp(-np.append(0.0, np.cumsum(widths * leaving[:-1])))
    gain = rates[:-1] * remaining[:-1] * widths * _one(leaving[:-1] * widths)
    return Observed(starts, rates, leaving, remaining, np.append(0.0, np.cumsum(gain)))


def event_probability(of: Observed, time: Floats | float) -> Floats:
    """Probability of an observed event within a follow-up, F of the module, of the shape of ``time``; zero
    before 0.
    """
    piece, since = _place(of, time)
    gain = of.event_rates[piece] * of.remaining[piece] * since * _one(of.leaving_rates[piece] * since)
    return of.probability[piece] + gain


def event_area(of: Observed, low: Floats, high: Floats) -> Floats:
    """Integral of ``event_probability`` between two times of one shape, of that shape; times before 0 count
    as 0.
    """
    ends = np.append(of.starts[1:], np.inf)
    # The part of each interval in each piece, along a last axis.
    first, last = (np.clip(np.asarray(each)[..., None], of.starts, ends) for each in (low, high))
    width, since = last - first, first - of.starts
    remaining = of.remaining * np.exp(-of.leaving_rates * since)
    already = of.probability + of.event_rates * of.remaining * since * _one(of.leaving_rates * since)
    curved = of.event_rates * remaining * width**2 * _two(of.leaving_rates * width)
    return (already * width + curved).sum(axis=-1)


def followed(of: Observed, time: Floats | float) -> Floats:
    """Probability of neither event nor dropout by times, of their shape."""
    piece, since = _place(of, time)
    return of.remaining[piece] * np.exp(-of.leaving_rates[piece] * since)


def _place(of: Observed, time: Floats | float) -> tuple[np.ndarray, Floats]:
    """Piece of each time, and time since its start."""
    at = np.maximum(np.asarray(time, dtype=np.float64), 0.0)
    piece = np.searchsorted(of.starts, at, side="right") - 1
    return piece, at - of.starts[piece]


def _one(x: Floats) -> Floats:
    """(1 - exp(-x)) / x, 1 at zero."""
    safe = np.where(x > 0, x, 1.0)
    return np.where(x > 0, -np.expm1(-safe) / safe, 1.0)


SERIES = 0.5
"""Argument below which the difference in ``_two`` would lose digits, and its series is summed."""


def _two(x: Floats) -> Floats:
    """(x - 1 + exp(-x)) / x^2, 1/2 at zero."""
    small = np.minimum(x, SERIES)
    series = np.zeros_like(small)
    # Of x^k (-1)^k / (k + 2)!, 16 terms are exact to double precision up to one half.
    for k in range(16, -1, -1):
        series = (1 - small * series) / (k + 2)
    safe = np.maximum(x, SERIES)
    return np.where(x < SERIES, series, (safe + np.expm1(-safe)) / safe**2)


def hazard_findings(where: str, of: Hazard) -> list[Finding]:
    """What is wrong with a hazard."""
    starts, rates = np.asarray(of.starts), np.asarray(of.rates)
    found: list[Finding] = []
    if not (starts.size and starts[0] == 0 and np.isfinite(starts).all() and (np.diff(starts) > 0).all()):
        shown = ", ".join(f"{each:g}" for each in starts) or "none"
        found.append(Finding(f"{where} starts", shown, "times that increase from 0"))
    if rates.size != starts.size:
        found.append(Finding(f"{where} rates", str(rates.size), f"{starts.size}, one for each start"))
    if not (np.isfinite(rates).all() and (rates >= 0).all()):
        shown = ", ".join(f"{each:g}" for each in rates)
        found.append(Finding(f"{where} rates", shown, "hazards of at least 0, per unit of time"))
    return found

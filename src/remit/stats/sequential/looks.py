"""Looks of a trial and where it stopped: what inference after a group-sequential trial starts from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError, problem
from remit.stats.estimate import Floats
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.plan import NEAREST


@dataclass(frozen=True, slots=True)
class Looks:
    """Information and bounds of the standardised statistic at each look, arrays of shape (n_looks,).

    Made by :func:`looks`, which checks them, or :func:`of_design`.

    Parameters
    ----------
    information
        At each look, increasing, above zero. Its unit is that of the effect: with events times r (1 - r) the
        drift is a log hazard ratio, with fractions of the last look it is the expected last statistic.
    upper
        Efficacy bounds: benefit is shown at or above; infinite where efficacy is not tested.
    lower
        The trial stops at or below; minus infinity where there is none.
    counted
        The lower bounds that inference counts on, as the efficacy bounds did when they were computed: those
        of binding futility, or of the other side of a two-sided design; minus infinity elsewhere.
    """

    information: Floats
    upper: Floats
    lower: Floats
    counted: Floats

    @property
    def n_looks(self) -> int:
        """Number of looks."""
        return self.information.size


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a trial stopped and was analysed.

    Parameters
    ----------
    look
        Number of the look, 1 for the first.
    z
        Statistic of the analysis, positive in favour of the experimental arm.
    information
        Of the analysis, where it is not that of the look: data that came in after the decision
        (over-running), or a last analysis with more or fewer events than planned. None for the look's.
    """

    look: int
    z: float
    information: float | None = None


def looks(
    information: Sequence[float] | Floats,
    upper: Sequence[float] | Floats,
    lower: Sequence[float] | Floats | None = None,
    *,
    binding: bool = False,
) -> Looks:
    """Looks of a trial, checked; without lower bounds it stops for efficacy only.

    Parameters
    ----------
    information, upper, lower
        As in :class:`Looks`.
    binding
        Whether inference counts on ``lower`` being obeyed: False for non-binding futility, True for binding
        futility and for the lower bounds of a two-sided design, which are minus the upper ones.

    Raises
    ------
    InputError
        With every finding: information that is not finite, positive and increasing, bounds that are NaN, of
        another number, or a lower one above the upper one.
    """
    at = np.atleast_1d(np.asarray(information, dtype=np.float64))
    high = np.atleast_1d(np.asarray(upper, dtype=np.float64))
    low = np.full(at.shape, -np.inf) if lower is None else np.atleast_1d(np.asarray(lower, dtype=np.float64))
    found = list(_findings(at, high, low))
    if found:
        raise InputError(found)
    return Looks(at, high, low, low if binding else np.full(at.shape, -np.inf))


def of_design(design: GroupSequentialDesign, maximum: float = 1.0) -> Looks:
    """Looks of a design.

    Inference counts on binding futility bounds and on the other side of a two-sided design; on non-binding
    futility and on a bound of harm it does not, as the efficacy bounds of the design did not.

    Parameters
    ----------
    design
        As planned, or with the information that looks had.
    maximum
        Information at its last look: 1 for information in fractions of that, so that a drift is the expected
        statistic at the last look; events times r (1 - r) for a log hazard ratio.

    Raises
    ------
    InputError
        If the information is not above zero and finite.
    """
    if not 0 < maximum < np.inf:
        raise problem("maximum", f"{maximum:g}", "the information at the last look, above zero", "1.0")
    counted = np.full(design.n_looks, -np.inf)
    if design.sides == 2:
        counted = -design.upper
    elif design.binding:
        counted = design.lower
    return Looks(design.fractions * maximum, design.upper, design.stops_below, counted)


def _apart(information: Floats) -> bool:
    """Whether looks can be told apart numerically."""
    return bool((np.diff(information) > 0.99 * NEAREST * information[-1]).all())


def _findings(at: Floats, upper: Floats, lower: Floats) -> Iterator[Finding]:
    if at.ndim != 1 or at.size == 0 or not np.isfinite(at).all() or at[0] <= 0 or not _apart(at):
        yield Finding(
            "information", str(at.tolist()), "one finite number for each look, above zero and increasing"
        )
    for name, bounds in (("upper", upper), ("lower", lower)):
        if bounds.shape != at.shape:
            yield Finding(name, f"{bounds.size} bounds", f"one for each of {at.size} looks")
        elif np.isnan(bounds).any():
            yield Finding(
                name,
                str(bounds.tolist()),
                "no NaN",
                "an infinite bound where there is none: inf above, -inf below",
            )
    if upper.shape == lower.shape and (lower > upper).any():
        yield Finding(
            "lower", str(lower.tolist()), f"bounds not above the upper ones, {upper.tolist()}", "swap them"
        )


def after(whole: Looks, look: int) -> Looks:
    """The looks that remain after one, 1 for the first; its number is below that of the last."""
    return Looks(whole.information[look:], whole.upper[look:], whole.lower[look:], whole.counted[look:])


def check_stop(whole: Looks, stop: Stop) -> float:
    """Information of the analysis of a trial that stopped.

    Raises
    ------
    InputError
        With every finding: a look that does not exist, a statistic that is not a number, information that is
        not above that of the look before.
    """
    found: list[Finding] = []
    exists = 1 <= stop.look <= whole.n_looks
    if not exists:
        found.append(Finding("look", str(stop.look), f"a look from 1, the first, to {whole.n_looks}"))
    if np.isnan(stop.z):
        found.append(Finding("z", "NaN", "the statistic of the analysis"))
    before = whole.information[stop.look - 2] if exists and stop.look > 1 else 0.0
    if stop.information is not None and not before * (1 + NEAREST) < stop.information < np.inf:
        found.append(
            Finding(
                "information",
                f"{stop.information:g}",
                f"more than at the look before, {before:g}, and finite",
            )
        )
    if found:
        raise InputError(found)
    return float(whole.information[stop.look - 1]) if stop.information is None else stop.information

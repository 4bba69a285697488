"""When a hypothesis of a trial is tested, how its level is spent, and what a look is then compared with."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding
from remit.stats.estimate import Floats
from remit.stats.sequential.boundaries import Boundary, setting, spending_bounds, spent_by
from remit.stats.sequential.plan import NEAREST, boundary_findings
from remit.stats.sequential.spending import SPENDING


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a hypothesis is tested, and how its level is spent.

    Parameters
    ----------
    spending
        A spending function, by its name in ``spending.SPENDING``.
    maximum
        Information planned for its last look, such as events; patients for a response such as uMRD.
    information
        At each look of the trial so far, in the unit of ``maximum``, shape (n_looks,); NaN where it is not
        analysed. It increases, or is that of the analysis before where that is repeated.
    final
        Number of the look, 1 for the first, at which all that is left is spent whatever the information;
        None: the first that reaches the maximum.
    """

    spending: Boundary
    maximum: float
    information: tuple[float, ...]
    final: int | None = None


def nominal_level(schedule: Schedule, look: int, level: float) -> float:
    """Level with which the p-value of a look is compared; NaN where the hypothesis is not analysed.

    Parameters
    ----------
    schedule
        Of the hypothesis.
    look
        Number of the look, 1 for the first.
    level
        One-sided level of the whole group-sequential test of the hypothesis, weight times alpha; 0 gives 0.
    """
    information = np.asarray(schedule.information[:look], dtype=np.float64)
    if np.isnan(information[-1]):
        return np.nan
    if level <= 0:
        return 0.0
    # A repeated analysis is no look of its own.
    looks = np.unique(information[~np.isnan(information)])
    spent = spent_by(schedule.spending, spent_at(schedule, looks), level)
    parts = np.diff(spent, prepend=0.0)
    if parts[-1] <= 0:
        return 0.0
    return float(ndtr(-spending_bounds(parts, setting(looks, level))[-1]))


def spent_at(schedule: Schedule, information: Floats) -> Floats:
    """Fraction of the planned information by which each look spends, 1 from the final one on."""
    fraction = np.minimum(information / schedule.maximum, 1.0)
    if schedule.final is not None and schedule.final <= len(schedule.information):
        fraction[information >= schedule.information[schedule.final - 1]] = 1.0
    return fraction


def schedule_findings(name: str, schedule: Schedule, n_looks: int) -> Iterator[Finding]:
    """What is wrong with the schedule of a hypothesis."""
    family = schedule.spending.family
    if family not in SPENDING:
        yield Finding(f"spending of {name}", family, f"a spending function: {', '.join(SPENDING)}")
    else:
        yield from boundary_findings(f"spending of {name}", schedule.spending, 1.0, n_looks)
    if not 0 < schedule.maximum < np.inf:
        yield Finding(
            f"maximum of {name}", f"{schedule.maximum:g}", "planned information, above 0 and finite"
        )
    all_looks = np.asarray(schedule.information, dtype=np.float64)
    if all_looks.shape != (n_looks,):
        yield Finding(
            f"information of {name}",
            f"{all_looks.size} looks",
            f"{n_looks}, one for each look of the p-values",
            "NaN for a look at which it is not analysed",
        )
        return
    looks = all_looks[~np.isnan(all_looks)]
    more = np.diff(looks, prepend=0.0)
    if looks.size and not (np.isfinite(looks).all() and looks[0] > 0 and _rises(more, looks[-1])):
        yield Finding(
            f"information of {name}", str(schedule.information), "numbers above 0 that increase or stay"
        )
    if schedule.final is not None and not _is_last(all_looks, schedule.final):
        yield Finding(
            f"final of {name}",
            f"look {schedule.final}",
            "a look with more information than any before, and no less than any after",
        )


def _rises(more: Floats, last: float) -> bool:
    """Whether information stays or rises by what can be told apart."""
    return bool(((more == 0) | (more > NEAREST * last)).all())


def _is_last(information: Floats, final: int) -> bool:
    """Whether a look has more information than those before and no less than those after; true if to come."""
    if final > information.size:
        return True
    if final < 1 or np.isnan(information[final - 1]):
        return False
    before, after = information[: final - 1], information[final:]
    here = information[final - 1]
    return not (before >= here).any() and not (after > here).any()


def repeated_findings(name: str, schedule: Schedule, p_values: Floats) -> Iterator[Finding]:
    """Where an analysis that is repeated has not the p-value it had; p-values (..., n_looks)."""
    information = np.asarray(schedule.information, dtype=np.float64)
    for later in range(1, information.size):
        for earlier in np.flatnonzero(information[:later] == information[later]):
            first, again = p_values[..., earlier], p_values[..., later]
            if ((first != again) & ~np.isnan(first) & ~np.isnan(again)).any():
                yield Finding(
                    f"p_values of {name}",
                    f"another at look {later + 1} than at look {earlier + 1}, with the same information",
                    "one p-value of one analysis",
                    "the information of the later analysis, if it has new data",
                )

"""When enrolment pauses and when it closes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from remit.stats.estimate import Floats


@dataclass(frozen=True, slots=True)
class Pause:
    """A calendar interval, from ``start_day`` up to but not on ``end_day``, in which nobody is enrolled.

    It holds in ``countries``, everywhere if none is named. Who would come in it goes elsewhere; who ends
    screening in it waits for its end. Hence a pause moves nobody who comes and is enrolled outside of it.
    """

    start_day: float
    end_day: float
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRules:
    """Limits of enrolment beyond those of sites and countries.

    A limit (of a site, a country, a region or the trial) that is reached closes screening there for good.
    Patients in screening at that moment still enter by default (``screened_may_enter``): they have
    consented and been examined for the trial, and turning them away is what sponsors and ethics committees
    avoid. A limit may then be exceeded by those few. Where a limit is hard (a cohort, a regional quota),
    set it to false: they are counted as not entered.

    ``most_of_region`` holds patients by region. On ``closes_on_day`` enrolment closes even if the trial is
    not full.
    """

    most_of_region: Mapping[str, int] = field(default_factory=dict[str, int])
    pauses: tuple[Pause, ...] = ()
    closes_on_day: float = np.inf
    screened_may_enter: bool = True


def pauses_of(pauses: Sequence[Pause], country: str) -> Floats:
    """Start and end of the pauses of a country, those that overlap as one, in order; shape (n_pauses, 2)."""
    merged: list[list[float]] = []
    held = [each for each in pauses if not each.countries or country in each.countries]
    for each in sorted(held, key=lambda pause: pause.start_day):
        if merged and each.start_day <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], each.end_day)
        else:
            merged.append([each.start_day, each.end_day])
    return np.array(merged, dtype=float).reshape(-1, 2)

"""Enrolment over calendar time, with rates that are constant between given times."""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Floats
from remit.stats.planning.requirement import check


@dataclass(frozen=True, slots=True)
class Accrual:
    """Patients enrolled per unit of time, both arms together.

    Parameters
    ----------
    times
        Calendar times at which the rate changes, from 0 to the end of enrolment, increasing, shape (n_pieces
        + 1,).
    rates
        Rate between each and the next, not negative, the last above zero, shape (n_pieces,).
    """

    times: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def duration(self) -> float:
        """Time at which enrolment ends."""
        return self.times[-1]

    @property
    def patients(self) -> float:
        """Expected patients at the end of enrolment."""
        return float(np.diff(self.times) @ np.asarray(self.rates))


def accrual_at_rates(times: tuple[float, ...], rates: tuple[float, ...]) -> Accrual:
    """Enrolment at given rates; see ``Accrual``.

    Raises
    ------
    InputError
        Times that do not increase from 0, negative rates, a last rate of zero, numbers that do not fit.
    """
    accrual = Accrual(tuple(map(float, times)), tuple(map(float, rates)))
    check(accrual_findings(accrual))
    return accrual


def uniform_accrual(patients: float, duration: float) -> Accrual:
    """Enrolment of so many patients at one rate."""
    return accrual_at_rates((0.0, duration), (patients / duration,) if duration > 0 else (np.nan,))


def ramp_up_accrual(
    patients: float, duration: float, ramp_duration: float, *, steps: int = 12, first_share: float = 0.0
) -> Accrual:
    """Enrolment whose rate rises in equal steps over ``ramp_duration`` and then stays.

    Parameters
    ----------
    patients
        Expected patients at the end.
    duration
        Of enrolment.
    ramp_duration
        After which the full rate is reached, in (0, duration).
    steps
        Steps of the rise. The rate in each is that in its middle of the straight line, so that the number
        enrolled after each step is that of the line.
    first_share
        Rate at the start of the line over the full rate, in [0, 1].

    Raises
    ------
    InputError
        Arguments out of their ranges.
    """
    found: list[Finding] = []
    if not 0 < ramp_duration < duration:
        found.append(Finding("ramp_duration", f"{ramp_duration:g}", f"above 0 and below {duration:g}"))
    if steps < 1:
        found.append(Finding("steps", str(steps), "at least 1", "12"))
    if not 0 <= first_share <= 1:
        found.append(Finding("first_share", f"{first_share:g}", "a share in [0, 1]", "0"))
    check(found)
    middles = (np.arange(steps) + 0.5) / steps
    shape = np.append(first_share + (1 - first_share) * middles, 1.0)
    times = np.append(np.linspace(0, ramp_duration, steps + 1), duration)
    return with_patients(accrual_at_rates(tuple(times), tuple(shape)), patients)


def site_accrual(times: tuple[float, ...], sites: tuple[float, ...], patients_per_site: float) -> Accrual:
    """Enrolment by active sites: ``sites`` of them between each of ``times`` and the next, one rate for each
    site.
    """
    return accrual_at_rates(times, tuple(patients_per_site * each for each in sites))


def accrued(accrual: Accrual, time: Floats | float) -> Floats:
    """Expected patients enrolled by calendar times, of their shape: zero before 0, all after the end."""
    at_changes = np.append(0.0, np.cumsum(np.diff(accrual.times) * accrual.rates))
    return np.interp(np.asarray(time, dtype=np.float64), accrual.times, at_changes)


def time_accrued(accrual: Accrual, patients: Floats | float) -> Floats:
    """First calendar time at which so many patients are expected, of the shape of ``patients``; infinite if
    never.
    """
    wanted = np.asarray(patients, dtype=np.float64)
    times = np.asarray(accrual.times)
    at_changes = np.append(0.0, np.cumsum(np.diff(times) * accrual.rates))
    # Rounding may leave the last patient a hair beyond the sum of the pieces.
    near = np.where(np.abs(wanted - at_changes[-1]) <= 1e-12 * at_changes[-1], at_changes[-1], wanted)
    piece = np.clip(np.searchsorted(at_changes, near, side="left") - 1, 0, len(accrual.rates) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        time = times[piece] + (near - at_changes[piece]) / np.asarray(accrual.rates)[piece]
    return np.where(near > at_changes[-1], np.inf, np.where(near <= 0, 0.0, time))


def with_patients(accrual: Accrual, patients: float) -> Accrual:
    """The same times with rates such that so many patients are expected."""
    factor = patients / accrual.patients
    return accrual_at_rates(accrual.times, tuple(each * factor for each in accrual.rates))


def with_duration(accrual: Accrual, duration: float) -> Accrual:
    """The same rates until another end: cut, or the last rate going on."""
    times = np.asarray(accrual.times)
    kept = max(int(np.searchsorted(times, duration, side="left")), 1)
    kept = min(kept, len(accrual.rates))
    return accrual_at_rates((*accrual.times[:kept], duration), accrual.rates[:kept])


def accrual_findings(accrual: Accrual) -> list[Finding]:
    """What is wrong with an enrolment."""
    times, rates = np.asarray(accrual.times), np.asarray(accrual.rates)
    found: list[Finding] = []
    if not (times.size >= 2 and times[0] == 0 and np.isfinite(times).all() and (np.diff(times) > 0).all()):
        shown = ", ".join(f"{each:g}" for each in times) or "none"
        found.append(Finding("accrual times", shown, "times that increase from 0 to the end of enrolment"))
    if rates.size != times.size - 1:
        needed = f"{times.size - 1}, one between each time and the next"
        found.append(Finding("accrual rates", f"{rates.size}", needed))
    if not (np.isfinite(rates).all() and (rates >= 0).all() and rates[-1:].sum() > 0):
        shown = ", ".join(f"{each:g}" for each in rates) or "none"
        found.append(Finding("accrual rates", shown, "rates of at least 0, the last above 0"))
    return found

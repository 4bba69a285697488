"""The samples of one concentration profile: what may be given, and what counts of what lies below the limit.

Times are since the dose. A value below the limit of quantification is a statement, not a number; what
stands in for it is a rule: zero before the first quantifiable sample, nothing after the last, and in between
what the caller chooses. These are the usual rules of single-dose studies (Gabrielsson and Weiner 2016).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats
from remit.stats.non_compartmental.trapezoids import Method

Route = Literal["extravascular", "bolus", "infusion"]
Between = Literal["missing", "zero"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the analysis of a profile leaves to choose; the defaults are those of the field.

    Parameters
    ----------
    loq
        Lower limit of quantification, in the unit of the concentrations; values below it, and zeros, are
        below the limit. Without one only zeros are.
    between
        What a value below the limit is between two quantifiable ones: ``missing`` or ``zero``.
    method
        Trapezoidal rule, see :mod:`remit.stats.non_compartmental.trapezoids`.
    min_points
        Fewest points of the terminal slope, 3 or more.
    r2_tolerance
        A terminal slope with more points is preferred if its adjusted r2 is within this of the best.
    min_r2, min_span, max_extrapolated, max_predose, max_tau_extrapolated
        Limits beyond which a profile is flagged: adjusted r2, half-lives that the slope spans, share of
        AUCinf beyond the samples (after them, or before the first of a bolus), concentration at the dose over
        Cmax, share of AUCtau after the samples.
    """

    loq: float | None = None
    between: Between = "missing"
    method: Method = "linear_up_log_down"
    min_points: int = 3
    r2_tolerance: float = 1e-4
    min_r2: float = 0.8
    min_span: float = 2.0
    max_extrapolated: float = 0.2
    max_predose: float = 0.05
    max_tau_extrapolated: float = 0.0


@dataclass(frozen=True, slots=True)
class Dose:
    """The dose that a profile follows, and the interval to the next if doses are repeated.

    ``duration`` is that of an infusion, 0 otherwise; ``tau`` is the dosing interval, of a steady state if
    ``is_steady_state``.
    """

    amount: float
    route: Route
    duration: float
    tau: float | None
    is_steady_state: bool


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples that count, in order of time.

    ``time``, ``concentration`` and ``is_quantifiable`` have one value a sample, shape (n_used,). ``drawn``
    has the times of all samples after the dose; ``trailing`` those of the samples below the limit after the
    last quantifiable one; ``n_between`` counts those below it between two quantifiable ones.
    """

    time: Floats
    concentration: Floats
    is_quantifiable: Booleans
    drawn: Floats
    trailing: Floats
    n_between: int


def samples_of(time: Floats, concentration: Floats, dose: Dose, rules: Rules) -> Samples:
    """Samples with the rules for what is below the limit applied; a zero at the time of a bolus is left out.

    Such a zero was drawn before the dose and says nothing of what follows.
    """
    above = concentration > 0
    if rules.loq is not None:
        above &= concentration >= rules.loq
    places = np.flatnonzero(above)
    first, last = (places[0], places[-1]) if places.size else (time.size, -1)
    index = np.arange(time.size)
    between = ~above & (index > first) & (index < last)
    used = above | (index < first)
    if rules.between == "zero":
        used |= between
    if dose.route == "bolus":
        used &= above | (time > 0)
    return Samples(
        time=time[used],
        concentration=np.where(above, concentration, 0.0)[used],
        is_quantifiable=above[used],
        drawn=time[time > 0],
        trailing=time[index > last] if places.size else time[:0],
        n_between=int(between.sum()),
    )


def refuse_unusable(time: Floats, concentration: Floats, dose: Dose, rules: Rules) -> None:
    """Refuse what no profile can be made of.

    Raises
    ------
    InputError
        With everything that is wrong at once.
    """
    findings = [*_wrong_samples(time, concentration), *_wrong_dose(dose), *_wrong_rules(rules)]
    if findings:
        raise InputError(findings)


def _wrong_samples(time: Floats, concentration: Floats) -> Iterator[Finding]:
    if time.ndim != 1 or time.shape != concentration.shape:
        found = f"shapes {time.shape} and {concentration.shape}"
        yield Finding("nca: time, concentration", found, "two lists of one length")
        return
    if not time.size:
        yield Finding("nca: time", "no sample", "at least one sample")
    wrong = ~np.isfinite(time) | (time < 0)
    if wrong.any():
        remedy = "leave out samples before the dose"
        yield Finding(
            "nca: time", _listed(time[wrong]), "numbers of at least 0, counted from the dose", remedy
        )
    steps = np.flatnonzero(~(np.diff(time) > 0) & np.isfinite(np.diff(time)))
    if steps.size:
        found = "; ".join(f"{time[i]:g} then {time[i + 1]:g}" for i in steps[:3])
        yield Finding("nca: time", found, "increasing times, each once", "sort; average replicate samples")
    wrong = ~np.isfinite(concentration) | (concentration < 0)
    if wrong.any():
        remedy = "leave out missing samples; take exponentials of logarithms"
        found = _listed(concentration[wrong])
        yield Finding("nca: concentration", found, "numbers of at least 0", remedy)


def _wrong_dose(dose: Dose) -> Iterator[Finding]:
    if not (np.isfinite(dose.amount) and dose.amount > 0):
        yield Finding("nca: dose", f"{dose.amount}", "an amount above 0")
    if dose.route not in get_args(Route):
        yield Finding("nca: route", f"'{dose.route}'", f"one of {', '.join(get_args(Route))}")
    elif dose.route == "infusion" and not (np.isfinite(dose.duration) and dose.duration > 0):
        yield Finding("nca: duration", f"{dose.duration}", "the duration of the infusion, above 0")
    elif dose.route != "infusion" and dose.duration != 0:
        found = f"{dose.duration} with route {dose.route}"
        yield Finding("nca: duration", found, "0", "route infusion if it was one")
    if dose.tau is not None and not (np.isfinite(dose.tau) and dose.tau > 0):
        yield Finding("nca: tau", f"{dose.tau}", "a dosing interval above 0")


def _wrong_rules(rules: Rules) -> Iterator[Finding]:
    if rules.loq is not None and not (np.isfinite(rules.loq) and rules.loq > 0):
        yield Finding("nca: loq", f"{rules.loq}", "a concentration above 0", "none, if it is not known")
    for name, value, known in (
        ("between", rules.between, get_args(Between)),
        ("method", rules.method, get_args(Method)),
    ):
        if value not in known:
            yield Finding(f"nca: {name}", f"'{value}'", f"one of {', '.join(known)}")
    if rules.min_points < 3:
        yield Finding("nca: min_points", f"{rules.min_points}", "3 or more, since two points fit any line")
    limits = {
        "r2_tolerance": rules.r2_tolerance,
        "min_r2": rules.min_r2,
        "min_span": rules.min_span,
        "max_extrapolated": rules.max_extrapolated,
        "max_predose": rules.max_predose,
        "max_tau_extrapolated": rules.max_tau_extrapolated,
    }
    yield from (
        Finding(f"nca: {name}", f"{limit}", "a number of at least 0")
        for name, limit in limits.items()
        if not limit >= 0
    )


def _listed(values: Floats) -> str:
    """The first few values and how many more there are."""
    shown = ", ".join(f"{value:g}" for value in values[:3])
    return shown if values.size <= 3 else f"{shown} and {values.size - 3} more"

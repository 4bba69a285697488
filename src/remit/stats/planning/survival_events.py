r"""Events that a log-rank test needs for a hazard ratio, and its power with given events.

With :math:`D` events, a hazard ratio :math:`h` (experimental over control) and :math:`r` patients of the
experimental arm for each of control, the standardised log-rank statistic is taken for normal with variance
one and mean

.. math::

    \text{Schoenfeld:} \quad & -\log(h / h_0)\,\frac{\sqrt{r}}{1 + r}\,\sqrt{D} \\
    \text{Freedman:} \quad & \frac{(1 - h)\sqrt{r}}{1 + r h}\,\sqrt{D} \\
    \text{Hsieh-Freedman:} \quad & \frac{1 - h}{1 + h}\,\frac{2 \sqrt{r}}{1 + r}\,\sqrt{D}

after Schoenfeld (1981), Freedman (1982) and Hsieh (1992). Schoenfeld's holds for hazard ratios near
:math:`h_0`, the others for :math:`h_0 = 1`. They agree near one.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding
from remit.stats.estimate import Floats, Integers
from remit.stats.planning.allocation import allocation_findings, rounded_up
from remit.stats.planning.requirement import Requirement, check, requirement_findings

Formula = Literal["schoenfeld", "freedman", "hsieh-freedman"]


@dataclass(frozen=True, slots=True)
class EventSize:
    """Events of both arms together, arrays of the shape of the hazard ratio.

    Parameters
    ----------
    formula
        See the module.
    exact
        Events as a real number, with which the power is just met.
    events
        Next whole number.
    power
        Power of a trial with one look and ``events / inflation`` events, by the same formula.
    """

    formula: Formula
    exact: Floats
    events: Integers
    power: Floats


def drift_per_root_event(
    hazard_ratio: Floats | float, *, ratio: float = 1.0, formula: Formula = "schoenfeld", null: float = 1.0
) -> Floats:
    """Expected standardised log-rank statistic with one event; times the root of the events, with them.

    Parameters
    ----------
    hazard_ratio
        Experimental over control, above zero; an array or a number. Positive results are in favour of
        experimental.
    ratio
        Patients of the experimental arm for each of control.
    formula
        See the module.
    null
        Hazard ratio that is tested: 1, or the margin of non-inferiority (Schoenfeld only).

    Raises
    ------
    InputError
        Hazard ratios or a ratio not above zero, an unknown formula, a margin with a formula that has none.
    """
    h = np.asarray(hazard_ratio, dtype=np.float64)
    check(allocation_findings(ratio), _findings(h, formula, null))
    balance = np.sqrt(ratio) / (1 + ratio)
    if formula == "freedman":
        return (1 - h) * np.sqrt(ratio) / (1 + ratio * h)
    if formula == "hsieh-freedman":
        return 2 * balance * (1 - h) / (1 + h)
    return -np.log(h / null) * balance


def events_needed(
    hazard_ratio: Floats | float,
    required: Requirement,
    *,
    ratio: float = 1.0,
    formula: Formula = "schoenfeld",
    null: float = 1.0,
    inflation: float = 1.0,
) -> EventSize:
    """Events with which a log-rank test has the required power.

    Parameters
    ----------
    hazard_ratio, ratio, formula, null
        As in ``drift_per_root_event``; the hazard ratio is below ``null``.
    required
        Type I error and power.
    inflation
        Maximum information of a group-sequential design over that of one look, as
        ``GroupSequentialDesign.inflation``.

    Raises
    ------
    InputError
        As ``drift_per_root_event``; a hazard ratio not below ``null``; impossible requirement or inflation.
    """
    h = np.asarray(hazard_ratio, dtype=np.float64)
    found: list[Finding] = []
    if not (h < null).all():
        needed = f"a hazard ratio, experimental over control, below the tested {null:g}"
        found.append(Finding("hazard_ratio", f"{h.max():g}", needed, "swap the arms"))
    if not (np.isfinite(inflation) and inflation > 0):
        found.append(
            Finding("inflation", f"{inflation:g}", "a factor above 0", "1 for a trial with one look")
        )
    check(requirement_findings(required), allocation_findings(ratio), _findings(h, formula, null), found)
    drift = drift_per_root_event(h, ratio=ratio, formula=formula, null=null)
    exact = np.asarray(inflation * (required.drift / drift) ** 2)
    events = rounded_up(exact)
    return EventSize(formula, exact, events, ndtr(drift * np.sqrt(events / inflation) - required.z_alpha))


def power_with_events(
    events: Floats | float,
    hazard_ratio: Floats | float,
    alpha: float,
    *,
    ratio: float = 1.0,
    formula: Formula = "schoenfeld",
    null: float = 1.0,
) -> Floats:
    """Power of a log-rank test with one look; events and hazard ratio broadcast. Arguments as in
    ``events_needed``.
    """
    drift = drift_per_root_event(hazard_ratio, ratio=ratio, formula=formula, null=null)
    return ndtr(drift * np.sqrt(events) - Requirement(alpha).z_alpha)


def detectable_hazard_ratio(
    events: Floats | float,
    required: Requirement,
    *,
    ratio: float = 1.0,
    formula: Formula = "schoenfeld",
    null: float = 1.0,
    inflation: float = 1.0,
) -> Floats:
    """Largest hazard ratio below ``null`` that is shown with the required power, of the shape of ``events``.

    The minimum detectable effect. NaN where there is none: too few events for the formulas that have a
    largest drift.

    Parameters
    ----------
    events
        Events of both arms, above zero.
    required, ratio, formula, null, inflation
        As in ``events_needed``.

    Raises
    ------
    InputError
        Impossible requirement, ratio or formula.
    """
    check(requirement_findings(required), allocation_findings(ratio), _findings(np.ones(1), formula, null))
    mean = required.drift / np.sqrt(np.asarray(events, dtype=np.float64) / inflation)
    return _hazard_ratio_of(mean, ratio, formula, null)


def _hazard_ratio_of(mean: Floats, ratio: float, formula: Formula, null: float) -> Floats:
    """Hazard ratio whose drift per root event is given."""
    root = np.sqrt(ratio)
    if formula == "schoenfeld":
        return null * np.exp(-mean * (1 + ratio) / root)
    if formula == "freedman":
        h = (root - mean) / (root + mean * ratio)
    else:
        half = mean * (1 + ratio) / (2 * root)
        h = (1 - half) / (1 + half)
    return np.where(h > 0, h, np.nan)


def _findings(h: Floats, formula: str, null: float) -> list[Finding]:
    """What is wrong with hazard ratios, a formula and a margin."""
    found: list[Finding] = []
    if not ((h > 0) & np.isfinite(h)).all():
        found.append(Finding("hazard_ratio", f"{np.min(h):g}", "hazard ratios above 0", "0.7"))
    if formula not in get_args(Formula):
        found.append(Finding("formula", formula, " or ".join(get_args(Formula))))
    if not (np.isfinite(null) and null > 0):
        found.append(Finding("null", f"{null:g}", "a hazard ratio above 0", "1"))
    elif null != 1 and formula != "schoenfeld":
        found.append(Finding("null", f"{null:g}", f"1 for the formula {formula}", 'formula="schoenfeld"'))
    return found

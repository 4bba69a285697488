"""The bar that a reading sets: best, pooled and upper limit of the comparators that count.

Two groups are formed for each agency, date and set: therapies that the agency would count as available,
and those together with the ones for which nobody can tell. A verdict that depends on the second group
is *cannot tell*.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.designation.agencies import Agency
from remit.designation.comparators import Comparator
from remit.designation.exact import exact_limits
from remit.designation.readings import ComparatorSet, Reading


@dataclass(frozen=True, slots=True)
class Bar:
    """A number to be exceeded, and where it comes from."""

    value: float
    of: str


def leading(
    comparators: Sequence[Comparator], agency: Agency, as_of: datetime.date, members: ComparatorSet
) -> tuple[list[Comparator], list[Comparator]]:
    """Leading records with a response rate: those counted as available, and those that may be.

    The second list contains the first. A therapy whose approval in the agency's region came after
    ``as_of`` is in neither.
    """
    leaders = [
        each
        for each in comparators
        if agency.name in each.leads_for
        and each.orr is not None
        and each.feasibility in members.feasibility
        and each.available[agency.name].counted != "no"
        and not _approved_later(each, agency, as_of)
    ]
    return [each for each in leaders if each.available[agency.name].counted == "yes"], leaders


def _approved_later(record: Comparator, agency: Agency, as_of: datetime.date) -> bool:
    """Whether the only approvals in the agency's region came after a date."""
    dates = [each.date for each in record.approval if each.region == agency.region]
    return bool(dates) and all(date is not None and date > as_of for date in dates)


def bar(reading: Reading, comparators: Sequence[Comparator], pooling: str) -> Bar | None:
    """The bar that a reading sets, or None when there is nothing to compare with."""
    if not comparators:
        return None
    best = max(comparators, key=lambda each: (each.orr or 0.0, each.id))
    if reading.bar == "best_estimate":
        return Bar(best.orr or 0.0, best.therapy)
    if reading.bar == "best_upper_limit":
        return Bar(exact_limits(best.responders or 0, best.n)[1], f"upper limit of {best.therapy}")
    pooled = pooled_rate(comparators) if pooling == "counts" else random_effects_rate(comparators)
    how = "pooled by counts" if pooling == "counts" else "pooled, random effects"
    return Bar(pooled, f"{how}, {len(comparators)} record{'s' if len(comparators) != 1 else ''}")


def pooled_rate(comparators: Sequence[Comparator]) -> float:
    """Responders over patients, added up."""
    return sum(each.responders or 0 for each in comparators) / sum(each.n for each in comparators)


def random_effects_rate(comparators: Sequence[Comparator]) -> float:
    """Random-effects mean of the rates on the logit scale (DerSimonian and Laird).

    Half a patient is added to both cells, so that 0 and n responders have a logit.
    """
    responders = np.array([each.responders or 0 for each in comparators], dtype=float) + 0.5
    others = np.array([each.n for each in comparators], dtype=float) + 1.0 - responders
    logit, variance = np.log(responders / others), 1 / responders + 1 / others
    weight = 1 / variance
    mean = np.sum(weight * logit) / np.sum(weight)
    excess = np.sum(weight * (logit - mean) ** 2) - (len(logit) - 1)
    scale = np.sum(weight) - np.sum(weight**2) / np.sum(weight)
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    weight = 1 / (variance + between)
    return float(1 / (1 + np.exp(-np.sum(weight * logit) / np.sum(weight))))

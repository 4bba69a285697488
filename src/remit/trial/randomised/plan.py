"""What a randomised trial declares beforehand: arms, hypotheses, their order, looks, what is estimated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.multiplicity.graph import Graph
from remit.stats.multiplicity.intersections import intersection_weights
from remit.trial.designs.group_sequential import Params
from remit.trial.endpoints import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """No benefit of the experimental arm over the control arm in a time to event.

    Parameters
    ----------
    name
        As in the graph.
    experimental, control
        Arms of the trial.
    endpoint
        PARAMCD; times run from randomisation.
    test
        Bounds and planned events. ``test.alpha`` is that of the whole trial: the weight in the graph says
        what share of it the hypothesis has.
    looks
        Numbers of the looks at which it is analysed, 1 for the first, one for each of ``test.fractions``.
    contributes
        What a rejection says in words, such as which component adds to the others.
    """

    name: str
    experimental: str
    control: str
    endpoint: str
    test: Params
    looks: tuple[int, ...]
    contributes: str = ""

    @property
    def comparison(self) -> str:
        """The arms in words."""
        return f"{self.experimental} vs {self.control}"


@dataclass(frozen=True, slots=True)
class LookAt:
    """Data are cut on the day on which ``events`` of a hypothesis are known, at the latest on day ``cap``."""

    hypothesis: str
    events: int
    cap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Testing:
    """Hypotheses and looks of a trial.

    Parameters
    ----------
    hypotheses
        The primary one first.
    graph
        Weights, and where they go when a hypothesis is rejected; a fixed sequence is a graph.
    looks
        In their order.
    decision_days
        From a cut-off to the decision: data are entered, adjudicated and judged, while the trial goes on.
    obeys_futility
        Whether a hypothesis that crosses its futility bound is given up.
    """

    hypotheses: tuple[Hypothesis, ...]
    graph: Graph
    looks: tuple[LookAt, ...]
    decision_days: float = 0.0
    obeys_futility: bool = True

    @property
    def alpha(self) -> float:
        """One-sided family-wise type I error."""
        return self.hypotheses[0].test.alpha

    def positions(self, hypothesis: Hypothesis) -> list[int]:
        """Positions, from 0, of the looks at which a hypothesis is analysed."""
        return [number - 1 for number in hypothesis.looks]


@dataclass(frozen=True, slots=True)
class Factor:
    """A stratification factor: a column of ``adsl``, or the region of the site (``SITE_REGION``).

    ``cuts`` divide a number, each the lowest value of its level; without them values are levels.
    """

    column: str
    cuts: tuple[float, ...] = ()


SITE_REGION = "SITE_REGION"


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomisedTrial:
    """A randomised trial.

    Parameters
    ----------
    arms
        Arms of the trial, in the order of the allocation, and the arm of the pool whose records each reads.
        Two arms may read the same: that is the null scenario.
    n_patients
        Randomised in all arms together.
    testing
        What is tested and when.
    endpoints
        By PARAMCD.
    factors
        Of the stratification, in randomisation and analysis.
    horizon, milestone
        Day up to which restricted means go, and on which survival is compared.
    largest_share
        Share of the patients beyond which a region enrols no more.
    """

    arms: Mapping[str, str]
    n_patients: int
    testing: Testing
    endpoints: Mapping[str, Endpoint]
    factors: Sequence[Factor] = ()
    horizon: float = 365.25
    milestone: float = 365.25
    largest_share: Mapping[str, float] = field(default_factory=dict[str, float])

    def place(self, arm: str) -> int:
        """Number of an arm in the allocation."""
        return list(self.arms).index(arm)


def check(trial: RandomisedTrial) -> None:
    """Refuse a trial that cannot be conducted as declared.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings = [*_hypotheses(trial), *_looks(trial)]
    if len(trial.arms) < 2 or trial.n_patients < len(trial.arms):
        found = f"{len(trial.arms)} arms, {trial.n_patients} patients"
        findings.append(Finding("arms", found, "two arms or more, and a patient in each"))
    if not (trial.horizon > 0 and trial.milestone > 0):
        found = f"{trial.horizon:g} and {trial.milestone:g}"
        findings.append(Finding("horizon, milestone", found, "days above 0", "365.25"))
    if findings:
        raise InputError(findings)


def _hypotheses(trial: RandomisedTrial) -> Iterator[Finding]:
    testing = trial.testing
    names = tuple(each.name for each in testing.hypotheses)
    if not names or names != testing.graph.hypotheses:
        yield Finding("hypotheses", ", ".join(names) or "none", f"those of the graph in its order, "
                      f"{', '.join(testing.graph.hypotheses)}")  # fmt: skip
    if len({(each.comparison, each.endpoint) for each in testing.hypotheses}) < len(names):
        yield Finding("hypotheses", "a comparison and endpoint twice", "each once")
    for name, most in zip(
        testing.graph.hypotheses, intersection_weights(testing.graph).max(axis=0), strict=True
    ):
        if most <= 0:
            yield Finding(f"hypothesis {name}", "no weight, and no arrow to it", "a way to a weight above 0")
    for each in testing.hypotheses:
        where = f"hypothesis {each.name}"
        unknown = {each.experimental, each.control} - set(trial.arms)
        if unknown or each.experimental == each.control:
            found = ", ".join(sorted(unknown)) or f"{each.control} against itself"
            yield Finding(where, found, f"two of the arms {', '.join(trial.arms)}")
        if each.endpoint not in trial.endpoints:
            yield Finding(where, each.endpoint, f"an endpoint: {', '.join(trial.endpoints)}")
        if each.test.alpha != testing.alpha:
            needed = f"{testing.alpha:g}, as the first; weights of the graph divide it"
            yield Finding(f"{where}: alpha", f"{each.test.alpha:g}", needed)
        numbers = each.looks
        fits = len(numbers) == len(each.test.fractions) and sorted(set(numbers)) == list(numbers)
        if not (fits and numbers and numbers[0] >= 1 and numbers[-1] <= len(testing.looks)):
            needed = f"one look, of {len(testing.looks)}, for each of {len(each.test.fractions)} fractions"
            yield Finding(f"{where}: looks", str(numbers), needed)


def _looks(trial: RandomisedTrial) -> Iterator[Finding]:
    testing = trial.testing
    names = [each.name for each in testing.hypotheses]
    for number, look in enumerate(testing.looks, start=1):
        if look.hypothesis not in names:
            yield Finding(f"look {number}", look.hypothesis, f"a hypothesis: {', '.join(names)}")
        if look.events < 1 or not np.isfinite(look.cap):
            found = f"{look.events} events, day {look.cap:g}"
            yield Finding(f"look {number}", found, "at least 1 event, and a day by which data are cut")
    caps = [look.cap for look in testing.looks]
    if not caps or sorted(caps) != caps:
        yield Finding("looks", f"caps {caps}", "one look or more, none with a cap before that of an earlier")
    if not 0 <= testing.decision_days < np.inf:
        yield Finding("decision_days", f"{testing.decision_days:g}", "days, 0 or more")

"""Contribution of components: a combination against its parts, each in its own arm where that is ethical.

An arm is the set of what it gives: agents, and what else sets it apart, such as a lead-in with one of them. A
comparison says what the components that only its experimental arm has add to those that both have; more than
one of them cannot be told apart by it. The comparisons are tested in a graph, a fixed sequence by default,
which holds the family-wise error whichever hypotheses are true.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats
from remit.stats.multiplicity.graph import Graph, graph
from remit.stats.multiplicity.intersections import rejections
from remit.stats.multiplicity.known_graphs import fixed_sequence
from remit.units import quantity

NAME = "components"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Arms by their components, comparisons in the order of the graph, and the graph.

    ``comparisons`` are pairs of arms, experimental and control. Without ``weights`` they are tested in a
    fixed sequence; ``transitions`` then stay empty.
    """

    arms: Mapping[str, frozenset[str]] = quantity("", meaning="what each arm gives")
    comparisons: tuple[tuple[str, str], ...] = quantity("", meaning="experimental and control arm of each")
    alpha: float = quantity("fraction", meaning="one-sided family-wise error", low=0, high=0.5)
    weights: tuple[float, ...] = quantity("fraction", meaning="share of alpha of each comparison at first")
    transitions: tuple[tuple[float, ...], ...] = quantity("fraction", meaning="where weights go on rejection")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a comparison is about: components that only the experimental arm has, and those of both.

    ``separable`` says whether it is a single one, and the control arm has none that the other lacks.
    """

    name: str
    experimental: str
    control: str
    adds: tuple[str, ...]
    to: tuple[str, ...]
    instead_of: tuple[str, ...]

    @property
    def separable(self) -> bool:
        """Whether a difference can be laid to one component."""
        return len(self.adds) == 1 and not self.instead_of

    @property
    def words(self) -> str:
        """What a rejection shows."""
        added = " and ".join(self.adds)
        if self.instead_of:
            return f"{added} instead of {' and '.join(self.instead_of)}: no contribution of one component"
        base = f" to {' and '.join(self.to)}" if self.to else ""
        if self.separable:
            return f"contribution of {added}{base}"
        return f"{added} together{base}: their parts cannot be told apart"


@dataclass(frozen=True, slots=True)
class ComponentLook:
    """One-sided p-values of the comparisons, shape (n_replicates, n_comparisons); NaN is not rejected."""

    p_values: Floats


def planned(
    arms: Mapping[str, Sequence[str]],
    comparisons: Sequence[tuple[str, str]],
    alpha: float = 0.025,
    weights: tuple[float, ...] = (),
    transitions: tuple[tuple[float, ...], ...] = (),
) -> Params:
    """Parameters, checked.

    Raises
    ------
    InputError
        With every finding: arms that are not known or alike, a comparison twice, a graph that is none.
    """
    params = Params(
        arms={name: frozenset(parts) for name, parts in arms.items()},
        comparisons=tuple(comparisons),
        alpha=alpha,
        weights=weights,
        transitions=transitions,
    )
    found = list(_findings(params))
    if found:
        raise InputError(found)
    graph_of(params)
    return params


def _findings(params: Params) -> Iterator[Finding]:
    known = ", ".join(params.arms) or "none"
    for name, parts in params.arms.items():
        if not parts:
            yield Finding(f"arm {name}", "no component", "one or more", "name what all arms are given")
    if not params.comparisons or len(set(params.comparisons)) < len(params.comparisons):
        yield Finding("comparisons", str(params.comparisons), "one or more, each once")
    for experimental, control in params.comparisons:
        missing = [arm for arm in (experimental, control) if arm not in params.arms]
        where = f"comparison {experimental} vs {control}"
        if missing:
            yield Finding(where, ", ".join(missing), f"two of the arms {known}")
        elif not params.arms[experimental] - params.arms[control]:
            found = "an experimental arm without a component of its own"
            yield Finding(where, found, "one that control lacks", "swap the arms, or name what differs")


def name_of(experimental: str, control: str) -> str:
    """Name of a comparison."""
    return f"{experimental} vs {control}"


def contributions(params: Params) -> tuple[Contribution, ...]:
    """What each comparison is about, in order."""
    found: list[Contribution] = []
    for experimental, control in params.comparisons:
        one, other = params.arms[experimental], params.arms[control]
        parts = (tuple(sorted(each)) for each in (one - other, one & other, other - one))
        found.append(Contribution(name_of(experimental, control), experimental, control, *parts))
    return tuple(found)


def graph_of(params: Params) -> Graph:
    """The graph of the comparisons.

    Raises
    ------
    InputError
        If weights and arrows make no graph.
    """
    names = [name_of(*each) for each in params.comparisons]
    if not params.weights:
        return fixed_sequence(names)
    arrows = params.transitions or np.zeros((len(names), len(names)))
    return graph(names, params.weights, np.asarray(arrows, dtype=np.float64))


def decide(look: ComponentLook, params: Params) -> Booleans:
    """Which comparisons are rejected at one look, of the shape of the p-values.

    Over several looks, with bounds at the weights that comparisons have, see ``randomised.decisions``.
    """
    return rejections(graph_of(params), look.p_values, params.alpha)


def type_I_error(params: Params) -> float:  # noqa: N802 - the glossary's name
    """Largest family-wise error: that of a closed test with weighted Bonferroni tests is at most this.

    It is reached where a fixed sequence meets a true first hypothesis, and fallen short of elsewhere.
    """
    return params.alpha * float(min(graph_of(params).weights.sum(), 1.0))

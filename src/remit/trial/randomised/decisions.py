"""Decisions of a trial with several hypotheses over its looks: bounds at achieved information, in a graph.

While a hypothesis has the weight w it is tested group-sequentially at w alpha, with bounds for the events
that its looks had; when it is rejected its weight goes on along the graph and the look is gone through again,
after Maurer and Bretz (2013). A look that is past is not judged again. A hypothesis that is given up for
futility keeps its weight. The trial stops when nothing is left that could be rejected, at a crossing of a
bound of harm, or at its last look.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.multiplicity.intersections import intersection_weights
from remit.stats.operating.decisions import Outcome
from remit.trial.designs.group_sequential import bounds_of_events
from remit.trial.randomised.plan import Testing

CONTINUES, NOT_TESTED = 0, 5
"""Decisions at a look beside ``Outcome``: the hypothesis goes on; it had no weight at the end."""
WORDS = {
    CONTINUES: "continue",
    int(Outcome.EFFICACY): "efficacy",
    int(Outcome.FUTILITY): "futility",
    int(Outcome.HARM): "harm",
    int(Outcome.NOTHING): "not shown",
    NOT_TESTED: "not tested",
}
NEAR = 1e-9
"""Weights this near to each other are one."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What each look of each replicate decided.

    ``decision``, ``bound``, ``futility``, ``harm`` and ``held`` have shape (n_replicates, n_looks,
    n_hypotheses); ``bound`` is NaN for a hypothesis without weight, others for what there is not. ``held``
    says whether the hypothesis was looked at. ``outcome`` and ``look`` (position) are how and where each
    hypothesis ended, (n_replicates, n_hypotheses); ``stop`` is the position of the last look of the trial,
    (n_replicates,).
    """

    decision: Integers
    bound: Floats
    futility: Floats
    harm: Floats
    held: Booleans
    outcome: Integers
    look: Integers
    stop: Integers


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Bounds of all looks and hypotheses, (n_replicates, n_looks, n_hypotheses).

    ``upper`` by weight, for each hypothesis the weights that it may have and bounds of shape (n_weights,
    n_replicates, n_looks). ``informed`` says which looks came with more events than the one before. ``last``
    is the position of the last of them, (n_replicates, n_hypotheses).
    """

    weights: list[Floats]
    upper: list[Floats]
    futility: Floats
    harm: Floats
    informed: Booleans
    last: Integers


def decide(z: Floats, events: Integers, testing: Testing) -> Decided:
    """Go through the looks of all replicates.

    Parameters
    ----------
    z
        Statistics, shape (n_replicates, n_looks, n_hypotheses); NaN stops nothing.
    events
        Information of the same shape; columns of looks at which a hypothesis is not analysed do not matter.
    testing
        Hypotheses, graph and looks.

    Raises
    ------
    InputError
        If a design cannot be met.
    """
    bounds = _bounds(events, testing)
    n, n_looks, n_hypotheses = z.shape
    weights = intersection_weights(testing.graph)
    bits = 1 << np.arange(n_hypotheses)
    left = np.full(n, 2**n_hypotheses - 1)
    open_, going = np.ones((n, n_hypotheses), dtype=bool), np.ones(n, dtype=bool)
    decision = np.zeros(z.shape, dtype=np.int64)
    used, held = np.full(z.shape, np.nan), np.zeros(z.shape, dtype=bool)
    stop = np.full(n, n_looks - 1)
    for k in range(n_looks):
        analysed = np.array([k in testing.positions(each) for each in testing.hypotheses])
        last = bounds.last == k
        here = going[:, None] & open_ & analysed & (k <= bounds.last) & (bounds.informed[:, k] | last)
        held[:, k] = here
        rejected = _reject(z[:, k], (here, left, weights), bounds, k, used[:, k])
        found = np.where(rejected, int(Outcome.EFFICACY), CONTINUES)
        below = here & ~rejected & (z[:, k] <= bounds.futility[:, k])
        if testing.obeys_futility:
            found = np.where(below & ~last, int(Outcome.FUTILITY), found)
        harmed = here & ~rejected & (z[:, k] <= bounds.harm[:, k])
        found = np.where(harmed, int(Outcome.HARM), found)
        ends = here & (found == CONTINUES) & last
        weight = weights[left]
        found = np.where(ends, np.where(weight > 0, int(Outcome.NOTHING), NOT_TESTED), found)
        open_ &= ~(here & (found != CONTINUES))
        more = going & ~harmed.any(axis=1) & _may_go_on(left, open_ & (bounds.last > k), weights, bits)
        # What is still open when the trial stops ends there: without a test, or for harm.
        closes = (going & ~more)[:, None] & open_
        why = np.where(harmed.any(axis=1), int(Outcome.HARM), NOT_TESTED)[:, None]
        found = np.where(closes, why, found)
        open_ &= ~closes
        decision[:, k] = found
        stop = np.where(going & ~more, k, stop)
        going = more
    # The decision that is none of going on is the end, one for each hypothesis.
    ended = decision != CONTINUES
    look = ended.argmax(axis=1)
    outcome = np.take_along_axis(decision, look[:, None], axis=1)[:, 0]
    return Decided(decision, used, bounds.futility, bounds.harm, held, outcome, look, stop)


def _reject(
    z: Floats, state: tuple[Booleans, Integers, Floats], bounds: _Bounds, k: int, used: Floats
) -> Booleans:
    """Reject until nothing more can be; ``left`` of the state and the bounds ``used`` change in place."""
    here, left, weights = state
    bits = 1 << np.arange(z.shape[1])
    rejected = np.zeros(z.shape, dtype=bool)
    while True:
        bound = _upper(bounds, k, weights[left])
        now = here & ~rejected
        used[now] = bound[now]
        crossed = now & (z >= bound)
        if not crossed.any():
            return rejected
        rejected |= crossed
        left -= crossed @ bits


def _upper(bounds: _Bounds, k: int, weight: Floats) -> Floats:
    """Efficacy bounds at a look for the weights that hypotheses have, NaN without weight."""
    found = np.full(weight.shape, np.nan)
    for j, (known, upper) in enumerate(zip(bounds.weights, bounds.upper, strict=True)):
        for each, own in zip(known, upper, strict=True):
            here = np.abs(weight[:, j] - each) < NEAR
            found[here, j] = own[here, k]
    return found


def _may_go_on(left: Integers, lives: Booleans, weights: Floats, bits: Integers) -> Booleans:
    """Whether a hypothesis that lives could have weight once all others that live are rejected."""
    stuck = left - (lives @ bits)
    rows = stuck[:, None] + bits * lives
    return np.asarray((lives & (weights[rows, np.arange(bits.size)] > 0)).any(axis=1))


def _bounds(events: Integers, testing: Testing) -> _Bounds:
    """Bounds of every hypothesis at the weights it may have; futility and harm at the one it begins with."""
    n, _, n_hypotheses = events.shape
    weights = intersection_weights(testing.graph)
    futility, harm = np.full((2, *events.shape), np.nan)
    informed, last = np.zeros(events.shape, dtype=bool), np.zeros((n, n_hypotheses), dtype=np.int64)
    levels: list[Floats] = []
    uppers: list[Floats] = []
    for j, hypothesis in enumerate(testing.hypotheses):
        own, at = _different(weights[:, j]), np.asarray(testing.positions(hypothesis))
        found = [bounds_of_events(hypothesis.test, events[:, at, j], float(each)) for each in own]
        upper = np.full((own.size, *events.shape[:2]), np.nan)
        upper[:, :, at] = np.stack([each.upper for each in found])
        begins = found[int(np.abs(own - (testing.graph.weights[j] or own[-1])).argmin())]
        futility[:, at[:-1], j] = _finite(begins.futility[:, :-1])
        harm[:, at, j] = _finite(begins.harm)
        levels.append(own)
        uppers.append(upper)
        informed[:, at, j] = ~np.isnan(begins.upper)
        held = np.where(informed[:, at, j], np.arange(at.size), -1).max(axis=1)
        last[:, j] = at[np.where(held < 0, at.size - 1, held)]
    return _Bounds(levels, uppers, futility, harm, informed, last)


def _different(weights: Floats) -> Floats:
    """Different weights above 0, increasing."""
    ordered = np.unique(weights[weights > NEAR])
    return ordered[np.diff(ordered, prepend=0.0) > NEAR]


def _finite(bounds: Floats) -> Floats:
    return np.where(np.isfinite(bounds), bounds, np.nan)

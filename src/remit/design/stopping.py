"""Where trials of a group-sequential design leave, for any expected course of the statistic."""

from dataclasses import replace

import numpy as np

from remit.stats.estimate import Floats
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.integration import Exits, above, begin, below, within


def leaving(found: GroupSequentialDesign, expected: Floats) -> Exits:
    """Where trials leave if the statistic is expected to be so at each look, shape (n_looks,).

    Under proportional hazards that is the drift times the root of the fraction; else it is not.
    """
    score = expected * np.sqrt(found.fractions)
    drifts = np.diff(score, prepend=0.0) / np.diff(found.fractions, prepend=0.0)
    going, up, down = begin(0.0), np.zeros(found.n_looks), np.zeros(found.n_looks)
    following = [*found.fractions[1:].tolist(), None]
    for k, (at, low, high) in enumerate(zip(found.fractions, found.stops_below, found.upper, strict=True)):
        going = replace(going, drift=float(drifts[k]))
        up[k], down[k] = above(going, float(at), float(high)), below(going, float(at), float(low))
        going = within(going, float(at), float(low), float(high), following[k])
    return Exits(up, down)

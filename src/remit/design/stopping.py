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
    at = found.fractions
    return leaving_course(at, found.stops_below, found.upper, expected * np.sqrt(at))


def leaving_course(information: Floats, lower: Floats, upper: Floats, score: Floats) -> Exits:
    """Where trials leave whose score is expected to be so at each look.

    Parameters
    ----------
    information
        At each look, increasing from above 0, shape (n_looks,), as the rest.
    lower, upper
        Bounds of z; infinite where there is none.
    score
        Expected z times the root of the information.
    """
    drifts = np.diff(score, prepend=0.0) / np.diff(information, prepend=0.0)
    going, up, down = begin(0.0), np.zeros(information.size), np.zeros(information.size)
    following = [*information[1:].tolist(), None]
    for k, (at, low, high) in enumerate(zip(information, lower, upper, strict=True)):
        going = replace(going, drift=float(drifts[k]))
        up[k], down[k] = above(going, float(at), float(high)), below(going, float(at), float(low))
        going = within(going, float(at), float(low), float(high), following[k])
    return Exits(up, down)

"""Wilson score interval of a proportion, for description; inference uses the exact interval."""

import numpy as np

from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Integers, Limits


def wilson_interval(events: Integers, n: Integers, level: float = 0.95) -> Limits:
    """Score interval without continuity correction, after Wilson (1927).

    Parameters
    ----------
    events, n
        Events and patients, arrays of one shape, or numbers; ``n`` at least 1.
    level
        Confidence level of the two-sided interval, in (0, 1).
    """
    x, size = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(n, dtype=float))
    z = critical_value(level)
    share = x / size
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    low = np.where(x == 0, 0.0, np.maximum(centre - half, 0.0))
    return Limits(low, np.where(x == size, 1.0, np.minimum(centre + half, 1.0)))

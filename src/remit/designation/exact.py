"""Exact 95% limits of a response rate, as every reading uses them."""

import numpy as np

from remit.stats.proportions.clopper_pearson import exact_interval


def exact_limits(responders: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson limits of ``responders`` of ``n``."""
    limits = exact_interval(np.asarray(responders), np.asarray(n))
    return float(limits.low), float(limits.high)


def exact_lower_limits(n: int) -> np.ndarray:
    """Lower limits for 0 to ``n`` responders, shape (n + 1,), increasing."""
    return np.asarray(exact_interval(np.arange(n + 1), np.full(n + 1, n)).low)

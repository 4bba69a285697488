"""Exact limits of a proportion, as every reading uses them."""

import numpy as np
from scipy.stats import beta


def exact_limits(responders: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson limits of ``responders`` of ``n``."""
    tail = (1 - level) / 2
    low = 0.0 if responders == 0 else float(beta.ppf(tail, responders, n - responders + 1))
    high = 1.0 if responders == n else float(beta.isf(tail, responders + 1, n - responders))
    return low, high


def exact_lower_limits(n: int, level: float = 0.95) -> np.ndarray:
    """Lower limits for 0 to ``n`` responders, shape (n + 1,), increasing."""
    responders = np.arange(n + 1)
    lower = beta.ppf((1 - level) / 2, np.maximum(responders, 1), n - responders + 1)
    return np.where(responders == 0, 0.0, lower)

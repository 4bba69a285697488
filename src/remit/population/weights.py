"""Weights of virtual patients and how many patients they are worth."""

import numpy as np

from remit.dosing import Floats


def effective_sample_size(weights: Floats) -> float:
    """Kish's effective sample size, ``(sum w)**2 / sum w**2``; zero without patients."""
    total = float(np.sum(weights))
    return total * total / float(np.sum(weights * weights)) if total > 0 else 0.0

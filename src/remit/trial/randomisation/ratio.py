"""Allocation ratios: how many patients of each arm, in whole numbers."""

from collections.abc import Iterator

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Floats


def shares(ratio: tuple[int, ...]) -> Floats:
    """Share of each arm."""
    return np.asarray(ratio, dtype=float) / sum(ratio)


def ratio_findings(ratio: tuple[int, ...]) -> Iterator[Finding]:
    """What is wrong with a ratio."""
    shown = ":".join(map(str, ratio)) or "none"
    if len(ratio) < 2:
        yield Finding("randomisation.ratio", shown, "at least two arms")
    if any(each < 1 for each in ratio):
        yield Finding("randomisation.ratio", shown, "a whole number of at least 1 for each arm")

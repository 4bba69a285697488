"""How far a simulated number may be from what endless simulation would give."""

import numpy as np

from remit.stats.estimate import Floats, Integers, MonteCarlo


def mean_error(values: Floats) -> MonteCarlo:
    """Mean of independent replicates with its standard error; NaN error for a single one."""
    n = values.size
    return MonteCarlo(float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan)


def proportion_error(events: int, n: int) -> MonteCarlo:
    """Share of independent replicates with its standard error.

    At 0 or 1 the binomial error would be zero, which is no statement about the error; there it is that of
    half an event.
    """
    share = events / n
    inside = min(max(share, 0.5 / n), 1 - 0.5 / n)
    return MonteCarlo(share, float(np.sqrt(inside * (1 - inside) / n)))


def quantile_error(values: Floats, level: float) -> MonteCarlo:
    """Quantile of independent replicates, its error from the order statistics one binomial SD away.

    Infinite values are allowed; where they reach into the interval the error is infinite.
    """
    ordered = np.sort(values)
    n = ordered.size
    value = quantile(ordered, level)
    spread = np.sqrt(n * level * (1 - level))
    low = int(np.clip(np.floor(n * level - spread), 0, n - 1))
    high = int(np.clip(np.ceil(n * level + spread) - 1, 0, n - 1))
    if n < 2 or high == low:
        return MonteCarlo(value, np.nan)
    if np.isinf(ordered[high]):
        return MonteCarlo(value, np.nan if np.isinf(ordered[low]) else np.inf)
    return MonteCarlo(value, float((ordered[high] - ordered[low]) / 2))


def grouped_quantile_error(values: Floats, group: Integers, level: float) -> MonteCarlo:
    """Quantile of values that share groups, with half the distance between the quantiles one error away.

    The error of the share of values below the quantile is that of groups (Woodruff's method). Infinite values
    are allowed; where they reach into the interval the error is infinite.
    """
    value = quantile(values, level)
    if np.unique(group).size < 2:
        return quantile_error(values, level)
    share = grouped_mean_error((values <= value).astype(float), group).mcse
    low, high = (quantile(values, min(max(level + sign * share, 0.0), 1.0)) for sign in (-1, 1))
    if np.isinf(high):
        return MonteCarlo(value, np.nan if np.isinf(low) else np.inf)
    # Groups that are all alike say nothing about the error.
    return MonteCarlo(value, (high - low) / 2 if high > low else np.nan)


def quantile(values: Floats, level: float) -> float:
    """Quantile that tolerates infinite values: linear between finite neighbours, else the nearer one."""
    ordered = np.sort(values)
    if not ordered.size:
        return np.nan
    position = level * (ordered.size - 1)
    below, above = int(np.floor(position)), int(np.ceil(position))
    if np.isfinite(ordered[above]):
        return float(ordered[below] + (position - below) * (ordered[above] - ordered[below]))
    return float(ordered[round(position)])


def grouped_mean_error(values: Floats, group: Integers) -> MonteCarlo:
    """Mean of values that share groups (parameter draws): groups, not values, are independent.

    The mean is that of the group means; with a single group the error is that of independent values, too
    small because it knows nothing of the spread between groups.
    """
    _, index = np.unique(group, return_inverse=True)
    means = np.bincount(index, weights=values) / np.bincount(index)
    return mean_error(means) if means.size > 1 else mean_error(values)

r"""Difference of two response rates that are independent Betas, or mixtures of them.

.. math:: \Pr(p_1 - p_0 > \delta) = \int f_0(p)\, \Pr(p_1 > p + \delta)\, dp

The part of the interval where the inner probability is neither 0 nor 1 is mapped to the real line by the
logarithm of the odds of its place, where the integrand is smooth and falls exponentially. There the sum
over equal steps converges exponentially too (Trefethen and Weideman, 2014), so that no rule is adaptive and
the error is about 1e-12.
"""

import numpy as np
from scipy.special import betainc, betaincinv, betaln, expit, polygamma

from remit.stats.bayes.beta_binomial import BetaMixture
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Floats, Limits
from remit.stats.roots import decreasing_root

LEFT_OUT = 1e-16
"""Probability of the rate of the control arm beyond each end of the range of integration."""
STEP = 0.5
"""Step in standard deviations of the narrower of what varies."""
WIDEST = 0.2
"""Step that is not exceeded. The error is that of the Fourier transform of a density, a ratio of gamma
functions at a frequency of 2 pi over the step, which is below 1e-15 for every Beta."""
FARTHEST, END = 700.0, 37.0
"""Log odds that are not exceeded: at an end of the range of rates; and, beyond the logarithm of the margin,
at one that the margin makes."""
NEAR = 1e-11
"""By how much the probability beyond a quantile may miss what it should be."""
AT_ONCE = 2_000_000
"""Values of the integrand that are held at once."""


def probability_difference_above(
    experimental: BetaMixture, control: BetaMixture, margin: Floats | float = 0.0
) -> Floats:
    """Probability that the experimental rate exceeds the control rate by more than a margin.

    Parameters
    ----------
    experimental, control
        Distributions of the rates, independent of one another; one, or one per replicate.
    margin
        Difference, experimental minus control, that is to be exceeded; broadcasts with the replicates.

    Returns
    -------
    Of the shape of the replicates; absolute error about 1e-12. NaN where a distribution or the margin is.
    """
    return np.clip(_above_and_density(experimental, control, np.asarray(margin, np.float64))[0], 0.0, 1.0)


def difference_quantile(
    experimental: BetaMixture, control: BetaMixture, probability: Floats | float
) -> Floats:
    """Difference, experimental minus control, below which the posterior has a probability in (0, 1)."""
    upper = 1 - np.asarray(probability, dtype=np.float64)
    replicates = (each.a.shape[:-1] for each in (experimental, control))
    ends = np.ones(np.broadcast_shapes(upper.shape, *replicates))

    def excess(margin: Floats) -> tuple[Floats, Floats]:
        above, density = _above_and_density(experimental, control, margin)
        return above - upper, -density

    return decreasing_root(excess, -ends, ends, zero=NEAR)


def difference_interval(experimental: BetaMixture, control: BetaMixture, level: float = 0.95) -> Limits:
    """Credible interval of the difference that leaves the same probability on each side.

    Raises
    ------
    InputError
        A ``level`` outside (0, 1).
    """
    check_level(level)
    tail = (1 - level) / 2
    return Limits(
        difference_quantile(experimental, control, tail), difference_quantile(experimental, control, 1 - tail)
    )


def _above_and_density(
    experimental: BetaMixture, control: BetaMixture, margin: Floats
) -> tuple[Floats, Floats]:
    """Probability of a larger difference than the margin, and density of the difference there."""
    a1, b1, w1 = (each[..., :, None] for each in (experimental.a, experimental.b, experimental.weight))
    a0, b0, w0 = (each[..., None, :] for each in (control.a, control.b, control.weight))
    pairs = np.broadcast_arrays(a1, b1, a0, b0, margin[..., None, None])
    found = (each.reshape(pairs[0].shape) for each in _pairs(*(each.ravel() for each in pairs)))
    above, density = ((w1 * w0 * each).sum(axis=(-2, -1)) for each in found)
    return above, density


def _pairs(a1: Floats, b1: Floats, a0: Floats, b0: Floats, margin: Floats) -> tuple[Floats, Floats]:
    """The same for pairs of single Betas, all of shape (n_pairs,)."""
    inside = np.clip(margin, -1.0, 1.0)
    start, end = _range(a0, b0, inside)
    narrow = 1 / np.sqrt(1 / _spread(a1, b1) + 1 / _spread(a0, b0))
    # NaN makes the result NaN, and must not ask for a number of nodes.
    wanted = np.nan_to_num((end - start) / np.minimum(STEP * narrow, WIDEST))
    nodes = int(np.ceil(wanted.max(initial=1.0))) + 1
    chunks = max(1, a1.size * nodes // AT_ONCE)
    pairs = np.stack([a1, b1, a0, b0, inside, start, end])
    parts = [_within(part, nodes) for part in np.array_split(pairs, chunks, axis=1)]
    within, density = np.concatenate(parts, axis=1)
    # Control rates so low that every experimental rate exceeds them by the margin.
    certain = betainc(a0, b0, np.maximum(-inside, 0.0))
    above = np.where(margin >= 1, 0.0, np.where(margin <= -1, 1.0, certain + within))
    return above, np.where(np.abs(margin) >= 1, 0.0, density)


def _range(a0: Floats, b0: Floats, margin: Floats) -> tuple[Floats, Floats]:
    """Log odds between which the control rate has nearly all its probability, of its place in the range."""
    bottom, top = betaincinv(a0, b0, LEFT_OUT), betaincinv(b0, a0, LEFT_OUT)
    # Distances from the ends of the range, each without the loss of digits of a difference from one.
    low_cut, high_cut = np.maximum(-margin, 0.0), np.maximum(margin, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        start = np.log(bottom - low_cut) - np.log(1 - bottom - high_cut)
        end = np.log(1 - top - low_cut) - np.log(top - high_cut)
    # Measured by the cut: a density such as p^(-1/2) has mass close above a cut of 1e-20, too.
    with np.errstate(divide="ignore"):
        first = np.maximum(np.log(low_cut) - END, -FARTHEST)
        last = np.minimum(END - np.log(high_cut), FARTHEST)
    start = np.where(bottom <= low_cut, first, np.where(1 - bottom <= high_cut, last, start))
    end = np.where(top <= high_cut, last, np.where(1 - top <= low_cut, first, end))
    return np.clip(start, first, last), np.clip(end, first, last)


def _spread(a: Floats, b: Floats) -> Floats:
    """Variance of the logarithm of the odds of a Beta rate."""
    return np.asarray(polygamma(1, a) + polygamma(1, b), dtype=np.float64)


def _within(pairs: Floats, nodes: int) -> Floats:
    """Integrals over the control rates at which the experimental rate may or may not exceed them enough.

    Shape (2, n_pairs): of the probability of a larger difference than the margin, and of its density.
    """
    a1, b1, a0, b0, margin = (each[:, None] for each in pairs[:5])
    start, end = pairs[5:]
    width = 1 - np.abs(margin)
    x = np.linspace(start, end, nodes, axis=1)
    place, rest = width * expit(x), width * expit(-x)
    low, high = np.maximum(margin, 0.0), np.maximum(-margin, 0.0)
    # The control rate is high + place and its complement low + rest; to be exceeded is low + place.
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = np.exp(_log_density(a0, b0, high + place, low + rest)) * place * expit(-x)
        other = np.exp(_log_density(a1, b1, low + place, high + rest))
    small = low + place < 0.5
    tail = betainc(
        np.where(small, a1, b1), np.where(small, b1, a1), np.where(small, low + place, high + rest)
    )
    above = np.where(small, 1 - tail, tail)
    step = (end - start) / (nodes - 1)
    return step * np.stack([(mass * above).sum(axis=1), (mass * other).sum(axis=1)])


def _log_density(a: Floats, b: Floats, p: Floats, rest: Floats) -> Floats:
    """Logarithm of the density of a Beta at a rate, given with its complement."""
    return (a - 1) * np.log(p) + (b - 1) * np.log(rest) - betaln(a, b)

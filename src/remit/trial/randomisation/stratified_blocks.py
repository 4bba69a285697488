"""Stratified permuted blocks of varying size.

Each combination of levels is a stratum with a list of its own (Zelen 1974). The size of each block is drawn
from those declared, with equal probability, and arms within a block are in random order and in the exact
ratio. The centre is a factor like any other.

The list of a stratum is keyed by the names of its levels: levels, strata and patients that are added move
nobody in other strata, and patients added later nobody before them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.random import choices, draws
from remit.stats.estimate import Integers
from remit.trial.randomisation.factors import Factors
from remit.trial.randomisation.ratio import ratio_findings

NAME = "stratified_blocks"


@dataclass(frozen=True, slots=True)
class Params:
    """``ratio``: patients of each arm in whole numbers; ``block_sizes``: each a multiple of their sum."""

    ratio: tuple[int, ...]
    block_sizes: tuple[int, ...]


def findings(params: Params, factors: Factors) -> list[Finding]:  # noqa: ARG001 - as all schemes
    """What is wrong with the scheme."""
    return [*ratio_findings(params.ratio), *_size_findings(params)]


def _size_findings(params: Params) -> Iterator[Finding]:
    whole = sum(params.ratio)
    bad = [each for each in params.block_sizes if each < 1 or (whole > 0 and each % whole)]
    if bad or not params.block_sizes:
        shown = ", ".join(map(str, bad)) or "none"
        yield Finding("randomisation.block_sizes", shown, f"multiples of {whole}, the sum of the ratio")


def allocate(seed: int, factors: Factors, params: Params) -> Integers:
    """Arm of each patient, -1 where there is none; shape (n_replicates, n_patients).

    Parameters
    ----------
    seed
        Seed of the run.
    factors
        Levels of each patient, in the order of enrolment.
    params
        Ratio and sizes of blocks.

    Raises
    ------
    InputError
        If ratio or sizes cannot be used.
    """
    wrong = findings(params, factors)
    if wrong:
        raise InputError(wrong)
    present = factors.present
    arm = np.full(present.shape, -1, dtype=np.int64)
    row, place = np.nonzero(present)
    strata, own = np.unique(factors.codes[row, place], axis=0, return_inverse=True)
    # Patients by stratum, then replicate, then order of enrolment: the first key is the last given.
    order = np.argsort(own.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(own.ravel(), minlength=len(strata)))
    for codes, end, start in zip(strata, ends, np.append(0, ends[:-1]), strict=True):
        rows, places = row[order[start:end]], place[order[start:end]]
        replicates, first, count = np.unique(rows, return_index=True, return_counts=True)
        turn = np.arange(rows.size) - np.repeat(first, count)
        listed = allocation_list(seed, stratum_name(factors, codes), params, replicates, int(count.max()))
        arm[rows, places] = listed[np.repeat(np.arange(replicates.size), count), turn]
    return arm


def stratum_name(factors: Factors, codes: Integers) -> str:
    """Name of a stratum: its factors with their levels."""
    named = zip(factors.names, factors.levels, codes.tolist(), strict=True)
    return ", ".join(f"{name}={levels[code]}" for name, levels, code in named)


def allocation_list(seed: int, stratum: str, params: Params, replicates: Integers, n: int) -> Integers:
    """The first ``n`` entries of the list of a stratum, shape (n_replicates, n); more only append."""
    sizes, whole = np.asarray(params.block_sizes), sum(params.ratio)
    n_blocks = -(-n // int(sizes.min()))
    drawn = choices(seed, f"randomisation.block_size.{stratum}", replicates, np.ones(sizes.size), n_blocks)
    size = sizes[drawn]
    length = n_blocks * int(sizes.max())
    ends = np.cumsum(size, axis=1)
    position = np.arange(length)
    block = np.zeros((replicates.size, length), dtype=np.int64)
    for k in range(n_blocks):
        block += position >= ends[:, k, None]
    inside = np.minimum(block, n_blocks - 1)
    start = np.take_along_axis(ends - size, inside, axis=1)
    repeats = np.take_along_axis(size, inside, axis=1) // whole
    planned = np.searchsorted(np.cumsum(params.ratio), (position - start) // repeats, side="right")
    shuffled = np.argsort(
        block + draws(seed, f"randomisation.order.{stratum}", replicates, length), axis=1, kind="stable"
    )
    listed = np.empty_like(block)
    np.put_along_axis(listed, shuffled, planned, axis=1)
    return listed[:, :n]

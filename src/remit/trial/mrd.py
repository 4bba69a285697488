"""Minimal residual disease as an assay sees it: events among the cells it counts.

An assay that counts ``analysed`` cells calls disease where it sees at least ``events`` malignant ones, so its
limit is ``events / analysed``: 20 in 200,000 for flow cytometry at 1e-4, fewer events in more cells for
sequencing at 1e-5 and 1e-6. The number seen is Poisson with the true fraction. A sample may hold fewer
cells than the assay wants, which raises the limit of that sample, and may fail altogether.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.functions import exp
from remit.random import draws, normals
from remit.trial.mrd_assays import ASSAYS, Assay

UNDETECTABLE, DETECTABLE, FAILED = range(3)
RESULTS = ("undetectable", "detectable", "failed")
"""Results of a sample, by index."""
COMPARTMENTS = {"blood": "mrd_blood", "marrow": "marrow_infiltration"}
"""Observable that a compartment shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Samples of one compartment by one assay on planned ``days``, counted from the first dose.

    ``input_cv`` is the SD of the logarithm of the cells that a sample yields, relative to what the assay
    wants; ``least_input`` is the share of them below which the sample fails; ``failure_probability`` is that
    of any other failure.
    """

    compartment: str
    assay: str
    days: tuple[float, ...]
    input_cv: float
    least_input: float
    failure_probability: float


@dataclass(frozen=True, slots=True)
class Samples:
    """What samples show, each array of shape (n_samples,); cells and fraction are NaN where one failed."""

    cells: Floats
    fraction: Floats
    result: Integers


def detection_probability(fraction: Floats, assay: Assay) -> Floats:
    """Probability that a sample with a true fraction of malignant cells is called positive."""
    from scipy.special import pdtr  # noqa: PLC0415 - a run that takes no sample begins without it

    expected = np.asarray(fraction, dtype=float) * assay.analysed
    return 1 - pdtr(assay.events - 1, expected)


def is_undetectable(fraction: Floats, assay: Assay, chance: Floats) -> NDArray[np.bool_]:
    """Whether the assay calls a sample negative; ``chance`` is uniform, one per sample."""
    return np.asarray(chance) >= detection_probability(fraction, assay)


def poisson(expected: Floats, chance: Floats) -> Floats:
    """Poisson numbers of a mean from uniform draws, at least where few events decide.

    Up to a mean of 1,000 it is the quantile by inversion of the distribution function, above it the rounded
    gamma quantile, which is the same to a fraction of its standard deviation.
    """
    from scipy.special import gammaincinv, pdtr  # noqa: PLC0415 - as above

    few = np.minimum(expected, 1_000.0)
    guess = np.floor(gammaincinv(np.maximum(few, 1e-12), chance))
    # The gamma quantile lies within a few counts of the Poisson one: walk to it.
    count = np.maximum(guess - 3, 0.0)
    for _ in range(8):
        count = np.where(pdtr(count, few) < chance, count + 1, count)
    many = np.round(gammaincinv(np.maximum(expected, 1.0), chance))
    return np.where(expected <= 1_000.0, count, many)


def sampled(seed: int, patients: Integers, fraction: Floats, sampling: Sampling, number: Integers) -> Samples:
    """Samples ``number`` of some patients, from the true fraction of malignant cells.

    A sample is undetectable where fewer events are seen than the threshold of the assay asks of the cells
    analysed; with few cells fewer than one event can be enough, so that input matters as in a laboratory.

    Parameters
    ----------
    seed
        Seed of the run.
    patients
        Counters of the patients, shape (n_samples,).
    fraction
        True fraction of malignant cells, of that shape.
    sampling
        Assay and its failures.
    number
        Number of the sample of each patient, of that shape.
    """
    assay, name = ASSAYS[sampling.assay], f"mrd.{sampling.compartment}.{sampling.assay}"
    chance = draws(seed, name, patients, 2, first=2 * number)
    share = exp(sampling.input_cv * normals(seed, f"{name}.input", patients, 1, first=number)[:, 0])
    share = np.minimum(share, 1.0)
    fails = (chance[:, 0] < sampling.failure_probability) | (share < sampling.least_input)
    cells = np.floor(share * assay.analysed)
    events = poisson(np.clip(fraction, 0.0, 1.0) * cells, chance[:, 1])
    seen = events / np.maximum(cells, 1.0)
    result = np.where(seen < assay.limit, UNDETECTABLE, DETECTABLE)
    return Samples(
        np.where(fails, np.nan, cells),
        np.where(fails, np.nan, seen),
        np.where(fails, FAILED, result).astype(np.int64),
    )

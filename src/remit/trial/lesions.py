"""Target lesions, spleen and new sites that share a patient's node burden.

The truth behind the scans. Each lesion follows the burden of sensitive and resistant cells with its own
speed and its own share of resistant cells, on top of a residual mass that is not tumour and stays.
Volumes follow cells; diameters follow the cube root of volume.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.functions import exp, power
from remit.random import draws, normals
from remit.trial.parameters import Lesions

Booleans = NDArray[np.bool_]

MOST_LESIONS = 6
"""Lugano follows up to six target lesions."""
READERS = ("INV", "IRC")
CUBE_ROOT = 1.0 / 3.0


@dataclass(frozen=True, slots=True)
class Sites:
    """Disease sites of each patient at baseline.

    Arrays of shape (n_patients, 2, 6) by reader and lesion, NaN where a patient has no such lesion:
    ``longest`` [mm], ``ratio`` of shortest to longest diameter, ``speed`` (exponent on relative burden),
    ``tilt`` (shift of the logit of the resistant fraction), ``residual`` (share of baseline volume that is
    not tumour). Arrays of shape (n_patients,): ``count`` of target lesions, ``spleen_normal`` and
    ``spleen_excess`` [mm], folds over nadir at which a new site and non-target progression show.
    """

    count: Integers
    longest: Floats
    ratio: Floats
    speed: Floats
    tilt: Floats
    residual: Floats
    spleen_normal: Floats
    spleen_excess: Floats
    new_site_fold: Floats
    nontarget_fold: Floats


@dataclass(frozen=True, slots=True)
class Burden:
    """Node burden at one time relative to baseline, each array of shape (n_patients,).

    ``sensitive`` and ``resistant`` are relative to their own baseline, ``total`` to the whole,
    ``resistant_fraction`` is the resistant share at baseline.
    """

    sensitive: Floats
    resistant: Floats
    total: Floats
    resistant_fraction: Floats


def relative(now: Floats, baseline: Floats, resistant_clones: Sequence[int]) -> Burden:
    """Burden relative to baseline, from cells of clones S, V, B, D, arrays of shape (n_patients, 4).

    ``resistant_clones`` are the places of those that resist the drug of the arm.
    """
    resists = np.isin(np.arange(baseline.shape[1]), resistant_clones)

    def share(part: Floats, whole: Floats) -> Floats:
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)

    kept, shifted = baseline[:, ~resists].sum(axis=1), baseline[:, resists].sum(axis=1)
    sensitive, resistant = now[:, ~resists].sum(axis=1), now[:, resists].sum(axis=1)
    return Burden(
        share(sensitive, kept),
        share(resistant, shifted),
        share(sensitive + resistant, kept + shifted),
        share(shifted, kept + shifted),
    )


def _by_reader(own: Floats, reselected: Booleans) -> Floats:
    """Twelve columns as (n_patients, 2, 6); the second reader has its own where it chose another lesion."""
    first, other = own[:, :MOST_LESIONS], own[:, MOST_LESIONS:]
    return np.stack([first, np.where(reselected, other, first)], axis=1)


def sample_sites(
    seed: int,
    patients: Integers,
    lesions: Lesions,
    burden: Floats,
    residual_share: Floats,
    selection_difference: float,
) -> Sites:
    """Sites of each patient.

    Parameters
    ----------
    seed
        Seed of the run.
    patients
        Counters of the patients, shape (n_patients,).
    lesions
        Typical values and spreads.
    burden
        Node burden at baseline [cells], shape (n_patients,).
    residual_share
        Share of the baseline product of diameters that is not tumour, shape (n_patients,).
    selection_difference
        Probability that the second reader follows another lesion.
    """
    reselected = draws(seed, "lesions.reselected", patients, MOST_LESIONS) < selection_difference

    def spread(name: str) -> Floats:
        return _by_reader(normals(seed, f"lesions.{name}", patients, 2 * MOST_LESIONS), reselected)

    extra = draws(seed, "lesions.count", patients, MOST_LESIONS - 1) < lesions.extra_lesion_probability
    count = 1 + extra.sum(axis=1)
    present = (np.arange(MOST_LESIONS) < count[:, None])[:, None, :]
    scale = power(burden / lesions.reference_burden, CUBE_ROOT)[:, None, None]
    typical = (lesions.longest_diameter - lesions.minimum_diameter) * scale
    longest = lesions.minimum_diameter + typical * exp(lesions.longest_diameter_spread * spread("size"))
    ratio = power(
        np.full(longest.shape, lesions.axis_ratio), exp(lesions.axis_ratio_spread * spread("ratio"))
    )
    product_share = np.broadcast_to(residual_share[:, None, None], longest.shape)
    product_residual = power(product_share, exp(lesions.residual_spread * spread("residual")))
    patient = normals(seed, "lesions.patient", patients, 4)
    chance = draws(seed, "lesions.involved", patients, 2)
    nontarget = lesions.nontarget_fold * exp(lesions.fold_spread * patient[:, 3])
    excess = lesions.spleen_excess * exp(lesions.spleen_excess_spread * patient[:, 1])
    return Sites(
        count=count,
        longest=np.where(present, longest, np.nan),
        ratio=ratio,
        speed=exp(lesions.response_spread * spread("speed")),
        tilt=lesions.resistant_tilt * spread("tilt"),
        # A product goes with the power 2/3 of a volume.
        residual=power(product_residual, 1.5),
        spleen_normal=lesions.spleen_normal * exp(lesions.spleen_normal_spread * patient[:, 0]),
        spleen_excess=np.where(chance[:, 0] < lesions.spleen_probability, excess, 0.0),
        new_site_fold=np.maximum(lesions.new_site_fold * exp(lesions.fold_spread * patient[:, 2]), 1.0),
        nontarget_fold=np.where(
            chance[:, 1] < lesions.nontarget_probability, np.maximum(nontarget, 1.0), np.inf
        ),
    )


def lesion_fraction(sites: Sites, rows: Integers, burden: Burden) -> Floats:
    """Volume of each lesion relative to baseline, shape (n_rows, 2, 6), of the patients ``rows``."""
    w = burden.resistant_fraction[:, None, None]
    odds = np.where(w < 1, w / np.where(w < 1, 1 - w, 1.0), np.inf) * exp(sites.tilt[rows])
    resistant = np.where(np.isfinite(odds), odds / (1 + np.where(np.isfinite(odds), odds, 0.0)), 1.0)
    speed = sites.speed[rows]
    cells = (1 - resistant) * power(burden.sensitive[:, None, None], speed)
    cells = cells + resistant * power(burden.resistant[:, None, None], speed)
    residual = sites.residual[rows]
    return residual + (1 - residual) * cells


def diameters(sites: Sites, rows: Integers, burden: Burden) -> Floats:
    """Longest and shortest diameter of each lesion [mm], shape (n_rows, 2, 6, 2); NaN where absent."""
    longest = sites.longest[rows] * power(lesion_fraction(sites, rows, burden), CUBE_ROOT)
    return np.stack([longest, longest * sites.ratio[rows]], axis=-1)


def spleen_length(sites: Sites, rows: Integers, burden: Burden) -> Floats:
    """Vertical length of the spleen [mm], shape (n_rows,): a normal organ and the tumour volume in it."""
    normal = sites.spleen_normal[rows]
    enlarged = normal + sites.spleen_excess[rows]
    return power(normal**3 + (enlarged**3 - normal**3) * burden.total, CUBE_ROOT)


def shows(fold: Floats, total: Floats, nadir: Floats, visible_share: float) -> Booleans:
    """Whether regrowth shows: burden at or above ``fold`` times the larger of nadir and the visible share."""
    return total >= fold * np.maximum(nadir, visible_share)

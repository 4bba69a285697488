"""Effect by region of the site at the look that ended a hypothesis, and whether a region keeps half."""

import numpy as np
import polars as pl

from remit.stats.operating.regions import regional_effects
from remit.stats.survival.log_rank_rows import Look, compared, log_rank_rows
from remit.trial.randomised.compared import rows_of
from remit.trial.randomised.data_cut import DataCut

KEPT_PART = 0.5
"""Part of the effect that a region is to keep: method 1 of the Japanese principles (MHLW 2007)."""


def region_rows(data: DataCut, region: np.ndarray) -> pl.DataFrame:
    """Effects of each region and of all, one row for each replicate and region.

    Effects are minus the logarithm of the log-rank estimate of the hazard ratio, stratified within a region
    as in the whole trial. A region without an estimate keeps nothing.

    Parameters
    ----------
    data
        At the cut-off.
    region
        Region of the site of each patient, of the shape of the data; empty where there is none.

    Returns
    -------
    REPLICATE (row of the data), REGION, EFFECT, SE, EVENTS, PATIENTS, WHOLE (effect of all) and KEEPS.
    """
    names = np.unique(region[region != ""])
    rows = rows_of(data)
    by_region = regional_effects(rows, np.searchsorted(names, region))
    with np.errstate(divide="ignore"):
        whole = -np.log(compared(log_rank_rows(rows, (Look(),))).estimate[:, 0])
    keeps = by_region.effect >= KEPT_PART * whole[:, None]
    n, n_regions = by_region.effect.shape
    return pl.DataFrame(
        {
            "REPLICATE": np.repeat(np.arange(n), n_regions),
            "REGION": np.tile(names[:n_regions].astype(str), n),
            "EFFECT": by_region.effect.ravel(),
            "SE": by_region.se.ravel(),
            "EVENTS": by_region.events.ravel(),
            "PATIENTS": by_region.patients.ravel(),
            "WHOLE": np.repeat(whole, n_regions),
            "KEEPS": keeps.ravel(),
        }
    )

"""What the nodes of treated patients measure: lesions, sum of products, spleen, risk of lysis."""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from remit.dosing import Floats, Integers
from remit.trial.lesions import MOST_LESIONS, diameters, relative, sample_sites, spleen_length
from remit.trial.lysis_risk import CLASSES, risk_class
from remit.trial.parameters import Lesions

FIRST_READER = 0
SPREADS = tuple(each.name for each in fields(Lesions) if each.name.endswith(("_spread", "_tilt")))
EVEN_ODDS = 0.5


def lesion_values(values: Mapping[str, float], *, is_typical: bool) -> Lesions | None:
    """How lesions are made, all alike in the typical patient; None for a disease without any."""
    if "lesions.longest_diameter" not in values:
        return None
    found = {each.name: values[f"lesions.{each.name}"] for each in fields(Lesions)}
    if is_typical:
        found |= dict.fromkeys(SPREADS, 0.0) | {"extra_lesion_probability": 0.0}
        found["spleen_probability"] = float(found["spleen_probability"] >= EVEN_ODDS)
    return Lesions(**found)


def mean_number(values: Mapping[str, float]) -> float:
    """Mean number of target lesions of a patient."""
    return 1 + (MOST_LESIONS - 1) * values["lesions.extra_lesion_probability"]


def measured(
    lesions: Lesions,
    cells: Floats,
    lymphocytes: Floats,
    counter: Integers,
    residual: Floats,
    drug: str,
    seed: int,
    n_alike: float,
) -> dict[str, Floats | list[str | None]]:
    """Columns of every patient and day, patients one after the other.

    Parameters
    ----------
    lesions
        How lesions are made.
    cells
        Node cells of clones S, V, B, D, shape (n_patients, n_times, 4).
    lymphocytes
        Lymphocytes [1e9/L], shape (n_patients, n_times).
    counter, residual
        Counters of the patients' draws, and the share of their mass that is not tumour.
    drug
        Place of the drug that resistant cells resist.
    n_alike
        Lesions that each one stands for: the mean number in the typical patient, who has one.
    seed
        Seed of the lesions.
    """
    n, n_times, _ = cells.shape
    resistant = {"bcl2i": (1, 3), "btki": (2, 3)}.get(drug, ())
    sites = sample_sites(seed, counter, lesions, cells[:, 0].sum(axis=1), residual, 0.0)
    rows = np.repeat(np.arange(n), n_times)
    # NaN, where a patient could not be solved, is no number of cells.
    seen = np.nan_to_num(cells.reshape(n * n_times, 4))
    burden = relative(seen, np.repeat(np.nan_to_num(cells[:, 0]), n_times, axis=0), resistant)
    each = diameters(sites, rows, burden)[:, FIRST_READER]
    unknown = np.isnan(cells.reshape(n * n_times, 4)).any(axis=1)
    longest = np.where(unknown, np.nan, np.nanmax(each[..., 0], axis=1))
    products = n_alike * np.where(unknown, np.nan, np.nansum(each[..., 0] * each[..., 1], axis=1))
    spleen = np.where(unknown, np.nan, spleen_length(sites, rows, burden))
    risk = np.array([*CLASSES, None], dtype=object)[risk_class(longest, lymphocytes.ravel())]
    return {"longest_node": longest, "spd": products, "spleen": spleen, "lysis_risk": risk.tolist()}

"""A cohort as a table of the store and back: patients are made once per draw and met by every arm."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from remit import model
from remit.dosing import Floats
from remit.population import Cohort

PARAMETERS = tuple(f"p.{name}" for name in model.PARAMETERS)
STATES = tuple(f"y.{name}" for name in model.STATES)
THRESHOLDS = tuple(f"t.{name}" for name in model.EXTINCTION_GROUPS)
SEEN = tuple(f"o.{name}" for name in model.OBSERVABLES)
PLAIN = ("index", "counter", "residual", "refractory", "days_on_btki")


def to_table(cohort: Cohort) -> pl.DataFrame:
    """One row per patient: counters, latent facts, covariates, parameters, state, thresholds, observables."""
    blocks = (
        (PARAMETERS, cohort.parameters),
        (STATES, cohort.state),
        (THRESHOLDS, cohort.thresholds),
        (SEEN, cohort.seen),
    )
    columns: dict[str, object] = {
        "index": cohort.index,
        "counter": cohort.counter,
        "residual": cohort.residual,
        "refractory": cohort.refractory,
        "days_on_btki": cohort.days_on_btki,
    }
    for names, values in blocks:
        columns |= {name: values[:, i] for i, name in enumerate(names)}
    return pl.concat([pl.DataFrame(columns), cohort.covariates], how="horizontal")


def matrix(table: pl.DataFrame, names: Sequence[str]) -> Floats:
    """Columns of a table as an array, shape (n_patients, n_names)."""
    return np.ascontiguousarray(table.select(names).to_numpy())


def from_table(draw: int, table: pl.DataFrame, screening: pl.DataFrame, shifts: pl.DataFrame) -> Cohort:
    """The cohort of a stored table, with the tables stored beside it."""
    known = (*PLAIN, *PARAMETERS, *STATES, *THRESHOLDS, *SEEN)
    return Cohort(
        draw=draw,
        index=table["index"].to_numpy(),
        counter=table["counter"].to_numpy(),
        covariates=table.drop(known),
        parameters=matrix(table, PARAMETERS),
        state=matrix(table, STATES),
        thresholds=matrix(table, THRESHOLDS),
        seen=matrix(table, SEEN),
        residual=table["residual"].to_numpy(),
        refractory=table["refractory"].to_numpy(),
        days_on_btki=table["days_on_btki"].to_numpy(),
        screening=screening,
        shifts=shifts,
    )

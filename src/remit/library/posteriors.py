"""Fitted draws: the members of a stored calibration, with the records they rest on.

A calibration is a file ``posteriors/NAME.json`` that ``remit.fit`` writes; predictions draw the values
that it fitted from its members, jointly, in place of each value's own uncertainty.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import polars as pl

from remit.dosing import Floats
from remit.errors import Finding, problem
from remit.library.entries import Entry


@cache
def calibration(name: str) -> dict[str, Any]:
    """A stored calibration by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    folder = resources.files("remit.library") / "posteriors"
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.name.removesuffix(".json") for each in folder.iterdir()))
        raise problem("analysis.calibration", f"'{name}'", "a stored calibration, or none", known)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def members(name: str, recalled_records: str) -> dict[str, Floats]:
    """Members of a calibration by parameter, each of shape (n_members,); empty for the name ``none``.

    Values that the fit held, and that would undo it if they moved, are the same in all members.
    ``recalled_records`` is the weight of recalled records: full, default or absent.
    """
    if name == "none":
        return {}
    found = calibration(name)["posterior"]
    if recalled_records not in found:
        raise problem(
            f"calibration {name}", f"no posterior for '{recalled_records}'", "one of " + ", ".join(found)
        )
    fitted = {each: np.array(values) for each, values in found[recalled_records]["members"].items()}
    size = len(next(iter(fitted.values())))
    return fitted | {each: np.full(size, value) for each, value in calibration(name)["held"].items()}


def differing(name: str, values: Mapping[str, Entry]) -> list[Finding]:
    """Values whose prior is not the one that a calibration was fitted from; it would replace them unseen."""
    priors = {} if name == "none" else calibration(name)["prior"]
    return [
        Finding(
            f"{entry.file}: {entry.path}",
            f"{entry.value:g} ({entry.uncertainty or 'no uncertainty'})",
            f"{value:g} ({spread}), from which calibration {name} was fitted",
            'restore it, or set calibration = "none" under [analysis]',
        )
        for key, (value, spread) in priors.items()
        if (entry := values.get(key)) is not None
        and (entry.value, str(entry.uncertainty or "")) != (value, spread)
    ]


def calibrated(parameters: pl.DataFrame, name: str, recalled_records: str) -> pl.DataFrame:
    """Table ``parameters`` with the values that a calibration replaces, by their keys.

    Value is the median over members, uncertainty their 5th and 95th percentile; the prior that the
    library holds is told in BECAUSE.
    """
    rows = [
        row | _fitted(row, name, values)
        for key, values in members(name, recalled_records).items()
        for row in parameters.filter(pl.col("PATH").str.ends_with(f" {key}")).to_dicts()
    ]
    if not rows:
        return parameters
    fitted = pl.DataFrame(rows, schema=parameters.schema)
    kept = parameters.join(fitted.select("PATH"), on="PATH", how="anti")
    return pl.concat([kept, fitted]).sort("PATH").rechunk()


def _fitted(row: Mapping[str, Any], name: str, values: Floats) -> dict[str, Any]:
    """What changes in the row of a fitted value, or of one that the fit held."""
    if values.min() == values.max():
        return {"UNCERTAINTY": f"held, as in calibration {name}; prior {row['UNCERTAINTY']}"}
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return {
        "VALUE": float(middle),
        "ORIGIN": "fitted",
        "SOURCE": f"calibration {name}",
        "WHERE": "docs/decisions/0011-first-anchor-fit.md",
        "GRADE": "calibrated",
        "VERIFIED": "derived",
        "UNCERTAINTY": f"{low:.3g} to {high:.3g}, 90% of members, jointly",
        "BECAUSE": f"Prior {row['VALUE']:.3g} ({row['UNCERTAINTY']}; {row['ORIGIN']}). {row['BECAUSE']}",
    }


def digest(name: str) -> str:
    """Digest of a calibration, part of that of every study that uses it."""
    if name == "none":
        return name
    stored = [calibration(name)[part] for part in ("posterior", "held")]
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()

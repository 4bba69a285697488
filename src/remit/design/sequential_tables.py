"""Tables and curves of a group-sequential design: bounds, stops, information, rounding."""

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.design.effect import Effect
from remit.design.stopping import leaving
from remit.stats.estimate import Floats
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.integration import Exits
from remit.stats.sequential.power import stopping
from remit.stats.sequential.scales import nominal_p

EFFECTS = 61
"""Points of the curves by true effect."""


def bounds_section(found: GroupSequentialDesign, effect: Effect | None, maximum: float) -> Section:
    """Bounds by look, on every scale on which they are read; ``maximum`` is in the unit of the effect."""
    amount = maximum * found.fractions
    frame: dict[str, object] = {
        "LOOK": np.arange(1, found.n_looks + 1), "FRACTION": found.fractions, "UPPER": found.upper,
        "UPPERP": nominal_p(found.upper), "ALPHA": found.alpha_spent,
    }  # fmt: skip
    columns = [
        Column("LOOK", "look", "count"),
        Column("FRACTION", "information", "statistic"),
        Column("UPPER", "efficacy z", "statistic"),
        Column("UPPERP", "one-sided p", "probability"),
        Column("ALPHA", "alpha spent", "probability"),
    ]
    if effect is not None:
        unit, code = effect.unit, effect.code
        frame |= {unit.upper(): amount, f"UPPER{code}": effect.at(found.upper, amount)}
        columns += [
            Column(unit.upper(), unit, "time"),
            Column(f"UPPER{code}", f"efficacy {code}", "statistic"),
        ]
    if np.isfinite(found.lower[:-1]).any():
        frame |= {"LOWER": found.lower, "BETA": found.beta_spent}
        columns += [Column("LOWER", "futility z", "statistic"), Column("BETA", "beta spent", "probability")]
        if effect is not None:
            frame |= {f"LOWER{effect.code}": effect.at(found.lower, amount)}
            columns.append(Column(f"LOWER{effect.code}", f"futility {effect.code}", "statistic"))
    if np.isfinite(found.harm).any():
        frame |= {"HARM": found.harm, "HARMSPENT": found.harm_spent}
        columns += [Column("HARM", "harm z", "statistic"), Column("HARMSPENT", "harm spent", "probability")]
    return Section(
        "bounds", "Bounds, at the information fractions given", tuple(columns), pl.DataFrame(frame)
    )


def stopping_section(found: GroupSequentialDesign, alternative: Exits) -> Section:
    """Probability of stopping at each look, without effect and under the alternative."""
    none = stopping(found, 0.0)
    frame = {
        "LOOK": np.arange(1, found.n_looks + 1),
        "UPPER0": none.efficacy[0],
        "LOWER0": none.futility[0],
        "UPPER1": alternative.upper,
        "LOWER1": alternative.lower,
        "POWER": np.cumsum(alternative.upper),
    }
    below_is = "other side" if found.sides == 2 else "below"
    columns = [
        Column("LOOK", "look", "count"),
        Column("UPPER0", "efficacy, no effect", "probability"),
        Column("LOWER0", "futility, no effect", "probability"),
        Column("UPPER1", "efficacy, alternative", "probability"),
        Column("LOWER1", f"{below_is}, alternative", "probability"),
        Column("POWER", "power so far", "probability"),
    ]
    if found.sides == 2 or np.isfinite(found.harm).any():
        frame["HARM0"] = none.harm[0]
        columns.insert(3, Column("HARM0", "harm, no effect", "probability"))
    notes = ("Futility at the last look: benefit was not shown.",) if found.sides == 1 else ()
    return Section(
        "stopping", "Probability of stopping at each look", tuple(columns), pl.DataFrame(frame), notes
    )


def information_section(
    found: GroupSequentialDesign, effect: Effect | None, maximum: float, alternative: Exits
) -> Section:
    """Maximum and expected information, in events or patients where these are known."""

    def expected(leaves: Exits) -> float:
        at = leaves.upper + leaves.lower
        return float(at @ found.fractions + (1 - at.sum()) * found.fractions[-1])

    none = leaving(found, np.zeros(found.n_looks))
    shares = {
        "maximum": 1.0,
        "expected, no effect": expected(none),
        "expected, alternative": expected(alternative),
    }
    frame = {"WHAT": list(shares), "RELATIVE": [found.inflation * share for share in shares.values()]}
    columns = [Column("WHAT", "", "text"), Column("RELATIVE", "relative to one look", "statistic")]
    if effect is not None:
        frame |= {effect.unit.upper(): [maximum * share for share in shares.values()]}
        columns.append(Column(effect.unit.upper(), effect.unit, "time"))
    return Section("size", "Information", tuple(columns), pl.DataFrame(frame))


def rounding_section(fractions: Floats, unit: str, maximum: float) -> Section:
    """Events or patients at each look as whole numbers, and the fractions that these are.

    Parameters
    ----------
    fractions
        Planned information fractions.
    unit
        "events" or "patients".
    maximum
        Their number at the last look, not rounded.
    """
    whole = np.ceil(fractions * maximum - 1e-9)
    frame = pl.DataFrame(
        {
            "LOOK": np.arange(1, len(fractions) + 1),
            "EXACT": fractions * maximum,
            unit.upper(): whole.astype(np.int64),
            "FRACTION": whole / whole[-1],
        }
    )
    columns = (
        Column("LOOK", "look", "count"),
        Column("EXACT", f"{unit}, exact", "statistic"),
        Column(unit.upper(), f"{unit}, rounded up", "count"),
        Column("FRACTION", "information then", "statistic"),
    )
    note = f"Bounds above are those of the fractions given; at a look they follow the {unit} there are."
    return Section("rounding", f"Rounding of {unit}", columns, frame, (note,))


def bound_curve(found: GroupSequentialDesign) -> pl.DataFrame:
    """Bounds by information; of futility only where there is one before the last look."""
    shown = {"efficacy": found.upper, "futility": found.lower, "harm": found.harm}
    if not np.isfinite(found.lower[:-1]).any():
        del shown["futility"]
    rows = [
        {"FRACTION": float(at), "Z": float(z), "BOUND": name, "HOVER": f"look {k}: {name} z {z:.4f}"}
        for name, bounds in shown.items()
        for k, (at, z) in enumerate(zip(found.fractions, bounds, strict=True), 1)
        if np.isfinite(z)
    ]
    return pl.DataFrame(rows)


def power_curve(found: GroupSequentialDesign, effect: Effect | None) -> pl.DataFrame:
    """Probabilities by true effect, or by the share of the alternative."""
    shares = np.linspace(-0.5, 1.5, EFFECTS)
    shown = shares if effect is None else effect.along(shares)
    at = stopping(found, shares * found.drift)
    early = (at.efficacy + at.futility + at.harm)[:, :-1].sum(axis=1)
    lines = {"benefit shown": at.efficacy.sum(axis=1), "stopped before the last look": early}
    return pl.concat(
        pl.DataFrame({"EFFECT": shown, "WHAT": [what] * EFFECTS, "PROBABILITY": values})
        for what, values in lines.items()
    )

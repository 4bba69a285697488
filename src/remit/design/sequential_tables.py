"""Tables and curves of a group-sequential design: bounds, stops, information, rounding."""

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.design.effect import Effect, Rates
from remit.design.stopping import leaving
from remit.stats.estimate import Floats
from remit.stats.planning.allocation import rounded_up, whole_arms
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.integration import Exits
from remit.stats.sequential.power import stopping
from remit.stats.sequential.scales import nominal_p

EFFECTS = 61
"""Points of the curves by true effect."""


def bounds_section(
    found: GroupSequentialDesign, effect: Effect | None, maximum: float, beta: Floats | None = None
) -> Section:
    """Bounds by look, on every scale on which they are read.

    Parameters
    ----------
    found
        The design.
    effect
        What is measured.
    maximum
        Information at the last look, in the unit of the effect.
    beta
        Type II error spent by each look, where it is not that of the design, as with a delayed effect.
    """
    amount = maximum * found.fractions
    spent = found.beta_spent if beta is None else beta
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
        frame |= {unit.upper(): amount, f"UPPER{code}": _reached(effect, found.upper, amount)}
        columns += [
            Column(unit.upper(), unit, "time"),
            Column(f"UPPER{code}", f"efficacy {code}", "statistic"),
        ]
    if np.isfinite(found.lower[:-1]).any():
        frame |= {"LOWER": found.lower, "BETA": spent}
        columns += [Column("LOWER", "futility z", "statistic"), Column("BETA", "beta spent", "probability")]
        if effect is not None:
            frame |= {f"LOWER{effect.code}": _reached(effect, found.lower, amount)}
            columns.append(Column(f"LOWER{effect.code}", f"futility {effect.code}", "statistic"))
    if np.isfinite(found.harm).any():
        frame |= {"HARM": found.harm, "HARMSPENT": found.harm_spent}
        columns += [Column("HARM", "harm z", "statistic"), Column("HARMSPENT", "harm spent", "probability")]
    return Section(
        "bounds", "Bounds, at the information fractions given", tuple(columns), pl.DataFrame(frame)
    )


def _reached(effect: Effect, z: Floats, amount: Floats) -> Floats:
    """Estimates at bounds; NaN where there is no bound."""
    there = np.isfinite(z)
    return np.where(there, effect.at(np.where(there, z, 0.0), amount), np.nan)


def stopping_section(found: GroupSequentialDesign, alternative: Exits) -> Section:
    """Probability of stopping at each look, without effect and under the alternative.

    A last look without benefit is no stop for futility: that is what power leaves.
    """
    none, early = stopping(found, 0.0), np.arange(found.n_looks) < found.n_looks - 1
    futility, harm = bool(np.isfinite(found.lower[:-1]).any()), bool(np.isfinite(found.harm).any())
    frame: dict[str, object] = {
        "LOOK": np.arange(1, found.n_looks + 1),
        "UPPER0": none.efficacy[0],
        "UPPER1": alternative.upper,
    }
    columns = [
        Column("LOOK", "look", "count"),
        Column("UPPER0", "efficacy, no effect", "probability"),
        Column("UPPER1", "efficacy, alternative", "probability"),
    ]
    if futility:
        frame["LOWER0"] = np.where(early, none.futility[0], np.nan)
        columns.insert(2, Column("LOWER0", "futility, no effect", "probability"))
    if found.sides == 2 or harm:
        frame["HARM0"] = none.harm[0]
        columns.insert(-1, Column("HARM0", "harm, no effect", "probability"))
    if found.sides == 2 or futility or harm:
        lower = alternative.lower if found.sides == 2 else np.where(early, alternative.lower, np.nan)
        what = "harm" if found.sides == 2 or not futility else "futility or harm" if harm else "futility"
        frame["LOWER1"] = lower
        columns.append(Column("LOWER1", f"{what}, alternative", "probability"))
    frame["POWER"] = np.cumsum(alternative.upper)
    columns.append(Column("POWER", "power so far", "probability"))
    return Section("stopping", "Probability of stopping at each look", tuple(columns), pl.DataFrame(frame))


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


def rounding_section(fractions: Floats, effect: Effect, maximum: float) -> Section:
    """Events or patients at each look as whole numbers, and the fractions that these are.

    Events are rounded up; patients up to the next total that the ratio allows.

    Parameters
    ----------
    fractions
        Planned information fractions.
    effect
        Its unit says what is counted.
    maximum
        Their number at the last look, not rounded.
    """
    unit, exact = effect.unit, fractions * maximum
    frame: dict[str, object] = {"LOOK": np.arange(1, len(fractions) + 1), "EXACT": exact}
    columns = [
        Column("LOOK", "look", "count"),
        Column("EXACT", f"{unit}, exact", "statistic"),
        Column(unit.upper(), f"{unit}, rounded up", "count"),
    ]
    if isinstance(effect, Rates):
        arms = whole_arms(exact, effect.ratio, "allocation kept")
        whole = arms[0] + arms[1]
        frame |= {unit.upper(): whole, "EXPERIMENTAL": arms[0], "CONTROL": arms[1]}
        columns += [
            Column("EXPERIMENTAL", "experimental", "count"),
            Column("CONTROL", "control", "count"),
        ]
    else:
        whole = rounded_up(exact)
        frame[unit.upper()] = whole
    frame["FRACTION"] = whole / whole[-1]
    columns.append(Column("FRACTION", "information then", "statistic"))
    note = f"Bounds above are those of the fractions given; at a look they follow the {unit} there are."
    return Section("rounding", f"Rounding of {unit}", tuple(columns), pl.DataFrame(frame), (note,))


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

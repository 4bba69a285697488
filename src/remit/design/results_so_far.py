"""What the statistics of a trial say so far: repeated intervals, the power that is left, inference."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.design.effect import Effect, HazardRatio
from remit.design.stopping import leaving_course
from remit.errors import problem
from remit.stats.estimate import Booleans, Estimate, Floats
from remit.stats.sequential.conditional import (
    conditional_power,
    current_trend,
    predictive_power,
    rest_of_trial,
)
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.inference import stagewise, stagewise_order
from remit.stats.sequential.looks import Looks, Stop, after, of_design
from remit.stats.sequential.repeated import repeated_intervals
from remit.stats.sequential.scales import event_information, hazard_ratio, share_of


@dataclass(frozen=True, slots=True)
class Sofar:
    """Looks done of a trial, and what they are read by.

    Parameters
    ----------
    now
        The design with the information that looks had.
    z
        Statistic at each look done.
    done
        Number of looks done.
    last
        Information at the last look, in the unit of the effect.
    stopped
        Whether the trial ended at the last look done.
    effect
        What is measured. A hazard ratio is shown as such; else drifts are shown over that of the alternative.
    course
        Expected statistic under the alternative by information, where it is not the drift times its root.
    """

    now: GroupSequentialDesign
    z: tuple[float, ...]
    done: int
    last: float
    stopped: bool
    effect: Effect | None
    course: Callable[[Floats], Floats] | None


def results_sections(given: Sofar) -> list[Section]:
    """Results at the looks done; then what is left of the power, or, if the trial is over, inference.

    Raises
    ------
    InputError
        If there is not one finite statistic for each look done, or a look follows one that ended the trial.
    """
    now, effect, done = given.now, given.effect, given.done
    at = np.asarray(given.z, dtype=np.float64)
    if at.size != done or not np.isfinite(at).all():
        needed = f"one finite number for each of {done} looks"
        raise problem("z", f"{at.size} statistics", needed, "--z 1.2,2.4")
    upper, lower = now.upper[:done], now.lower[:done]
    benefit = at >= upper
    other = (now.sides == 2) & (at <= -upper)
    ended = benefit | other
    if now.binding:
        # The last look is no futility stop, and has no look after it.
        ended |= at <= lower
    if ended[:-1].any():
        first = int(np.argmax(ended)) + 1
        needed = "no look after one whose bound ends the trial: type I error would not be held"
        raise problem("z", f"look {first} crossed its bound", needed, "leave later looks out")
    harm = other | (at <= now.harm[:done])
    whole = of_design(now, _maximum(given.last, effect))
    sections = [_results(now, whole, at, _said(now, at, benefit, harm), effect)]
    if ended[-1] or given.stopped or done == now.n_looks:
        return [*sections, _inference(now, whole, Stop(done, float(at[-1])), effect)]
    return [*sections, _left(given, whole, float(at[-1]))]


def _maximum(last: float, effect: Effect | None) -> float:
    """Information at the last look, so that a drift is minus a log hazard ratio, or else fractions."""
    if isinstance(effect, HazardRatio):
        return float(event_information(last, share_of(effect.ratio)))
    return 1.0


def _shown(drift: Estimate, now: GroupSequentialDesign, effect: Effect | None) -> Estimate:
    """A drift as it is read: a hazard ratio, or a share of the alternative."""
    if isinstance(effect, HazardRatio):
        return hazard_ratio(drift)
    return Estimate(drift.value / now.drift, drift.low / now.drift, drift.high / now.drift)


def _heading(effect: Effect | None) -> str:
    return "HR" if isinstance(effect, HazardRatio) else "share of the alternative"


def _results(
    now: GroupSequentialDesign, whole: Looks, z: Floats, said: list[str], effect: Effect | None
) -> Section:
    """Statistic, verdict and repeated interval at each look done."""
    limits = repeated_intervals(whole, z)
    naive = z / np.sqrt(whole.information[: z.size])
    shown = [
        _shown(Estimate(float(each), float(low), float(high)), now, effect)
        for each, low, high in zip(naive, limits.low, limits.high, strict=True)
    ]
    frame = pl.DataFrame(
        {
            "LOOK": np.arange(1, z.size + 1),
            "Z": z,
            "SAID": said,
            "ESTIMATE": [each.value for each in shown],
            "LOW": [each.low for each in shown],
            "HIGH": [each.high for each in shown],
        }
    )
    level = 100 * (1 - 2 * now.alpha)
    columns = (
        Column("LOOK", "look", "count"),
        Column("Z", "z", "statistic"),
        Column("SAID", "", "text"),
        Column("ESTIMATE", _heading(effect), "statistic"),
        Column("LOW", f"repeated {level:g}% limits", "statistic"),
        Column("HIGH", "", "statistic"),
    )
    notes = [
        "Repeated limits hold at any look, whatever the rule to stop.",
        "The estimate takes no account of looks.",
        *_derived(effect),
    ]
    return Section("results", "Results so far", columns, frame, tuple(notes))


def _derived(effect: Effect | None) -> list[str]:
    """How a hazard ratio comes from z, which its reader must know."""
    if not isinstance(effect, HazardRatio):
        return []
    notes = ["HR here is what z and the events imply by Schoenfeld's information, not Cox's estimate."]
    if effect.ratio != 1:
        notes.append("In unequal arms it is further from Cox's: take the estimate from the model.")
    return notes


def _said(now: GroupSequentialDesign, z: Floats, benefit: Booleans, harm: Booleans) -> list[str]:
    """What each statistic says."""
    futile = z <= now.lower[: z.size]
    last = np.arange(z.size) == now.n_looks - 1
    return np.select(
        [benefit, harm, last, futile],
        ["benefit shown", "harm shown", "benefit not shown", "at or below futility"],
        "goes on",
    ).tolist()


def _left(given: Sofar, whole: Looks, z: float) -> Section:
    """Conditional power under named effects, and predictive power."""
    now, done = given.now, given.done
    ahead, at = after(whole, done), float(whole.information[done - 1])
    powers = {
        "conditional, under the alternative": _under_alternative(given, whole, ahead, z),
        "conditional, under the trend so far": float(conditional_power(ahead, z, at, current_trend(z, at))),
        "conditional, under no effect": float(conditional_power(ahead, z, at, 0.0)),
        "predictive, flat prior": float(predictive_power(ahead, z, at)),
    }
    frame = pl.DataFrame({"WHAT": list(powers), "POWER": list(powers.values())})
    columns = (Column("WHAT", "", "text"), Column("POWER", "power left", "statistic"))
    notes: list[str] = []
    if np.isfinite(now.lower[:-1]).any():
        notes.append("Futility bounds to come are obeyed; without them more power is left.")
    if given.course is not None:
        notes.append(
            "The trend and the predictive power take hazards as proportional; the alternative does not."
        )
    return Section(
        "left", "Probability of showing benefit at the looks to come", columns, frame, tuple(notes)
    )


def _under_alternative(given: Sofar, whole: Looks, ahead: Looks, z: float) -> float:
    """Conditional power under the effect that was planned, whose course may not be a straight line."""
    at = float(whole.information[given.done - 1])
    if given.course is None:
        planned = given.now.drift / float(np.sqrt(whole.information[-1]))
        return float(conditional_power(ahead, z, at, planned))
    information = whole.information[given.done - 1 :]
    amounts = given.last * information / whole.information[-1]
    score = given.course(amounts) * np.sqrt(information)
    rest = rest_of_trial(ahead, z, at)
    exits = leaving_course(rest.information, rest.lower, rest.upper, (score - score[0])[1:])
    return float(exits.upper.sum())


def _inference(now: GroupSequentialDesign, whole: Looks, stop: Stop, effect: Effect | None) -> Section:
    """Stage-wise p-value, median-unbiased estimate and interval."""
    level = 1 - 2 * now.alpha
    found = stagewise(whole, stop, level)
    shown = _shown(found.drift, now, effect)
    naive = _shown(Estimate(found.naive, np.nan, np.nan), now, effect)
    frame: dict[str, list[float]] = {
        "PVALUE": [found.p_value],
        "ESTIMATE": [shown.value],
        "LOW": [shown.low],
        "HIGH": [shown.high],
        "NAIVE": [naive.value],
    }
    columns = [
        Column("PVALUE", "one-sided p", "probability"),
        Column("ESTIMATE", f"{_heading(effect)}, median-unbiased", "statistic"),
        Column("LOW", f"{100 * level:g}% limits", "statistic"),
        Column("HIGH", "", "statistic"),
        Column("NAIVE", "as if there had been one look", "statistic"),
    ]
    if now.sides == 2 or np.isfinite(now.harm).any():
        frame["PHARM"] = [stagewise_order(whole, stop, 0.0).less]
        columns.insert(1, Column("PHARM", "one-sided p, harm", "probability"))
    counted = (
        "futility was counted on, as it binds."
        if now.binding
        else "futility that does not bind is not counted on."
    )
    note = f"Stage-wise ordering (Tsiatis, Rosner and Mehta 1984); {counted}"
    notes = (note, *_derived(effect))
    return Section("inference", "After the trial", tuple(columns), pl.DataFrame(frame), notes)

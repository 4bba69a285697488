"""What the statistics of a trial say so far: repeated intervals, the power that is left, inference."""

import numpy as np
import polars as pl

from remit.design.designed import Column, Section
from remit.design.effect import Effect, HazardRatio
from remit.errors import problem
from remit.stats.estimate import Estimate
from remit.stats.sequential.conditional import conditional_power, current_trend, predictive_power
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.inference import stagewise
from remit.stats.sequential.looks import Looks, Stop, after, of_design
from remit.stats.sequential.repeated import repeated_intervals
from remit.stats.sequential.scales import event_information, hazard_ratio, share_of


def results_sections(
    now: GroupSequentialDesign, z: tuple[float, ...], done: int, last: float, effect: Effect | None
) -> list[Section]:
    """Results at the looks done; then what is left of the power, or, if the trial is over, inference.

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
    effect
        What is measured. A hazard ratio is shown as such; else drifts are shown over that of the alternative.

    Raises
    ------
    InputError
        If there is not one finite statistic for each look done, or a look follows one that ended the trial.
    """
    at = np.asarray(z, dtype=np.float64)
    if at.size != done or not np.isfinite(at).all():
        raise problem(
            "z", f"{at.size} statistics", f"one finite number for each of {done} looks", "--z 1.2,2.4"
        )
    crossed = (
        (at >= now.upper[:done]) | ((now.sides == 2) & (at <= -now.upper[:done])) | (at <= now.harm[:done])
    )
    if crossed[:-1].any():
        first = int(np.argmax(crossed)) + 1
        raise problem(
            "z",
            f"look {first} crossed its bound",
            "no look after the trial has ended",
            "leave later looks out",
        )
    whole = of_design(now, _maximum(last, effect))
    sections = [_results(now, whole, at, crossed, effect)]
    if crossed[-1] or done == now.n_looks:
        return [*sections, _inference(now, whole, Stop(done, float(at[-1])), effect)]
    return [*sections, _left(now, whole, float(at[-1]), done)]


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
    now: GroupSequentialDesign, whole: Looks, z: np.ndarray, crossed: np.ndarray, effect: Effect | None
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
            "SAID": [
                _said(now, k, float(x), bool(over))
                for k, (x, over) in enumerate(zip(z, crossed, strict=True))
            ],
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
    note = (
        "Repeated limits hold at any look, whatever the rule to stop. The estimate takes no account of looks."
    )
    return Section("results", "Results so far", columns, frame, (note,))


def _said(now: GroupSequentialDesign, look: int, z: float, crossed: bool) -> str:
    """What a statistic says at a look."""
    if crossed:
        return "benefit shown" if z > 0 else "harm shown"
    if look == now.n_looks - 1:
        return "benefit not shown"
    return "at or below futility" if z <= now.lower[look] else "goes on"


def _left(now: GroupSequentialDesign, whole: Looks, z: float, done: int) -> Section:
    """Conditional power under named effects, and predictive power."""
    ahead, at = after(whole, done), float(whole.information[done - 1])
    planned = now.drift / float(np.sqrt(whole.information[-1]))
    trend = float(current_trend(z, at))
    powers = {
        "conditional, under the alternative": float(conditional_power(ahead, z, at, planned)),
        "conditional, under the trend so far": float(conditional_power(ahead, z, at, trend)),
        "conditional, under no effect": float(conditional_power(ahead, z, at, 0.0)),
        "predictive, flat prior": float(predictive_power(ahead, z, at)),
    }
    frame = pl.DataFrame({"WHAT": list(powers), "POWER": list(powers.values())})
    columns = (Column("WHAT", "", "text"), Column("POWER", "power left", "statistic"))
    return Section("left", "Probability of showing benefit at the looks to come", columns, frame)


def _inference(now: GroupSequentialDesign, whole: Looks, stop: Stop, effect: Effect | None) -> Section:
    """Stage-wise p-value, median-unbiased estimate and interval."""
    level = 1 - 2 * now.alpha
    found = stagewise(whole, stop, level)
    shown = _shown(found.drift, now, effect)
    naive = _shown(Estimate(found.naive, np.nan, np.nan), now, effect)
    frame = pl.DataFrame(
        {
            "PVALUE": [found.p_value],
            "ESTIMATE": [shown.value],
            "LOW": [shown.low],
            "HIGH": [shown.high],
            "NAIVE": [naive.value],
        }
    )
    columns = (
        Column("PVALUE", "one-sided p", "probability"),
        Column("ESTIMATE", f"{_heading(effect)}, median-unbiased", "statistic"),
        Column("LOW", f"{100 * level:g}% limits", "statistic"),
        Column("HIGH", "", "statistic"),
        Column("NAIVE", "as if there had been one look", "statistic"),
    )
    note = (
        "Stage-wise ordering (Tsiatis, Rosner and Mehta 1984); futility that does not bind is not counted on."
    )
    return Section("inference", "After the trial", columns, frame, (note,))

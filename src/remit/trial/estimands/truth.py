"""What is true of the simulated population: the value of an estimand without the noise of randomisation.

Every virtual patient is simulated under every arm. The two records of a patient are what the potential
outcomes are called in causal inference, so that the effect of treatment in the population is a comparison of
all patients under one arm with the same patients under another. Counterfactual pairs serve estimand truth,
not trial analysis: no trial sees both records.

Truth is as the assessments and the conduct of the study show it, with scans on their days and by the reader
named; patients lost in the simulation are censored, which is right there since they are lost at random. Under
the hypothetical strategy the value is what the estimator comes to in an endless trial, which is true only as
far as its assumption holds: nobody was simulated without the intercurrent event.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Integers, MonteCarlo
from remit.stats.monte_carlo import mean_error, quantile
from remit.trial.estimands.endpoint import (
    DEATH,
    HYPOTHETICAL,
    NEW_THERAPY,
    OF_RESPONDERS,
    OTHER_STOP,
    TOXICITY_STOP,
    WHILE,
    Endpoint,
    check,
    strategies_of,
)
from remit.trial.estimands.event_times import times
from remit.trial.estimands.intercurrent import event_day
from remit.trial.estimands.pair_effects import (
    Influenced,
    Outcome,
    log_hazard_ratio,
    restricted_mean,
    share,
    survival,
)
from remit.trial.estimands.responses import responses
from remit.trial.milestones import Milestones, happened

LABEL = "truth of the simulated population"
LOW, HIGH = 0.05, 0.95
COLUMNS = {
    "PARAMCD": pl.String,
    "MEASURE": pl.String,
    "VALUE": pl.Float64,
    "MCSE": pl.Float64,
    "LOW90": pl.Float64,
    "HIGH90": pl.Float64,
    "N": pl.Int64,
    "DRAWS": pl.Int64,
    "NOTE": pl.String,
}
STRATA = (TOXICITY_STOP, OTHER_STOP, NEW_THERAPY, DEATH)
"""Intercurrent events without which, under both arms, a patient belongs to a principal stratum."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The same patients, in the same order, under two arms; ``draw`` is the parameter draw of each."""

    experimental: Milestones
    control: Milestones
    draw: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """How long patients are followed, and where curves are read; days.

    Parameters
    ----------
    up_to
        Follow-up of everyone, part of the estimand of a hazard ratio.
    horizon
        Up to which restricted means go; none if not given. A curve is known up to the last assessment only.
    milestone
        At which survival is compared; not at all if not given.
    scan_days
        Planned assessments, to tell how many were missed.
    without
        An event of ``STRATA``: the effect is then that in patients who do not have it by ``up_to`` under
        either arm, the principal stratum that no analysis sees.
    """

    up_to: float
    horizon: float | None = None
    milestone: float | None = None
    scan_days: tuple[float, ...] = ()
    without: str | None = None


def estimand_truth(endpoint: Endpoint, pairs: Pairs, follow: Follow) -> pl.DataFrame:
    """True values of an endpoint for two arms: of each arm, and of the one against the other.

    Parameters
    ----------
    endpoint
        What is asked.
    pairs
        The pool; patients of one draw are a sample of its population, all of one weight.
    follow
        Follow-up, horizon and milestone.

    Returns
    -------
    One row a measure: PARAMCD, MEASURE, VALUE (the mean over draws, geometric for a hazard ratio), MCSE,
    LOW90 and HIGH90 (over draws; null with one), N (pairs), DRAWS and NOTE. With several draws the error is
    that of draws, else that of the patients. What cannot be told is null. Times of responders are compared
    among those who respond under both arms, since other responders have no counterpart.

    Raises
    ------
    InputError
        If the endpoint cannot be computed as declared, or pairs or follow-up do not fit.
    """
    check([endpoint])
    _check(pairs, follow)
    kept = _stratum(pairs, follow)
    rows: dict[str, list[MonteCarlo]] = {}
    used = 0
    names = np.unique(pairs.draw)
    both = [_observed(endpoint, m, follow) for m in (pairs.experimental, pairs.control)]
    for one in names:
        here = kept & (pairs.draw == one)
        used += int(here.sum())
        for measure, found in _effects(endpoint, both, here, follow).items():
            rows.setdefault(measure, []).append(found)
    note = _note(endpoint, pairs, follow)
    table = [
        {"PARAMCD": endpoint.name, "MEASURE": measure, "N": used, "DRAWS": names.size, "NOTE": note}
        | _over_draws(measure, found)
        for measure, found in rows.items()
    ]
    return pl.DataFrame(table, schema=COLUMNS).with_columns(pl.col(pl.Float64).fill_nan(None))


def _check(pairs: Pairs, follow: Follow) -> None:
    found: list[Finding] = []
    shapes = {pairs.experimental.death.shape, pairs.control.death.shape, pairs.draw.shape}
    if len(shapes) != 1 or pairs.draw.ndim != 1 or not pairs.draw.size:
        needed = "the same patients under both arms, with their draws, of one shape (n_patients,)"
        found.append(Finding("pairs", f"shapes {', '.join(map(str, sorted(shapes)))}", needed))
    horizon = follow.up_to if follow.horizon is None else follow.horizon
    milestone = follow.up_to if follow.milestone is None else follow.milestone
    if not (0 < horizon <= follow.up_to and 0 < milestone <= follow.up_to and np.isfinite(follow.up_to)):
        days = f"up to {follow.up_to:g}, horizon {horizon:g}, milestone {milestone:g}"
        found.append(Finding("follow", days, "days above 0, none beyond the follow-up, which is finite"))
    if follow.without is not None and follow.without not in STRATA:
        found.append(Finding("follow: without", follow.without, f"one of {', '.join(STRATA)}"))
    if found:
        raise InputError(found)


def _stratum(pairs: Pairs, follow: Follow) -> Booleans:
    """Who is in the population: everyone, or a principal stratum."""
    kept = np.ones(pairs.draw.shape, dtype=bool)
    if follow.without is not None:
        for m in (pairs.experimental, pairs.control):
            kept &= ~happened(event_day(follow.without, m), np.full(kept.shape, follow.up_to))
    return kept


@dataclass(frozen=True, slots=True)
class _Observed:
    """Times or responses of all patients under one arm, and whom they are about."""

    outcome: Outcome
    response: Booleans
    counted: Booleans


def _observed(endpoint: Endpoint, m: Milestones, follow: Follow) -> _Observed:
    limit = np.full(m.death.shape, follow.up_to)
    if endpoint.is_time:
        found = times(endpoint, m, limit, follow.scan_days)
        return _Observed(Outcome(found.time, found.event), found.event, found.counted)
    said = responses(endpoint, m, limit)
    return _Observed(Outcome(limit, said.response), said.response, said.counted)


def _effects(
    endpoint: Endpoint, both: list[_Observed], here: Booleans, follow: Follow
) -> Mapping[str, MonteCarlo]:
    """Values of one draw by measure; a hazard ratio as its logarithm."""
    alone = [_measures(endpoint, each, here & each.counted, follow) for each in both]
    shared = here & both[0].counted & both[1].counted
    paired = [_measures(endpoint, each, shared, follow) for each in both]
    found: dict[str, MonteCarlo] = {}
    for measure in alone[0]:
        found[f"{measure}, experimental"] = alone[0][measure].estimate
        found[f"{measure}, control"] = alone[1][measure].estimate
        found[f"{measure}, difference"] = paired[0][measure].minus(paired[1][measure]).estimate
    if endpoint.is_time and WHILE not in strategies_of(endpoint).values():
        one, other = (_restricted(each.outcome, shared) for each in both)
        found["hazard ratio"] = log_hazard_ratio(one, other).estimate
    return found


def _restricted(outcome: Outcome, who: Booleans) -> Outcome:
    return Outcome(outcome.time[who], outcome.event[who])


def _measures(endpoint: Endpoint, seen: _Observed, who: Booleans, follow: Follow) -> Mapping[str, Influenced]:
    """Measures of one arm by name; of an empty group they are not known."""
    if not endpoint.is_time:
        return {"rate": share(seen.response[who])}
    if WHILE in strategies_of(endpoint).values():
        return {f"share with the event by day {follow.up_to:g}": share(seen.response[who])}
    outcome = _restricted(seen.outcome, who)
    found: dict[str, Influenced] = {}
    if follow.horizon is not None:
        name = f"restricted mean to day {follow.horizon:g} [day]"
        found[name] = restricted_mean(outcome, follow.horizon)
    if follow.milestone is not None:
        found[f"survival at day {follow.milestone:g}"] = survival(outcome, follow.milestone)
    return found


def _over_draws(measure: str, found: list[MonteCarlo]) -> dict[str, float]:
    """Mean over draws with its error, and the interval over draws."""
    values = np.array([each.value for each in found])
    over = mean_error(values) if values.size > 1 else found[0]
    low, high = (quantile(values, level) if values.size > 1 else np.nan for level in (LOW, HIGH))
    if measure != "hazard ratio":
        return {"VALUE": over.value, "MCSE": over.mcse, "LOW90": low, "HIGH90": high}
    ratio = float(np.exp(over.value))
    return {
        "VALUE": ratio,
        "MCSE": ratio * over.mcse,
        "LOW90": float(np.exp(low)),
        "HIGH90": float(np.exp(high)),
    }


def _note(endpoint: Endpoint, pairs: Pairs, follow: Follow) -> str:
    """What must be said beside the values."""
    notes = [f"{LABEL}, the same patients under both arms, followed to day {follow.up_to:g}"]
    failed = int((pairs.experimental.failed | pairs.control.failed).sum())
    if failed:
        notes.append(f"{failed} patients whose equations were not solved count as no response, or censored")
    if WHILE in strategies_of(endpoint).values() and endpoint.is_time:
        notes.append("a share with the event is a lower bound by those lost to follow-up")
    if endpoint.variable in OF_RESPONDERS:
        notes.append("compared among those who respond under both arms")
    if HYPOTHETICAL in strategies_of(endpoint).values():
        notes.append("limit of the censored estimator, true as far as censoring is non-informative")
    if follow.without is not None:
        notes.append(f"principal stratum without {follow.without.replace('_', ' ')} under either arm")
    return "; ".join(notes)

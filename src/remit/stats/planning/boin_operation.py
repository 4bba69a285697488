"""Operating characteristics of the Bayesian optimal interval design, by simulation of many trials at once."""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.monte_carlo import mean_error, proportion_error
from remit.stats.planning.boin import DecisionTable, DoseFinding, decision_table, rule_findings, selected_dose
from remit.stats.planning.requirement import check


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFindingConduct:
    """How a trial is run.

    Parameters
    ----------
    most
        Patients of the whole trial; the last cohort is smaller if need be.
    cohort
        Patients treated at a dose before a decision.
    first_dose
        Number of the first dose, from 0.
    enough
        The trial stops where the dose for the next cohort already has so many patients; None for no such
        rule.
    """

    most: int
    cohort: int = 3
    first_dose: int = 0
    enough: int | None = None


@dataclass(frozen=True, slots=True)
class DoseFindingTrials:
    """Simulated trials: ``patients`` and ``dlts`` by dose, shape (n_replicates, n_doses); ``selected`` dose,
    from 0, -1 for none; ``eliminated_from``, the lowest eliminated dose, n_doses for none; shape
    (n_replicates,).
    """

    patients: Integers
    dlts: Integers
    selected: Integers
    eliminated_from: Integers


@dataclass(frozen=True, slots=True)
class DoseFindingCharacteristics:
    """Shares and means over trials with their Monte Carlo standard errors; those by dose have n_doses
    entries.

    Parameters
    ----------
    selected
        Share of trials that select each dose.
    none_selected
        Share that select no dose.
    stopped_for_safety
        Share in which the lowest dose was eliminated.
    patients, dlts
        Mean numbers at each dose.
    total_patients, total_dlts
        Mean numbers of the whole trial.
    trials
        Number of simulated trials.
    """

    selected: tuple[MonteCarlo, ...]
    none_selected: MonteCarlo
    stopped_for_safety: MonteCarlo
    patients: tuple[MonteCarlo, ...]
    dlts: tuple[MonteCarlo, ...]
    total_patients: MonteCarlo
    total_dlts: MonteCarlo
    trials: int


@dataclass(frozen=True, slots=True)
class _State:
    """Where trials stand; all change from cohort to cohort."""

    patients: Integers
    dlts: Integers
    dose: Integers
    eliminated_from: Integers
    going: Booleans


def simulate_dose_finding(
    generator: np.random.Generator, true: Floats, rules: DoseFinding, conduct: DoseFindingConduct, trials: int
) -> DoseFindingTrials:
    """Simulate dose-finding trials.

    Parameters
    ----------
    generator
        Source of chance: one uniform number for each patient of each trial, so that designs which are given
        generators of one seed meet the same patients.
    true
        Probability of a DLT at each dose, shape (n_doses,), in [0, 1].
    rules, conduct
        Of the trials.
    trials
        How many.

    Raises
    ------
    InputError
        Impossible rules, conduct or probabilities.
    """
    p = np.asarray(true, dtype=np.float64)
    check(rule_findings(rules), _findings(p, conduct, trials))
    chance = generator.random((trials, conduct.most))
    table = decision_table(rules, conduct.most)
    doses = p.size
    state = _State(
        np.zeros((trials, doses), dtype=np.int64),
        np.zeros((trials, doses), dtype=np.int64),
        np.full(trials, conduct.first_dose),
        np.full(trials, doses),
        np.ones(trials, dtype=bool),
    )
    for first in range(0, conduct.most, conduct.cohort):
        toxic = (chance[:, first : first + conduct.cohort] < p[state.dose][:, None]).sum(axis=1)
        size = min(conduct.cohort, conduct.most - first)
        state = _after_cohort(state, toxic, size, table, conduct.enough)
    selected = selected_dose(state.dlts, state.patients, rules, state.eliminated_from)
    return DoseFindingTrials(state.patients, state.dlts, selected, state.eliminated_from)


def _after_cohort(
    state: _State, toxic: Integers, size: int, table: DecisionTable, enough: int | None
) -> _State:
    """Where trials stand after one more cohort of those that go on."""
    rows, doses = np.arange(state.dose.size), state.patients.shape[1]
    patients, dlts = state.patients.copy(), state.dlts.copy()
    patients[rows, state.dose] += np.where(state.going, size, 0)
    dlts[rows, state.dose] += np.where(state.going, toxic, 0)
    # Those that stopped are looked up too, and left as they are.
    n, y = np.maximum(patients[rows, state.dose], 1) - 1, dlts[rows, state.dose]
    limit = np.where(state.dose == 0, table.stop_at_least[n], table.eliminate_at_least[n])
    toxic_dose = state.going & (y >= limit)
    eliminated = np.where(toxic_dose, np.minimum(state.eliminated_from, state.dose), state.eliminated_from)
    step = np.where(y <= table.escalate_at_most[n], 1, np.where(y >= table.de_escalate_at_least[n], -1, 0))
    # An eliminated dose is left, whatever its share of DLTs says.
    step = np.where(toxic_dose, -1, step)
    dose = np.clip(state.dose + step, 0, np.maximum(np.minimum(doses, eliminated) - 1, 0))
    going = state.going & (eliminated > 0)
    if enough is not None:
        going &= patients[rows, dose] < enough
    return _State(patients, dlts, np.where(state.going, dose, state.dose), eliminated, going)


def dose_finding_characteristics(done: DoseFindingTrials) -> DoseFindingCharacteristics:
    """Shares and means over simulated trials, with Monte Carlo standard errors."""
    trials, doses = done.patients.shape

    def share(where: Booleans) -> MonteCarlo:
        return proportion_error(int(where.sum()), trials)

    def means(counts: Integers) -> tuple[MonteCarlo, ...]:
        return tuple(mean_error(column.astype(np.float64)) for column in counts.T)

    return DoseFindingCharacteristics(
        tuple(share(done.selected == dose) for dose in range(doses)),
        share(done.selected < 0),
        share(done.eliminated_from == 0),
        means(done.patients),
        means(done.dlts),
        mean_error(done.patients.sum(axis=1).astype(np.float64)),
        mean_error(done.dlts.sum(axis=1).astype(np.float64)),
        trials,
    )


def conduct_findings(conduct: DoseFindingConduct, n_doses: int | None = None) -> list[Finding]:
    """What is wrong with the conduct of a trial; its first dose only where the number of doses is known."""
    found: list[Finding] = []
    if conduct.cohort < 1 or conduct.most < conduct.cohort:
        shown = f"cohorts of {conduct.cohort} among {conduct.most} patients"
        found.append(Finding("cohort, most", shown, "at least 1 patient in a cohort, and one whole cohort"))
    if n_doses is not None and not 0 <= conduct.first_dose < max(n_doses, 1):
        found.append(Finding("first_dose", str(conduct.first_dose), f"a dose from 0 to {n_doses - 1}"))
    if conduct.enough is not None and conduct.enough < 1:
        found.append(Finding("enough", str(conduct.enough), "at least 1 patient, or None"))
    return found


def _findings(p: Floats, conduct: DoseFindingConduct, trials: int) -> list[Finding]:
    """What is wrong with true probabilities and the conduct of a trial."""
    found: list[Finding] = []
    if p.ndim != 1 or not p.size or not ((p >= 0) & (p <= 1)).all():
        found.append(Finding("true", str(p.tolist()), "a probability of a DLT in [0, 1] for each dose"))
    found += conduct_findings(conduct, p.size)
    if trials < 1:
        found.append(Finding("trials", str(trials), "at least 1"))
    return found

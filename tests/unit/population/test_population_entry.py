"""Who enters a trial, and who is counted instead."""

from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest

from remit import model
from remit.errors import RunError
from remit.population import Cohort, PopulationSpec, enter, sample_candidates, screening
from remit.population.history import NODE, PROGRESSED, REASONS, earlier_course
from remit.population.plausibility import plausible, violations
from remit.population.sample import select, untreated_state
from remit.population.screening import BATCH, ENTERED, SPARE, untreated_course
from remit.run.courses import make_block

SEED, N = 6, 8


@pytest.fixture(scope="module")
def cohort(treated: PopulationSpec) -> Cohort:
    return enter(SEED, 0, N, treated, make_block)


@pytest.fixture(scope="module")
def untreated(naive: PopulationSpec) -> Cohort:
    return enter(SEED, 0, N, naive, make_block)


def counts(cohort: Cohort) -> dict[str, int]:
    return dict(cohort.screening.select("OUTCOME", "COUNT").iter_rows())


def same_patients(one: Cohort, other: Cohort, n: int) -> None:
    """The first patients of two cohorts are the same to the bit."""
    for field in fields(Cohort):
        first, second = getattr(one, field.name), getattr(other, field.name)
        if isinstance(first, np.ndarray):
            assert first[:n].tobytes() == second[:n].tobytes(), field.name
    assert one.covariates.head(n).equals(other.covariates.head(n))


def test_a_smaller_cohort_is_the_start_of_a_larger_one(cohort: Cohort, treated: PopulationSpec) -> None:
    same_patients(enter(SEED, 0, 3, treated, make_block), cohort, 3)


def test_who_enters_does_not_depend_on_the_size_of_a_batch(
    cohort: Cohort, treated: PopulationSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "BATCH", 16)
    same_patients(enter(SEED, 0, N, treated, make_block), cohort, N)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
def test_nobody_starts_with_disease_near_or_beyond_its_capacity(
    share: float, treated: PopulationSpec
) -> None:
    every = sample_candidates(SEED, 0, np.arange(64), treated)
    found = every.parameters.copy()
    found[:, list(model.PARAMETERS).index("clones.capacity")] = share * every.protected
    crowded = replace(every, parameters=found)
    assert violations(crowded, treated)["burden too large"].all()


def test_whoever_is_plausible_has_no_negative_amount(treated: PopulationSpec) -> None:
    every = sample_candidates(SEED, 0, np.arange(256), treated)
    found = every.parameters.copy()
    found[:, list(model.PARAMETERS).index("clones.capacity")] *= np.geomspace(0.01, 1, 256)
    crowded = replace(every, parameters=found)
    kept = plausible(crowded, treated)
    assert 0 < kept.sum() < 256
    assert (untreated_state(crowded)[kept] >= 0).all()


def test_a_candidate_alone_has_the_history_that_he_has_among_others(treated: PopulationSpec) -> None:
    every = sample_candidates(SEED, 0, np.arange(6), treated)
    together = earlier_course(SEED, treated, every, make_block)
    for place in range(6):
        own = select(every, np.arange(6) == place)
        alone = earlier_course(SEED, treated, own, make_block)
        assert alone.outcome[0] == together.outcome[place]
        assert alone.days_on[0] == together.days_on[place]
        assert alone.state.tobytes() == together.state[[place]].tobytes()


def test_every_candidate_is_counted_once(cohort: Cohort, untreated: Cohort) -> None:
    for each in (cohort, untreated):
        found = counts(each)
        candidates = sum(found.values())
        assert candidates % BATCH == 0
        assert candidates > each.index.max()
        assert found[ENTERED] == N == len(each.index)
        assert min(found.values()) >= 0


def test_the_implausible_are_those_who_violate_at_least_one_limit(
    cohort: Cohort, treated: PopulationSpec
) -> None:
    n = sum(counts(cohort).values())
    every = sample_candidates(SEED, 0, np.arange(n), treated)
    broken = np.sum(list(violations(every, treated).values()), axis=0)
    assert counts(cohort)["implausible"] == (broken > 0).sum() == (~plausible(every, treated)).sum()
    assert plausible(every, treated)[cohort.index].all()


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("doubling_time_low", "doubling time too short"),
        ("burden_low", "burden too small"),
        ("neutrophils_low", "neutrophils too low"),
    ],
)
def test_a_limit_that_nobody_keeps_rejects_everybody_once(
    treated: PopulationSpec, limit: str, reason: str
) -> None:
    spec = replace(treated, typical={**treated.typical, f"plausibility.{limit}": 1e30})
    found = sample_candidates(SEED, 0, np.arange(BATCH), spec)
    assert violations(found, spec)[reason].all()
    assert not plausible(found, spec).any()


def test_a_population_that_nobody_can_enter_is_given_up(naive: PopulationSpec) -> None:
    spec = replace(naive, typical={**naive.typical, "eligibility.haemoglobin_low": 1e9})
    with pytest.raises(RunError, match=r"(?s)0 of 256 candidates entered.*screen failure: haemoglobin"):
        enter(SEED, 0, 2, spec, make_block)


def test_without_a_history_there_is_no_earlier_course(untreated: Cohort, naive: PopulationSpec) -> None:
    assert not naive.has_history
    assert (untreated.days_on_btki == 0).all()
    assert set(untreated.covariates["BTKISTOP"]) == {"none"}
    start = untreated_state(sample_candidates(SEED, 0, untreated.index, naive))
    np.testing.assert_array_equal(untreated.state, start)
    outcomes = set(counts(untreated))
    assert all(
        each.startswith("screen failure") or each in {"implausible", ENTERED, SPARE} for each in outcomes
    )


def test_after_a_history_everybody_was_on_the_drug_and_progressed(cohort: Cohort) -> None:
    assert (cohort.days_on_btki > 0).all()
    assert set(cohort.covariates["BTKISTOP"]) <= set(REASONS)
    own = cohort.covariates.filter(pl.col("BTKISTOP") == "progression")
    assert own.height > 0


def test_a_history_leaves_more_clones_that_resist_the_btk_inhibitor(treated: PopulationSpec) -> None:
    every = sample_candidates(SEED, 0, np.arange(40), treated)
    every = select(every, plausible(every, treated))
    after, before = (
        earlier_course(SEED, treated, every, make_block),
        untreated_course(every, make_block),
    )
    progressed = (after.outcome == PROGRESSED) & (after.reason == 0)
    assert progressed.sum() > 5
    shares = [
        course.seen[:, NODE] / course.seen[:, NODE].sum(axis=1, keepdims=True) for course in (before, after)
    ]
    resists = [share[:, 2:].sum(axis=1)[progressed] for share in shares]
    assert np.median(resists[1]) > np.median(resists[0])
    # A few may progress without them; under no effect of the drug about half would have more.
    assert (resists[1] > resists[0]).mean() > 0.5 + 1 / np.sqrt(progressed.sum())


def test_the_earlier_course_ends_in_one_way_for_everybody(treated: PopulationSpec) -> None:
    every = sample_candidates(SEED, 0, np.arange(40), treated)
    course = earlier_course(SEED, treated, every, make_block)
    assert np.isin(course.reason, range(len(REASONS))).all()
    assert ((course.depth > 0) & (course.depth <= 1)).all()
    assert (course.days_on <= treated["history.longest_days"]).all()
    assert np.isfinite(course.state).all()
    assert course.state.shape[1] == len(model.STATES)


def test_the_table_of_shifts_tells_how_rejection_moved_the_covariates(cohort: Cohort) -> None:
    found = cohort.shifts
    assert {"AGE", "KI67", "TP53FL"} <= set(found["COVARIATE"])
    moved = found.filter(pl.col("COVARIATE") == "AGE").row(0, named=True)
    assert 18 < moved["PLAUSIBLE"] < 90
    assert moved["SHIFTPL"] * (moved["PLAUSIBLE"] - moved["CANDIDATES"]) >= 0

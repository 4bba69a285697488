"""Truth of an estimand from pairs of records, where it is known beforehand.

Standing: developer. Tolerance of simulated truths: four Monte Carlo standard errors, of fixed seeds.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.stats.survival.cox_rows import hazard_ratios
from remit.trial.estimands.endpoint import Endpoint
from remit.trial.estimands.truth import COLUMNS, LABEL, Follow, Pairs, estimand_truth
from remit.trial.milestones import Milestones, TreatmentEnd

NEVER = np.inf
OS = Endpoint(name="OS", variable="OS", reader="")
ORR = Endpoint(name="ORR", variable="ORR", summary="rate_difference")
DOR = Endpoint(name="DOR", variable="DOR", population="responders", summary="median")
YEAR = 365.0


def record(death, response=None, toxicity=None, progression=None, therapy=None):
    """Milestones of patients under one arm from a few days."""
    n = death.size
    never = np.full(n, NEVER)
    first = never if response is None else response
    stop = never if toxicity is None else toxicity
    seen = np.where(np.isfinite(first), first, NEVER)[:, None]
    return Milestones(
        response=first, complete=never, progression=never if progression is None else progression,
        progression_scan=np.zeros(n), other_progression=never, scan_time=seen,
        scan_number=np.where(np.isfinite(seen), 1.0, 0.0), death=death,
        new_therapy=never if therapy is None else therapy, lost=never, response_end=np.full(n, 2000.0),
        contact=np.full(n, 2000.0), failed=np.zeros(n, dtype=bool), first={"ORR": first, "CR": never},
        treatment=TreatmentEnd(never, stop, np.where(np.isfinite(stop), 1, 0)),
    )  # fmt: skip


def truth(endpoint, one, other, draw=None, **follow):
    draw = np.zeros(one.death.size, dtype=np.int64) if draw is None else draw
    return estimand_truth(endpoint, Pairs(one, other, draw), Follow(**{"up_to": YEAR} | follow))


def value(table, measure):
    row = table.row(by_predicate=pl.col("MEASURE") == measure, named=True)
    return row["VALUE"], row["MCSE"]


@pytest.fixture(scope="module")
def exponential():
    """Deaths that are exponential in both arms with hazard ratio 0.6, patients sharing their uniform draw."""
    u = np.random.default_rng(5).exponential(size=20_000)
    return record(u * 300 / 0.6), record(u * 300)


def test_truth_of_exponential_times_is_that_of_their_formulas(exponential):
    table = truth(OS, *exponential, horizon=YEAR, milestone=200.0)
    rate = {"control": 1 / 300, "experimental": 0.6 / 300}
    for arm, each in rate.items():
        found, error = value(table, f"survival at day 200, {arm}")
        assert abs(found - np.exp(-each * 200)) < 4 * error
        found, error = value(table, f"restricted mean to day 365 [day], {arm}")
        assert abs(found - (1 - np.exp(-each * YEAR)) / each) < 4 * error
    found, error = value(table, "hazard ratio")
    assert abs(found - 0.6) < 4 * error
    assert 0 < error < 0.02
    assert table.schema == pl.Schema(COLUMNS)
    assert table["NOTE"].str.starts_with(LABEL).all()


def test_pairs_make_the_error_smaller_than_randomised_arms_of_that_size_would(exponential):
    one, other = exponential
    _, error = value(truth(OS, one, other), "hazard ratio")
    # The same numbers of patients, randomised: every second patient to either arm.
    n = one.death.size
    arm = np.arange(n) % 2 == 0
    day = np.where(arm, one.death, other.death)
    randomised = hazard_ratios(np.minimum(day, YEAR)[None], (day <= YEAR)[None], arm[None])
    # Errors of logarithms; that of pairs is less than two thirds.
    assert error / 0.6 < 2 / 3 * randomised.se[0]


def test_the_error_is_the_spread_of_the_estimate_over_populations():
    rng = np.random.default_rng(8)
    found = []
    for _ in range(200):
        u, v = rng.exponential(size=(2, 150))
        found.append(truth(OS, record(0.5 * (u + v) * 500), record(u * 300), horizon=300.0, milestone=150.0))
    for measure in (
        "hazard ratio",
        "survival at day 150, difference",
        "restricted mean to day 300 [day], difference",
    ):
        values, errors = np.array([value(each, measure) for each in found]).T
        spread = values.std(ddof=1)
        # The relative error of a standard deviation from 200 values is about 1 / sqrt(400).
        assert np.sqrt((errors**2).mean()) == pytest.approx(spread, rel=4 / np.sqrt(400))


def test_rates_are_compared_pair_by_pair():
    days = np.full(8, 500.0)
    one = record(days, response=np.array([50.0] * 6 + [NEVER] * 2))
    other = record(days, response=np.array([50.0] * 4 + [NEVER] * 4))
    table = truth(ORR, one, other)
    assert value(table, "rate, experimental")[0] == 0.75
    assert value(table, "rate, control")[0] == 0.5
    difference, error = value(table, "rate, difference")
    assert difference == 0.25
    # Two of eight pairs differ, by 1.
    assert error == pytest.approx(np.sqrt((6 * 0.25**2 + 2 * 0.75**2) / 64))


def test_the_same_record_under_both_arms_is_no_effect_without_error():
    one = record(np.random.default_rng(1).exponential(300, 100))
    table = truth(OS, one, one, milestone=100.0)
    assert value(table, "hazard ratio") == pytest.approx((1.0, 0.0), abs=1e-8)
    assert value(table, "survival at day 100, difference") == pytest.approx((0.0, 0.0), abs=1e-12)


def test_over_draws_the_mean_and_its_error_are_those_of_draws():
    rng = np.random.default_rng(3)
    u, draw = rng.exponential(size=900), np.repeat([0, 1, 2], 300)
    ratio = np.array([0.5, 0.7, 0.9])
    one, other = record(u * 300 / ratio[draw]), record(u * 300)
    table = truth(OS, one, other, draw)
    alone = [
        value(truth(OS, one.of(who), other.of(who)), "hazard ratio")[0]
        for who in np.arange(900).reshape(3, 300)
    ]
    found, error = value(table, "hazard ratio")
    assert found == pytest.approx(np.exp(np.log(alone).mean()))
    assert error == pytest.approx(found * np.log(alone).std(ddof=1) / np.sqrt(3))
    row = table.row(by_predicate=pl.col("MEASURE") == "hazard ratio", named=True)
    assert row["DRAWS"] == 3
    assert row["LOW90"] < found < row["HIGH90"]
    single = truth(OS, one, other).row(by_predicate=pl.col("MEASURE") == "hazard ratio", named=True)
    assert single["LOW90"] is None


def test_follow_up_is_part_of_the_estimand_where_hazards_cross():
    # Early harm, late benefit, by the same patients.
    u = np.random.default_rng(4).exponential(size=4000)
    early = u < 0.4
    one = record(np.where(early, 0.6 * u * 300, u * 300 * 3))
    short, long = (
        value(truth(OS, one, record(u * 300), up_to=day), "hazard ratio")[0] for day in (80.0, 900.0)
    )
    assert short > 1.2
    assert long < 0.8


def test_the_effect_in_a_principal_stratum_is_that_among_patients_without_the_event_under_either_arm():
    n = 400
    death, rng = np.random.default_rng(6).exponential(300, n), np.random.default_rng(7)
    stop = [np.where(rng.random(n) < 0.3, 50.0, NEVER) for _ in range(2)]
    # Who would stop under either arm gains nothing; others live twice as long.
    stays = ~np.isfinite(stop[0]) & ~np.isfinite(stop[1])
    one = record(np.where(stays, 2 * death, death), toxicity=stop[0])
    other = record(death, toxicity=stop[1])
    table = truth(OS, one, other, without="discontinuation_toxicity")
    assert table["N"].unique().to_list() == [int(stays.sum())]
    who = np.flatnonzero(stays)
    assert value(table, "hazard ratio") == value(truth(OS, one.of(who), other.of(who)), "hazard ratio")
    assert value(table, "hazard ratio")[0] < value(truth(OS, one, other), "hazard ratio")[0]
    assert "principal stratum without discontinuation toxicity" in table["NOTE"][0]


def test_times_of_responders_are_compared_among_those_who_respond_under_both_arms():
    response = np.array([50.0, 50.0, NEVER, 50.0])
    one = record(np.array([150.0, 250.0, 90.0, 350.0]), response=response)
    other = record(np.array([100.0, 150.0, 90.0, 200.0]), response=response[[0, 1, 2, 2]])
    table = truth(DOR, one, other, milestone=120.0)
    assert value(table, "survival at day 120, experimental")[0] == pytest.approx(2 / 3)
    assert value(table, "survival at day 120, control")[0] == 0.0
    assert value(table, "survival at day 120, difference")[0] == pytest.approx(0.5)
    assert "respond under both arms" in table["NOTE"][0]


def test_what_cannot_be_told_is_null():
    nobody = record(np.full(20, NEVER))
    table = truth(OS, nobody, nobody, milestone=100.0)
    assert value(table, "hazard ratio") == (None, None)
    assert value(table, "survival at day 100, control")[0] == 1.0
    # No curve of duration is known where nobody responds.
    assert (
        value(truth(DOR, nobody, nobody, horizon=100.0), "restricted mean to day 100 [day], control")[0]
        is None
    )


def test_patients_who_were_not_solved_are_counted_and_named():
    one = record(np.full(10, 100.0), response=np.full(10, 50.0))
    failed = np.arange(10) < 2
    table = truth(ORR, replace(one, failed=failed), one)
    assert value(table, "rate, experimental")[0] == 0.8
    assert table["N"][0] == 10
    assert "2 patients whose equations were not solved" in table["NOTE"][0]


def test_a_competing_event_gives_shares_and_no_hazard_ratio():
    competing = Endpoint(
        name="PFSW",
        variable="PFS",
        strategies={"new_therapy": "while_on_treatment"},
        summary="cumulative_incidence",
    )
    one = record(np.array([100.0, 200.0, NEVER, 300.0]), therapy=np.array([NEVER, 150.0, NEVER, NEVER]))
    table = truth(competing, one, one)
    assert value(table, "share with the event by day 365, control")[0] == 0.5
    assert "hazard ratio" not in table["MEASURE"].to_list()


WRONG = {
    "other patients": ({}, "shapes"),
    "a horizon beyond the follow-up": ({"horizon": 400.0}, "beyond the follow-up"),
    "follow-up without an end": ({"up_to": np.inf}, "finite"),
    "a stratum of nothing": ({"without": "dose_hold"}, "discontinuation_toxicity"),
}


@pytest.mark.parametrize(("follow", "words"), WRONG.values(), ids=WRONG)
def test_pairs_and_follow_up_that_do_not_fit_are_refused(follow, words):
    one = record(np.full(5, 100.0))
    other = one if follow else record(np.full(4, 100.0))
    with pytest.raises(InputError, match=words):
        truth(OS, one, other, **follow)


def test_the_limit_of_a_censored_estimator_is_called_so():
    strict = Endpoint(name="OSX", variable="OS", reader="", strategies={"new_therapy": "hypothetical"})
    one = record(np.array([100.0, 300.0, 200.0]), therapy=np.array([NEVER, 200.0, NEVER]))
    assert "as far as censoring is non-informative" in truth(strict, one, one)["NOTE"][0]

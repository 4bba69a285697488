"""Sample sizes, durations and events against R, over 300 cases.

Standing: double programmed. ``planning/make.R`` makes the numbers with rpact (LGPL-3) and base R, run for
their output, and says which function gave each; versions are in ``planning/planning.json``. What these
packages do not have (Lachin and Foulkes, the drift of the log-rank test without proportional hazards,
Fisher's exact power) the script has a second time, from the papers and with ``integrate`` of R.

Tolerance: 1e-8 relative for what has a closed form, and whole numbers equal after rounding up. Where R solves
for a number by a search of its own, its tolerance is the limit, as said at the test: there, what R found is
put back into our function as well, and ours into its equation.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from remit.stats.planning.accrual import accrual_at_rates, accrued
from remit.stats.planning.log_rank_moments import log_rank_moments
from remit.stats.planning.look_calendar import look_calendar
from remit.stats.planning.means import one_mean_power, one_mean_size, two_means_power, two_means_size
from remit.stats.planning.piecewise import NONE, hazard, hazard_of_share, times_hazard_ratio
from remit.stats.planning.proportions import (
    one_proportion_size,
    two_proportions_power,
    two_proportions_size,
)
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.single_arm import single_stage_power, single_stage_sizes
from remit.stats.planning.survival import Analysis, duration_for_patients, patients_for_duration
from remit.stats.planning.survival_events import events_needed
from remit.stats.planning.survival_trial import SurvivalTrial, event_probabilities, expected
from remit.stats.planning.two_arm_exact import rejection, rejection_probability

FOUND = json.loads((Path(__file__).parent / "planning" / "planning.json").read_text())
FORMULAS = {"Schoenfeld": "schoenfeld", "Freedman": "freedman", "HsiehFreedman": "hsieh-freedman"}
PLANNED = Requirement(0.025, 0.9)


def cases(topic):
    return [pytest.param(each, id=f"{topic} {place}") for place, each in enumerate(FOUND[topic], 1)]


def agree(ours, theirs, rtol=1e-8):
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(theirs, float), rtol=rtol, atol=0)


def several(value):
    """R writes a vector of one element as a number."""
    return tuple(map(float, np.atleast_1d(value)))


def required(given):
    return Requirement(given["alpha"], given["power"])


def trial_of(number):
    given = FOUND["trials"][number - 1]
    control = hazard(several(given["hazard"]), several(given["starts"]))
    lost = (hazard_of_share(given[each], given["by"]) if given[each] else NONE for each in ("lost1", "lost0"))
    lost1, lost0 = lost
    return SurvivalTrial(
        accrual=accrual_at_rates(several(given["times"]), several(given["rates"])),
        control=control,
        experimental=times_hazard_ratio(control, given["hr"]),
        dropout_experimental=lost1,
        dropout_control=lost0,
        ratio=given["ratio"],
    )


def limit(trial):
    """Relative accuracy of rpact's expected events, over the pieces of the hazard; see the calendar."""
    return 1e-8 if len(trial.control.rates) == 1 else 1e-6


def whole(exact):
    return np.ceil(np.asarray(exact) * (1 - 1e-9))


def test_there_are_cases_enough():
    times = sum(len(each["time"]) for topic in ("calendar", "looks") for each in FOUND[topic])
    others = (
        "events",
        "margins",
        "patients",
        "durations",
        "means",
        "t_tests",
        "two_rates",
        "prop_tests",
        "one_rate",
    )
    rest = ("fisher", "lachin_foulkes", "moments")
    assert times + sum(len(FOUND[topic]) for topic in (*others, *rest)) >= 300


@pytest.mark.parametrize("case", cases("events"))
def test_events_of_each_formula_are_those_of_rpact(case):
    given = case["given"]
    size = events_needed(
        given["hr"], required(given), ratio=given["ratio"], formula=FORMULAS[given["formula"]]
    )
    agree(size.exact, case["events"])
    assert size.events == whole(case["events"])


@pytest.mark.parametrize("case", cases("margins"))
def test_events_for_a_margin_of_non_inferiority_are_those_of_rpact(case):
    given = case["given"]
    size = events_needed(given["hr"], required(given), ratio=given["ratio"], null=given["null"])
    agree(size.exact, case["events"])


@pytest.mark.parametrize("case", cases("patients"))
def test_patients_for_a_duration_are_those_of_rpact(case):
    trial = trial_of(case["trial"])
    size = patients_for_duration(
        trial,
        trial.accrual.duration + case["follow_up"],
        Analysis(required=PLANNED, method=FORMULAS[case["formula"]]),
        rounding="each arm up",
    )
    agree(size.exact_patients, case["patients"], rtol=limit(trial))
    agree(size.exact_events, case["events"])
    assert size.events == whole(case["events"])
    share = trial.ratio / (1 + trial.ratio)
    assert size.n_experimental == whole(case["patients"] * share)
    assert size.n_control == whole(case["patients"] * (1 - share))


@pytest.mark.parametrize("case", cases("durations"))
def test_the_duration_for_given_patients_is_that_of_rpact(case):
    """rpact's search for a time ends at about 1e-8 of it; its time is put back into the expected events."""
    trial = trial_of(case["trial"])
    size = duration_for_patients(trial, Analysis(required=PLANNED, method=FORMULAS[case["formula"]]))
    agree(size.duration, case["duration"], rtol=1e-6)
    agree(size.exact_events, case["events"])
    agree(expected(trial, case["duration"]).events, case["events"], rtol=1e-6)


@pytest.mark.parametrize("case", cases("calendar"))
def test_patients_and_events_over_calendar_time_are_those_of_rpact(case):
    """Probabilities are those of a patient who may not be enrolled yet, of all that will be.

    Where hazards change rpact integrates over the change, and is good to about 4e-7; integrated between
    changes, the hazard gives what the closed form gives, to 1e-10.
    """
    trial, time = trial_of(case["trial"]), np.array(case["time"])
    experimental, control = event_probabilities(trial, time)
    agree(accrued(trial.accrual, time), case["patients"])
    agree(experimental, case["integrated_experimental"], rtol=1e-10)
    agree(control, case["integrated_control"], rtol=1e-10)
    agree(experimental, case["experimental"], rtol=limit(trial))
    agree(control, case["control"], rtol=limit(trial))
    agree(expected(trial, time).events / trial.accrual.patients, case["both"], rtol=limit(trial))


@pytest.mark.parametrize("case", cases("looks"))
def test_times_of_looks_are_those_of_rpact(case):
    """rpact searches for its times to about 1e-6; we find those at which its own events are expected."""
    looks = look_calendar(trial_of(case["trial"]), np.array(case["events"]))
    agree(looks.time, case["time"], rtol=5e-6)
    agree(looks.expected.accrued, case["patients"], rtol=5e-6)
    agree(looks.expected.events, case["events"], rtol=1e-12)


@pytest.mark.parametrize("case", cases("means"))
def test_patients_for_means_are_those_of_rpact(case):
    """For the t test rpact's search is the limit: 1e-6 on the real number; the whole number is the same."""
    given = case["given"]
    if given["arms"] == 1:
        size = one_mean_size(given["effect"], given["sd"], required(given), known=given["known"])
        ours = size.exact
        assert size.n == whole(case["patients"])
    else:
        size = two_means_size(
            given["effect"], given["sd"], required(given), ratio=given["ratio"], known=given["known"]
        )
        ours = size.exact_total
        block = {0.5: 3, 1.0: 2, 3.0: 4}[given["ratio"]]
        assert size.n_total == block * whole(case["patients"] / block)
    agree(ours, case["patients"], rtol=1e-8 if given["known"] else 1e-6)


@pytest.mark.parametrize("case", cases("t_tests"))
def test_t_tests_are_those_of_power_t_test(case):
    given = case["given"]
    effect, sd, asked = given["delta"], given["sd"], Requirement(0.025, given["power"])
    if given["type"] == "one.sample":
        agree(one_mean_size(effect, sd, asked).exact, case["n"])
        agree(one_mean_power(23, effect, sd, 0.025), case["power_of_23"])
    else:
        agree(two_means_size(effect, sd, asked).exact_control, case["n"])
        agree(two_means_power(23, 23, effect, sd, 0.025), case["power_of_23"])


@pytest.mark.parametrize("case", cases("two_rates"))
def test_patients_for_two_rates_are_those_of_rpact(case):
    given = case["given"]
    p1, p0, ratio, margin = (given[each] for each in ("p1", "p0", "ratio", "margin"))
    size = two_proportions_size(p1, p0, PLANNED, ratio=ratio, margin=margin, rounding="each arm up")
    agree(size.exact_total, case["patients"])
    share = ratio / (1 + ratio)
    assert size.n_experimental == whole(case["patients"] * share)
    assert size.n_control == whole(case["patients"] * (1 - share))
    power = two_proportions_power(120 * share, 120 * (1 - share), p1, p0, 0.025, margin=margin)
    agree(power, case["power_of_120"])


@pytest.mark.parametrize("case", cases("prop_tests"))
def test_two_equal_arms_are_those_of_power_prop_test(case):
    given = case["given"]
    size = two_proportions_size(given["p1"], given["p0"], Requirement(0.025, given["power"]))
    agree(size.exact_control, case["n"])
    agree(two_proportions_power(40, 40, given["p1"], given["p0"], 0.025), case["power_of_40"])


@pytest.mark.parametrize("case", cases("one_rate"))
def test_one_rate_is_that_of_r(case):
    """The exact sizes are by the binomial distribution of R over 4000 numbers of patients.

    rpact's own search ends between the two: with neither the first number of patients that reaches the power
    nor always the one from which on all do.
    """
    given = case["given"]
    agree(one_proportion_size(given["p0"], given["p1"], required(given)).exact, case["normal"])
    sizes = single_stage_sizes(given["p0"], given["p1"], required(given))
    assert [sizes.first.n, sizes.first.r] == case["first"]
    assert [sizes.lasting.n, sizes.lasting.r] == case["lasting"]
    assert sizes.first.n <= case["rpact_exact"] <= sizes.lasting.n
    assert single_stage_power(case["rpact_exact"], given["p0"], given["p1"], given["alpha"]) >= given["power"]


@pytest.mark.parametrize("case", cases("fisher"))
def test_power_of_fishers_exact_test_is_the_sum_over_all_tables(case):
    given = case["given"]
    where = rejection("fisher", given["n1"], given["n0"], given["alpha"])
    agree(rejection_probability(where, given["p1"], given["p0"]), case["power"])
    agree(rejection_probability(where, given["p0"], given["p0"]), case["level"])


@pytest.mark.parametrize("case", cases("lachin_foulkes"))
def test_lachin_and_foulkes_are_as_integrated(case):
    given = case["given"]
    control = hazard(given["control"])
    lost = hazard(float(given["lost"]))
    trial = SurvivalTrial(
        accrual=accrual_at_rates((0.0, given["accrual"]), (1.0,)),
        control=control,
        experimental=times_hazard_ratio(control, given["hr"]),
        dropout_control=lost,
        dropout_experimental=lost,
        ratio=given["ratio"],
    )
    size = patients_for_duration(
        trial, given["accrual"] + given["follow_up"], Analysis(required=PLANNED, method="lachin-foulkes")
    )
    agree(size.exact_patients, case["patients"])


@pytest.mark.parametrize("case", cases("moments"))
def test_score_and_variance_of_the_log_rank_test_are_as_integrated(case):
    """The integrals of R leave out 1e-13 beside changes of hazards: 1e-9; Cox's limit as its search, 1e-8."""
    given = case["given"]
    lost = hazard(float(given["lost"]))
    trial = SurvivalTrial(
        accrual=accrual_at_rates(several(given["times"]), several(given["rates"])),
        control=hazard(several(given["rates0"]), several(given["starts0"])),
        experimental=hazard(several(given["rates1"]), several(given["starts1"])),
        dropout_control=lost,
        dropout_experimental=lost,
        ratio=given["ratio"],
    )
    found = log_rank_moments(trial, given["time"])
    agree(found.score, case["score"], rtol=1e-9)
    agree(found.variance, case["variance"], rtol=1e-9)
    agree(found.hazard_ratio, case["hazard_ratio"])

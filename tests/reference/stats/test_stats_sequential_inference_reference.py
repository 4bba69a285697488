"""Inference after group-sequential and adaptive trials against rpact, case by case.

Standing: double programmed. ``sequential_inference/make.R`` makes the numbers with rpact (LGPL-3: run, not
read); versions are in ``sequential_inference.json``, with the inputs. Statistics are log-rank statistics, the
drift is the logarithm of what rpact calls the hazard ratio there, in which above one is benefit.

Tolerance: 1e-7, relative or absolute, whichever is larger; 6e-6 for bounds and 5e-7 for repeated p-values,
which rpact finds less exactly where looks are near to each other (shown below by quadrature). All else is
computed at the bounds of rpact and differs by 7e-8 at most, most of it by 1e-9. rpact stops its search for a
repeated p-value at one half, as remit does, and gives no final p-value where the trial does not stop.

The final interval of an inverse normal design is compared where only the last analysis had another
information than planned, which is where it is exact; elsewhere remit refuses to give one.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from remit.errors import InputError
from remit.stats.sequential.adaptive import weighted_intervals, weighted_statistics
from remit.stats.sequential.adaptive_inference import weighted_stagewise
from remit.stats.sequential.boundaries import Boundary, efficacy_bounds, setting
from remit.stats.sequential.conditional import conditional_error, conditional_power
from remit.stats.sequential.inference import stagewise
from remit.stats.sequential.looks import Stop, after, looks
from remit.stats.sequential.repeated import repeated_intervals, repeated_p_values
from remit.stats.sequential.scales import event_information, share_of

FOUND = json.loads((Path(__file__).parent / "sequential_inference" / "sequential_inference.json").read_text())


def named(cases):
    return [
        pytest.param(each, id=f"{each['asked']['family']} {len(each['asked']['z'])}/{place}")
        for place, each in enumerate(cases)
    ]


GROUP = named(each for each in FOUND["cases"] if each["asked"]["method"] == "group sequential")
INVERSE = named(each for each in FOUND["cases"] if each["asked"]["method"] == "inverse normal")


def having(cases, key):
    return [each for each in cases if key in each.values[0]["rpact"]]


def agree(ours, theirs, tolerance=1e-7):
    """Equal wherever rpact gives a number."""
    theirs = np.array([np.nan if each is None else each for each in np.atleast_1d(theirs)], dtype=float)
    given = ~np.isnan(theirs)
    np.testing.assert_allclose(np.atleast_1d(ours)[given], theirs[given], rtol=tolerance, atol=tolerance)


def boundary(asked):
    return Boundary(asked["family"], asked.get("parameter"))


def bounds_of(asked):
    return lambda error: efficacy_bounds(boundary(asked), setting(asked["fractions"], error))


def became(asked):
    """Information at each look of an inverse normal design, whose events are those of the stages."""
    return event_information(np.cumsum(asked["events"]), share_of(asked["allocation"]))


def whole_of(case):
    """Looks as planned, in the information that the events of the first make it, with the bounds of rpact."""
    asked = case["asked"]
    fractions = np.array(asked["fractions"])
    first = asked["events"][0]
    at = event_information(first * fractions / fractions[0], share_of(asked["allocation"]))
    bounds = zip(case["rpact"]["bounds"], bounds_of(asked)(asked["alpha"]), strict=True)
    return looks(at, [ours if theirs is None else theirs for theirs, ours in bounds])


def test_there_are_enough_cases():
    assert len(GROUP) >= 50
    assert len(INVERSE) >= 30


@pytest.mark.parametrize("case", GROUP + INVERSE)
def test_bounds_are_those_of_rpact(case):
    agree(bounds_of(case["asked"])(case["asked"]["alpha"]), case["rpact"]["bounds"], 6e-6)


def error_of(fractions, bounds):
    """Type I error of three looks, by Gauss and Legendre's rule over the first two statistics."""
    at, weight = np.polynomial.legendre.leggauss(300)
    (z1, w1), (z2, w2) = (((b + 9) / 2 * at + (b - 9) / 2, (b + 9) / 2 * weight) for b in bounds[:2])
    t1, t2, _ = fractions
    first = w1 * np.exp(-z1 * z1 / 2) / np.sqrt(2 * np.pi)
    sd = np.sqrt(1 - t1 / t2)
    away = (z2 - z1[:, None] * np.sqrt(t1 / t2)) / sd
    second = w2 * np.exp(-away * away / 2) / np.sqrt(2 * np.pi) / sd
    crossed = ndtr((z1 * np.sqrt(t1 / t2) - bounds[1]) / sd)
    last = ndtr((z2 * np.sqrt(t2) - bounds[2]) / np.sqrt(1 - t2))
    return ndtr(-bounds[0]) + first @ (crossed + second @ last)


NEAR = [
    each
    for each in GROUP
    if len(each.values[0]["asked"]["fractions"]) == 3 and each.values[0]["asked"]["fractions"][1] > 0.9
]


@pytest.mark.parametrize("case", NEAR)
def test_where_looks_are_near_rpact_integrates_less_well(case):
    """Bounds differ by up to 6e-6 there: those of remit have the error, those of rpact nearly so."""
    asked = case["asked"]
    theirs = error_of(asked["fractions"], case["rpact"]["bounds"])
    ours = error_of(asked["fractions"], bounds_of(asked)(asked["alpha"]))
    assert ours == pytest.approx(asked["alpha"], rel=1e-9)
    assert theirs == pytest.approx(asked["alpha"], rel=1e-4)
    assert abs(theirs - asked["alpha"]) > 10 * abs(ours - asked["alpha"])


@pytest.mark.parametrize("case", GROUP)
def test_repeated_intervals_are_those_of_rpact(case):
    asked, theirs = case["asked"], case["rpact"]
    found = repeated_intervals(whole_of(case), np.array(asked["z"]))
    agree(np.exp(found.low), theirs["repeated_low"])
    agree(np.exp(found.high), theirs["repeated_high"])


@pytest.mark.parametrize("case", GROUP)
def test_repeated_p_values_are_those_of_rpact(case):
    asked = case["asked"]
    found = repeated_p_values(bounds_of(asked), np.array(asked["z"]))
    agree(found, case["rpact"]["repeated_p"], 5e-7)


@pytest.mark.parametrize("case", having(GROUP, "final_p"))
def test_final_p_values_limits_and_estimates_are_those_of_rpact(case):
    asked, theirs = case["asked"], case["rpact"]
    stop = Stop(theirs["stop"], asked["z"][theirs["stop"] - 1])
    found = stagewise(whole_of(case), stop, 1 - 2 * asked["alpha"])
    agree(found.p_value, theirs["final_p"])
    agree(np.exp([found.drift.low, found.drift.high]), theirs["final_interval"])
    agree(np.exp(found.drift.value), theirs["median_unbiased"])


@pytest.mark.parametrize("case", GROUP + INVERSE)
def test_conditional_errors_are_the_conditional_rejection_probabilities_of_rpact(case):
    asked, whole = case["asked"], whole_of(case)
    z = np.array(asked["z"])
    if asked["method"] == "inverse normal":
        z = weighted_statistics(z, whole.information[: z.size])
    for look, theirs in enumerate(np.atleast_1d(case["rpact"]["conditional_error"]), start=1):
        if look < whole.n_looks:
            now = float(whole.information[look - 1])
            agree(conditional_error(after(whole, look), z[look - 1], now), theirs)


@pytest.mark.parametrize("case", having(GROUP, "conditional_power"))
def test_conditional_power_is_that_of_rpact(case):
    asked, whole = case["asked"], whole_of(case)
    look = len(asked["z"])
    now = float(whole.information[look - 1])
    drifts = np.log(asked["hazard_ratios"])
    agree(
        conditional_power(after(whole, look), asked["z"][-1], now, drifts), case["rpact"]["conditional_power"]
    )


@pytest.mark.parametrize("case", INVERSE)
def test_weighted_repeated_intervals_are_those_of_rpact(case):
    asked, theirs = case["asked"], case["rpact"]
    found = weighted_intervals(whole_of(case), np.array(asked["z"]), became(asked))
    agree(np.exp(found.low), theirs["repeated_low"])
    agree(np.exp(found.high), theirs["repeated_high"])


@pytest.mark.parametrize("case", INVERSE)
def test_weighted_repeated_p_values_are_those_of_rpact(case):
    asked = case["asked"]
    fractions = np.array(asked["fractions"])[: len(asked["z"])]
    z = weighted_statistics(np.array(asked["z"]), fractions)
    agree(repeated_p_values(bounds_of(asked), z), case["rpact"]["repeated_p"])


@pytest.mark.parametrize("case", having(INVERSE, "final_p"))
def test_weighted_final_p_values_and_limits_are_those_of_rpact(case):
    asked, theirs = case["asked"], case["rpact"]
    whole, actual = whole_of(case), became(asked)
    stop = theirs["stop"]
    z = weighted_statistics(np.array(asked["z"]), whole.information[: len(asked["z"])])
    level = 1 - 2 * asked["alpha"]
    agree(stagewise(whole, Stop(stop, float(z[stop - 1])), level).p_value, theirs["final_p"])
    if not np.allclose(actual[: stop - 1], whole.information[: stop - 1]):
        with pytest.raises(InputError):
            weighted_stagewise(whole, np.array(asked["z"]), actual, level)
        return
    found = weighted_stagewise(whole, np.array(asked["z"][:stop]), actual[:stop], level)
    agree(np.exp([found.drift.low, found.drift.high]), theirs["final_interval"])
    agree(np.exp(found.drift.value), theirs["median_unbiased"])


@pytest.mark.parametrize("case", having(INVERSE, "conditional_power"))
def test_conditional_power_with_other_information_ahead_is_that_of_rpact(case):
    """The weighted statistic gains what was planned, under a drift larger as its last stage is larger."""
    asked, whole = case["asked"], whole_of(case)
    look = len(asked["z"])
    z = weighted_statistics(np.array(asked["z"]), whole.information[:look])[-1]
    more = event_information(asked["events_ahead"][0], share_of(asked["allocation"]))
    planned = np.diff(whole.information)[look - 1]
    drifts = np.log(asked["hazard_ratios"]) * np.sqrt(more / planned)
    found = conditional_power(after(whole, look), z, float(whole.information[look - 1]), drifts)
    agree(found, case["rpact"]["conditional_power"])


def test_the_comparison_would_notice_the_naive_estimate():
    case = having(GROUP, "final_p")[0].values[0]
    asked, theirs = case["asked"], case["rpact"]
    found = stagewise(whole_of(case), Stop(theirs["stop"], asked["z"][-1]))
    assert abs(np.exp(found.naive) - theirs["median_unbiased"]) > 1e-5

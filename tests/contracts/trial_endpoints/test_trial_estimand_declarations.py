"""What every declaration of an endpoint promises: computed and described, or refused in one clear error.

Standing: developer.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from remit.errors import InputError
from remit.trial.estimands.defaults import DEFAULTS
from remit.trial.estimands.description import ATTRIBUTES, EVENT_WORDS, describe, estimand_table
from remit.trial.estimands.endpoint import (
    EVENTS,
    NOT_EVENTS,
    OF_RESPONDERS,
    RATE_SUMMARIES,
    RESIDUAL,
    STRATEGIES,
    TIME_SUMMARIES,
    TIMES,
    VARIABLES,
    WHILE,
    Endpoint,
    MrdTest,
    allowed,
    check,
    populations,
    strategies_of,
)
from remit.trial.estimands.event_times import times
from remit.trial.estimands.response_sets import MEANING, NAMED
from remit.trial.estimands.responses import responses
from remit.trial.milestones import ASSESSED, Milestones, Samples, TreatmentEnd

BLOOD = MrdTest(compartment="blood", assay="flow_1e-4", threshold=1e-4, window=30.0)
TREATMENT = "mesutoclax 150 mg once daily against investigator's choice"


def declared(variable, event=None, strategy=None, **details):
    """An endpoint of a variable that is otherwise well declared."""
    time = variable in TIMES
    summary = "median" if variable in OF_RESPONDERS else "hazard_ratio" if time else "rate"
    if time and strategy == WHILE:
        summary = "cumulative_incidence"
    given = {
        "name": "X",
        "variable": variable,
        "strategies": {event: strategy} if event else {},
        "population": populations(variable)[0],
        "summary": summary,
        "landmark": 180.0 if variable == "EFS" else None,
        "mrd": BLOOD if variable in RESIDUAL else None,
    }
    return Endpoint(**given | details)


def anybody():
    """Milestones of three patients to whom everything happens, with all that an endpoint could ask for."""
    day = np.array([100.0, 200.0, np.inf])
    names = ("response", "complete", "progression", "other_progression", "death", "new_therapy", "lost")
    each = dict.fromkeys(names, day)
    sets = dict.fromkeys({*MEANING, *NAMED, "ORR", "CR"}, day / 2)
    return Milestones(
        **each,
        progression_scan=np.ones(3),
        scan_time=np.array([[50.0], [50.0], [np.inf]]),
        scan_number=np.array([[1.0], [1.0], [0.0]]),
        response_end=np.full(3, 700.0),
        contact=np.full(3, 700.0),
        failed=np.zeros(3, dtype=bool),
        first=sets,
        after_treatment={**sets, ASSESSED: day},
        treatment=TreatmentEnd(day, day, np.array([1, 2, 0])),
        crossover=day,
        mrd={("blood", "flow_1e-4"): Samples(np.full((3, 1), 190.0), np.zeros((3, 1), int), 1e-4)},
    )


COMBINATIONS = list(product(VARIABLES, (*EVENTS, *NOT_EVENTS, "weather"), (*STRATEGIES, "prayer")))


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_combination_is_computed_and_described_or_refused_with_what_is_allowed(variable):
    m, limit = anybody(), np.full(3, 400.0)
    for _, event, strategy in (each for each in COMBINATIONS if each[0] == variable):
        asked = declared(variable, event, strategy)
        ways = allowed(variable).get(event, ())
        if strategy in ways:
            check([asked])
            found = times(asked, m, limit) if asked.is_time else responses(asked, m, limit)
            assert found.counted.shape == (3,)
            assert (
                EVENT_WORDS[event].casefold() in describe(asked, TREATMENT)["intercurrent events"].casefold()
            )
        else:
            with pytest.raises(InputError) as error:
                check([asked])
            (finding, *_) = error.value.findings
            assert f"strategies: {event}" in finding.where
            named = ways or allowed(variable)
            assert all(way in str(finding) for way in named), finding


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_has_a_strategy_for_each_of_its_events_without_any_being_declared(variable):
    asked = declared(variable)
    check([asked])
    assert dict(strategies_of(asked)) == {event: ways[0] for event, ways in allowed(variable).items()}


def test_a_principal_stratum_is_refused_with_the_reason_and_the_way_to_its_truth():
    with pytest.raises(InputError) as error:
        check([declared("PFS", "new_therapy", "principal_stratum")])
    assert "not observed" in str(error.value)
    assert "estimand_truth" in str(error.value)


@pytest.mark.parametrize(("event", "why"), NOT_EVENTS.items())
def test_what_is_no_intercurrent_event_is_refused_with_the_reason(event, why):
    with pytest.raises(InputError) as error:
        check([declared("PFS", event, "treatment_policy")])
    assert why in str(error.value)


BROKEN = {
    "a name that is too long": ({"name": "PROGRESSION"}, "PARAMCD"),
    "a name in small letters": ({"name": "pfs"}, "PARAMCD"),
    "a name that begins with a digit": ({"name": "1PFS"}, "PARAMCD"),
    "no name": ({"name": ""}, "PARAMCD"),
    "a variable that is not built": ({"variable": "TTP"}, "one of PFS"),
    "a population of responses": ({"population": "evaluable"}, "randomised, treated"),
    "a summary of responses": ({"summary": "rate"}, "hazard_ratio"),
    "a role that is none": ({"role": "main"}, "primary"),
    "a landmark without failure": ({"landmark": 180.0}, "for EFS"),
    "failure without a landmark": ({"variable": "EFS"}, "must be reached"),
    "a landmark before the first day": ({"variable": "EFS", "landmark": -1.0}, "must be reached"),
    "a remission that is none": ({"variable": "EFS", "landmark": 90.0, "remission": "ORR"}, "CRFULL"),
    "an MRD test without residual disease": ({"mrd": BLOOD}, "for UMRD"),
    "residual disease without a test": ({"variable": "UMRD", "summary": "rate"}, "compartment"),
    "a window as wide as the time point": (
        {"variable": "UMRD", "summary": "rate", "mrd": replace(BLOOD, window=100.0)}, "window"),
    "a threshold that is no share": (
        {"variable": "UMRDEVER", "summary": "rate", "mrd": replace(BLOOD, threshold=4.0)}, "threshold"),
}  # fmt: skip


@pytest.mark.parametrize(("details", "words"), BROKEN.values(), ids=BROKEN)
def test_a_declaration_that_cannot_hold_is_refused(details, words):
    with pytest.raises(InputError, match=words):
        check([Endpoint(**{"name": "PFS", "variable": "PFS"} | details)])


def test_all_findings_come_at_once():
    first = declared("PFS", "new_therapy", "prayer", population="evaluable")
    with pytest.raises(InputError) as error:
        check([first, declared("ORR", summary="median")])
    assert len(error.value.findings) == 4


def test_times_of_responders_are_for_responders_only():
    for variable in OF_RESPONDERS:
        with pytest.raises(InputError, match="responders"):
            check([declared(variable, population="randomised")])
        assert "not compared as randomised" in describe(declared(variable), TREATMENT)["population"]


def test_the_default_endpoints_are_well_declared_and_keep_their_names():
    check(list(DEFAULTS.values()))
    assert [*DEFAULTS] == ["PFS", "PFSNT", "DOR", "TTR", "OS", "TTNT", "ORR", "CRR"]
    for name, each in DEFAULTS.items():
        assert name == each.name


def test_every_attribute_of_every_variable_and_summary_is_a_sentence():
    some = [declared(variable, name=f"V{place}") for place, variable in enumerate(VARIABLES)]
    some += [declared("PFS", name=f"S{place}", summary=each) for place, each in enumerate(TIME_SUMMARIES[:4])]
    some += [declared("ORR", name=f"R{place}", summary=each) for place, each in enumerate(RATE_SUMMARIES)]
    table = estimand_table(some, TREATMENT)
    assert table.height == len(some) * len(ATTRIBUTES)
    assert table["TEXT"].str.ends_with(".").all()
    assert table["TEXT"].str.slice(0, 1).str.contains("[A-Z0-9]").all()
    assert not table["TEXT"].str.contains("_", literal=True).filter(table["ATTRIBUTE"] != "variable").any()


def test_a_description_says_what_is_assumed_and_how_failures_and_samples_count():
    strict = describe(DEFAULTS["PFSNT"], TREATMENT)
    assert strict["treatment"] == "Mesutoclax 150 mg once daily against investigator's choice."
    assert "non-informative censoring" in strict["intercurrent events"]
    assert "missing data, not intercurrent events" in strict["missing data"]
    assert "last adequate assessment" in strict["missing data"]
    failure = describe(declared("EFS"), TREATMENT)["variable"]
    assert "day 180" in failure
    assert "first day" in failure
    residual = describe(declared("UMRD"), TREATMENT)
    assert "flow_1e-4 in blood, threshold 0.0001" in residual["variable"]
    assert "day 91 after the last dose" in residual["variable"]
    assert "detectable where the sample is missing or failed" in residual["missing data"]
    assert "left out" in describe(declared("UMRD", population="evaluable"), TREATMENT)["missing data"]

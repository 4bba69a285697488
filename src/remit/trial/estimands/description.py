"""An estimand in words: the five attributes of ICH E9(R1), and how missing data are treated."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from remit.trial.estimands.endpoint import (
    AFTER_TREATMENT,
    ASSESSED_TIMES,
    BEST_RESPONSES,
    COMPOSITE,
    CROSSOVER,
    DEATH,
    HOLD,
    HYPOTHETICAL,
    MISSED,
    NEW_THERAPY,
    OF_RESPONDERS,
    OTHER_STOP,
    POLICY,
    PROGRESSION,
    RESIDUAL,
    TOXICITY_STOP,
    VARIABLES,
    WHILE,
    Endpoint,
    check,
    strategies_of,
)
from remit.trial.estimands.response_sets import MEANING

ATTRIBUTES = (
    "treatment",
    "population",
    "variable",
    "intercurrent events",
    "population-level summary",
    "missing data",
)
"""The five attributes, and missing data, which ICH E9(R1) keeps apart from intercurrent events."""
EVENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        NEW_THERAPY: "subsequent anticancer therapy",
        TOXICITY_STOP: "discontinuation of treatment for toxicity",
        OTHER_STOP: "discontinuation of treatment for another reason",
        MISSED: "two or more consecutive missed assessments before the event",
        CROSSOVER: "crossover to the experimental treatment",
        HOLD: "dose hold",
        DEATH: "death",
        PROGRESSION: "progression",
    }
)
POPULATION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "randomised": "all randomised patients",
        "treated": "all patients who took a dose",
        "evaluable": "patients who could be evaluated, a sensitivity analysis",
        "responders": "patients who respond",
    }
)
SUMMARY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "hazard_ratio": "hazard ratio, an average over the stated follow-up if hazards are not proportional",
        "restricted_mean": "difference of restricted mean times up to a day declared beforehand",
        "milestone": "share without the event at a day declared beforehand",
        "median": "median",
        "cumulative_incidence": "cumulative incidence with the intercurrent event as competing event",
        "rate": "share of patients",
        "rate_difference": "difference of shares of patients",
        "risk_ratio": "ratio of shares of patients",
        "odds_ratio": "odds ratio",
    }
)
TIME_STRATEGIES: Mapping[str, str] = MappingProxyType(
    {
        POLICY: "treatment policy: the event of interest counts whether or not this happened",
        HYPOTHETICAL: "hypothetical, as if this had not happened: censored before it, which assumes that "
        "those who have it would have fared as those who do not (non-informative censoring)",
        COMPOSITE: "composite: it is itself an event",
        WHILE: "while on treatment: the time ends with it, as a competing event",
    }
)
RESPONSE_STRATEGIES: Mapping[str, str] = MappingProxyType(
    {
        POLICY: "treatment policy: a response counts whether or not this happened before",
        COMPOSITE: "composite: without a response before it, no response",
        WHILE: "while on treatment: responses up to it count",
    }
)


def describe(endpoint: Endpoint, treatment: str) -> Mapping[str, str]:
    """Sentences by attribute, in the order of ``ATTRIBUTES``.

    Parameters
    ----------
    endpoint
        What is declared.
    treatment
        The treatments compared, or the one given, in words; the study knows them.

    Raises
    ------
    InputError
        If the endpoint cannot be computed as declared.
    """
    check([endpoint])
    texts = (
        _sentence(treatment),
        _population(endpoint),
        _sentence(_variable(endpoint)),
        _events(endpoint),
        _sentence(SUMMARY_WORDS[endpoint.summary]),
        _missing(endpoint),
    )
    return MappingProxyType(dict(zip(ATTRIBUTES, texts, strict=True)))


def estimand_table(endpoints: Sequence[Endpoint], treatment: str) -> pl.DataFrame:
    """Every attribute of every endpoint: PARAMCD, ROLE, ATTRIBUTE, TEXT."""
    rows = [
        {"PARAMCD": each.name, "ROLE": each.role.replace("_", " "), "ATTRIBUTE": attribute, "TEXT": text}
        for each in endpoints
        for attribute, text in describe(each, treatment).items()
    ]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("PARAMCD", "ROLE", "ATTRIBUTE", "TEXT"), pl.String), orient="row"
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _population(endpoint: Endpoint) -> str:
    words = _sentence(POPULATION_WORDS[endpoint.population])
    if endpoint.variable in OF_RESPONDERS:
        words += " They are defined after treatment began, so that arms are not compared as randomised."
    return words


def _variable(endpoint: Endpoint) -> str:
    words, variable = VARIABLES[endpoint.variable], endpoint.variable
    if variable in ("EFS", "RFS"):
        words += f"; remission is {MEANING[endpoint.remission]}"
    if variable == "EFS":
        words += (
            f". Who is alive without remission on day {endpoint.landmark:g}, or progresses without it "
            "before, has failed, and has the event on the first day"
        )
    test = endpoint.mrd
    if variable in RESIDUAL and test is not None:
        words += f", by {test.assay} in {test.compartment}, threshold {test.threshold:g}"
    if variable == "UMRD" and test is not None:
        origin = test.origin.replace("_", " ")
        words += (
            f". The valid sample nearest to day {test.day:.0f} after the {origin} counts, within "
            f"{test.window:g} days of it"
        )
    if endpoint.reader and endpoint.is_assessed:
        words += f". Assessments are those of reader {endpoint.reader}"
    return words


def _events(endpoint: Endpoint) -> str:
    words = TIME_STRATEGIES if endpoint.is_time else RESPONSE_STRATEGIES
    listed = [
        _sentence(f"{EVENT_WORDS[event]}: {words[strategy]}")
        for event, strategy in strategies_of(endpoint).items()
    ]
    return " ".join(listed)


def _missing(endpoint: Endpoint) -> str:
    lost = "Loss to follow-up and withdrawal from the study are missing data, not intercurrent events: "
    if endpoint.variable in ASSESSED_TIMES:
        return lost + "the time is censored at the last adequate assessment, on day 1 if there is none."
    if endpoint.variable == "TTR":
        return lost + "who has not responded by then is no responder."
    if endpoint.is_time:
        return lost + "the time is censored at the last contact."
    if endpoint.population == "evaluable":
        return lost + "who could not be evaluated is left out."
    if endpoint.variable in RESIDUAL:
        return lost + "disease counts as detectable where the sample is missing or failed."
    kinds = {**dict.fromkeys(BEST_RESPONSES, "no assessment"), **dict.fromkeys(AFTER_TREATMENT, "none then")}
    return lost + f"who has {kinds[endpoint.variable]} counts as no response."

"""Words, colours and dashes for arms and scenarios; the same in every figure and table.

Colours are those of Okabe and Ito, which stay apart for readers with colour blindness; the form of
resistance is told by the dash as well.
"""

import re
from collections.abc import Mapping

import polars as pl

from remit.report.facts import ReportFacts

POTENCY = {"pharmacology": "pharmacology prior", "plateau": "plateau prior", "reference": ""}
RESISTANCE = {"ki_shift": "affinity shift", "bcl2_independent": "BCL2-independent"}

BLUE, VERMILION, GREY, SKY, ORANGE, GREEN, PALE = (
    "#0072B2",
    "#D55E00",
    "#4D4D4D",
    "#56B4E9",
    "#E69F00",
    "#009E73",
    "#BFBFBF",
)
RESPONSE_COLOURS = {"CR": BLUE, "PR": SKY, "SD": PALE, "PD": VERMILION, "NE": "#F5F5F5"}
PERCENTILE = re.compile(r" \(\d+th percentile\)")
SOLID, DASHED = [1, 0], [6, 3]


def arm_title(arm: str) -> str:
    """An arm as a word at the start of a line."""
    return arm[:1].upper() + arm[1:]


def scenario_title(scenario: str, titles: Mapping[str, str]) -> str:
    """Short title of a scenario named "<potency prior>/<form of resistance>"."""
    if scenario in titles:
        return titles[scenario]
    parts = scenario.split("/")
    words = [POTENCY.get(part, RESISTANCE.get(part, part)) for part in parts]
    return ", ".join(word for word in words if word)


def course_title(arm: str, scenario: str, facts: ReportFacts) -> str:
    """Arm and scenario in one line."""
    scenario_words = scenario_title(scenario, facts.scenario_titles)
    return f"{arm_title(arm)}: {scenario_words}" if scenario_words else arm_title(arm)


def course_colour(arm: str, scenario: str, facts: ReportFacts) -> str:
    """Colour by arm and potency prior."""
    if arm == facts.reference:
        return GREY
    return VERMILION if scenario.startswith("plateau") else BLUE


def course_dash(scenario: str) -> list[int]:
    """Dash by the form of resistance."""
    return DASHED if scenario.endswith("bcl2_independent") else SOLID


def scenario_rank(scenario: str) -> tuple[bool, bool, bool, str]:
    """Order of scenarios: pharmacology before plateau before the reference, affinity shift first."""
    return (
        scenario.startswith("reference"),
        scenario.startswith("plateau"),
        scenario.endswith("bcl2_independent"),
        scenario,
    )


def courses(frame: pl.DataFrame, facts: ReportFacts) -> list[tuple[str, str]]:
    """Arms and scenarios that a table holds: the investigational arm first, then by name."""
    if frame.is_empty():
        return []
    pairs = frame.select("ARM", "SCENARIO").unique().rows()
    return sorted(pairs, key=lambda pair: (pair[0] != facts.investigational, pair[0], scenario_rank(pair[1])))


def level_title(level: str) -> str:
    """A level without the percentile in brackets."""
    return PERCENTILE.sub("", level)


def with_titles(frame: pl.DataFrame, facts: ReportFacts) -> pl.DataFrame:
    """The frame with a column COURSE, the title of arm and scenario."""
    pairs = courses(frame, facts)
    names = pl.DataFrame(
        {
            "ARM": [arm for arm, _ in pairs],
            "SCENARIO": [scenario for _, scenario in pairs],
            "COURSE": [course_title(arm, scenario, facts) for arm, scenario in pairs],
        },
        schema={"ARM": pl.String, "SCENARIO": pl.String, "COURSE": pl.String},
    )
    return frame.join(names, on=["ARM", "SCENARIO"], how="left", maintain_order="left")

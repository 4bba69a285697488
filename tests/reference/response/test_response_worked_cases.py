"""Worked cases of the response criteria, written from the guidelines; each names what it illustrates.

Standing: cases of our own, each a threshold of the guideline's table or text met exactly or missed by a
little, with the answer reasoned by hand; no program made them. Tolerance: none, a response is right or wrong.

Sources: Cheson et al. 2014 (Lugano), Hallek et al. 2018 (iwCLL), Döhner et al. 2022 (ELN), Owen et al. 2013
(IWWM-6).
"""

from functools import cache

import numpy as np
import polars as pl
import pytest
from tests.reference.response.case_tables import READER, read_cases, tables_of

from remit.trial.response import CRITERIA
from remit.trial.response.from_tables import read_tables

LEAST = {"iwcll_2018": 25, "lugano_2014": 20, "eln_2022": 20, "iwwm_6": 15}
SOURCE = {"eln_2022": "marrow"}
CASES = [(name, case) for name in CRITERIA for case in read_cases(name)]
every_case = pytest.mark.parametrize(
    ("criterion", "case"), CASES, ids=[f"{name}: {case.name}" for name, case in CASES]
)
every_criterion = pytest.mark.parametrize("name", CRITERIA)


@cache
def tables(name):
    return tables_of(read_cases(name))


@cache
def responses(name):
    """Responses of every case of a criterion, assessed together."""
    adrs = CRITERIA[name].assess(tables(name), readers=[READER])
    shown = adrs.filter(pl.col("PARAMCD") == "OVRLRESP").sort("USUBJID", "VISITNUM")
    found = shown.group_by("USUBJID", maintain_order=True).agg("AVALC")
    return dict(zip([case.name for case in read_cases(name)], found["AVALC"].to_list(), strict=True))


@every_criterion
def test_there_are_enough_cases_and_each_names_a_part_of_its_guideline(name):
    cases = read_cases(name)
    assert len(cases) >= LEAST[name]
    assert len({case.name for case in cases}) == len(cases)
    assert all(case.illustrates and len(case.assessments) > 1 for case in cases)


@every_criterion
def test_every_response_of_the_criterion_is_in_some_case(name):
    expected = {code for case in read_cases(name) for code in case.expected}
    assert expected == set(CRITERIA[name].CODES)


@every_case
def test_a_worked_case(criterion, case):
    assert responses(criterion)[case.name] == case.expected


@every_criterion
def test_the_investigator_in_a_trial_judges_by_the_same_rules(name):
    module, cases = CRITERIA[name], read_cases(name)
    read = read_tables(tables(name), SOURCE.get(name, "scan"), [READER])
    for number in range(1, read.number.size):
        rows = np.array([place for place, case in enumerate(cases) if len(case.expected) >= number])
        judged = module.judge(read.readings[READER], np.full(len(cases), number))
        expected = [cases[place].expected[number - 1] in module.PROGRESSION for place in rows]
        assert judged[rows].tolist() == expected

"""Every strategy worked by hand: one patient, one estimand, one time or response.

Standing: developer; each case follows from the definitions in the docstrings of ``remit.trial.estimands``.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import ADEX, ADMRD, ADRS, ADSL
from remit.trial.estimands.endpoint import Endpoint, MrdTest, allowed, check
from remit.trial.estimands.event_times import CENSORING, known_days, times
from remit.trial.estimands.intervals import intervals
from remit.trial.estimands.response_sets import LUGANO, codes_of
from remit.trial.estimands.responses import responses
from remit.trial.milestones import milestones
from remit.trial.response import eln_2022, iwcll_2018, iwwm_6

SCAN_DAYS = (56.0, 112.0, 168.0, 252.0, 336.0)
KEY = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": "0000-00000"}
BLOOD = MrdTest(compartment="blood", assay="flow_1e-4", threshold=1e-4, window=30.0)


def words_of(criterion):
    return codes_of(
        criterion.CODES,
        criterion.RESPONDERS,
        criterion.COMPLETE,
        criterion.PROGRESSION,
        criterion.LYMPHOCYTOSIS,
    )


ELN, IWCLL, IWWM = words_of(eln_2022), words_of(iwcll_2018), words_of(iwwm_6)


def patient(codes=(), *, criterion=LUGANO, stopped=None, samples=(), after=None, unscheduled=None, **subject):
    """Milestones of one patient.

    ``codes`` are responses at scans 1, 2, ..., None for one not done; ``unscheduled`` more of them by number
    and day; ``stopped`` is day and reason of the end of treatment; ``samples`` are day and result; ``after``
    is day and response after treatment.
    """
    visits = [(number + 1, SCAN_DAYS[number], code) for number, code in enumerate(codes) if code]
    visits += [(number, day, code) for number, day, code in unscheduled or ()]
    rows = [
        KEY | {"READER": "IRC", "PARAMCD": "OVRLRESP", "VISITNUM": number, "ADY": day, "AVALC": code}
        for number, day, code in visits
    ]
    rows.append(KEY | {"READER": "IRC", "PARAMCD": "BOR", "VISITNUM": -1, "AVALC": "NE"})
    if after:
        rows.append(
            KEY | {"READER": "IRC", "PARAMCD": "EOTRESP", "VISITNUM": -1, "ADY": after[0], "AVALC": after[1]}
        )
    end, reason = stopped or (730.0, "ongoing")
    facts = KEY | {"STATUS": "OK", "FUEDY": 730.0, "TRTEDY": end, "DCSREAS": reason} | subject
    dose = KEY | {"EXTRT": "x", "ASTDY": 0.0, "AENDY": end, "EXDOSE": 1.0}
    mrd = [
        KEY | {"ADY": day, "COMPART": "blood", "ASSAY": "flow_1e-4", "LIMIT": 1e-4, "AVALC": result}
        for day, result in samples
    ]
    return milestones(
        pl.DataFrame(rows, schema=ADRS.schema()),
        pl.DataFrame([facts], schema=ADSL.schema()),
        "IRC",
        730.0,
        codes=criterion,
        adex=pl.DataFrame([dose], schema=ADEX.schema()),
        admrd=pl.DataFrame(mrd, schema=ADMRD.schema()),
    )


def endpoint(variable, **details):
    summary = "hazard_ratio" if variable in ("PFS", "EFS", "OS", "TTNT") else "rate"
    population = "randomised"
    if variable in ("DOR", "DOCR", "RFS", "TTR"):
        summary, population = "median", "responders"
    if "while_on_treatment" in details.get("strategies", {}).values() and summary == "hazard_ratio":
        summary = "cumulative_incidence"
    found = Endpoint(
        **{"name": "X", "variable": variable, "summary": summary, "population": population} | details
    )
    check([found])
    return found


def time_of(m, asked, limit=np.inf):
    """Time, reason and whether counted, of the one patient."""
    found = times(asked, m, np.array([limit]), SCAN_DAYS)
    assert bool(found.event[0]) == (found.reason[0] == 0)
    return (float(found.time[0]), int(found.reason[0])) if found.counted[0] else None


def under(event, strategy):
    return {"strategies": {event: strategy}}


THERAPY = {"codes": ("PR", "PR", None, "PD"), "NEWTXDY": 120.0}
TOXIC = {"codes": ("PR", "PR", "PR", "PD"), "stopped": (120.0, "adverse event")}
GAP = {"codes": ("PR", None, None, "PD")}
TIMES = {
    # Variable, patient, declaration, limit, (time, reason).
    "PFS ignores a new therapy": ("PFS", THERAPY, under("new_therapy", "treatment_policy"), np.inf, (252, 0)),
    "PFS as if no new therapy: last scan before it": (
        "PFS", THERAPY, under("new_therapy", "hypothetical"), np.inf, (112, 3)),
    "PFS with new therapy as event": ("PFS", THERAPY, under("new_therapy", "composite"), np.inf, (120, 0)),
    "PFS until new therapy": ("PFS", THERAPY, under("new_therapy", "while_on_treatment"), np.inf, (120, 11)),
    "a new therapy beyond the limit is not known": (
        "PFS", THERAPY, under("new_therapy", "composite"), 119.0, (112, 1)),
    "PFS ignores an end for toxicity": (
        "PFS", TOXIC, under("discontinuation_toxicity", "treatment_policy"), np.inf, (252, 0)),
    "PFS as if no end for toxicity": (
        "PFS", TOXIC, under("discontinuation_toxicity", "hypothetical"), np.inf, (112, 8)),
    "PFS with an end for toxicity as event": (
        "PFS", TOXIC, under("discontinuation_toxicity", "composite"), np.inf, (120, 0)),
    "PFS while on treatment": (
        "PFS", TOXIC, under("discontinuation_toxicity", "while_on_treatment"), np.inf, (120, 11)),
    "an end for toxicity is not one for another reason": (
        "PFS", TOXIC, under("discontinuation_other", "composite"), np.inf, (252, 0)),
    "an end for another reason": (
        "PFS", TOXIC | {"stopped": (120.0, "physician decision")},
        under("discontinuation_other", "composite"),
        np.inf, (120, 0)),
    "a planned end is no event": (
        "PFS", TOXIC | {"stopped": (120.0, "completed")},
        {"strategies": {"discontinuation_toxicity": "composite", "discontinuation_other": "composite"}},
        np.inf, (252, 0)),
    "an event on the day of progression comes too late to censor": (
        "PFS", THERAPY | {"NEWTXDY": 252.0}, under("new_therapy", "hypothetical"), np.inf, (252, 0)),
    "of two events the earlier one censors": (
        "PFS", THERAPY | {"stopped": (60.0, "adverse event")},
        {"strategies": {"new_therapy": "hypothetical", "discontinuation_toxicity": "hypothetical"}},
        np.inf, (56, 8)),
    "composite before hypothetical": (
        "PFS", THERAPY | {"stopped": (60.0, "adverse event")},
        {"strategies": {"new_therapy": "hypothetical", "discontinuation_toxicity": "composite"}}, np.inf,
        (60, 0)),
    "hypothetical before composite": (
        "PFS", THERAPY | {"stopped": (130.0, "adverse event")},
        {"strategies": {"new_therapy": "hypothetical", "discontinuation_toxicity": "composite"}}, np.inf,
        (112, 3)),
    "progression after missed scans counts": (
        "PFS", GAP, under("missed_assessments", "treatment_policy"), np.inf, (252, 0)),
    "progression after missed scans is censored before them": (
        "PFS", GAP, under("missed_assessments", "hypothetical"), np.inf, (56, 4)),
    "an unscheduled scan breaks a gap": (
        "PFS", GAP | {"unscheduled": [(2.5, 130.0, "PR")]}, under("missed_assessments", "hypothetical"),
        np.inf, (252, 0)),
    "progression at an unscheduled scan: planned ones before it count as missed": (
        "PFS", {"codes": ("PR",), "unscheduled": [(3.5, 200.0, "PD")]},
        under("missed_assessments", "hypothetical"), np.inf, (56, 4)),
    "progression at an unscheduled scan after one missed": (
        "PFS", {"codes": ("PR",), "unscheduled": [(2.5, 150.0, "PD")]},
        under("missed_assessments", "hypothetical"), np.inf, (150, 0)),
    "an unscheduled scan before the first planned one does not fill the gap after it": (
        "PFS", {"codes": (None, None, "PD"), "unscheduled": [(0.5, 28.0, "PR")]},
        under("missed_assessments", "hypothetical"), np.inf, (28, 4)),
    "what censors before a competing event comes first": (
        "PFS", THERAPY | {"stopped": (60.0, "adverse event")},
        {"strategies": {"new_therapy": "while_on_treatment", "discontinuation_toxicity": "hypothetical"}},
        np.inf, (56, 8)),
    "death on the day of new therapy comes first": (
        "OS", {"DTHDY": 400.0, "NEWTXDY": 400.0}, under("new_therapy", "hypothetical"), np.inf, (400, 0)),
    "DOR runs from the response": ("DOR", THERAPY, under("new_therapy", "treatment_policy"), np.inf,
        (196, 0)),
    "DOR until new therapy": ("DOR", THERAPY, under("new_therapy", "hypothetical"), np.inf, (56, 3)),
    "DOCR runs from the complete response": (
        "DOCR", {"codes": ("PR", "CR", "CR", "PD")}, {}, np.inf, (140, 0)),
    "who has no complete response has no duration of it": ("DOCR", THERAPY, {}, np.inf, None),
    "a response after toxicity that counts as failure is none": (
        "DOR", {"codes": ("SD", "PR", "PD"), "stopped": (100.0, "adverse event")},
        under("discontinuation_toxicity", "composite"), np.inf, None),
    "OS ignores a new therapy": ("OS", THERAPY | {"DTHDY": 400.0}, {}, np.inf, (400, 0)),
    "OS as if no new therapy: censored on its day": (
        "OS", THERAPY | {"DTHDY": 400.0}, under("new_therapy", "hypothetical"), np.inf, (120, 3)),
    "OS of a patient who is lost": ("OS", {"LOSTDY": 90.0, "FUEDY": 90.0}, {}, np.inf, (90, 2)),
    "TTNT counts death": ("TTNT", {"DTHDY": 100.0}, under("death", "composite"), np.inf, (100, 0)),
    "TTNT as if nobody died": ("TTNT", {"DTHDY": 100.0}, under("death", "hypothetical"), np.inf, (100, 10)),
    "TTNT with death competing": ("TTNT", {"DTHDY": 100.0}, under("death", "while_on_treatment"), np.inf,
        (100, 11)),
}  # fmt: skip


@pytest.mark.parametrize(("variable", "who", "declared", "limit", "expected"), TIMES.values(), ids=TIMES)
def test_time(variable, who, declared, limit, expected):
    assert time_of(patient(**who), endpoint(variable, **declared), limit) == expected


def test_every_reason_of_the_cases_is_in_words():
    assert {row[-1][1] for row in TIMES.values() if row[-1]} <= {0, *CENSORING}


def test_crossover_censors_overall_survival_on_its_day():
    m = patient(DTHDY=400.0, XOVERDY=200.0)
    assert time_of(m, endpoint("OS", **under("crossover", "hypothetical"))) == (200, 9)
    assert time_of(m, endpoint("OS", **under("crossover", "treatment_policy"))) == (400, 0)


AML = {
    # Patient, limit, (time, reason), day on which the event is known; landmark day 180, remission CRC.
    "relapse after remission": (
        {"codes": ("CRi", "CR", "REL")}, np.inf, (168, 0), 168),
    "death in remission": ({"codes": ("CR", "CR"), "DTHDY": 200.0}, np.inf, (200, 0), 200),
    "in remission": ({"codes": ("CR", "CR")}, np.inf, (112, 1), np.inf),
    "no remission by the landmark: event on the first day": (
        {"codes": ("NR", "MLFS", "NR")}, np.inf, (1, 0), 180),
    "failure is not known before the landmark": ({"codes": ("NR", "NR", "NR")}, 179.0, (168, 1), 180),
    "refractory before the landmark": ({"codes": ("NR", "RD")}, np.inf, (1, 0), 112),
    "remission after the landmark is failure still": (
        {"codes": ("NR", "NR", "NR", "CR")}, np.inf, (1, 0), 180),
    "death without remission before the landmark": ({"codes": ("NR",), "DTHDY": 100.0}, np.inf, (100, 0),
        100),
    "lost without remission before the landmark": (
        {"codes": ("NR", "NR"), "LOSTDY": 130.0, "FUEDY": 130.0}, np.inf, (112, 2), np.inf),
}  # fmt: skip


@pytest.mark.parametrize(("who", "limit", "expected", "known"), AML.values(), ids=AML)
def test_event_free_survival(who, limit, expected, known):
    m, asked = patient(criterion=ELN, **who), endpoint("EFS", landmark=180.0)
    assert time_of(m, asked, limit) == expected
    assert known_days(asked, m)[0] == known


def test_remission_may_ask_for_recovered_counts():
    m = patient(("CRi", "CRi", "CRi", "REL"), criterion=ELN)
    assert time_of(m, endpoint("EFS", landmark=180.0, remission="CRC")) == (252, 0)
    assert time_of(m, endpoint("EFS", landmark=180.0, remission="CRFULL")) == (1, 0)
    assert time_of(m, endpoint("RFS", remission="CRC")) == (196, 0)
    assert time_of(m, endpoint("RFS", remission="CRFULL")) is None


def test_a_new_therapy_before_remission_may_be_the_event():
    m = patient(("NR", "CR", "CR"), criterion=ELN, NEWTXDY=60.0)
    assert time_of(m, endpoint("EFS", landmark=180.0, **under("new_therapy", "composite"))) == (60, 0)
    assert time_of(m, endpoint("EFS", landmark=180.0)) == (168, 1)


def test_the_day_on_which_a_duration_ends_is_known_from_the_first_dose_on():
    m = patient(("PR", "PR", "PD"))
    assert known_days(endpoint("DOR"), m)[0] == 168
    assert known_days(endpoint("TTR"), m)[0] == 56
    assert np.isinf(known_days(endpoint("OS"), m)[0])


INTERVALS = {
    "between two scans": ("PFS", ("PR", "PR", "PD"), {}, (112, 168)),
    "a missed scan widens it": ("PFS", ("PR", None, "PD"), {}, (56, 168)),
    "before the first scan": ("PFS", ("PD",), {}, (0, 56)),
    "death is known on its day": ("PFS", ("PR",), {"DTHDY": 70.0}, (70, 70)),
    "no event": ("PFS", ("PR", "PR"), {}, (112, np.inf)),
    "nothing known": ("PFS", (), {}, (0, np.inf)),
    "counted from the response": ("DOR", ("SD", "PR", "PR", "PD"), {}, (56, 140)),
    "from the response to the next scan": ("DOR", ("SD", "PR", "PD"), {}, (0, 56)),
}


@pytest.mark.parametrize(("variable", "codes", "facts", "expected"), INTERVALS.values(), ids=INTERVALS)
def test_interval_in_which_the_event_came(variable, codes, facts, expected):
    m, asked = patient(codes, **facts), endpoint(variable)
    found = intervals(asked, m, times(asked, m, np.array([np.inf]), SCAN_DAYS))
    assert (found.last_free[0], found.first_event[0]) == expected


def test_failure_to_reach_remission_has_a_day_and_no_interval():
    m, asked = patient(("NR", "RD"), criterion=ELN), endpoint("EFS", landmark=180.0)
    found = intervals(asked, m, times(asked, m, np.array([np.inf]), SCAN_DAYS))
    assert (found.last_free[0], found.first_event[0]) == (1, 1)


def test_survival_has_no_interval():
    m, asked = patient(), endpoint("OS")
    with pytest.raises(InputError, match="intervals"):
        intervals(asked, m, times(asked, m, np.array([np.inf])))


def response_of(m, asked, limit=np.inf):
    """Response and whether evaluable, of the one patient."""
    found = responses(asked, m, np.array([limit]))
    return bool(found.response[0]), bool(found.evaluable[0])


YES, NO, NOT_EVALUABLE = (True, True), (False, True), (False, False)
LATE = {"codes": ("SD", "PR"), "NEWTXDY": 100.0, "stopped": (90.0, "adverse event")}
RATES = {
    "a partial response": ("ORR", {"codes": ("SD", "PR")}, {}, np.inf, YES),
    "not yet by the limit": ("ORR", {"codes": ("SD", "PR")}, {}, 111.0, NO),
    "without an assessment": ("ORR", {"codes": ()}, {}, np.inf, NOT_EVALUABLE),
    "not evaluable counts as none": ("ORR", {"codes": ("NE", None)}, {}, np.inf, NOT_EVALUABLE),
    "partial is not complete": ("CR", {"codes": ("PR", "PR")}, {}, np.inf, NO),
    "after progression": ("ORR", {"codes": ("PD", "CR")}, {}, np.inf, NO),
    "after new therapy, composite": ("ORR", LATE, under("new_therapy", "composite"), np.inf, NO),
    "after new therapy, treatment policy": ("ORR", LATE, under("new_therapy", "treatment_policy"), np.inf,
        YES),
    "on the day of new therapy": ("ORR", LATE | {"NEWTXDY": 112.0}, {}, np.inf, YES),
    "after an end for toxicity, treatment policy": (
        "ORR", LATE | {"NEWTXDY": None}, under("discontinuation_toxicity", "treatment_policy"), np.inf, YES),
    "after an end for toxicity, composite": (
        "ORR", LATE | {"NEWTXDY": None}, under("discontinuation_toxicity", "composite"), np.inf, NO),
    "after an end for toxicity, while on treatment": (
        "ORR", LATE | {"NEWTXDY": None}, under("discontinuation_toxicity", "while_on_treatment"), np.inf, NO),
    "not solved": ("ORR", {"codes": ("PR",), "STATUS": "NOT_FINITE"}, {}, np.inf, NOT_EVALUABLE),
    "PR-L is no response where the rate is given without": (
        "ORRNL", {"codes": ("PR-L",), "criterion": IWCLL}, {}, np.inf, NO),
    "PR-L is a response where the rate is given with it": (
        "ORRL", {"codes": ("PR-L",), "criterion": IWCLL}, {}, np.inf, YES),
    "iwCLL itself does not count PR-L": ("ORR", {"codes": ("PR-L",), "criterion": IWCLL}, {}, np.inf, NO),
    "CRi is complete in iwCLL": ("CR", {"codes": ("CRi",), "criterion": IWCLL}, {}, np.inf, YES),
    "CRi is composite complete remission": ("CRC", {"codes": ("CRi",), "criterion": ELN}, {}, np.inf, YES),
    "CRi is not CR or CRh": ("CRH", {"codes": ("CRi",), "criterion": ELN}, {}, np.inf, NO),
    "CRh is": ("CRH", {"codes": ("CRh",), "criterion": ELN}, {}, np.inf, YES),
    "CRh has no recovered counts": ("CRFULL", {"codes": ("CRh",), "criterion": ELN}, {}, np.inf, NO),
    "minor response is overall response in IWWM": ("ORR", {"codes": ("MR",), "criterion": IWWM}, {},
        np.inf, YES),
    "and not major response": ("MRR", {"codes": ("MR",), "criterion": IWWM}, {}, np.inf, NO),
    "response after treatment": ("EOTORR", {"after": (300.0, "PR")}, {}, np.inf, YES),
    "response after treatment, not yet": ("EOTORR", {"after": (300.0, "PR")}, {}, 299.0, NOT_EVALUABLE),
    "complete response after treatment": ("EOTCR", {"after": (300.0, "PR")}, {}, np.inf, NO),
    "progression after treatment": ("EOTORR", {"after": (300.0, "PD")}, {}, np.inf, NO),
    "new therapy before the response after treatment": (
        "EOTORR", {"after": (300.0, "CR"), "NEWTXDY": 290.0}, {}, np.inf, NO),
}  # fmt: skip


@pytest.mark.parametrize(("variable", "who", "declared", "limit", "expected"), RATES.values(), ids=RATES)
def test_response(variable, who, declared, limit, expected):
    assert response_of(patient(**who), endpoint(variable, **declared), limit) == expected


DONE = {"stopped": (365.0, "completed")}
MRD = {
    # Three months after the last dose on day 365 is day 456.3; the window is 30 days either way.
    "undetectable at the time point": ({"samples": [(456.0, "undetectable")], **DONE}, np.inf, YES, YES),
    "detectable at the time point, undetectable before": (
        {"samples": [(200.0, "undetectable"), (456.0, "detectable")], **DONE}, np.inf, NO, YES),
    "undetectable outside the window": (
        {"samples": [(420.0, "undetectable")], **DONE}, np.inf, NOT_EVALUABLE, YES),
    "missing, another sample failed": (
        {"samples": [(90.0, "failed")], **DONE}, np.inf, NOT_EVALUABLE, NOT_EVALUABLE),
    "failed": ({"samples": [(456.0, "failed")], **DONE}, np.inf, NOT_EVALUABLE, NOT_EVALUABLE),
    "repeated after a failure": (
        {"samples": [(456.0, "failed"), (470.0, "undetectable")], **DONE}, np.inf, YES, YES),
    "the nearest sample counts": (
        {"samples": [(440.0, "undetectable"), (460.0, "detectable")], **DONE}, np.inf, NO, YES),
    "of two equally near the earlier": (
        {"samples": [(446.3125, "undetectable"), (466.3125, "detectable")], **DONE}, np.inf, YES, YES),
    "of two equally near the earlier, if detectable": (
        {"samples": [(446.3125, "detectable"), (466.3125, "undetectable")], **DONE}, np.inf, NO, YES),
    "not yet known": ({"samples": [(456.0, "undetectable")], **DONE}, 455.0, NOT_EVALUABLE, NOT_EVALUABLE),
    "progression before": (
        {"codes": ("PR", "PD"), "samples": [(456.0, "undetectable")], **DONE}, np.inf, NO, NO),
    "new therapy before": (
        {"NEWTXDY": 400.0, "samples": [(300.0, "undetectable"), (456.0, "undetectable")], **DONE}, np.inf,
        NO, YES),
    "not solved": (
        {"STATUS": "NOT_FINITE", "samples": [(456.0, "undetectable")], **DONE}, np.inf, NOT_EVALUABLE,
        NOT_EVALUABLE),
    "never dosed": (
        {"samples": [(456.0, "undetectable")], "TRTEDY": None}, np.inf, NOT_EVALUABLE, YES),
}  # fmt: skip


@pytest.mark.parametrize(("who", "limit", "at_time_point", "ever"), MRD.values(), ids=MRD)
def test_undetectable_residual_disease(who, limit, at_time_point, ever):
    m = patient(**who)
    assert response_of(m, endpoint("UMRD", mrd=BLOOD), limit) == at_time_point
    assert response_of(m, endpoint("UMRDEVER", mrd=BLOOD), limit) == ever


def test_a_time_point_may_count_from_the_first_dose_and_may_ignore_progression():
    m = patient(("PR", "PD"), samples=[(180.0, "undetectable")])
    fixed = replace(BLOOD, origin="first_dose", day=182.0)
    assert response_of(m, endpoint("UMRD", mrd=fixed)) == NO
    policy = endpoint("UMRD", mrd=fixed, **under("progression", "treatment_policy"))
    assert response_of(m, policy) == YES


def test_the_denominator_is_everyone_but_in_the_sensitivity_analysis_of_the_evaluable():
    m = patient(samples=[(456.0, "failed")], **DONE)
    limit = np.array([np.inf])
    assert responses(endpoint("UMRD", mrd=BLOOD), m, limit).counted[0]
    assert not responses(endpoint("UMRD", mrd=BLOOD, population="evaluable"), m, limit).counted[0]


REFUSED = {
    "a test that was not done": ({"mrd": replace(BLOOD, compartment="marrow")}, "flow_1e-4 in blood"),
    "another threshold": ({"mrd": replace(BLOOD, threshold=1e-5)}, "threshold"),
}


@pytest.mark.parametrize(("details", "words"), REFUSED.values(), ids=REFUSED)
def test_an_mrd_test_that_the_data_do_not_hold_is_refused(details, words):
    with pytest.raises(InputError, match=words):
        response_of(patient(samples=[(456.0, "undetectable")]), endpoint("UMRD", **details))


def test_a_set_of_responses_that_the_criterion_does_not_know_is_refused():
    with pytest.raises(InputError, match="a criterion that knows CRC"):
        response_of(patient(("CR",)), endpoint("CRC"))
    with pytest.raises(InputError, match="a criterion that knows CRC"):
        time_of(patient(("CR",)), endpoint("RFS"))


def test_data_that_a_strategy_needs_are_asked_for():
    m = patient(("PR",))
    with pytest.raises(InputError, match="crossover"):
        time_of(replace(m, crossover=None), endpoint("OS", **under("crossover", "hypothetical")))
    bare = replace(m, treatment=replace(m.treatment, day=None, kind=None))
    with pytest.raises(InputError, match="adex"):
        time_of(bare, endpoint("PFS", **under("discontinuation_other", "composite")))
    with pytest.raises(InputError, match="last dose"):
        response_of(replace(patient(samples=[(9.0, "failed")]), treatment=None), endpoint("UMRD", mrd=BLOOD))


def test_treatment_that_goes_on_has_no_end():
    assert np.isinf(patient(("PR",)).treatment.day[0])
    assert patient(("PR",), **DONE).treatment.day[0] == 365


def test_times_are_not_asked_of_responses_nor_responses_of_times():
    m = patient(("PR",))
    with pytest.raises(InputError, match=r"responses\(\)"):
        time_of(m, endpoint("ORR"))
    with pytest.raises(InputError, match=r"times\(\)"):
        response_of(m, endpoint("PFS"))


def test_best_responses_know_no_hypothetical_strategy():
    assert all("hypothetical" not in ways for ways in allowed("ORR").values())

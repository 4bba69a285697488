"""What is computed from the whole pool."""

import polars as pl
import pytest

import remit
from remit.results import TRIALS, VERDICTS
from remit.run.finish import judged, readout_of, regions_of, require_solved, sites_of


@pytest.fixture(scope="module")
def study() -> remit.Study:
    return remit.load_study("mcl_btki_treated")


def subjects(*, failed: int, of: int) -> pl.DataFrame:
    return pl.DataFrame({"STATUS": ["STEP_LIMIT"] * failed + ["OK"] * (of - failed)})


def trials(*rates: float) -> pl.DataFrame:
    """One trial of 80 patients a rate, all of mesutoclax."""
    blank = dict.fromkeys(TRIALS.columns)
    rows = [
        blank
        | {
            "ARM": "mesutoclax",
            "SCENARIO": "plateau/ki_shift",
            "REPLICATE": number,
            "DRAW": number,
            "N": 80,
            "ORR": rate,
            "ORRLCL": rate - 0.1,
        }
        for number, rate in enumerate(rates)
    ]
    return TRIALS.tidy(pl.DataFrame(rows, schema=TRIALS.schema()))


def test_a_run_with_few_unsolved_courses_goes_on() -> None:
    require_solved(subjects(failed=5, of=100))


def test_a_run_with_many_unsolved_courses_fails_and_says_why() -> None:
    with pytest.raises(
        remit.RunError, match=r"(?s)6 of 100 courses without a solution \(6 STEP_LIMIT\).*at most 5%"
    ):
        require_solved(subjects(failed=6, of=100))


def test_every_site_of_the_study_enrols(study: remit.Study) -> None:
    assert sum(each.n_sites for each in sites_of(study)) == sum(each.n_sites for each in study.file.sites)


def test_the_readout_is_the_one_the_study_declares(study: remit.Study) -> None:
    readout = readout_of(study)
    assert (readout.n_patients, readout.p0, readout.alpha, readout.reader) == (80, 0.3, 0.025, "IRC")
    assert readout.ripe_duration == pytest.approx(6 * 30.4375)
    assert readout.first_scans > study.visits.assessment_interval
    assert readout.largest_share == {"china": study.file.enrolment.largest_share_china}


def test_sites_in_the_united_states_count_as_such(study: remit.Study) -> None:
    assert regions_of(study) == ("china", "other", "us")


def test_every_agency_judges_the_investigational_arm(study: remit.Study) -> None:
    verdicts = judged(study, trials(0.2, 0.9))["verdicts"]
    assert set(verdicts["AGENCY"]) == {"cde", "fda"}
    assert set(verdicts["ARM"]) == {"mesutoclax"}


def test_without_trials_there_are_no_verdicts_but_still_what_would_change_them(study: remit.Study) -> None:
    found = judged(study, TRIALS.empty())
    assert found["verdicts"].equals(VERDICTS.empty())
    assert sorted(set(found["thresholds"]["N"])) == [40, 80, 120]

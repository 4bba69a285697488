"""What a run tells its report beside the tables."""

import json

import pytest

import remit
from remit.report.facts import facts_of
from remit.run.facts import facts_of_run
from remit.run.options import Options, plan_of


@pytest.fixture(scope="module")
def study() -> remit.Study:
    return remit.load_study("mcl_btki_treated")


def test_the_report_accepts_the_facts_of_a_run_after_a_stay_on_disk(study: remit.Study) -> None:
    stored = json.dumps(facts_of_run(study, plan_of(study, Options(draws=2, patients=10, seed=4))))
    facts = facts_of(json.loads(stored))
    assert (facts.title, facts.as_of, facts.seed) == (study.title, study.as_of, 4)
    assert facts.pool.startswith("2 parameter draws of 5 patients")
    assert (facts.investigational, facts.reference, facts.reader) == ("mesutoclax", "venetoclax", "IRC")
    assert set(facts.scenarios) == {each.name for each in study.scenarios}


def test_published_results_of_the_reference_drug_are_those_of_the_evidence(study: remit.Study) -> None:
    facts = facts_of(facts_of_run(study, plan_of(study, Options())))
    by_trial = {each.trial: each for each in facts.published}
    records = {each.id: each for each in study.evidence}
    for trial in by_trial.values():
        rates = [records[name].value / 100 for name in trial.evidence if records[name].endpoint == "orr"]
        assert [trial.orr] == rates
        assert trial.recalled == any(records[name].recalled for name in trial.evidence)
    assert any("after BTKi" in each.population for each in facts.published)
    assert all("MCL" in each.population for each in facts.published)


def test_an_event_with_a_public_rate_is_not_called_missing(study: remit.Study) -> None:
    facts = facts_of(facts_of_run(study, plan_of(study, Options())))
    modelled = [study.background(arm.name).infection_rate for arm in study.arms]
    assert ("Infection" in facts.not_modelled) == (not any(modelled))
    assert facts.not_modelled

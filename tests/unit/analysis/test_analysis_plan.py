"""Plans: what is read, what is refused, what the tables suggest; a written plan is read as it was."""

import re
import tomllib

import polars as pl
import pytest
from tests.unit.analysis.adam_study import PLAN, own_tables, tables, write
from tests.unit.analysis.conftest import FULL

from remit.analysis.analysing import analyse, analysed
from remit.analysis.default_plan import default_plan
from remit.analysis.plan_reading import plan_of, read_plan
from remit.analysis.plan_text import plan_text, write_plan
from remit.errors import InputError
from remit.interop.adam.reading import read_adam


def refused(**keys):
    """Findings about the toy plan after a change."""
    with pytest.raises(InputError) as found:
        plan_of({**PLAN, **keys})
    return found.value.findings


def endpoint(**keys):
    """The first time to an event of the plan after a change."""
    return [PLAN["endpoints"][0], {**PLAN["endpoints"][1], **keys}]


@pytest.mark.parametrize(
    ("keys", "where", "words"),
    [
        ({"format": 2}, "format", "1"),
        ({"tretment": "TRT01P"}, "tretment", "did you mean 'treatment'?"),
        ({"level": 1.5}, "level", "less than 1"),
        ({"sides": 3}, "sides", "1 or 2"),
        ({"time_unit": "fortnight"}, "time_unit", "month"),
        ({"reference": ""}, "reference", "both arms"),
        ({"reference": "Drug A"}, "reference", "another arm"),
        ({"subgroups": ["SEX", "SEX"]}, "subgroups", "each variable once"),
        ({"strata": ["STRAT1R", "STRAT1R"]}, "strata", "each variable once"),
        ({"by": ["SEX", "SEX"]}, "by", "each variable once"),
        ({"strata": ["TRT01P"]}, "strata", "same levels in both arms"),
        ({"strata": ["USUBJID"]}, "strata", "same levels in both arms"),
        ({"treatment": "GROUP", "subgroups": ["GROUP"]}, "subgroups", "same levels in both arms"),
        ({"endpoints": []}, "endpoints", "at least 1"),
        ({"endpoints": [*PLAN["endpoints"], PLAN["endpoints"][1]]}, "endpoints.5.name", "a name for each"),
        ({"endpoints": endpoint(kind="survival")}, "endpoints.2", "time_to_event"),
        ({"endpoints": endpoint(ties="exact")}, "endpoints.2.ties", "breslow"),
        ({"endpoints": endpoint(milestone=[6])}, "endpoints.2.milestone", "did you mean 'milestones'?"),
        ({"endpoints": endpoint(milestones=[-6])}, "endpoints.2.milestones.1", "greater than 0"),
        ({"endpoints": endpoint(among="CR")}, "endpoints.2.among", "a response of this plan"),
        ({"endpoints": endpoint(first_with="")}, "endpoints.2.first_with", "both bounds"),
        ({"endpoints": endpoint(competing=["Death"])}, "endpoints.2.competing", "without competing"),
        (
            {"endpoints": endpoint(competing=[2], milestones=[], last_without="", first_with="")},
            "endpoints.2.milestones", "cumulative incidence",
        ),
        (
            {"endpoints": [{**PLAN["endpoints"][0], "responders": ["XR"]}]},
            "endpoints.1.responders", "a word of values",
        ),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_with_place_and_remedy(keys, where, words):
    found = [each for each in refused(**keys) if each.where == f"plan: {where}"]
    assert found
    assert any(words in f"{each.needed} {each.remedy}" for each in found)


def test_every_finding_about_a_plan_is_said_at_once():
    assert len(refused(level=2.0, sides=3, colour="red", reference="")) == 4


def test_a_plan_that_is_written_is_read_as_it_was(tmp_path):
    plan = plan_of(FULL)
    path = write_plan(plan, tmp_path / "plan.toml", ["nothing"])
    assert read_plan(path) == plan
    with pytest.raises(InputError, match="there already"):
        write_plan(plan, path)


def test_every_key_that_is_commented_out_can_be_commented_in():
    text = plan_text(plan_of(PLAN))
    lines = [re.sub(r"^# (?=[a-z0-9_]+ = )", "", line) for line in text.splitlines()]
    found = tomllib.loads("\n".join(lines))
    # An example may not fit the rest of a plan, but its key and type do.
    for each in found["endpoints"]:
        each.pop("competing", None)
    plan_of(found)


@pytest.mark.parametrize("text", ["format = ", "endpoints = 3", "format = 1\n[[endpoints]]\nkind = 'x'\n"])
def test_a_file_that_is_no_plan_is_refused_by_name(tmp_path, text):
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(InputError, match=r"plan\.toml"):
        read_plan(tmp_path / "plan.toml")


def test_the_tables_suggest_a_plan_and_every_assumption_is_a_sentence(folder):
    found = default_plan(read_adam(folder))
    assert found.plan.population == "ITTFL"
    assert (found.plan.experimental, found.plan.reference) == ("Drug A", "Placebo")
    assert found.plan.strata == ("STRAT1R", "STRAT2R")
    assert [each.name for each in found.plan.endpoints] == ["ORR", "OS", "PFS", "DOR"]
    assert found.plan.endpoints[3].among == "ORR"
    assert found.plan.endpoints[2].first_with == "AINTHI"
    for words in ("ITTFL", "TRT01P", "Placebo", "STRAT1R", "ANL01FL", "CR, PR", "responders", "AINTLO"):
        assert any(words in sentence for sentence in found.assumed)
    assert all(sentence.endswith(".") for sentence in found.assumed)


def test_the_suggested_plan_given_back_gives_the_same_results(folder, tmp_path):
    first = analyse(folder)
    second = analyse(folder, write_plan(first.plan, tmp_path / "plan.toml", first.assumed))
    assert first.assumed
    assert second.assumed == ()
    assert second.results.equals(first.results)


def suggested(tmp_path, change):
    found = tables()
    return default_plan(read_adam(write({**found, **change(found)}, tmp_path, "parquet")))


def test_a_reference_that_no_name_tells_is_guessed_and_said(tmp_path):
    both = lambda frame, name: frame.with_columns(pl.col(name).replace("Placebo", "Drug B"))  # noqa: E731
    found = suggested(
        tmp_path,
        lambda t: {
            "ADSL": both(t["ADSL"], "TRT01P"),
            "ADTTE": both(t["ADTTE"], "TRTP"),
            "ADRS": both(t["ADRS"], "TRTP"),
        },
    )
    assert found.plan.reference == "Drug B"
    assert any("Nothing says which arm is the reference" in each for each in found.assumed)


def test_three_arms_are_described_and_not_compared(tmp_path):
    third = pl.when(pl.int_range(pl.len()) < 9).then(pl.lit("Drug B")).otherwise("TRT01P").alias("TRT01P")
    found = suggested(tmp_path, lambda t: {"ADSL": t["ADSL"].with_columns(third)})
    assert not found.plan.is_comparison
    assert any("3 arms: no comparison" in each for each in found.assumed)


def test_patients_of_a_run_are_described_by_scenario(tmp_path):
    done = analysed(read_adam(write(own_tables(), tmp_path, "parquet")))
    assert done.plan.by == ("SCENARIO",)
    assert not done.plan.is_comparison
    assert set(done.results["BY"]) == {"plain"}
    assert any("not compared" in each for each in done.assumed)

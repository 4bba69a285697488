"""Treatments as a whole: one patient whatever stands beside it, factors of exposure, refusals."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import remit
from remit.errors import InputError, UnknownNameError
from remit.treatment import Conditions, Who, simulate_treatment
from remit.treatment import simulate as module
from remit.treatment.options import numbers, scenarios
from remit.trial.adherence import kept_doses

DAILY = ["venetoclax 400 mg q24h"]


def last(treated, name):
    return treated.courses.filter(pl.col("DAY") == pl.col("DAY").max())[name].to_list()


def test_a_patient_does_not_depend_on_how_many_there_are_or_how_they_are_grouped(monkeypatch):
    many = simulate_treatment("cll", DAILY, days=30, every=10.0, who=Who(patients=9))
    few = simulate_treatment("cll", DAILY, days=30, every=10.0, who=Who(patients=4))
    monkeypatch.setattr(module, "CHUNK", 2)
    grouped = simulate_treatment("cll", DAILY, days=30, every=10.0, who=Who(patients=9))
    assert_frame_equal(many.courses, grouped.courses, check_exact=True)
    assert_frame_equal(many.courses.head(few.courses.height), few.courses, check_exact=True)


def test_another_seed_gives_other_patients():
    first, second = (
        last(simulate_treatment("cll", DAILY, days=9, every=9.0, who=Who(patients=3, seed=s)), "tumour")
        for s in (1, 2)
    )
    assert first != second


def test_the_typical_patient_has_typical_values():
    treated = simulate_treatment("mcl", DAILY, days=1)
    assert treated.patients["WHO"].to_list() == ["typical patient"]
    for name in ("bcl2i.CL", "clones.detachment_rate", "neutrophils.baseline"):
        assert treated.parameters[name][0] == pytest.approx(treated.values[name], rel=1e-12)


@pytest.mark.parametrize(
    ("conditions", "factor"),
    [
        ({"meal": "fasted"}, "pharmacy.F_fasted"),
        ({"meal": "high_fat"}, "pharmacy.F_high_fat"),
        ({"pgp_inhibitor": True}, "pharmacy.F_pgp_inhibitor"),
    ],
)
def test_a_factor_on_bioavailability_acts_once(conditions, factor):
    plain = simulate_treatment("cll", DAILY, days=2, every=0.5)
    other = simulate_treatment("cll", DAILY, days=2, every=0.5, conditions=Conditions(**conditions))
    ratio = other.courses["bcl2i_concentration"][1:] / plain.courses["bcl2i_concentration"][1:]
    expected = remit.open_library().values("drugs/venetoclax")[factor].value
    np.testing.assert_allclose(ratio.to_numpy(), expected, rtol=2e-3)


@pytest.mark.parametrize(
    ("conditions", "factor"),
    [
        ({"cyp3a_inhibitor": "moderate"}, "CL_moderate_inhibitor"),
        ({"cyp3a_inhibitor": "strong"}, "CL_strong_inhibitor"),
        ({"cyp3a_inhibitor": "posaconazole"}, "CL_posaconazole"),
        ({"cyp3a_inducer": True}, "CL_strong_inducer"),
        ({"hepatic_impairment": "severe"}, "CL_severe_hepatic"),
    ],
)
def test_a_factor_on_clearance_acts_once(conditions, factor):
    treated = simulate_treatment("cll", DAILY, days=1, conditions=Conditions(**conditions))
    expected = (
        treated.values["bcl2i.CL"]
        * remit.open_library().values("drugs/venetoclax")[f"pharmacy.{factor}"].value
    )
    assert treated.parameters["bcl2i.CL"][0] == pytest.approx(expected, rel=1e-12)


def test_the_label_asks_for_the_smallest_of_its_doses():
    both = {"cyp3a_inhibitor": "strong", "pgp_inhibitor": True}
    full, reduced = (
        simulate_treatment("cll", DAILY, days=1, every=0.05, conditions=Conditions(**both, label_doses=label))
        for label in (False, True)
    )
    ratio = reduced.courses["bcl2i_concentration"].max() / full.courses["bcl2i_concentration"].max()
    assert ratio == pytest.approx(0.25 ** (1 - 0.178), rel=2e-3)


def test_doses_are_missed_at_the_stated_share_and_in_runs():
    kept = kept_doses(3, "adherence", np.arange(400), 500, 0.7, 4.0)
    # Runs of misses of mean 4: the share has variance p (1 - p) (2 x 4 - 1) / n at most.
    error = np.sqrt(0.7 * 0.3 * 7 / kept.size)
    assert kept.mean() == pytest.approx(0.7, abs=4 * error)
    starts = (~kept[:, 1:] & kept[:, :-1]).sum()
    assert (~kept[:, 1:]).sum() / starts == pytest.approx(4.0, rel=0.05)


def test_a_history_comes_first_and_its_drug_is_gone():
    who = Who(population="cll_btki_treated", patients=6)
    treated = simulate_treatment("cll", ["pirtobrutinib 200 mg q24h"], days=28, every=1 / 4, who=who)
    assert set(treated.patients["BTKISTOP"]) <= {"progression", "intolerance", "completion"}
    first = treated.courses.filter(pl.col("DAY") == 0)
    assert first["btki_concentration"].to_list() == [0.0] * 6
    assert treated.parameters["btk.k_inact"].to_list() == [0.0] * 6


def test_resistance_and_scenarios_of_drugs_are_chosen_by_name():
    values = []
    for form, prior in (("ki_shift", "pharmacology"), ("bcl2_independent", "plateau")):
        who = Who(resistance=form, drug_scenarios={"mesutoclax": {"potency_exposure": prior}})
        values.append(simulate_treatment("cll", ["mesutoclax 1 study dose q24h"], days=1, who=who).values)
    assert [each["apoptosis.potency_exposure"] for each in values] == [3.0, 1.0]
    assert [each["apoptosis.resistant_dependence"] for each in values] == [1.0, 0.0]


def test_supportive_measures_are_given_in_doses():
    with_cells = simulate_treatment("aml", ["red_cells 2 dose q24h x 1"], days=1)
    without = simulate_treatment("aml", [], days=1)
    gain = last(with_cells, "haemoglobin")[0] - last(without, "haemoglobin")[0]
    assert gain == pytest.approx(20.0, rel=0.05)


WRONG = [
    ({"disease": "cml"}, UnknownNameError, "did you mean"),
    ({"treatment": ["venetoklax 400 mg q24h"]}, UnknownNameError, "did you mean 'venetoclax'"),
    ({"treatment": ["venetoclax 400 mg/m2 q24h"]}, InputError, "doses in mg"),
    (
        {"treatment": ["rituximab 375 mg/m2 q28d", "obinutuzumab 1000 mg q28d"]},
        InputError,
        "one drug of its kind",
    ),
    ({"days": -1}, InputError, "above 0"),
    ({"days": float("nan")}, InputError, "above 0"),
    ({"every": 0.0}, InputError, "0.001"),
    ({"every": 99.0}, InputError, "to 10 days"),
    ({"every": "14"}, InputError, "a step"),
    ({"every": ["a"]}, InputError, "a step"),
    ({"every": [None]}, InputError, "a step"),
    ({"days": "10"}, InputError, "a number"),
    ({"treatment": [3]}, InputError, "a line of text"),
    ({"treatment": ["mesutoclax 1 study dose q24h"]}, InputError, "pharmacology, plateau"),
    ({"every": [1.0, 99.0]}, InputError, "days from 0 to 10"),
    ({"every": [float("nan")]}, InputError, "days from 0 to 10"),
    ({"who": Who(population="nobody")}, UnknownNameError, "a file of the library"),
    ({"who": Who(host="nobody")}, UnknownNameError, "a file of the library"),
    ({"who": Who(resistance="none")}, UnknownNameError, "a scenario of the file"),
    ({"who": Who(drug_scenarios={"venetoclax": {"potenz": "x"}})}, InputError, "a group of scenarios"),
    ({"who": Who(values={"clones.growth": 1.0})}, UnknownNameError, "did you mean 'clones.growth_rate'"),
    ({"who": Who(values={"apoptosis.fu": 2.0})}, InputError, "0 to 1"),
    ({"who": Who(values={"covariates.china_probability": 5.0})}, InputError, "0 to 1"),
    ({"who": Who(values={"btki.CL": 5.0})}, UnknownNameError, "a parameter in use"),
    ({"who": Who(population="aml_unfit")}, InputError, "a population of cll"),
    ({"who": Who(population="host_adult")}, InputError, "a population of cll"),
    ({"who": Who(host="cll_unfit")}, InputError, "a host"),
    (
        {"who": Who(drug_scenarios={"mesutoclax": {"potency_exposure": "x"}})},
        UnknownNameError,
        "a drug of the",
    ),
]


@pytest.mark.parametrize(("changed", "error", "says"), WRONG, ids=[str(each[0])[:60] for each in WRONG])
def test_what_cannot_be_used_is_refused_in_one_clear_error(changed, error, says):
    asked = {"disease": "cll", "treatment": DAILY, "days": 10, **changed}
    with pytest.raises(error) as caught:
        simulate_treatment(asked.pop("disease"), asked.pop("treatment"), **asked)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"meal": "brunch"}, "low_fat"),
        ({"cyp3a_inhibitor": "storng"}, "did you mean 'strong'"),
        ({"adherence": 0.0}, "a share above 0"),
        ({"missed_run": 0.5}, "1 dose or more"),
        ({"adherence": 0.2, "missed_run": 1.0}, "runs of at least 4"),
    ],
)
def test_conditions_are_checked_at_once(options, says):
    with pytest.raises(InputError) as caught:
        Conditions(**options)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"patients": -1}, "0 to 100,000"),
        ({"patients": 2.5}, "0 to 100,000"),
        ({"patients": "3"}, "0 to 100,000"),
        ({"seed": -1}, "a whole number"),
        ({"seed": "a"}, "a whole number"),
        ({"population": ""}, "a name, or None"),
        ({"extinction": "never"}, "stochastic or one_cell"),
        ({"values": {"apoptosis.fu": float("nan")}}, "a finite number"),
        ({"values": {"apoptosis.fu": "3"}}, "a finite number"),
        ({"drug_scenarios": {"venetoclax": "x"}}, "scenarios by group"),
        ({"values": None}, "a table by name"),
    ],
)
def test_who_is_checked_at_once(fields, says):
    with pytest.raises(InputError) as caught:
        Who(**fields)
    assert says in str(caught.value)


def test_a_flag_of_conditions_is_a_flag():
    with pytest.raises(InputError, match="True or False"):
        Conditions(cyp3a_inducer="no")


def test_the_typical_patient_does_not_depend_on_the_seed():
    first, second = (simulate_treatment("cll", DAILY, days=2, who=Who(seed=seed)).courses for seed in (1, 2))
    assert_frame_equal(first, second)


def test_the_typical_patient_after_a_btk_inhibitor_can_be_looked_at():
    who = Who(population="mcl_btki_treated")
    treated = simulate_treatment("mcl", DAILY, days=28, every=7.0, who=who)
    assert treated.patients["STATUS"].to_list() == ["OK"]
    assert treated.values["btk.k_inact"] > 0


def test_scenarios_that_were_used_are_named():
    notes = " ".join(
        simulate_treatment(
            "cll",
            ["sonrotoclax 1 study dose q24h"],
            days=1,
            who=Who(drug_scenarios={"sonrotoclax": {"potency_exposure": "plateau"}}),
        ).notes
    )
    assert "potency_exposure plateau" in notes
    assert "resistance ki_shift" in notes


def test_nothing_is_guessed_about_an_interaction_that_is_not_known():
    with pytest.raises(InputError, match="CL_strong_inducer"):
        simulate_treatment(
            "cll", ["orelabrutinib 150 mg q24h"], days=1, conditions=Conditions(cyp3a_inducer=True)
        )
    with pytest.raises(InputError, match="no rule"):
        simulate_treatment(
            "cll", ["orelabrutinib 150 mg q24h"], days=1,
            conditions=Conditions(cyp3a_inhibitor="strong", label_doses=True),
        )  # fmt: skip


def test_options_of_the_command_line_are_read():
    assert numbers(["a.b=1e-3", "c.d = 2"]) == {"a.b": 1e-3, "c.d": 2.0}
    assert scenarios(["mesutoclax:potency_exposure=plateau"]) == {
        "mesutoclax": {"potency_exposure": "plateau"}
    }
    for text in ("a", "a=b", "=1", "a.b="):
        with pytest.raises(InputError, match="NAME=VALUE"):
            numbers([text])
    for text in ("a", "a:b", "a=b", ":b=c"):
        with pytest.raises(InputError, match="DRUG:GROUP=NAME"):
            scenarios([text])
    with pytest.raises(InputError, match="twice"):
        numbers(["a.b=1", "a.b=2"])

"""Event records of patients, which read back give the concentrations of the full model."""

import numpy as np
import polars as pl
import pytest

import remit
from remit.interop.patients import simulated_patient, subjects_of, typical_patient

MODEL = "two_compartment_oral"


@pytest.fixture(scope="module")
def study():
    return remit.load_study("mcl_btki_treated")


@pytest.fixture(scope="module")
def run(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nonmem") / "run"
    return remit.run(study, patients=12, draws=2, replicates=5, sensitivity=0, out=folder, threads=1)


def agrees(path):
    """Whether the concentrations of a file are those that its own records lead to."""
    found = remit.simulate_events(path, MODEL, {})
    seen = found.filter(pl.col("EVID").cast(float) == 0)
    stored, computed = seen["DV"].cast(float).to_numpy(), seen["CP"].to_numpy()
    for subject in seen["ID"].unique():
        here = (seen["ID"] == subject).to_numpy()
        scale = max(stored[here].max(), 1e-30)
        np.testing.assert_allclose(computed[here] / scale, stored[here] / scale, rtol=0, atol=1e-9)
    return found


@pytest.mark.parametrize("arm", ["mesutoclax", "venetoclax"])
def test_the_records_of_the_typical_patient_lead_to_its_concentrations(study, arm, tmp_path):
    path = remit.export(study, "nonmem", tmp_path / "typical.csv", arm=arm)
    found = agrees(path)
    doses = found.filter(pl.col("EVID").cast(float) == 1)
    given = typical_patient(study, arm).given
    assert doses["AMT"].cast(float).to_list() == [each.amount for each in given]
    assert doses["ADDL"].cast(int).to_list() == [each.count - 1 for each in given]
    assert found["CP"].max() > 0


def test_the_records_of_all_patients_of_an_arm_are_those_of_each(run, tmp_path):
    path = remit.export(run, "nonmem", tmp_path / "all.csv", patient="all", arm="venetoclax")
    found = agrees(path)
    subjects = subjects_of(run, "venetoclax")
    assert found["ID"].unique(maintain_order=True).to_list() == [str(i) for i in range(1, len(subjects) + 1)]
    last = simulated_patient(run, subjects[-1], "venetoclax")
    own = found.filter((pl.col("ID") == str(len(subjects))) & (pl.col("EVID") == "1"))
    assert own["AMT"].cast(float).to_list() == [each.amount for each in last.given]
    assert own["CL"].cast(float).unique().to_list() == [last.values["bcl2i.CL"]]
    assert subjects[-1] in own["SUBJECT"][0]


def test_doses_of_the_records_add_up_to_what_adex_says(run, tmp_path):
    subject = subjects_of(run, "venetoclax")[0]
    path = remit.export(run, "nonmem", tmp_path / "one.csv", patient=subject, arm="venetoclax")
    doses = pl.read_csv(path, null_values=".").filter(pl.col("EVID") == 1)
    here = (pl.col("ARM") == "venetoclax") & (pl.col("USUBJID") == subject)
    first = run.table("adex").filter(here)["SCENARIO"][0]
    periods = run.table("adex").filter(here & (pl.col("SCENARIO") == first) & (pl.col("EXDOSE") > 0))
    days = periods.select((pl.col("AENDY") - pl.col("ASTDY")).sum()).item()
    assert (doses["ADDL"] + 1).sum() == pytest.approx(days, abs=len(periods))


def test_all_patients_do_not_fit_into_one_sbml_file(run, tmp_path):
    with pytest.raises(remit.InputError, match="one patient for sbml"):
        remit.export(run, "sbml", tmp_path / "all.xml", patient="all")

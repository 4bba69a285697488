"""Patients taken out of a study or a run: who they are, and the doses they take."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import remit
from remit import model
from remit.interop.patients import simulated_patient, typical_patient
from remit.run.cohorts import from_table
from remit.run.courses import arm_parameters, kernel, make_block, simulate_courses
from remit.run.plan import Task
from remit.run.simulate import drawn_setting
from remit.run.store import Store
from remit.solve import KernelBlock


@pytest.fixture(scope="module")
def study():
    return remit.load_study("mcl_btki_treated")


@pytest.fixture(scope="module")
def run(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "run"
    return remit.run(study, patients=40, draws=2, replicates=5, sensitivity=0, out=folder, threads=1)


def solved(simulation, times):
    """Observables by name."""
    block = KernelBlock(
        kernel(),
        np.array([[simulation.values[name] for name in model.PARAMETERS]]),
        np.array([[simulation.state[name] for name in model.STATES]]),
        np.array([simulation.thresholds]),
        rtol=1e-5,
    )
    seen = block.advance(times[-1:], simulation.doses, times[None])[0]
    return dict(zip(model.OBSERVABLES, seen.T, strict=True))


def test_the_typical_patient_has_typical_values_and_takes_the_planned_doses(study):
    found = typical_patient(study, "venetoclax")
    values = study.values("venetoclax", "reference/ki_shift")
    for name in ("btk.kdeg", "apoptosis.hill", "bcl2i.ka"):
        assert found.values[name] == pytest.approx(values[name].value)
    steps = study.arm("venetoclax").main.schedule.periods[:-1]
    given = found.given
    assert [dose.count for dose in given[: len(steps)]] == [round(step.days) for step in steps]
    relative = [dose.amount / given[-1].amount for dose in given]
    exponent = values["pharmacy.dose_exponent"].value
    assert relative == pytest.approx([step.fraction ** (1 + exponent) for step in steps] + [1.0])
    assert given[-1].time + given[-1].count == pytest.approx(study.follow_up, abs=1.0)
    assert set(found.thresholds) == {1.0}


def test_the_typical_patient_is_left_nothing_to_chance(study):
    run = study.file.run
    found = [
        typical_patient(
            replace(study, file=study.file.model_copy(update={"run": run.model_copy(update={"seed": seed})}))
        )
        for seed in (1, 2)
    ]
    assert found[0].state == found[1].state
    assert found[0].values == found[1].values


def test_an_arm_without_a_scenario_takes_its_first(study):
    assert typical_patient(study).title == "typical patient, mesutoclax, pharmacology/ki_shift"
    assert typical_patient(study, scenario="plateau/ki_shift").title.endswith("plateau/ki_shift")
    with pytest.raises(remit.UnknownNameError, match="mesutoclax"):
        typical_patient(study, "mesutoclx")
    with pytest.raises(remit.UnknownNameError, match="pharmacology"):
        typical_patient(study, "mesutoclax", "pharmacolgy/ki_shift")


def test_a_simulated_patient_shows_what_the_run_recorded(run):
    """Solved anew from the doses taken, at a tighter tolerance than that of the run."""
    subjects = run.table("adpc").select("ARM", "SCENARIO", "USUBJID").unique(maintain_order=True).rows()
    for arm, scenario, subject in (subjects[0], subjects[-1]):
        found = simulated_patient(run, subject, arm, scenario)
        table = run.table("adpc").filter(
            (pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario) & (pl.col("USUBJID") == subject)
        )
        rows = table.filter(pl.col("PARAMCD") == "BCL2OCCB").sort("ADY")
        seen = solved(found, rows["ADY"].to_numpy())["bcl2_occupancy_blood"]
        np.testing.assert_allclose(seen, rows["AVAL"].to_numpy(), rtol=0, atol=2e-3)


DOSED = list(model.STATES).index(model.DOSED["bcl2i"])


class Watched:
    """A block that notes the doses of the drug that it is given; see ``remit.courses.Block``."""

    def __init__(self, block):
        self.block = block
        self.doses = [[] for _ in block.state]

    def __getattr__(self, name):
        return getattr(self.block, name)

    def advance(self, until, records, observe):
        for k, taken in enumerate(self.doses):
            rows = zip(*(getattr(records, name)[k] for name in records.__slots__), strict=True)
            for time, amount, state, _, interval, additional in rows:
                if state != DOSED:
                    continue
                times = time + interval * np.arange(additional + 1)
                taken += [(t, amount) for t in times if t < until[k] - 1e-9]
        return self.block.advance(until, records, observe)


def test_the_doses_of_a_simulated_patient_are_those_of_the_conduct(run, study):
    """Also after a hold, from which doses go on in a rhythm of their own."""
    holds = run.table("adex").filter((pl.col("EXREAS") == "hold") & (pl.col("AENDY") < study.follow_up))
    holds = holds.filter(pl.col("AENDY") % 1 != 0)
    arm, scenario, subject = holds.select("ARM", "SCENARIO", "USUBJID").row(0)
    chosen, draw = study.scenario(arm, scenario), int(subject.split("-")[0])
    sizes, seed = run.manifest.sizes, run.manifest.seed
    task = Task(
        kind="population",
        seed=seed,
        draw=draw,
        n_draws=sizes.draws,
        pool=sizes.patients,
        n_patients=sizes.patients,
    )
    stored = Store(run.folder).load(task)
    cohort = from_table(draw, stored["cohort"], stored["screening"], stored["shifts"])
    setting = drawn_setting(study, chosen, seed, draw, sizes.draws)
    block = Watched(make_block(arm_parameters(seed, cohort, setting), cohort.state, cohort.thresholds))
    simulate_courses(seed, cohort, setting, block=block)
    expected = block.doses[cohort.index.tolist().index(int(subject.split("-")[1]))]
    found = [
        (dose.time + dose.interval * i, dose.amount)
        for dose in simulated_patient(run, subject, arm, scenario).given
        for i in range(dose.count)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert len({round(time % 1.0, 6) for time, _ in found}) > 1


def test_a_patient_that_is_not_there_is_refused_with_one_that_is(run):
    with pytest.raises(remit.UnknownNameError, match="0000-0000") as caught:
        simulated_patient(run, "nobody")
    assert len(str(caught.value)) < 400
    subject = run.table("adsl")["USUBJID"][0]
    with pytest.raises(remit.UnknownNameError, match=f"did you mean {subject[:6]}"):
        simulated_patient(run, subject[:-1])


def test_a_run_of_another_version_is_refused(run):
    other = replace(run, manifest=replace(run.manifest, versions={**run.manifest.versions, "remit": "0.0.9"}))
    with pytest.raises(remit.RunError, match=r"0\.0\.9"):
        simulated_patient(other, run.table("adsl")["USUBJID"][0])


def test_export_names_its_file_and_takes_a_study_or_a_run(study, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert remit.export(study, "sbml") == Path("typical_patient_mesutoclax_pharmacology_ki_shift.xml")
    subject = run.table("adsl")["USUBJID"][0]
    written = remit.export(run, "sbml", arm="venetoclax", patient=subject)
    assert written.parent == run.folder
    assert subject.replace("-", "_") in written.name
    assert f"Patient {subject} of the study" in written.read_text(encoding="utf-8")
    assert remit.export(run, "sbml", tmp_path / "my.xml").name == "my.xml"


def test_what_cannot_be_exported_is_refused(study):
    with pytest.raises(remit.InputError, match="sbml"):
        remit.export(study, "smbl")
    with pytest.raises(remit.InputError, match="folder of a run"):
        remit.export(study, "sbml", patient="0000-00001")

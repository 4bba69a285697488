"""A study resolved against the library."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from remit import model
from remit.dosing import parse_given, schedule_of
from remit.errors import InputError, UnknownNameError
from remit.library import open_library
from remit.library.declared import OPTIONAL
from remit.library.posteriors import calibration
from remit.library.toml_text import written
from remit.population.parameters import TABLES as POPULATION_TABLES
from remit.study import init_study, init_text, load_study, schema
from remit.trial.parameters import TABLES as TRIAL_TABLES
from remit.units import quantities

STUDY = "mcl_btki_treated"


def moved_on(folder: Path) -> Path:
    """A library directory whose comparators differ from the shipped ones in one response rate."""
    path = folder / "comparators" / f"{STUDY}.toml"
    path.parent.mkdir(parents=True)
    data = copy.deepcopy(dict(open_library().document(f"comparators/{STUDY}").data))
    data["comparator"][0] |= {"responders": 66, "orr": 0.55}
    path.write_text(written(data), encoding="utf-8")
    return folder


def test_every_arm_and_scenario_gives_all_parameters_of_model_population_and_conduct() -> None:
    study = load_study(STUDY)
    tables = {**TRIAL_TABLES, **POPULATION_TABLES}
    wanted = {f"{name}.{key}" for name, (record, _) in tables.items() for key in quantities(record)}
    modelled = wanted - OPTIONAL | {
        key for key in wanted if key.startswith(("history.", "lesions.", "effects."))
    }
    assert len(study.scenarios) == 6
    for scenario in study.scenarios:
        values = study.values(scenario.arm, scenario.name)
        assert set(model.PARAMETERS) | modelled <= set(values)
        assert list(study.model_values(scenario.arm, scenario.name)) == list(model.PARAMETERS)


def test_scenarios_differ_in_what_they_name_alone() -> None:
    study = load_study(STUDY)
    first = study.values("mesutoclax", "pharmacology/ki_shift")
    for other, changed in (
        ("plateau/ki_shift", {"apoptosis.potency_exposure"}),
        ("pharmacology/bcl2_independent", {"apoptosis.Ki_shift", "apoptosis.resistant_dependence"}),
    ):
        second = study.values("mesutoclax", other)
        assert {key for key in first if first[key] != second[key]} == changed


def test_both_arms_ramp_up_in_the_same_fractions() -> None:
    first, second = (arm.main.schedule for arm in load_study(STUDY).arms)
    assert first.periods == second.periods
    assert [each.fraction for each in first.periods] == [0.05, 0.125, 0.25, 0.5, 1.0]
    assert (first.unit, second.unit) == ("study dose", "mg")


LINE = "20 mg q24h x 7 then 50 mg q24h x 7 then 100 mg q24h x 7 then 200 mg q24h x 7 then 400 mg q24h"


def with_treatment(*lines: str) -> dict[str, Any]:
    """The shipped study with another treatment in its second arm."""
    data = tomllib.loads(init_text(STUDY))
    data["arms"][1]["treatment"] = list(lines)
    return data


def written_as(data: dict[str, Any], path: Path) -> Path:
    path.write_text(written(data), encoding="utf-8")
    return path


@pytest.mark.parametrize("often", ["q8h", "q24h", "q2.4h", "q0.1234567890123d"])
def test_the_schedule_of_a_drug_is_that_of_its_line(tmp_path: Path, often: str) -> None:
    line = f"venetoclax 10 mg {often} x 21 then 100 mg {often}"
    study = load_study(written_as(with_treatment(line), tmp_path / "other.toml"))
    arm = study.arm("venetoclax")
    assert arm.main.schedule == schedule_of([parse_given(line)])
    assert arm.main.relative_dose == 0.25
    assert arm.described == line
    path = tmp_path / "resolved.toml"
    path.write_text(study.to_toml(), encoding="utf-8")
    assert load_study(path).digest() == study.digest()


def test_an_arm_of_two_drugs_has_the_values_of_both_and_the_bcl2_inhibitor_is_the_main_one(
    tmp_path: Path,
) -> None:
    data = with_treatment("orelabrutinib 150 mg q24h", f"venetoclax {LINE} from day 84")
    study = load_study(written_as(data, tmp_path / "two.toml"))
    arm = study.arm("venetoclax")
    assert arm.drug == "venetoclax" and [each.drug for each in arm.drugs] == ["orelabrutinib", "venetoclax"]
    values = study.values("venetoclax", "reference/ki_shift")
    library = study.library
    own = library.values("drugs/orelabrutinib")
    assert values["btki.CL"].value == own["btki.CL"].value
    assert values["orelabrutinib:pharmacy.full_dose"].value == own["pharmacy.full_dose"].value
    full = library.values("drugs/venetoclax")["pharmacy.full_dose"].value
    assert values["pharmacy.full_dose"].value == full
    # Patients come to the trial with the pharmacology of the drug that they had before.
    before = study.population_values("venetoclax", "reference/ki_shift")
    assert before["btki.CL"].value == library.values("drugs/ibrutinib")["btki.CL"].value
    assert arm.drugs[0].holds == ("counts", "event") and not arm.drugs[0].is_reduced


def test_lines_of_one_drug_are_one_schedule(tmp_path: Path) -> None:
    lines = ["obinutuzumab 1000 mg q7d x 3 every 28 d x 1", "obinutuzumab 1000 mg q28d x 5 from day 28"]
    data = with_treatment(f"venetoclax {LINE}", *lines)
    study = load_study(written_as(data, tmp_path / "lines.toml"))
    antibody = study.arm("venetoclax").drugs[1]
    assert antibody.lines == tuple(lines)
    assert len(antibody.schedule.periods) == 6 and antibody.schedule.end == 168.0


def test_the_schema_of_a_study_takes_the_shipped_one() -> None:
    validator = Draft202012Validator(schema("study"))
    data = tomllib.loads(init_text(STUDY))
    data["as_of"] = str(data["as_of"])
    assert validator.is_valid(data)
    data["arms"][1].pop("treatment")
    assert not validator.is_valid(data)


def test_a_resolved_study_reads_back_to_the_same_study(tmp_path: Path) -> None:
    study = load_study(STUDY)
    path = tmp_path / "study.toml"
    path.write_text(study.to_toml(), encoding="utf-8")
    again = load_study(path)
    assert again.digest() == study.digest()
    assert again.to_toml() == study.to_toml()


def test_a_resolved_study_keeps_its_values_when_the_library_has_moved_on(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(load_study(STUDY).to_toml().replace("value = 0.145", "value = 0.16"), encoding="utf-8")
    assert load_study(path).values("venetoclax", "reference/ki_shift")["neutrophils.gamma"].value == 0.16


def test_a_resolved_study_keeps_its_records_when_the_library_has_moved_on(tmp_path: Path) -> None:
    # Resolved against another library, and read where only the shipped one is.
    study, path = load_study(STUDY, library=moved_on(tmp_path / "library")), tmp_path / "study.toml"
    path.write_text(study.to_toml(), encoding="utf-8")
    again = load_study(path)
    assert again.comparators == study.comparators != load_study(STUDY).comparators
    assert again.evidence == study.evidence
    assert again.digest() == study.digest()
    assert set(study.records) <= tomllib.loads(path.read_text(encoding="utf-8"))["library"].keys()


def test_a_changed_comparator_changes_the_digest(tmp_path: Path) -> None:
    changed = load_study(STUDY, library=moved_on(tmp_path))
    assert changed.digest() != load_study(STUDY).digest()


def test_values_that_a_calibration_was_not_fitted_from_are_refused(tmp_path: Path) -> None:
    name, file, key = load_study(STUDY).file.analysis.calibration, "diseases/mcl", "residual.mass_share"
    assert calibration(name)["prior"][key][0] == 0.08
    path = tmp_path / "mine" / f"{file}.toml"
    path.parent.mkdir(parents=True)
    data = copy.deepcopy(dict(open_library().document(file).data))
    data["residual"]["mass_share"]["value"] = 0.07
    path.write_text(written(data), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_study(STUDY, library=tmp_path / "mine")
    (finding,) = caught.value.findings
    assert finding.where.endswith(f"{file}: {key}")
    assert finding.found.startswith("0.07 ")
    assert finding.needed.startswith("0.08 ")
    free = init_study(tmp_path / "free.toml")
    free.write_text(free.read_text().replace(f'calibration = "{name}"', 'calibration = "none"'))
    study = load_study(free, library=tmp_path / "mine")
    assert study.values("mesutoclax", "plateau/ki_shift")[key].value == 0.07


def test_a_changed_value_changes_the_digest(tmp_path: Path) -> None:
    folder = tmp_path / "populations"
    folder.mkdir()
    shipped = open_library().document("populations/host_adult")
    assert shipped.data["neutrophils"]["gamma"]["value"] == 0.145
    text = (
        Path(str(__import__("remit").__file__)).parent / "library/populations/host_adult.toml"
    ).read_text()
    (folder / "host_adult.toml").write_text(text.replace("value = 0.145", "value = 0.16"))
    assert load_study(STUDY, library=tmp_path).digest() != load_study(STUDY).digest()


def test_a_drug_of_the_users_own_can_stand_in_a_study(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "drugs"
    folder.mkdir(parents=True)
    source = Path(str(__import__("remit").__file__)).parent / "library/drugs/mesutoclax.toml"
    (folder / "newtoclax.toml").write_text(
        source.read_text().replace('name = "mesutoclax"', 'name = "newtoclax"')
    )
    path = init_study(tmp_path / "my_study.toml")
    path.write_text(path.read_text().replace('treatment = ["mesutoclax ', 'treatment = ["newtoclax '))
    study = load_study(path, library=tmp_path / "mine")
    assert study.name == "my_study"
    assert study.arm("mesutoclax").drug == "newtoclax"


def test_an_unknown_study_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'mcl_btki_treated'"):
        load_study("mcl_btki_treted")


def test_an_unknown_arm_or_scenario_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'venetoclax'"):
        load_study(STUDY).arm("venetoklax")
    with pytest.raises(UnknownNameError, match="did you mean 'plateau/ki_shift'"):
        load_study(STUDY).values("mesutoclax", "plateu/ki_shift")


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file that can be read"):
        load_study(tmp_path / "none.toml")


def test_init_keeps_comments_and_never_overwrites(tmp_path: Path) -> None:
    path = init_study(tmp_path / "mine.toml")
    assert path.read_text().startswith("# A single-arm phase 2 trial")
    assert load_study(path).title == load_study(STUDY).title
    with pytest.raises(InputError, match="there already"):
        init_study(path)


def test_optional_background_rates_are_absent_and_not_zero() -> None:
    background = load_study(STUDY).background("mesutoclax")
    assert background is not None
    assert background.pneumonia_rate is None
    assert background.infection_rate == pytest.approx(1.515e-3)


@pytest.mark.parametrize(
    "kind", ["study", "bcl2_inhibitor", "btk_inhibitor", "disease", "host", "population", "tables"]
)
def test_every_kind_of_file_has_a_schema(kind: str) -> None:
    found = schema(kind)
    assert found["$schema"].startswith("https://json-schema.org")
    assert found["properties"]


def test_an_unknown_schema_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'study'"):
        schema("stduy")


def test_sites_stand_in_china_and_elsewhere_one_group_a_country() -> None:
    sites = load_study(STUDY).sites
    assert sum(site.n_sites for site in sites if site.region == "china") == 20
    assert {site.region for site in sites} == {"china", "other"}
    assert len({site.country for site in sites}) == len(sites)

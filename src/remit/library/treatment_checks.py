"""What the treatments of a study must satisfy: drugs, doses, schedules, holds, scenarios."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from remit.dosing import Given, Schedule, parse_given, schedule_of
from remit.errors import Finding, InputError
from remit.library.conditions import CHOICES, Conditions
from remit.library.declared import DOSED_KINDS
from remit.library.form import finding, nearest
from remit.library.load import Document
from remit.library.placing import PLACES
from remit.library.study_tables import Documents, names, number, table, tables, texts

MONTH = 30.4375


def _lines(arm: Mapping[str, Any]) -> dict[str, list[Given]]:
    """Lines of an arm that can be read, by drug."""
    found: dict[str, list[Given]] = {}
    for text in texts(arm, "treatment"):
        try:
            line = parse_given(text)
        except InputError:
            continue
        found.setdefault(line.drug, []).append(line)
    return found


def _schedules(arm: Mapping[str, Any]) -> dict[str, Schedule]:
    """Schedules of an arm that can be made, by drug."""
    found: dict[str, Schedule] = {}
    for drug, lines in _lines(arm).items():
        try:
            found[drug] = schedule_of(lines)
        except InputError:
            continue
    return found


def treatments_can_be_read(study: Document, documents: Documents) -> Iterator[Finding]:
    """Every line of an arm names a drug of the library and doses in its unit, and the lines of a drug fit."""
    known = [name for kind in DOSED_KINDS for name in names(documents, "drugs", kind)]
    for i, arm in enumerate(tables(study, "arms"), 1):
        where = f"arms.{i}.treatment"
        for text in texts(arm, "treatment"):
            try:
                line = parse_given(text)
            except InputError as error:
                yield from (
                    Finding(f"{study.shown}: {where}: {each.where}", each.found, each.needed, each.remedy)
                    for each in error.findings
                )
                continue
            drug = documents.get(f"drugs/{line.drug}")
            if drug is None:
                yield finding(study, where, f"'{line.drug}'", "a drug", nearest(line.drug, known))
            elif line.unit != drug.data.get("dose_unit"):
                needed = f"doses in '{drug.data.get('dose_unit')}', as the file of {line.drug} says"
                yield finding(study, where, f"doses in '{line.unit}'", needed)
        for drug, lines in _lines(arm).items():
            try:
                schedule_of(lines, f"{study.shown}: {where} ({drug})")
            except InputError as error:
                yield from error.findings


def drugs_have_a_place_each(study: Document, documents: Documents) -> Iterator[Finding]:
    """An arm has one drug of a kind at most, and something is given on the first day."""
    for i, arm in enumerate(tables(study, "arms"), 1):
        where = f"arms.{i}.treatment"
        places: dict[str, str] = {}
        for drug in _lines(arm):
            document = documents.get(f"drugs/{drug}")
            place = PLACES.get(document.kind, "") if document else ""
            if place and place in places:
                found = f"{places[place]} and {drug}"
                needed = f"one drug of a kind ({place}) in an arm"
                yield finding(study, where, found, needed, "the model has one place for each")
            places[place] = drug
        starts = [each.start for each in _schedules(arm).values()]
        if starts and min(starts) > 0:
            found, needed = f"a first dose on day {min(starts):g}", "a drug that begins on day 0"
            yield finding(study, where, found, needed, "days count from the first dose")


def ramp_ups_rise(study: Document, _: Documents) -> Iterator[Finding]:
    """A ramp-up rises to the target, and is over before treatment and follow-up are."""
    months = number(table(study, "follow_up"), "months")
    for i, arm in enumerate(tables(study, "arms"), 1):
        for drug, schedule in _schedules(arm).items():
            where = f"arms.{i}.treatment ({drug})"
            steps = [] if schedule.is_cyclic else [each.fraction for each in schedule.periods if each.doses]
            for before, after in pairwise(steps):
                if after < before:
                    found = f"{after * schedule.target:g} {schedule.unit} after {before * schedule.target:g}"
                    needed = "a dose no lower than the one before"
                    yield finding(study, where, found, needed, "a ramp-up rises to the target")
            days, start = schedule.ramp_up_days, schedule.start
            if schedule.n_ramp and start + days >= schedule.end:
                found = f"a ramp-up of {days:g} days from day {start:g}"
                yield finding(study, where, found, f"its end before treatment ends, day {schedule.end:g}")
            if months is not None and start + days >= months * MONTH:
                needed = f"a ramp-up that ends within the follow-up of {months:g} months"
                yield finding(study, where, f"day {start + days:g}", needed)


def rules_name_drugs(study: Document, _: Documents) -> Iterator[Finding]:
    """Holds, reductions and the stopping rule name drugs that are given."""
    every: set[str] = set()
    for i, arm in enumerate(tables(study, "arms"), 1):
        drugs = list(_lines(arm))
        every |= set(drugs)
        named = [("holds", each) for each in table_of(arm, "holds")]
        named += [("reduced", each) for each in texts(arm, "reduced")]
        for key, drug in named:
            if drug not in drugs:
                yield finding(
                    study, f"arms.{i}.{key}", f"'{drug}'", "a drug of the arm", nearest(drug, drugs)
                )
    for drug in texts(table(study, "mrd_stop"), "drugs"):
        if drug not in every:
            found, needed = f"'{drug}'", "a drug of an arm"
            yield finding(study, "mrd_stop.drugs", found, needed, nearest(drug, every))


def table_of(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table within a table, empty where there is something else."""
    found = values.get(key, {})
    return found if isinstance(found, Mapping) else {}


def conditions_are_known(study: Document, documents: Documents) -> Iterator[Finding]:
    """The library knows what a condition of an arm does to its main drug, and what its label says of it."""
    for i, arm in enumerate(tables(study, "arms"), 1):
        strength = arm.get("cyp3a_inhibitor", "none")
        if strength not in CHOICES["cyp3a_inhibitor"] or strength == "none":
            continue
        for drug in _lines(arm):
            document = documents.get(f"drugs/{drug}")
            if document is None or document.kind not in DOSED_KINDS[:2]:
                continue
            missing = _unknown(document, str(strength), with_label=arm.get("label_doses") is True)
            for key in missing:
                needed = f"{key} in the file of {drug}"
                yield finding(study, f"arms.{i}.cyp3a_inhibitor", f"'{strength}'", needed, "nothing is known")


def _unknown(document: Document, strength: str, *, with_label: bool) -> list[str]:
    """Values that an inhibitor of a strength asks of a drug and that its file lacks."""
    pharmacy, label = table(document, "pharmacy"), table(document, "label")
    own = f"CL_{strength}" if strength == "posaconazole" else f"CL_{strength}_inhibitor"
    usual = "CL_strong_inhibitor" if strength == "posaconazole" else own
    missing = [] if own in pharmacy or usual in pharmacy else [f"pharmacy.{own}"]
    rules = list(Conditions(cyp3a_inhibitor=strength).rules())
    if with_label and not any(each in label for each in (*rules, "strong_inhibitor")):
        missing.append(f"label.{rules[0]}")
    return missing


def scenarios_exist(study: Document, documents: Documents) -> Iterator[Finding]:
    """Each scenario names an arm, a prior of its drug and a resistance of the disease; each arm has one."""
    arms = {str(arm.get("name")): arm for arm in tables(study, "arms")}
    for i, scenario in enumerate(tables(study, "scenarios"), 1):
        name = scenario.get("arm")
        if not isinstance(name, str) or name not in arms:
            if isinstance(name, str):
                needed = "the name of an arm"
                yield finding(study, f"scenarios.{i}.arm", f"'{name}'", needed, nearest(name, arms))
            continue
        arm = arms[name]
        yield from _resistance(study, documents, i, scenario, arm)
        yield from _potency(study, documents, i, scenario, arm)
    for name in sorted(set(arms) - {str(each.get("arm")) for each in tables(study, "scenarios")}):
        yield finding(study, "scenarios", f"none for arm '{name}'", "at least one scenario for each arm")


def _known(documents: Documents, file: str, group: str) -> list[str]:
    """Names of the scenarios of a group of a file."""
    document = documents.get(file)
    groups = table(document, "scenario") if document else {}
    return list(groups.get(group, {}))


def _resistance(
    study: Document, documents: Documents, i: int, scenario: Mapping[str, Any], arm: Mapping[str, Any]
) -> Iterator[Finding]:
    """The form of resistance is one of the disease of the arm."""
    file = f"diseases/{arm.get('disease') or study.data.get('disease')}"
    name, known = scenario.get("resistance"), _known(documents, file, "resistance")
    if file in documents and isinstance(name, str) and name not in known:
        needed = f"a scenario of {file}"
        yield finding(study, f"scenarios.{i}.resistance", f"'{name}'", needed, nearest(name, known))


def _potency(
    study: Document, documents: Documents, i: int, scenario: Mapping[str, Any], arm: Mapping[str, Any]
) -> Iterator[Finding]:
    """The prior on potency is one of a drug of the arm, and is named where there are several."""
    name = scenario.get("potency_exposure", "")
    where = f"scenarios.{i}.potency_exposure"
    known = {drug: _known(documents, f"drugs/{drug}", "potency_exposure") for drug in _lines(arm)}
    every = [each for priors in known.values() for each in priors]
    if isinstance(name, str) and name and known and name not in every:
        files = [f"drugs/{drug}" for drug, priors in known.items() if priors] or ["no drug of the arm"]
        needed = f"a scenario of {' or '.join(files)}"
        yield finding(study, where, f"'{name}'", needed, nearest(name, every))
    for drug, priors in known.items():
        if not name and len(priors) > 1:
            yield finding(study, where, "nothing", f"one of {', '.join(priors)}, the priors of {drug}")


RULES = (
    treatments_can_be_read,
    drugs_have_a_place_each,
    ramp_ups_rise,
    rules_name_drugs,
    conditions_are_known,
    scenarios_exist,
)

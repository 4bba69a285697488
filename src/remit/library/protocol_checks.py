"""What the protocol of a study must satisfy: visits and their windows, laboratory, criteria, samples."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from remit.errors import Finding
from remit.library.form import finding, nearest
from remit.library.load import Document
from remit.library.study_tables import Documents, conducted, number, table, tables, texts
from remit.trial.laboratory import ANALYTES
from remit.trial.parameters import Lysis, Visits
from remit.trial.response import CRITERIA

MONTH = 30.4375
DATED = (
    *(f"visits.{name}" for name in Visits.__dataclass_fields__ if "interval" in name or "duration" in name),
    "visits.assessment_change",
    *(f"lysis.{name}" for name in Lysis.__dataclass_fields__ if name.endswith("_sample")),
)
"""Values that are days of visits or between them."""
NEEDED_BY = {
    "dose rules": ("ANC", "PLAT"),
    "rules of tumour lysis": ("K", "PHOS", "CA", "URATE", "CREAT"),
    "rules of transfusion": ("HGB", "PLAT"),
}
"""Laboratory parameters that rules of every trial rest on."""
READ_BY = {
    "iwcll_2018": ("LYMPH", "HGB", "PLAT", "ANC"),
    "iwwm": ("IGM",),
    "eln_2022": ("ANC", "PLAT", "HGB"),
}
"""Laboratory parameters that criteria of response rest on, by the beginning of their name."""


def visits_come_after_day_one(study: Document, documents: Documents) -> Iterator[Finding]:
    """No visit or sample is planned before day 1, the day of the first dose."""
    for place in DATED:
        value = conducted(study, documents, place)
        if value is not None and value < 0:
            found, needed = f"{value:g} day", "a visit on or after day 1, the first dose"
            yield finding(study, place, found, needed, "check the sign")


def windows_do_not_overlap(study: Document, documents: Documents) -> Iterator[Finding]:
    """Windows of neighbouring visits of a kind leave room between them."""
    limit = conducted(study, documents, "visits.window_limit")
    if limit is None:
        return
    for name in ("lab_interval", "assessment_interval", "assessment_interval_late"):
        gap = conducted(study, documents, f"visits.{name}")
        if gap is not None and gap <= 2 * limit:
            found = f"visits {gap:g} days apart with windows of {limit:g} days either way"
            yield finding(study, f"visits.{name}", found, "windows that do not overlap", "narrow the window")
    for i, each in enumerate(tables(study, "mrd"), 1):
        days = each.get("days", ())
        if not isinstance(days, list | tuple) or not all(isinstance(day, int | float) for day in days):
            continue
        ordered = sorted(float(day) for day in days)
        if list(days) != ordered:
            yield finding(study, f"mrd.{i}.days", f"{list(days)}", "days in rising order")
        for before, after in pairwise(ordered):
            if after - before <= 2 * limit:
                found = f"days {before:g} and {after:g} with windows of {limit:g} days either way"
                yield finding(study, f"mrd.{i}.days", found, "windows that do not overlap", "take them apart")


def samples_fall_into_follow_up(study: Document, _: Documents) -> Iterator[Finding]:
    """Samples for residual disease are taken within the follow-up, and the stopping rule has samples."""
    months = number(table(study, "follow_up"), "months")
    for i, each in enumerate(tables(study, "mrd"), 1):
        days = [day for day in each.get("days", ()) if isinstance(day, int | float)]
        late = [day for day in days if months is not None and day > months * MONTH]
        if late:
            needed = f"days within the follow-up of {months:g} months"
            yield finding(study, f"mrd.{i}.days", f"day {late[0]:g}", needed)
    stop = table(study, "mrd_stop")
    pairs = [(each.get("compartment"), each.get("assay")) for each in tables(study, "mrd")]
    if stop and (stop.get("compartment"), stop.get("assay")) not in pairs:
        found = f"{stop.get('compartment')} by {stop.get('assay')}"
        yield finding(study, "mrd_stop", found, "samples that [[mrd]] plans", "add them, or name others")


def rules_are_measured(study: Document, _: Documents) -> Iterator[Finding]:
    """Every laboratory parameter that a rule or a criterion rests on is measured."""
    chosen = table(study, "measurement")
    if "laboratory" not in chosen:
        return
    measured = texts(chosen, "laboratory")
    for name in measured:
        if name not in ANALYTES:
            found, needed = f"'{name}'", "a laboratory parameter"
            yield finding(study, "measurement.laboratory", found, needed, nearest(name, ANALYTES))
    criterion = str(chosen.get("criterion", "lugano_2014"))
    asked = NEEDED_BY | {
        f"the criterion {criterion}": names for begin, names in READ_BY.items() if criterion.startswith(begin)
    }
    for rule, wanted in asked.items():
        missing = [name for name in wanted if name not in measured]
        if missing:
            needed = f"{', '.join(missing)}, on which the {rule} rest"
            yield finding(study, "measurement.laboratory", f"{', '.join(measured)}", needed, "measure them")


def criterion_fits(study: Document, documents: Documents) -> Iterator[Finding]:
    """The criterion of response exists, takes the modality, and finds in the disease what it measures."""
    chosen = table(study, "measurement")
    name, modality = chosen.get("criterion", "lugano_2014"), chosen.get("modality", "CT")
    if name not in CRITERIA:
        if isinstance(name, str):
            needed = "a criterion of response"
            yield finding(study, "measurement.criterion", f"'{name}'", needed, nearest(name, CRITERIA))
        return
    modalities = CRITERIA[name].MODALITIES
    if isinstance(modality, str) and modality not in modalities:
        needed = f"one of {', '.join(modalities)}, which {name} takes"
        yield finding(study, "measurement.modality", f"'{modality}'", needed)
    for path, disease in _diseases(study):
        document = documents.get(f"diseases/{disease}")
        if document and modality == "CT" and not table(document, "lesions"):
            needed = f"a disease with lesions, which {name} by CT measures"
            yield finding(study, path, f"'{disease}'", needed, "name another criterion or modality")


def _diseases(study: Document) -> Iterator[tuple[str, str]]:
    """Where a disease is named, and its name."""
    arms: list[tuple[str, Mapping[str, object]]] = [
        (f"arms.{i}.disease", arm) for i, arm in enumerate(tables(study, "arms"), 1)
    ]
    for path, place in (("disease", study.data), *arms):
        name = place.get("disease")
        if isinstance(name, str):
            yield path, name


RULES = (
    visits_come_after_day_one,
    windows_do_not_overlap,
    samples_fall_into_follow_up,
    rules_are_measured,
    criterion_fits,
)

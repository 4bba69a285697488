"""What a study must satisfy beyond the types of its keys. One function, one rule.

The rules read the file as it stands, so that one wrong type does not hide the other findings.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from remit.dosing import parse_regimen, regimen_of
from remit.errors import Finding, InputError
from remit.library.form import finding, nearest
from remit.library.load import Document
from remit.library.study_file import STEPWISE, StudyFile, dose, in_steps, interval_days, known_keys

Documents = Mapping[str, Document]
Rule = Callable[[Document, Documents], Iterator[Finding]]


def types_and_keys(study: Document) -> Iterator[Finding]:
    """Every key is known and has a value of its type and range."""
    try:
        StudyFile.model_validate(dict(study.data))
    except ValidationError as error:
        for each in error.errors():
            location = tuple(part for part in each["loc"])
            path = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
            match each["type"]:
                case "missing":
                    yield finding(
                        study, path, "nothing", f"a value for {location[-1]}", "see `remit schema study`"
                    )
                case "extra_forbidden":
                    name = str(location[-1])
                    yield finding(
                        study,
                        path,
                        f"unknown key '{name}'",
                        "a key of the format",
                        nearest(name, known_keys(location)),
                    )
                case _:
                    yield finding(study, path, repr(each["input"]), each["msg"], "see `remit schema study`")


def _tables(study: Document, key: str) -> Sequence[Mapping[str, Any]]:
    """A list of tables, empty where the file has something else."""
    tables = study.data.get(key, ())
    return [each for each in tables if isinstance(each, Mapping)] if isinstance(tables, list | tuple) else []


def _table(study: Document, key: str) -> Mapping[str, Any]:
    """A table, empty where the file has something else."""
    table = study.data.get(key, {})
    return table if isinstance(table, Mapping) else {}


def _steps(arm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Steps of a ramp-up, none where the file has something else."""
    steps = arm.get("ramp_up", ())
    return [each for each in steps if isinstance(each, Mapping)] if isinstance(steps, list | tuple) else []


def _number(table: Mapping[str, Any], key: str) -> float | None:
    """A number, or None where another rule has spoken."""
    value = table.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _names(documents: Documents, folder: str, kind: str = "") -> list[str]:
    """Names of the files in a folder, of one kind if it is given."""
    return sorted(
        each.name for each in documents.values() if each.folder == folder and (not kind or each.kind == kind)
    )


def files_exist(study: Document, documents: Documents) -> Iterator[Finding]:
    """Disease, population, host, drugs, evidence and comparators name files of the library."""
    wanted = [
        ("disease", study.data.get("disease"), _names(documents, "diseases")),
        ("population", study.data.get("population"), _names(documents, "populations", "population")),
        ("host", study.data.get("host", "host_adult"), _names(documents, "populations", "host")),
        ("evidence", study.data.get("evidence", "mcl"), _names(documents, "evidence")),
        ("comparators", study.data.get("comparators", "mcl_btki_treated"), _names(documents, "comparators")),
        ("history.drug", _table(study, "history").get("drug"), _names(documents, "drugs", "btk_inhibitor")),
    ]
    arms = enumerate(_tables(study, "arms"), 1)
    wanted += [
        (f"arms.{i}.drug", arm.get("drug"), _names(documents, "drugs", "bcl2_inhibitor")) for i, arm in arms
    ]
    for path, name, known in wanted:
        if isinstance(name, str) and name not in known:
            yield finding(study, path, f"'{name}'", "a name in the library", nearest(name, known))


def sources_exist(study: Document, documents: Documents, sources: Mapping[str, Any]) -> Iterator[Finding]:
    """The null response rate has a source, and every named source is described."""
    del documents
    named = [("design.p0_source", _table(study, "design").get("p0_source"))]
    named += [(f"arms.{i}.source", arm.get("source")) for i, arm in enumerate(_tables(study, "arms"), 1)]
    for path, key in named:
        if isinstance(key, str) and key and key not in sources:
            yield finding(study, path, f"'{key}'", "a key of sources.toml", nearest(key, sources))


def _arms(study: Document) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Where each arm stands, the arm with its regimen in steps, and whether the file has it in one line."""
    for i, arm in enumerate(_tables(study, "arms"), 1):
        yield f"arms.{i}", in_steps(arm), "regimen" in arm


def regimens_are_said_once(study: Document, _: Documents) -> Iterator[Finding]:
    """An arm has a regimen in one line that can be read, or in steps, and not both."""
    for i, arm in enumerate(_tables(study, "arms"), 1):
        path, steps = f"arms.{i}.regimen", [key for key in STEPWISE if key in arm]
        if "regimen" not in arm and "target_dose" not in arm:
            needed = "regimen, or target_dose with ramp_up and interval"
            yield finding(study, path, "nothing", needed, "write '20 mg q24h x 7 then 400 mg q24h'")
        elif "regimen" in arm and steps:
            needed = "a regimen in one line or in steps, not both"
            yield finding(study, path, f"regimen and {', '.join(steps)}", needed, "leave one out")
        elif isinstance(arm.get("regimen"), str):
            try:
                where = f"{study.shown}: {path}"
                regimen_of(parse_regimen(arm["regimen"], where), where)
            except InputError as error:
                yield from error.findings


def doses_are_possible(study: Document, documents: Documents) -> Iterator[Finding]:
    """Doses are positive, in the unit of the drug, and rise to the target."""
    for start, arm, in_one_line in _arms(study):
        texts = [(f"{start}.ramp_up.{j}.dose", step.get("dose")) for j, step in enumerate(_steps(arm), 1)]
        texts.append((f"{start}.target_dose", arm.get("target_dose")))
        if in_one_line:
            texts = [(f"{start}.regimen", text) for _, text in texts]
        drug = documents.get(f"drugs/{arm.get('drug')}")
        unit = drug.data.get("dose_unit") if drug else None
        last = 0.0
        for path, text in texts:
            try:
                amount, found = (
                    dose(text, f"{study.shown}: {path}") if isinstance(text, str) else (last, unit)
                )
            except InputError as error:
                yield from error.findings
                continue
            if unit is not None and found != unit:
                yield finding(study, path, f"'{text}'", f"a dose in '{unit}', as the drug's file says")
                # A line has one unit, so that its first dose says it for all.
                unit = None if in_one_line else unit
            if amount < last:
                yield finding(
                    study,
                    path,
                    f"'{text}'",
                    "a dose no lower than the one before",
                    "a ramp-up rises to the target",
                )
            last = amount
        if isinstance(arm.get("interval"), str):
            try:
                interval_days(arm["interval"], f"{study.shown}: {start}.interval")
            except InputError as error:
                yield from error.findings


def names_are_unique(study: Document, _: Documents) -> Iterator[Finding]:
    """No two arms, and no two scenarios of one arm, have one name; an investigational arm is there."""
    arms = [str(arm.get("name")) for arm in _tables(study, "arms")]
    pairs = [f"{each.get('arm')}: {each.get('name')}" for each in _tables(study, "scenarios")]
    for path, names in (("arms", arms), ("scenarios", pairs)):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield finding(study, path, f"'{name}' {names.count(name)} times", "each name once")
    if arms and not any(arm.get("role") == "investigational" for arm in _tables(study, "arms")):
        yield finding(study, "arms", "no investigational arm", "one arm with role = 'investigational'")


def scenarios_exist(study: Document, documents: Documents) -> Iterator[Finding]:
    """Each scenario names an arm, a prior of its drug and a resistance of the disease; each arm has one."""
    arms = {str(arm.get("name")): str(arm.get("drug")) for arm in _tables(study, "arms")}
    for i, scenario in enumerate(_tables(study, "scenarios"), 1):
        arm = scenario.get("arm")
        if isinstance(arm, str) and arm not in arms:
            yield finding(study, f"scenarios.{i}.arm", f"'{arm}'", "the name of an arm", nearest(arm, arms))
        files = (
            ("potency_exposure", f"drugs/{arms.get(str(arm))}"),
            ("resistance", f"diseases/{study.data.get('disease')}"),
        )
        for group, file in files:
            name = scenario.get(group)
            if file in documents and isinstance(name, str):
                known = documents[file].data.get("scenario", {}).get(group, {})
                if name not in known:
                    yield finding(
                        study,
                        f"scenarios.{i}.{group}",
                        f"'{name}'",
                        f"a scenario of {file}",
                        nearest(name, known),
                    )
    for name in sorted(set(arms) - {str(each.get("arm")) for each in _tables(study, "scenarios")}):
        yield finding(study, "scenarios", f"none for arm '{name}'", "at least one scenario for each arm")


def sites_open_before_the_cut_off(study: Document, _: Documents) -> Iterator[Finding]:
    """Every site opens before the latest possible data cut-off."""
    cut_off = _number(_table(study, "enrolment"), "latest_cut_off_day")
    for i, site in enumerate(_tables(study, "sites"), 1):
        start, gap, n = (
            _number(site, key) for key in ("activation_start_day", "activation_interval_days", "n_sites")
        )
        if cut_off is not None and start is not None and start + max((n or 1) - 1, 0) * (gap or 0) >= cut_off:
            last = start + max((n or 1) - 1, 0) * (gap or 0)
            needed = f"before the latest cut-off, day {cut_off:g}"
            yield finding(
                study,
                f"sites.{i}.activation_start_day",
                f"the last site opens on day {last:g}",
                needed,
                "open it earlier",
            )


def visits_come_after_day_one(study: Document, _: Documents) -> Iterator[Finding]:
    """No visit or sample is planned before day 1, the day of the first dose."""
    for table, symbols in (
        (
            "visits",
            (
                "lab_interval",
                "scan_interval",
                "scan_change",
                "scan_interval_late",
                "pk_interval",
                "pk_duration",
            ),
        ),
        ("lysis", ("first_sample", "second_sample")),
    ):
        for symbol in symbols:
            raw = _table(study, table).get(symbol)
            value = _number(raw, "value") if isinstance(raw, Mapping) else None
            if value is not None and value < 0:
                found = f"{value:g} {raw.get('unit', '') if isinstance(raw, Mapping) else ''}".strip()
                yield finding(
                    study,
                    f"{table}.{symbol}",
                    found,
                    "a visit on or after day 1, the first dose",
                    "check the sign",
                )


def sites_can_enrol(study: Document, _: Documents) -> Iterator[Finding]:
    """One group of sites a country, and enough regions to fill the trial under the cap on China."""
    sites = _tables(study, "sites")
    countries = [each.get("country") for each in sites]
    for i, country in enumerate(countries, 1):
        if country in countries[: i - 1]:
            yield finding(
                study, f"sites.{i}.country", f"'{country}' again", "one group of sites a country", "join them"
            )
    share = _number(_table(study, "enrolment"), "largest_share_china")
    if share is not None and share < 1 and sites and all(each.get("region") == "china" for each in sites):
        yield finding(
            study,
            "enrolment.largest_share_china",
            f"{share:g} with sites in China alone",
            "sites elsewhere for the rest, or 1",
            "add sites or raise the share",
        )


def one_arm_of_a_role(study: Document, _: Documents) -> Iterator[Finding]:
    """At most one investigational and one reference arm: verdicts and report are about these."""
    roles = [each.get("role") for each in _tables(study, "arms")]
    for i, role in enumerate(roles, 1):
        if role in roles[: i - 1]:
            yield finding(
                study, f"arms.{i}.role", f"a second {role} arm", "one arm of a role", "write a study for each"
            )


def times_fit(study: Document, _: Documents) -> Iterator[Finding]:
    """Follow-up outlasts the ramp-up, and the primary reader is one of the readers."""
    months = _number(_table(study, "follow_up"), "months")
    for start, arm, in_one_line in _arms(study):
        days = sum(_number(step, "days") or 0 for step in _steps(arm))
        if months is not None and days >= months * 30.4375:
            path = f"{start}.{'regimen' if in_one_line else 'ramp_up'}"
            needed = f"a ramp-up shorter than the follow-up of {months:g} months"
            yield finding(study, path, f"{days:g} days", needed)
    analysis = _table(study, "analysis")
    readers, primary = analysis.get("readers"), analysis.get("primary_reader")
    if isinstance(readers, list | tuple) and primary is not None and primary not in readers:
        yield finding(
            study, "analysis.primary_reader", f"'{primary}'", f"one of {', '.join(map(str, readers))}"
        )


RULES: tuple[Rule, ...] = (
    files_exist,
    regimens_are_said_once,
    doses_are_possible,
    names_are_unique,
    scenarios_exist,
    sites_open_before_the_cut_off,
    sites_can_enrol,
    one_arm_of_a_role,
    visits_come_after_day_one,
    times_fit,
)


def check_study(study: Document, documents: Documents, sources: Mapping[str, Any]) -> list[Finding]:
    """All findings in a study file, beside those in its values."""
    found = [*types_and_keys(study), *sources_exist(study, documents, sources)]
    return [*found, *(each for rule in RULES for each in rule(study, documents))]

"""What a study must satisfy beyond the types of its keys. One function, one rule.

The rules read the file as it stands, so that one wrong type does not hide the other findings. Those on
treatments and on the protocol stand in files of their own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from remit.errors import Finding
from remit.library import endpoint_checks, protocol_checks, treatment_checks
from remit.library.design_tables import DESIGNS
from remit.library.form import finding, nearest
from remit.library.load import Document
from remit.library.study_file import StudyFile, known_keys
from remit.library.study_tables import Documents, names, number, table, tables

Rule = Callable[[Document, Documents], Iterator[Finding]]


def types_and_keys(study: Document) -> Iterator[Finding]:
    """Every key is known and has a value of its type and range."""
    try:
        StudyFile.model_validate(dict(study.data))
    except ValidationError as error:
        for each in error.errors():
            location = tuple(part for part in each["loc"])
            # The kind of a design is no part of where a key stands.
            shown = [part for i, part in enumerate(location) if not (i == 1 and part in DESIGNS)]
            path = ".".join(str(part + 1) if isinstance(part, int) else part for part in shown)
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


def files_exist(study: Document, documents: Documents) -> Iterator[Finding]:
    """Disease, population, host, drugs, evidence and comparators name files of the library."""
    wanted = [
        ("disease", study.data.get("disease"), names(documents, "diseases")),
        ("population", study.data.get("population"), names(documents, "populations", "population")),
        ("host", study.data.get("host", "host_adult"), names(documents, "populations", "host")),
        ("conduct", study.data.get("conduct", "lymphoma"), names(documents, "conduct")),
        ("evidence", study.data.get("evidence", "mcl"), names(documents, "evidence")),
        ("comparators", study.data.get("comparators"), names(documents, "comparators")),
        ("history.drug", table(study, "history").get("drug"), names(documents, "drugs", "btk_inhibitor")),
    ]
    for i, arm in enumerate(tables(study, "arms"), 1):
        wanted += [
            (f"arms.{i}.disease", arm.get("disease"), names(documents, "diseases")),
            (f"arms.{i}.population", arm.get("population"), names(documents, "populations", "population")),
        ]
    for path, name, known in wanted:
        if isinstance(name, str) and name not in known:
            yield finding(study, path, f"'{name}'", "a name in the library", nearest(name, known))


def sources_exist(study: Document, documents: Documents, sources: Mapping[str, Any]) -> Iterator[Finding]:
    """The null response rate has a source, and every named source is described."""
    del documents
    named = [("design.p0_source", table(study, "design").get("p0_source"))]
    named += [(f"arms.{i}.source", arm.get("source")) for i, arm in enumerate(tables(study, "arms"), 1)]
    for path, key in named:
        if isinstance(key, str) and key and key not in sources:
            yield finding(study, path, f"'{key}'", "a key of sources.toml", nearest(key, sources))


def names_are_unique(study: Document, _: Documents) -> Iterator[Finding]:
    """No two arms, and no two scenarios of one arm, have one name; an investigational arm is there."""
    arms = [str(arm.get("name")) for arm in tables(study, "arms")]
    pairs = [f"{each.get('arm')}: {each.get('name')}" for each in tables(study, "scenarios")]
    for path, given in (("arms", arms), ("scenarios", pairs)):
        for name in sorted({name for name in given if given.count(name) > 1}):
            yield finding(study, path, f"'{name}' {given.count(name)} times", "each name once")
    if arms and not any(arm.get("role") == "investigational" for arm in tables(study, "arms")):
        yield finding(study, "arms", "no investigational arm", "one arm with role = 'investigational'")


def sites_open_before_the_cut_off(study: Document, _: Documents) -> Iterator[Finding]:
    """Every site opens before the latest possible data cut-off."""
    cut_off = number(table(study, "enrolment"), "latest_cut_off_day")
    for i, site in enumerate(tables(study, "sites"), 1):
        start, gap, n = (
            number(site, key) for key in ("activation_start_day", "activation_interval_days", "n_sites")
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


def sites_can_enrol(study: Document, _: Documents) -> Iterator[Finding]:
    """One group of sites a country, and enough regions to fill the trial under the cap on China."""
    sites = tables(study, "sites")
    countries = [each.get("country") for each in sites]
    for i, country in enumerate(countries, 1):
        if country in countries[: i - 1]:
            yield finding(
                study, f"sites.{i}.country", f"'{country}' again", "one group of sites a country", "join them"
            )
    share = number(table(study, "enrolment"), "largest_share_china")
    if share is not None and share < 1 and sites and all(each.get("region") == "china" for each in sites):
        yield finding(
            study,
            "enrolment.largest_share_china",
            f"{share:g} with sites in China alone",
            "sites elsewhere for the rest, or 1",
            "add sites or raise the share",
        )


def one_arm_of_a_role(study: Document, _: Documents) -> Iterator[Finding]:
    """At most one investigational and one reference arm in a single-arm study: verdicts are about these."""
    if table(study, "design").get("kind") != "single_arm":
        return
    roles = [each.get("role") for each in tables(study, "arms")]
    for i, role in enumerate(roles, 1):
        if role in roles[: i - 1]:
            yield finding(
                study, f"arms.{i}.role", f"a second {role} arm", "one arm of a role", "write a study for each"
            )


def history_fits(study: Document, documents: Documents) -> Iterator[Finding]:
    """A population with an earlier BTK inhibitor comes with the drug of that course."""
    named = [study.data.get("population"), *(arm.get("population") for arm in tables(study, "arms"))]
    for name in dict.fromkeys(each for each in named if isinstance(each, str)):
        document = documents.get(f"populations/{name}")
        if document and "history" in document.data and not table(study, "history"):
            found = f"nothing, and patients of {name} had a BTK inhibitor"
            yield finding(study, "history.drug", found, "its name", "add [history] with drug = 'ibrutinib'")


def primary_reader_reads(study: Document, _: Documents) -> Iterator[Finding]:
    """The primary reader is one of the readers."""
    analysis = table(study, "analysis")
    readers, primary = analysis.get("readers"), analysis.get("primary_reader")
    if isinstance(readers, list | tuple) and primary is not None and primary not in readers:
        yield finding(
            study, "analysis.primary_reader", f"'{primary}'", f"one of {', '.join(map(str, readers))}"
        )


RULES: tuple[Rule, ...] = (
    files_exist,
    history_fits,
    names_are_unique,
    *treatment_checks.RULES,
    *protocol_checks.RULES,
    *endpoint_checks.RULES,
    sites_open_before_the_cut_off,
    sites_can_enrol,
    one_arm_of_a_role,
    primary_reader_reads,
)


def check_study(study: Document, documents: Documents, sources: Mapping[str, Any]) -> list[Finding]:
    """All findings in a study file, beside those in its values."""
    found = [*types_and_keys(study), *sources_exist(study, documents, sources)]
    return [*found, *(each for rule in RULES for each in rule(study, documents))]

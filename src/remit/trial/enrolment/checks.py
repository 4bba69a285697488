"""What is wrong with sites and rules that cannot enrol."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from remit.errors import Finding, InputError
from remit.trial.enrolment.rules import EnrolmentRules
from remit.trial.enrolment.sites import SiteGroup
from remit.trial.enrolment.standing import Standing


def check(
    sites: Sequence[SiteGroup],
    n_patients: int,
    rules: EnrolmentRules,
    largest_share: Mapping[str, float] | None = None,
    standing: Standing | None = None,
) -> None:
    """Refuse sites that cannot enrol.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings = enrolment_findings(sites, n_patients, rules, largest_share, standing)
    if findings:
        raise InputError(findings)


def enrolment_findings(
    sites: Sequence[SiteGroup],
    n_patients: int,
    rules: EnrolmentRules,
    largest_share: Mapping[str, float] | None = None,
    standing: Standing | None = None,
) -> list[Finding]:
    """All that is wrong with sites, rules and size."""
    findings = [each for place, group in enumerate(sites) for each in _group_findings(place, group)]
    if len({each.country for each in sites}) < len(sites):
        findings.append(Finding("sites", "a country twice", "one group a country", "join its groups"))
    if not sites or n_patients < 1:
        found = f"{len(sites)} groups of sites, {n_patients} patients"
        findings.append(Finding("sites", found, "at least one of each", "declare sites and a size"))
    findings += _rule_findings(sites, rules)
    findings += _standing_findings(sites, standing)
    most = region_limits(sites, n_patients, rules, largest_share or {})
    if sites and not findings and sum(most.values()) < n_patients:
        found = ", ".join(f"{region}: at most {limit}" for region, limit in most.items())
        findings.append(Finding("enrolment: largest share", found, f"{n_patients} patients", "raise a share"))
    elif sites and not findings and np.isinf(rules.closes_on_day):
        findings += _capacity_findings(sites, n_patients, most)
    return findings


def region_limits(
    sites: Sequence[SiteGroup], n_patients: int, rules: EnrolmentRules, largest_share: Mapping[str, float]
) -> dict[str, int]:
    """The most that each region may enrol, by number or by share of the planned patients."""
    return {
        each.region: min(
            int(n_patients * largest_share.get(each.region, 1.0) + 1e-9),
            rules.most_of_region.get(each.region, n_patients),
            n_patients,
        )
        for each in sites
    }


def _group_findings(place: int, group: SiteGroup) -> Iterator[Finding]:
    where = f"sites.{place} ({group.country})"
    screening = group.screening
    needs = (
        ("n_sites", group.n_sites, 1.0, "at least one site"),
        ("activation_start_day", group.activation_start_day, 0.0, "day 0 or later"),
        ("activation_interval_days", group.activation_interval_days, 0.0, "0 days or more"),
        ("activation_delay_days", group.activation_delay_days, 0.0, "0 days or more"),
        ("activation_delay_dispersion", group.activation_delay_dispersion, 0.0, "0 or more"),
        ("rate_per_month", group.rate_per_month, 0.0, "patients per site and month, more than 0"),
        ("dispersion", group.dispersion, 0.0, "0 or more"),
        ("screening.shortest_days", screening.shortest_days, 0.0, "0 days or more"),
        (
            "screening.longest_days",
            screening.longest_days,
            screening.shortest_days,
            "no less than the shortest",
        ),
        ("screening.failure", screening.failure, 0.0, "a share of at least 0 and less than 1"),
        ("most_per_site", _or_inf(group.most_per_site), 1.0, "at least 1 patient, or none declared"),
        ("most_of_country", _or_inf(group.most_of_country), 1.0, "at least 1 patient, or none declared"),
    )
    for name, value, least, needed in needs:
        too_high = name == "screening.failure" and value >= 1
        if not value >= least or too_high or (name == "rate_per_month" and value == 0):
            yield Finding(f"{where}.{name}", f"{value:g}", needed)


def _or_inf(most: int | None) -> float:
    return np.inf if most is None else float(most)


def _rule_findings(sites: Sequence[SiteGroup], rules: EnrolmentRules) -> Iterator[Finding]:
    countries, regions = {each.country for each in sites}, {each.region for each in sites}
    for place, pause in enumerate(rules.pauses):
        where = f"pauses.{place}"
        unknown = [each for each in pause.countries if each not in countries]
        if unknown:
            yield Finding(f"{where}.countries", ", ".join(unknown), "countries that have sites")
        if not pause.start_day < pause.end_day:
            found = f"{pause.start_day:g} to {pause.end_day:g}"
            yield Finding(where, found, "an end after the start")
        if np.isinf(pause.end_day) and np.isinf(rules.closes_on_day):
            yield Finding(where, "no end", "a day on which it ends", "or a day on which enrolment closes")
    for region, most in rules.most_of_region.items():
        if region not in regions:
            yield Finding("most_of_region", region, "a region that has sites")
        if most < 0:
            yield Finding(f"most_of_region.{region}", str(most), "0 patients or more")
    if not rules.closes_on_day > 0:
        yield Finding("closes_on_day", f"{rules.closes_on_day:g}", "a calendar day after 0")


def _standing_findings(sites: Sequence[SiteGroup], standing: Standing | None) -> Iterator[Finding]:
    if standing is None:
        return
    n_sites = sum(each.n_sites for each in sites)
    if standing.opened_day.shape != (n_sites,) or standing.enrolled.shape != (n_sites,):
        found = f"{standing.opened_day.size} days, {standing.enrolled.size} numbers enrolled"
        yield Finding("standing", found, f"one of each for the {n_sites} sites")
        return
    if (standing.enrolled < 0).any() or (
        (standing.enrolled > 0) & (standing.opened_day > standing.day)
    ).any():
        yield Finding("standing.enrolled", "patients of a site that is not open", "0 until a site opens")
    if not np.isfinite(standing.opened_day).all():
        yield Finding(
            "standing.opened_day", "a site without a day", "the day it opened or is planned to open"
        )


def _capacity_findings(
    sites: Sequence[SiteGroup], n_patients: int, most: Mapping[str, int]
) -> Iterator[Finding]:
    """Whether limits of sites, countries and regions together leave room for all patients."""
    room = dict.fromkeys(most, 0.0)
    for each in sites:
        by_site = each.n_sites * _or_inf(each.most_per_site)
        room[each.region] += min(by_site, _or_inf(each.most_of_country))
    total = sum(min(room[region], most[region]) for region in most)
    if total < n_patients:
        needed = f"{n_patients} patients"
        yield Finding(
            "sites: most_per_site, most_of_country",
            f"room for {total:g}",
            needed,
            "raise a limit or add sites",
        )

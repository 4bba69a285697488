"""Pooled regions of a multi-regional trial, declared before it (ICH E17, sections 1.4 and 2.2.5).

A pool holds countries, or regions with all their countries, thought alike enough in intrinsic and extrinsic
factors to be analysed together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.trial.enrolment.record import Enrolment
from remit.trial.enrolment.sites import SiteGroup


@dataclass(frozen=True, slots=True)
class PooledRegions:
    """Names of countries or regions by pool, in the order in which pools are reported."""

    pools: Mapping[str, tuple[str, ...]]


def pooling_findings(pooled: PooledRegions, sites: Sequence[SiteGroup]) -> list[Finding]:
    """What is wrong with a declaration: every country with sites belongs to exactly one pool."""
    findings = list(_name_findings(pooled, sites))
    for each in sites:
        own = _pools_of(pooled, each)
        if len(own) != 1:
            found = f"{each.country} in " + (", ".join(own) or "no pool")
            remedy = "add it to a pool" if not own else "leave it in one, by country or by region"
            findings.append(Finding("pooled_regions", found, "exactly one pool for each country", remedy))
    return findings


def check_pooling(pooled: PooledRegions, sites: Sequence[SiteGroup]) -> None:
    """Refuse a declaration that does not put every country into one pool.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings = pooling_findings(pooled, sites)
    if findings:
        raise InputError(findings)


def pool_of_country(pooled: PooledRegions, sites: Sequence[SiteGroup]) -> dict[str, str]:
    """Pool of each country.

    Raises
    ------
    InputError
        If a country is not in exactly one pool.
    """
    check_pooling(pooled, sites)
    return {each.country: _pools_of(pooled, each)[0] for each in sites}


def pool_of_patients(pooled: PooledRegions, sites: Sequence[SiteGroup], enrolment: Enrolment) -> np.ndarray:
    """Pool of each enrolled patient, shape (n_replicates, n_patients); empty where there is none.

    Raises
    ------
    InputError
        If a country is not in exactly one pool.
    """
    pools = pool_of_country(pooled, sites)
    return enrolment.of_site(np.array([pools[country] for country in enrolment.site_country.tolist()]))


def _pools_of(pooled: PooledRegions, group: SiteGroup) -> list[str]:
    """Pools that name a country, once for each time they do."""
    named = (group.country, group.region)
    return [pool for pool, members in pooled.pools.items() for member in members if member in named]


def _name_findings(pooled: PooledRegions, sites: Sequence[SiteGroup]) -> Iterator[Finding]:
    known = {each.country for each in sites} | {each.region for each in sites}
    if not pooled.pools:
        yield Finding("pooled_regions", "no pool", "at least one", "declare which countries belong together")
    for pool, members in pooled.pools.items():
        where = f"pooled_regions.{pool}"
        if not members:
            yield Finding(where, "nobody", "at least one country or region", "leave the pool out")
        unknown = [each for each in members if each not in known]
        if unknown:
            yield Finding(where, ", ".join(unknown), "countries or regions that have sites")

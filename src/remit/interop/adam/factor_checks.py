"""Rules about factors of the plan: subgroups with few levels, strata in which arms meet."""

from collections.abc import Iterator

import polars as pl

from remit.interop.adam.expected import Expected, analysed
from remit.interop.adam.findings import AdamFinding
from remit.interop.adam.tables import AdamTables

MOST_LEVELS = 12
"""Levels of a subgroup variable beyond which it is a quantity, or an identifier."""


def subgroups_have_few_levels(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """A variable of subgroups has levels, not as many values as a quantity."""
    for variable in expected.subgroups:
        if not tables.has("ADSL", variable, *filter(None, expected.populations)):
            continue
        n_levels = analysed(tables, expected)[variable].drop_nulls().n_unique()
        if n_levels > MOST_LEVELS:
            grouped = [name for name in tables.tables["ADSL"].variables if name.startswith(f"{variable}GR")]
            yield AdamFinding(
                dataset="ADSL",
                variable=variable,
                rule="subgroups_have_few_levels",
                found=f"{variable} has {n_levels} levels",
                needed=f"at most {MOST_LEVELS} levels of a subgroup",
                remedy=f"use {grouped[0]}" if grouped else f"group its values, as in {variable}GR1",
            )


def strata_compare_arms(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Strata hold both arms; one with one arm alone adds nothing to tests and ratios over strata."""
    strata = list(expected.strata)
    if not strata or len(expected.arms) < 2:
        return
    if not tables.has("ADSL", expected.treatment, *strata, *filter(None, expected.populations)):
        return
    people = analysed(tables, expected).filter(pl.col(expected.treatment).is_in(list(expected.arms)))
    counted = people.drop_nulls(strata).group_by(strata).agg(pl.col(expected.treatment).n_unique())
    n_alone = counted.filter(pl.col(expected.treatment) < 2).height
    if n_alone:
        yield AdamFinding(
            dataset="ADSL",
            variable=" / ".join(strata),
            rule="strata_compare_arms",
            found=f"one arm only in {n_alone} of {counted.height} strata",
            needed="both arms in each stratum",
            remedy="these strata carry no information: take fewer factors, or pool levels",
            severity="warning",
        )


CHECKS = (subgroups_have_few_levels, strata_compare_arms)

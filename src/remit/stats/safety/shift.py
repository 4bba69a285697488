"""Shift from a grade at baseline to the worst one after it."""

from collections.abc import Sequence

import polars as pl

from remit.stats.safety.incidence import GROUP

BEFORE, AFTER = "#BEFORE", "#AFTER"
"""Grade at baseline, and worst grade after it; null where there is none."""


def worst_grades(
    before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str], by: Sequence[str], grade: str
) -> pl.DataFrame:
    """Grade at baseline and worst grade after it of each subject and part.

    Parameters
    ----------
    before, after
        Records with ``key``, ``by`` and ``grade`` (null where not graded): those of baseline, of which the
        last counts, and those after it.
    key
        Columns that identify a subject.
    by
        Columns in whose levels grades are told apart, such as the parameter.
    grade
        Column of the grade.
    """
    columns = [*key, *by]
    first = before.group_by(columns).agg(pl.col(grade).last().alias(BEFORE))
    worst = after.group_by(columns).agg(pl.col(grade).max().alias(AFTER))
    return first.join(worst, on=columns, how="full", coalesce=True)


def shifts(people: pl.DataFrame, graded: pl.DataFrame, key: Sequence[str], by: Sequence[str]) -> pl.DataFrame:
    """Subjects by grade at baseline and worst grade after it, in each group and part.

    Every subject of a group stands in every part once: one without a record has neither grade. So the counts
    of a group and part sum to its size.

    Parameters
    ----------
    people
        Every subject: ``key`` and ``GROUP``.
    graded
        As :func:`worst_grades` gives it.
    key, by
        As there.

    Returns
    -------
    ``GROUP``, ``by``, ``BEFORE``, ``AFTER``, SUBJECTS; combinations that do not occur are left out.
    """
    parts = graded.select(by).unique(maintain_order=True)
    everyone = people.select(*key, GROUP).join(parts, how="cross")
    found = everyone.join(graded, on=[*key, *by], how="left", maintain_order="left")
    return (
        found.group_by(GROUP, *by, BEFORE, AFTER)
        .agg(SUBJECTS=pl.len().cast(pl.Int64))
        .sort(GROUP, *by, BEFORE, AFTER, nulls_last=True)
    )

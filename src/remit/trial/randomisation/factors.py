"""Stratification factors of enrolled patients."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Integers


@dataclass(frozen=True, slots=True)
class Factors:
    """Levels of the stratification factors.

    ``codes`` are places in ``levels`` of each factor, -1 where there is no patient, shape (n_replicates,
    n_patients, n_factors); ``names`` are those of the factors. A trial without factors has none, and then
    ``codes`` of shape (n_replicates, n_patients, 1) with the one level "all".
    """

    codes: Integers
    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    @property
    def present(self) -> Booleans:
        """Whether there is a patient, shape (n_replicates, n_patients)."""
        return np.all(self.codes >= 0, axis=2)


def without_factors(enrolled: Booleans) -> Factors:
    """One stratum for all patients; ``enrolled`` of shape (n_replicates, n_patients)."""
    return Factors(np.where(enrolled, 0, -1)[:, :, None].astype(np.int64), ("all",), (("all",),))


def factors_of(columns: Mapping[str, np.ndarray], declared: Mapping[str, Sequence[str]]) -> Factors:
    """The declared factors of the patients.

    Parameters
    ----------
    columns
        Level of each patient by factor, arrays of text of shape (n_replicates, n_patients), empty text where
        there is no patient. More factors than declared do no harm.
    declared
        Levels of each factor.

    Raises
    ------
    InputError
        With every finding of :func:`factor_findings`.
    """
    findings = factor_findings(columns, declared)
    if findings:
        raise InputError(findings)
    codes = [_codes(np.asarray(columns[name]), levels) for name, levels in declared.items()]
    return Factors(np.stack(codes, axis=2), tuple(declared), tuple(tuple(each) for each in declared.values()))


def _codes(column: np.ndarray, levels: Sequence[str]) -> Integers:
    found = np.full(column.shape, -1, dtype=np.int64)
    for code, level in enumerate(levels):
        found[column == level] = code
    return found


def factor_findings(
    columns: Mapping[str, np.ndarray], declared: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """What keeps patients from being allocated by the declared factors: above all a stratum without patients.

    A level that no patient of any replicate has is refused: it is misspelt, or the population cannot have it.
    """
    findings = list(_factor_findings(columns, declared))
    if not declared:
        findings.append(Finding("stratification", "no factor", "at least one", "use without_factors()"))
    return findings


def _factor_findings(
    columns: Mapping[str, np.ndarray], declared: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    for name, levels in declared.items():
        where = f"stratification.{name}"
        if len(set(levels)) < len(levels) or not levels or "" in levels:
            shown = ", ".join(levels) or "none"
            yield Finding(where, f"levels {shown}", "different levels, none of them empty")
        if name not in columns:
            known = ", ".join(columns) or "none"
            yield Finding(where, "a factor that the patients do not have", f"one of: {known}")
            continue
        there = set(np.unique(columns[name]).tolist()) - {""}
        for level in levels:
            if level and level not in there:
                shown = f"{level}, of no patient"
                remedy = "declare the levels that the population has"
                yield Finding(where, shown, "levels that some patient has", remedy)
        strange = sorted(there - set(levels))
        if strange:
            remedy = "declare them, or merge levels"
            yield Finding(where, f"patients of {', '.join(strange)}", "declared levels only", remedy)
    shapes = {np.shape(columns[name]) for name in declared if name in columns}
    if len(shapes) > 1:
        yield Finding("stratification", f"shapes {sorted(shapes)}", "one shape for all factors")
    absent = [np.asarray(columns[name]) == "" for name in declared if name in columns]
    if len(shapes) == 1 and any((each != absent[0]).any() for each in absent):
        yield Finding("stratification", "patients without a level", "a level of each factor for each patient")

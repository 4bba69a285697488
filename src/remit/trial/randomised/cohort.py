"""Who enters each replicate of a randomised trial: enrolment, selection from the pool, strata."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.enrolment import Enrolment, EnrolmentRules, SiteGroup, enrol
from remit.trial.randomisation.factors import Factors, without_factors
from remit.trial.randomised.plan import SITE_REGION, Factor, RandomisedTrial
from remit.trial.selection import SUBJECT, Pool, enrolled_places, pool_of, select_patients


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients of each replicate in order of enrolment, arrays (n_replicates, n_patients).

    ``enrolment`` has the calendar day of randomisation, which is that of the first dose, infinite where there
    is no patient; ``who`` the place in the pool; ``matched`` whether the patient is of the region of the
    site. ``factors`` are those of the stratification, and ``stratum`` numbers their combinations from 0.
    ``draw`` has shape (n_replicates,).
    """

    enrolment: Enrolment
    who: Integers
    matched: Booleans
    factors: Factors
    stratum: Integers
    draw: Integers

    @property
    def day(self) -> Floats:
        """Calendar day of randomisation."""
        return self.enrolment.calendar_day

    @property
    def unmatched_fraction(self) -> float:
        """Share of enrolled patients who stand in for another region."""
        return 1 - float(self.matched[self.enrolment.enrolled].mean())


def cohort(
    seed: int,
    adsl: pl.DataFrame,
    sites: tuple[Sequence[SiteGroup], EnrolmentRules | None],
    trial: RandomisedTrial,
    replicates: int,
) -> tuple[Cohort, Pool]:
    """Patients of ``replicates`` trials, and the pool that they come from.

    A trial larger than the smallest parameter draw is shrunk to it. Who is selected depends neither on arms
    nor on strata.

    Raises
    ------
    InputError
        If sites cannot enrol, the pool is not the same under every arm and scenario, or a factor is no
        column.
    """
    pool = pool_of(adsl)
    groups, rules = sites
    n_patients = min(trial.n_patients, pool.smallest_draw)
    enrolment = enrolled_places(
        enrol(seed, groups, n_patients, replicates, trial.largest_share, rules), pool.smallest_draw
    )
    selection = select_patients(seed, pool, enrolment.region, enrolment.calendar_day.shape[1])
    one = adsl.unique(SUBJECT, keep="first").sort(SUBJECT)
    factors = factors_of(one, trial.factors, selection.who, enrolment)
    found = Cohort(
        enrolment, selection.who, selection.matched, factors, stratum_numbers(factors), selection.draw
    )
    return found, pool


def stratum_numbers(factors: Factors) -> Integers:
    """Number of the stratum of each patient, from 0, every combination of levels being one.

    Of shape (n_replicates, n_patients); 0 where there is no patient.
    """
    stratum = np.zeros(factors.codes.shape[:2], dtype=np.int64)
    for place, levels in enumerate(factors.levels):
        stratum = stratum * len(levels) + np.maximum(factors.codes[:, :, place], 0)
    return stratum


def factors_of(
    subjects: pl.DataFrame, declared: Sequence[Factor], who: Integers, enrolment: Enrolment
) -> Factors:
    """Levels of the stratification factors of each patient of each replicate.

    Parameters
    ----------
    subjects
        The pool, in its order; covariates at baseline.
    declared
        Stratification factors; none give one stratum. A covariate that is not known is a level of its own.
    who, enrolment
        Places in the pool, of shape (n_replicates, n_patients), and where patients are enrolled.

    Raises
    ------
    InputError
        If a factor is no column of the subjects.
    """
    there = enrolment.enrolled
    if not declared:
        return without_factors(there)
    codes: list[Integers] = []
    names: list[tuple[str, ...]] = []
    for factor in declared:
        if factor.column == SITE_REGION:
            levels = tuple(str(each) for each in np.unique(enrolment.site_region))
            code = np.searchsorted(np.asarray(levels), enrolment.region)
        elif factor.column not in subjects.columns:
            known = ", ".join(subjects.columns)
            raise problem(f"factor {factor.column}", "no such column", f"{SITE_REGION} or one of {known}")
        else:
            places, levels = levels_of(subjects[factor.column], factor)
            code = places[who]
        codes.append(np.where(there, code, -1))
        names.append(levels)
    return Factors(np.stack(codes, axis=2), tuple(each.column for each in declared), tuple(names))


def levels_of(column: pl.Series, factor: Factor) -> tuple[Integers, tuple[str, ...]]:
    """Level of each patient of the pool, and the names of the levels."""
    if not factor.cuts:
        known = column.cast(pl.String).fill_null("not known").to_numpy()
        levels, code = np.unique(known, return_inverse=True)
        return code, tuple(map(str, levels))
    code = np.searchsorted(np.asarray(factor.cuts), column.cast(pl.Float64).fill_null(np.nan), side="right")
    absent = column.is_null().to_numpy()
    names = [f"below {factor.cuts[0]:g}", *(f"from {cut:g}" for cut in factor.cuts)]
    if absent.any():
        code, names = np.where(absent, len(names), code), [*names, "not known"]
    return code.astype(np.int64), tuple(names)


def part_of(whole: Cohort, rows: slice) -> Cohort:
    """Some of the replicates; the numbers of strata stay."""
    own = whole.enrolment
    enrolment = replace(
        own,
        calendar_day=own.calendar_day[rows],
        site=own.site[rows],
        screening_day=own.screening_day[rows],
        arrival=own.arrival[rows],
    )
    factors = replace(whole.factors, codes=whole.factors.codes[rows])
    return Cohort(
        enrolment, whole.who[rows], whole.matched[rows], factors, whole.stratum[rows], whole.draw[rows]
    )

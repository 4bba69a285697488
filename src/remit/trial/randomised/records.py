"""Records of the pool: what happens to each virtual patient under every arm of a trial."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from remit.errors import problem
from remit.stats.estimate import Integers
from remit.trial.estimands.response_sets import LUGANO, Codes
from remit.trial.milestones import Milestones, milestones
from remit.trial.selection import SUBJECT


@dataclass(frozen=True, slots=True)
class Records:
    """Milestones of the same virtual patients under each arm.

    Row ``source[a] * n_pool + i`` of ``milestones`` is patient i under arm a of the trial. Arms that read the
    same records share rows.
    """

    milestones: Milestones
    source: Integers
    n_pool: int

    def rows(self, who: Integers, allocation: Integers) -> Integers:
        """Row of each patient under the arm to which it is allocated, of their shape."""
        return self.source[allocation] * self.n_pool + who

    def under(self, who: Integers, allocation: Integers) -> Milestones:
        """Milestones of patients under the arms to which they are allocated, of their shape."""
        return self.milestones.of(self.rows(who, allocation))


@dataclass(frozen=True, slots=True)
class Reading:
    """Whose response is meant, the longest patient time [day], and the words of the response criterion."""

    reader: str
    follow_up: float
    codes: Codes = LUGANO


def rows_of_arms(adsl: pl.DataFrame, arms: Mapping[str, str]) -> tuple[pl.DataFrame, Integers]:
    """Subjects of the arms that a trial reads, arm by arm in order of ``SUBJECT``, and the source of each.

    Parameters
    ----------
    adsl
        Subjects of one scenario.
    arms
        Arms of the trial and the arms of the pool that they read.

    Raises
    ------
    InputError
        If the pool has no such arm.
    """
    read = list(dict.fromkeys(arms.values()))
    there = adsl["ARM"].unique().to_list()
    missing = [arm for arm in read if arm not in there]
    if missing:
        known = ", ".join(sorted(there)) or "none"
        raise problem("table adsl: ARM", known, f"also {', '.join(missing)}", "name arms of the study")
    parts = [adsl.filter(pl.col("ARM") == arm).sort(SUBJECT) for arm in read]
    source = pl.Series([read.index(arm) for arm in arms.values()], dtype=pl.Int64).to_numpy()
    return pl.concat(parts), source


def records_of(tables: Mapping[str, pl.DataFrame], arms: Mapping[str, str], reading: Reading) -> Records:
    """Records of one scenario.

    Parameters
    ----------
    tables
        ``adsl`` and ``adrs`` of the scenario, and ``adex`` and ``admrd`` where endpoints need them; the same
        patients under every arm, see ``pool_of``.
    arms
        Arms of the trial and the arms of the pool that they read.
    reading
        Reader, longest follow-up and criterion.

    Raises
    ------
    InputError
        If the pool has no such arm, or ``adrs`` no such reader.
    """
    subjects, source = rows_of_arms(tables["adsl"], arms)
    found = milestones(
        tables["adrs"],
        subjects,
        reading.reader,
        reading.follow_up,
        codes=reading.codes,
        adex=tables.get("adex"),
        admrd=tables.get("admrd"),
    )
    return Records(found, source, subjects.height // len(set(arms.values())))

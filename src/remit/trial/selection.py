"""Which virtual patients enter each replicate of a trial.

A replicate belongs to one parameter draw and takes its patients from that draw, each once, with probability
by weight. It takes them from the region of the site that enrols, as long as the draw has any left there,
then from elsewhere.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from remit.errors import problem
from remit.random import exponentials
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.enrolment import Enrolment

SUBJECT = ["DRAW", "USUBJID"]


@dataclass(frozen=True, slots=True)
class Pool:
    """Virtual patients in order of draw and name, arrays of shape (n_pool,); ``weight`` is above 0."""

    subjects: pl.DataFrame
    draw: Integers
    region: np.ndarray
    weight: Floats

    @property
    def effective_size(self) -> float:
        """Effective sample size of the weights, (sum w)^2 / sum w^2; patients of all draws together."""
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())

    @property
    def smallest_draw(self) -> int:
        """Patients of the draw that has fewest."""
        return int(np.unique(self.draw, return_counts=True)[1].min())


@dataclass(frozen=True, slots=True)
class Selection:
    """Patients of each replicate in order of enrolment.

    ``who`` (places in the pool) and ``matched`` (whether the patient is of the region of the site) have
    shape (n_replicates, n_patients), ``draw`` (n_replicates,).
    """

    who: Integers
    matched: Booleans
    draw: Integers


def pool_of(adsl: pl.DataFrame) -> Pool:
    """The pool that all arms and scenarios share.

    Raises
    ------
    InputError
        If there are no patients, a weight is not above 0, or arms do not hold the same patients.
    """
    subjects = adsl.select(*SUBJECT, "REGION", "WEIGHT_POP").unique().sort(SUBJECT)
    courses = adsl.select("ARM", "SCENARIO").n_unique()
    if not adsl.height or subjects.height * courses != adsl.height:
        found = f"{subjects.height} patients, {courses} arms and scenarios, {adsl.height} rows"
        raise problem(
            "table adsl",
            found,
            "the same patients, once, under every arm and scenario",
            "finish the run first",
        )
    weight = subjects["WEIGHT_POP"].to_numpy().astype(float)
    if not (weight > 0).all():
        raise problem(
            "table adsl: WEIGHT_POP", f"{weight.min():g}", "a weight above 0", "leave such patients out"
        )
    return Pool(subjects.select(SUBJECT), subjects["DRAW"].to_numpy(), subjects["REGION"].to_numpy(), weight)


def enrolled_places(enrolment: Enrolment, most: int) -> Enrolment:
    """The first places of an enrolment, at most so many as a parameter draw can fill.

    Patients in screening when a trial is full may enter beyond its size; those beyond ``most`` do not.
    """
    return replace(
        enrolment,
        calendar_day=enrolment.calendar_day[:, :most],
        site=enrolment.site[:, :most],
        screening_day=enrolment.screening_day[:, :most],
        arrival=enrolment.arrival[:, :most],
    )


def select_patients(seed: int, pool: Pool, site_region: np.ndarray, n_patients: int) -> Selection:
    """Patients of each replicate; draws take turns, so that each gets equally many replicates.

    Parameters
    ----------
    seed
        Seed of the run.
    pool
        The virtual patients.
    site_region
        Region of the site of each enrolled patient, shape (n_replicates, n_enrolled); empty where a
        replicate has no patient, whose place then means nothing.
    n_patients
        Patients of each trial, at most those of the smallest draw.
    """
    draws = np.unique(pool.draw)
    replicates = site_region.shape[0]
    own = draws[np.arange(replicates) % draws.size]
    who = np.empty((replicates, n_patients), dtype=np.int64)
    matched = np.empty((replicates, n_patients), dtype=bool)
    for draw in draws:
        rows, members = np.flatnonzero(own == draw), np.flatnonzero(pool.draw == draw)
        # A race of exponential clocks with rate w draws without replacement with probability by weight.
        clock = exponentials(seed, "replicates.selection", rows, members.size) / pool.weight[members]
        place, fits = _assigned(clock, pool.region[members], site_region[rows, :n_patients])
        who[rows], matched[rows] = members[place], fits
    return Selection(who, matched, own)


def _assigned(clock: Floats, region: np.ndarray, wanted: np.ndarray) -> tuple[Integers, Booleans]:
    """Places of patients for the slots of each replicate, and whether their region is the one wanted.

    ``clock`` has shape (n_replicates, n_members), ``region`` (n_members,), and
    ``wanted`` (n_replicates, n_slots).
    """
    place = np.full(wanted.shape, -1, dtype=np.int64)
    taken = np.zeros(clock.shape, dtype=bool)
    for name in np.unique(region):
        order = np.argsort(np.where(region == name, clock, np.inf), axis=1, kind="stable")
        _fill(place, taken, order, wanted == name, int((region == name).sum()))
    matched = place >= 0
    order = np.argsort(np.where(taken, np.inf, clock), axis=1, kind="stable")
    _fill(place, taken, order, ~matched, clock.shape[1])
    return place, matched


def _fill(place: Integers, taken: Booleans, order: Integers, slots: Booleans, most: int) -> None:
    """Give the slots, in order, the first of ``order``, up to ``most``; in place."""
    turn = np.cumsum(slots, axis=1) - 1
    row, slot = np.nonzero(slots & (turn < most))
    chosen = order[row, turn[row, slot]]
    place[row, slot] = chosen
    taken[row, chosen] = True

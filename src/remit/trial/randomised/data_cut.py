"""The data of a comparison as they stand on the day of a cut-off, and the days on which looks come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.endpoints import Endpoint
from remit.trial.milestones import Milestones
from remit.trial.randomised.plan import Hypothesis, RandomisedTrial


@dataclass(frozen=True, slots=True)
class Patients:
    """Patients of some replicates under the arms to which they are allocated; (n_replicates, n_patients).

    ``day`` is the calendar day of randomisation. ``lag`` has, by endpoint, the days from an event until it is
    known: entered and, where there is a committee, adjudicated.
    """

    milestones: Milestones
    day: Floats
    allocation: Integers
    stratum: Integers
    lag: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class DataCut:
    """Times of a comparison at a cut-off, arrays (n_replicates, n_patients).

    ``included`` are patients of its two arms who were randomised by then; others have meaningless values, of
    which times are 0. ``experimental`` marks that arm.
    """

    time: Floats
    event: Booleans
    experimental: Booleans
    included: Booleans
    stratum: Integers


def data_cut(patients: Patients, hypothesis: Hypothesis, trial: RandomisedTrial, cut: Floats) -> DataCut:
    """Data of a hypothesis at a cut-off of each replicate.

    What the endpoint says at a limit rests on nothing beyond it; the limit of a patient is the cut-off less
    the day of randomisation.

    Parameters
    ----------
    patients
        Under their arms.
    hypothesis, trial
        Which arms and which endpoint.
    cut
        Calendar day, shape (n_replicates,).
    """
    limit = cut[:, None] - patients.day
    experimental = patients.allocation == trial.place(hypothesis.experimental)
    control = patients.allocation == trial.place(hypothesis.control)
    times = trial.endpoints[hypothesis.endpoint](patients.milestones, limit)
    included = (limit >= 0) & (experimental | control) & times.counted
    return DataCut(
        np.where(included, np.maximum(times.time, 0.0), 0.0),
        times.event & included,
        experimental,
        included,
        patients.stratum,
    )


def known_days(patients: Patients, hypothesis: Hypothesis, trial: RandomisedTrial) -> Floats:
    """Calendar day on which the event of each patient of a comparison is known, infinite if never."""
    event_days = _event_days(trial.endpoints[hypothesis.endpoint], patients.milestones)
    places = (trial.place(hypothesis.experimental), trial.place(hypothesis.control))
    own = np.isin(patients.allocation, places)
    lag = patients.lag.get(hypothesis.endpoint, np.zeros(()))
    return np.where(own, patients.day + event_days + lag, np.inf)


def _event_days(endpoint: Endpoint, m: Milestones) -> Floats:
    """Day of each event if follow-up had no limit, infinite without."""
    times = endpoint(m, np.full(m.death.shape, np.inf))
    return np.where(times.event & times.counted, times.time, np.inf)


@dataclass(frozen=True, slots=True)
class LookDays:
    """When looks come, arrays (n_replicates, n_looks).

    ``cut`` is the calendar day of the cut-off, ``at_cap`` whether it is the cap since events were not known
    before.
    """

    cut: Floats
    at_cap: Booleans


def look_days(known: Callable[[str], Floats], trial: RandomisedTrial) -> LookDays:
    """Days of the looks: when so many events are known, at most the cap, and not before an earlier look.

    Data are cut at the end of the day on which the last of the events is known.

    Parameters
    ----------
    known
        By name of a hypothesis, the days on which its events are known, shape (n_replicates, n_patients).
    trial
        With its looks.
    """
    cuts: list[Floats] = []
    caps: list[Booleans] = []
    for look in trial.testing.looks:
        ordered = np.sort(known(look.hypothesis), axis=1)
        enough = look.events <= ordered.shape[1]
        reached = ordered[:, look.events - 1] if enough else np.full(ordered.shape[0], np.inf)
        end = np.floor(reached) + 1
        cuts.append(np.minimum(end, look.cap))
        caps.append(end > look.cap)
    return LookDays(np.maximum.accumulate(np.stack(cuts, axis=1), axis=1), np.stack(caps, axis=1))

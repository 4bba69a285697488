"""Rows of table ``looks``: what each look of each replicate found, one hypothesis after the other."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.stats.estimate import Booleans, Comparison, Floats, Integers
from remit.trial.randomised.compared import Estimated, Tested
from remit.trial.randomised.data_cut import LookDays
from remit.trial.randomised.decisions import WORDS, Decided
from remit.trial.randomised.plan import Hypothesis


@dataclass(frozen=True, slots=True)
class Analysis:
    """A hypothesis at one look: test, estimates, and events known on the day of the cut-off."""

    tested: Tested
    estimated: Estimated
    known: Integers


@dataclass(frozen=True, slots=True)
class Over:
    """Data of a hypothesis at the decision of the look that stopped it early, arrays (n_replicates,).

    ``look`` is the position of that look, -1 where there was none; the rest is NaN or 0 there.
    """

    look: Integers
    events: Integers
    z: Floats
    p_value: Floats


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of the looks, of decisions, and patients by then, arrays (n_replicates, n_looks)."""

    days: LookDays
    decision: Floats
    enrolled: Integers
    enrolled_by_decision: Integers


def look_rows(
    place: tuple[int, int], hypothesis: Hypothesis, analysis: Analysis, decided: Decided, calendar: Calendar
) -> pl.DataFrame:
    """Rows of a hypothesis at one look, of the replicates that held it.

    Parameters
    ----------
    place
        Position of the look and of the hypothesis.
    hypothesis, analysis
        What was tested, and what was found.
    decided, calendar
        Of all looks.

    Returns
    -------
    Columns of table ``looks`` but scenario, draw and over-running, and ``REPLICATE`` as the row of the block.
    """
    k, j = place
    test, bound = analysis.tested, decided.bound[:, k, j]
    events = test.events.sum(axis=1)
    n = events.size
    columns: dict[str, object] = {
        "REPLICATE": np.arange(n),
        "COMPARISON": [hypothesis.comparison] * n,
        "ENDPOINT": [hypothesis.endpoint] * n,
        "LOOK": np.full(n, k + 1),
        "CUTDAY": calendar.days.cut[:, k],
        "DECIDAY": calendar.decision[:, k],
        "ATCAP": calendar.days.at_cap[:, k],
        "KNOWN": analysis.known,
        "ENROLLED": calendar.enrolled[:, k],
        "ENRDECI": calendar.enrolled_by_decision[:, k],
        "EVENTS": events,
        "EVENTSC": test.events[:, 0],
        "INFO": events / hypothesis.test.events,
        "Z": test.z,
        "PVALUE": test.p_value,
        "BOUND": bound,
        "FUTILITY": decided.futility[:, k, j],
        "HARM": decided.harm[:, k, j],
        "DECISION": [WORDS[each] for each in decided.decision[:, k, j].tolist()],
        **estimate_columns(analysis.estimated, bound),
    }
    return finite(pl.DataFrame(columns), decided.held[:, k, j])


def estimate_columns(found: Estimated, bound: Floats) -> dict[str, Floats]:
    """Estimates and limits; repeated limits come from the bound of the look (Jennison and Turnbull 1989)."""
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.exp(bound * found.hazard_ratio.se)
        low, high = found.hazard_ratio.estimate / spread, found.hazard_ratio.estimate * spread
    return {
        **_three("HR", found.hazard_ratio),
        "HRRLCL": low,
        "HRRUCL": high,
        **_three("RMSTD", found.restricted_mean),
        **_three("MSD", found.milestone),
        "MEDIAN": found.median_experimental,
        "MEDIANC": found.median_control,
    }


def _three(name: str, of: Comparison) -> dict[str, Floats]:
    return {name: of.estimate, f"{name}LCL": of.low, f"{name}UCL": of.high}


def finite(frame: pl.DataFrame, held: Booleans) -> pl.DataFrame:
    """The rows that are held, with null for what is not finite."""
    numbers = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    shown = [pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers]
    return frame.filter(pl.Series(held)).with_columns(shown)


def with_over_running(rows: pl.DataFrame, over: Over) -> pl.DataFrame:
    """Rows of one hypothesis with the over-running of the look that stopped it."""
    stopped = over.look >= 0
    own = pl.DataFrame(
        {
            "REPLICATE": np.arange(over.look.size),
            "LOOK": over.look + 1,
            "OVEREVT": over.events,
            "OVERZ": over.z,
            "OVERP": over.p_value,
        }
    )
    return rows.join(finite(own, stopped), on=["REPLICATE", "LOOK"], how="left")

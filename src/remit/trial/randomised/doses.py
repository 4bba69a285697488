"""Replicates of a randomised comparison of doses: response and safety at a cut-off, and the declared rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from remit.errors import Finding, InputError
from remit.results import COURSE, LOOKS, TRIALS
from remit.stats.estimate import Floats, Integers
from remit.stats.monte_carlo import mean_error
from remit.stats.proportions.miettinen_nurminen import risk_difference
from remit.trial.analysis import Row, measure_row, spread
from remit.trial.designs.dose_comparison import DoseLook, Params, Selection, decide, type_I_error
from remit.trial.milestones import happened
from remit.trial.randomised.characteristics import column, mean_row
from remit.trial.randomised.cohort import Cohort
from remit.trial.randomised.records import Records, rows_of_arms
from remit.trial.replicates import described
from remit.trial.selection import Pool

KEY = list(COURSE)
SELECTION = "selection"
"""COMPARISON of the row of table ``looks`` that says which dose was selected, in DECISION."""
BLOCK = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseTrial:
    """Randomised arms of doses.

    Parameters
    ----------
    doses
        Arms in the order of their dose, the lowest first, and the arm of the pool that each reads.
    rule
        Size of each arm and rule of selection.
    assessed
        Days from the randomisation of the last patient to the cut-off.
    window
        Days in which the safety endpoint counts, from the first dose.
    """

    doses: Mapping[str, str]
    rule: Params
    assessed: float
    window: float
    scan_days: tuple[float, ...] = ()
    largest_share: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def n_patients(self) -> int:
        """Of all arms."""
        return self.rule.n * len(self.doses)


def check(trial: DoseTrial) -> None:
    """Refuse a comparison that cannot be made.

    Raises
    ------
    InputError
        With every finding.
    """
    found: list[Finding] = []
    if len(trial.doses) < 2:
        found.append(Finding("doses", f"{len(trial.doses)} arms", "two doses or more"))
    for name, days in (("assessed", trial.assessed), ("window", trial.window)):
        if not 0 < days < np.inf:
            found.append(Finding(name, f"{days:g}", "days above 0"))
    if found:
        raise InputError(found)


def first_event_days(
    adae: pl.DataFrame, adsl: pl.DataFrame, arms: Mapping[str, str], which: pl.Expr
) -> Floats:
    """Day of the first adverse event of a kind in each row of the records, infinite without one.

    Parameters
    ----------
    adae, adsl
        Of one scenario.
    arms
        Arms of the trial and the arms of the pool that they read, as for ``records_of``.
    which
        The events that count, such as those of grade 3 or more.
    """
    subjects, _ = rows_of_arms(adsl, arms)
    rows = subjects.select(KEY).with_row_index("ROW")
    first = adae.filter(which).join(rows, on=KEY).group_by("ROW").agg(pl.col("ASTDY").min())
    days = np.full(subjects.height, np.inf)
    days[first["ROW"].to_numpy()] = first["ASTDY"].to_numpy()
    return days


def compare_doses(
    records: Records, who: Cohort, allocation: Integers, event_days: Floats, trial: DoseTrial
) -> tuple[pl.DataFrame, pl.DataFrame, Selection]:
    """Looks, trials by arm, and selections, without scenario.

    The one look is held a stated time after the last patient is randomised. Responses and safety events after
    it do not count.

    Parameters
    ----------
    records
        Of the pool, arms in the order of the doses.
    who, allocation
        Patients of each replicate and their arms, shape (n_replicates, n_patients).
    event_days
        Day of the first safety event of each row of the records.
    trial
        As declared, see ``check``.
    """
    shown: list[pl.DataFrame] = []
    counts: list[Integers] = []
    cuts: list[Floats] = []
    for first in range(0, who.draw.size, BLOCK):
        rows = slice(first, first + BLOCK)
        arm, day = allocation[rows], who.day[rows]
        m = records.under(who.who[rows], arm)
        cut = np.where(np.isfinite(day), day, 0.0).max(axis=1) + trial.assessed
        limit = cut[:, None] - day
        unsafe = event_days[records.rows(who.who[rows], arm)] <= np.minimum(limit, trial.window)
        responds = happened(m.response, limit)
        own = [arm == place for place in range(len(trial.doses))]
        counts.append(
            np.stack([np.stack([(each & what).sum(axis=1) for each in own], axis=1)
                      for what in (np.True_, responds, unsafe)])
        )  # fmt: skip
        cuts.append(cut)
        shown += [
            described(m, day, cut, each, trial.scan_days).with_columns(
                pl.col("REPLICATE") + first, ARM=pl.lit(name)
            )
            for name, each in zip(trial.doses, own, strict=True)
        ]
    look = DoseLook(*np.concatenate(counts, axis=1))
    found = decide(look, trial.rule)
    drawn = pl.DataFrame({"REPLICATE": np.arange(who.draw.size), "DRAW": who.draw})
    looks = _look_rows(look, found, trial, np.concatenate(cuts)).join(drawn, on="REPLICATE")
    trials = pl.concat(shown).with_columns(REJECT=pl.lit(None, pl.Boolean), RIPE=pl.lit(None, pl.Boolean))
    return looks, trials.join(drawn, on="REPLICATE"), found


def tidied(looks: pl.DataFrame, trials: pl.DataFrame, scenario: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The declared tables."""
    named = pl.lit(scenario).alias("SCENARIO")
    return LOOKS.tidy(looks.with_columns(named)), TRIALS.tidy(trials.with_columns(named))


def _look_rows(look: DoseLook, found: Selection, trial: DoseTrial, cut: Floats) -> pl.DataFrame:
    """Each dose against the reference of its replicate, and what was selected: rows of table ``looks``."""
    names = [*trial.doses, "none"]
    n = cut.size
    chosen = pl.DataFrame(
        {
            "REPLICATE": np.arange(n),
            "COMPARISON": [SELECTION] * n,
            "ENDPOINT": ["ORR"] * n,
            "EVENTS": look.n_patients.sum(axis=1),
            "DECISION": [names[each] for each in found.dose.tolist()],
        }
    )
    parts = [_rows(look, found, trial, place) for place in range(len(trial.doses))]
    whole = look.n_patients.sum(axis=1)
    days = pl.DataFrame(
        {"REPLICATE": np.arange(n), "CUTDAY": cut, "DECIDAY": cut, "ENROLLED": whole, "ENRDECI": whole}
    )
    rows = pl.concat([*parts, chosen], how="diagonal_relaxed").join(days, on="REPLICATE").with_columns(
        LOOK=pl.lit(1), ATCAP=pl.lit(value=False), INFO=pl.lit(1.0)
    )  # fmt: skip
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in LOOKS.schema().items()
        if name not in (*rows.columns, "DRAW", "SCENARIO")
    ]
    return rows.with_columns(absent)


def _rows(look: DoseLook, found: Selection, trial: DoseTrial, place: int) -> pl.DataFrame:
    """A dose below the reference against it, by the difference of response rates; others if not admissible.

    ``Z`` and ``PVALUE`` are of the margin, whatever the rule.
    """
    arms = np.asarray([*trial.doses, "none"])
    rows, top = np.arange(len(look.responders)), found.reference
    below, admissible = place < top, found.admissible[:, place]
    n, x = look.n_patients, look.responders
    size = np.maximum(n[rows, top], 1), np.maximum(n[:, place], 1)
    test = risk_difference(x[:, place], size[1], x[rows, top], size[0], null=-trial.rule.margin)
    versus = np.asarray([f"{arms[place]} vs {each}" for each in arms])[top]
    word = np.where(
        admissible, np.where(found.close[:, place], "close enough", "not shown"), "not admissible"
    )
    kept = pl.Series(below | ~admissible)
    numbers = {"Z": test.z, "PVALUE": test.p_value, "MSD": test.estimate, "MSDLCL": test.low}
    return (
        pl.DataFrame(
            {
                "REPLICATE": rows,
                "COMPARISON": np.where(below, versus, arms[place]).tolist(),
                "ENDPOINT": ["ORR"] * rows.size,
                "EVENTS": np.where(below, n[:, place] + n[rows, top], n[:, place]),
                "EVENTSC": np.where(below, n[rows, top], 0),
                "DECISION": word.tolist(),
                **{name: np.where(below, each, np.nan) for name, each in numbers.items()},
                "MSDUCL": np.where(below, test.high, np.nan),
            }
        )
        .filter(kept)
        .with_columns(pl.col("Z", "PVALUE", "MSD", "MSDLCL", "MSDUCL").fill_nan(None))
    )


def true_rates(records: Records, pool: Pool, values: Floats, n_doses: int) -> Floats:
    """Weighted share of patients of each draw by dose, shape (n_draws, n_doses).

    ``values`` is true or false for each row of the records: who responds within follow-up, or has the safety
    endpoint within its window.
    """
    names, index = np.unique(pool.draw, return_inverse=True)
    total = np.bincount(index, weights=pool.weight)
    rows = records.source[:, None] * records.n_pool + np.arange(records.n_pool)[None, :]
    each = [np.bincount(index, weights=pool.weight * values[rows[dose]]) / total for dose in range(n_doses)]
    return np.stack(each, axis=1).reshape(names.size, n_doses)


def dose_characteristics(
    looks: pl.DataFrame, trial: DoseTrial, truth: tuple[Floats, Floats], scenario: str
) -> list[Row]:
    """Rows of table ``operating``: how often each dose and none is selected, beside the true rates.

    Parameters
    ----------
    looks
        From ``compare_doses``.
    trial
        As declared.
    truth
        True response and safety rates by draw and dose, shape (n_draws, n_doses).
    scenario
        Of the pool.
    """
    chosen = looks.filter(pl.col("COMPARISON") == SELECTION)
    rows: list[Row] = []
    for place, name in enumerate(trial.doses):
        key: Row = {"ARM": name, "SCENARIO": scenario}
        share = column(chosen, pl.col("DECISION") == name)
        rows.append(key | mean_row("probability of being selected", share, shown=False))
        for measure, rates in zip(("true ORR", "true rate of the safety endpoint"), truth, strict=True):
            over = mean_error(rates[:, place])
            rows.append(
                key | measure_row(measure, over.value, len(rates), over.mcse, spread(rates[:, place]))
            )
    first: Row = {"ARM": next(iter(trial.doses)), "SCENARIO": scenario}
    none = column(chosen, pl.col("DECISION") == "none")
    rows.append(first | mean_row("probability that no dose is selected", none, shown=False))
    level = type_I_error(trial.rule)
    measure = "probability that a dose the margin below counts as close (largest, exact)"
    rows.append(first | measure_row(measure, level, 0, 0.0))
    return rows

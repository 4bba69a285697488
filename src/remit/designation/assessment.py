"""Verdicts: each criterion of an agency read against a table of trials.

Simulated trials are no evidence. For them a numerical reading gives the share of simulated trials in
which it would be met *if observed*, and the criterion says so in its name; what asks for clinical
evidence of the real product stays *cannot tell*.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl

from remit.designation.agencies import Agency, Criterion, shipped_agencies
from remit.designation.bars import Bar, bar, leading
from remit.designation.comparators import Comparator
from remit.designation.readings import Reading, Rules, shipped_rules
from remit.results import VERDICTS

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
IF_OBSERVED = ", if observed"
NO_SET = "any"
NO_READING = "not numerical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is assessed, for whom and as of when.

    ``evidence`` says what the trials table holds. ``phase_3_begun`` is about this indication; None when
    unknown. ``regions`` are those of the trial's sites.
    """

    agency: Literal["cde", "fda"]
    as_of: datetime.date
    product: str
    evidence: Literal["simulated", "observed"] = "simulated"
    phase_3_begun: bool | None = None
    regions: tuple[str, ...] = ()
    serious_because: str = "Relapsed or refractory mantle cell lymphoma after a BTK inhibitor threatens life."
    rules: Rules = field(default_factory=shipped_rules)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict, the share of trials behind it where it is numerical, and why."""

    verdict: str
    because: str
    probability: float | None = None


def assess(trials: pl.DataFrame, comparators: Sequence[Comparator], case: Case) -> pl.DataFrame:
    """Verdict of every criterion, comparator set and reading of one agency.

    Parameters
    ----------
    trials
        Table ``trials``: one row per replicate, or a single row per arm for an observed trial.
    comparators
        Published records.
    case
        Agency, date, product and kind of evidence.

    Returns
    -------
    Table ``verdicts``. PROBABILITY is the share of trials in which a reading holds against therapies
    that the agency would count as available; null if the criterion is not numerical or nothing counts.
    """
    agency = shipped_agencies().named(case.agency)
    rows: list[dict[str, object]] = []
    for (arm, scenario), group in sorted(trials.group_by("ARM", "SCENARIO"), key=lambda each: each[0]):
        head = {"ARM": arm, "SCENARIO": scenario, "AGENCY": case.agency}
        for criterion in agency.criterion:
            if criterion.kind == "advantage":
                rows += [head | row for row in _advantage_rows(group, comparators, case, agency)]
            else:
                rows.append(
                    head
                    | _row(
                        criterion.name, NO_SET, NO_READING, _statement(criterion, comparators, case, agency)
                    )
                )
    return pl.DataFrame(rows, schema=VERDICTS.schema()).sort(VERDICTS.key).rechunk()


def _row(criterion: str, members: str, reading: str, verdict: Verdict) -> dict[str, object]:
    return {
        "CRITERION": criterion,
        "SET": members,
        "READING": reading,
        "VERDICT": verdict.verdict,
        "PROBABILITY": verdict.probability,
        "BECAUSE": verdict.because,
    }


def _advantage_rows(
    trials: pl.DataFrame, comparators: Sequence[Comparator], case: Case, agency: Agency
) -> list[dict[str, object]]:
    """Rows of the numerical criterion: every set by every reading."""
    name = agency.advantage + (IF_OBSERVED if case.evidence == "simulated" else "")
    return [
        _row(
            name,
            members.name,
            reading.name,
            _numerical(trials, leading(comparators, agency, case.as_of, members), case, reading),
        )
        for members in case.rules.set
        for reading in case.rules.reading
    ]


def _numerical(
    trials: pl.DataFrame,
    groups: tuple[list[Comparator], list[Comparator]],
    case: Case,
    reading: Reading,
) -> Verdict:
    """Verdict of one reading against one set, both without and with the therapies nobody can place."""
    counted, possible = groups
    sure, wide = (bar(reading, group, case.rules.pooling.method) for group in (counted, possible))
    if wide is None:
        return Verdict(CANNOT_TELL, "There is no published record to compare with.")
    wide_share = share_above(trials, reading, wide.value)
    wide_verdict = _call(wide_share, case.rules)
    if sure is None:
        because = (
            "No therapy of this set is certainly counted as available. "
            f"{_sentence(trials, reading, wide, case, 'With those that may be counted')}"
        )
        return Verdict(CANNOT_TELL, because)
    share = share_above(trials, reading, sure.value)
    verdict = _call(share, case.rules)
    because = _sentence(trials, reading, sure, case, "Against therapies counted as available")
    if len(possible) > len(counted):
        because += f" {_sentence(trials, reading, wide, case, 'With those that may be counted')}"
    if verdict != wide_verdict:
        return Verdict(CANNOT_TELL, f"{because} The two differ.", share)
    return Verdict(verdict, because, share)


def _call(share: float, rules: Rules) -> str:
    """The verdict that a share of trials gives."""
    if share >= rules.verdict.met_probability:
        return MET
    return NOT_MET if share <= rules.verdict.not_met_probability else CANNOT_TELL


def _sentence(trials: pl.DataFrame, reading: Reading, threshold: Bar, case: Case, against: str) -> str:
    """One sentence: the bar, and how often it is cleared."""
    share = share_above(trials, reading, threshold.value)
    head = f"{against}: bar {100 * threshold.value:.1f}% ({threshold.of})"
    if case.evidence == "observed":
        return f"{head}; {'cleared' if share == 1 else 'not cleared'} by the observed trial."
    error = share_error(trials, reading, threshold.value)
    how_sure = f"(Monte Carlo standard error {100 * error:.1f} points)" if error else "(in all trials alike)"
    return f"{head}; cleared in {100 * share:.0f}% of {trials.height} simulated trials {how_sure}."


def _cleared(trials: pl.DataFrame, reading: Reading, threshold: float) -> pl.Series:
    column = "ORR" if reading.trial == "estimate" else "ORRLCL"
    return trials[column] > threshold


def share_above(trials: pl.DataFrame, reading: Reading, threshold: float) -> float:
    """Share of trials in which a reading holds."""
    return float(_cleared(trials, reading, threshold).cast(pl.Float64).to_numpy().mean())


def share_error(trials: pl.DataFrame, reading: Reading, threshold: float) -> float:
    """Monte Carlo standard error of that share; trials of one parameter draw are one cluster."""
    frame = trials.select("DRAW", cleared=_cleared(trials, reading, threshold).cast(pl.Float64))
    by_draw = frame.group_by("DRAW").agg(pl.col("cleared").mean()).sort("DRAW")["cleared"].to_numpy()
    if len(by_draw) > 1:
        return float(np.std(by_draw, ddof=1) / np.sqrt(len(by_draw)))
    share = float(frame["cleared"].to_numpy().mean())
    return float(np.sqrt(share * (1 - share) / frame.height))


def _statement(
    criterion: Criterion, comparators: Sequence[Comparator], case: Case, agency: Agency
) -> Verdict:
    """Verdict of a criterion that is not numerical."""
    match criterion.kind:
        case "serious":
            return Verdict(MET, case.serious_because)
        case "no_effective_means":
            return _no_effective_means(comparators, case, agency)
        case "stage":
            return _stage(case)
        case "clinical_evidence":
            if case.evidence == "observed":
                return Verdict(
                    MET, "An observed trial is at hand; whether it is sufficient is the agency's judgement."
                )
            return Verdict(
                CANNOT_TELL, "No observed data are at hand; simulated trials are no clinical evidence."
            )
        case _:
            return _applicable_to_us(case)


def _no_effective_means(comparators: Sequence[Comparator], case: Case, agency: Agency) -> Verdict:
    """CDE's first door: closed once a therapy for the setting is counted as available."""
    members = case.rules.set[-1]
    counted, _ = leading(comparators, agency, case.as_of, members)
    if counted:
        because = " ".join(f"{each.therapy}: {each.available[agency.name].sentence}" for each in counted)
        return Verdict(NOT_MET, because)
    return Verdict(
        CANNOT_TELL,
        (
            f"No therapy is certainly counted as available on {case.as_of}; that is not proof that there "
            "is none."
        ),
    )


def _stage(case: Case) -> Verdict:
    """Timing of the request. Late is neither met nor not met."""
    if case.phase_3_begun is None:
        return Verdict(CANNOT_TELL, "Whether phase 3 has begun in this indication is not known.")
    if case.phase_3_begun:
        return Verdict(
            CANNOT_TELL,
            (
                "Late: phase 3 has begun. It is not a bar in practice: 47.5% of the drugs designated "
                "from 2020 to July 2024 were in phase 3."
            ),
        )
    return Verdict(MET, "The drug is in clinical trials and phase 3 has not begun in this indication.")


def _applicable_to_us(case: Case) -> Verdict:
    """Whether results from elsewhere hold in the United States; no rule settles it."""
    where = ", ".join(case.regions) or "not stated"
    if "us" in case.regions:
        return Verdict(
            CANNOT_TELL, f"Sites: {where}. With US sites it is a judgement on the whole population."
        )
    return Verdict(
        CANNOT_TELL,
        (
            f"Sites: {where}. Without US sites applicability cannot be told; earlier therapy and practice "
            "differ."
        ),
    )

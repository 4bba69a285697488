"""From the pool to the answer: replicated trials, operating characteristics, verdicts, inputs, facts."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from remit.designation import Case, assess, what_would_change
from remit.results import VARIATIONS
from remit.run.facts import arm_of, facts_of_run
from remit.run.plan import Plan
from remit.run.refusal import refused
from remit.run.sensitivity import sensitivity_of, variance_of
from remit.run.variations import variations
from remit.study import Study
from remit.trial.analysis import operating_characteristics
from remit.trial.enrolment import SiteGroup
from remit.trial.readout import Readout
from remit.trial.replicates import replicate_trials
from remit.trial.visits import assessment_days

MOST_UNSOLVED = 0.05
"""Share of courses without a solution above which a run fails: its results could be a selection."""

Frames = dict[str, pl.DataFrame]


def analyse(study: Study, plan: Plan, tables: Frames) -> tuple[Frames, Mapping[str, Any]]:
    """Tables that are computed from the whole pool, and the facts of the run.

    Parameters
    ----------
    study
        The study.
    plan
        Seed and sizes.
    tables
        The assembled tables of the pool: adsl, adrs and adtte at least.

    Raises
    ------
    RunError
        If more courses than ``MOST_UNSOLVED`` could not be solved.
    """
    require_solved(tables["adsl"])
    readout = readout_of(study)
    replicates = replicate_trials(
        plan.seed, tables["adsl"], tables["adrs"], sites_of(study), readout, plan.sizes.replicates
    )
    operating = operating_characteristics(replicates, tables["adrs"], tables["adtte"], readout)
    varied = tables.get("variations", VARIATIONS.empty())
    judged_trials = replicates.trials.clear() if replicates.is_refused else replicates.trials
    added = {
        "trials": replicates.trials,
        "operating": operating,
        "sensitivity": sensitivity_of(varied, variations(study), plan.seed),
        "variance": variance_of(operating, varied, plan.seed),
        "parameters": study.parameters_table(),
        "sources": study.sources_table(),
        "comparators": study.comparators_table(),
        **judged(study, judged_trials),
    }
    return added, {**facts_of_run(study, plan), "notes": list(replicates.notes)}


def require_solved(adsl: pl.DataFrame) -> None:
    """Refuse to go on if too many courses have no solution."""
    unsolved = adsl.filter(pl.col("STATUS") != "OK")
    if unsolved.height <= MOST_UNSOLVED * adsl.height:
        return
    counts = unsolved["STATUS"].value_counts().sort("STATUS").rows()
    reasons = ", ".join(f"{count} {status}" for status, count in counts)
    found = f"{unsolved.height} of {adsl.height} courses without a solution ({reasons})"
    needed = f"at most {100 * MOST_UNSOLVED:g}%"
    raise refused("run", found, needed, "look for a value far outside its range in your library files")


def sites_of(study: Study) -> list[SiteGroup]:
    """Sites as enrolment takes them."""
    return [
        SiteGroup(
            country=each.country,
            region=each.region,
            n_sites=each.n_sites,
            activation_start_day=each.activation_start_day,
            activation_interval_days=each.activation_interval_days,
            rate_per_month=each.patients_per_site_month,
            dispersion=each.rate_dispersion,
        )
        for each in study.file.sites
    ]


def readout_of(study: Study) -> Readout:
    """The analysis that the study declares; the last patient has had the first scan and its window."""
    design, visits = study.file.design, study.visits
    return Readout(
        n_patients=design.n_patients,
        p0=design.p0,
        alpha=design.alpha,
        reader=study.file.analysis.primary_reader,
        ripe_duration=study.ripe_after,
        first_scans=visits.assessment_interval + visits.window_limit,
        calendar_cap=study.file.enrolment.latest_cut_off_day,
        follow_up=study.follow_up,
        scan_days=assessment_days(visits, study.follow_up).tolist(),
        largest_share={"china": study.file.enrolment.largest_share_china},
    )


def regions_of(study: Study) -> tuple[str, ...]:
    """Regions of the sites in the words of the agencies' rules."""
    named = {"United States": "us"}
    return tuple(dict.fromkeys(named.get(each.country, each.region) for each in study.file.sites))


def judged(study: Study, trials: pl.DataFrame) -> Frames:
    """Verdicts on the investigational arm, and what would change them; nothing where there is no such arm.

    Without trials, as where operating characteristics are refused, there are no verdicts.
    """
    arm, n_patients = arm_of(study, "investigational"), study.file.design.n_patients
    if arm is None:
        return {}
    agencies = study.file.analysis.agencies
    own = trials.filter(pl.col("ARM") == arm.name)
    regions, as_of = regions_of(study), study.as_of
    cases = [Case(agency=name, as_of=as_of, product=arm.drug, regions=regions) for name in agencies]
    sizes = (n_patients // 2, n_patients, n_patients * 3 // 2)
    changes = [what_would_change(sizes, study.comparators, name, as_of) for name in agencies]
    return {
        "verdicts": pl.concat([assess(own, study.comparators, case) for case in cases]),
        "thresholds": pl.concat(changes),
    }

"""The simulations that stand for published trials, and what they say about each measure.

Same conduct, readers and response criterion as predictions; doses as their daily average.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from remit.dosing import Floats, parse_given, schedule_of
from remit.fit.targets import Measure
from remit.population import Cohort, enter
from remit.run import courses
from remit.run.averaged import AveragedBlock
from remit.run.courses import ArmSetting, arm_parameters, make_block, population_spec, simulate_courses
from remit.stats.estimate import Booleans
from remit.study import ArmDrug, Study
from remit.trial.parameters import Visits
from remit.trial.visits import assessment_days

RESISTANCE = ("ki_shift", "bcl2_independent")
IBRUTINIB = ArmDrug(
    drug="ibrutinib",
    kind="btk_inhibitor",
    lines=("ibrutinib 560 mg q24h",),
    schedule=schedule_of([parse_given("ibrutinib 560 mg q24h")]),
    relative_dose=1.0,
    holds=("counts", "event"),
    is_reduced=False,
    prefix="",
)
"""Ibrutinib alone, at the daily dose that the population states."""
READER = "INV"
"""Published response rates of these trials are read as the investigator's."""
GRID = 14.0
"""Days by which a scan may precede a published median and still be the one that showed it."""
NHL_DOSE = 2.0
"""Full dose of M12-175 relative to 400 mg: 200 to 1,200 mg were given, taken as 800 mg."""


def setting(
    study: Study, resistance: str, population: str, over: Mapping[str, float], months: float
) -> ArmSetting:
    """Venetoclax at 400 mg in a population, with some values replaced."""
    entries = study.values("venetoclax", f"reference/{resistance}")
    if population != study.file.population:
        entries = {name: entry for name, entry in entries.items() if not name.startswith("history.")}
        entries |= study.library.values(f"populations/{population}")
    typical = {name: entry.value for name, entry in entries.items()} | dict(over)
    return ArmSetting(
        arm="venetoclax",
        scenario=f"reference/{resistance}",
        drugs=study.arm("venetoclax").drugs,
        conditions=study.arm("venetoclax").conditions,
        follow_up=months * 30.4375,
        spec=population_spec(entries, typical, "stochastic"),
    )


def visits_of(study: Study) -> Visits:
    """Visits of the study."""
    return courses.record(setting(study, "ki_shift", study.file.population, {}, 12.0).spec, "visits")


def course(seed: int, cohort: Cohort, each: ArmSetting) -> dict[str, pl.DataFrame]:
    """Tables of a cohort with doses as their daily average."""
    parameters = arm_parameters(seed, cohort, each)
    block = AveragedBlock(make_block(parameters, cohort.state, cohort.thresholds))
    return simulate_courses(seed, cohort, each, block=block)


def ibrutinib_course(
    seed: int, cohort: Cohort, each: ArmSetting, daily_dose: float
) -> dict[str, pl.DataFrame]:
    """Tables of a cohort on the BTK inhibitor at its daily dose [nmol], no ramp-up."""
    typical = dict(each.spec.typical) | {
        "pharmacy.full_dose": daily_dose,
        "pharmacy.dose_exponent": 0.0,
        "pharmacy.F_china": 1.0,
    }
    spec = replace(each.spec, typical=typical)
    own = replace(each, arm="ibrutinib", spec=spec, drugs=(IBRUTINIB,))
    block = AveragedBlock(make_block(cohort.parameters, cohort.state, cohort.thresholds))
    patients = courses.patients_of(cohort, own, cohort.parameters, 0)
    return courses.conducted(seed, block, patients, courses.protocol_of(own), own)


def forward(
    study: Study, over: Mapping[str, float], n_patients: int, seed: int
) -> dict[str, dict[str, pl.DataFrame]]:
    """Every course of the anchor, by name, with some values replaced; venetoclax under either resistance.

    The records are of patients outside China.
    """
    naive = setting(study, "ki_shift", "mcl_btki_naive", over, 26.0)
    western = {**over, "covariates.china_probability": 0.0}
    treated = setting(study, "ki_shift", study.file.population, western, 12.0)
    unexposed = enter(seed, 0, n_patients, naive.spec, make_block)
    exposed = enter(seed, 0, n_patients, treated.spec, make_block)
    daily = study.values("venetoclax", "reference/ki_shift")["history.daily_dose"].value
    found = {"ibrutinib naive": ibrutinib_course(seed, unexposed, naive, daily)}
    factor = NHL_DOSE ** (1 + naive.spec["pharmacy.dose_exponent"])
    double = {"pharmacy.full_dose": naive.spec["pharmacy.full_dose"] * factor}
    for form in RESISTANCE:
        high = setting(study, form, "mcl_btki_naive", {**over, **double}, 18.0)
        found[f"venetoclax naive/{form}"] = course(seed, unexposed, high)
        found[f"venetoclax after BTKi/{form}"] = course(
            seed, exposed, setting(study, form, study.file.population, western, 12.0)
        )
    return found


def rates_of(
    chosen: tuple[Measure, ...], results: Mapping[str, Mapping[str, pl.DataFrame]], form: str, visits: Visits
) -> Floats:
    """Model value of every measure under one form of resistance, shape (n_measures,)."""
    return np.array(
        [rate(each, results.get(each.course) or results[f"{each.course}/{form}"], visits) for each in chosen]
    )


def rate(measure: Measure, tables: Mapping[str, pl.DataFrame], visits: Visits) -> float:
    """Model value of a measure: a response rate, or the Kaplan-Meier estimate at a time."""
    n = tables["adsl"].height
    if measure.kind in ("orr", "cr"):
        best = tables["adrs"].filter((pl.col("PARAMCD") == "BOR") & (pl.col("READER") == READER))["AVALC"]
        responses = ["CR", "PR"] if measure.kind == "orr" else ["CR"]
        return int(best.is_in(responses).sum()) / n
    rows = tables["adtte"].filter((pl.col("PARAMCD") == measure.kind.upper()) & (pl.col("READER") == READER))
    return survival_at(rows["AVAL"].to_numpy(), rows["CNSR"].to_numpy() == 0, day_seen(measure, visits))


def day_seen(measure: Measure, visits: Visits) -> float:
    """Day at which a measure is read off the simulated curve.

    Progression is seen at scans, and medians of published curves fall on the grid of their own scans. A
    median PFS is read just after the window of the simulated scan that is due then.
    """
    if measure.kind != "pfs" or not measure.is_median:
        return measure.day
    planned = assessment_days(visits, measure.day + 2 * visits.assessment_interval_late)
    return float(planned[planned >= measure.day - GRID][0]) + visits.window_limit


def survival_at(times: Floats, event: Booleans, day: float) -> float:
    """Kaplan-Meier estimate at a day."""
    surviving = 1.0
    for time in np.unique(times[event & (times <= day)]):
        surviving *= 1 - np.sum((times == time) & event) / np.sum(times >= time)
    return float(surviving)

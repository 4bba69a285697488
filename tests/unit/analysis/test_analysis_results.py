"""Every number of an analysis is that of the estimator, called here on the toy study by hand."""

import numpy as np
import polars as pl
import pytest
from tests.unit.analysis.adam_study import CONTROL, EXPERIMENTAL, PLAN, tables, write

from remit.analysis.analysing import analyse
from remit.stats.proportions.clopper_pearson import exact_interval, exact_p_value
from remit.stats.proportions.fisher import fisher_exact, fisher_two_sided
from remit.stats.proportions.mantel_haenszel import cochran_mantel_haenszel, common_odds_ratio
from remit.stats.proportions.miettinen_nurminen import risk_difference, stratified_risk_difference
from remit.stats.proportions.odds_ratio import odds_ratio
from remit.stats.proportions.wilson import wilson_interval
from remit.stats.survival.competing_risks import aalen_johansen, incidence_at
from remit.stats.survival.cox import hazard_ratio
from remit.stats.survival.follow_up import reverse_kaplan_meier
from remit.stats.survival.interval_censored import quantile_between, survival_between, turnbull
from remit.stats.survival.kaplan_meier import kaplan_meier, landmark, quantile
from remit.stats.survival.log_rank import log_rank
from remit.stats.survival.max_combo import max_combo
from remit.stats.survival.restricted_mean import restricted_mean, restricted_mean_difference

MONTH = 30.4375
ARMS = (EXPERIMENTAL, CONTROL)


@pytest.fixture(scope="module")
def people():
    """ADSL of the analysis set, in order, with times of PFS and OS, and responses."""
    found = tables()
    adsl = found["ADSL"].filter(pl.col("ITTFL") == "Y")
    for code in ("PFS", "OS", "DOR"):
        own = found["ADTTE"].filter(pl.col("PARAMCD") == code).select(
            "USUBJID",
            (pl.col("AVAL") / MONTH).alias(f"{code} time"),
            (pl.col("CNSR") == 0).alias(f"{code} event"),
            pl.col("EVNTDESC").alias(f"{code} reason"),
            (pl.col("AINTLO") / MONTH).alias(f"{code} low"),
            (pl.col("AINTHI") / MONTH).alias(f"{code} high"),
        )  # fmt: skip
        adsl = adsl.join(own, on="USUBJID", how="left", maintain_order="left")
    best = found["ADRS"].select("USUBJID", pl.col("AVALC").is_in(["CR", "PR"]).alias("responder"))
    return adsl.join(best, on="USUBJID", how="left", maintain_order="left")


def times(people, code, arm=None):
    own = people if arm is None else people.filter(pl.col("TRT01P") == arm)
    return own[f"{code} time"].to_numpy(), own[f"{code} event"].to_numpy()


def strata(people):
    return people.select(pl.concat_str("STRAT1R", "STRAT2R", separator="/")).to_series().to_numpy()


def numbers(results, endpoint, **which):
    """The one row of an endpoint with given values."""
    own = results.filter(pl.col("ENDPOINT") == endpoint).filter(SUBGROUP=which.pop("SUBGROUP", ""))
    for name, value in which.items():
        own = own.filter(pl.col(name).str.starts_with(value) if name == "METHOD" else pl.col(name) == value)
    assert own.height == 1, own
    return own.row(0, named=True)


def agrees(row, found):
    """A row says what an estimate says; NaN is nothing."""
    for name, value in (("ESTIMATE", found.value), ("LOW", found.low), ("HIGH", found.high)):
        assert row[name] == (None if np.isnan(value) else pytest.approx(value, rel=1e-12))


def compares(row, found):
    """A row says what a comparison says."""
    pairs = {"Z": found.z, "P_ONE": found.p_value, "P_TWO": found.two_sided}
    if row["PARAMETER"]:
        pairs |= {"ESTIMATE": found.estimate, "LOW": found.low, "HIGH": found.high, "SE": found.se}
        assert row["PARAMETER"] == found.parameter
    for name, value in pairs.items():
        assert row[name] == pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("code", ["PFS", "OS"])
def test_survival_of_an_arm_is_kaplan_meier(analysis, people, code, arm):
    time, event = times(people, code, arm)
    curve, reverse = kaplan_meier(time, event), reverse_kaplan_meier(time, event)
    row = lambda name: numbers(analysis.results, code, ARM=arm, PARAMETER=name)  # noqa: E731
    for name, share in {"lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75}.items():
        agrees(row(name), quantile(curve, share, "middle"))
    agrees(row("median follow-up"), quantile(reverse, 0.5, "middle"))
    agrees(numbers(analysis.results, code, ARM=arm, PARAMETER="survival", TIME=12.0), landmark(curve, 12.0))
    assert (row("median")["N"], row("median")["EVENTS"]) == (time.size, event.sum())


@pytest.mark.parametrize("arm", ARMS)
def test_the_restricted_mean_of_an_arm_is_the_area_under_its_curve(analysis, people, arm):
    curve = kaplan_meier(*times(people, "PFS", arm))
    agrees(
        numbers(analysis.results, "PFS", ARM=arm, PARAMETER="restricted mean"), restricted_mean(curve, 12.0)
    )


@pytest.mark.parametrize("code", ["PFS", "OS"])
def test_arms_are_compared_without_and_over_strata(analysis, people, code):
    time, event = times(people, code)
    arm = (people["TRT01P"] == EXPERIMENTAL).to_numpy()
    for stratum, names in ((None, ""), (strata(people), "STRAT1R, STRAT2R")):
        row = lambda method, names=names: numbers(analysis.results, code, METHOD=method, STRATA=names)  # noqa: E731
        compares(row("log-rank"), log_rank(time, event, arm, stratum))
        compares(row("Cox"), hazard_ratio(time, event, arm, stratum))
        assert "Efron ties" in row("Cox")["METHOD"]


def test_the_largest_statistic_has_its_own_two_sided_p_value(analysis, people):
    arm = (people["TRT01P"] == EXPERIMENTAL).to_numpy()
    found = max_combo(*times(people, "PFS"), arm)
    row = numbers(analysis.results, "PFS", METHOD="MaxCombo", STRATA="")
    assert row["P_ONE"] == pytest.approx(float(found.comparison.p_value), rel=1e-12)
    assert row["P_TWO"] == pytest.approx(float(found.p_value_absolute), rel=1e-12)


def test_restricted_means_are_compared(analysis, people):
    arm = (people["TRT01P"] == EXPERIMENTAL).to_numpy()
    row = numbers(analysis.results, "PFS", METHOD="restricted mean")
    compares(row, restricted_mean_difference(*times(people, "PFS"), arm, 12.0))


def test_durations_are_those_of_responders(analysis, people):
    assert people.filter("responder").height == people["DOR time"].count()
    for arm in ARMS:
        own = people.filter(pl.col("responder") & (pl.col("TRT01P") == arm))
        row = numbers(analysis.results, "DOR", ARM=arm, PARAMETER="median")
        agrees(row, quantile(kaplan_meier(*times(own, "DOR")), 0.5, "middle"))
        assert row["N"] == own.height


def counts(people, *by):
    """Responders and subjects of both arms, as arrays over strata."""
    table = people.group_by(*(by or [pl.lit(0).alias("all")]), "TRT01P").agg(
        x=pl.col("responder").sum(), n=pl.len()
    )
    levels = table.select(pl.exclude("TRT01P", "x", "n")).unique().sort(pl.all()).rows()
    cell = {(row[:-3], row[-3]): row[-2:] for row in table.rows()}
    return [np.array([cell.get((each, arm), (0, 0))[i] for each in levels]) for arm in ARMS for i in (0, 1)]


def test_response_rates_are_exact(analysis, people):
    x1, n1, x0, n0 = counts(people)
    for arm, x, n in ((EXPERIMENTAL, x1, n1), (CONTROL, x0, n0)):
        row = numbers(analysis.results, "ORR", ARM=arm, PARAMETER="response rate")
        limits = exact_interval(x, n)
        assert (row["ESTIMATE"], row["LOW"], row["HIGH"]) == pytest.approx(
            (x[0] / n[0], limits.low[0], limits.high[0])
        )
        assert numbers(analysis.results, "ORR", ARM=arm, METHOD="exact binomial")["P_ONE"] == pytest.approx(
            exact_p_value(x, n, 0.2)[0]
        )


def test_responses_are_compared_without_and_over_strata(analysis, people):
    whole = [each[0] for each in counts(people)]
    each = counts(people, "STRAT1R", "STRAT2R")
    names = "STRAT1R, STRAT2R"
    row = lambda method, strata="": numbers(analysis.results, "ORR", METHOD=method, STRATA=strata)  # noqa: E731
    compares(row("Miettinen"), risk_difference(*whole))
    compares(row("Miettinen", names), stratified_risk_difference(*each))
    compares(row("Cochran", names), cochran_mantel_haenszel(*each))
    compares(row("odds ratio"), odds_ratio(*whole))
    compares(row("Mantel-Haenszel", names), common_odds_ratio(*each))
    fisher = row("Fisher")
    assert fisher["P_ONE"] == pytest.approx(float(fisher_exact(*whole).p_value))
    assert fisher["P_TWO"] == pytest.approx(float(fisher_two_sided(*whole)))


def test_competing_events_are_counted_by_aalen_and_johansen(analysis, people):
    for arm in ARMS:
        own = people.filter(pl.col("TRT01P") == arm)
        time, event = times(own, "PFS")
        cause = np.where(event, np.where(own["PFS reason"] == "Death", 2, 1), 0)
        curve = aalen_johansen(time, cause, n_causes=2)
        for name, number in (("cumulative incidence", 1), ("cumulative incidence, competing", 2)):
            row = numbers(analysis.results, "TTP", ARM=arm, PARAMETER=name, TIME=6.0)
            agrees(row, incidence_at(curve, number, 6.0))
            assert row["EVENTS"] == (cause == number).sum()


def test_a_ratio_with_competing_events_censors_them_and_says_so(analysis, people):
    time, event = times(people, "PFS")
    progressed = event & (people["PFS reason"] != "Death").to_numpy()
    arm = (people["TRT01P"] == EXPERIMENTAL).to_numpy()
    row = numbers(analysis.results, "TTP", METHOD="Cox", STRATA="")
    compares(row, hazard_ratio(time, progressed, arm))
    assert "cause-specific" in row["NOTE"]


def test_progression_between_visits_is_estimated_from_its_bounds(analysis, people):
    for arm in ARMS:
        own = people.filter(pl.col("TRT01P") == arm)
        right = np.where(own["PFS event"], own["PFS high"].fill_null(np.inf), np.inf)
        curve = turnbull(own["PFS low"].to_numpy(), right)
        for parameter, between, at in (
            ("survival, interval-censored", survival_between(curve, 6.0), {"TIME": 6.0}),
            ("median, interval-censored", quantile_between(curve, 0.5), {}),
        ):
            row = numbers(analysis.results, "PFS", ARM=arm, PARAMETER=parameter, **at)
            assert (row["LOW"], row["HIGH"]) == pytest.approx((float(between.low), float(between.high)))
            assert row["LEVEL"] is None


def test_subgroups_are_cox_and_miettinen_nurminen_in_each_level(analysis, people):
    for level in ("F", "M"):
        own = people.filter(pl.col("SEX") == level)
        arm = (own["TRT01P"] == EXPERIMENTAL).to_numpy()
        row = numbers(analysis.results, "PFS", SUBGROUP=f"SEX: {level}", METHOD="Cox")
        found = hazard_ratio(*times(own, "PFS"), arm)
        for name, value in (("ESTIMATE", found.estimate), ("LOW", found.low), ("HIGH", found.high)):
            assert row[name] == pytest.approx(float(value))
        rate = numbers(analysis.results, "ORR", SUBGROUP=f"SEX: {level}", METHOD="Miettinen")
        assert rate["ESTIMATE"] == pytest.approx(
            float(risk_difference(*[each[0] for each in counts(own)]).estimate)
        )
        assert row["P_TWO"] is None
        assert row["N"] == own.height


def test_every_number_has_a_method_and_says_of_how_many(analysis):
    found = analysis.results
    assert found.filter(
        (pl.col("METHOD") == "") | pl.col("N").is_null() | pl.col("EVENTS").is_null()
    ).is_empty()
    assert set(found["POPULATION"]) == {"ITTFL"}


def changed(folder, **keys):
    """Results of the toy study under another plan."""
    endpoints = keys.pop("endpoints", {})
    own = [{**each, **endpoints.get(each["name"], {})} for each in PLAN["endpoints"]]
    return analyse(folder, {**PLAN, **keys, "endpoints": own}).results


def test_the_level_the_scale_and_the_interval_are_those_of_the_plan(folder, people):
    found = changed(
        folder,
        level=0.9,
        endpoints={"ORR": {"interval": "wilson"}, "OS": {"interval": "log", "flat": "first"}},
    )
    curve = kaplan_meier(*times(people, "OS", CONTROL), 0.9, "log")
    agrees(numbers(found, "OS", ARM=CONTROL, PARAMETER="median"), quantile(curve, 0.5, "first"))
    x, n = counts(people)[:2]
    row = numbers(found, "ORR", ARM=EXPERIMENTAL, PARAMETER="response rate")
    assert row["LOW"] == pytest.approx(wilson_interval(x, n, 0.9).low[0])
    assert row["METHOD"] == "Wilson"


def test_a_margin_is_the_null_of_the_difference(folder, people):
    whole = [each[0] for each in counts(people)]
    found = changed(folder, endpoints={"ORR": {"margin": 0.1}})
    compares(numbers(found, "ORR", METHOD="Miettinen", STRATA=""), risk_difference(*whole, null=-0.1))


def test_an_endpoint_may_have_an_analysis_set_of_its_own(folder):
    found = changed(folder, endpoints={"ORR": {"population": ""}})
    assert numbers(found, "ORR", ARM=EXPERIMENTAL, PARAMETER="response rate")["N"] == 31
    assert numbers(found, "ORR", ARM=EXPERIMENTAL, PARAMETER="rate without a record")["EVENTS"] == 1
    assert numbers(found, "OS", ARM=EXPERIMENTAL, PARAMETER="median")["N"] == 30


def test_times_in_days_and_in_months_give_the_same_tests(folder):
    days = changed(folder, time_unit="day", endpoints={"PFS": {"milestones": [], "restricted_mean": 365.25}})
    months = changed(folder)
    for method in ("log-rank", "Cox", "MaxCombo"):
        one, other = (numbers(found, "PFS", METHOD=method, STRATA="") for found in (days, months))
        assert one["Z"] == pytest.approx(other["Z"], rel=1e-9)
    one, other = (
        numbers(found, "PFS", ARM=CONTROL, PARAMETER="median")["ESTIMATE"] for found in (days, months)
    )
    assert one == pytest.approx(other * MONTH)


def test_swapping_the_arms_turns_signs_and_ratios_over(folder):
    swapped = changed(folder, experimental=CONTROL, reference=EXPERIMENTAL)
    there = changed(folder)
    one, other = (numbers(found, "OS", METHOD="Cox", STRATA="") for found in (swapped, there))
    assert one["ESTIMATE"] == pytest.approx(1 / other["ESTIMATE"])
    assert one["Z"] == pytest.approx(-other["Z"])
    one, other = (numbers(found, "ORR", METHOD="Miettinen", STRATA="") for found in (swapped, there))
    assert one["ESTIMATE"] == pytest.approx(-other["ESTIMATE"])


def test_the_order_of_records_changes_nothing(folder, tmp_path):
    shuffled = {name: frame.sample(fraction=1.0, shuffle=True, seed=3) for name, frame in tables().items()}
    one = analyse(write(shuffled, tmp_path, "csv"), PLAN).results
    other = analyse(folder, PLAN).results
    for name in ("ESTIMATE", "LOW", "HIGH", "Z", "P_TWO"):
        np.testing.assert_allclose(
            one[name].to_numpy().astype(float), other[name].to_numpy().astype(float), rtol=1e-9, atol=1e-12
        )

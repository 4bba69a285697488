"""Figures of dose escalation and of baskets: what is in them is what they were given."""

from remit.report.figures import basket, dose_escalation


def escalation(**changes):
    doses = tuple(
        dose_escalation.Dose(
            label=label,
            patients=8.0,
            backfilled=filled,
            dlts=1.0,
            selected=0.4,
            selected_mcse=0.02,
            true_dlt=true,
        )
        for label, filled, true in (("100 mg", 3.0, 0.1), ("200 mg", 0.0, None))
    )
    given = {
        "id": "figure-escalation", "title": "Dose escalation", "doses": doses, "target": 0.25,
        "none_selected": 0.2, "what": "MTD", "trials": 1000,
    }  # fmt: skip
    return dose_escalation.figure(dose_escalation.Escalation(**(given | changes)))


def values(spec):
    """Every row of data in a specification."""
    return [row for rows in spec["datasets"].values() for row in rows]


def test_patients_in_cohorts_and_back_filled_add_up():
    rows = [row for row in values(escalation().spec) if "ORDER" in row]
    assert sum(row["N"] for row in rows if row["DOSE"] == "100 mg") == 8
    assert {row["WHO"] for row in rows} == {"in cohorts", "back-filled"}


def test_a_true_rate_that_is_not_known_is_not_drawn_and_the_target_is_in_the_caption():
    found = escalation()
    rates = [row for row in values(found.spec) if "RATE" in row and "DOSE" in row]
    assert [row["DOSE"] for row in rates] == ["100 mg"]
    assert "25%" in found.caption
    assert "20.0% select none" in found.caption
    assert found.n == "1,000 simulated trials"


def test_without_doses_there_is_no_escalation_figure():
    assert escalation(doses=()).spec is None


def line(name, borrowed):
    own = basket.Interval(rate=0.4, low=0.2, high=0.6)
    return basket.BasketLine(
        name=name, n=25, responders=10, p0=0.2, own=own, stopped=name == "MZL",
        borrowed=basket.Interval(rate=0.35, low=0.2, high=0.5) if borrowed else None,
    )  # fmt: skip


def forest(borrowed):
    lines = tuple(line(name, borrowed) for name in ("MCL", "MZL"))
    given = {"id": "figure-baskets", "title": "Baskets", "lines": lines, "kind": "simulated"}
    return basket.figure(basket.BasketForest(intervals="Exact 95% intervals.", **given))


def test_without_borrowing_only_own_intervals_are_drawn_and_named():
    for borrowed, kinds in ((False, {"on its own"}), (True, {"on its own", "with borrowing"})):
        found = forest(borrowed)
        rows = [row for row in values(found.spec) if "KIND" in row]
        assert {row["KIND"] for row in rows} == kinds
        assert ("borrow" in found.caption) is borrowed
        assert "Stopped early: MZL." in found.caption
        assert found.n == "MCL: 10 of 25; MZL: 10 of 25"

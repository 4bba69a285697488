"""Two-stage trials on the calendar against the exact probabilities of Simon (1989).

Tolerance: four Monte Carlo standard errors. The designs are those of his table 1, which
``tests/reference/stats/test_stats_simon_1989.py`` holds.
"""

import numpy as np
import pytest

from remit.stats.planning.requirement import Requirement
from remit.stats.planning.simon import characteristics
from remit.trial.designs import simon
from remit.trial.response_status import ResponseStatus
from remit.trial.two_stage import Interim, conduct, operating_characteristics

TRIALS = 20_000
PRINTED = {(0.3, 0.5): (5, 15, 18, 46, 23.6), (0.1, 0.3): (1, 10, 5, 29, 15.0)}


def trials(p, params, waiting):
    rng = np.random.default_rng(4)
    shape = (TRIALS, params.n)
    # One patient in twenty is not evaluable and so no responder, whatever would have been.
    responds = (rng.random(shape) < p / 0.95) & (rng.random(shape) < 0.95)
    response = np.where(responds, rng.choice([56.0, 112.0], shape), np.inf)
    status = ResponseStatus(response, np.minimum(response, 168.0))
    days = np.cumsum(rng.exponential(10.0, shape), axis=1)
    return conduct(status, days, params, Interim(waiting=waiting))


@pytest.mark.statistical
@pytest.mark.parametrize("waiting", ["suspend", "go on"])
@pytest.mark.parametrize("pair", PRINTED)
@pytest.mark.parametrize("which", [0, 1])
def test_stopping_rejecting_and_patients_are_those_of_the_exact_design(pair, which, waiting):
    params = simon.planned(*pair, Requirement(0.05, 0.8))
    assert (params.r1, params.n1, params.r, params.n) == PRINTED[pair][:4]
    p = pair[which]
    done = trials(p, params, waiting)
    exact = characteristics(params.design, p)
    found = {row["MEASURE"]: row for row in operating_characteristics(done).iter_rows(named=True)}
    counted = done["N"] - done["OVERRUN"]
    error = float(counted.std() / np.sqrt(TRIALS))
    assert abs(float(counted.mean()) - float(exact.expected_patients)) < 4 * error
    if which == 0:
        assert float(exact.expected_patients) == pytest.approx(PRINTED[pair][4], abs=0.05)
    for measure, value in (
        ("probability of stopping after the first stage", exact.early_stop),
        ("probability of rejecting p0", exact.interest),
        ("mean unbiased response rate", p),
    ):
        row = found[measure]
        assert abs(row["VALUE"] - float(value)) < 4 * row["MCSE"]
    biased = found["mean observed response rate"]
    assert biased["VALUE"] + 4 * biased["MCSE"] < p or pair[which] == pair[1]


@pytest.mark.statistical
def test_enrolment_that_goes_on_is_faster_and_treats_more():
    params = simon.planned(0.3, 0.5, Requirement(0.05, 0.8))
    suspended, ongoing = (trials(0.3, params, waiting) for waiting in ("suspend", "go on"))
    assert (suspended["OVERRUN"] == 0).all()
    assert ongoing["OVERRUN"].mean() > 5
    assert ongoing["ENDDAY"].mean() < suspended["ENDDAY"].mean()
    assert ongoing["REJECT"].equals(suspended["REJECT"])

"""Etas and residual errors: their moments within Monte Carlo error, and what they depend on."""

import numpy as np
import polars as pl
import pytest

import remit

VALUES = {"CL": 1.0, "V": 10.0}
N = 4000


def data(n=N):
    rows = [row for i in range(n) for row in ((i, 0.0, 1, 100.0), (i, 1.0, 0, 0.0), (i, 2.0, 0, 0.0))]
    return pl.DataFrame(rows, schema=["ID", "TIME", "EVID", "AMT"], orient="row")


def omega(**entries):
    return pl.DataFrame(entries)


@pytest.mark.statistical
def test_etas_have_the_covariances_of_the_matrix():
    matrix = np.array([[0.09, 0.03], [0.03, 0.04]])
    variability = remit.Variability(omega=omega(CL=matrix[:, 0], V=matrix[:, 1]), seed=3)
    found = remit.simulate_events(data(), "one_compartment", VALUES, variability=variability)
    etas = found.filter(pl.col("TIME").cast(float) == 0).select("ETA_CL", "ETA_V").to_numpy()
    # Standard error of a covariance of normals: sqrt((s11 s22 + s12^2) / n); five of them.
    variances = np.diag(matrix)
    error = np.sqrt((np.outer(variances, variances) + matrix**2) / N)
    assert (np.abs(np.cov(etas.T) - matrix) < 5 * error).all()
    assert (np.abs(etas.mean(axis=0)) < 5 * np.sqrt(variances / N)).all()


@pytest.mark.statistical
@pytest.mark.parametrize("error", [{"proportional": 0.2}, {"additive": 0.5}, {"exponential": 0.3}])
def test_residual_errors_have_their_spread(error):
    variability = remit.Variability(error=error, seed=5)
    found = remit.simulate_events(data(), "one_compartment", VALUES, variability=variability)
    seen = found.filter(pl.col("EVID").cast(int) == 0)
    y, cp = seen["Y"].to_numpy(), seen["CP"].to_numpy()
    ((kind, sd),) = error.items()
    drawn = {"proportional": y / cp - 1, "additive": y - cp, "exponential": np.log(y / cp)}[kind]
    n = len(drawn)
    assert abs(drawn.std(ddof=1) - sd) < 5 * sd / np.sqrt(2 * n)
    assert abs(drawn.mean()) < 5 * sd / np.sqrt(n)
    lag = np.corrcoef(drawn[::2], drawn[1::2])[0, 1]
    assert abs(lag) < 5 / np.sqrt(n / 2)
    assert found.filter(pl.col("EVID").cast(int) == 1)["Y"].null_count() == N


def test_an_eta_is_that_of_its_subject_parameter_and_replicate_alone():
    few, many = data(5), data(9)
    one = remit.Variability(omega=omega(CL=[0.09]), seed=2)
    both = remit.Variability(omega=omega(V=[0.04, 0.0], CL=[0.0, 0.09]), seed=2, replicates=3)
    a = remit.simulate_events(few, "one_compartment", VALUES, variability=one)
    b = remit.simulate_events(many, "one_compartment", VALUES, variability=both)
    assert b.filter(pl.col("REP") == 1)["ETA_CL"].head(15).to_list() == a["ETA_CL"].to_list()
    assert b.filter(pl.col("REP") == 2)["ETA_CL"].head(15).to_list() != a["ETA_CL"].to_list()


def test_parameters_are_typical_values_times_the_exponential_of_eta():
    variability = remit.Variability(omega=omega(CL=[0.09]), seed=2)
    found = remit.simulate_events(data(3), "one_compartment", VALUES, variability=variability)
    clearance = np.exp(found["ETA_CL"].to_numpy())
    time = found["TIME"].cast(float).to_numpy()
    np.testing.assert_allclose(found["CP"].to_numpy(), 10 * np.exp(-clearance / 10 * time), rtol=1e-13)


def test_bioavailability_may_vary_between_subjects():
    variability = remit.Variability(omega=omega(F1=[0.25]), seed=2)
    found = remit.simulate_events(data(3), "one_compartment", VALUES, variability=variability)
    first = found.filter(pl.col("EVID").cast(int) == 1)
    np.testing.assert_allclose(first["CP"].to_numpy(), 10 * np.exp(first["ETA_F1"].to_numpy()), rtol=1e-14)


def test_additive_and_proportional_errors_add_up():
    both = remit.Variability(error={"additive": 0.5, "proportional": 0.1}, seed=9)
    frames = {
        key: remit.simulate_events(
            data(4), "one_compartment", VALUES, variability=remit.Variability(error={key: sd}, seed=9)
        )
        for key, sd in both.error.items()
    }
    found = remit.simulate_events(data(4), "one_compartment", VALUES, variability=both)
    parts = sum((frame["Y"] - frame["CP"]).to_numpy() for frame in frames.values())
    np.testing.assert_allclose((found["Y"] - found["CP"]).to_numpy(), parts, rtol=1e-12)

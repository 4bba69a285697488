"""NONMEM event records: the doses that patients took, their parameters, and the concentrations they lead to.

One subject's records are those of ADVAN4 TRANS4: doses into the depot, repeated by ADDL and II, observations
of the central compartment, and the subject's own KA, CL, V2, Q and V3. Time is in days, amounts are in nmol
of drug as they reach the depot, concentrations in nmol/L. ``remit events FILE --model two_compartment_oral``
reads the file back and gives the same concentrations, which the full model computed.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from remit import model
from remit.dosing import Floats, no_doses
from remit.interop.simulation import Simulation
from remit.solve import KernelBlock, compile_kernel

RTOL = 1e-10
"""Tolerance of the concentrations, far below what is compared."""
DAYS, EVERY, LATER = 42.0, 0.25, 7.0
"""Observations: every quarter of a day for six weeks, in which regimens rise, then once a week."""
AFTER = 7.0
"""Days after the last dose up to which there are observations."""
PARAMETERS = {"KA": "ka", "CL": "CL", "V2": "Vc", "Q": "Q", "V3": "Vp"}
"""Names of ADVAN4 TRANS4, and the parameters of the model that they are."""
COLUMNS = ("ID", "TIME", "EVID", "MDV", "CMT", "AMT", "II", "ADDL", "DV", *PARAMETERS, "SUBJECT")
CONCENTRATION = tuple(model.OBSERVABLES).index("bcl2i_concentration")


def write(simulations: Sequence[Simulation], path: Path) -> Path:
    """Write patients as one data set, numbered in order, with their titles in the column SUBJECT.

    Parameters
    ----------
    simulations
        Patients of the therapeutic model who enter without BCL2 inhibitor in their body.
    path
        The file to write.
    """
    frames = [records(simulation).with_columns(ID=i) for i, simulation in enumerate(simulations, 1)]
    pl.concat(frames).select(COLUMNS).write_csv(path, null_value=".")
    return path


def records(simulation: Simulation) -> pl.DataFrame:
    """The event records of one patient, in order of time, an observation before a dose at the same time."""
    doses = [each for each in simulation.given if each.state == model.DOSED["bcl2i"]]
    given = pl.DataFrame(
        {
            "TIME": [each.time for each in doses],
            "AMT": [each.amount for each in doses],
            "II": [each.interval if each.count > 1 else 0.0 for each in doses],
            "ADDL": [each.count - 1 for each in doses],
        },
        schema={"TIME": pl.Float64, "AMT": pl.Float64, "II": pl.Float64, "ADDL": pl.Int64},
    ).with_columns(EVID=1, MDV=1, CMT=1)
    last = max((each.time + (each.count - 1) * each.interval for each in doses), default=0.0)
    times = observation_times(last + AFTER)
    seen = pl.DataFrame({"TIME": times, "DV": concentrations(simulation, times)})
    seen = seen.with_columns(EVID=0, MDV=0, CMT=2)
    together = pl.concat([seen, given], how="diagonal").sort("TIME", maintain_order=True)
    values = {name: simulation.values[f"bcl2i.{ours}"] for name, ours in PARAMETERS.items()}
    return together.with_columns(
        *(pl.lit(value).alias(name) for name, value in values.items()),
        SUBJECT=pl.lit(simulation.title.replace(",", ";")),
    )


def observation_times(until: float) -> Floats:
    """Times of observations up to a time [day]."""
    often = np.arange(0.0, min(DAYS, until) + EVERY / 2, EVERY)
    return np.concatenate([often, np.arange(DAYS + LATER, until + LATER / 2, LATER)])


def concentrations(simulation: Simulation, times: Floats) -> Floats:
    """Concentrations of the BCL2 inhibitor in the full model [nmol/L], shape (n_times,)."""
    equations = simulation.equations
    block = KernelBlock(
        compile_kernel(equations),
        np.array([[simulation.values[name] for name in equations.parameters]]),
        np.array([[simulation.state[name] for name in equations.states]]),
        np.array([simulation.thresholds or [0.0] * len(equations.groups)]),
        rtol=RTOL,
    )
    doses = simulation.doses or no_doses(1)
    return block.advance(np.array([times[-1]]), doses, times[None])[0, :, CONCENTRATION]

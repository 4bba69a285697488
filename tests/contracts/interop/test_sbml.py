"""What an SBML file promises: the same course in another simulator, units that agree, names that are found.

The other simulator is libroadrunner (Apache-2.0), which compiles the file itself and integrates with CVODE.
"""

import os
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from roadrunner import RoadRunner

import remit
from remit.dosing import DoseRecords, constant_input, daily_doses, no_doses, together
from remit.errors import InputError
from remit.functions import exp, free_ligand, log, maximum, power, where
from remit.interop import sbml
from remit.interop.patients import typical_patient
from remit.interop.sbml.units import KINDS
from remit.interop.simulation import Declared, Simulation
from remit.solve import Equations, KernelBlock, compile_kernel
from remit.units import Quantity

TIGHT = 1e-9
"""Relative tolerance of both simulators; the absolute one is this times the level of a state."""
CLOSE = 1e-5


def rates(y, p):
    """Every function that equations may call, in a model of three states."""
    drug, target, cells = y
    free = free_ligand(p["ligand"] * exp(-drug), (target, p["decoy"]), (p["K"], p["K_decoy"]))
    effect = power(free, p["hill"]) / (1 + power(free, p["hill"]))
    return (
        -p["loss"] * drug,
        where(drug - 1, p["made"], 2 * p["made"]) - p["loss"] * target,
        (p["growth"] * log(1 + p["capacity"] / (1 + cells)) - maximum(effect, 0.1) * p["kill"]) * cells,
    )


def observe(y, p):
    return y[0] / p["loss"], y[2], exp(-y[0])


SMALL = Equations(
    name="all functions",
    states=("drug", "target", "cells"),
    parameters=(*("ligand", "decoy", "K", "K_decoy", "hill", "loss", "made", "growth", "capacity", "kill"),),
    observables=("drug/loss", "cells", "left"),
    rates=rates,
    observe=observe,
    levels=(1e-3, 1e-3, 1.0),
    groups=(("cells",),),
)
VALUES = dict(zip(SMALL.parameters, (3.0, 2.0, 0.1, 5.0, 2.3, 0.7, 1.5, 0.05, 1e9, 2.9), strict=True))
STATE = {"drug": 0.0, "target": 2.0, "cells": 1e8}


def small(doses: DoseRecords | None = None, **changes: object) -> Simulation:
    given = {"equations": SMALL, "values": VALUES, "state": STATE, "doses": doses}
    return Simulation(**{**given, **changes})


def one(*columns: float) -> DoseRecords:
    """A record: time, amount, state, duration, interval, additional."""
    time, amount, state, duration, interval, additional = (np.array([[each]]) for each in columns)
    return DoseRecords(time, amount, state.astype(np.int64), duration, interval, additional.astype(np.int64))


def every_kind_of_dose() -> DoseRecords:
    """A bolus, a repeated one, an infusion, a repeated infusion, two doses at once, one at time zero."""
    return together(
        one(0.0, 2.0, 0, 0.0, 0.0, 0),
        one(0.5, 1.0, 0, 0.0, 1.5, 3),
        one(2.0, 0.7, 1, 0.0, 0.0, 0),
        one(2.0, 1.2, 0, 0.0, 0.0, 0),
        constant_input(np.array([1.0]), np.array([4.0]), np.array([0.8]), 0),
        one(6.0, 1.0, 1, 0.25, 1.0, 2),
    )


def in_remit(simulation: Simulation, times: np.ndarray) -> np.ndarray:
    """Observables (n_times, n_observables)."""
    model = simulation.equations
    thresholds = simulation.thresholds or (0.0,) * len(model.groups)
    block = KernelBlock(
        compile_kernel(model),
        np.array([[simulation.values[name] for name in model.parameters]]),
        np.array([[simulation.state[name] for name in model.states]]),
        np.array([thresholds]).reshape(1, -1),
        rtol=TIGHT,
    )
    seen = block.advance(times[-1:], simulation.doses or no_doses(1), times[None])[0]
    assert block.status[0] == 0
    return seen


def in_roadrunner(simulation: Simulation, times: np.ndarray) -> np.ndarray:
    """The same, computed by libroadrunner from the file."""
    model = simulation.equations
    simulator = RoadRunner(sbml.text(simulation))
    names = sbml.identifiers(model).observables
    simulator.timeCourseSelections = [names[each] for each in model.observables]
    simulator.integrator.setValue("relative_tolerance", TIGHT)
    simulator.integrator.setValue("absolute_tolerance", (TIGHT * np.array(model.levels)).tolist())
    return np.asarray(simulator.simulate(times=[0.0, *times]))[1:]


def worst(found: np.ndarray, expected: np.ndarray, floor: float | np.ndarray) -> float:
    """Largest difference, relative to the value or to a floor."""
    return float((np.abs(found - expected) / np.maximum(np.abs(expected), floor)).max())


TIMES = np.arange(0.13, 9.0, 0.21)


def test_every_function_and_every_kind_of_dose_is_simulated_alike():
    simulation = small(every_kind_of_dose())
    assert worst(in_roadrunner(simulation, TIMES), in_remit(simulation, TIMES), 1e-6) < CLOSE


@pytest.mark.parametrize(
    ("duration", "interval"),
    [(2.5, 1.0), (2.0, 1.0), (2.1, 0.7), (0.9, 0.3)],
    ids=["two or three at once", "each end at a begin", "at rounded times", "of short ones"],
)
def test_inputs_that_begin_again_before_they_end_are_simulated_alike(duration, interval):
    doses = together(one(0.0, 2.0, 0, duration, interval, 4), one(1.3, 1.5, 1, duration, interval, 3))
    simulation = small(doses)
    assert worst(in_roadrunner(simulation, TIMES), in_remit(simulation, TIMES), 1e-6) < CLOSE


def test_an_input_that_ends_too_early_would_be_noticed():
    expected = in_remit(small(one(0.0, 2.0, 0, 2.5, 1.0, 4)), TIMES)
    wrong = together(one(0.0, 2.0, 0, 2.5, 1.0, 3), one(4.0, 2.0, 0, 2.45, 0.0, 0))
    assert worst(in_roadrunner(small(wrong), TIMES), expected, 1e-6) > CLOSE


def test_a_wrong_dose_would_be_noticed():
    expected = in_remit(small(every_kind_of_dose()), TIMES)
    wrong = replace(every_kind_of_dose(), amount=every_kind_of_dose().amount * 1.001)
    assert worst(in_roadrunner(small(wrong), TIMES), expected, 1e-6) > CLOSE


def test_states_die_out_together():
    simulation = small(every_kind_of_dose(), thresholds=(5e7,))
    cells = in_roadrunner(simulation, TIMES)[:, 1]
    assert in_remit(simulation, TIMES)[-1, 1] == cells[-1] == 0.0
    assert (np.diff(cells == 0.0) >= 0).all()


@pytest.mark.parametrize(
    ("arm", "days"),
    [
        ("mesutoclax", 60.0),
        pytest.param("venetoclax", 365.0, marks=pytest.mark.full),
    ],
)
def test_daily_doses_of_the_full_model_are_the_same(arm, days):
    """Cells that are below their threshold count as none: remit looks at doses only, a file at any time."""
    simulation = typical_patient(remit.load_study("mcl_btki_treated"), arm)
    times = np.arange(0.4, days, 5.3)
    expected, found = in_remit(simulation, times), in_roadrunner(simulation, times)
    units = np.array([simulation.declared.observables[each] for each in simulation.equations.observables])
    floor = np.where(units == "cells", 1e3, 1e-6)
    far = np.abs(found - expected) / np.maximum(np.abs(expected), floor)
    below = (units == "cells") & (expected < 2.0) & (found < 2.0)
    assert np.where(below, 0.0, far).max() < CLOSE
    course = dict(zip(simulation.equations.observables, expected.T, strict=True))
    assert course["blood_tumour"].max() > 5 * course["blood_tumour"].min()
    assert min(np.ptp(course[name]) for name in ("neutrophils", "platelets", "urate")) > 1e-4


def test_the_file_says_what_it_is_and_gives_every_value_its_unit():
    simulation = typical_patient(remit.load_study("mcl_btki_treated"))
    text = sbml.text(simulation)
    assert "Simulated; not clinical evidence." in text
    assert "equivalents of venetoclax" in text
    space = "{http://www.sbml.org/sbml/level3/version1/core}"
    root = ElementTree.fromstring(text)  # noqa: S314 - our own
    parameters = root.findall(f".//{space}parameter")
    assert len(parameters) > 200
    defined = (
        {each.get("id") for each in root.iter(f"{space}unitDefinition")}
        | set(KINDS.values())
        | {"dimensionless"}
    )
    assert {each.get("units") for each in parameters} <= defined
    rules = root.findall(f".//{space}assignmentRule")
    assert sum("step" in str(each.get("variable")) for each in rules) > 50
    assert root.findall(f".//{space}event")


def test_an_exponent_has_no_unit_of_its_base():
    model = replace(
        SMALL,
        rates=lambda y, p: (-p["loss"] * power(y[0], 2.3), 0 * y[1], 0 * y[2]),
        observe=lambda y, p: (y[0], y[1], y[2]),
    )
    declared = Declared(states={"drug": "nmol/L", "target": "nmol/L", "cells": "cells"})
    root = ElementTree.fromstring(sbml.text(small(equations=model, declared=declared)))  # noqa: S314 - our own
    space = "{http://www.w3.org/1998/Math/MathML}"
    (exponent,) = (each for each in root.iter(f"{space}cn") if each.text == "2.3")
    assert exponent.get("{http://www.sbml.org/sbml/level3/version1/core}units") in (None, "dimensionless")


WRITE = """
import remit
from remit.interop import sbml
from remit.interop.patients import typical_patient
print(sbml.text(typical_patient(remit.load_study("mcl_btki_treated"))), end="")
"""


def test_the_same_simulation_gives_the_same_text_whatever_the_hash_seed():
    found = [
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{WRITE}"],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1] == sbml.text(typical_patient(remit.load_study("mcl_btki_treated")))


def test_everything_that_does_not_fit_is_said_at_once():
    with pytest.raises(InputError) as caught:
        small(
            daily_doses(np.zeros(2), np.ones(2), np.ones(2), 0),
            values={**VALUES, "K": np.nan, "other": 1.0},
            state={"drug": 0.0, "target": 0.0},
            thresholds=(1.0, 2.0),
        )
    where_found = [finding.where for finding in caught.value.findings]
    assert where_found == [
        "parameters: K",
        "parameters: other",
        "state: cells",
        "model all functions: thresholds",
        "model all functions: doses",
    ]


def test_a_unit_that_cannot_be_understood_is_refused():
    declared = Declared(states={"drug": "spoons"}, parameters={"K": Quantity("nmol/L", meaning="affinity")})
    with pytest.raises(InputError, match="spoons"):
        sbml.text(small(declared=declared))

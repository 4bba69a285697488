"""remit's own model, every state of it, under two drugs daily for two years, from balanced untreated growth.

Nothing dies out here: at a threshold a difference of rounding would decide. Time is in days.
"""

import numpy as np

import remit
from benchmarks.models import Workload
from remit import model
from remit.dosing import DoseRecords, Floats, daily_doses, together
from remit.population import PopulationSpec
from remit.population.sample import sample_candidates, untreated_state
from remit.run.courses import kernel
from remit.run.simulate import drawn_setting

STUDY, ARM, SCENARIO = "mcl_btki_treated", "venetoclax", "reference/ki_shift"
DAYS = 730.0
N_OUTPUTS = 200
NODE = ("node_S", "node_V", "node_B", "node_D")
STATES = list(model.STATES)


def records(spec: PopulationSpec, ramp: tuple[tuple[float, float], ...]) -> DoseRecords:
    """The BCL2 inhibitor with its ramp-up (fraction, days), and the earlier BTK inhibitor; one row."""
    full = spec["pharmacy.full_dose"]
    courses: list[tuple[str, float, float, float]] = []
    start = 0.0
    for fraction, days in ramp:
        courses.append(("bcl2i", start, start + days, fraction * full))
        start += days
    courses += [("bcl2i", start, DAYS, full), ("btki", 0.0, DAYS, spec["history.daily_dose"])]
    return together(
        *(
            daily_doses(*(np.array([each]) for each in course), STATES.index(model.DOSED[drug]))
            for drug, *course in courses
        )
    )


def setting() -> tuple[PopulationSpec, tuple[tuple[float, float], ...]]:
    """What patients are drawn from, and the ramp-up of the arm."""
    study = remit.load_study(STUDY)
    chosen = drawn_setting(study, study.scenario(ARM, SCENARIO), 1, 0, 1)
    schedule = chosen.main.schedule
    return chosen.spec, tuple((each.fraction, each.days) for each in schedule.periods[: schedule.n_ramp])


def sample(n: int, seed: int, spec: PopulationSpec) -> tuple[Floats, Floats]:
    """Parameters and untreated states of patients."""
    patients = sample_candidates(seed, 0, np.arange(n), spec)
    return patients.parameters, untreated_state(patients)


def workload(n: int, seed: int = 1) -> Workload:
    """Patients of the model over two years."""
    spec, ramp = setting()
    parameters, state = sample(n, seed, spec)
    return Workload(
        title=f"remit's own model, {len(STATES)} states",
        equations=kernel().equations,
        parameters=parameters,
        state=state,
        records=records(spec, ramp),
        outputs=(np.arange(N_OUTPUTS) + 0.5) * DAYS / N_OUTPUTS,
        end=DAYS,
        burdens=(NODE, ("blood_tumour",), ("marrow_tumour",)),
        counts=("neutrophils", "platelets"),
        floor=1.0,
        unit="patient over 2 years",
    )

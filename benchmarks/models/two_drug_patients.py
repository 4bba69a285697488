"""Patients of the two-drug model in untreated balance, and two years of daily doses. Time is in hours."""

from collections.abc import Mapping

import numpy as np

from benchmarks.models import Workload
from benchmarks.models.two_drug_values import MOST, PARAMETERS, TYPICAL
from benchmarks.models.two_drugs import CHAIN, EQUATIONS, LINEAGES, SITES, STATES, killing
from remit.dosing import DoseRecords, Floats, daily_doses, together

DAY = 24.0
DAYS = 730
N_OUTPUTS = 200
RAMP = (20.0, 50.0, 100.0, 200.0)
"""Doses of the first weeks [mg]; then ``TARGET``."""
TARGET, SECOND = 400.0, 150.0
"""Daily doses [mg] of the BCL2 inhibitor, drug a, and of the BTK inhibitor, drug b."""
RELEASED = ("urate", "potassium")
MOST_RELEASED = 0.9
"""Share of turnover that untreated cells release at most; beyond one, less than nothing would be made."""


def sample(n: int, seed: int) -> tuple[Floats, Floats]:
    """Parameters (n, n_parameters) and the balanced untreated states (n, n_states) of patients."""
    generator = np.random.default_rng(seed)
    p: dict[str, Floats] = {}
    for name, (typical, cv) in TYPICAL.items():
        drawn = typical * np.exp(np.sqrt(np.log1p(cv * cv)) * generator.standard_normal(n))
        p[name] = np.minimum(drawn, MOST.get(name, np.inf))
    y = dict.fromkeys(STATES, np.zeros(n)) | untreated(p)
    for name in RELEASED:
        most = MOST_RELEASED * p[f"{name}_start"] / killed_untreated(y, p)
        p[f"{name}_release"] = np.minimum(p[f"{name}_release"], most)
    p |= balance(y, p)
    return np.stack([p[name] for name in PARAMETERS], axis=1), np.stack([y[name] for name in STATES], axis=1)


def untreated(p: Mapping[str, Floats]) -> dict[str, Floats]:
    """The states that are not zero before the first dose."""
    one = np.ones_like(p["capacity"])
    bim, active = p["bim_start"], p["bax_on"] * p["bim_start"]
    bax = active * p["bax_total"] / (active + p["bax_off"])
    y = {
        "btk_free": one,
        "bcl2": p["bcl2_start"],
        "bim": bim,
        "mcl1": p["mcl1_start"],
        "bcl2_bim": p["bcl2_on"] * p["bcl2_start"] * bim / (p["bcl2_off"] + p["bcl2_bim_loss"]),
        "mcl1_bim": p["mcl1_on"] * p["mcl1_start"] * bim / (p["mcl1_off"] + p["mcl1_bim_loss"]),
        "bax": bax,
        "effector": bax**2 / (p["effector_half"] ** 2 + bax**2),
        "urate": p["urate_start"],
        "potassium": p["potassium_start"],
    }
    for site, cells_there in zip(SITES, (p["blood_share"], one, p["marrow_share"]), strict=True):
        y[f"sensitive_{site}"] = cells_there
        y[f"resistant_{site}"] = p["resistant_share"] * cells_there
    for name in LINEAGES:
        y |= {f"{name}_{each}": p[f"{name}_start"] for each in CHAIN}
    return y


def balance(y: Mapping[str, Floats], p: Mapping[str, Floats]) -> dict[str, Floats]:
    """The derived parameters."""
    found = {
        "btk_made": p["btk_loss"],
        "bcl2_made": p["bcl2_loss"] * y["bcl2"] + p["bcl2_bim_loss"] * y["bcl2_bim"],
        "mcl1_made": p["mcl1_loss"] * y["mcl1"] + p["mcl1_bim_loss"] * y["mcl1_bim"],
        "bim_made": p["bim_loss"] * y["bim"]
        + p["bcl2_bim_loss"] * y["bcl2_bim"]
        + p["mcl1_bim_loss"] * y["mcl1_bim"],
        "kill_untreated": killing(y, p),
    }
    killed = killed_untreated(y, p)
    for name in RELEASED:
        found[f"{name}_made"] = p[f"{name}_rate"] * (p[f"{name}_start"] - p[f"{name}_release"] * killed)
    return found


def killed_untreated(y: Mapping[str, Floats], p: Mapping[str, Floats]) -> Floats:
    """Cells that die of the effector without treatment, per hour."""
    exposed = (
        y["sensitive_blood"] + p["kill_node"] * y["sensitive_node"] + p["kill_marrow"] * y["sensitive_marrow"]
    )
    return killing(y, p) * exposed * (1 + p["resistant_share"] * p["kill_resistant"])


def records() -> DoseRecords:
    """Both drugs daily for two years, the BCL2 inhibitor with a weekly ramp; one row."""
    edges = [*(7 * DAY * week for week in range(len(RAMP) + 1)), DAYS * DAY]
    steps = zip(edges[:-1], edges[1:], (*RAMP, TARGET), strict=True)
    courses = [("a_depot", *step) for step in steps] + [("b_depot", 0.0, DAYS * DAY, SECOND)]
    return together(
        *(
            daily_doses(
                *(np.array([each]) for each in (start, end, amount)), STATES.index(state), interval=DAY
            )
            for state, start, end, amount in courses
        )
    )


def workload(n: int, seed: int = 1) -> Workload:
    """Patients of the model over two years."""
    parameters, state = sample(n, seed)
    end = DAYS * DAY
    return Workload(
        title="two-drug model, 36 states",
        equations=EQUATIONS,
        parameters=parameters,
        state=state,
        records=records(),
        outputs=(np.arange(N_OUTPUTS) + 0.5) * end / N_OUTPUTS,
        end=end,
        burdens=(("blood_burden",), ("total_burden",)),
        counts=LINEAGES,
        floor=1e-9,
        unit="patient over 2 years",
    )

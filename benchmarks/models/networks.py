"""Stiff sparse mass-action networks of any size: synthesis, loss, conversion along a chain, fast binding.

Every species is lost at a rate of its own and converts into the next; each third binds two neighbours in
a fast reversible reaction. All reactions are local, so that fill in the factors grows in proportion to
size. Rates span five decades. Time is in hours; the first species receives a daily bolus.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.models import Workload
from remit.dosing import Floats, daily_doses
from remit.solve import Equations

DAY = 24.0
DAYS = 60
N_OUTPUTS = 40
DOSE = 50.0
LEVEL = 1e-3
CV = 0.3
SPREAD = np.sqrt(np.log1p(CV * CV))

RANGES = {
    "made": (0.01, 0.5),
    "lost": (0.01, 0.2),
    "passed": (0.02, 2.0),
    "on": (1.0, 30.0),
    "off": (10.0, 1000.0),
}
"""Smallest and largest typical rate of each kind, log-uniform [1/h, or per unit of amount]."""


def bindings(n: int) -> list[tuple[int, int, int]]:
    """Species that bind, and the complex they form."""
    return [(k, k + 1, k + 2) for k in range(1, n - 2, 3)]


def equations(n: int) -> Equations:
    """The network of ``n`` species; all of them are observed."""
    states = tuple(f"x{i}" for i in range(n))
    reactions = bindings(n)
    parameters = (
        *(f"made_{i}" for i in range(1, n)),
        *(f"lost_{i}" for i in range(n)),
        *(f"passed_{i}" for i in range(n - 1)),
        *(f"{kind}_{k}" for k in range(len(reactions)) for kind in ("on", "off")),
    )

    def rates(y: tuple[Any, ...], p: Mapping[str, Any]) -> tuple[Any, ...]:
        found = [-p["lost_0"] * y[0], *(p[f"made_{i}"] - p[f"lost_{i}"] * y[i] for i in range(1, n))]
        for i, j in pairwise(range(n)):
            flow = p[f"passed_{i}"] * y[i]
            found[i], found[j] = found[i] - flow, found[j] + flow
        for k, (i, j, bound) in enumerate(reactions):
            flow = p[f"on_{k}"] * y[i] * y[j] - p[f"off_{k}"] * y[bound]
            found[i], found[j], found[bound] = found[i] - flow, found[j] - flow, found[bound] + flow
        return tuple(found)

    def observe(y: tuple[Any, ...], p: Mapping[str, Any]) -> tuple[Any, ...]:
        del p
        return y

    return Equations(f"network_{n}", states, parameters, states, rates, observe, (LEVEL,) * n)


def sample(names: tuple[str, ...], patients: int, seed: int) -> Floats:
    """Parameters (n_patients, n_parameters): typical values of the network, log-normal between patients."""
    generator = np.random.default_rng([seed, len(names)])
    low, high = np.log(np.array([RANGES[name.partition("_")[0]] for name in names]).T)
    typical = low + (high - low) * generator.random(len(names))
    return np.exp(typical + SPREAD * generator.standard_normal((patients, len(names))))


def workload(states: int, n: int, seed: int = 1) -> Workload:
    """Patients of the network of a size over sixty days."""
    model = equations(states)
    end = DAYS * DAY
    everything = (np.array([0.0]), np.array([end]), np.array([DOSE]))
    return Workload(
        title=f"network of {states} states",
        equations=model,
        parameters=sample(model.parameters, n, seed),
        state=np.full((n, states), 0.1),
        records=daily_doses(*everything, 0, interval=DAY),
        outputs=(np.arange(N_OUTPUTS) + 0.5) * end / N_OUTPUTS,
        end=end,
        burdens=tuple((name,) for name in model.observables),
        counts=(),
        floor=LEVEL,
        unit="patient over 60 days",
    )

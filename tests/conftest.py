"""Settings that hold for every test, and patients of the full model that several folders use."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from remit import load_study, model
from remit.dosing import Floats
from remit.population import PopulationSpec
from remit.run.courses import kernel, population_spec
from remit.solve import KernelBlock, ReferenceBlock

# The same examples every time: a failure seen once is there for the next reader.
settings.register_profile("remit", deadline=None, derandomize=True, max_examples=60, database=None)
settings.load_profile("remit")

Solve = Callable[..., KernelBlock | ReferenceBlock]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the source tree."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def typical() -> Mapping[str, float]:
    """Values of a typical patient of the shipped study, by parameter of the model."""
    study = load_study("mcl_btki_treated")
    values = study.values("venetoclax", "reference/ki_shift")
    return {name: values[name].value for name in model.PARAMETERS}


def kernel_block(parameters: Floats, state: Floats, thresholds: Floats, rtol: float = 1e-8) -> KernelBlock:
    """The full model on the generated kernel."""
    return KernelBlock(kernel(), parameters, state, thresholds, rtol=rtol)


def scipy_block(parameters: Floats, state: Floats, thresholds: Floats, rtol: float = 1e-8) -> ReferenceBlock:
    """The full model on an integrator of SciPy, with the compiled right-hand side for speed."""
    rates = kernel().right_hand_side(parameters)
    return ReferenceBlock(
        kernel().equations, parameters, state, thresholds, rtol=rtol, method="LSODA", rates=rates
    )


@pytest.fixture(scope="session")
def back_ends() -> Mapping[str, Solve]:
    """Blocks of the full model by solver: functions of parameters, state, thresholds and tolerance."""
    return {"kernel": kernel_block, "scipy": scipy_block}


@pytest.fixture(params=["kernel", "scipy"])
def one_patient(request: pytest.FixtureRequest, typical: Mapping[str, float], back_ends: Mapping[str, Solve]):
    """A block of one patient, from changed values and changed state, without extinction, by each solver.

    The rest of the state is that of balanced untreated growth, with the values ``before`` if they differ.
    """

    def build(values: Mapping[str, float], state: Mapping[str, float], before=None):
        named = {**typical, **values}
        start = {**untreated(named if before is None else before), **state}
        none = np.zeros((1, len(model.EXTINCTION_GROUPS)))
        row, y = (np.array([list(each.values())], dtype=float) for each in (named, start))
        return back_ends[request.param](row, y, none)

    def untreated(named: Mapping[str, float]) -> dict[str, float]:
        y = model.baseline(1e11, (1.0, 0.0, 0.0, 0.0), 1e10, model.params(named))
        return dict(zip(model.STATES, map(float, y), strict=True))

    return build


@pytest.fixture(scope="session")
def treated() -> PopulationSpec:
    """Patients after a BTK inhibitor."""
    entries = load_study("mcl_btki_treated").values("venetoclax", "reference/ki_shift")
    return population_spec(entries, {name: each.value for name, each in entries.items()}, "stochastic")


@pytest.fixture(scope="session")
def naive() -> PopulationSpec:
    """Patients who never had one."""
    study = load_study("mcl_btki_treated")
    treated = study.values("venetoclax", "reference/ki_shift")
    entries = {name: each for name, each in treated.items() if not name.startswith("history.")}
    entries |= study.library.values("populations/mcl_btki_naive")
    return population_spec(entries, {name: each.value for name, each in entries.items()}, "stochastic")

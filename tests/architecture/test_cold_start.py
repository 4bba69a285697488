"""What a run must not load before it simulates: packages that take long and that it does not use."""

import subprocess
import sys

import pytest

from remit.run.courses import kernel

NOT_LOADED = (
    "sympy",
    "pint",
    "scipy.special",
    "scipy.stats",
    "scipy.integrate",
    "altair",
    "vl_convert",
    "jinja2",
)

STEPS = {
    "a study is opened": "study = remit.load_study('mcl_btki_treated')",
    "a run is planned": (
        "from remit.run.options import Options, plan_of\nplan = plan_of(study, Options(patients=40, draws=2))"
    ),
    "values of a draw are drawn": (
        "from remit.run.draws import typical_values\n"
        "entries = study.values('venetoclax', 'reference/ki_shift')\n"
        "values = typical_values(1, entries, draw=1, n_draws=2)"
    ),
    "the equations are evaluated": (
        "from remit import model\n"
        "y = model.baseline(1e11, (1.0, 0.0, 0.0, 0.0), 1e10, model.params(values))\n"
        "model.rates_by_name(y, values), model.observe_by_name(y, values)"
    ),
    "the population and the trial are loaded": (
        "import remit.population, remit.trial.conduct, remit.trial.response, remit.trial.endpoints"
    ),
    "what starts a run is loaded": "import remit.run.start, remit.run.execution",
    "the first patients are advanced": (
        "from remit.run.simulate import simulate\nsimulate(plan.tasks[0], study, dict)"
    ),
}
"""What a run does before its first patient is simulated, each step after those above it."""


def loaded_after(program: str) -> list[str]:
    """Which of the packages a program loads, in a new process."""
    report = f"print(' '.join(name for name in {NOT_LOADED} if name in sys.modules))"
    text = f"import sys; sys.path[:0] = {sys.path!r}\nimport remit\n{program}\n{report}"
    done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.fixture(scope="module", autouse=True)
def compiled_before() -> None:
    """The model is in the cache, as it is for every run but the first."""
    kernel()


@pytest.mark.parametrize("last", STEPS)
def test_nothing_unused_is_loaded_before_a_run_simulates(last: str) -> None:
    names = list(STEPS)
    assert loaded_after("\n".join(STEPS[name] for name in names[: names.index(last) + 1])) == []


@pytest.mark.parametrize(
    ("program", "package"),
    [
        ("from remit.units import convert; convert(1.0, 'h', 'day')", "pint"),
        ("from remit.units import is_compatible; is_compatible('h', 'day')", "pint"),
        ("from remit import symbols", "sympy"),
        ("import scipy.stats", "scipy.stats"),
    ],
)
def test_a_package_that_is_loaded_is_noticed(program: str, package: str) -> None:
    assert package in loaded_after(program)

"""diffrax (Kvaerno3, float64) on JAX: patients side by side by ``vmap``, a scan over the dose intervals."""

import importlib.util
import os
import time
from importlib import metadata
from typing import Any

import numpy as np
import sympy

from benchmarks.csource import compiled, no_compiler
from benchmarks.models import Workload, intervals
from benchmarks.peers import Prepared, Solved
from remit.solve import Equations
from remit.solve.system import trace

NAME = "diffrax Kvaerno3"
LADDER = (1e-2, 1e-3, 1e-4)
PATIENTS = 8
SHARE = 7 / 730
MOST_STEPS = 4_096
NEWTON_STEPS = 10
"""Of a free ligand: enough for round-off in these patients."""


def missing() -> str:
    """Why it cannot run."""
    here = importlib.util.find_spec("diffrax") is not None
    return no_compiler() or ("" if here else "Python package diffrax is missing")


def version() -> str:
    """Of diffrax and JAX."""
    return f"{metadata.version('diffrax')} on JAX {metadata.version('jax')}"


def right_hand_side(equations: Equations) -> Any:
    """``rates(y, q)`` in JAX, from the same traced system."""
    import jax.numpy as jnp  # noqa: PLC0415 - it may be missing
    from jax import lax  # noqa: PLC0415

    def free_ligand(total: Any, *rest: Any) -> Any:
        half = len(rest) // 2
        partners = list(zip(rest[:half], rest[half:], strict=True))

        def step(_: Any, f: Any) -> Any:
            value = f - total + sum(c * f / (k + f) for c, k in partners)
            return f - value / (1.0 + sum(c * k / (k + f) ** 2 for c, k in partners))

        return lax.fori_loop(0, NEWTON_STEPS, step, total / (1.0 + sum(c / k for c, k in partners)))

    def real_power(base: Any, exponent: Any) -> Any:
        return jnp.where(base > 0, jnp.where(base > 0, base, 1.0) ** exponent, 0.0)

    nodes = {
        "FreeLigandNode": free_ligand,
        "PowerNode": real_power,
        "WhereNode": lambda x, a, b: jnp.where(x > 0, a, b),
    }
    system = trace(equations)
    fixed = (*system.parameters, *(symbol for symbol, _ in system.constants))
    printed = sympy.lambdify([system.states, fixed], list(system.rates), modules=[nodes, "jax"], cse=True)
    return lambda y, q: jnp.stack([jnp.asarray(rate) for rate in printed(y, q)])


def prepare(workload: Workload) -> Prepared:
    """Trace and compile, for a tolerance that is an argument."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import diffrax  # noqa: PLC0415 - it may be missing
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    jax.config.update("jax_enable_x64", True)
    began = time.perf_counter()
    rates = right_hand_side(workload.equations)
    parts = list(intervals(workload))
    most = max(len(part.outputs) for part in parts)
    # Every interval has as many times to save as the one with most; the rest repeat its end.
    saved = np.array(
        [[*workload.outputs[p.outputs], *[p.end] * (most - len(p.outputs)), p.end] for p in parts]
    )
    starts, given = np.array([part.start for part in parts]), np.stack([part.given for part in parts])
    levels = jnp.asarray(workload.levels)

    def course(start: Any, q: Any, tolerance: Any) -> Any:
        controller = diffrax.PIDController(rtol=tolerance, atol=tolerance * levels)

        def through(y: Any, interval: Any) -> Any:
            t, dose, times = interval
            found = diffrax.diffeqsolve(
                diffrax.ODETerm(lambda _, state, arguments: rates(state, arguments)),
                diffrax.Kvaerno3(),
                t0=t,
                t1=times[-1],
                dt0=None,
                y0=y + dose,
                args=q,
                saveat=diffrax.SaveAt(ts=times),
                stepsize_controller=controller,
                max_steps=MOST_STEPS,
                throw=False,
            )
            return found.ys[-1], found.ys

        return jax.lax.scan(through, start, (starts, given, saved))[1]

    compiled_course = jax.jit(jax.vmap(course, in_axes=(0, 0, None)))
    constants = compiled(workload.equations).constants(workload.parameters)
    places = [(i, j, index) for i, part in enumerate(parts) for j, index in enumerate(part.outputs)]

    def run(tolerance: float) -> Solved:
        clock = time.perf_counter()
        reached = np.asarray(compiled_course(workload.state, constants, tolerance))
        seconds = time.perf_counter() - clock
        states = np.empty((workload.n_patients, len(workload.outputs), workload.state.shape[1]))
        for i, j, index in places:
            states[:, index] = reached[:, i, j]
        return Solved(seconds, workload.observed(states))

    run(LADDER[0])
    return Prepared(
        run, f"{workload.n_patients} patients by vmap, begun anew at each dose", time.perf_counter() - began
    )

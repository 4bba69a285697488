"""The compiled functions of a model: one integration step of several patients, and what goes with it.

Every function takes the address of a workspace (``remit.solve.workspace``); ``remit.solve.driver`` calls
them.
"""

from functools import partial
from types import ModuleType
from typing import Any

from llvmlite import ir

from remit.solve import control, rodas4, rodas5p
from remit.solve.program import Program
from remit.solve.translate import Programs
from remit.solve.vector import POINTER, WHOLE, Lanes, print_program
from remit.solve.workspace import Layout, layout

METHODS: tuple[ModuleType, ...] = (rodas4, rodas5p)


def layout_of(n: int, n_parameters: int, n_observables: int, found: Programs) -> Layout:
    """Workspace of a model.

    ``y`` is the state, ``y_new`` that after the step, ``given`` a constant input, ``level`` the size below
    which a state is not observed; ``u`` is the argument of ``rates`` and ``observe``, ``f`` and ``seen``
    their results, ``q`` the constants of the patient that ``prepare`` makes of the parameters ``p``, ``free``
    the free ligands at ``y``, from which those of a stage are searched.
    """
    return layout(
        {
            **dict.fromkeys(("y", "y_new", "given", "level", "u", "d", "f"), n),
            "q": found.size("q"),
            "lu": found.size("lu"),
            "free": found.size("free"),
            "stages": n * max(method.STAGES for method in METHODS),
            "seen": n_observables,
            "p": n_parameters,
        }
    )


def module_of(found: Programs, rows: Layout, width: int) -> ir.Module:
    """LLVM module of a model: ``prepare``, ``rates``, ``observe``, ``commit``, and by method one step, steps
    until something happens, and dense output (``step_rodas4``, ``run_rodas4``, ``dense_rodas4``, ...).
    """
    module = ir.Module("kernel")
    factorise = printed(module, "factorise", found.factorise, rows, width)
    rates = printed(module, "rates", found.rates, rows, width)
    printed(module, "prepare", found.prepare, rows, width)
    printed(module, "observe", found.observe, rows, width)
    substitute = printed_solver(module, found.substitute, rows, width)
    commit = add_commit(module, rows, width)
    for method in METHODS:
        step = add_step(module, method, (factorise, rates, substitute), rows, width)
        add_run(module, method, step, commit, rows, width)
        add_dense(module, method, rows, width)
    return module


def new_lanes(module: ir.Module, name: str, rows: Layout, width: int, n_arguments: int = 1) -> Lanes:
    """A new function of addresses that returns nothing."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER] * n_arguments), name)
    function.attributes.add("nounwind")
    function.attributes.add("noinline")
    return Lanes(function, width, rows)


def printed(module: ir.Module, name: str, program: Program, rows: Layout, width: int) -> ir.Function:
    """A function that computes a program on the workspace."""
    lanes = new_lanes(module, name, rows, width)
    print_program(lanes, program)
    lanes.builder.ret_void()
    return lanes.function


def printed_solver(module: ir.Module, program: Program, rows: Layout, width: int) -> ir.Function:
    """A function that solves for one stage, whose address is its second argument."""
    lanes = new_lanes(module, "substitute", {**rows, "k": (0, rows["y"][1])}, width, 2)
    lanes.bases["k"] = lanes.function.args[1]
    print_program(lanes, program)
    lanes.builder.ret_void()
    return lanes.function


def add_step(
    module: ir.Module,
    method: ModuleType,
    parts: tuple[ir.Function, ir.Function, ir.Function],
    rows: Layout,
    width: int,
) -> ir.Function:
    """One step from ``y`` of the size that is set: stages, ``y_new``, and what step size control measures."""
    factorise, rates, substitute = parts
    lanes, n = new_lanes(module, f"step_{method.NAME}", rows, width), rows["y"][1]
    builder, workspace = lanes.builder, lanes.function.args[0]
    over_size = builder.fdiv(lanes.number(1.0), lanes.load("size", 0))
    lanes.store("w", 0, builder.fmul(over_size, lanes.number(1.0 / method.GAMMA)))
    builder.call(factorise, [workspace])

    def first_stage(i: Any) -> tuple[()]:
        lanes.store("d", i, lanes.load("given", i))
        return ()

    lanes.loop(n, first_stage)
    builder.call(substitute, [workspace, lanes.address("stages", 0)])
    for stage in range(1, method.STAGES):
        lanes.loop(n, partial(prepare_stage, lanes, method, stage, over_size))
        builder.call(rates, [workspace])
        builder.call(substitute, [workspace, lanes.address("stages", stage * n)])
    control.measure(lanes, method, lambda i: builder.add(i, ir.Constant(WHOLE, (method.STAGES - 1) * n)))
    builder.ret_void()
    return lanes.function


def prepare_stage(lanes: Lanes, method: ModuleType, stage: int, over_size: Any, i: Any) -> tuple[()]:
    """Argument ``u`` of a stage, and what is added to its rates: input, and stages before over the size."""
    builder, n = lanes.builder, lanes.layout["y"][1]
    before = [lanes.load("stages", builder.add(i, ir.Constant(WHOLE, each * n))) for each in range(stage)]
    if stage < len(method.A):
        u = lanes.load("y", i)
        for a, k in zip(method.A[stage], before, strict=True):
            u = lanes.fma(lanes.number(a), k, u)
    else:
        u = builder.fadd(lanes.load("u", i), before[-1])
    total = builder.fmul(lanes.number(method.C[stage][0]), before[0])
    for c, k in zip(method.C[stage][1:], before[1:], strict=True):
        total = lanes.fma(lanes.number(c), k, total)
    lanes.store("u", i, u)
    lanes.store("d", i, lanes.fma(total, over_size, lanes.load("given", i)))
    return ()


def add_commit(module: ir.Module, rows: Layout, width: int) -> ir.Function:
    """Take the steps that are accepted."""
    lanes = new_lanes(module, "commit", rows, width)
    control.commit(lanes)
    lanes.builder.ret_void()
    return lanes.function


def add_run(
    module: ir.Module, method: ModuleType, step: ir.Function, commit: ir.Function, rows: Layout, width: int
) -> None:
    """Steps until a lane arrives at its stop, passes an observation, or fails; that step is not yet taken."""
    lanes = new_lanes(module, f"run_{method.NAME}", rows, width)
    builder, workspace = lanes.builder, lanes.function.args[0]
    again, calm, busy = (lanes.function.append_basic_block() for _ in range(3))
    builder.branch(again)
    builder.position_at_end(again)
    control.choose_size(lanes)
    builder.call(step, [workspace])
    builder.cbranch(lanes.in_any(control.judge(lanes)), busy, calm)
    builder.position_at_end(calm)
    builder.call(commit, [workspace])
    builder.branch(again)
    builder.position_at_end(busy)
    builder.ret_void()


def add_dense(module: ir.Module, method: ModuleType, rows: Layout, width: int) -> None:
    """State ``u`` at a share of the step, from the stages."""
    lanes, n = new_lanes(module, f"dense_{method.NAME}", rows, width), rows["y"][1]
    builder = lanes.builder
    x = lanes.load("share", 0)
    z = builder.fsub(lanes.number(1.0), x)

    def state(i: Any) -> tuple[()]:
        k = [
            lanes.load("stages", builder.add(i, ir.Constant(WHOLE, stage * n)))
            for stage in range(method.STAGES)
        ]
        value = lanes.number(0.0)
        for row in reversed(method.DENSE):
            term = builder.fmul(lanes.number(row[0]), k[0])
            for weight, each in zip(row[1:], k[1:], strict=True):
                term = lanes.fma(lanes.number(weight), each, term)
            value = lanes.fma(x, value, term)
        value = builder.fmul(x, lanes.fma(z, value, lanes.load("y_new", i)))
        lanes.store("u", i, lanes.fma(z, lanes.load("y", i), value))
        return ()

    lanes.loop(n, state)
    builder.ret_void()

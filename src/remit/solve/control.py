"""Step size control of every lane at once: the size of a step, its verdict, and what the driver must see to.

Emitted code; the rows it reads and writes are named in ``remit.solve.workspace``.
"""

from types import ModuleType
from typing import Any

from remit.solve.vector import Lanes
from remit.solve.workspace import NEGATIVE, NOT_FINITE, STEP_LIMIT, STEP_TOO_SMALL, TIME_TOLERANCE

SMALLEST_STEP = 1e-11
MOST_STEPS = 400_000
HUGE = 1e60
"""A mean square error beyond this, or undefined, says that the step left the numbers that make sense."""
SAFETY, LARGEST_GROWTH, LARGEST_CUT = 0.9, 6.0, 0.2
"""Share of the step that the error allows, and most change from one step to the next."""
AFTER_NOT_FINITE, AFTER_DISTRUST = 0.1, 0.45
"""Next step, as a share, after one that was not finite, and after one below zero or with a bad pivot."""
SMALLEST_SHARE = 1e-3
"""A state may fall below zero by its level, or by this share of its size before the step."""


def choose_size(lanes: Lanes) -> Any:
    """The step that the error allows, stretched or halved to meet the stop."""
    builder = lanes.builder
    rest = builder.fsub(lanes.load("stop", 0), lanes.load("time", 0))
    size = lanes.load("step", 0)
    half = builder.fmul(lanes.number(0.5), rest)
    short = lanes.choose(">", size, builder.fmul(lanes.number(0.55), rest), half, size)
    size = lanes.choose(">=", size, builder.fmul(lanes.number(0.9999), rest), rest, short)
    lanes.store("size", 0, size)
    return size


def measure(lanes: Lanes, method: ModuleType, last: Any) -> None:
    """New state ``u + k`` and its error ``k``, the last stage: mean square, next step, lowest state.

    ``last`` gives the row of a state in the last stage. The error of a state is in units of ``rtol`` times
    the sum of its level and its size; the mean is over states.
    """
    builder, n = lanes.builder, lanes.layout["y"][1]
    rtol = lanes.load("rtol", 0)

    def state(i: Any, total: Any, lowest: Any) -> tuple[Any, Any]:
        error, old, level = lanes.load("stages", last(i)), lanes.load("y", i), lanes.load("level", i)
        new = builder.fadd(lanes.load("u", i), error)
        size, size_new = lanes.absolute(old), lanes.absolute(new)
        largest = lanes.choose(">", size_new, size, size_new, size)
        ratio = builder.fdiv(error, builder.fmul(rtol, builder.fadd(level, largest)))
        margin = builder.fadd(lanes.fma(lanes.number(SMALLEST_SHARE), size, level), new)
        lanes.store("y_new", i, new)
        return lanes.fma(ratio, ratio, total), lanes.choose("<", margin, lowest, margin, lowest)

    total, lowest = lanes.loop(n, state, lanes.number(0.0), lanes.number(1.0))
    norm = builder.fdiv(total, lanes.number(float(n)))
    lanes.store("norm", 0, norm)
    lanes.store("lowest", 0, lowest)
    root = lanes.power(builder.fadd(norm, lanes.number(1e-20)), lanes.number(-0.5 / method.ORDER))
    factor = builder.fmul(lanes.number(SAFETY), root)
    factor = lanes.choose(">", factor, lanes.number(LARGEST_GROWTH), lanes.number(LARGEST_GROWTH), factor)
    lanes.store(
        "factor", 0, lanes.choose(">", factor, lanes.number(LARGEST_CUT), factor, lanes.number(LARGEST_CUT))
    )


def judge(lanes: Lanes) -> Any:
    """Accept or reject, choose the next step; returns in which lanes the driver has something to do."""
    builder, zero, one = lanes.builder, lanes.number(0.0), lanes.number(1.0)
    both, either, choose, inverse = builder.and_, builder.or_, builder.select, builder.not_
    active = lanes.holds(lanes.load("patient", 0), ">=", zero)
    norm, size, before = (lanes.load(name, 0) for name in ("norm", "size", "step"))
    finite, small = lanes.holds(norm, "<", lanes.number(HUGE)), lanes.holds(norm, "<=", one)
    above = lanes.holds(lanes.load("lowest", 0), ">=", zero)
    trusted = lanes.holds(lanes.load("guard", 0), ">=", zero)
    good = both(small, both(above, trusted))
    factor = lanes.load("factor", 0)

    was_rejected = lanes.holds(lanes.load("rejected", 0), ">", zero)
    bounded = lanes.choose("<", factor, one, factor, one)
    following = builder.fmul(size, choose(was_rejected, bounded, factor))
    cut_short = both(
        lanes.holds(size, "<", builder.fmul(lanes.number(0.999), before)), lanes.holds(following, "<", before)
    )
    distrusted = either(both(small, inverse(above)), inverse(trusted))
    less = choose(distrusted, lanes.number(AFTER_DISTRUST), factor)
    less = builder.fmul(size, choose(finite, less, lanes.number(AFTER_NOT_FINITE)))
    step = choose(good, choose(cut_short, before, following), less)
    lanes.store("step", 0, step)

    n_steps = builder.fadd(lanes.load("n_steps", 0), one)
    why = choose(both(small, inverse(above)), lanes.number(NEGATIVE), lanes.number(STEP_TOO_SMALL))
    why = choose(finite, why, lanes.number(NOT_FINITE))
    stuck = both(inverse(good), lanes.holds(step, "<", lanes.number(SMALLEST_STEP)))
    limit = lanes.choose(">", n_steps, lanes.number(MOST_STEPS), lanes.number(STEP_LIMIT), zero)
    failed = choose(active, choose(stuck, why, limit), zero)
    accepted = both(both(good, active), lanes.holds(failed, "==", zero))
    lanes.store("n_steps", 0, n_steps)
    lanes.store("failed", 0, failed)
    lanes.store("accepted", 0, choose(accepted, one, zero))
    lanes.store("rejected", 0, choose(good, zero, one))
    first = both(accepted, lanes.holds(lanes.load("after_dose", 0), ">", zero))
    lanes.store("step_after_dose", 0, choose(first, following, lanes.load("step_after_dose", 0)))
    lanes.store("after_dose", 0, choose(accepted, zero, lanes.load("after_dose", 0)))

    reached = builder.fadd(builder.fadd(lanes.load("time", 0), size), lanes.number(TIME_TOLERANCE))
    arrived = both(accepted, lanes.holds(reached, ">=", lanes.load("stop", 0)))
    due = both(accepted, lanes.holds(reached, ">=", lanes.load("next_look", 0)))
    lanes.store("arrived", 0, choose(arrived, one, zero))
    lanes.store("due", 0, choose(due, one, zero))
    return either(either(arrived, due), lanes.holds(failed, ">", zero))


def commit(lanes: Lanes) -> None:
    """Take the new state and time where the step is accepted."""
    builder, zero = lanes.builder, lanes.number(0.0)
    accepted = lanes.holds(lanes.load("accepted", 0), ">", zero)
    arrived = lanes.holds(lanes.load("arrived", 0), ">", zero)
    time = lanes.load("time", 0)
    reached = builder.select(arrived, lanes.load("stop", 0), builder.fadd(time, lanes.load("size", 0)))
    lanes.store("time", 0, builder.select(accepted, reached, time))

    def state(i: Any) -> tuple[()]:
        lanes.store("y", i, builder.select(accepted, lanes.load("y_new", i), lanes.load("y", i)))
        return ()

    lanes.loop(lanes.layout["y"][1], state)

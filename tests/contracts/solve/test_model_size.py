"""A model that straight-line code cannot take is refused with a clear message."""

import pytest

from remit.errors import ModelSizeError
from remit.solve import Equations, compile_kernel
from remit.solve.equations import MAX_STATES
from remit.solve.system import trace


def chain(n: int) -> Equations:
    names = tuple(f"s{i}" for i in range(n))
    return Equations(
        "chain", names, ("k",), (), lambda y, p: tuple(-p["k"] * s for s in y), lambda y, p: (), (1.0,) * n
    )


def test_the_largest_model_is_traced():
    assert len(trace(chain(MAX_STATES)).rates) == MAX_STATES


def test_a_larger_one_is_refused_by_name():
    with pytest.raises(ModelSizeError, match=f"found    {MAX_STATES + 1} states"):
        compile_kernel(chain(MAX_STATES + 1))

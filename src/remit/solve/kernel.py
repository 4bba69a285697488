"""Compiled models: found in the cache or generated, loaded, and called on whole blocks of patients."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.errors import problem
from remit.solve import cache, driver
from remit.solve.equations import Equations, refuse_large
from remit.solve.fingerprint import fingerprint
from remit.solve.object_code import OVERRIDE, WIDTHS, Library, native_width, processor
from remit.solve.workspace import Layout

FOURTH_ORDER_FROM = 1e-4
"""From this relative tolerance up Rodas4 takes fewer operations than Rodas5P, below it more."""
CACHE_LINE = 64
_LOCK = threading.Lock()
_LOADED: dict[str, tuple[Library, Layout]] = {}


@dataclass(frozen=True, slots=True)
class Kernel:
    """A compiled model: its equations, its functions, and the arrays of their workspace.

    ``width`` is the number of patients abreast, ``rows`` the first row and the length of each array.
    """

    equations: Equations
    width: int
    rows: Layout
    library: Library
    members: Integers
    starts: Integers

    def workspace(self) -> Floats:
        """Memory for one thread, shape (n_rows, width), on a cache line."""
        n_rows = max(first + count for first, count in self.rows.values())
        memory = np.zeros(n_rows * self.width + CACHE_LINE // 8)
        start = -memory.ctypes.data % CACHE_LINE // 8
        return memory[start : start + n_rows * self.width].reshape(n_rows, self.width)

    def _mapped(self, function: str, inputs: dict[str, Floats], output: str) -> Floats:
        first, count = self.rows[output]
        columns = np.concatenate(list(inputs.values()), axis=1, dtype=float)
        places = [self.rows[name][0] + np.arange(each.shape[1]) for name, each in inputs.items()]
        found = np.empty((len(columns), count))
        address, targets = self.library.addresses[function], np.concatenate(places)
        driver.map_rows(address, self.workspace(), columns, targets, found, first)
        return found

    def constants(self, parameters: Floats) -> Floats:
        """What is computed of parameters once per patient, shape (n_patients, n_constants).

        Parameters
        ----------
        parameters
            Shape (n_patients, n_parameters), in the order of the equations.
        """
        return self._mapped("prepare", {"p": parameters}, "q")

    def rates(self, constants: Floats, state: Floats) -> Floats:
        """Rates of change, shape (n_patients, n_states), as the kernel computes them."""
        return self._mapped("rates", {"q": constants, "u": state}, "f")

    def observe(self, constants: Floats, state: Floats) -> Floats:
        """Observables, shape (n_patients, n_observables), as the kernel computes them."""
        return self._mapped("observe", {"q": constants, "u": state}, "seen")

    def step(
        self,
        method: str,
        constants: Floats,
        state: Floats,
        size: Floats,
        *,
        rtol: float = 1e-4,
        result: str = "y_new",
    ) -> Floats:
        """One step of given sizes [day], without error control.

        Parameters
        ----------
        method
            ``rodas4`` or ``rodas5p``.
        constants, state
            Shape (n_patients, n_constants), (n_patients, n_states).
        size
            Shape (n_patients,).
        rtol
            Relative tolerance that the error is judged by.
        result
            What to return: the state after the step ``y_new``, or ``norm``, ``factor``, ``lowest`` or
            ``guard`` (``remit.solve.workspace``).
        """
        inputs = {
            "q": constants,
            "y": state,
            "given": np.zeros_like(state),
            "level": np.broadcast_to(np.array(self.equations.levels), state.shape),
            "free": np.zeros((len(state), self.rows["free"][1])),
            "size": size[:, None],
            "rtol": np.full((len(size), 1), rtol),
        }
        return self._mapped(f"step_{method}", inputs, result)

    def right_hand_side(self, parameters: Floats) -> Callable[[int, Floats], Floats]:
        """The rates as integrators of other libraries want them, for one thread.

        Returns
        -------
        A function of a patient's index and its state, shape (n_states,) or (n_states, n_points), that
        returns rates of the same shape.
        """
        constants, n = self.constants(parameters), len(self.equations.states)

        def rates(k: int, y: Floats) -> Floats:
            points = y.reshape(n, -1).T
            return self.rates(np.repeat(constants[k : k + 1], len(points), axis=0), points).T.reshape(y.shape)

        return rates

    def code(self, rtol: float) -> driver.Code:
        """Functions of the method that suits a relative tolerance."""
        method = "rodas4" if rtol >= FOURTH_ORDER_FROM else "rodas5p"
        names = (f"run_{method}", f"dense_{method}", "observe", "commit")
        return driver.Code(*(self.library.addresses[name] for name in names))


def chosen_width(width: int | None) -> int:
    """Patients abreast: as asked, else of the environment, else what suits the processor.

    Raises
    ------
    InputError
        If it is not a width that code is made for.
    """
    asked = os.environ.get(OVERRIDE, "") if width is None else str(width)
    if not asked:
        return native_width()
    if asked not in map(str, WIDTHS):
        raise problem(
            "width of the kernel" if width is not None else f"environment variable {OVERRIDE}",
            asked,
            f"one of {', '.join(map(str, WIDTHS))}",
            "leaving it out: the processor decides",
        )
    return int(asked)


def compile_kernel(equations: Equations, width: int | None = None) -> Kernel:
    """The kernel of a model, compiled on first use and then read from the cache.

    Parameters
    ----------
    equations
        The model.
    width
        Patients abreast, 1, 2, 4 or 8; what suits the processor unless given. Results do not depend on it.

    Raises
    ------
    ModelSizeError
        If the model has more states than straight-line code can take.
    InputError
        If an equation cannot be compiled, or the width is not one that code is made for.
    """
    refuse_large(equations)
    width = chosen_width(width)
    key = fingerprint(equations, width, processor())
    with _LOCK:
        if key not in _LOADED:
            found = cache.read(key)
            if found is None:
                # The generator brings SymPy along, which a model that is already compiled does not need.
                from remit.solve.generate import generate  # noqa: PLC0415

                found = generate(equations, width)
                cache.write(key, found)
            rows = {name: (first, count) for name, (first, count) in found.facts["rows"].items()}
            _LOADED[key] = Library(found.code, tuple(found.facts["functions"])), rows
    return new_kernel(equations, width, *_LOADED[key])


def new_kernel(equations: Equations, width: int, library: Library, rows: Layout) -> Kernel:
    """A kernel of a loaded library; levels and groups are not compiled in."""
    index = {name: i for i, name in enumerate(equations.states)}
    members = [index[name] for group in equations.groups for name in group]
    starts = np.cumsum([0, *(len(group) for group in equations.groups)])
    return Kernel(
        equations,
        width,
        rows,
        library,
        np.array(members, dtype=np.int64),
        starts.astype(np.int64),
    )

"""From equations to object code, in one call: traced, translated, printed, compiled."""

from remit.solve import object_code, step
from remit.solve.cache import Compiled
from remit.solve.equations import Equations
from remit.solve.system import trace
from remit.solve.translate import programs


def generate(equations: Equations, width: int) -> Compiled:
    """Object code of a model, and the rows of the workspace that its functions read and write.

    Parameters
    ----------
    equations
        The model.
    width
        Patients abreast.
    """
    found = programs(trace(equations))
    rows = step.layout_of(len(equations.states), len(equations.parameters), len(equations.observables), found)
    module = step.module_of(found, rows, width)
    functions = [function.name for function in module.functions if not function.is_declaration]
    return Compiled(object_code.compiled(str(module)), {"rows": rows, "functions": functions})

"""Solvers of patient models behind one block contract (``remit.courses.Block``).

``Equations`` say what a model is. ``compile_kernel`` turns them into vector code, which ``KernelBlock`` runs;
``ReferenceBlock`` is SciPy on the equations themselves. Blocks take parameters, states and extinction
thresholds as arrays over patients. ``gradients`` are derivatives of what is observed by parameters.

From equations to code: ``system`` traces, ``translate`` and ``linear`` make a ``program``; ``vector``,
``step`` and ``control`` print it; ``object_code`` compiles it; ``cache`` keeps it under a ``fingerprint``;
``driver`` runs it.
"""

from remit.solve.block import KernelBlock
from remit.solve.equations import Equations
from remit.solve.gradients import gradients
from remit.solve.kernel import Kernel, compile_kernel
from remit.solve.reference import ReferenceBlock

__all__ = ["Equations", "Kernel", "KernelBlock", "ReferenceBlock", "compile_kernel", "gradients"]

"""Solvers of patient models behind one block contract (``remit.courses.Block``). One file, one back end.

``kernel`` is the generated Rodas5P kernel, ``reference`` is SciPy on the equation files themselves.
``compile_kernel`` turns equations into a kernel; both back ends take parameters, states and extinction
thresholds as arrays over patients.
"""

from remit.solve.kernel import Kernel, KernelBlock, compile_kernel
from remit.solve.reference import ReferenceBlock
from remit.solve.system import Equations

__all__ = ["Equations", "Kernel", "KernelBlock", "ReferenceBlock", "compile_kernel"]

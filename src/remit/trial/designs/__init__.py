"""Trial designs. A design decides, given what a look may see, and does nothing else.

A design is a module with ``NAME``, ``Params``, ``decide(look, params) -> Decision`` and
``type_I_error(params)``, the exact probability of a wrong positive decision at p0.
"""

from remit.trial.designs import fixed

DESIGNS = {fixed.NAME: fixed}

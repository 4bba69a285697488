"""Trial designs. A design decides, given what a look may see, and does nothing else.

A design is a module with ``NAME``, ``Params`` and ``decide(look, params)``, whose look and decision are
arrays over replicates. One that tests a hypothesis has ``type_I_error(params)`` as well, the probability of a
wrong positive decision where p0 is true, exact where it can be. A dose escalation tests none.
"""

from remit.trial.designs import basket, boin, components, dose_comparison, fixed, group_sequential, simon

DESIGNS = {
    each.NAME: each for each in (fixed, simon, group_sequential, dose_comparison, components, boin, basket)
}
"""Every design by name."""

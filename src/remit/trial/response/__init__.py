"""Response criteria. Each sees measurements only, never the truth behind them.

A criterion is a module with ``NAME``, ``MODALITIES`` and ``assess``, from measurements and subjects to
the table ``adrs``. Responses that count are those before progression and before any new therapy.
"""

from remit.trial.response import lugano_2014

CRITERIA = {lugano_2014.NAME: lugano_2014}
